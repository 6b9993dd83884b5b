//! y = gain x^ + shift with x^ = (x - mean) / sqrt(variance + eps), per feature over the batch; of
//! images, per channel over batch and positions: the columns of an array are then the positions.
//!
//! With `batch` statistics the mean and the variance depend on x and are differentiated through;
//! with `frozen` or `running` statistics they are constants. One layer in the first kind maps an
//! adjoint g of x^ to (g - mean g - x^ mean(g x^)) / sigma (Ioffe & Szegedy 2015; Santurkar 2018).

use std::array::from_fn;

use crate::linalg::{Loop, Real, vectorised};
use crate::network::layers::normalise::{Back, Centre, Finish, Mean, ScaledSums};
use crate::network::layers::strips::{BLOCK, Sums, lanes, lanes_mut, ranges, strip, strips};

/// What a batch norm keeps from its forward pass.
#[derive(Debug, Clone)]
pub struct Normalised<T> {
    /// x^, features x samples.
    pub unit: Vec<T>,
    /// 1 / sqrt(variance + eps), per feature.
    pub inverse: Vec<T>,
    /// The mean that was subtracted, per feature.
    pub mean: Vec<T>,
    /// The biased variance that was divided by, per feature.
    pub variance: Vec<T>,
    /// Whether mean and variance depend on x.
    pub differentiated: bool,
}

fn scale<T: Real>(sum: &mut [T], samples: usize) {
    let inverse = T::one() / T::narrow(samples as f64);
    sum.iter_mut().for_each(|s| *s *= inverse);
}

impl<T: Real> Normalised<T> {
    /// Before any pass.
    pub(in crate::network) fn empty() -> Self {
        Self {
            unit: Vec::new(),
            inverse: Vec::new(),
            mean: Vec::new(),
            variance: Vec::new(),
            differentiated: false,
        }
    }

    /// Centres and measures an array by the statistics of the batch itself.
    pub(in crate::network) fn measure(&mut self, x: &[T], features: usize, differentiated: bool) {
        for sum in [&mut self.mean, &mut self.variance] {
            sum.clear();
            sum.resize(features, T::zero());
        }
        self.unit.resize(x.len(), T::zero());
        let samples = x.len() / features;
        vectorised(Mean { x, sum: &mut self.mean });
        scale(&mut self.mean, samples);
        let squares = Some(&mut self.variance[..]);
        vectorised(Centre { x, mean: &self.mean, unit: &mut self.unit, squares });
        scale(&mut self.variance, samples);
        self.differentiated = differentiated;
    }

    /// Centres an array by given statistics, held constant.
    pub(in crate::network) fn hold(&mut self, x: &[T], mean: &[T], variance: &[T]) {
        for (own, given) in [(&mut self.mean, mean), (&mut self.variance, variance)] {
            own.clear();
            own.extend_from_slice(given);
        }
        self.unit.resize(x.len(), T::zero());
        vectorised(Centre { x, mean, unit: &mut self.unit, squares: None });
        self.differentiated = false;
    }

    /// x^ and y = gain x^ + shift of the array that was centred.
    pub(in crate::network) fn finish(&mut self, eps: f64, gain: &[T], shift: &[T], y: &mut [T]) {
        let eps = T::narrow(eps);
        self.inverse.clear();
        self.inverse.extend(self.variance.iter().map(|v| T::one() / (*v + eps).sqrt()));
        let features = [&self.inverse[..], gain, shift];
        vectorised(Finish { features, unit: &mut self.unit, y });
    }

    /// dx += the adjoint of x that an adjoint of y gives.
    pub fn reverse(&self, dy: &[T], gain: &[T], dx: &mut [T]) {
        let n = self.inverse.len();
        let (mut mean, mut along) = (vec![T::zero(); n], vec![T::zero(); n]);
        if self.differentiated {
            let sums = [&mut mean[..], &mut along[..]];
            vectorised(ScaledSums { x: dy, scale: gain, y: &self.unit, sums });
            scale(&mut mean, dy.len() / n);
            scale(&mut along, dy.len() / n);
        }
        let features = [gain, &mean, &along, &self.inverse];
        vectorised(Back { features, dy, unit: &self.unit, dx });
    }

    /// Turns sums over the batch of r_x and r_x x^ into what [`Normalised::tangent`] needs: their
    /// means, of which the second is the tangent of sigma; zeros where statistics are constants.
    pub fn finish_tangent(&self, sums: &mut [Vec<T>; 2], columns: usize) {
        for sum in sums {
            if self.differentiated {
                scale(sum, columns);
            } else {
                sum.fill(T::zero());
            }
        }
    }

    /// For some columns, those from entry `from` of the arrays on: replaces r_x by the tangent of
    /// y = gain x^ + shift and writes that of x^, (r_x - mean r_x - x^ sigma') / sigma, given the two means.
    pub fn tangent(
        &self,
        [gain, r_gain, r_shift]: [&[T]; 3],
        [mean, sigma]: [&[T]; 2],
        from: usize,
        r: &mut [T],
        r_unit: &mut [T],
    ) {
        let unit = &self.unit[from..][..r.len()];
        let features = [mean, sigma, &self.inverse, gain, r_gain, r_shift];
        vectorised(Tangent { features, r, unit, r_unit });
    }

    /// Adds sums over some columns, those from entry `from` of the arrays on, to the tangents of the gradients
    /// of gain and shift: r_dy x^ + dy r_unit and r_dy.
    pub fn r_reverse_sums(
        &self,
        from: usize,
        [dy, r_unit, r_dy]: [&[T]; 3],
        [d_gain, d_shift]: [&mut [T]; 2],
    ) {
        let unit = &self.unit[from..][..r_dy.len()];
        vectorised(ReverseSums { read: [dy, unit, r_unit, r_dy], sums: [d_gain, d_shift] });
    }

    /// Writes the per-feature numbers of [`Normalised::r_reverse`] once the sums are complete.
    ///
    /// With R x^_bar = r_gain dy + gain r_dy the tangent of the adjoint of x^, its mean over the batch
    /// and that of R x^_bar x^ + x^_bar r_unit need no sums of their own: they are those of the
    /// gradients of gain and shift and of their tangents, times r_gain and gain. `gradients` holds the
    /// gradients of gain and shift, then their tangents; `sigma` is the mean of x^ r_x.
    pub fn bend(
        &self,
        [gain, r_gain]: [&[T]; 2],
        gradients: [&[T]; 4],
        sigma: &[T],
        columns: usize,
        bend: &mut Bend<T>,
    ) {
        let count = T::one() / T::narrow(columns as f64);
        let n = gain.len();
        let [g_gain, g_shift, d_gain, d_shift] = gradients;
        bend.factors.clear();
        bend.factors.resize(6 * n, T::zero());
        let factors = bend.factors.get_disjoint_mut(from_fn(|i| i * n..(i + 1) * n));
        let [dy, r_dy, mean, unit, r_unit, dx] = factors.expect("ranges lie apart");
        for f in 0..n {
            let inverse = self.inverse[f];
            let over = if self.differentiated { inverse * count } else { T::zero() };
            dy[f] = r_gain[f] * inverse;
            r_dy[f] = gain[f] * inverse;
            mean[f] = over * (r_gain[f] * g_shift[f] + gain[f] * d_shift[f]);
            unit[f] = over * (r_gain[f] * g_gain[f] + gain[f] * d_gain[f]);
            r_unit[f] = over * gain[f] * g_gain[f];
            dx[f] = if self.differentiated { sigma[f] * inverse } else { T::zero() };
        }
    }

    /// For some columns, those from entry `from` of the arrays on: replaces r_dy by the tangent of the
    /// adjoint of x. With u the projection of x^_bar away from constants and x^, so that dx = u / sigma, and c = mean(x^_bar x^):
    /// r_dx = (R x^_bar - mean R x^_bar - x^ mean(R x^_bar x^ + x^_bar r_unit) - r_unit c
    /// - u sigma' / sigma) / sigma.
    pub fn r_reverse(&self, bend: &Bend<T>, from: usize, [dy, r_unit, dx]: [&[T]; 3], r: &mut [T]) {
        let unit = &self.unit[from..][..r.len()];
        let n = self.inverse.len();
        let features = from_fn(|i| &bend.factors[i * n..][..n]);
        vectorised(Reverse { features, read: [dy, unit, r_unit, dx], r });
    }
}

/// What [`Normalised::bend`] writes for [`Normalised::r_reverse`].
#[derive(Debug, Clone)]
pub struct Bend<T> {
    /// 6 x features: the factors of dy, r_dy, 1, x^, r_unit and dx.
    factors: Vec<T>,
}

impl<T> Bend<T> {
    /// Before any batch norm.
    pub(in crate::network) fn empty() -> Self {
        Self { factors: Vec::new() }
    }
}

/// The loop of [`Normalised::tangent`].
struct Tangent<'a, T> {
    /// Per feature: mean r_x, mean r_x x^, 1 / sigma, gain, and the tangents of gain and shift.
    features: [&'a [T]; 6],
    r: &'a mut [T],
    unit: &'a [T],
    r_unit: &'a mut [T],
}

impl<T: Real> Loop for Tangent<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.features[0].len();
        let outputs = self.r.chunks_mut(BLOCK * n).zip(self.r_unit.chunks_mut(BLOCK * n));
        for (unit, (r, r_unit)) in self.unit.chunks(BLOCK * n).zip(outputs) {
            strips!(n, W, f, {
                let [average, sigma, inverse, gain, r_gain, r_shift] =
                    strip::<T, W, 6>(&self.features, f);
                let outputs = r.chunks_exact_mut(n).zip(r_unit.chunks_exact_mut(n));
                for (unit, (r, r_unit)) in unit.chunks_exact(n).zip(outputs) {
                    let r = lanes_mut::<T, W>(r, f);
                    let (r_x, unit) = (*r, *lanes::<T, W>(unit, f));
                    let (mut moved, mut y) = (r_x, r_x);
                    for i in 0..W {
                        moved[i] = (r_x[i] - average[i] - unit[i] * sigma[i]) * inverse[i];
                        y[i] = r_gain[i] * unit[i] + r_shift[i] + gain[i] * moved[i];
                    }
                    *r = y;
                    *lanes_mut::<T, W>(r_unit, f) = moved;
                }
            });
        }
    }
}

/// The loop of [`Normalised::r_reverse_sums`].
struct ReverseSums<'a, T> {
    /// dy, x^, and the tangents of x^ and dy.
    read: [&'a [T]; 4],
    /// Added to: the tangents of the gradients of gain and shift.
    sums: [&'a mut [T]; 2],
}

impl<T: Real> Loop for ReverseSums<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.sums[0].len();
        let sums = self.sums;
        for from in (0..self.read[0].len()).step_by(BLOCK * n) {
            let to = (from + BLOCK * n).min(self.read[0].len());
            let [dy, unit, r_unit, r_dy] = ranges(self.read, from..to);
            strips!(n, W, f, {
                let mut d_gain = *lanes::<T, W>(sums[0], f);
                let mut d_shift = *lanes::<T, W>(sums[1], f);
                let columns = dy
                    .chunks_exact(n)
                    .zip(unit.chunks_exact(n))
                    .zip(r_unit.chunks_exact(n).zip(r_dy.chunks_exact(n)));
                for ((dy, unit), (r_unit, r_dy)) in columns {
                    let (dy, unit) = (*lanes::<T, W>(dy, f), *lanes::<T, W>(unit, f));
                    let (r_unit, r_dy) = (*lanes::<T, W>(r_unit, f), *lanes::<T, W>(r_dy, f));
                    for i in 0..W {
                        d_gain[i] += r_dy[i] * unit[i] + dy[i] * r_unit[i];
                        d_shift[i] += r_dy[i];
                    }
                }
                *lanes_mut::<T, W>(sums[0], f) = d_gain;
                *lanes_mut::<T, W>(sums[1], f) = d_shift;
            });
        }
    }
}

/// The loop of [`Normalised::r_reverse`].
struct Reverse<'a, T> {
    /// The factors of dy, r_dy, 1, x^, r_unit and dx.
    features: [&'a [T]; 6],
    /// dy, x^, its tangent, and dx.
    read: [&'a [T]; 4],
    r: &'a mut [T],
}

impl<T: Real> Loop for Reverse<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.features[0].len();
        for (block, r) in self.r.chunks_mut(BLOCK * n).enumerate() {
            let from = block * BLOCK * n;
            let [dy, unit, r_unit, dx] = ranges(self.read, from..from + r.len());
            strips!(n, W, f, {
                let [of_dy, of_r_dy, mean, of_unit, of_r_unit, of_dx] =
                    strip::<T, W, 6>(&self.features, f);
                let columns = r
                    .chunks_exact_mut(n)
                    .zip(dy.chunks_exact(n))
                    .zip(unit.chunks_exact(n).zip(r_unit.chunks_exact(n)))
                    .zip(dx.chunks_exact(n));
                for (((r, dy), (unit, r_unit)), dx) in columns {
                    let r = lanes_mut::<T, W>(r, f);
                    let (dy, unit) = (*lanes::<T, W>(dy, f), *lanes::<T, W>(unit, f));
                    let (r_unit, dx) = (*lanes::<T, W>(r_unit, f), *lanes::<T, W>(dx, f));
                    let mut sum = *r;
                    for i in 0..W {
                        sum[i] = of_r_dy[i] * sum[i] + of_dy[i] * dy[i]
                            - mean[i]
                            - of_unit[i] * unit[i]
                            - of_r_unit[i] * r_unit[i]
                            - of_dx[i] * dx[i];
                    }
                    *r = sum;
                }
            });
        }
    }
}

/// d shift += sum over samples of dy, d gain += sum over samples of dy x^.
pub fn reverse_affine<T: Real>(dy: &[T], unit: &[T], d_gain: &mut [T], d_shift: &mut [T]) {
    vectorised(Sums { x: dy, y: unit, first: d_shift, second: d_gain });
}
