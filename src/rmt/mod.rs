//! Random matrices: the Gaussian orthogonal ensemble.
//!
//! | what | where |
//! |---|---|
//! | samples: dense, and tridiagonal with the same eigenvalues in law | [`dense`], [`tridiagonal`] |
//! | their scale, never a default | [`Normalisation`] |
//! | the density of eigenvalues, exact at finite n | [`OnePoint`] |
//! | its limit | [`semicircle_density`], [`semicircle_distribution`] |
//! | largest eigenvalues, eight matrices at once | [`largest_eigenvalues`] |

mod ensemble;
mod extremes;
mod one_point;
mod semicircle;

pub use ensemble::{Normalisation, Tridiagonal, chi, dense, tridiagonal};
pub use extremes::{LANES, Lanes, largest_eigenvalues};
pub use one_point::OnePoint;
pub use semicircle::{semicircle_density, semicircle_distribution};
