//! Ghorbani, Krishnan & Xiao 2019, "An Investigation into Neural Net Optimization via Hessian
//! Eigenvalue Density".

use crate::claims::select::{LEVEL, by_replicate, paired, per_replicate};
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::stats::Estimate;

const PAPER: &str = "Ghorbani 2019";
const CODE: &str = "src/claims/ghorbani.rs";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "O-22",
        paper: PAPER,
        source: "Sec. 4: outliers with and without batch norm",
        statement: "Without batch norm lambda_1 / lambda_K is larger than with it, all through \
                    training (K classes).",
        statistic: "mean over checkpoints after the first of log(lambda_1 / lambda_K), residual net \
                    without minus with batch norm, paired by common random numbers",
        prediction: "at least 0 with batch statistics differentiated through (decisive); frozen \
                     and running statistics for comparison, since the paper and PyHessian measure \
                     different matrices",
        margin: "none: a one-sided bound",
        simulator: "training",
        observables: &["hessian.batch.log_ratio", "hessian.frozen.log_ratio"],
        code: CODE,
        evaluate: outliers,
    },
    Claim {
        id: "O-28",
        paper: PAPER,
        source: "Sec. 3: negative eigenvalues",
        statement: "Negative eigenvalues are large at initialisation and fall by orders of \
                    magnitude in training.",
        statistic: "log of |lambda_min| / lambda_1 at the end over the same at initialisation, \
                    batch statistics differentiated through",
        prediction: "at most log 0.1 in every arm and data set",
        margin: "one order of magnitude is the least that the statement can mean",
        simulator: "training",
        observables: &["hessian.batch.negative"],
        code: CODE,
        evaluate: negative_curvature,
    },
];

fn outliers(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for data in records.levels("data") {
        let ratio = |arm: &str, kind: &str| {
            let name = format!("hessian.{kind}.log_ratio");
            by_replicate(&records.filter(&[("data", &data), ("arm", arm)]), |record: &Record| {
                let trained = record.vector(&name)?.get(1..)?;
                Some(trained.iter().sum::<f64>() / trained.len() as f64)
            })
        };
        for kind in ["batch", "frozen", "running"] {
            // without batch norm the three kinds are one, recorded as `batch`
            let (without, with) = paired(&ratio("residual", "batch"), &ratio("residual-bn", kind));
            findings.push(Finding::new(
                format!("{data}, {kind} statistics"),
                &Estimate::paired_change(&with, &without, LEVEL),
                Prediction::AtLeast(0.0),
                kind == "batch",
            ));
        }
    }
    findings
}

fn negative_curvature(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for data in records.levels("data") {
        for arm in records.levels("arm") {
            let cell = records.filter(&[("data", &data), ("arm", &arm)]);
            let falls = per_replicate(&cell, |record| {
                let series = record.vector("hessian.batch.negative")?;
                Some((series.last()? / series.first()?).ln())
            });
            findings.push(Finding::new(
                format!("{data}, {arm}"),
                &Estimate::mean(&falls, LEVEL),
                Prediction::AtMost(0.1_f64.ln()),
                true,
            ));
        }
    }
    findings
}
