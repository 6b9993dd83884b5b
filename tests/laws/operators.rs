//! What each combinator of operators is: the same combination of matrices.

use hessian::operator::{
    Counted, Dense, DiagonalBlocks, Restricted, Scaled, Shifted, Sum, SymmetricOperator, product,
};
use nalgebra::{DMatrix, DVector, DVectorView, DVectorViewMut};
use proptest::prelude::*;

fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut x = seed;
    move || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn symmetric(n: usize, seed: u64) -> DMatrix<f64> {
    let mut next = numbers(seed);
    let half = DMatrix::from_fn(n, n, |_, _| next());
    &half + half.transpose()
}

/// The operator's products are those of `matrix` within (n + 3) u |A| |x| entrywise, and a block
/// has the same bits as its columns.
fn check(operator: &dyn SymmetricOperator, matrix: &DMatrix<f64>, seed: u64) {
    let n = operator.dimension();
    assert_eq!(matrix.shape(), (n, n));
    let mut next = numbers(seed ^ 0x5eed);
    let x = DMatrix::from_fn(n, 7, |_, _| next());
    let mut block = DMatrix::from_element(n, 7, f64::NAN);
    operator.apply_block(&x, &mut block);
    for j in 0..7 {
        let column: DVector<f64> = x.column(j).into_owned();
        let y = product(operator, &column);
        assert_eq!(y, block.column(j), "a block's column has the bits of the single product");
        let unit = (n as f64 + 3.0) * f64::EPSILON;
        for i in 0..n {
            let terms = || (0..n).map(|k| matrix[(i, k)] * column[k]);
            let (exact, size) = (terms().sum::<f64>(), terms().map(f64::abs).sum::<f64>());
            // Twice the size: a combined matrix may cancel what its parts do not.
            assert!((y[i] - exact).abs() <= unit * (2.0 * size + 10.0), "entry {i}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn combinators_combine_matrices(n in 1usize..60, seed: u64, c in -3.0..3.0_f64) {
        let (a, b) = (symmetric(n, seed), symmetric(n, seed.wrapping_add(1)));
        let (first, second) = (Dense::new(a.clone()).unwrap(), Dense::new(b.clone()).unwrap());
        check(&first, &a, seed);
        check(&Sum { first: &first, second: &second }, &(&a + &b), seed);
        check(&Scaled { inner: &first, factor: c }, &(&a * c), seed);
        check(&Shifted { inner: &first, shift: c }, &(&a + DMatrix::identity(n, n) * c), seed);
        let counted = Counted::new(&first);
        check(&counted, &a, seed);
        prop_assert_eq!(counted.products(), 14);
    }

    #[test]
    fn restriction_is_the_principal_submatrix(
        n in 1usize..60,
        cuts in prop::collection::vec(0usize..60, 4),
        seed: u64,
    ) {
        let a = symmetric(n, seed);
        let dense = Dense::new(a.clone()).unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c % (n + 1)).collect();
        cuts.sort_unstable();
        let ranges = [cuts[0]..cuts[1], cuts[2]..cuts[3]];
        let kept: Vec<usize> = ranges.iter().cloned().flatten().collect();
        let small = a.select_rows(&kept).select_columns(&kept);
        check(&Restricted::new(&dense, &ranges).unwrap(), &small, seed);
        let together = |i: usize, j: usize| ranges.iter().any(|r| r.contains(&i) && r.contains(&j));
        let blocks = DMatrix::from_fn(n, n, |i, j| if together(i, j) { a[(i, j)] } else { 0.0 });
        check(&DiagonalBlocks::new(&dense, &ranges).unwrap(), &blocks, seed);
    }
}

#[test]
fn bad_operators_are_refused() {
    let wide = Dense::new(DMatrix::zeros(2, 3)).unwrap_err();
    assert!(wide.is_data() && wide.to_string().contains("2 x 3"));
    let skew = Dense::new(DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 2.0, 0.0])).unwrap_err();
    assert!(skew.is_data() && skew.to_string().contains("(1, 0)"));
    assert!(Dense::new(DMatrix::from_element(2, 2, f64::NAN)).unwrap_err().is_data());
    let dense = Dense::new(DMatrix::zeros(4, 4)).unwrap();
    for ranges in [[0..1, 1..5], [2..3, 0..1], [0..3, 2..4]] {
        assert!(Restricted::new(&dense, &ranges).is_err_and(|e| e.is_spec()), "{ranges:?}");
        assert!(DiagonalBlocks::new(&dense, &ranges).is_err_and(|e| e.is_spec()), "{ranges:?}");
    }
}

/// The diagonal matrix 1, 2, 3, ...
struct Counting(usize);

impl SymmetricOperator for Counting {
    fn dimension(&self) -> usize {
        self.0
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        y.iter_mut().zip(x.iter()).enumerate().for_each(|(i, (y, x))| *y = (i + 1) as f64 * x);
    }
}

/// Few parameters out of many: blocks are multiplied a few columns at a time, with a rest.
#[test]
fn a_block_wider_than_memory_allows_is_multiplied_in_pieces() {
    // of every thread a vector of the whole: 34 MB each
    let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    three.install(in_pieces);
}

fn in_pieces() {
    let whole = Counting(1 << 21);
    let ranges = [5..8, (1 << 20)..(1 << 20) + 2];
    let restricted = Restricted::new(&whole, &ranges).unwrap();
    let together = restricted.together();
    assert_eq!(together, 3);
    let columns = 2 * together + 1;
    let x = DMatrix::from_fn(5, columns, |i, j| (1 + i + 7 * j) as f64);
    let mut y = DMatrix::from_element(5, columns, f64::NAN);
    restricted.apply_block(&x, &mut y);
    let places = [6.0, 7.0, 8.0, 1_048_577.0, 1_048_578.0];
    assert_eq!(y, DMatrix::from_fn(5, columns, |i, j| places[i] * x[(i, j)]));
}
