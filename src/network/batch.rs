//! A batch: samples gathered side by side, ready for a pass.

use crate::data::{Dataset, Targets};
use crate::error::{Error, Result};
use crate::linalg::Real;

/// Samples with their targets; sample s occupies `inputs[s * features..][..features]`.
#[derive(Debug, Clone)]
pub struct Batch<T> {
    /// Features per sample.
    pub features: usize,
    /// Number of samples B.
    pub samples: usize,
    /// features x B, one sample after the other; images in the order channel, row, column.
    pub inputs: Vec<T>,
    /// One per sample.
    pub targets: BatchTargets<T>,
}

/// What the samples of a batch should map to.
#[derive(Debug, Clone)]
pub enum BatchTargets<T> {
    /// The class of each sample.
    Classes(Vec<usize>),
    /// outputs x B, one sample after the other.
    Values(Vec<T>),
}

impl<T: Real> Batch<T> {
    /// All samples of a data set.
    pub fn all(data: &Dataset) -> Self {
        let indices: Vec<usize> = (0..data.inputs.ncols()).collect();
        Self::gather(data, &indices)
    }

    /// The samples with these indices, in this order.
    ///
    /// # Panics
    /// On an index beyond the data set.
    pub fn gather(data: &Dataset, indices: &[usize]) -> Self {
        let columns = |matrix: &nalgebra::DMatrix<f64>| {
            let mut out = Vec::with_capacity(matrix.nrows() * indices.len());
            for index in indices {
                out.extend(matrix.column(*index).iter().map(|x| T::narrow(*x)));
            }
            out
        };
        let targets = match &data.targets {
            Targets::Classes { labels, .. } => {
                BatchTargets::Classes(indices.iter().map(|index| labels[*index]).collect())
            }
            Targets::Values(values) => BatchTargets::Values(columns(values)),
        };
        Self {
            features: data.inputs.nrows(),
            samples: indices.len(),
            inputs: columns(&data.inputs),
            targets,
        }
    }

    /// Checks that the batch fits a network with this many inputs and outputs.
    pub(super) fn check(&self, inputs: usize, outputs: usize) -> Result<()> {
        if self.features != inputs {
            return Err(Error::data(format!(
                "the network takes {inputs} features, the data has {}",
                self.features
            )));
        }
        if self.samples == 0 {
            return Err(Error::data("the batch holds no sample; give at least one"));
        }
        match &self.targets {
            BatchTargets::Classes(labels) => {
                if let Some(at) = labels.iter().position(|label| *label >= outputs) {
                    return Err(Error::data(format!(
                        "sample {at} has class {}, but the network has {outputs} outputs \
                         (classes 0 to {})",
                        labels[at],
                        outputs - 1
                    )));
                }
            }
            BatchTargets::Values(values) => {
                if values.len() != outputs * self.samples {
                    return Err(Error::data(format!(
                        "targets hold {} values, expected {outputs} outputs x {} samples",
                        values.len(),
                        self.samples
                    )));
                }
            }
        }
        Ok(())
    }
}
