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

    /// For some columns, from number `from` of the arrays on: replaces r_x by the tangent of y = gain x^ + shift and writes
    /// that of x^, (r_x - mean r_x - x^ sigma') / sigma, given the two means.
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

    /// Adds sums over some columns, from number `from` of the arrays on, to the tangents of the gradients of gain and shift:
    /// r_dy x^ + dy r_unit and r_dy.
    pub fn r_reverse_sums(
        &self,
        from: usize,
        [dy, r_unit, r_dy]: [&[T]; 3],
        [d_gain, d_shift]: [&mut [T]; 2],
    ) {
        let unit = &self.unit[from..][..r_dy.len()];
        vectorised(ReverseSums { read: [dy, unit, r_unit, r_dy], sums: [d_gain, d_shift] });
    }

    /// The per-feature numbers of [`Normalised::r_reverse`] once the sums are complete.
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
    ) -> Bend<T> {
        let inverse = &self.inverse;
        let count = T::one() / T::narrow(columns as f64);
        let n = gain.len();
        let per_feature = |value: &dyn Fn(usize) -> T| (0..n).map(value).collect::<Vec<T>>();
        let [g_gain, g_shift, d_gain, d_shift] = gradients;
        let over = |f: usize| {
            if self.differentiated { inverse[f] * count } else { T::zero() }
        };
        Bend {
            dy: per_feature(&|f| r_gain[f] * inverse[f]),
            r_dy: per_feature(&|f| gain[f] * inverse[f]),
            mean: per_feature(&|f| over(f) * (r_gain[f] * g_shift[f] + gain[f] * d_shift[f])),
            unit: per_feature(&|f| over(f) * (r_gain[f] * g_gain[f] + gain[f] * d_gain[f])),
            r_unit: per_feature(&|f| over(f) * gain[f] * g_gain[f]),
            dx: per_feature(&|f| {
                if self.differentiated { sigma[f] * inverse[f] } else { T::zero() }
            }),
        }
    }

    /// For some columns, from number `from` of the arrays on: replaces r_dy by the tangent of the adjoint of x. With u the
    /// projection of x^_bar away from constants and x^, so that dx = u / sigma, and c = mean(x^_bar x^):
    /// r_dx = (R x^_bar - mean R x^_bar - x^ mean(R x^_bar x^ + x^_bar r_unit) - r_unit c
    /// - u sigma' / sigma) / sigma.
    pub fn r_reverse(&self, bend: &Bend<T>, from: usize, [dy, r_unit, dx]: [&[T]; 3], r: &mut [T]) {
        let unit = &self.unit[from..][..r.len()];
        let Bend { dy: a, r_dy: b, mean: c, unit: d, r_unit: e, dx: f } = bend;
        vectorised(Reverse { features: [a, b, c, d, e, f], read: [dy, unit, r_unit, dx], r });
    }
}

/// The factors of the arrays in [`Normalised::r_reverse`], per feature.
#[derive(Debug, Clone)]
pub struct Bend<T> {
    dy: Vec<T>,
    r_dy: Vec<T>,
    mean: Vec<T>,
    unit: Vec<T>,
    r_unit: Vec<T>,
    dx: Vec<T>,
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
                    self.features.map(|x| *lanes::<T, W>(x, f));
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
            let [dy, unit, r_unit, r_dy] = self.read.map(|x| &x[from..to]);
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
            let [dy, unit, r_unit, dx] = self.read.map(|x| &x[from..from + r.len()]);
            strips!(n, W, f, {
                let [of_dy, of_r_dy, mean, of_unit, of_r_unit, of_dx] =
                    self.features.map(|x| *lanes::<T, W>(x, f));
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
