//! Identities that hold for every input.

mod lanczos;
mod operators;
