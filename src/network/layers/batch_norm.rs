//! y = gain x^ + shift with x^ = (x - mean) / sqrt(variance + eps), per feature over the batch; of
//! images, per channel over batch and positions: the columns of an array are then the positions.
//!
//! With `batch` statistics the mean and the variance depend on x and are differentiated through;
//! with `frozen` or `running` statistics they are constants. One layer in the first kind maps an
//! adjoint g of x^ to (g - mean g - x^ mean(g x^)) / sigma (Ioffe & Szegedy 2015; Santurkar 2018).

use crate::linalg::{Loop, Real, vectorised};
use crate::network::layers::strips::{BLOCK, Sums, lanes, lanes_mut, strips};

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

/// Per-feature averages over the batch of one array.
pub fn mean<T: Real>(x: &[T], features: usize) -> Vec<T> {
    averages(x, x, features).0
}

/// Per-feature averages over the batch of the product of two arrays.
pub fn mean_product<T: Real>(x: &[T], y: &[T], features: usize) -> Vec<T> {
    averages(x, y, features).1
}

/// Per-feature averages over the batch of x and of x y.
fn averages<T: Real>(x: &[T], y: &[T], features: usize) -> (Vec<T>, Vec<T>) {
    let (mut first, mut second) = (vec![T::zero(); features], vec![T::zero(); features]);
    vectorised(Sums { x, y, first: &mut first, second: &mut second });
    scale(&mut first, x.len() / features);
    scale(&mut second, x.len() / features);
    (first, second)
}

fn scale<T: Real>(sum: &mut [T], samples: usize) {
    let inverse = T::one() / T::narrow(samples as f64);
    sum.iter_mut().for_each(|s| *s *= inverse);
}

impl<T: Real> Normalised<T> {
    /// Statistics of the batch itself.
    pub fn of_batch(x: &[T], features: usize, eps: f64, differentiated: bool) -> Self {
        let average = mean(x, features);
        let mut centred = x.to_vec();
        for column in centred.chunks_exact_mut(features) {
            for (x, m) in column.iter_mut().zip(&average) {
                *x -= *m;
            }
        }
        let variance = mean_product(&centred, &centred, features);
        Self::finish(centred, average, variance, eps, differentiated)
    }

    /// Given statistics, held constant.
    pub fn with(x: &[T], average: &[T], variance: &[T], eps: f64) -> Self {
        let mut centred = x.to_vec();
        for column in centred.chunks_exact_mut(average.len()) {
            for (x, m) in column.iter_mut().zip(average) {
                *x -= *m;
            }
        }
        Self::finish(centred, average.to_vec(), variance.to_vec(), eps, false)
    }

    fn finish(
        mut unit: Vec<T>,
        mean: Vec<T>,
        variance: Vec<T>,
        eps: f64,
        differentiated: bool,
    ) -> Self {
        let eps = T::narrow(eps);
        let inverse: Vec<T> = variance.iter().map(|v| T::one() / (*v + eps).sqrt()).collect();
        for column in unit.chunks_exact_mut(inverse.len()) {
            for (x, s) in column.iter_mut().zip(&inverse) {
                *x *= *s;
            }
        }
        Self { unit, inverse, mean, variance, differentiated }
    }

    /// y = gain x^ + shift; with a tangent of gain and shift, their part of the tangent of y.
    pub fn affine(&self, gain: &[T], shift: &[T], y: &mut [T]) {
        let features = gain.len();
        let unit = &self.unit[..];
        vectorised(|| {
            for (y, unit) in y.chunks_exact_mut(features).zip(unit.chunks_exact(features)) {
                for (((y, u), g), b) in y.iter_mut().zip(unit).zip(gain).zip(shift) {
                    *y = *g * *u + *b;
                }
            }
        });
    }

    /// The derivative of x^ applied to an array: self-adjoint, so it serves adjoints
    /// (d x^ -> d x) and tangents alike.
    pub fn derivative(&self, g: &[T]) -> Vec<T> {
        let features = self.inverse.len();
        let mut out = g.to_vec();
        if self.differentiated {
            self.project(&mut out);
        }
        for column in out.chunks_exact_mut(features) {
            for (x, s) in column.iter_mut().zip(&self.inverse) {
                *x *= *s;
            }
        }
        out
    }

    /// g - mean g - x^ mean(g x^), in place.
    fn project(&self, g: &mut [T]) {
        let features = self.inverse.len();
        let (average, along) = averages(g, &self.unit, features);
        let unit = &self.unit[..];
        vectorised(|| {
            for (g, unit) in g.chunks_exact_mut(features).zip(unit.chunks_exact(features)) {
                for (((g, u), a), c) in g.iter_mut().zip(unit).zip(&average).zip(&along) {
                    *g -= *a + *u * *c;
                }
            }
        });
    }

    /// The tangents of x^ and of y = gain x^ + shift when x moves by `r_x`, and the per-feature
    /// mean of x^ r_x, which is the tangent of sigma. Two passes over the batch.
    pub fn tangent(
        &self,
        gain: &[T],
        r_gain: &[T],
        r_shift: &[T],
        r_x: &[T],
        r_unit: &mut [T],
        r_y: &mut [T],
    ) -> Vec<T> {
        let n = gain.len();
        let (average, sigma) = if self.differentiated {
            averages(r_x, &self.unit, n)
        } else {
            (vec![T::zero(); n], vec![T::zero(); n])
        };
        let (unit, inverse) = (&self.unit, &self.inverse);
        vectorised(Tangent {
            features: [&average, &sigma, inverse, gain, r_gain, r_shift],
            r_x,
            unit,
            r_unit,
            r_y,
        });
        sigma
    }

    /// What the second derivative needs of the reverse pass: the adjoint of x^, its projection
    /// u = d x^ - mean d x^ - x^ c, and c = mean(d x^ x^).
    pub fn curvature(&self, dy: &[T], gain: &[T]) -> Curvature<T> {
        let d_unit = times_gain(dy, gain);
        let mut projected = d_unit.clone();
        let mut along = vec![T::zero(); gain.len()];
        if self.differentiated {
            along = mean_product(&d_unit, &self.unit, gain.len());
            self.project(&mut projected);
        }
        Curvature { d_unit, projected, along }
    }

    /// The tangent of the reverse pass, added to `r_dx`; with the tangents of the gradients of
    /// gain and shift added to `d_gain` and `d_shift`. Two passes over the batch:
    /// r_dx = (R u - u sigma' / sigma) / sigma, where
    /// R u = P(r_d_unit) - r_unit c - x^ mean(d_unit r_unit), r_d_unit = r_gain dy + gain r_dy,
    /// and sigma' is what [`Normalised::tangent`] returned.
    #[allow(clippy::too_many_arguments)] // the arrays of one formula
    pub fn r_reverse(
        &self,
        kept: &Curvature<T>,
        gain: &[T],
        r_gain: &[T],
        sigma: &[T],
        r_unit: &[T],
        dy: &[T],
        r_dy: &mut [T],
        r_dx: &mut [T],
        d_gain: &mut [T],
        d_shift: &mut [T],
    ) {
        let n = gain.len();
        let (mut average, mut along) = (vec![T::zero(); n], vec![T::zero(); n]);
        let (unit, d_unit) = (&self.unit[..], &kept.d_unit[..]);
        vectorised(ReverseSums {
            gains: [gain, r_gain],
            sums: [d_gain, d_shift, &mut average, &mut along],
            read: [dy, unit, r_unit, d_unit],
            r_dy,
        });
        if self.differentiated {
            scale(&mut average, dy.len() / n);
            scale(&mut along, dy.len() / n);
        } else {
            average.fill(T::zero());
            along.fill(T::zero());
        }
        let inverse = &self.inverse[..n];
        let stretch: Vec<T> = sigma.iter().zip(inverse).map(|(s, i)| *s * *i).collect();
        vectorised(Reverse {
            features: [&average, &along, &kept.along, &stretch, inverse],
            read: [r_dy, unit, r_unit, &kept.projected],
            r_dx,
        });
    }
}

/// The second pass of [`Normalised::tangent`].
struct Tangent<'a, T> {
    /// Per feature: mean r_x, mean r_x x^, 1 / sigma, gain, and the tangents of gain and shift.
    features: [&'a [T]; 6],
    r_x: &'a [T],
    unit: &'a [T],
    r_unit: &'a mut [T],
    r_y: &'a mut [T],
}

impl<T: Real> Loop for Tangent<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.features[0].len();
        let inputs = self.r_x.chunks(BLOCK * n).zip(self.unit.chunks(BLOCK * n));
        let outputs = self.r_unit.chunks_mut(BLOCK * n).zip(self.r_y.chunks_mut(BLOCK * n));
        for ((r_x, unit), (r_unit, r_y)) in inputs.zip(outputs) {
            strips!(n, W, f, {
                let [average, sigma, inverse, gain, r_gain, r_shift] =
                    self.features.map(|x| *lanes::<T, W>(x, f));
                let inputs = r_x.chunks_exact(n).zip(unit.chunks_exact(n));
                let outputs = r_unit.chunks_exact_mut(n).zip(r_y.chunks_exact_mut(n));
                for ((r_x, unit), (r_unit, r_y)) in inputs.zip(outputs) {
                    let (r_x, unit) = (*lanes::<T, W>(r_x, f), *lanes::<T, W>(unit, f));
                    let (mut moved, mut y) = (r_x, r_x);
                    for i in 0..W {
                        moved[i] = (r_x[i] - average[i] - unit[i] * sigma[i]) * inverse[i];
                        y[i] = r_gain[i] * unit[i] + r_shift[i] + gain[i] * moved[i];
                    }
                    *lanes_mut::<T, W>(r_unit, f) = moved;
                    *lanes_mut::<T, W>(r_y, f) = y;
                }
            });
        }
    }
}

/// The first pass of [`Normalised::r_reverse`]; leaves in `r_dy` the tangent of the adjoint of x^.
struct ReverseSums<'a, T> {
    /// Gain and its tangent.
    gains: [&'a [T]; 2],
    /// Added to: the tangents of the gradients of gain and shift, and the sums of the tangent of
    /// the adjoint of x^ and of its product with x^.
    sums: [&'a mut [T]; 4],
    /// dy, x^, its tangent and its adjoint.
    read: [&'a [T]; 4],
    r_dy: &'a mut [T],
}

impl<T: Real> Loop for ReverseSums<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.gains[0].len();
        let sums = self.sums;
        for (block, r_dy) in self.r_dy.chunks_mut(BLOCK * n).enumerate() {
            let from = block * BLOCK * n;
            let [dy, unit, r_unit, d_unit] = self.read.map(|x| &x[from..from + r_dy.len()]);
            strips!(n, W, f, {
                let [gain, r_gain] = self.gains.map(|x| *lanes::<T, W>(x, f));
                let mut d_gain = *lanes::<T, W>(sums[0], f);
                let mut d_shift = *lanes::<T, W>(sums[1], f);
                let mut average = *lanes::<T, W>(sums[2], f);
                let mut along = *lanes::<T, W>(sums[3], f);
                let columns = r_dy
                    .chunks_exact_mut(n)
                    .zip(dy.chunks_exact(n))
                    .zip(unit.chunks_exact(n).zip(r_unit.chunks_exact(n)))
                    .zip(d_unit.chunks_exact(n));
                for (((r_dy, dy), (unit, r_unit)), d_unit) in columns {
                    let r_dy = lanes_mut::<T, W>(r_dy, f);
                    let (dy, unit) = (*lanes::<T, W>(dy, f), *lanes::<T, W>(unit, f));
                    let (r_unit, d_unit) = (*lanes::<T, W>(r_unit, f), *lanes::<T, W>(d_unit, f));
                    let mut moved = *r_dy;
                    for i in 0..W {
                        d_gain[i] += moved[i] * unit[i] + dy[i] * r_unit[i];
                        d_shift[i] += moved[i];
                        moved[i] = r_gain[i] * dy[i] + gain[i] * moved[i];
                        average[i] += moved[i];
                        along[i] += moved[i] * unit[i] + d_unit[i] * r_unit[i];
                    }
                    *r_dy = moved;
                }
                *lanes_mut::<T, W>(sums[0], f) = d_gain;
                *lanes_mut::<T, W>(sums[1], f) = d_shift;
                *lanes_mut::<T, W>(sums[2], f) = average;
                *lanes_mut::<T, W>(sums[3], f) = along;
            });
        }
    }
}

/// The second pass of [`Normalised::r_reverse`].
struct Reverse<'a, T> {
    /// Per feature: mean R d x^, mean R (d x^ x^), mean (d x^ x^), sigma' / sigma and 1 / sigma.
    features: [&'a [T]; 5],
    /// R d x^, x^, its tangent, and u.
    read: [&'a [T]; 4],
    r_dx: &'a mut [T],
}

impl<T: Real> Loop for Reverse<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.features[0].len();
        for (block, r_dx) in self.r_dx.chunks_mut(BLOCK * n).enumerate() {
            let from = block * BLOCK * n;
            let [r_d_unit, unit, r_unit, u] = self.read.map(|x| &x[from..from + r_dx.len()]);
            strips!(n, W, f, {
                let [average, along, kept, stretch, inverse] =
                    self.features.map(|x| *lanes::<T, W>(x, f));
                let columns = r_dx
                    .chunks_exact_mut(n)
                    .zip(r_d_unit.chunks_exact(n))
                    .zip(unit.chunks_exact(n).zip(r_unit.chunks_exact(n)))
                    .zip(u.chunks_exact(n));
                for (((r_dx, r_d_unit), (unit, r_unit)), u) in columns {
                    let r_dx = lanes_mut::<T, W>(r_dx, f);
                    let (r_d_unit, unit) = (*lanes::<T, W>(r_d_unit, f), *lanes::<T, W>(unit, f));
                    let (r_unit, u) = (*lanes::<T, W>(r_unit, f), *lanes::<T, W>(u, f));
                    let mut sum = *r_dx;
                    for i in 0..W {
                        let moved = r_d_unit[i]
                            - average[i]
                            - unit[i] * along[i]
                            - r_unit[i] * kept[i]
                            - u[i] * stretch[i];
                        sum[i] += moved * inverse[i];
                    }
                    *r_dx = sum;
                }
            });
        }
    }
}

/// What the second derivative of a batch norm needs of the reverse pass.
#[derive(Debug, Clone)]
pub struct Curvature<T> {
    /// The adjoint of x^.
    d_unit: Vec<T>,
    /// Its projection away from constants and x^; itself where statistics are constants.
    projected: Vec<T>,
    /// mean(d x^ x^) per feature; 0 where statistics are constants.
    along: Vec<T>,
}

/// Multiplies every sample by the per-feature gain.
pub fn times_gain<T: Real>(x: &[T], gain: &[T]) -> Vec<T> {
    let mut out = x.to_vec();
    for column in out.chunks_exact_mut(gain.len()) {
        for (x, g) in column.iter_mut().zip(gain) {
            *x *= *g;
        }
    }
    out
}

/// d shift += sum over samples of dy, d gain += sum over samples of dy x^.
pub fn reverse_affine<T: Real>(dy: &[T], unit: &[T], d_gain: &mut [T], d_shift: &mut [T]) {
    vectorised(Sums { x: dy, y: unit, first: d_shift, second: d_gain });
}
