//! Effective depth: how long the paths are that carry a residual network's signal and gradient.
//!
//! | what | where |
//! |---|---|
//! | the epsilon series of the spin-glass model (Littwin and Wolf 2016) | [`DepthLaw`] |
//! | path length when branches pass signal independently | [`PathLengthLaw`] |
//! | the beta whose epsilon series has a given mean length | [`beta_of_mean`] |

mod law;
mod path_length;

pub use law::{DepthLaw, LAYER_LIMIT, beta_of_mean};
pub use path_length::PathLengthLaw;
