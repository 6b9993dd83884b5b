//! Simulators: one file each; the registry lists them.

mod gaussian_mean;
mod initialisation;
mod scale_invariance;
mod training;
mod training_views;

pub use gaussian_mean::GaussianMean;
pub use initialisation::Initialisation;
pub use scale_invariance::ScaleInvariance;
pub use training::Training;

use crate::lab::Simulator;

/// Every simulator of this crate.
pub fn registry() -> Vec<&'static dyn Simulator> {
    vec![&Training, &Initialisation, &ScaleInvariance, &GaussianMean]
}
