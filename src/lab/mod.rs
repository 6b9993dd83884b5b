//! The laboratory: from a specification to records, and from records to verdicts.
//!
//! A sim is a file; a replicate is a pure function of its parameters and random streams; a record
//! is what it returned; a claim is a function of records.

mod archive;
mod arithmetic;
mod claim;
mod difference;
mod doubt;
mod hypothesis;
mod inputs;
mod journal;
mod merge;
mod parameters;
mod plan;
mod provenance;
mod record;
mod records;
mod replay;
mod run;
mod simulator;
mod sink;
mod spec;
mod store;

pub use archive::Archive;
pub use arithmetic::{arithmetic, same_arithmetic};
pub use claim::{Claim, Finding, Judgement, Prediction, Statement, Verdict, holm_within_papers};
pub use difference::Difference;
pub use hypothesis::{
    Arms, Direction, Event, Expectation, Hypothesis, Law, Reduction, STATISTICS, Statistic,
    StatisticEntry,
};
pub use inputs::{Input, Inputs};
pub use merge::Merge;
pub use parameters::read_parameters;
pub use plan::{Cell, Plan, Shard, TaskKey};
pub use provenance::{Code, Machine, Manifest, Session, codes};
pub use record::{Fault, Observables, Outcome, Parameters, Record, SCHEMA, Value};
pub use records::Records;
pub(crate) use records::level;
pub use replay::{Origin, Replay, find_inputs, find_task, replay, sample};
pub use run::{Prepared, Request, Run, Watch, Work, run};
pub use simulator::{InputFile, Observable, Replicate, Simulator, View, ViewKind};
pub use sink::Sink;
pub use spec::{Profile, Replicates, Spec, Stage, StageProfile};
pub use store::Store;
