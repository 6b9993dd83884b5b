//! Claims: a statement with a pre-stated statistic, a prediction and a verdict.

use serde::{Deserialize, Serialize};

use crate::lab::Records;
use crate::stats::Estimate;

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
        Judgement::new(self.into(), (self.evaluate)(records))
    }
}

/// What a claim says, in words: of a [`Claim`] in Rust or of a
/// [`Hypothesis`](crate::lab::Hypothesis) in a specification. The fields are those of [`Claim`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statement {
    /// The id.
    pub id: String,
    /// Short name of the paper; claims of one paper are one family of tests.
    pub paper: String,
    /// Equation, theorem, figure or section.
    pub source: String,
    /// What is said.
    pub statement: String,
    /// What is computed from the records.
    pub statistic: String,
    /// What value is predicted, and when it is refuted.
    pub prediction: String,
    /// Why the margin or tolerance is what it is.
    pub margin: String,
    /// The simulator whose records it reads; empty for claims that need no record.
    pub simulator: String,
    /// The observables that it reads.
    pub observables: Vec<String>,
    /// Where its code, or its table in a specification, is.
    pub code: String,
}

impl From<&Claim> for Statement {
    fn from(claim: &Claim) -> Self {
        Self {
            id: claim.id.to_owned(),
            paper: claim.paper.to_owned(),
            source: claim.source.to_owned(),
            statement: claim.statement.to_owned(),
            statistic: claim.statistic.to_owned(),
            prediction: claim.prediction.to_owned(),
            margin: claim.margin.to_owned(),
            simulator: claim.simulator.to_owned(),
            observables: claim.observables.iter().map(|name| (*name).to_owned()).collect(),
            code: claim.code.to_owned(),
        }
    }
}

/// A claim with what was found.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The claim.
    pub claim: Statement,
    /// One per slice.
    pub findings: Vec<Finding>,
    /// Over all decisive findings.
    pub verdict: Verdict,
    /// The p-value of the claim alone; see [`Judgement::new`]. None where nothing is random.
    pub p: Option<f64>,
    /// The same after Holm's adjustment over the paper; see [`holm_within_papers`].
    pub p_holm: Option<f64>,
}

impl Judgement {
    /// The verdict over the findings, and the p-value behind it.
    ///
    /// Each decisive finding has a p-value p_i against "the prediction does not hold" and 1 - p_i
    /// against "it holds" ([`Finding::p`]). A claim is confirmed when all of its m decisive findings
    /// are, so that the p-value of its confirmation is the largest p_i (an intersection-union test,
    /// Berger 1982); it is refuted when one of them is, so that the p-value of its refutation is
    /// m min_i (1 - p_i), at most 1 (Bonferroni). [`Judgement::p`] is the smaller of the two.
    /// Identities are exact: beside random findings they count as 0 or 1, and alone they have none.
    pub fn new(claim: Statement, findings: Vec<Finding>) -> Self {
        let decisive = || findings.iter().filter(|finding| finding.decisive);
        let exact = |finding: &Finding| matches!(finding.prediction, Prediction::Identity { .. });
        // p-values against "does not hold" and against "holds"; without a number neither is small
        let both = |finding: &Finding| match (finding.p, finding.verdict) {
            (Some(p), _) => (p, 1.0 - p),
            (None, Verdict::Confirmed) => (0.0, 1.0),
            (None, Verdict::Refuted) => (1.0, 0.0),
            (None, Verdict::Undecided) => (1.0, 1.0),
        };
        let p = (!decisive().all(exact)).then(|| {
            let count = decisive().count() as f64;
            let confirmed = decisive().map(|f| both(f).0).fold(0.0, f64::max);
            let refuted = decisive().map(|f| both(f).1).fold(1.0, f64::min);
            confirmed.min((count * refuted).min(1.0))
        });
        Self { claim, verdict: Verdict::of(&findings), findings, p, p_holm: None }
    }
}

/// Adjusts the p-values of judgements for how many claims of a paper are judged together (Holm
/// 1979).
///
/// The family is all claims of one paper on one run's records that have a p-value. Verdicts are
/// those of each claim alone, each wrong with probability at most (1 - level) / 2; an adjusted
/// p-value of at most (1 - level) / 2 says that the verdict would stand with that probability held
/// over the whole paper. Holm's procedure holds its level for the directions of independent
/// findings (Shaffer 1980).
pub fn holm_within_papers(judgements: &mut [Judgement]) {
    let papers: std::collections::BTreeSet<String> =
        judgements.iter().map(|judgement| judgement.claim.paper.clone()).collect();
    for paper in papers {
        let mut family: Vec<&mut Judgement> = judgements
            .iter_mut()
            .filter(|judgement| judgement.claim.paper == paper && judgement.p.is_some())
            .collect();
        let p: Vec<f64> = family.iter().filter_map(|judgement| judgement.p).collect();
        for (judgement, adjusted) in family.iter_mut().zip(crate::stats::holm(&p)) {
            judgement.p_holm = Some(adjusted);
        }
    }
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
    /// The p-value against "the prediction does not hold": the largest of the one-sided tests at
    /// the prediction's bounds (for equality that of the two one-sided tests); 1 - p is the p-value
    /// against "it holds". None for identities and where there is no interval.
    pub p: Option<f64>,
    /// The probability that as many replicates confirm an equality whose statistic is truly the
    /// predicted value: the power against a difference of the margin.
    pub power: Option<f64>,
    /// How many replicates would decide an undecided finding, with probability 0.8 if the estimate is
    /// the truth.
    pub needed: Option<u64>,
    /// Why it is undecided; empty otherwise.
    pub why: String,
}

/// The probability with which [`Finding::needed`] replicates decide; a convention (Cohen 1988).
const POWER: f64 = 0.8;

impl Finding {
    /// Holds an interval against a prediction. The p-value, the power and the number of replicates
    /// are those of Student's interval of a mean with this width.
    pub fn new(
        slice: impl Into<String>,
        estimate: &Estimate,
        prediction: Prediction,
        decisive: bool,
    ) -> Self {
        let verdict = prediction.judge(estimate);
        let (needed, why) = match verdict {
            Verdict::Undecided => {
                let needed = prediction.needed(estimate, POWER);
                (needed, prediction.why_undecided(estimate, needed))
            }
            _ => (None, String::new()),
        };
        Self {
            p: prediction.p(estimate),
            power: prediction.power(estimate),
            needed,
            why,
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

    /// Holds an interval that is not Student's against a prediction: `interval` gives it at any
    /// level, and the p-value is the smallest (1 - level) / 2 at which the prediction is confirmed.
    pub fn by_levels(
        slice: impl Into<String>,
        interval: impl Fn(f64) -> Estimate,
        level: f64,
        prediction: Prediction,
        decisive: bool,
    ) -> Self {
        let at = |alpha: f64| prediction.judge(&interval(1.0 - 2.0 * alpha));
        // the smallest alpha below 1/2 at which the interval gives this verdict; 1/2 if none does
        let least = |verdict: Verdict| {
            let (mut low, mut high) = (0.0, 0.5);
            for _ in 0..48 {
                let middle = low + (high - low) / 2.0;
                if at(middle) == verdict { high = middle } else { low = middle }
            }
            high
        };
        let estimate = interval(level);
        let finding = Self::new(slice, &estimate, prediction, decisive);
        let p = finding.p.map(|_| match (least(Verdict::Confirmed), least(Verdict::Refuted)) {
            (p, q) if p <= q => p,
            (_, q) => 1.0 - q,
        });
        // these intervals are lopsided: the longer side says how wide Student's would be
        let Estimate { value, low, high, .. } = estimate;
        let reach = (value - low).max(high - value);
        let even = Estimate { low: value - reach, high: value + reach, ..estimate };
        let (needed, why) = match finding.verdict {
            Verdict::Undecided => {
                let needed = prediction.needed(&even, POWER);
                (needed, prediction.why_undecided(&estimate, needed))
            }
            _ => (None, String::new()),
        };
        Self { p, power: prediction.power(&even), needed, why, ..finding }
    }

    /// A finding that nothing could be computed for.
    pub fn missing(slice: impl Into<String>, prediction: Prediction, why: String) -> Self {
        let nothing = Estimate::mean(&[], 0.95);
        Self { why, ..Self::new(slice, &nothing, prediction, true) }
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
    pub fn judge(&self, estimate: &Estimate) -> Verdict {
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
