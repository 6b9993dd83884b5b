//! Hypotheses: claims that a specification states in `[[claim]]` tables, without Rust.
//!
//! A table says which observable is read, which of the listed [`STATISTICS`] is computed from it,
//! on which cells, what is predicted and why the margin is what it is. Everything that can be wrong
//! with it is found before a run begins: see [`Hypothesis::check`].

mod cells;
mod check;
mod evaluate;
mod file;
mod words;

use crate::lab::{Parameters, Verdict};

pub(super) use file::HypothesisFile;

/// A claim stated in a specification.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// The id; no claim in Rust may have it.
    pub id: String,
    /// Short name of the paper, or of who says so; hypotheses of one paper are one family of tests.
    pub paper: String,
    /// Equation, theorem, figure or section.
    pub source: String,
    /// What is said.
    pub statement: String,
    /// The observable that is read.
    pub observable: String,
    /// How the axes of the observable become a number, outermost first.
    pub at: Vec<Reduction>,
    /// What is computed from it.
    pub statistic: Statistic,
    /// The cells that are read: those whose parameters have these values, or one of a list of them.
    pub wanted: Parameters,
    /// One finding for each combination of values of these parameters.
    pub by: Vec<String>,
    /// What is predicted.
    pub expectation: Expectation,
    /// The largest deviation that still counts as none, where the prediction needs one.
    pub margin: Option<f64>,
    /// Why the margin, or the bound, is what it is.
    pub reason: String,
    /// The level of the intervals.
    pub level: f64,
    /// The verdict that is expected, in every profile that does not say otherwise.
    pub expected: Option<Verdict>,
    /// The line of the specification on which its id is.
    pub line: usize,
}

/// How one axis of an observable is reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// The first entry.
    First,
    /// The last entry.
    Last,
    /// The arithmetic mean.
    Mean,
    /// The smallest entry.
    Least,
    /// The largest entry.
    Most,
    /// The entry with this index, from 0.
    Index(usize),
}

/// What is computed, from one number per replicate unless it says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Statistic {
    /// The mean over replicates, or over those of each value of a parameter.
    Mean {
        /// The parameter along which an ordered prediction compares means.
        along: Option<String>,
    },
    /// The mean of `to - from` over replicates that share their random numbers.
    PairedDifference(Arms),
    /// The mean of ln(to / from) over replicates that share their random numbers.
    LogRatio(Arms),
    /// The slope of each replicate's least-squares line, averaged over replicates.
    Slope {
        /// The abscissa: a parameter, an observable with one axis, or `index`.
        against: String,
        /// Logarithmic abscissa.
        log_x: bool,
        /// Logarithmic ordinate.
        log_y: bool,
    },
    /// Kendall's tau-b of each replicate, averaged over replicates.
    RankCorrelation {
        /// The abscissa: a parameter, an observable with one axis, or `index`.
        against: String,
    },
    /// The share of replicates in which an event happens.
    Proportion(Event),
    /// The quantile of the law over replicates.
    Quantile(f64),
    /// Kolmogorov's distance between two laws over replicates.
    EqualityInLaw(Law),
}

/// The two arms of a comparison: parameters and their values.
#[derive(Debug, Clone, PartialEq)]
pub struct Arms {
    /// What is compared with.
    pub from: Parameters,
    /// What is compared.
    pub to: Parameters,
}

/// An event of one replicate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// The number is at least this.
    AtLeast(f64),
    /// The number is at most this.
    AtMost(f64),
}

/// With which law that of the replicates is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// With that of another arm.
    Same(Arms),
    /// With the normal law.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// With the uniform law.
    Uniform {
        /// Its lower end.
        low: f64,
        /// Its upper end.
        high: f64,
    },
}

/// What is predicted of the statistic. Each kind becomes one or several
/// [`Prediction`](crate::lab::Prediction)s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expectation {
    /// Equal to this within the margin.
    Equal(f64),
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// The means go up (or down) from each value of a parameter to the next, by at least the margin.
    Ordered(Direction),
    /// A slope equal to this within the margin.
    Slope(f64),
    /// Kolmogorov's distance at most the margin.
    Law,
    /// No replicate deviates from 0 by more than this.
    Identity(f64),
    /// Kendall's tau at least 1 - margin (or at most margin - 1).
    Monotone(Direction),
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From small to large.
    Rising,
    /// From large to small.
    Falling,
}

/// One line of the documentation of [`STATISTICS`].
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct StatisticEntry {
    /// The word in a `[[claim]]` table.
    pub name: &'static str,
    /// What is computed, and with which interval.
    pub meaning: &'static str,
    /// The keys of the table that it needs.
    pub keys: &'static str,
    /// The predictions that it can be held against.
    pub predictions: &'static str,
}

/// The statistics that a `[[claim]]` table can ask for.
pub const STATISTICS: &[StatisticEntry] = &[
    StatisticEntry {
        name: "mean",
        meaning: "mean over replicates, Student's interval; with `against`, the means' paired \
                  differences from each value of the parameter to the next",
        keys: "against, for ordered only",
        predictions: "equal, at_least, at_most, identity, ordered",
    },
    StatisticEntry {
        name: "paired_difference",
        meaning: "mean of to - from over replicates with the same random numbers, Student's interval",
        keys: "from, to",
        predictions: "equal, at_least, at_most, identity",
    },
    StatisticEntry {
        name: "log_ratio",
        meaning: "mean of ln(to / from) over replicates with the same random numbers, Student's \
                  interval",
        keys: "from, to",
        predictions: "equal, at_least, at_most",
    },
    StatisticEntry {
        name: "slope",
        meaning: "least-squares slope of each replicate, through its cells or along its series; mean \
                  over replicates, Student's interval",
        keys: "against, axes (linear, log-x, log-y, log-log)",
        predictions: "slope, at_least, at_most",
    },
    StatisticEntry {
        name: "rank_correlation",
        meaning: "Kendall's tau-b of each replicate, over its cells or along its series; mean over \
                  replicates, Student's interval",
        keys: "against",
        predictions: "monotone, equal, at_least, at_most",
    },
    StatisticEntry {
        name: "proportion",
        meaning: "share of replicates in which the event happens, interval of Clopper and Pearson",
        keys: "event = { at_least = x } or { at_most = x }",
        predictions: "equal, at_least, at_most",
    },
    StatisticEntry {
        name: "quantile",
        meaning: "quantile over replicates, interval between order statistics",
        keys: "quantile = q",
        predictions: "equal, at_least, at_most",
    },
    StatisticEntry {
        name: "equality_in_law",
        meaning: "Kolmogorov's distance between the law over replicates and another, interval of \
                  Dvoretzky, Kiefer, Wolfowitz and Massart",
        keys: "from and to, for law = \"same\" only",
        predictions: "law = \"same\", { normal = { mean, deviation } } or { uniform = { low, high } }",
    },
];
