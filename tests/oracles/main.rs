//! Two independent routes to the same number.

mod eigenvalues;
mod gemm;
mod spectrum;
mod stats;
