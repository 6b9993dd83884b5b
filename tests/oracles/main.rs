//! Two independent routes to the same number.

mod depth_law;
mod differences;
mod interop;
