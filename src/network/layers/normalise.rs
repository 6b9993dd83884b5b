//! The loops of a batch norm's own forward and reverse pass, each one pass over its arrays.

use crate::linalg::{Loop, Real};
use crate::network::layers::strips::{BLOCK, lanes, lanes_mut, strip, strips};

/// sum += the sum over samples of x, per feature.
pub(super) struct Mean<'a, T> {
    pub(super) x: &'a [T],
    pub(super) sum: &'a mut [T],
}

impl<T: Real> Loop for Mean<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.sum.len();
        for x in self.x.chunks(BLOCK * n) {
            strips!(n, W, f, {
                let mut sum = *lanes::<T, W>(self.sum, f);
                for x in x.chunks_exact(n) {
                    let x = lanes::<T, W>(x, f);
                    for i in 0..W {
                        sum[i] += x[i];
                    }
                }
                *lanes_mut::<T, W>(self.sum, f) = sum;
            });
        }
    }
}

/// unit = x - mean, and squares += the sum over samples of unit^2 if asked for.
pub(super) struct Centre<'a, T> {
    pub(super) x: &'a [T],
    pub(super) mean: &'a [T],
    pub(super) unit: &'a mut [T],
    pub(super) squares: Option<&'a mut [T]>,
}

impl<T: Real> Loop for Centre<'_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { x, mean, unit, mut squares } = self;
        let n = mean.len();
        for (x, unit) in x.chunks(BLOCK * n).zip(unit.chunks_mut(BLOCK * n)) {
            strips!(n, W, f, {
                let mean = *lanes::<T, W>(mean, f);
                let mut sum = [T::zero(); W];
                if let Some(squares) = &squares {
                    sum = *lanes::<T, W>(squares, f);
                }
                for (x, unit) in x.chunks_exact(n).zip(unit.chunks_exact_mut(n)) {
                    let mut centred = *lanes::<T, W>(x, f);
                    for i in 0..W {
                        centred[i] -= mean[i];
                        sum[i] += centred[i] * centred[i];
                    }
                    *lanes_mut::<T, W>(unit, f) = centred;
                }
                if let Some(squares) = &mut squares {
                    *lanes_mut::<T, W>(squares, f) = sum;
                }
            });
        }
    }
}

/// unit *= 1 / sigma, y = gain unit + shift.
pub(super) struct Finish<'a, T> {
    /// Per feature: 1 / sigma, gain, shift.
    pub(super) features: [&'a [T]; 3],
    pub(super) unit: &'a mut [T],
    pub(super) y: &'a mut [T],
}

impl<T: Real> Loop for Finish<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.features[0].len();
        for (unit, y) in self.unit.chunks_mut(BLOCK * n).zip(self.y.chunks_mut(BLOCK * n)) {
            strips!(n, W, f, {
                let [inverse, gain, shift] = strip::<T, W, _>(&self.features, f);
                for (unit, y) in unit.chunks_exact_mut(n).zip(y.chunks_exact_mut(n)) {
                    let unit = lanes_mut::<T, W>(unit, f);
                    let mut u = *unit;
                    let mut out = u;
                    for i in 0..W {
                        u[i] *= inverse[i];
                        out[i] = gain[i] * u[i] + shift[i];
                    }
                    *unit = u;
                    *lanes_mut::<T, W>(y, f) = out;
                }
            });
        }
    }
}

/// Adds the sums over samples of scale x and of scale x y, per feature.
pub(super) struct ScaledSums<'a, T> {
    pub(super) x: &'a [T],
    pub(super) scale: &'a [T],
    pub(super) y: &'a [T],
    pub(super) sums: [&'a mut [T]; 2],
}

impl<T: Real> Loop for ScaledSums<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.scale.len();
        let [first, second] = self.sums;
        for (x, y) in self.x.chunks(BLOCK * n).zip(self.y.chunks(BLOCK * n)) {
            strips!(n, W, f, {
                let scale = *lanes::<T, W>(self.scale, f);
                let mut a = *lanes::<T, W>(first, f);
                let mut b = *lanes::<T, W>(second, f);
                for (x, y) in x.chunks_exact(n).zip(y.chunks_exact(n)) {
                    let (x, y) = (*lanes::<T, W>(x, f), *lanes::<T, W>(y, f));
                    for i in 0..W {
                        let scaled = x[i] * scale[i];
                        a[i] += scaled;
                        b[i] += scaled * y[i];
                    }
                }
                *lanes_mut::<T, W>(first, f) = a;
                *lanes_mut::<T, W>(second, f) = b;
            });
        }
    }
}

/// dx += (gain dy - (mean + unit along)) / sigma.
pub(super) struct Back<'a, T> {
    /// Per feature: gain, the means of gain dy and of gain dy unit (or zeros), and 1 / sigma.
    pub(super) features: [&'a [T]; 4],
    pub(super) dy: &'a [T],
    pub(super) unit: &'a [T],
    pub(super) dx: &'a mut [T],
}

impl<T: Real> Loop for Back<'_, T> {
    #[inline(always)]
    fn run(self) {
        let n = self.features[0].len();
        let read = self.dy.chunks(BLOCK * n).zip(self.unit.chunks(BLOCK * n));
        for ((dy, unit), dx) in read.zip(self.dx.chunks_mut(BLOCK * n)) {
            strips!(n, W, f, {
                let [gain, mean, along, inverse] = strip::<T, W, _>(&self.features, f);
                let read = dy.chunks_exact(n).zip(unit.chunks_exact(n));
                for ((dy, unit), dx) in read.zip(dx.chunks_exact_mut(n)) {
                    let (dy, unit) = (*lanes::<T, W>(dy, f), *lanes::<T, W>(unit, f));
                    let dx = lanes_mut::<T, W>(dx, f);
                    let mut sum = *dx;
                    for i in 0..W {
                        sum[i] += (dy[i] * gain[i] - (mean[i] + unit[i] * along[i])) * inverse[i];
                    }
                    *dx = sum;
                }
            });
        }
    }
}
