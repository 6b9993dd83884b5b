//! Effective depth: how long the paths are that carry a residual network's signal and gradient.
//!
//! | what | where |
//! |---|---|
//! | the epsilon series of the spin-glass model (Littwin and Wolf 2016) | [`DepthLaw`] |
//! | path length when branches pass signal independently | [`PathLengthLaw`] |
//! | path lengths under centred batch norm, infinitely wide, with their correlations | [`CentredLengths`] |
//! | path lengths of the ReLU residual net, infinitely wide, with their correlations | [`ReluLengths`] |
//! | the signal of a network by path length, exactly | [`forward_lengths`], [`tagged_forward`] |
//! | every path of a small net, one by one | [`each_path`], [`SkipNet`] |
//! | its gradient by path length, exactly | [`reverse_lengths`], [`tagged_reverse`] |
//! | its gradient along random paths (Veit et al. 2016): D2 | [`sample_paths`], [`path_gradient`] |
//! | gains of its branches: D1 and D5 | [`Gains`] |
//! | the beta whose series has its mean path length: D6 | [`fitted_beta`], [`beta_of_mean`] |
//!
//! A path through k of the L residual blocks' branches has length k; Littwin and Wolf count the
//! layer before the blocks too, r = k + 1.

mod centred_lengths;
mod every_path;
mod gains;
mod law;
mod parts;
mod path_length;
mod pull;
mod relu_lengths;
mod sampled_paths;
mod tagged_forward;
mod tagged_reverse;

pub use centred_lengths::CentredLengths;
pub use every_path::{SkipNet, SkipPass, Step, each_path};
pub use gains::{Gains, fitted_beta};
pub use law::{DepthLaw, LAYER_LIMIT, beta_of_mean, trivialisation_beta};
pub use parts::Parts;
pub use path_length::PathLengthLaw;
pub use relu_lengths::{ReluLengths, limit_growth};
pub use sampled_paths::{SampledPaths, path_gradient, sample_paths};
pub use tagged_forward::{ForwardLengths, forward_lengths, tagged_forward};
pub use tagged_reverse::{ReverseLengths, reverse_lengths, tagged_reverse};
