//! A `[[claim]]` table as it is written, and what of it fits together.

use serde::Deserialize;
use toml::Spanned;

use crate::error::{Error, Result};
use crate::lab::hypothesis::{
    Arms, Direction, Event, Expectation, Hypothesis, Law, Reduction, Statistic,
};
use crate::lab::spec::parameters;
use crate::lab::{Parameters, Verdict};

/// The table, key by key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HypothesisFile {
    id: Spanned<String>,
    #[serde(default = "own")]
    paper: String,
    source: String,
    statement: String,
    observable: String,
    #[serde(default)]
    at: At,
    statistic: StatisticWord,
    #[serde(default, rename = "where")]
    wanted: toml::Table,
    #[serde(default)]
    by: Vec<String>,
    from: Option<toml::Table>,
    to: Option<toml::Table>,
    against: Option<String>,
    axes: Option<Axes>,
    event: Option<EventFile>,
    quantile: Option<f64>,
    prediction: PredictionFile,
    margin: Option<f64>,
    reason: String,
    level: Option<f64>,
    expected: Option<Verdict>,
}

fn own() -> String {
    "own hypothesis".to_owned()
}

/// One reduction, or one per axis.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged, expecting = "first, last, mean, least, most, an index, or a list of these")]
enum At {
    #[default]
    None,
    One(Entry),
    Each(Vec<Entry>),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Entry {
    Index(usize),
    Word(ReductionWord),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReductionWord {
    First,
    Last,
    Mean,
    Least,
    Most,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatisticWord {
    Mean,
    PairedDifference,
    LogRatio,
    Slope,
    RankCorrelation,
    Proportion,
    Quantile,
    EqualityInLaw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Axes {
    Linear,
    LogX,
    LogY,
    LogLog,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EventFile {
    AtLeast(f64),
    AtMost(f64),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PredictionFile {
    Equal(f64),
    AtLeast(f64),
    AtMost(f64),
    Ordered(Direction),
    Slope(f64),
    Law(LawFile),
    Identity(f64),
    Monotone(Direction),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum LawFile {
    Same,
    Normal { mean: f64, deviation: f64 },
    Uniform { low: f64, high: f64 },
}

impl HypothesisFile {
    /// The hypothesis, when its keys fit together; `text` is the specification's, for the line.
    pub fn read(self, text: &str) -> Result<Hypothesis> {
        let before = text.get(..self.id.span().start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let id = self.id.get_ref().clone();
        let place = format!("line {line}, claim `{id}`");
        self.assemble(line).map_err(|error| error.at(place))
    }

    fn assemble(self, line: usize) -> Result<Hypothesis> {
        self.check_texts()?;
        let arms = match (self.from, self.to) {
            (Some(from), Some(to)) => {
                Some(Arms { from: parameters(from, "from")?, to: parameters(to, "to")? })
            }
            (None, None) => None,
            (Some(_), None) => return Err(Error::spec("`from` is there, `to` is missing")),
            (None, Some(_)) => return Err(Error::spec("`to` is there, `from` is missing")),
        };
        let mut given = Given {
            arms,
            against: self.against,
            axes: self.axes,
            event: self.event,
            quantile: self.quantile,
        };
        let statistic = given.statistic(self.statistic, &self.prediction)?;
        given.nothing_left(self.statistic)?;
        let expectation = expectation(&self.prediction, self.statistic)?;
        check_margin(expectation, self.margin, &statistic)?;
        Ok(Hypothesis {
            id: self.id.into_inner(),
            paper: self.paper,
            source: self.source,
            statement: self.statement,
            observable: self.observable,
            at: reductions(self.at),
            statistic,
            wanted: parameters(self.wanted, "where")?,
            by: self.by,
            expectation,
            margin: self.margin,
            reason: self.reason,
            level: self.level.unwrap_or(0.95),
            expected: self.expected,
            line,
        })
    }

    fn check_texts(&self) -> Result<()> {
        let id = self.id.get_ref();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if id.is_empty() || id.len() > 64 || !id.chars().all(allowed) {
            return Err(Error::spec(
                "id: expected 1 to 64 letters, digits, hyphens or points".to_owned(),
            ));
        }
        for (key, text) in [
            ("paper", &self.paper),
            ("source", &self.source),
            ("statement", &self.statement),
            ("reason", &self.reason),
        ] {
            if text.trim().is_empty() {
                return Err(Error::spec(format!("`{key}` is empty; say it in a sentence")));
            }
        }
        if let Some(level) = self.level.filter(|level| !(0.5..1.0).contains(level)) {
            return Err(Error::spec(format!(
                "level = {level}: expected a number from 0.5 to below 1, such as 0.95"
            )));
        }
        Ok(())
    }
}

/// The keys that only some statistics read.
struct Given {
    arms: Option<Arms>,
    against: Option<String>,
    axes: Option<Axes>,
    event: Option<EventFile>,
    quantile: Option<f64>,
}

impl Given {
    /// Takes what the statistic needs.
    fn statistic(&mut self, word: StatisticWord, prediction: &PredictionFile) -> Result<Statistic> {
        let missing = |keys: &str| Error::spec(format!("statistic {} needs {keys}", name(word)));
        Ok(match word {
            StatisticWord::Mean => match prediction {
                PredictionFile::Ordered(_) => Statistic::Mean {
                    along: Some(self.against.take().ok_or_else(|| {
                        missing("`against`, a parameter, for the prediction `ordered`")
                    })?),
                },
                _ => Statistic::Mean { along: None },
            },
            StatisticWord::PairedDifference => Statistic::PairedDifference(
                self.arms.take().ok_or_else(|| missing("`from` and `to`"))?,
            ),
            StatisticWord::LogRatio => {
                Statistic::LogRatio(self.arms.take().ok_or_else(|| missing("`from` and `to`"))?)
            }
            StatisticWord::Slope => {
                let axes = self.axes.take().ok_or_else(|| {
                    missing("`axes`: \"linear\", \"log-x\", \"log-y\" or \"log-log\"")
                })?;
                Statistic::Slope {
                    against: self.against.take().ok_or_else(|| missing("`against`"))?,
                    log_x: matches!(axes, Axes::LogX | Axes::LogLog),
                    log_y: matches!(axes, Axes::LogY | Axes::LogLog),
                }
            }
            StatisticWord::RankCorrelation => Statistic::RankCorrelation {
                against: self.against.take().ok_or_else(|| missing("`against`"))?,
            },
            StatisticWord::Proportion => {
                let event = self
                    .event
                    .take()
                    .ok_or_else(|| missing("`event`, such as { at_least = 0.5 }"))?;
                Statistic::Proportion(match event {
                    EventFile::AtLeast(bound) => Event::AtLeast(finite("event", bound)?),
                    EventFile::AtMost(bound) => Event::AtMost(finite("event", bound)?),
                })
            }
            StatisticWord::Quantile => {
                let q = self.quantile.take().ok_or_else(|| missing("`quantile`, such as 0.5"))?;
                if !(q > 0.0 && q < 1.0) {
                    return Err(Error::spec(format!(
                        "quantile = {q}: expected a number between 0 and 1"
                    )));
                }
                Statistic::Quantile(q)
            }
            StatisticWord::EqualityInLaw => Statistic::EqualityInLaw(self.law(prediction)?),
        })
    }

    fn law(&mut self, prediction: &PredictionFile) -> Result<Law> {
        Ok(match prediction {
            PredictionFile::Law(LawFile::Same) => Law::Same(self.arms.take().ok_or_else(|| {
                Error::spec("the prediction law = \"same\" needs `from` and `to`")
            })?),
            PredictionFile::Law(LawFile::Normal { mean, deviation }) => {
                if *deviation <= 0.0 {
                    return Err(Error::spec(format!("deviation = {deviation}: expected above 0")));
                }
                Law::Normal {
                    mean: finite("mean", *mean)?,
                    deviation: finite("deviation", *deviation)?,
                }
            }
            PredictionFile::Law(LawFile::Uniform { low, high }) => {
                if low >= high {
                    return Err(Error::spec(format!("uniform from {low} to {high} is empty")));
                }
                Law::Uniform { low: finite("low", *low)?, high: finite("high", *high)? }
            }
            _ => {
                return Err(Error::spec(
                    "statistic equality_in_law needs a prediction `law`, such as { law = \"same\" }",
                ));
            }
        })
    }

    /// A key that nobody reads is a misunderstanding.
    fn nothing_left(&self, word: StatisticWord) -> Result<()> {
        for (key, left) in [
            ("from` and `to", self.arms.is_some()),
            ("against", self.against.is_some()),
            ("axes", self.axes.is_some()),
            ("event", self.event.is_some()),
            ("quantile", self.quantile.is_some()),
        ] {
            if left {
                return Err(Error::spec(format!(
                    "`{key}` means nothing to statistic {} with this prediction; remove it, \
                     or see `hessian list statistics`",
                    name(word)
                )));
            }
        }
        Ok(())
    }
}

/// The prediction, when it can be held against the statistic.
fn expectation(prediction: &PredictionFile, statistic: StatisticWord) -> Result<Expectation> {
    use StatisticWord as S;
    let (kind, expectation) = match prediction {
        PredictionFile::Equal(x) => ("equal", Expectation::Equal(finite("equal", *x)?)),
        PredictionFile::AtLeast(x) => ("at_least", Expectation::AtLeast(finite("at_least", *x)?)),
        PredictionFile::AtMost(x) => ("at_most", Expectation::AtMost(finite("at_most", *x)?)),
        PredictionFile::Ordered(way) => ("ordered", Expectation::Ordered(*way)),
        PredictionFile::Slope(x) => ("slope", Expectation::Slope(finite("slope", *x)?)),
        PredictionFile::Law(_) => ("law", Expectation::Law),
        PredictionFile::Identity(x) => {
            if !(x.is_finite() && *x >= 0.0) {
                return Err(Error::spec(format!("identity = {x}: expected a tolerance from 0 on")));
            }
            ("identity", Expectation::Identity(*x))
        }
        PredictionFile::Monotone(way) => ("monotone", Expectation::Monotone(*way)),
    };
    let fits = match expectation {
        Expectation::Equal(_) => !matches!(statistic, S::Slope | S::EqualityInLaw),
        Expectation::AtLeast(_) | Expectation::AtMost(_) => statistic != S::EqualityInLaw,
        Expectation::Ordered(_) => statistic == S::Mean,
        Expectation::Slope(_) => statistic == S::Slope,
        Expectation::Law => statistic == S::EqualityInLaw,
        Expectation::Identity(_) => matches!(statistic, S::Mean | S::PairedDifference),
        Expectation::Monotone(_) => statistic == S::RankCorrelation,
    };
    if fits {
        return Ok(expectation);
    }
    let name = name(statistic);
    let known = super::STATISTICS.iter().find(|one| one.name == name);
    Err(Error::spec(format!(
        "prediction {kind} does not fit statistic {name}, which can be held against: {}",
        known.map_or("", |one| one.predictions)
    )))
}

/// A margin where one is needed, none where it would mean nothing.
fn check_margin(
    expectation: Expectation,
    margin: Option<f64>,
    statistic: &Statistic,
) -> Result<()> {
    let (needed, allowed, most) = match expectation {
        Expectation::Equal(_) | Expectation::Slope(_) => (true, true, f64::INFINITY),
        Expectation::Law => (true, true, 1.0),
        Expectation::Monotone(_) => (true, true, 1.0),
        Expectation::Ordered(_) => (false, true, f64::INFINITY),
        _ => (false, false, 0.0),
    };
    match margin {
        None if needed => Err(Error::spec(
            "`margin` is missing: the largest deviation that still counts as none, with its `reason`",
        )),
        Some(margin) if !allowed => Err(Error::spec(format!(
            "margin = {margin} means nothing to a bound or an identity: put it into the bound"
        ))),
        Some(margin) if !(margin >= 0.0 && margin < most) => {
            Err(Error::spec(format!("margin = {margin}: expected a number from 0 to below {most}")))
        }
        Some(0.0)
            if !matches!(
                statistic,
                Statistic::RankCorrelation { .. } | Statistic::Mean { along: Some(_) }
            ) =>
        {
            Err(Error::spec(
                "margin = 0: no interval lies within a point; an exact equality is an `identity`",
            ))
        }
        _ => Ok(()),
    }
}

fn reductions(at: At) -> Vec<Reduction> {
    let entries = match at {
        At::None => Vec::new(),
        At::One(entry) => vec![entry],
        At::Each(entries) => entries,
    };
    let read = |entry: Entry| match entry {
        Entry::Index(index) => Reduction::Index(index),
        Entry::Word(ReductionWord::First) => Reduction::First,
        Entry::Word(ReductionWord::Last) => Reduction::Last,
        Entry::Word(ReductionWord::Mean) => Reduction::Mean,
        Entry::Word(ReductionWord::Least) => Reduction::Least,
        Entry::Word(ReductionWord::Most) => Reduction::Most,
    };
    entries.into_iter().map(read).collect()
}

fn finite(key: &str, x: f64) -> Result<f64> {
    if x.is_finite() {
        Ok(x)
    } else {
        Err(Error::spec(format!("{key} = {x}: expected a finite number")))
    }
}

fn name(word: StatisticWord) -> &'static str {
    match word {
        StatisticWord::Mean => "mean",
        StatisticWord::PairedDifference => "paired_difference",
        StatisticWord::LogRatio => "log_ratio",
        StatisticWord::Slope => "slope",
        StatisticWord::RankCorrelation => "rank_correlation",
        StatisticWord::Proportion => "proportion",
        StatisticWord::Quantile => "quantile",
        StatisticWord::EqualityInLaw => "equality_in_law",
    }
}

impl Arms {
    /// Both, with their keys.
    pub(super) fn both(&self) -> [(&'static str, &Parameters); 2] {
        [("from", &self.from), ("to", &self.to)]
    }
}
