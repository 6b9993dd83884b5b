//! Claims with known answers, on which the laboratory tests itself.

use statrs::distribution::{ContinuousCDF, StudentsT};

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
        let deviations: Vec<f64> =
            cell.iter().filter_map(|record| Some(record.number("mean")? - centre)).collect();
        findings.push(Finding::new(
            format!("shift {shift}"),
            &student(&deviations),
            Prediction::Equal { value: 0.0, margin: 0.1 },
            true,
        ));
    }
    findings
}

/// Student's interval for the mean; not finite for fewer than two values, which decides nothing.
fn student(values: &[f64]) -> Estimate {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = StudentsT::new(0.0, 1.0, count - 1.0)
        .map_or(f64::NAN, |law| law.inverse_cdf(0.5 + LEVEL / 2.0) * (variance / count).sqrt());
    Estimate { value: mean, low: mean - half, high: mean + half, level: LEVEL, count: values.len() }
}
