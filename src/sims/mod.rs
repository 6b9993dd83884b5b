//! Simulators: one file each; the registry lists them.

mod complexity_curve;
mod critical_points;
mod gaussian_mean;
mod initialisation;
mod literal_normalisation;
mod minima_counts;
mod relu_products;
mod scale_invariance;
mod stream_lengths;
mod training;
mod training_views;
mod weight_overlap;

pub use complexity_curve::ComplexityCurve;
pub use critical_points::CriticalPoints;
pub use gaussian_mean::GaussianMean;
pub use initialisation::Initialisation;
pub use literal_normalisation::LiteralNormalisation;
pub use minima_counts::MinimaCounts;
pub use relu_products::ReluProducts;
pub use scale_invariance::ScaleInvariance;
pub use stream_lengths::StreamLengths;
pub use training::Training;
pub use weight_overlap::WeightOverlap;

use crate::lab::Simulator;

/// Every simulator of this crate.
pub fn registry() -> Vec<&'static dyn Simulator> {
    vec![
        &Training,
        &Initialisation,
        &StreamLengths,
        &LiteralNormalisation,
        &ReluProducts,
        &WeightOverlap,
        &ScaleInvariance,
        &CriticalPoints,
        &MinimaCounts,
        &ComplexityCurve,
        &GaussianMean,
    ]
}
