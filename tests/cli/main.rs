//! The built command: what it prints, leaves behind, and how it ends.

mod bench;
mod claims;
mod depth_law;
mod folders;
mod interruptions;
mod specifications;
mod spectrum;
mod spectrum_edges;
mod training;
mod views;
