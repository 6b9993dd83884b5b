//! The arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lab::Shard;

/// A numerical laboratory for the loss surfaces of residual networks.
///
/// Without a verb it runs the main job: the quick profile of sims/loss-surface.toml into
/// output/loss-surface. Exit codes: 0 verdicts as expected, 1 a verdict surprises, 2 bad input,
/// 3 too many faults, 4 records or hashes disagree, 130 stopped (what is done is kept).
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Number of threads [default: all]; results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// No progress bar and no notes
    #[arg(long, global = true)]
    pub quiet: bool,
}

impl Arguments {
    /// Number of threads: the one asked for, else all that there are.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.map_or_else(all, usize::from)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run a sim, or go on with it where it stopped
    Run(RunArguments),
    /// Join the shards of a run
    Merge {
        /// The output folders of the shards
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// The folder of the joined run [default: the run's own under output/]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Judge the records that are there, without running anything
    Claims {
        /// Only claims of papers whose name holds this text
        #[arg(long)]
        paper: Option<String>,
        /// Only records of this sim
        #[arg(long)]
        sim: Option<String>,
        /// The folder whose subfolders hold the records
        #[arg(long, value_name = "DIR", default_value = "output")]
        output: PathBuf,
    },
    /// Write tables, figures and page of records that are there, without running anything
    Report {
        /// The output folder of a run
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// The depth law of Littwin & Wolf 2016, Eq. (16), or of path length for measured gains
    DepthLaw(DepthLawArguments),
    /// List what there is
    List {
        /// Of which kind; all kinds without it
        what: Option<Kind>,
    },
    /// Explain a claim (statement, statistic, margin, last finding), a simulator, an observable or a
    /// proposition of proofs/ledger.toml
    Explain {
        /// Its id, such as P37, loss.train or T1.1
        id: String,
        /// The folder whose subfolders hold the records
        #[arg(long, value_name = "DIR", default_value = "output")]
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The specification, such as sims/loss-surface.toml
    pub spec: PathBuf,
    /// Which profile of the specification
    #[arg(long, default_value = "quick")]
    pub profile: String,
    /// Another seed than the specification's
    #[arg(long)]
    pub seed: Option<u64>,
    /// Another number of replicates per cell than the profile's
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub replicates: Option<u64>,
    /// Only the tasks whose number is i modulo n, with 0 <= i < n
    #[arg(long, value_name = "i/n")]
    pub shard: Option<Shard>,
    /// The output folder [default: output/ID for the quick profile, else output/ID-PROFILE]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct DepthLawArguments {
    /// Number of layers p
    #[arg(long, value_name = "P", requires = "beta", conflicts_with = "gains")]
    pub layers: Option<usize>,
    /// Odds beta of one more layer on a path
    #[arg(long, value_name = "B", requires = "layers", allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// A gain a_l per block instead, separated by commas: prints the Poisson-binomial law
    #[arg(
        long,
        value_name = "A,B,...",
        value_delimiter = ',',
        allow_negative_numbers = true,
        required_unless_present = "layers"
    )]
    pub gains: Option<Vec<f64>>,
}

/// Kinds of things that can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Specifications under sims/, and simulators
    Sims,
    /// Claims, in Rust and of the specifications under sims/
    Claims,
    /// Statistics that a [[claim]] table of a specification can ask for
    Statistics,
    /// What the records of each simulator hold
    Observables,
    /// Kinds of layers that a network is made of
    Layers,
}
