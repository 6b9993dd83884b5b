//! Reading statistics of one replicate from records, for claims to judge.

use std::collections::BTreeMap;

use crate::lab::{Finding, Prediction, Record, Records};
use crate::stats::Estimate;

/// The level of intervals, unless a claim says otherwise.
pub(super) const LEVEL: f64 = 0.95;

/// The most layers for which a claim evaluates a recursion over path lengths, whose cost grows with
/// their third power: chosen here because it then takes some ten milliseconds. Records of deeper nets
/// decide nothing where the recursion is needed.
pub(super) const RECURSION_LAYERS: usize = 256;

/// One number per replicate, in the order of replicates.
pub(super) fn per_replicate(
    records: &Records,
    statistic: impl Fn(&Record) -> Option<f64>,
) -> Vec<f64> {
    by_replicate(records, statistic).into_values().collect()
}

/// One number per replicate, by its number, so that cells can be paired.
///
/// Where a grid has a parameter that the claim does not know, several cells stand for one: none of
/// them is the one that is meant, and the replicate's number is NaN, which decides nothing.
pub(super) fn by_replicate(
    records: &Records,
    statistic: impl Fn(&Record) -> Option<f64>,
) -> BTreeMap<u64, f64> {
    let mut numbers = BTreeMap::new();
    for record in records.iter() {
        if let Some(number) = statistic(&record) {
            numbers
                .entry(record.replicate)
                .and_modify(|ambiguous| *ambiguous = f64::NAN)
                .or_insert(number);
        }
    }
    numbers
}

/// The numbers of two cells at the replicates that both have: common random numbers make their
/// differences paired.
pub(super) fn paired(
    first: &BTreeMap<u64, f64>,
    second: &BTreeMap<u64, f64>,
) -> (Vec<f64>, Vec<f64>) {
    first.iter().filter_map(|(replicate, x)| Some((*x, *second.get(replicate)?))).unzip()
}

/// First and last entry of a series over checkpoints.
pub(super) fn ends(record: &Record, observable: &str) -> Option<(f64, f64)> {
    let series = record.vector(observable)?;
    Some((*series.first()?, *series.last()?))
}

/// A parameter as a number.
pub(super) fn level(record: &Record, parameter: &str) -> Option<f64> {
    record.parameters.get(parameter)?.as_f64()
}

/// Per replicate, the points (x, y) over all its cells, in the order of cells.
///
/// Where cells have different numbers of replicates, those of a cell are averaged by their number modulo
/// the fewest. A line is left out if one of the cells has no point for it: through fewer points it would be
/// another statistic. Two cells with one abscissa differ in a parameter that the claim does not
/// know: their ordinates are NaN, which decides nothing.
pub(super) fn points(
    records: &Records,
    point: impl Fn(&Record) -> Option<(f64, f64)>,
) -> BTreeMap<u64, Vec<(f64, f64)>> {
    let mut cells: BTreeMap<u64, u64> = BTreeMap::new();
    let mut found = Vec::new();
    for record in records.iter() {
        let replicates = cells.entry(record.cell).or_default();
        *replicates = (*replicates).max(record.replicate + 1);
        found.push((record.cell, record.replicate, point(&record)));
    }
    let fewest = cells.values().copied().min().unwrap_or(1);
    let mut all: BTreeMap<u64, BTreeMap<u64, Vec<(f64, f64)>>> = BTreeMap::new();
    for (cell, replicate, point) in found {
        if let Some(at) = point {
            all.entry(replicate % fewest).or_default().entry(cell).or_default().push(at);
        }
    }
    all.retain(|_, group| group.len() == cells.len());
    all.into_iter().map(|(replicate, group)| (replicate, averages(&group))).collect()
}

/// The mean point of each cell; NaN as the ordinate of cells with one abscissa.
fn averages(group: &BTreeMap<u64, Vec<(f64, f64)>>) -> Vec<(f64, f64)> {
    let mean = |points: &Vec<(f64, f64)>| {
        let ordinates = points.iter().map(|point| point.1).sum::<f64>();
        (points[0].0, ordinates / points.len() as f64)
    };
    let mut points: Vec<(f64, f64)> = group.values().map(mean).collect();
    let abscissae: Vec<f64> = points.iter().map(|point| point.0).collect();
    for (x, y) in &mut points {
        if abscissae.iter().filter(|other| *other == x).count() > 1 {
            *y = f64::NAN;
        }
    }
    points
}

/// The least-squares line through points: intercept, slope, R^2. None for fewer than two
/// abscissas.
pub(super) fn line(points: &[(f64, f64)]) -> Option<Line> {
    let n = points.len() as f64;
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
    let xx = mean(&|p| (p.0 - x) * (p.0 - x));
    let xy = mean(&|p| (p.0 - x) * (p.1 - y));
    let yy = mean(&|p| (p.1 - y) * (p.1 - y));
    (xx > 0.0).then(|| Line {
        intercept: y - xy / xx * x,
        slope: xy / xx,
        r_squared: if yy > 0.0 { xy * xy / (xx * yy) } else { 1.0 },
    })
}

/// A fitted line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Value at 0.
    pub intercept: f64,
    /// Rise per unit.
    pub slope: f64,
    /// Share of the variance that it explains.
    pub r_squared: f64,
}

/// Value at 1/x = 0 of a statistic of each record, replicate by replicate, by a line in 1/x; x is a
/// parameter such as the width.
pub(super) fn limit(
    records: &Records,
    parameter: &str,
    statistic: impl Fn(&Record) -> Option<f64>,
) -> Vec<f64> {
    let by_size =
        points(records, |record| Some((1.0 / level(record, parameter)?, statistic(record)?)));
    by_size.values().filter_map(|points| Some(line(points)?.intercept)).collect()
}

/// The mean of a sample with its interval, held against a prediction.
pub(super) fn judged(
    slice: &str,
    sample: &[f64],
    prediction: Prediction,
    decisive: bool,
) -> Finding {
    Finding::new(slice, &Estimate::mean(sample, LEVEL), prediction, decisive)
}

/// By replicate, an observable of one cell less that of another on the same random numbers.
pub(super) fn differences(of: &Records, less: &Records, observable: &str) -> BTreeMap<u64, f64> {
    let numbers = |cell: &Records| by_replicate(cell, |record| record.number(observable));
    let less = numbers(less);
    let both = |(replicate, of): (u64, f64)| Some((replicate, of - less.get(&replicate)?));
    numbers(of).into_iter().filter_map(both).collect()
}

/// The mean of a sample over a reference value, held to be 1 within a margin; decisive.
pub(super) fn ratio(slice: String, sample: &[f64], reference: f64, margin: f64) -> Finding {
    let ratios: Vec<f64> = sample.iter().map(|x| x / reference).collect();
    let prediction = Prediction::Equal { value: 1.0, margin };
    Finding::new(slice, &Estimate::mean(&ratios, LEVEL), prediction, true)
}
