//! A signal split by the number of residual branches that it came through.

use nalgebra::DMatrix;

use crate::linalg::Real;
use crate::network::axpy;

/// The values of one slot as a sum of parts: one that stems from biases and shifts, and one for
/// each number k = 0, 1, ... of branches traversed.
#[derive(Debug, Clone)]
pub struct Parts<T> {
    width: usize,
    samples: usize,
    /// The constant part, then length 0, 1, ...; each width x samples.
    columns: Vec<T>,
}

impl<T: Real> Parts<T> {
    /// The input of a network: all of it has come through no branch.
    pub(super) fn input(values: &[T], width: usize) -> Self {
        let mut columns = vec![T::zero(); values.len()];
        columns.extend_from_slice(values);
        Self { width, samples: values.len() / width, columns }
    }

    /// Parts of zeros, as many as `other` has, for another width.
    pub(super) fn zeros_like(other: &Self, width: usize) -> Self {
        let count = 1 + other.longest() + 1;
        let columns = vec![T::zero(); width * other.samples * count];
        Self { width, samples: other.samples, columns }
    }

    /// Features per sample.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The largest number of branches that any part has come through.
    pub fn longest(&self) -> usize {
        self.columns.len() / self.size() - 2
    }

    /// The part that stems from biases, shifts and running means, width x samples.
    pub fn constant(&self) -> &[T] {
        &self.columns[..self.size()]
    }

    /// The part that has come through exactly `k` branches, width x samples.
    ///
    /// # Panics
    /// If `k` is above [`longest`](Self::longest).
    pub fn of_length(&self, k: usize) -> &[T] {
        &self.columns[(1 + k) * self.size()..(2 + k) * self.size()]
    }

    /// The sum of all parts: the values of the slot, up to rounding.
    pub fn sum(&self) -> Vec<T> {
        let mut sum = self.constant().to_vec();
        for part in self.columns.chunks_exact(self.size()).skip(1) {
            for (sum, x) in sum.iter_mut().zip(part) {
                *sum += *x;
            }
        }
        sum
    }

    /// All parts side by side, width x (samples (2 + longest)), the constant one first.
    pub(super) fn columns(&self) -> &[T] {
        &self.columns
    }

    pub(super) fn columns_mut(&mut self) -> &mut [T] {
        &mut self.columns
    }

    pub(super) fn constant_mut(&mut self) -> &mut [T] {
        let size = self.size();
        &mut self.columns[..size]
    }

    /// The parts one by one, the constant one first.
    pub(super) fn each_mut(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        let size = self.size();
        self.columns.chunks_exact_mut(size)
    }

    /// Adds `factor` times the parts of a branch; with `counted`, its length k lands on k + 1.
    pub(super) fn add_branch(&mut self, branch: &Self, factor: T, counted: bool) {
        let size = self.size();
        let (constant, lengths) = branch.columns.split_at(size);
        let from = if counted { 2 * size } else { size };
        if self.columns.len() < from + lengths.len() {
            self.columns.resize(from + lengths.len(), T::zero());
        }
        axpy(factor, constant, &mut self.columns[..size]);
        axpy(factor, lengths, &mut self.columns[from..]);
    }

    /// The inner products <V_r, V_s> of the lengths, averaged over samples.
    pub(super) fn gram(&self) -> DMatrix<f64> {
        let lengths = self.columns[self.size()..].iter().map(|x| x.wide());
        let matrix = DMatrix::from_iterator(self.size(), self.longest() + 1, lengths);
        matrix.tr_mul(&matrix) / self.samples as f64
    }

    fn size(&self) -> usize {
        self.width * self.samples
    }
}

/// The sum of squares, in double precision.
pub(super) fn norm_squared<T: Real>(x: &[T]) -> f64 {
    x.iter().map(|x| x.wide() * x.wide()).sum()
}

/// Mean and standard deviation of the index under weights; NaN when the weights are all 0.
pub(super) fn moments(weights: &[f64]) -> (f64, f64) {
    let total: f64 = weights.iter().sum();
    let moment = |term: &dyn Fn(f64) -> f64| -> f64 {
        weights.iter().enumerate().map(|(k, weight)| term(k as f64) * weight / total).sum()
    };
    let mean = moment(&|k| k);
    (mean, moment(&|k| (k - mean).powi(2)).sqrt())
}
