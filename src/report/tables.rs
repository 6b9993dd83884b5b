//! Tables for other programs (csv) and for people (Markdown).

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::lab::{Outcome, Prediction, Records, Value, Verdict};
use crate::report::mean::Mean;
use crate::report::{Input, text};

/// One row per claim, followed by one row per finding of it.
pub(super) fn verdicts_csv(report: &Input) -> Result<Vec<u8>> {
    let mut table = vec![row([
        "row",
        "claim",
        "paper",
        "source",
        "slice",
        "decisive",
        "estimate",
        "low",
        "high",
        "level",
        "replicates",
        "predicted",
        "value",
        "margin",
        "verdict",
        "expected",
        "surprise",
        "p",
        "p_holm",
        "power",
        "replicates_to_decide",
    ])];
    let number = |x: f64| if x.is_finite() { text::exact(x) } else { String::new() };
    let optional = |x: Option<f64>| x.map_or_else(String::new, number);
    for judgement in report.judgements {
        let claim = &judgement.claim;
        let expected = report.expected.get(&claim.id);
        let head = [&claim.id, &claim.paper, &claim.source].map(String::clone);
        let mut line = vec!["claim".to_owned()];
        line.extend(head.clone());
        line.extend(std::iter::repeat_n(String::new(), 10));
        line.push(judgement.verdict.to_string());
        line.push(expected.map_or_else(String::new, Verdict::to_string));
        line.push(expected.is_some_and(|e| *e != judgement.verdict).to_string());
        line.extend([judgement.p, judgement.p_holm].map(optional));
        line.extend([String::new(), String::new()]);
        table.push(line);
        for finding in &judgement.findings {
            let (kind, value, margin) = match finding.prediction {
                Prediction::Equal { value, margin } => ("equal", Some(value), Some(margin)),
                Prediction::AtLeast(bound) => ("at_least", Some(bound), None),
                Prediction::AtMost(bound) => ("at_most", Some(bound), None),
                Prediction::Identity { tolerance } => ("identity", None, Some(tolerance)),
            };
            let mut line = vec!["finding".to_owned()];
            line.extend(head.clone());
            line.push(finding.slice.clone());
            line.push(finding.decisive.to_string());
            line.extend([finding.estimate, finding.low, finding.high, finding.level].map(number));
            line.push(finding.replicates.to_string());
            line.push(kind.to_owned());
            line.extend([value, margin].map(optional));
            line.push(finding.verdict.to_string());
            line.extend([String::new(), String::new()]);
            line.extend([finding.p, None, finding.power].map(optional));
            line.push(finding.needed.map_or_else(String::new, |needed| needed.to_string()));
            table.push(line);
        }
    }
    csv(&table)
}

/// The same as two Markdown tables, with four significant digits.
pub(super) fn verdicts_md(report: &Input) -> String {
    let mut table = String::new();
    let mut put = |cells: &[String]| {
        table.push_str("| ");
        table.push_str(&cells.join(" | "));
        table.push_str(" |\n");
    };
    put(&row(["claim", "paper", "statement", "verdict", "expected"]));
    put(&row(["---"; 5]));
    for judgement in report.judgements {
        let claim = &judgement.claim;
        let expected = match report.expected.get(&claim.id) {
            None => "not stated".to_owned(),
            Some(expected) if *expected == judgement.verdict => expected.to_string(),
            Some(expected) => format!("{expected}: a **surprise**"),
        };
        let mut cells =
            [&claim.id, &claim.paper, &claim.statement].map(|text| text::markdown(text)).to_vec();
        cells.push(judgement.verdict.to_string());
        cells.push(expected);
        put(&cells);
    }
    table.push('\n');
    let mut put = |cells: &[String]| {
        table.push_str("| ");
        table.push_str(&cells.join(" | "));
        table.push_str(" |\n");
    };
    put(&row(["claim", "slice", "estimate", "replicates", "prediction", "decisive", "verdict"]));
    put(&row(["---"; 7]));
    for judgement in report.judgements {
        for finding in &judgement.findings {
            put(&[
                text::markdown(&judgement.claim.id),
                text::markdown(&finding.slice),
                text::markdown(&text::estimate(finding)),
                finding.replicates.to_string(),
                text::markdown(&text::prediction(&finding.prediction)),
                (if finding.decisive { "yes" } else { "no" }).to_owned(),
                finding.verdict.to_string(),
            ]);
        }
    }
    table
}

/// Mean, standard error and count over the replicates of a cell: a row per number, and per entry
/// of a series. Arrays with two axes are in the records only.
pub(super) fn observables_csv(report: &Input) -> Result<Vec<u8>> {
    let cells = report.records.cells();
    let keys = |records: &Records| -> Vec<String> {
        records.parameters().into_iter().flat_map(|p| p.keys().cloned()).collect()
    };
    let parameters: BTreeSet<String> = cells.values().flat_map(keys).collect();
    // two simulators may define the same name, which a record holds once
    let mut names = BTreeSet::new();
    let observables: Vec<_> = report.observables.iter().filter(|o| names.insert(o.name)).collect();
    let mut table = vec![row([
        "cell",
        "observable",
        "unit",
        "axis",
        "index",
        "mean",
        "standard_error",
        "replicates",
    ])];
    table[0].extend(parameters.iter().map(|name| format!("parameter.{name}")));
    for (cell, records) in cells {
        let levels: Vec<String> =
            parameters.iter().map(|name| records.level(name).unwrap_or_default()).collect();
        // whether the first record that holds it has it as a series
        let mut along: Vec<Option<bool>> = vec![None; observables.len()];
        let means = Mean::of(|put| {
            for record in &records {
                for (number, observable) in observables.iter().enumerate() {
                    let Some((axis, values)) = record.get(observable.name).and_then(series) else {
                        continue;
                    };
                    along[number].get_or_insert(axis);
                    for (index, x) in values.iter().enumerate() {
                        put(number, index, *x);
                    }
                }
            }
        });
        for (number, means) in means.into_iter().enumerate() {
            let observable = observables[number];
            for (index, mean) in means.into_iter().enumerate() {
                let Some(mean) = mean else { continue };
                let mut line =
                    vec![cell.to_string(), observable.name.into(), observable.unit.into()];
                if along[number] == Some(true) {
                    line.push(observable.axes.first().unwrap_or(&"index").to_string());
                    line.push(index.to_string());
                } else {
                    line.extend([String::new(), String::new()]);
                }
                line.push(text::exact(mean.value));
                line.push(mean.standard_error.map_or_else(String::new, text::exact));
                line.push(mean.count.to_string());
                line.extend(levels.clone());
                table.push(line);
            }
        }
    }
    csv(&table)
}

/// One row per failed task.
pub(super) fn faults_csv(report: &Input) -> Result<Vec<u8>> {
    let mut table = vec![row(["task", "cell", "replicate", "fault", "parameters"])];
    for record in &report.records.with_faults() {
        if let Outcome::Failed(fault) = &record.outcome {
            let parameters: Vec<String> = record
                .parameters
                .keys()
                .map(|name| format!("{name}={}", record.level(name).unwrap_or_default()))
                .collect();
            table.push(vec![
                record.task.to_string(),
                record.cell.to_string(),
                record.replicate.to_string(),
                fault.to_string(),
                parameters.join("; "),
            ]);
        }
    }
    csv(&table)
}

/// Whether a value has an axis, and its numbers; none with two axes.
fn series(value: &Value) -> Option<(bool, &[f64])> {
    match value {
        Value::Number(x) => Some((false, std::slice::from_ref(x))),
        Value::Vector(v) => Some((true, v)),
        Value::Matrix(_) => None,
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn csv(table: &[Vec<String>]) -> Result<Vec<u8>> {
    let failed = |trouble: String| Error::data(format!("a table could not be formed: {trouble}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in table {
        writer.write_record(line).map_err(|trouble| failed(trouble.to_string()))?;
    }
    writer.into_inner().map_err(|trouble| failed(trouble.to_string()))
}
