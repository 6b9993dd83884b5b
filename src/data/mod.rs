//! Data: samples with their targets.

mod tensors;

pub use tensors::{NamedTensor, read_dataset, read_tensors};

use nalgebra::DMatrix;

/// What a sample should map to.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// A class per sample.
    Classes {
        /// Class of each sample, below `classes`.
        labels: Vec<usize>,
        /// Number of classes.
        classes: usize,
    },
    /// A vector per sample, as the columns of a matrix.
    Values(DMatrix<f64>),
}

/// Samples (columns of `inputs`) with their targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Features x samples.
    pub inputs: DMatrix<f64>,
    /// One per sample.
    pub targets: Targets,
}
