//! Two independent routes to the same number.

mod bands;
mod closed_forms;
mod complexity;
mod convolution;
mod critical_points;
mod depth_law;
mod differences;
mod dynamics;
mod eigenvalues;
mod enclosures;
mod every_path;
mod gemm;
mod goe;
mod hamiltonian;
mod interop;
mod kac_rice;
mod moments;
mod path_enumeration;
mod rotation_net;
mod spectrum;
mod stats;
mod training;
