//! Data sets: synthetic clusters and labelled tables, with samples as columns.
//!
//! | wanted | function |
//! |---|---|
//! | Gaussian clusters | [`gaussian_mixture`] |
//! | a labelled table (csv or csv.gz) | [`table::read`] |
//! | the shipped letter table, split and standardised | [`table::letter`] |
//! | images and labels in the IDX format (plain or gzip) | [`idx::read`], [`idx::images`] |
//! | Fashion-MNIST from Debian's package | [`idx::fashion_mnist`] |
//! | tensors and data sets as PyTorch saves them | [`read_tensors`], [`read_dataset`] |
//! | features of mean 0 and variance 1 | [`Split::standardise`] |
//! | the fixed samples of a Hessian | [`subset`] |

mod dataset;
mod gzip;
pub mod idx;
mod mixture;
pub mod table;
mod tensors;

pub use dataset::{Dataset, Split, Standardisation, Targets, check_split, subset};
pub use mixture::{check_mixture, gaussian_mixture};
pub use tensors::{NamedTensor, read_dataset, read_tensors, sample_sides, tensors_to_bytes};
