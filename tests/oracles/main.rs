//! Two independent routes to the same number.

mod differences;
mod interop;
