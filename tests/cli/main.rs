//! The built command: what it prints, leaves behind, and how it ends.

mod bench;
mod claims;
mod depth_law;
mod folders;
mod hypotheses;
mod interruptions;
mod specifications;
mod training;
mod views;
