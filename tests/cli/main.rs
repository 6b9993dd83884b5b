//! The built command: what it prints, leaves behind, and how it ends.

mod bench;
mod claims;
mod complexity;
mod depth_law;
mod faults;
mod folders;
mod hostile;
mod hypotheses;
mod interruptions;
mod network;
mod replay;
mod specifications;
mod spectrum;
mod spectrum_data;
mod spectrum_edges;
mod spectrum_messages;
mod training;
mod verify;
mod views;
