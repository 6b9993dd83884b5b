//! Identities that hold exactly, up to rounding.

mod data;
mod depth_law;
mod descriptions;
mod idx;
mod lanczos;
mod operators;
mod products_alone;
mod repeated_batch;
mod reused_arrays;
mod scale_invariance;
mod tagged_passes;
