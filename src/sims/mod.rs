//! Simulators: one file each; the registry lists them.

mod band_counts;
mod complexity_curve;
mod critical_points;
mod frozen_scales;
mod gate_statistics;
mod gaussian_mean;
mod glass_annealing;
mod glass_descent;
mod glass_langevin;
mod glass_minima;
mod glass_mixture;
mod initialisation;
mod literal_normalisation;
mod loss_fit;
mod minima_counts;
mod norm_backward;
mod path_enumeration;
mod path_multiplicities;
mod relu_products;
mod scale_invariance;
mod scaled_shortcuts;
mod short_training;
mod stream_lengths;
mod tied_lengths;
mod training;
mod training_views;
mod weight_overlap;

pub use band_counts::BandCounts;
pub use complexity_curve::ComplexityCurve;
pub use critical_points::CriticalPoints;
pub use frozen_scales::FrozenScales;
pub use gate_statistics::GateStatistics;
pub use gaussian_mean::GaussianMean;
pub use glass_annealing::GlassAnnealing;
pub use glass_descent::GlassDescent;
pub use glass_langevin::GlassLangevin;
pub use glass_minima::GlassMinima;
pub use initialisation::Initialisation;
pub use literal_normalisation::LiteralNormalisation;
pub use loss_fit::LossFit;
pub use minima_counts::MinimaCounts;
pub use norm_backward::NormBackward;
pub use path_enumeration::PathEnumeration;
pub use path_multiplicities::PathMultiplicities;
pub use relu_products::ReluProducts;
pub use scale_invariance::ScaleInvariance;
pub use scaled_shortcuts::ScaledShortcuts;
pub use short_training::ShortTraining;
pub use stream_lengths::StreamLengths;
pub use tied_lengths::TiedLengths;
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
        &PathEnumeration,
        &PathMultiplicities,
        &GateStatistics,
        &TiedLengths,
        &FrozenScales,
        &LossFit,
        &ShortTraining,
        &NormBackward,
        &ScaledShortcuts,
        &ScaleInvariance,
        &GlassDescent,
        &GlassMinima,
        &GlassAnnealing,
        &GlassLangevin,
        &CriticalPoints,
        &MinimaCounts,
        &BandCounts,
        &ComplexityCurve,
        &GaussianMean,
    ]
}
