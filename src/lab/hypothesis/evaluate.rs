//! A hypothesis held against records.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::lab::hypothesis::cells::{Cell, Role, Slice};
use crate::lab::hypothesis::{
    Direction, Event, Expectation, Hypothesis, Law, Reduction, Statistic,
};
use crate::lab::records::shown;
use crate::lab::{Finding, Prediction, Record, Records, Value};
use crate::stats::{Estimate, kendall, kolmogorov, kolmogorov_to};

/// One number per replicate, by its number.
type Numbers = BTreeMap<u64, f64>;

impl Hypothesis {
    /// One finding per slice, all of them decisive. A replicate counts where every cell of its slice
    /// has a number for it, so that differences are paired and lines are whole.
    pub fn evaluate(&self, records: &Records) -> Vec<Finding> {
        let held = records.cells();
        let cells: Vec<Cell<'_>> = held
            .iter()
            .filter_map(|(number, records)| {
                Some(Cell { number: *number, parameters: records.parameters()? })
            })
            .collect();
        match self.slices(&cells) {
            Ok(slices) => slices.iter().flat_map(|slice| self.judge(slice, &held)).collect(),
            Err(error) => {
                vec![Finding::missing("all", self.prediction(), error.to_string())]
            }
        }
    }

    /// What an interval is held against.
    pub(super) fn prediction(&self) -> Prediction {
        let margin = self.margin.unwrap_or(0.0);
        match self.expectation {
            Expectation::Equal(value) | Expectation::Slope(value) => {
                Prediction::Equal { value, margin }
            }
            Expectation::AtLeast(bound) => Prediction::AtLeast(bound),
            Expectation::AtMost(bound) => Prediction::AtMost(bound),
            Expectation::Ordered(Direction::Rising) => Prediction::AtLeast(margin),
            Expectation::Ordered(Direction::Falling) => Prediction::AtMost(-margin),
            Expectation::Monotone(Direction::Rising) => Prediction::AtLeast(1.0 - margin),
            Expectation::Monotone(Direction::Falling) => Prediction::AtMost(margin - 1.0),
            Expectation::Law => Prediction::AtMost(margin),
            Expectation::Identity(tolerance) => Prediction::Identity { tolerance },
        }
    }

    fn judge(&self, slice: &Slice<'_>, records: &BTreeMap<u64, Records>) -> Vec<Finding> {
        let numbers =
            |cell: &Cell<'_>| per_replicate(&records[&cell.number], |record| self.number(record));
        match (&slice.cells, &self.statistic) {
            (Role::Pair { from, to }, statistic) => {
                let pairs = complete(&[numbers(from), numbers(to)]);
                vec![self.compared(&slice.name, &pairs, statistic)]
            }
            (Role::Along(along), Statistic::Mean { .. }) => along
                .windows(2)
                .map(|step| {
                    let [(lower, from), (upper, to)] = step else { unreachable!("windows of two") };
                    let pairs = complete(&[numbers(from), numbers(to)]);
                    let steps: Vec<f64> = pairs.iter().map(|pair| pair[1] - pair[0]).collect();
                    let name = format!("{}: from {} to {}", slice.name, shown(lower), shown(upper));
                    self.found(&name, &Estimate::mean(&steps, self.level))
                })
                .collect(),
            (Role::Along(along), _) => {
                let x: Vec<f64> =
                    along.iter().map(|(x, _)| x.as_f64().unwrap_or(f64::NAN)).collect();
                let y: Vec<Numbers> = along.iter().map(|(_, cell)| numbers(cell)).collect();
                let each: Vec<f64> =
                    complete(&y).iter().map(|y| self.along_points(&x, y)).collect();
                vec![self.found(&slice.name, &Estimate::mean(&each, self.level))]
            }
            (Role::One(cell), Statistic::Slope { against, .. })
            | (Role::One(cell), Statistic::RankCorrelation { against }) => {
                let each = per_replicate(&records[&cell.number], |record| {
                    let (x, y) = self.series(record, against)?;
                    Some(self.along_points(&x, &y))
                });
                let each: Vec<f64> = each.into_values().collect();
                vec![self.found(&slice.name, &Estimate::mean(&each, self.level))]
            }
            (Role::One(cell), statistic) => {
                let sample: Vec<f64> = numbers(cell).into_values().collect();
                vec![self.sampled(&slice.name, &sample, statistic)]
            }
        }
    }

    /// A statistic of pairs from two arms.
    fn compared(&self, name: &str, pairs: &[Vec<f64>], statistic: &Statistic) -> Finding {
        let each = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            pairs.iter().map(|pair| f(pair[0], pair[1])).collect()
        };
        match statistic {
            Statistic::LogRatio(_) => {
                // the logarithm of a ratio of signs means nothing: NaN decides nothing
                let ratio = |from: f64, to: f64| {
                    if from > 0.0 && to > 0.0 { (to / from).ln() } else { f64::NAN }
                };
                self.found(name, &Estimate::mean(&each(&ratio), self.level))
            }
            Statistic::EqualityInLaw(_) => {
                let (from, to) = (each(&|from, _| from), each(&|_, to| to));
                let interval = |level| kolmogorov(&from, &to, level);
                Finding::by_levels(name, interval, self.level, self.prediction(), true)
            }
            _ => self.centred(name, &each(&|from, to| to - from)),
        }
    }

    /// A statistic of one sample.
    fn sampled(&self, name: &str, sample: &[f64], statistic: &Statistic) -> Finding {
        let by_levels = |interval: &dyn Fn(f64) -> Estimate| {
            Finding::by_levels(name, interval, self.level, self.prediction(), true)
        };
        match statistic {
            Statistic::Proportion(event) => {
                let happens = |x: &&f64| match event {
                    Event::AtLeast(bound) => **x >= *bound,
                    Event::AtMost(bound) => **x <= *bound,
                };
                let count = sample.iter().filter(happens).count();
                by_levels(&|level| Estimate::proportion(count, sample.len(), level))
            }
            Statistic::Quantile(q) => by_levels(&|level| Estimate::quantile(sample, *q, level)),
            Statistic::EqualityInLaw(Law::Normal { mean, deviation }) => {
                let cdf =
                    |x: f64| Normal::new(*mean, *deviation).map_or(f64::NAN, |law| law.cdf(x));
                by_levels(&|level| kolmogorov_to(sample, cdf, level))
            }
            Statistic::EqualityInLaw(Law::Uniform { low, high }) => {
                let cdf = |x: f64| ((x - low) / (high - low)).clamp(0.0, 1.0);
                by_levels(&|level| kolmogorov_to(sample, cdf, level))
            }
            _ => self.centred(name, sample),
        }
    }

    /// The mean, or the largest deviation from 0 for an identity.
    fn centred(&self, name: &str, sample: &[f64]) -> Finding {
        match self.expectation {
            Expectation::Identity(_) if !sample.is_empty() => {
                let most = sample.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                self.found(name, &Estimate::exact(most, sample.len()))
            }
            _ => self.found(name, &Estimate::mean(sample, self.level)),
        }
    }

    fn found(&self, name: &str, estimate: &Estimate) -> Finding {
        Finding::new(name, estimate, self.prediction(), true)
    }

    /// Slope or rank correlation of one replicate.
    fn along_points(&self, x: &[f64], y: &[f64]) -> f64 {
        let on = |logarithmic: bool, values: &[f64]| -> Vec<f64> {
            // the logarithm of a negative number is NaN, that of 0 infinite: both decide nothing
            values.iter().map(|v| if logarithmic { v.ln() } else { *v }).collect()
        };
        match self.statistic {
            Statistic::Slope { log_x, log_y, .. } => {
                Estimate::slope(&on(log_x, x), &on(log_y, y), self.level).value
            }
            _ => kendall(x, y),
        }
    }

    /// The observable of a record as a number.
    fn number(&self, record: &Record) -> Option<f64> {
        match (record.get(&self.observable)?, self.at.as_slice()) {
            (Value::Number(x), []) => Some(*x),
            (Value::Vector(v), [one]) => one.of(v),
            (Value::Matrix(m), [outer, inner]) => {
                let rows: Option<Vec<f64>> = m.iter().map(|row| inner.of(row)).collect();
                outer.of(&rows?)
            }
            _ => None,
        }
    }

    /// The observable of a record as a series, with its abscissae.
    fn series(&self, record: &Record, against: &str) -> Option<(Vec<f64>, Vec<f64>)> {
        let y: Vec<f64> = match (record.get(&self.observable)?, self.at.as_slice()) {
            (Value::Vector(v), []) => v.clone(),
            (Value::Matrix(m), [inner]) => {
                m.iter().map(|row| inner.of(row)).collect::<Option<_>>()?
            }
            _ => return None,
        };
        let x = match against {
            "index" => (0_u32..).take(y.len()).map(f64::from).collect(),
            observable => record.vector(observable)?.to_vec(),
        };
        (x.len() == y.len()).then_some((x, y))
    }
}

impl Reduction {
    fn of(self, values: &[f64]) -> Option<f64> {
        match self {
            Reduction::First => values.first().copied(),
            Reduction::Last => values.last().copied(),
            Reduction::Index(index) => values.get(index).copied(),
            Reduction::Mean if values.is_empty() => None,
            Reduction::Mean => Some(crate::stats::mean(values)),
            Reduction::Least => values.iter().copied().reduce(f64::min),
            Reduction::Most => values.iter().copied().reduce(f64::max),
        }
    }
}

fn per_replicate(records: &Records, statistic: impl Fn(&Record) -> Option<f64>) -> Numbers {
    records.iter().filter_map(|record| Some((record.replicate, statistic(&record)?))).collect()
}

/// The numbers of the replicates that every cell has, cell by cell.
fn complete(cells: &[Numbers]) -> Vec<Vec<f64>> {
    cells[0]
        .keys()
        .filter_map(|replicate| cells.iter().map(|cell| cell.get(replicate).copied()).collect())
        .collect()
}
