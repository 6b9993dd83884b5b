//! The arguments of the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::lab::Shard;
use crate::network::Normalization;

/// A numerical laboratory for the loss surfaces of residual networks.
///
/// Without a verb it runs the main job: the quick profile of sims/loss-surface.toml into
/// output/loss-surface. Exit codes: 0 verdicts as expected, 1 a verdict surprises, 2 bad input,
/// 3 too many faults, 4 records, hashes or a replay disagree, 130 stopped (what is done is kept).
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
    /// Compute one replicate again and compare it with its record, bit for bit
    Replay(ReplayArguments),
    /// Hold a folder against its manifest: hashes, records, tables derived again, a sample replayed
    Verify(VerifyArguments),
    /// The Hessian spectrum of your own network at its weights and data
    Spectrum(SpectrumArguments),
    /// The depth law of Littwin & Wolf 2016, Eq. (16), or of path length for measured gains
    DepthLaw(DepthLawArguments),
    /// Write the description of a residual network for small images (He et al. 2015, 2016)
    Network(NetworkArguments),
    /// The landscape of a mixed spin glass: complexity, energies, expected numbers of critical points
    Complexity(ComplexityArguments),
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
    #[arg(long, allow_negative_numbers = true)]
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
pub(super) struct ReplayArguments {
    /// The output folder of a run
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The number of the task, or CELL:REPLICATE
    pub task: String,
    /// Where the specification's inputs lie [default: looked for where the run was started]
    #[arg(long, value_name = "DIR")]
    pub inputs: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// The output folder of a run
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// How many replicates to compute again, dealt to the stages in turn [default: one per stage]
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// Where the specification's inputs lie [default: looked for where the run was started]
    #[arg(long, value_name = "DIR")]
    pub inputs: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("law").required(true).args(["layers", "gains"])))]
pub(super) struct DepthLawArguments {
    /// Number of layers p
    #[arg(long, value_name = "P", requires = "beta")]
    pub layers: Option<usize>,
    /// Odds beta of one more layer on a path
    #[arg(long, value_name = "B", requires = "layers", allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// A gain a_l per block instead, separated by commas: prints the Poisson-binomial law
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', allow_negative_numbers = true)]
    pub gains: Option<Vec<f64>>,
}

#[derive(Debug, Args)]
pub(super) struct NetworkArguments {
    /// Post-activation blocks of 2015, or pre-activation blocks of 2016
    pub architecture: Architecture,
    /// Where the shape changes: subsampling and channels of zeros, or a 1x1 convolution
    #[arg(long, value_enum, default_value = "a")]
    pub shortcut: ShortcutOption,
    /// Blocks per stage n; the network has 6n + 2 layers
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub blocks: usize,
    /// Channels of the first of the three stages
    #[arg(long, value_name = "W", default_value_t = 16)]
    pub width: usize,
    /// Channels, height and width of an image
    #[arg(long, value_name = "C,H,W", value_delimiter = ',', default_value = "1,16,16")]
    pub input: Vec<usize>,
    /// Number of classes
    #[arg(long, value_name = "K", default_value_t = 10)]
    pub classes: usize,
}

/// Residual networks that can be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Architecture {
    /// relu(h + branch(h)): He et al. 2015
    ResnetV1,
    /// h + branch(h), norm and ReLU first: He et al. 2016
    ResnetV2,
}

/// Shortcuts where the shape changes, by He et al.'s letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShortcutOption {
    /// Without parameters
    A,
    /// A 1x1 convolution
    B,
}

#[derive(Debug, Args)]
pub(super) struct SpectrumArguments {
    /// The network's description, a toml file (`hessian list layers` shows the kinds of layers)
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// Its weights, a safetensors file with PyTorch's names
    #[arg(long, value_name = "FILE", conflicts_with = "init")]
    pub weights: Option<PathBuf>,
    /// Take He's random weights of this seed instead
    #[arg(long, value_name = "SEED", allow_negative_numbers = true)]
    pub init: Option<u64>,
    /// The data: safetensors with `inputs` and `targets`, csv with a header and the class in the last
    /// column (numbers from 0, or names, counted in alphabetical order), IDX images with --targets, or
    /// the word fashion-mnist for Debian's package of it
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The classes of IDX images, an IDX file too; both may be gzip
    #[arg(long, value_name = "FILE")]
    pub targets: Option<PathBuf>,
    /// Only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub samples: Option<usize>,
    /// Which statistics a batch norm uses; required as soon as the network holds one
    #[arg(long, value_enum)]
    pub normalization: Option<NormalizationKind>,
    /// How [default: exact up to 4000 parameters, else slq]
    #[arg(long, value_enum)]
    pub method: Option<Method>,
    /// Eigenvalues to list at each end
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=100_000))]
    pub top: usize,
    /// Random probes for densities and traces
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub probes: usize,
    /// Lanczos steps for each probe
    #[arg(long, value_name = "M", default_value_t = 80, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub steps: usize,
    /// Only the parameters whose names match, such as '2.branch.*' or 0.weight,6
    #[arg(long, value_name = "PATTERN,...", value_delimiter = ',')]
    pub layers: Vec<String>,
    /// Precision of the products; vectors of the algorithms are f64 either way
    #[arg(long, value_enum, default_value_t = Precision::F64)]
    pub precision: Precision,
    /// Which matrix
    #[arg(long, value_enum, default_value_t = OperatorKind::Hessian)]
    pub operator: OperatorKind,
    /// Write the whole matrix into arrays.safetensors (method exact)
    #[arg(long)]
    pub matrix: bool,
    /// Seed of probes and starting vectors
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// The folder for spectrum.json, spectrum.svg and arrays.safetensors
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Which statistics a batch norm uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum NormalizationKind {
    /// Statistics of this batch, differentiated through
    Batch,
    /// The same statistics held constant
    Frozen,
    /// Running averages, as in evaluation mode
    Running,
}

impl From<NormalizationKind> for Normalization {
    fn from(kind: NormalizationKind) -> Self {
        match kind {
            NormalizationKind::Batch => Self::Batch,
            NormalizationKind::Frozen => Self::Frozen,
            NormalizationKind::Running => Self::Running,
        }
    }
}

/// How a spectrum is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Method {
    /// Every eigenvalue, from the whole matrix
    Exact,
    /// The largest and the smallest, with residuals
    Lanczos,
    /// The density, with its doubt: stochastic Lanczos quadrature
    Slq,
}

/// Precision of the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Precision {
    /// Double
    F64,
    /// Single
    F32,
}

/// Which matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OperatorKind {
    /// The Hessian H of the loss
    Hessian,
    /// The generalised Gauss-Newton matrix G
    #[value(name = "gauss_newton", alias = "gauss-newton")]
    GaussNewton,
    /// The Fisher matrix of the model's own labels, equal to G for both likelihoods
    Fisher,
    /// H - G
    Residual,
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Lanczos => "lanczos",
            Self::Slq => "slq",
        }
    }
}

impl Precision {
    pub fn word(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
        }
    }
}

impl OperatorKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Hessian => "hessian",
            Self::GaussNewton => "gauss_newton",
            Self::Fisher => "fisher",
            Self::Residual => "residual",
        }
    }

    /// As a title names it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hessian => "Hessian",
            Self::GaussNewton => "Gauss-Newton matrix",
            Self::Fisher => "Fisher matrix",
            Self::Residual => "Hessian minus Gauss-Newton",
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ComplexityArguments {
    /// Degrees and weights eps_r^2 of the mixture, such as 3:0.5,4:0.5; divided by their sum
    #[arg(
        long,
        value_name = "R:WEIGHT,...",
        conflicts_with_all = ["layers", "beta"],
        allow_hyphen_values = true
    )]
    pub mixture: Option<String>,
    /// The paper's mixture instead: number of layers p, the term r = 1 kept
    #[arg(long, value_name = "P", requires = "beta")]
    pub layers: Option<usize>,
    /// Odds beta of one more layer on a path
    #[arg(long, value_name = "B", requires = "layers", allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// Also the expected number of critical points on the sphere in R^N, in all and by index
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub dimension: Option<usize>,
    /// Also the rate of critical points with energy per spin at most U (negative is below zero)
    #[arg(long, value_name = "U", allow_negative_numbers = true)]
    pub energy: Option<f64>,
    /// Of this index only [default: of any]
    #[arg(long, value_name = "K", requires = "energy", allow_negative_numbers = true)]
    pub index: Option<usize>,
    /// Number of random matrices for counts by index beyond dimension 12, rounded up to 50 for each of up
    /// to seven laws [default: as many as take a few seconds, 1000 at least]
    #[arg(long, value_name = "M")]
    pub samples: Option<usize>,
    /// Seed of those matrices
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub seed: u64,
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
