//! Two independent routes to the same number.

mod closed_forms;
mod convolution;
mod depth_law;
mod differences;
mod eigenvalues;
mod gemm;
mod interop;
mod moments;
mod path_enumeration;
mod rotation_net;
mod spectrum;
mod stats;
mod training;
