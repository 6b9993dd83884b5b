//! Claims: a statement with a pre-stated statistic, a prediction and a verdict.

use serde::{Deserialize, Serialize};

use crate::lab::Records;

/// One testable statement of a paper.
///
/// Ids are append-only: a claim is never renumbered or given another meaning.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The id, such as `P37`.
    pub id: &'static str,
    /// Short name of the paper, such as `Littwin-Wolf 2016`.
    pub paper: &'static str,
    /// Equation, theorem, figure or section.
    pub source: &'static str,
    /// What the paper (or its critic) says.
    pub statement: &'static str,
    /// What is computed from the records.
    pub statistic: &'static str,
    /// What value the statement predicts, and when it is refuted.
    pub prediction: &'static str,
    /// Why the margin or tolerance is what it is.
    pub margin: &'static str,
    /// The simulator whose records it reads; empty for claims that need no record.
    pub simulator: &'static str,
    /// The observables that it reads.
    pub observables: &'static [&'static str],
    /// Where its code is.
    pub code: &'static str,
    /// The judgement: one finding per slice of the records.
    pub evaluate: fn(&Records) -> Vec<Finding>,
}

impl Claim {
    /// The verdict over all decisive findings of the claim; see [`Verdict::of`].
    pub fn judge(&self, records: &Records) -> Judgement {
        let findings = (self.evaluate)(records);
        Judgement { claim: *self, verdict: Verdict::of(&findings), findings }
    }
}

/// A claim with what was found.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The claim.
    pub claim: Claim,
    /// One per slice.
    pub findings: Vec<Finding>,
    /// Over all decisive findings.
    pub verdict: Verdict,
}

/// What a statistic is predicted to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// Equal to `value` within `margin`: the whole interval must lie inside.
    Equal {
        /// The predicted value.
        value: f64,
        /// The largest difference that still counts as equal.
        margin: f64,
    },
    /// At least this much: the whole interval lies at or above it.
    AtLeast(f64),
    /// At most this much: the whole interval lies at or below it.
    AtMost(f64),
    /// An exact identity: the largest deviation does not exceed the tolerance; no interval.
    Identity {
        /// The largest deviation allowed, from rounding alone.
        tolerance: f64,
    },
}

/// One estimate with its doubt, held against its prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which part of the records: such as `gaussians, residual-bn, D5`.
    pub slice: String,
    /// The estimate of the statistic.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// The level of the interval, such as 0.95 (1 for an identity).
    pub level: f64,
    /// Number of replicates behind it.
    pub replicates: usize,
    /// What it is held against.
    pub prediction: Prediction,
    /// Whether it counts towards the claim's verdict; others are shown for comparison.
    pub decisive: bool,
    /// What came out.
    pub verdict: Verdict,
}

impl Finding {
    /// Holds an interval against a prediction.
    pub fn new(
        slice: impl Into<String>,
        estimate: &crate::stats::Estimate,
        prediction: Prediction,
        decisive: bool,
    ) -> Self {
        let verdict = prediction.judge(estimate);
        Self {
            slice: slice.into(),
            estimate: estimate.value,
            low: estimate.low,
            high: estimate.high,
            level: estimate.level,
            replicates: estimate.count,
            prediction,
            decisive,
            verdict,
        }
    }
}

/// Confirmed, refuted, or not decided by these records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval agrees with the prediction.
    Confirmed,
    /// The whole interval disagrees with it.
    Refuted,
    /// The interval holds both; more replicates would decide.
    Undecided,
}

impl Verdict {
    /// The verdict over the decisive findings: refuted if one is, confirmed if all are (and there
    /// is one), else undecided.
    pub fn of(findings: &[Finding]) -> Verdict {
        let mut decisive = findings.iter().filter(|finding| finding.decisive).peekable();
        if decisive.peek().is_none() {
            return Verdict::Undecided;
        }
        let verdicts: Vec<Verdict> = decisive.map(|finding| finding.verdict).collect();
        if verdicts.contains(&Verdict::Refuted) {
            Verdict::Refuted
        } else if verdicts.iter().all(|verdict| *verdict == Verdict::Confirmed) {
            Verdict::Confirmed
        } else {
            Verdict::Undecided
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Refuted => "refuted",
            Verdict::Undecided => "undecided",
        })
    }
}

impl Prediction {
    /// Holds an interval against the prediction: confirmed when the whole interval agrees, refuted
    /// when the whole interval disagrees, else undecided. A non-finite interval decides nothing.
    pub fn judge(&self, estimate: &crate::stats::Estimate) -> Verdict {
        let (low, high) = (estimate.low, estimate.high);
        if !(estimate.value.is_finite() && low.is_finite() && high.is_finite()) {
            return Verdict::Undecided;
        }
        let (agrees, disagrees) = match *self {
            Prediction::Equal { value, margin } => {
                let (floor, ceiling) = (value - margin, value + margin);
                (low >= floor && high <= ceiling, high < floor || low > ceiling)
            }
            Prediction::AtLeast(bound) => (low >= bound, high < bound),
            Prediction::AtMost(bound) => (high <= bound, low > bound),
            Prediction::Identity { tolerance } => {
                (estimate.value.abs() <= tolerance, estimate.value.abs() > tolerance)
            }
        };
        match (agrees, disagrees) {
            (true, _) => Verdict::Confirmed,
            (_, true) => Verdict::Refuted,
            _ => Verdict::Undecided,
        }
    }
}
