//! The laboratory: from a specification to records, and from records to verdicts.
//!
//! A sim is a file; a replicate is a pure function of its parameters and random streams; a record
//! is what it returned; a claim is a function of records.

mod claim;
mod inputs;
mod record;
mod simulator;
mod sink;

pub use claim::{Claim, Finding, Judgement, Prediction, Verdict};
pub use inputs::{Input, Inputs};
pub use record::{Fault, Outcome, Parameters, Record, Records, SCHEMA, Value};
pub use simulator::{InputFile, Observable, Replicate, Simulator, View, ViewKind};
pub use sink::Sink;
