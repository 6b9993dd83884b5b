//! Two independent routes to the same number.

mod closed_forms;
mod complexity;
mod convolution;
mod depth_law;
mod differences;
mod eigenvalues;
mod enclosures;
mod gemm;
mod goe;
mod interop;
<<<<<<< HEAD
mod moments;
=======
mod kac_rice;
>>>>>>> h/glass
mod path_enumeration;
mod rotation_net;
mod spectrum;
mod stats;
mod training;
