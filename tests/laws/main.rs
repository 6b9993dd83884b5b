//! Identities that hold exactly, up to rounding.

mod scale_invariance;
