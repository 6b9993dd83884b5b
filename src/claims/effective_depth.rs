//! Effective depth at initialisation, from Veit et al. 2016 and De & Smith 2020.

use crate::claims::select::{LEVEL, level, line, per_replicate, points};
use crate::lab::{Claim, Finding, Prediction, Records};
use crate::stats::Estimate;

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[Claim {
    id: "O-08",
    paper: "derived from Veit 2016, De-Smith 2020",
    source: "Veit 2016, Sec. 4; De & Smith 2020, Sec. 3",
    statement: "At initialisation the effective depth is logarithmic with batch norm, D ~ 1.467 \
                log L, half the blocks without it, and tends to 1 with branches scaled by \
                1 / sqrt(L).",
    statistic: "D1 = sum a_l / (1 + a_l) from measured gains: slope and R^2 of a line in log L \
                (batch norm), D1 / L (without), D1 at the largest L (scaled)",
    prediction: "slope pi / (pi - 1) = 1.467 within 10 % and R^2 at least 0.99; D1 / L = 1/2 \
                 within 0.02 at every L; D1 = 1 within 0.05",
    margin: "10 %: finite width and the constant v_0 in D = sum 1 / (1 + v_l); 0.02 and 0.05: \
             finite width. After the first numbers the adjoint was made independent of the \
             network; before, it was made of the outputs and D1 / L at L = 8 was 0.544",
    simulator: "initialisation",
    observables: &["depth.gains"],
    code: "src/claims/effective_depth.rs",
    evaluate: initial_depth,
}];

fn initial_depth(records: &Records) -> Vec<Finding> {
    let records = records.filter(&[("stage", "growth")]);
    let depth_of = |block: &str| {
        points(&records.filter(&[("block", block)]), |record| {
            Some((level(record, "blocks")?, record.number("depth.gains")?))
        })
    };
    let logarithmic = depth_of("bn-relu").into_values().filter_map(|points| {
        let points: Vec<(f64, f64)> = points.iter().map(|(l, depth)| (l.ln(), *depth)).collect();
        line(&points)
    });
    let lines: Vec<_> = logarithmic.collect();
    let slopes: Vec<f64> = lines.iter().map(|line| line.slope).collect();
    let fits: Vec<f64> = lines.iter().map(|line| line.r_squared).collect();
    let constant = std::f64::consts::PI / (std::f64::consts::PI - 1.0);
    let mut findings = vec![
        Finding::new(
            "batch norm, slope in log L",
            &Estimate::mean(&slopes, LEVEL),
            Prediction::Equal { value: constant, margin: 0.1 * constant },
            true,
        ),
        Finding::new(
            "batch norm, R^2",
            &Estimate::mean(&fits, LEVEL),
            Prediction::AtLeast(0.99),
            true,
        ),
    ];
    let without = records.filter(&[("block", "relu")]);
    for blocks in without.levels("blocks") {
        let cell = without.filter(&[("blocks", &blocks)]);
        let shares = per_replicate(&cell, |record| {
            Some(record.number("depth.gains")? / level(record, "blocks")?)
        });
        findings.push(Finding::new(
            format!("no batch norm, D1 / L at L = {blocks}"),
            &Estimate::mean(&shares, LEVEL),
            Prediction::Equal { value: 0.5, margin: 0.02 },
            true,
        ));
    }
    let scaled = records.filter(&[("block", "relu-scaled")]);
    let mut levels = scaled.levels("blocks");
    levels.sort_by_key(|blocks| blocks.parse::<u64>().unwrap_or(0));
    if let Some(blocks) = levels.last() {
        let cell = scaled.filter(&[("blocks", blocks)]);
        let depths = per_replicate(&cell, |record| record.number("depth.gains"));
        findings.push(Finding::new(
            format!("scaled branch, L = {blocks}"),
            &Estimate::mean(&depths, LEVEL),
            Prediction::Equal { value: 1.0, margin: 0.05 },
            true,
        ));
    }
    findings
}
