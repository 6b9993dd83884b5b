//! Claims with known answers, on which the laboratory tests itself.

use crate::claims::select::per_replicate;
use crate::lab::{Claim, Finding, Prediction, Records};
use crate::stats::Estimate;

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[Claim {
    id: "S-01",
    paper: "self-test",
    source: "law of large numbers",
    statement: "The mean of normal draws is their shift.",
    statistic: "mean over replicates of (mean of the draws - shift), 99.9 % Student interval",
    prediction: "0 within 0.1; refuted when the interval lies outside",
    margin: "0.1 is more than four standard errors of one mean of 2000 draws, as in the quick profile",
    simulator: "gaussian-mean",
    observables: &["mean"],
    code: "src/claims/self_test.rs",
    evaluate: mean_is_shift,
}];

/// Confidence of the interval, chosen here because the self-test judges a true statement.
const LEVEL: f64 = 0.999;

fn mean_is_shift(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for shift in records.levels("shift") {
        let cell = records.filter(&[("shift", &shift)]);
        let centre: f64 = shift.parse().unwrap_or(f64::NAN);
        let deviations = per_replicate(&cell, |record| Some(record.number("mean")? - centre));
        findings.push(Finding::new(
            format!("shift {shift}"),
            &Estimate::mean(&deviations, LEVEL),
            Prediction::Equal { value: 0.0, margin: 0.1 },
            true,
        ));
    }
    findings
}
