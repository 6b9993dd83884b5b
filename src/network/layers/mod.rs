//! The arithmetic of each operation: forward, reverse, and the tangents of both.
//!
//! Every array is features x samples, one sample after the other; of images, channels x (positions
//! samples), so that what acts per feature or entry by entry needs to know nothing of them. `reverse`
//! functions add to the
//! adjoint of their input; tangents carry the same names with the prefix `r_`, as in Pearlmutter's
//! R-operator (1994): `r_x` is the derivative of x along the direction at hand.

pub(super) mod activation;
pub(super) mod add;
pub(super) mod batch_norm;
pub(super) mod conv;
pub(super) mod linear;
pub(super) mod map;
mod normalise;
pub(super) mod strips;
