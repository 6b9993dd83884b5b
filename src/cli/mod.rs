//! The command line: one module per family of verbs.

mod args;
mod complexity;
mod conclude;
mod depth_law;
mod ledger;
mod list;
mod network;
mod registry;
mod replay;
mod run;
mod spectrum;
mod table;
mod terminal;
mod verify;
mod views;

use std::process::ExitCode;

use clap::Parser;

pub use registry::Registry;

use crate::error::Result;
use args::{Arguments, Verb};
use terminal::Terminal;

/// A verdict is not the one that the specification expects.
const SURPRISE: u8 = 1;

/// More tasks ended in a fault than the specification allows.
const FAULTS: u8 = 3;

/// Records, hashes or a replay disagree.
const DISAGREES: u8 = 4;

/// Stopped by a signal; what is done is kept.
const STOPPED: u8 = 130;

/// Reads the arguments of the process, does what they ask for with the simulators and claims of
/// `registry`, and says how it ended: 0 verdicts as expected, 1 a verdict surprises, 2 bad input,
/// 3 too many faults, 4 records, hashes or a replay disagree, 130 stopped.
pub fn main(registry: &Registry) -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Terminal::new(arguments.json, arguments.quiet);
    match dispatch(&arguments, registry, &terminal) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            terminal.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(arguments: &Arguments, registry: &Registry, terminal: &Terminal) -> Result<u8> {
    let threads = arguments.threads();
    match &arguments.verb {
        None => run::main_job(threads, registry, terminal),
        Some(Verb::Run(run)) => run::run(run, threads, registry, terminal),
        Some(Verb::Merge { folders, out }) => {
            run::merge(folders, out.as_deref(), registry, terminal)
        }
        Some(Verb::Claims { paper, sim, output }) => {
            views::claims(paper.as_deref(), sim.as_deref(), output, registry, terminal)
        }
        Some(Verb::Report { folder }) => views::report(folder, registry, terminal),
        Some(Verb::Replay(arguments)) => replay::replay(arguments, threads, registry, terminal),
        Some(Verb::Verify(arguments)) => verify::verify(arguments, threads, registry, terminal),
        Some(Verb::Spectrum(arguments)) => spectrum::spectrum(arguments, threads, terminal),
        Some(Verb::DepthLaw(arguments)) => depth_law::depth_law(arguments, terminal),
        Some(Verb::Network(arguments)) => network::network(arguments, terminal),
        Some(Verb::Complexity(arguments)) => complexity::complexity(arguments, threads, terminal),
        Some(Verb::List { what }) => list::list(*what, registry, terminal),
        Some(Verb::Explain { id, output }) => list::explain(id, output, registry, terminal),
    }
}
