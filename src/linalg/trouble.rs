//! What can go wrong inside an eigenvalue computation.

use crate::error::Error;

/// Numerical trouble: an outcome that the caller counts, not a mistake of the caller.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trouble {
    /// A number became NaN or infinite.
    #[error("{at} is not finite")]
    NonFinite {
        /// The quantity and the place.
        at: String,
    },
    /// An iteration reached its limit without meeting its tolerance.
    #[error("{algorithm} did not converge in {limit} iterations")]
    NoConvergence {
        /// The algorithm.
        algorithm: &'static str,
        /// Its limit.
        limit: u64,
    },
    /// The request needs more memory than it was allowed: a capacity error.
    #[error(transparent)]
    TooLarge(#[from] Error),
}
