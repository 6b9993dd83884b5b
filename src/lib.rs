//! `hessian`: a numerical laboratory for the loss surfaces of residual networks.
//!
//! A sim is a file; a replicate is a pure function of its parameters and random streams; a record
//! is what it returned; a claim is a function of records; everything a reader sees is a function
//! of records and claims.
//!
//! # Floors
//!
//! Imports go down only; a test reads this table and fails on an import that climbs.
//!
//! | floor | modules |
//! |---|---|
//! | 0 | `error` |
//! | 1 | `random` `linalg` |
//! | 2 | `operator` `stats` `data` |
//! | 3 | `spectrum` |
//! | 4 | `network` |
//! | 5 | `depth` |
//! | 6 | `lab` |
//! | 7 | `sims` `claims` |
//! | 8 | `report` |
//! | 9 | `cli` |

pub mod claims;
pub mod cli;
pub mod data;
pub mod depth;
pub mod error;
pub mod lab;
pub mod linalg;
pub mod network;
pub mod operator;
pub mod random;
pub mod report;
pub mod sims;
pub mod spectrum;
pub mod stats;

pub use error::{Error, Result};
