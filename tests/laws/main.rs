//! Identities that hold for every input.

mod data;
mod depth_law;
mod tagged_passes;
