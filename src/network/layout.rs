//! The layout: which part of the flat parameter vector is which tensor.
//!
//! Names and order follow PyTorch's `named_parameters()` of a `torch.nn.Sequential` whose residual
//! blocks have the attributes `scale`, `branch`; tensors are row-major.

use std::ops::Range;

use crate::error::{Error, Result};

/// The most parameters of a network: chosen here because a vector of them takes 8 GiB in double
/// precision, and every Hessian product holds several.
pub const MAX_PARAMETERS: usize = 1 << 30;

/// One named tensor in a flat vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Such as `2.branch.0.weight`.
    pub name: String,
    /// Such as `[out, in]`; empty for a scalar.
    pub shape: Vec<usize>,
    /// Place of its first entry.
    pub offset: usize,
}

impl Tensor {
    /// Number of entries.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Places of its entries.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.size()
    }
}

/// The tensors of a network, in order, and the features that hold running statistics.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    tensors: Vec<Tensor>,
    parameters: usize,
    normalised: Vec<Tensor>,
    features: usize,
    starts: Vec<(usize, f64)>,
}

impl Layout {
    /// The parameter tensors, in the order of the flat vector.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The batch norms, by name, with their place in the running statistics.
    pub fn normalised(&self) -> &[Tensor] {
        &self.normalised
    }

    /// Number of features with running statistics.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Start values that a description asks for: (offset, value).
    pub fn starts(&self) -> &[(usize, f64)] {
        &self.starts
    }

    /// The tensor of that name.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    pub(super) fn parameter(&mut self, layer: &str, what: &str, shape: &[usize]) -> Result<usize> {
        let offset = self.parameters;
        let tensor = Tensor { name: format!("{layer}.{what}"), shape: shape.to_vec(), offset };
        let size = shape.iter().try_fold(1_usize, |size, n| size.checked_mul(*n));
        self.parameters = size
            .and_then(|size| offset.checked_add(size))
            .filter(|total| *total <= MAX_PARAMETERS)
            .ok_or_else(|| {
                Error::capacity(format!(
                    "{}: with shape {shape:?} the network has more than {MAX_PARAMETERS} parameters \
                     (8 bytes each in every vector of them); make it narrower or shallower",
                    tensor.name
                ))
            })?;
        self.tensors.push(tensor);
        Ok(offset)
    }

    pub(super) fn statistics(&mut self, layer: &str, width: usize) -> usize {
        let offset = self.features;
        self.normalised.push(Tensor { name: layer.to_owned(), shape: vec![width], offset });
        self.features += width;
        offset
    }

    pub(super) fn set_start(&mut self, offset: usize, value: f64) {
        self.starts.push((offset, value));
    }
}
