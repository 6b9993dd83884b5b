//! Matrix products against the triple loop, within the bound of Higham 2002, eq. (3.5):
//! |computed - exact| <= gamma_k |A| |B| entrywise, gamma_k = k u / (1 - k u).

use hessian::linalg::{Real, View, ViewMut, gemm, gemm_sum};
use proptest::prelude::*;

/// A small generator of its own, so that the oracle shares nothing with the library.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Where entry (i, j) lies: columns apart or rows apart, with gaps.
#[derive(Debug, Clone, Copy)]
struct Layout {
    transposed: bool,
    inner: usize,
    gap: usize,
}

impl Layout {
    fn strides(self, rows: usize, cols: usize) -> (usize, usize) {
        if self.transposed {
            (self.inner * cols + self.gap, self.inner)
        } else {
            (self.inner, self.inner * rows + self.gap)
        }
    }

    fn length(self, rows: usize, cols: usize) -> usize {
        let (r, c) = self.strides(rows, cols);
        rows.saturating_sub(1) * r + cols.saturating_sub(1) * c + 1
    }
}

fn layout() -> impl Strategy<Value = Layout> {
    (any::<bool>(), 1usize..3, 0usize..3).prop_map(|(transposed, inner, gap)| Layout {
        transposed,
        inner,
        gap,
    })
}

#[derive(Debug, Clone)]
struct Case {
    shape: (usize, usize, usize),
    layouts: [Layout; 3],
    alpha: f64,
    beta: f64,
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let size = || prop_oneof![0usize..8, 8usize..70];
    let factor = prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(0.75)];
    ((size(), size(), size()), [layout(), layout(), layout()], factor.clone(), factor, any::<u64>())
        .prop_map(|(shape, layouts, alpha, beta, seed)| Case { shape, layouts, alpha, beta, seed })
}

fn check<T: Real>(case: &Case, unit: f64) -> Result<(), TestCaseError> {
    let (m, k, n) = case.shape;
    let mut numbers = Numbers(case.seed);
    let mut fill = |layout: Layout, rows: usize, cols: usize| -> Vec<T> {
        (0..layout.length(rows, cols)).map(|_| T::narrow(numbers.next())).collect()
    };
    let a = fill(case.layouts[0], m, k);
    let b = fill(case.layouts[1], k, n);
    let mut c = fill(case.layouts[2], m, n);
    let (sa, sb, sc) = (
        case.layouts[0].strides(m, k),
        case.layouts[1].strides(k, n),
        case.layouts[2].strides(m, n),
    );
    let before = c.clone();
    if case.beta == 0.0 {
        for i in 0..m {
            for j in 0..n {
                c[i * sc.0 + j * sc.1] = T::narrow(f64::NAN);
            }
        }
    }
    gemm(
        T::narrow(case.alpha),
        View::strided(&a, m, k, sa.0, sa.1),
        View::strided(&b, k, n, sb.0, sb.1),
        T::narrow(case.beta),
        ViewMut::strided(&mut c, m, n, sc.0, sc.1),
    );
    let mut touched = vec![false; c.len()];
    for i in 0..m {
        for j in 0..n {
            let place = i * sc.0 + j * sc.1;
            touched[place] = true;
            let (mut sum, mut size) = (0.0, 0.0);
            for l in 0..k {
                let term =
                    case.alpha * a[i * sa.0 + l * sa.1].wide() * b[l * sb.0 + j * sb.1].wide();
                sum += term;
                size += term.abs();
            }
            if case.beta != 0.0 {
                sum += case.beta * before[place].wide();
                size += (case.beta * before[place].wide()).abs();
            }
            // k products, k sums, and one rounding each by alpha, beta and the last sum; the
            // loop itself rounds in f64, at most as much again.
            let bound = 2.0 * (k as f64 + 3.0) * unit * size;
            let error = (c[place].wide() - sum).abs();
            prop_assert!(error <= bound, "({i}, {j}): error {error:e}, bound {bound:e}, {case:?}");
        }
    }
    for (place, touched) in touched.iter().enumerate() {
        prop_assert!(*touched || c[place] == before[place], "wrote into the gap at {place}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn agrees_with_the_triple_loop_in_double(case in case()) {
        check::<f64>(&case, f64::EPSILON / 2.0)?;
    }

    #[test]
    fn agrees_with_the_triple_loop_in_single(case in case()) {
        check::<f32>(&case, f64::from(f32::EPSILON) / 2.0)?;
    }

    /// A column of the product has the same bits whatever the other columns are.
    #[test]
    fn columns_do_not_see_each_other(
        (m, k, n) in (1usize..70, 1usize..70, 2usize..40),
        from in 0usize..40,
        width in 1usize..40,
        alpha in prop_oneof![Just(1.0), Just(-1.0), Just(0.3)],
        beta in prop_oneof![Just(0.0), Just(1.0), Just(0.7)],
        seed: u64,
    ) {
        let mut numbers = Numbers(seed);
        let mut fill = |count: usize| -> Vec<f64> { (0..count).map(|_| numbers.next()).collect() };
        let (a, b, mut c) = (fill(m * k), fill(k * n), fill(m * n));
        let from = from % n;
        let width = width.min(n - from);
        let mut narrow = c[from * m..(from + width) * m].to_vec();
        gemm(alpha, View::new(&a, m, k), View::new(&b, k, n), beta, ViewMut::new(&mut c, m, n));
        let columns = View::new(&b, k, n).columns(from..from + width);
        gemm(alpha, View::new(&a, m, k), columns, beta, ViewMut::new(&mut narrow, m, width));
        prop_assert_eq!(&narrow[..], &c[from * m..(from + width) * m]);
    }
}

/// Deep sums cross the blocking of the kernels (256 and 512 terms).
#[test]
fn columns_do_not_see_each_other_in_deep_products() {
    for (m, k) in [(20, 700), (64, 1100), (3, 1100), (1, 2100), (1, 300)] {
        let mut numbers = Numbers(7);
        let mut fill = |count: usize| -> Vec<f64> { (0..count).map(|_| numbers.next()).collect() };
        let n = 50;
        let (a, b) = (fill(m * k), fill(k * n));
        let mut whole = vec![0.0; m * n];
        gemm(1.0, View::new(&a, m, k), View::new(&b, k, n), 0.0, ViewMut::new(&mut whole, m, n));
        for width in [1, 2, 5, 6, 17] {
            let mut narrow = vec![0.0; m * width];
            let columns = View::new(&b, k, n).columns(30..30 + width);
            gemm(1.0, View::new(&a, m, k), columns, 0.0, ViewMut::new(&mut narrow, m, width));
            assert_eq!(
                narrow[..],
                whole[30 * m..(30 + width) * m],
                "m {m}, k {k}, {width} columns"
            );
        }
    }
}

#[test]
#[should_panic(expected = "need m x k, k x n, m x n")]
fn shapes_that_do_not_fit_panic() {
    let (a, b, mut c) = ([0.0; 4], [0.0; 6], [0.0; 4]);
    gemm(1.0, View::new(&a, 2, 2), View::new(&b, 3, 2), 0.0, ViewMut::new(&mut c, 2, 2));
}

#[test]
#[should_panic(expected = "two")]
fn writing_two_entries_to_one_place_panics() {
    let mut c = [0.0; 10];
    let _ = ViewMut::strided(&mut c, 3, 3, 1, 2);
}

#[test]
#[should_panic(expected = "needs 9 numbers, the slice has 8")]
fn a_view_longer_than_its_slice_panics() {
    let _ = View::new(&[0.0; 8], 3, 3);
}

/// Two products in one sum against the triple loop, for rows on both sides of the kernels' border.
fn check_sum<T: Real>(m: usize, n: usize, add: bool, seed: u64, unit: f64) {
    let mut numbers = Numbers(seed);
    let mut fill =
        |count: usize| -> Vec<T> { (0..count).map(|_| T::narrow(numbers.next())).collect() };
    let (k, l) = (7, 11);
    let (a, b, c, d) = (fill(m * k), fill(k * n), fill(m * l), fill(l * n));
    let before = fill(m * n);
    let mut sum = if add { before.clone() } else { vec![T::narrow(f64::NAN); m * n] };
    // the second A row by row, the second B too
    let terms = [
        (View::new(&a, m, k), View::new(&b, k, n)),
        (View::strided(&c, m, l, l, 1), View::strided(&d, l, n, n, 1)),
    ];
    gemm_sum(terms, add, ViewMut::new(&mut sum, m, n));
    for i in 0..m {
        for j in 0..n {
            let mut terms: Vec<f64> = (0..k)
                .map(|q| a[i + q * m].wide() * b[q + j * k].wide())
                .chain((0..l).map(|q| c[i * l + q].wide() * d[q * n + j].wide()))
                .collect();
            terms.extend(add.then(|| before[i + j * m].wide()));
            let size: f64 = terms.iter().map(|x| x.abs()).sum();
            let error = (sum[i + j * m].wide() - terms.iter().sum::<f64>()).abs();
            let bound = 2.0 * (k as f64 + l as f64 + 3.0) * unit * size;
            assert!(error <= bound, "m = {m}, n = {n}, ({i}, {j}): {error:e} > {bound:e}");
        }
    }
}

#[test]
fn two_products_in_one_sum() {
    for m in [1, 3, 5, 12, 13, 20, 31, 48, 49, 64] {
        for (n, add) in [(1, false), (3, true), (4, true), (9, false)] {
            check_sum::<f64>(m, n, add, 17, f64::EPSILON / 2.0);
            check_sum::<f32>(m, n, add, 18, f64::from(f32::EPSILON) / 2.0);
        }
    }
}
