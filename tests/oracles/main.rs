//! Two independent routes to the same number.

mod gemm;
