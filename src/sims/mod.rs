//! Simulators: one file each; the registry lists them.

mod gaussian_mean;
mod glass_annealing;
mod glass_descent;
mod glass_minima;
mod glass_mixture;
mod initialisation;
mod literal_normalisation;
mod relu_products;
mod scale_invariance;
mod stream_lengths;
mod training;
mod training_views;
mod weight_overlap;

pub use gaussian_mean::GaussianMean;
pub use glass_annealing::GlassAnnealing;
pub use glass_descent::GlassDescent;
pub use glass_minima::GlassMinima;
pub use initialisation::Initialisation;
pub use literal_normalisation::LiteralNormalisation;
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
        &GlassDescent,
        &GlassMinima,
        &GlassAnnealing,
        &GaussianMean,
    ]
}
