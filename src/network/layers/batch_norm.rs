//! y = gain x^ + shift with x^ = (x - mean) / sqrt(variance + eps), per feature over the batch.
//!
//! With `batch` statistics the mean and the variance depend on x and are differentiated through;
//! with `frozen` or `running` statistics they are constants. One layer in the first kind maps an
//! adjoint g of x^ to (g - mean g - x^ mean(g x^)) / sigma (Ioffe & Szegedy 2015; Santurkar 2018).

use crate::linalg::Real;

/// What a batch norm keeps from its forward pass.
#[derive(Debug, Clone, Default)]
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
    let mut sum = vec![T::zero(); features];
    for column in x.chunks_exact(features) {
        for (s, x) in sum.iter_mut().zip(column) {
            *s += *x;
        }
    }
    scale(&mut sum, x.len() / features);
    sum
}

/// Per-feature averages over the batch of the product of two arrays.
pub fn mean_product<T: Real>(x: &[T], y: &[T], features: usize) -> Vec<T> {
    let mut sum = vec![T::zero(); features];
    for (x, y) in x.chunks_exact(features).zip(y.chunks_exact(features)) {
        for ((s, x), y) in sum.iter_mut().zip(x).zip(y) {
            *s += *x * *y;
        }
    }
    scale(&mut sum, x.len() / features);
    sum
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
        for (y, unit) in y.chunks_exact_mut(features).zip(self.unit.chunks_exact(features)) {
            for (((y, u), g), b) in y.iter_mut().zip(unit).zip(gain).zip(shift) {
                *y = *g * *u + *b;
            }
        }
    }

    /// The derivative of x^ applied to an array: self-adjoint, so it serves tangents
    /// (r_x -> r_x^) and adjoints (d x^ -> d x) alike.
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
        let average = mean(g, features);
        let along = mean_product(g, &self.unit, features);
        for (g, unit) in g.chunks_exact_mut(features).zip(self.unit.chunks_exact(features)) {
            for (((g, u), a), c) in g.iter_mut().zip(unit).zip(&average).zip(&along) {
                *g -= *a + *u * *c;
            }
        }
    }

    /// The tangent of `derivative(d_unit)` when x^ moves by `r_unit` and d x^ by `r_d_unit`:
    /// with u = P d x^ and sigma' = mean(x^ r_x),
    /// (R u - u sigma' / sigma) / sigma, R u = P(r_d_unit) - r_unit c - x^ mean(d_unit r_unit).
    pub fn r_derivative(&self, r_x: &[T], r_unit: &[T], d_unit: &[T], r_d_unit: &[T]) -> Vec<T> {
        let features = self.inverse.len();
        let mut out = r_d_unit.to_vec();
        if self.differentiated {
            self.project(&mut out);
            let along = mean_product(d_unit, &self.unit, features);
            let moved = mean_product(d_unit, r_unit, features);
            let sigma = mean_product(&self.unit, r_x, features);
            let mut u = d_unit.to_vec();
            self.project(&mut u);
            let columns = out
                .chunks_exact_mut(features)
                .zip(u.chunks_exact(features))
                .zip(self.unit.chunks_exact(features).zip(r_unit.chunks_exact(features)));
            for ((out, u), (unit, r_unit)) in columns {
                for f in 0..features {
                    out[f] -= r_unit[f] * along[f]
                        + unit[f] * moved[f]
                        + u[f] * sigma[f] * self.inverse[f];
                }
            }
        }
        for column in out.chunks_exact_mut(features) {
            for (x, s) in column.iter_mut().zip(&self.inverse) {
                *x *= *s;
            }
        }
        out
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

/// d gain += sum over samples of dy x^.
pub fn reverse_gain<T: Real>(dy: &[T], unit: &[T], d_gain: &mut [T]) {
    let features = d_gain.len();
    for (dy, unit) in dy.chunks_exact(features).zip(unit.chunks_exact(features)) {
        for ((g, dy), u) in d_gain.iter_mut().zip(dy).zip(unit) {
            *g += *dy * *u;
        }
    }
}
