//! Data sets: synthetic clusters and labelled tables, with samples as columns.
//!
//! | wanted | function |
//! |---|---|
//! | Gaussian clusters | [`gaussian_mixture`] |
//! | a labelled table (csv or csv.gz) | [`table::read`] |
//! | the shipped letter table, split and standardised | [`table::letter`] |
//! | features of mean 0 and variance 1 | [`Split::standardise`] |
//! | the fixed samples of a Hessian | [`subset`] |

mod dataset;
mod mixture;
pub mod table;

pub use dataset::{Dataset, Split, Standardisation, Targets, subset};
pub use mixture::gaussian_mixture;
