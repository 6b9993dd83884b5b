//! Random matrices: the Gaussian orthogonal ensemble.
//!
//! | what | where |
//! |---|---|
//! | the density of eigenvalues at finite n, in logarithms | [`OnePoint`] |

mod one_point;

pub use one_point::OnePoint;
