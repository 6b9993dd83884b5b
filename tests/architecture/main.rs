//! The shape of the source: floors, and the links between claims, simulators and specifications.

mod claims;
mod floors;
mod ledger;
mod readme;
mod source;
