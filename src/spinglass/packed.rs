//! Homogeneous forms P(x) = sum over i1 >= ... >= ir of a[i1..ir] x_i1 .. x_ir: symmetric tensors
//! with each sorted tuple of indices once.
//!
//! Tuples are in lexicographic order. Fixing leading indices, the trailing ones run over all tuples
//! of lower degree up to a largest index, which are the first ones of their own order: every
//! contraction is a dot product, or a multiple added, of contiguous numbers.

use std::array::from_fn;

use nalgebra::DMatrix;

use crate::linalg::{Loop, Real, is_fused, total, vectorised};

/// Blocks of entries that a sweep takes at once. Chosen here by measurement.
const BLOCKS: usize = 4;

/// Number of sorted tuples of length `degree` from n indices: C(n + degree - 1, degree).
pub(super) fn count(n: usize, degree: usize) -> usize {
    (0..degree).fold(1, |product, i| product * (n + i) / (i + 1))
}

/// Calls `visit` with each sorted tuple i1 >= ... >= ir of indices below n, in order.
pub(super) fn for_each_tuple(n: usize, degree: usize, visit: &mut impl FnMut(&[usize])) {
    fn descend(tuple: &mut Vec<usize>, end: usize, left: usize, visit: &mut impl FnMut(&[usize])) {
        if left == 0 {
            return visit(tuple);
        }
        for i in 0..end {
            tuple.push(i);
            descend(tuple, i + 1, left - 1, visit);
            tuple.pop();
        }
    }
    descend(&mut Vec::with_capacity(degree), n, degree, visit);
}

/// Number of distinct orders of a sorted tuple: r! over the factorials of its repetitions.
pub(super) fn orders(tuple: &[usize]) -> u32 {
    let (mut orders, mut run) = (1, 0);
    for (place, i) in tuple.iter().enumerate() {
        run = if place > 0 && tuple[place - 1] == *i { run + 1 } else { 1 };
        // each step leaves a multinomial coefficient, a whole number
        orders = orders * (place as u32 + 1) / run;
    }
    orders
}

/// A point with its monomials of each degree up to half of the form's, in the order of tuples.
///
/// The monomials of the first m coordinates are the first count(m, degree) ones.
pub(super) struct Monomials {
    x: Vec<f64>,
    /// Of degree 0, 1, 2, ...
    values: Vec<Vec<f64>>,
    /// For each degree, the number of indices up to the smallest in each tuple.
    reaches: Vec<Vec<usize>>,
}

impl Monomials {
    /// Of the degrees that forms up to `degree` need.
    pub fn new(x: &[f64], degree: usize) -> Self {
        let n = x.len();
        let mut values = vec![vec![1.0]];
        let mut reaches = vec![vec![n]];
        for d in 1..=degree.div_ceil(2) {
            let mut next = Vec::with_capacity(count(n, d));
            let mut reach = Vec::with_capacity(count(n, d));
            for (i, x) in x.iter().enumerate() {
                let lower = count(i + 1, d - 1);
                next.extend(values[d - 1][..lower].iter().map(|value| x * value));
                match d {
                    1 => reach.push(i + 1),
                    _ => reach.extend_from_slice(&reaches[d - 1][..lower]),
                }
            }
            values.push(next);
            reaches.push(reach);
        }
        Self { x: x.to_vec(), values, reaches }
    }

    /// The derivatives of the monomials along v, by degree.
    pub fn tangents(&self, v: &[f64]) -> Vec<Vec<f64>> {
        let mut tangents = vec![vec![0.0]];
        for d in 1..self.values.len() {
            let mut next = Vec::with_capacity(self.values[d].len());
            for (i, (x, v)) in self.x.iter().zip(v).enumerate() {
                let lower = count(i + 1, d - 1);
                let pairs = self.values[d - 1][..lower].iter().zip(&tangents[d - 1][..lower]);
                next.extend(pairs.map(|(value, tangent)| v * value + x * tangent));
            }
            tangents.push(next);
        }
        tangents
    }
}

/// Lengths of the leading and the trailing tuples into which a sweep splits those of a form: about
/// equal, so that neither list of monomials outgrows the cache.
fn split(degree: usize) -> (usize, usize) {
    (degree / 2, degree - degree / 2)
}

/// A form of this degree in m variables by its leading tuples alone and by its trailing ones alone:
/// sum over trailing tuples of a times `trailing`, and over leading ones of a times `leading`, in
/// one pass over the entries.
///
/// With the monomials of x for both, P = leading part . leading monomials, and the gradient of P is
/// that of its leading part, taken as a form, plus that of its trailing part.
fn parts<T: Real>(
    entries: &[T],
    degree: usize,
    m: usize,
    reaches: &[Vec<usize>],
    monomials: &[Vec<f64>],
) -> (Vec<f64>, Vec<f64>) {
    let (lead, trail) = split(degree);
    let mut dots = vec![0.0; count(m, lead)];
    let mut sums = vec![0.0; count(m, trail)];
    // without leading indices the one block holds everything
    let whole = [m];
    let reaches = if lead == 0 { &whole[..] } else { &reaches[lead][..dots.len()] };
    let sweep = Sweep {
        entries,
        trail,
        reaches,
        leading: &monomials[lead],
        trailing: &monomials[trail],
        dots: &mut dots,
        sums: &mut sums,
    };
    // Entries of four bytes come from memory twice as fast as those of eight, so that arithmetic is what
    // limits the sweep: eight sums and fused multiply-add help there, and do nothing for eight bytes.
    // Without instructions for it a fused multiply-add is a call per entry.
    match (size_of::<T>(), is_fused()) {
        (4, true) => vectorised(Pass::<_, 8, true>(sweep)),
        (4, false) => vectorised(Pass::<_, 8, false>(sweep)),
        _ => vectorised(Pass::<_, 4, false>(sweep)),
    }
    (dots, sums)
}

struct Sweep<'a, T> {
    entries: &'a [T],
    trail: usize,
    reaches: &'a [usize],
    leading: &'a [f64],
    trailing: &'a [f64],
    dots: &'a mut [f64],
    sums: &'a mut [f64],
}

/// A sweep with so many partial sums of each dot product, with or without fused multiply-add.
struct Pass<'a, T, const LANES: usize, const FUSED: bool>(Sweep<'a, T>);

impl<T: Real, const LANES: usize, const FUSED: bool> Loop for Pass<'_, T, LANES, FUSED> {
    /// Neighbouring blocks are mostly about equally long: over the length that four of them share,
    /// each monomial is loaded once for all four, and each sum loaded and stored once.
    #[inline(always)]
    fn run(self) {
        let Sweep { mut entries, trail, reaches, leading, trailing, dots, sums } = self.0;
        let mut first = 0;
        while first < dots.len() {
            let four = reaches[first..].first_chunk::<BLOCKS>();
            match four.filter(|four| four.is_sorted()) {
                Some(reaches) => {
                    let blocks = reaches.map(|reach| cut(&mut entries, count(reach, trail)));
                    let c: [f64; BLOCKS] = from_fn(|k| leading[first + k]);
                    let shared = blocks[0].len();
                    let (x, heads) = (&trailing[..shared], blocks.map(|block| &block[..shared]));
                    let mut sum =
                        dots_and_add::<_, BLOCKS, LANES, FUSED>(heads, x, c, &mut sums[..shared]);
                    for (k, block) in blocks.iter().enumerate() {
                        let tail = shared..block.len();
                        let (x, sums) = (&trailing[tail.clone()], &mut sums[tail.clone()]);
                        sum[k] += dot_and_add::<_, FUSED>(&block[tail], x, c[k], sums);
                    }
                    dots[first..first + BLOCKS].copy_from_slice(&sum);
                    first += BLOCKS;
                }
                None => {
                    let block = cut(&mut entries, count(reaches[first], trail));
                    let (x, sums) = (&trailing[..block.len()], &mut sums[..block.len()]);
                    dots[first] = dot_and_add::<_, FUSED>(block, x, leading[first], sums);
                    first += 1;
                }
            }
        }
    }
}

/// Takes the first entries off.
fn cut<'a, T>(entries: &mut &'a [T], length: usize) -> &'a [T] {
    let (block, rest) = entries.split_at(length);
    *entries = rest;
    block
}

/// a . x, and sums += c a.
#[inline(always)]
fn dot_and_add<T: Real, const FUSED: bool>(a: &[T], x: &[f64], c: f64, sums: &mut [f64]) -> f64 {
    let [dot] = dots_and_add::<_, 1, 8, FUSED>([a], x, [c], sums);
    dot
}

/// a . x for each of several a of one length, and sums += the sum of c a; with so many partial sums
/// of each dot product, to fill vector registers, and with or without fused multiply-add.
#[inline(always)]
fn dots_and_add<T: Real, const A: usize, const LANES: usize, const FUSED: bool>(
    a: [&[T]; A],
    x: &[f64],
    c: [f64; A],
    sums: &mut [f64],
) -> [f64; A] {
    let mut lanes = [[0.0; LANES]; A];
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (sums, sums_rest) = sums.as_chunks_mut::<LANES>();
    let chunks = a.map(|a| &a.as_chunks::<LANES>().0[..x.len()]);
    for (i, (x, sums)) in x.iter().zip(sums).enumerate() {
        for k in 0..A {
            let a: [f64; LANES] = from_fn(|lane| chunks[k][i][lane].wide());
            for lane in 0..LANES {
                lanes[k][lane] = multiply_add::<FUSED>(a[lane], x[lane], lanes[k][lane]);
            }
            for lane in 0..LANES {
                sums[lane] = multiply_add::<FUSED>(c[k], a[lane], sums[lane]);
            }
        }
    }
    for k in 0..A {
        let rest = a[k].as_chunks::<LANES>().1.iter().zip(x_rest).zip(&mut *sums_rest);
        for (lane, ((a, x), sum)) in lanes[k].iter_mut().zip(rest) {
            *lane = multiply_add::<FUSED>(a.wide(), *x, *lane);
            *sum = multiply_add::<FUSED>(c[k], a.wide(), *sum);
        }
    }
    lanes.map(total)
}

/// a b + c, rounded once or twice.
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// y += c a.
fn add<T: Real>(y: &mut [f64], c: f64, a: &[T]) {
    vectorised(
        #[inline(always)]
        || y.iter_mut().zip(a).for_each(|(y, a)| *y += c * a.wide()),
    );
}

/// The value of a form at the point, its gradient times `scale` added to `gradient`.
pub(super) fn gradient<T: Real>(
    entries: &[T],
    degree: usize,
    at: &Monomials,
    scale: f64,
    gradient: &mut [f64],
) -> f64 {
    let (lead, trail) = split(degree);
    let (leading, trailing) = parts(entries, degree, gradient.len(), &at.reaches, &at.values);
    slope(&leading, lead, at, scale, gradient);
    slope(&trailing, trail, at, scale, gradient);
    leading.iter().zip(&at.values[lead]).map(|(a, x)| a * x).sum()
}

/// The gradient of a form of low degree, times `scale`, added to `gradient`: of the coordinate i as
/// the form that multiplies x_i when it leads, and of the others from the form that is left.
fn slope(entries: &[f64], degree: usize, at: &Monomials, scale: f64, gradient: &mut [f64]) {
    match degree {
        0 => {}
        1 => add(gradient, scale, entries),
        _ => {
            let mut left = vec![0.0; count(gradient.len(), degree - 1)];
            let mut rest = entries;
            for (i, slope) in gradient.iter_mut().enumerate() {
                let length = count(i + 1, degree - 1);
                let (block, after) = rest.split_at(length);
                let values = &at.values[degree - 1][..length];
                let mut dot = 0.0;
                vectorised(
                    #[inline(always)]
                    || dot = dot_and_add::<_, false>(block, values, at.x[i], &mut left[..length]),
                );
                *slope += scale * dot;
                rest = after;
            }
            slope(&left, degree - 1, at, scale, gradient);
        }
    }
}

/// The Hessian of a form at the point, times `scale`, added to `hessian`.
///
/// With P = sum_i x_i P_i, where P_i holds the tuples that i leads, P'' = (sum_i x_i P_i)'' with
/// these x_i held fixed, plus the gradient of each P_i in row and column i.
pub(super) fn hessian<T: Real>(
    entries: &[T],
    degree: usize,
    at: &Monomials,
    scale: f64,
    hessian: &mut DMatrix<f64>,
) {
    let n = hessian.nrows();
    match degree {
        0 | 1 => {}
        2 => {
            let mut rest = entries.iter();
            for i in 0..n {
                for j in 0..=i {
                    let entry = rest.next().map_or(0.0, |entry| scale * entry.wide());
                    hessian[(i, j)] += entry;
                    hessian[(j, i)] += entry;
                }
            }
        }
        _ => {
            let mut left = vec![0.0; count(n, degree - 1)];
            let mut rest = entries;
            for i in 0..n {
                let length = count(i + 1, degree - 1);
                let (block, after) = rest.split_at(length);
                add(&mut left[..length], at.x[i], block);
                let mut cross = vec![0.0; i + 1];
                gradient(block, degree - 1, at, scale, &mut cross);
                for (j, cross) in cross.iter().enumerate() {
                    hessian[(i, j)] += cross;
                    hessian[(j, i)] += cross;
                }
                rest = after;
            }
            self::hessian(&left, degree - 1, at, scale, hessian);
        }
    }
}

/// The part of the Hessian, times `scale`, that needs no pass over the entries for each vector:
/// those of the leading and of the trailing part of the form, each taken as a form of its own.
pub(super) fn inner_hessian<T: Real>(
    entries: &[T],
    degree: usize,
    at: &Monomials,
    scale: f64,
    inner: &mut DMatrix<f64>,
) {
    let (lead, trail) = split(degree);
    let (leading, trailing) = parts(entries, degree, inner.nrows(), &at.reaches, &at.values);
    hessian(&leading, lead, at, scale, inner);
    hessian(&trailing, trail, at, scale, inner);
}

/// The rest of the Hessian times the v whose [`Monomials::tangents`] are given, times `scale`, added
/// to `product`: the gradients of the leading and the trailing part as they change along v.
pub(super) fn outer_product<T: Real>(
    entries: &[T],
    degree: usize,
    at: &Monomials,
    tangents: &[Vec<f64>],
    scale: f64,
    product: &mut [f64],
) {
    let (lead, trail) = split(degree);
    let (leading, trailing) = parts(entries, degree, product.len(), &at.reaches, tangents);
    slope(&leading, lead, at, scale, product);
    slope(&trailing, trail, at, scale, product);
}

#[cfg(test)]
mod tests {
    use super::dots_and_add;

    /// Every length up to two chunks and a rest, with and without fused multiply-add, against plain sums.
    fn holds<const LANES: usize, const FUSED: bool>() {
        for length in 0..=2 * LANES + 1 {
            let number = |i: usize, step: f64| (i as f64 * step + 0.1).fract() - 0.5;
            let x: Vec<f64> = (0..length).map(|i| number(i, 0.713)).collect();
            let a: [Vec<f32>; 4] = std::array::from_fn(|k| {
                (0..length).map(|i| number(i + 31 * k, 0.417) as f32).collect()
            });
            let c = [0.3, -0.7, 1.1, 0.9];
            let mut sums: Vec<f64> = (0..length).map(|i| number(i, 0.291)).collect();
            let expected: Vec<f64> = (0..length)
                .map(|i| sums[i] + (0..4).map(|k| c[k] * f64::from(a[k][i])).sum::<f64>())
                .collect();
            let blocks = [&a[0][..], &a[1], &a[2], &a[3]];
            let dots = dots_and_add::<f32, 4, LANES, FUSED>(blocks, &x, c, &mut sums);
            for (dot, a) in dots.into_iter().zip(&a) {
                let plain: f64 = a.iter().zip(&x).map(|(a, x)| f64::from(*a) * x).sum();
                assert!((dot - plain).abs() < 1e-14, "{dot} {plain}, length {length}");
            }
            for (sum, expected) in sums.iter().zip(&expected) {
                assert!((sum - expected).abs() < 1e-14, "{sum} {expected}, length {length}");
            }
        }
    }

    #[test]
    fn dots_and_sums_of_every_length() {
        holds::<4, false>();
        holds::<8, false>();
        holds::<8, true>();
    }
}
