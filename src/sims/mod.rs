//! Simulators: one file each; the registry lists them.

mod gaussian_mean;
mod initialisation;
mod scale_invariance;

pub use gaussian_mean::GaussianMean;
pub use initialisation::Initialisation;
pub use scale_invariance::ScaleInvariance;

use crate::lab::Simulator;

/// Every simulator of this crate.
pub fn registry() -> Vec<&'static dyn Simulator> {
    vec![&Initialisation, &ScaleInvariance, &GaussianMean]
}
