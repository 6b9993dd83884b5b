//! Dense kernels: the only module that names faer.
//!
//! [`gemm`] multiplies strided views in either precision, [`gemm_sum`] adds several products;
//! [`symmetric_eigenvalues`] and [`symmetric_eigen`] solve dense eigenproblems, [`tridiagonal_eigen`],
//! [`tridiagonal_eigenvalues`] and [`tridiagonal_eigenvalue`] tridiagonal ones; [`project_out`]
//! re-orthogonalises. Everything runs on one thread.

mod band;
mod chase;
mod dense;
mod gemm;
mod lanes;
mod narrow;
mod tridiagonal;
mod trouble;
mod vectors;

pub use dense::{symmetric_eigen, symmetric_eigenvalues};
pub use gemm::{Real, View, ViewMut, gemm, gemm_sum};
pub(crate) use lanes::{Kernel, baseline, fused};
pub use lanes::{Loop, Vector, is_fused, vectorised};
pub use tridiagonal::{
    TridiagonalEigen, sturm_count, tridiagonal_eigen, tridiagonal_eigenvalue,
    tridiagonal_eigenvalues,
};
pub use trouble::Trouble;
pub(crate) use vectors::total;
pub use vectors::{norm, project_out};
