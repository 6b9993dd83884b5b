//! What can be known of a symmetric operator from its products, always with its doubt.
//!
//! | function | cost in products | what it gives | its doubt |
//! |---|---|---|---|
//! | [`exact`] | n | every eigenvalue | the asymmetry of the products |
//! | [`decompose`] | m | A Q = Q T + r e' | breakdown, remainder r |
//! | [`extremes`] | some hundreds | largest and smallest eigenpairs | residual of each pair |
//! | [`with_copies`] | as many | the copies of multiple eigenvalues beside them | the same |
//! | [`slq`] | probes x m | nodes and weights, density, spectral sums | spread over probes |
//! | [`hutchinson`] | probes | trace, squared Frobenius norm | spread over probes |
//! | [`xtrace`] | 2 probes | the same, with less spread where few eigenvalues are large | spread over probes |
//!
//! Nothing here draws a random number: starting vectors and probes come from the caller, with
//! [`rademacher`] as the usual way to draw them.

mod copies;
mod exact;
mod extremes;
mod krylov;
mod slq;
mod trace;
mod xtrace;

pub use crate::linalg::Trouble;
pub use copies::with_copies;
pub(crate) use exact::BLOCK as EXACT_BLOCK;
pub use exact::{Exact, exact, exact_bytes, exact_fits, materialise};
pub use extremes::{Extremes, Options, Pair, extremes, room, share};
pub use krylov::{Lanczos, decompose};
pub use slq::{Density, Slq, slq};
pub(crate) use trace::finite_squares;
pub use trace::{Moments, hutchinson, rademacher};
pub use xtrace::xtrace;
