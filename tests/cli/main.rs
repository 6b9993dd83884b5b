//! The built command: what it prints, leaves behind, and how it ends.

mod bench;
mod claims;
mod complexity;
mod depth_law;
mod folders;
mod interruptions;
mod specifications;
mod training;
mod views;
