//! Two independent routes to the same number.

mod depth_law;
mod interop;
mod path_enumeration;
mod rotation_net;
