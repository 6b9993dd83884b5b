//! Simulators: one file each; the registry lists them.

mod gaussian_mean;

pub use gaussian_mean::GaussianMean;

use crate::lab::Simulator;

/// Every simulator of this crate.
pub fn registry() -> Vec<&'static dyn Simulator> {
    vec![&GaussianMean]
}
