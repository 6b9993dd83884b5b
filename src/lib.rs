//! `hessian`: a numerical laboratory for the loss surfaces of residual networks.
//!
//! A sim is a file; a replicate is a pure function of its parameters and random streams; a record
//! is what it returned; a claim is a function of records; everything a reader sees is a function
//! of records and claims.
//!
//! ```
//! use hessian::network::{Batch, BatchTargets, Description, Hessian, Normalization, Point, Program, State};
//! use hessian::random::Streams;
//! use hessian::spectrum;
//!
//! let text = r#"
//!     input = 2
//!     loss = "cross_entropy"
//!     layers = [{ kind = "linear", out = 4 }, { kind = "batch_norm" }, { kind = "relu" },
//!               { kind = "linear", out = 2 }]"#;
//! let program = Program::new(&Description::from_toml(text)?)?;
//! let state = State::<f64>::initial(&program, &mut Streams::new(1, "demo", 0).stream("weights", ""));
//! let batch = Batch {
//!     features: 2,
//!     samples: 3,
//!     inputs: vec![1.0, 0.0, 0.0, 1.0, -1.0, -1.0],
//!     targets: BatchTargets::Classes(vec![0, 1, 0]),
//! };
//! // which Hessian: with batch norm there are three, so the kind has no default
//! let point = Point::new(&program, &state, Normalization::Batch, &batch)?.with_curvature();
//! let spectrum = spectrum::exact(&Hessian(&point), 1 << 20).expect("finite numbers");
//! assert_eq!(spectrum.eigenvalues.len(), program.parameters());
//! # Ok::<(), hessian::Error>(())
//! ```
//!
//! | question | where |
//! |---|---|
//! | What is the spectrum of a matrix known by its products? | [`spectrum`] over [`operator`] |
//! | What are the loss, gradient and Hessian of a network, with which batch statistics? | [`network`] |
//! | How deep is the ensemble that carries its signal and gradient? | [`depth`] |
//! | How many critical points has the spin glass of the paper, and at which energies? | [`spinglass`] over [`rmt`] |
//! | How is a hypothesis written down, run and judged? | [`lab`], [`sims`], [`claims`] |
//! | How do records become tables, figures and a page? | [`report`] |
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
//! | 3 | `spectrum` `rmt` |
//! | 4 | `network` `spinglass` |
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
pub mod rmt;
pub mod sims;
pub mod spectrum;
pub mod spinglass;
pub mod stats;

pub use error::{Error, Result};
