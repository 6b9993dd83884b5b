//! Homogeneous forms P(x) = sum over i1 >= ... >= ir of a[i1..ir] x_i1 .. x_ir: symmetric tensors
//! with each sorted tuple of indices once.
//!
//! Tuples are in lexicographic order. Fixing leading indices, the trailing ones run over all tuples
//! of lower degree up to a largest index, which are the first ones of their own order: every
//! contraction is a dot product, or a multiple added, of contiguous numbers.

use std::array::from_fn;
use std::ops::Range;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom, f64x8};
use nalgebra::DMatrix;

use crate::linalg::{Kernel, Real, baseline, fused, total, vectorised};

/// Blocks of entries that a sweep takes at once. Chosen here by measurement: one, two, six and eight
/// took longer.
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

/// A form of degree `lead` + `trail` in m variables by its leading tuples alone and by its trailing
/// ones alone: sum over trailing tuples of a times `trailing`, and over leading ones of a times
/// `leading`, in one pass over the entries.
///
/// With the monomials of x for both, P = leading part . leading monomials, and the gradient of P is
/// that of its leading part, taken as a form, plus that of its trailing part.
fn parts<T: Real>(
    entries: &[T],
    (lead, trail): (usize, usize),
    m: usize,
    reaches: &[Vec<usize>],
    monomials: &[Vec<f64>],
) -> (Vec<f64>, Vec<f64>) {
    let (mut dots, mut sums) = empty_parts((lead, trail), m);
    let sweep = Sweep::new(entries, (lead, trail), reaches, monomials, &mut dots, &mut sums);
    if let Err(sweep) = fused(Level::new(), sweep) {
        // a fused multiply-add would be a call per entry here
        baseline(sweep.unfused());
    }
    (dots, sums)
}

/// Room for the leading and the trailing part of a form in m variables.
fn empty_parts((lead, trail): (usize, usize), m: usize) -> (Vec<f64>, Vec<f64>) {
    (vec![0.0; count(m, lead)], vec![0.0; count(m, trail)])
}

/// One pass over the entries, with or without fused multiply-add: see [`parts`].
///
/// Blocks, of which each leading tuple has one, form runs: the last leading index counts up and the
/// others stay. Four runs are read side by side, each from its start to its end: memory then sees four
/// long streams, and four blocks of equal length share their monomials, each of which is loaded once,
/// and their sums, each of which is loaded and stored once. What is left of a run, and a run that three
/// as long or longer do not follow, goes four neighbouring blocks at a time.
struct Sweep<'a, T, const FUSED: bool> {
    /// Those that were not passed yet.
    entries: &'a [T],
    /// The leading tuples of their first run, or of what is left of it.
    run: Range<usize>,
    trail: usize,
    reaches: &'a [usize],
    leading: &'a [f64],
    trailing: &'a [f64],
    dots: &'a mut [f64],
    sums: &'a mut [f64],
}

impl<T: Real, const FUSED: bool> Kernel for Sweep<'_, T, FUSED> {
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        while !self.entries.is_empty() {
            self.step(simd);
        }
    }
}

impl<'a, T: Real> Sweep<'a, T, true> {
    fn new(
        entries: &'a [T],
        (lead, trail): (usize, usize),
        reaches: &'a [Vec<usize>],
        monomials: &'a [Vec<f64>],
        dots: &'a mut [f64],
        sums: &'a mut [f64],
    ) -> Self {
        // without leading indices the one block holds everything
        let reaches = if lead == 0 { &reaches[0] } else { &reaches[lead][..dots.len()] };
        let (leading, trailing) = (&monomials[lead][..], &monomials[trail][..]);
        let run = 0..0;
        Self { entries, run, trail, reaches, leading, trailing, dots, sums }
    }

    fn unfused(self) -> Sweep<'a, T, false> {
        let Self { entries, run, trail, reaches, leading, trailing, dots, sums } = self;
        Sweep { entries, run, trail, reaches, leading, trailing, dots, sums }
    }
}

impl<'a, T: Real, const FUSED: bool> Sweep<'a, T, FUSED> {
    /// Passes four runs, or some blocks of one.
    #[inline(always)]
    fn step<S: Simd>(&mut self, simd: S) {
        if self.run.is_empty() {
            let mut starts = [self.run.start; BLOCKS + 1];
            for k in 0..BLOCKS {
                starts[k + 1] = starts[k] + self.blocks_of_run(starts[k]);
            }
            let lengths: [usize; BLOCKS] = from_fn(|k| starts[k + 1] - starts[k]);
            // behind the last run there are runs without blocks
            if lengths.is_sorted() {
                self.four_runs(simd, starts, lengths);
                self.run = starts[BLOCKS]..starts[BLOCKS];
                return;
            }
            self.run = starts[0]..starts[1];
        }
        let (mut entries, mut places) = (self.entries, self.run.clone());
        self.neighbours(simd, &mut entries, &mut places);
        (self.entries, self.run) = (entries, places);
    }

    /// Runs that start with these leading tuples, none shorter than the one before.
    #[inline(always)]
    fn four_runs<S: Simd>(
        &mut self,
        simd: S,
        starts: [usize; BLOCKS + 1],
        lengths: [usize; BLOCKS],
    ) {
        let mut runs = lengths.map(|length| cut(&mut self.entries, count(length, self.trail + 1)));
        for j in 0..lengths[0] {
            let length = count(j + 1, self.trail);
            let blocks: [&[T]; BLOCKS] = from_fn(|k| cut(&mut runs[k], length));
            self.take(simd, blocks, from_fn(|k| starts[k] + j));
        }
        for (k, mut rest) in runs.into_iter().enumerate() {
            let mut places = starts[k] + lengths[0]..starts[k + 1];
            while !places.is_empty() {
                self.neighbours(simd, &mut rest, &mut places);
            }
        }
    }

    /// Blocks of the run that starts at this one: reaches count up from 1. A form without leading
    /// indices has a run of one block that reaches farther.
    fn blocks_of_run(&self, first: usize) -> usize {
        let mut reaches = self.reaches[first..].iter();
        match reaches.next() {
            None => 0,
            Some(reach) => 1 + reaches.zip(reach + 1..).take_while(|(a, b)| *a == b).count(),
        }
    }

    /// The first four blocks of these, or the first one where there are fewer.
    #[inline(always)]
    fn neighbours<S: Simd>(&mut self, simd: S, entries: &mut &[T], places: &mut Range<usize>) {
        let place = places.start;
        let length = |k: usize| count(self.reaches[place + k], self.trail);
        if places.len() >= BLOCKS {
            let blocks = from_fn::<_, BLOCKS, _>(|k| cut(entries, length(k)));
            self.take(simd, blocks, from_fn(|k| place + k));
            places.start += BLOCKS;
        } else {
            let block = cut(entries, length(0));
            self.take(simd, [block], [place]);
            places.start += 1;
        }
    }

    /// Blocks, none shorter than the one before, whose leading tuples have these places.
    #[inline(always)]
    fn take<S: Simd, const A: usize>(&mut self, simd: S, blocks: [&[T]; A], places: [usize; A]) {
        let c = places.map(|place| self.leading[place]);
        let shared = blocks[0].len();
        let (x, sums) = (&self.trailing[..shared], &mut self.sums[..shared]);
        let heads = blocks.map(|block| &block[..shared]);
        let mut dots = dots_and_add::<_, _, A, FUSED>(simd, heads, x, c, sums);
        for (k, block) in blocks.into_iter().enumerate() {
            let tail = shared..block.len();
            if !tail.is_empty() {
                let (x, sums) = (&self.trailing[tail.clone()], &mut self.sums[tail.clone()]);
                let [dot] = dots_and_add::<_, _, 1, FUSED>(simd, [&block[tail]], x, [c[k]], sums);
                dots[k] += dot;
            }
            self.dots[places[k]] = dots[k];
        }
    }
}

/// Sweeps of forms P_i, ... that take their steps side by side, and left += the sum of x_i P_i: entries
/// are in cache still when they are added up.
struct Slices<'a, T, const A: usize, const FUSED: bool> {
    sweeps: [Sweep<'a, T, FUSED>; A],
    x: [f64; A],
    left: &'a mut [f64],
}

impl<T: Real, const A: usize, const FUSED: bool> Kernel for Slices<'_, T, A, FUSED> {
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        // the first form is the shortest, and the others start as it does
        let mut added = self.sweeps.each_ref().map(|sweep| sweep.entries);
        while !self.sweeps[0].entries.is_empty() {
            for sweep in &mut self.sweeps {
                sweep.step(simd);
            }
            let passed = from_fn::<_, A, _>(|k| added[k].len() - self.sweeps[k].entries.len());
            if passed.iter().any(|length| *length != passed[0]) {
                break;
            }
            self.add(simd, from_fn(|k| cut(&mut added[k], passed[0])));
        }
        for sweep in &mut self.sweeps {
            while !sweep.entries.is_empty() {
                sweep.step(simd);
            }
        }
        let shared = added[0].len();
        self.add(simd, from_fn(|k| cut(&mut added[k], shared)));
        for (x, rest) in self.x.iter().zip(added) {
            multiples(simd, self.left, [*x], [rest]);
        }
    }
}

impl<T: Real, const A: usize, const FUSED: bool> Slices<'_, T, A, FUSED> {
    /// Adds multiples of entries to the first of what is left, and takes these off.
    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, entries: [&[T]; A]) {
        let (left, rest) = std::mem::take(&mut self.left).split_at_mut(entries[0].len());
        multiples(simd, left, self.x, entries);
        self.left = rest;
    }
}

/// y += c a for each of several a of one length.
#[inline(always)]
fn multiples<T: Real, S: Simd, const A: usize>(simd: S, y: &mut [f64], c: [f64; A], a: [&[T]; A]) {
    let (y, y_rest) = y[..a[0].len()].as_chunks_mut();
    let factors = c.map(|c| f64x8::splat(simd, c));
    let chunks = a.map(|a| &a.as_chunks().0[..y.len()]);
    for (i, y) in y.iter_mut().enumerate() {
        let mut sum = f64x8::simd_from(simd, *y);
        for k in 0..A {
            sum += factors[k] * T::widened(simd, &chunks[k][i]);
        }
        *y = sum.into();
    }
    let rests = a.map(|a| &a[a.len() - y_rest.len()..]);
    for (i, y) in y_rest.iter_mut().enumerate() {
        for k in 0..A {
            *y += c[k] * rests[k][i].wide();
        }
    }
}

/// The parts of the forms P_i, ..., whose entries are the first of all, and left += the sum of x_i P_i.
fn slices<T: Real, const A: usize>(
    all: &mut &[T],
    degree: usize,
    first: usize,
    at: &Monomials,
    left: &mut [f64],
) -> [(Vec<f64>, Vec<f64>); A] {
    let mut parts = from_fn(|k| empty_parts(split(degree), first + k + 1));
    let mut m = first;
    let sweeps = parts.each_mut().map(|(dots, sums)| {
        m += 1;
        let entries = cut(all, count(m, degree));
        Sweep::new(entries, split(degree), &at.reaches, &at.values, dots, sums)
    });
    let slices = Slices::<_, A, true> { sweeps, x: from_fn(|k| at.x[first + k]), left };
    if let Err(Slices { sweeps, x, left }) = fused(Level::new(), slices) {
        baseline(Slices { sweeps: sweeps.map(Sweep::unfused), x, left });
    }
    parts
}

/// Takes the first entries off.
fn cut<'a, T>(entries: &mut &'a [T], length: usize) -> &'a [T] {
    let (block, rest) = entries.split_at(length);
    *entries = rest;
    block
}

/// a . x for each of several a of one length, and sums += the sum of c a; with eight partial sums of
/// each dot product, whatever the registers.
#[inline(always)]
fn dots_and_add<T: Real, S: Simd, const A: usize, const FUSED: bool>(
    simd: S,
    a: [&[T]; A],
    x: &[f64],
    c: [f64; A],
    sums: &mut [f64],
) -> [f64; A] {
    let mut lanes = [f64x8::splat(simd, 0.0); A];
    let factors = c.map(|c| f64x8::splat(simd, c));
    let (x, x_rest) = x.as_chunks();
    let (sums, sums_rest) = sums.as_chunks_mut();
    let chunks = a.map(|a| &a.as_chunks().0[..x.len()]);
    for (i, (x, sums)) in x.iter().zip(sums).enumerate() {
        let x = f64x8::simd_from(simd, *x);
        let mut sum = f64x8::simd_from(simd, *sums);
        for k in 0..A {
            let a = T::widened(simd, &chunks[k][i]);
            lanes[k] = if FUSED { a.mul_add_precise(x, lanes[k]) } else { a * x + lanes[k] };
            sum = if FUSED { a.mul_add_precise(factors[k], sum) } else { a * factors[k] + sum };
        }
        *sums = sum.into();
    }
    let mut dots = lanes.map(|lanes| total(lanes.into()));
    let rests = a.map(|a| &a[a.len() - x_rest.len()..]);
    for (i, (x, sum)) in x_rest.iter().zip(sums_rest).enumerate() {
        for k in 0..A {
            let a = rests[k][i].wide();
            dots[k] = if FUSED { a.mul_add(*x, dots[k]) } else { a * x + dots[k] };
            *sum = if FUSED { a.mul_add(c[k], *sum) } else { a * c[k] + *sum };
        }
    }
    dots
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
    let (leading, trailing) =
        parts(entries, (lead, trail), gradient.len(), &at.reaches, &at.values);
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
            let m = gradient.len();
            let (dots, left) = parts(entries, (1, degree - 1), m, &at.reaches, &at.values);
            gradient.iter_mut().zip(dots).for_each(|(slope, dot)| *slope += scale * dot);
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
            let (lead, trail) = split(degree - 1);
            let mut cross = |i: usize, (leading, trailing): &(Vec<f64>, Vec<f64>)| {
                let mut cross = vec![0.0; i + 1];
                slope(leading, lead, at, scale, &mut cross);
                slope(trailing, trail, at, scale, &mut cross);
                for (j, cross) in cross.iter().enumerate() {
                    hessian[(i, j)] += cross;
                    hessian[(j, i)] += cross;
                }
            };
            let mut first = 0;
            while first + BLOCKS <= n {
                let parts: [_; BLOCKS] = slices(&mut rest, degree - 1, first, at, &mut left);
                (first..).zip(&parts).for_each(|(i, parts)| cross(i, parts));
                first += BLOCKS;
            }
            for i in first..n {
                let [parts] = slices(&mut rest, degree - 1, i, at, &mut left);
                cross(i, &parts);
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
    let (leading, trailing) = parts(entries, (lead, trail), inner.nrows(), &at.reaches, &at.values);
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
    let (leading, trailing) = parts(entries, (lead, trail), product.len(), &at.reaches, tangents);
    slope(&leading, lead, at, scale, product);
    slope(&trailing, trail, at, scale, product);
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;

    use super::{Monomials, Sweep, baseline, count, for_each_tuple, fused, split};
    use crate::linalg::Real;

    /// A sweep of a form against sums of one term after the other.
    fn holds<T: Real, const FUSED: bool>(n: usize, degree: usize) {
        let number = |i: usize, step: f64| (i as f64 * step + 0.1).fract() - 0.5;
        let x: Vec<f64> = (0..n).map(|i| number(i, 0.713)).collect();
        let at = Monomials::new(&x, degree);
        let entries: Vec<T> = (0..count(n, degree)).map(|i| T::narrow(number(i, 0.417))).collect();
        let (lead, trail) = split(degree);
        let (mut dots, mut sums) = (vec![0.0; count(n, lead)], vec![0.0; count(n, trail)]);
        let split = (lead, trail);
        let sweep = Sweep::new(&entries, split, &at.reaches, &at.values, &mut dots, &mut sums);
        if FUSED {
            assert!(fused(Level::new(), sweep).is_ok());
        } else {
            baseline(sweep.unfused());
        }
        let place = |tuple: &[usize]| {
            let ranks = tuple.iter().rev().zip(1..).map(|(i, degree)| count(*i, degree));
            ranks.sum::<usize>()
        };
        let (mut all_dots, mut all_sums) = (vec![0.0; dots.len()], vec![0.0; sums.len()]);
        let mut entry = entries.iter();
        for_each_tuple(n, degree, &mut |tuple| {
            let a = entry.next().map_or(f64::NAN, |a| a.wide());
            let (leading, trailing) = (place(&tuple[..lead]), place(&tuple[lead..]));
            all_dots[leading] += a * at.values[trail][trailing];
            all_sums[trailing] += a * at.values[lead][leading];
        });
        for (found, expected) in [(&dots, &all_dots), (&sums, &all_sums)] {
            for (found, expected) in found.iter().zip(expected) {
                let bound = 1e-13 * (1.0 + expected.abs());
                assert!((found - expected).abs() < bound, "{found} {expected}, {n} {degree}");
            }
        }
    }

    /// Sizes with and without four runs, with blocks shorter than a register, and with every rest.
    #[test]
    fn sweeps_add_up_every_term() {
        for degree in 1..=6 {
            for n in (1..=13).chain([26]) {
                if crate::linalg::is_fused() {
                    holds::<f32, true>(n, degree);
                    holds::<f64, true>(n, degree);
                }
                holds::<f32, false>(n, degree);
                holds::<f64, false>(n, degree);
            }
        }
    }
}
