//! y = gain x^ + shift with x^ = (x - mean) / sqrt(variance + eps), per feature over the batch; of
//! images, per channel over batch and positions: the columns of an array are then the positions.
//!
//! With `batch` statistics the mean and the variance depend on x and are differentiated through;
//! with `frozen` or `running` statistics they are constants. One layer in the first kind maps an
//! adjoint g of x^ to (g - mean g - x^ mean(g x^)) / sigma (Ioffe & Szegedy 2015; Santurkar 2018).

use crate::linalg::Real;

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
        let average = mean(g, features);
        let along = mean_product(g, &self.unit, features);
        for (g, unit) in g.chunks_exact_mut(features).zip(self.unit.chunks_exact(features)) {
            for (((g, u), a), c) in g.iter_mut().zip(unit).zip(&average).zip(&along) {
                *g -= *a + *u * *c;
            }
        }
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
        let (mut average, mut sigma) = (vec![T::zero(); n], vec![T::zero(); n]);
        if self.differentiated {
            for (r_x, unit) in r_x.chunks_exact(n).zip(self.unit.chunks_exact(n)) {
                for f in 0..n {
                    average[f] += r_x[f];
                    sigma[f] += r_x[f] * unit[f];
                }
            }
            scale(&mut average, r_x.len() / n);
            scale(&mut sigma, r_x.len() / n);
        }
        let inverse = &self.inverse[..n];
        let inputs = r_x.chunks_exact(n).zip(self.unit.chunks_exact(n));
        let outputs = r_unit.chunks_exact_mut(n).zip(r_y.chunks_exact_mut(n));
        for ((r_x, unit), (r_unit, r_y)) in inputs.zip(outputs) {
            for f in 0..n {
                let moved = (r_x[f] - average[f] - unit[f] * sigma[f]) * inverse[f];
                r_unit[f] = moved;
                r_y[f] = r_gain[f] * unit[f] + r_shift[f] + gain[f] * moved;
            }
        }
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
        let samples = dy.len() / n;
        let (mut average, mut along) = (vec![T::zero(); n], vec![T::zero(); n]);
        let columns = r_dy
            .chunks_exact_mut(n)
            .zip(dy.chunks_exact(n))
            .zip(self.unit.chunks_exact(n).zip(r_unit.chunks_exact(n)))
            .zip(kept.d_unit.chunks_exact(n));
        for (((r_dy, dy), (unit, r_unit)), d_unit) in columns {
            for f in 0..n {
                d_gain[f] += r_dy[f] * unit[f] + dy[f] * r_unit[f];
                d_shift[f] += r_dy[f];
                // from here on r_dy holds the tangent of the adjoint of x^
                r_dy[f] = r_gain[f] * dy[f] + gain[f] * r_dy[f];
                average[f] += r_dy[f];
                along[f] += r_dy[f] * unit[f] + d_unit[f] * r_unit[f];
            }
        }
        if self.differentiated {
            scale(&mut average, samples);
            scale(&mut along, samples);
        } else {
            average.fill(T::zero());
            along.fill(T::zero());
        }
        let inverse = &self.inverse[..n];
        let stretch: Vec<T> = sigma.iter().zip(inverse).map(|(s, i)| *s * *i).collect();
        let columns = r_dx
            .chunks_exact_mut(n)
            .zip(r_dy.chunks_exact(n))
            .zip(self.unit.chunks_exact(n).zip(r_unit.chunks_exact(n)))
            .zip(kept.projected.chunks_exact(n));
        for (((r_dx, r_d_unit), (unit, r_unit)), u) in columns {
            for f in 0..n {
                let moved = r_d_unit[f]
                    - average[f]
                    - unit[f] * along[f]
                    - r_unit[f] * kept.along[f]
                    - u[f] * stretch[f];
                r_dx[f] += moved * inverse[f];
            }
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

/// d gain += sum over samples of dy x^.
pub fn reverse_gain<T: Real>(dy: &[T], unit: &[T], d_gain: &mut [T]) {
    let features = d_gain.len();
    for (dy, unit) in dy.chunks_exact(features).zip(unit.chunks_exact(features)) {
        for ((g, dy), u) in d_gain.iter_mut().zip(dy).zip(unit) {
            *g += *dy * *u;
        }
    }
}
