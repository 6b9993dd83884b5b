//! Dense kernels: the only module that names faer.
