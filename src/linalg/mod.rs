//! Dense kernels: the only module that names faer.
//!
//! [`gemm`] multiplies strided views.

mod gemm;

pub use gemm::{Real, View, ViewMut, gemm};
