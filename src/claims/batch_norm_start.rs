//! Littwin & Wolf 2016, Sec. 4.1, and its corrections: batch norm before training.

use crate::claims::select::{LEVEL, RECURSION_LAYERS, level, limit, line, per_replicate, points};
use crate::depth::CentredLengths;
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::stats::Estimate;

const PAPER: &str = "Littwin-Wolf 2016";
const DERIVED: &str = "derived, against Littwin-Wolf 2016";
const CODE: &str = "src/claims/batch_norm_start.rs";

/// pi / (pi - 1): growth of the squared gradient per plain layer with ReLU and a large batch.
const PLAIN_GROWTH: f64 = std::f64::consts::PI / (std::f64::consts::PI - 1.0);

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P23",
        paper: PAPER,
        source: "Eq. (20) as printed, Sec. 4.1",
        statement: "With branches divided by their deviation, no mean subtracted, the energy of the \
                    stream grows by one per layer.",
        statistic: "mean square of the stream after 16 layers; beside it with the mean subtracted",
        prediction: "16 within 10 %",
        margin: "10 %: the finite width moves the centred one by 6 %",
        simulator: "literal-normalisation",
        observables: &["stream.energy"],
        code: CODE,
        evaluate: literal,
    },
    Claim {
        id: "P24",
        paper: PAPER,
        source: "Sec. 4.1; De & Smith 2020",
        statement: "With centred batch norm branch l holds 1/l of the stream's energy, since sigma_l^2 \
                    is proportional to l - 1.",
        statistic: "l times the branch's share at l = 8, and sigma_8^2 / (7 sigma_2^2), extrapolated \
                    to infinite width and batch by a line in 1/n (n = B)",
        prediction: "1 within 3 %",
        margin: "3 %: a quarter of the difference between l and l - 1 at l = 8",
        simulator: "initialisation",
        observables: &["branch.share", "norm.variance"],
        code: CODE,
        evaluate: branch_shares,
    },
    Claim {
        id: "P26",
        paper: DERIVED,
        source: "Sec. 4.1 corrected: saturation",
        statement: "A uniform scale lambda does not deepen a net with batch norm: whatever lambda, the \
                    mean path length stays below 1 + H_{p-1}.",
        statistic: "energy-weighted mean path length at lambda = 5 and 100, extrapolated to infinite \
                    width and batch by a line in 1/n (n = B); beside it the recursion with \
                    correlated lengths and the paper's lambda p / (1 + lambda)",
        prediction: "at most 1 + H_{p-1}",
        margin: "none: a bound",
        simulator: "initialisation",
        observables: &["depth.forward"],
        code: CODE,
        evaluate: saturation,
    },
    Claim {
        id: "P28",
        paper: "Veit 2016",
        source: "Sec. 5; Littwin & Wolf 2016, Sec. 4.1",
        statement: "Paths through at most half of the branches carry the gradient: nearly all of it \
                    with batch norm, most of it without while sigma^2 < 2.",
        statistic: "share of the gradient's energy by length in k <= L/2, L = 31",
        prediction: "at least 0.99 with batch norm; at least 0.5 without, at sigma^2 = 1",
        margin: "none: bounds",
        simulator: "initialisation",
        observables: &["depth.reverse.short"],
        code: CODE,
        evaluate: short_paths,
    },
    Claim {
        id: "P29",
        paper: "Yang 2019",
        source: "Theorem 8; Littwin & Wolf 2016, Sec. 4.1",
        statement: "Without skips batch norm makes the squared gradient grow by pi / (pi - 1) per \
                    layer; with skips it grows like a power of the depth.",
        statistic: "growth per layer over layers 5 to 35 of a plain net, extrapolated to an infinite \
                    batch by a line in 1/B; exponent of the growth against ln L, L = 8 to 64, with \
                    skips",
        prediction: "1.46694 within 2 %; exponent 1.46694 within 10 %",
        margin: "2 %: batches of 128 are off by 0.9 %; 10 % of an exponent from three doublings",
        simulator: "initialisation",
        observables: &["gradient.energy"],
        code: CODE,
        evaluate: explosion,
    },
];

fn literal(records: &Records) -> Vec<Finding> {
    let finding = |centred: &str, slice: &str, decisive: bool| {
        let cell = records.filter(&[("stage", "literal"), ("centred", centred)]);
        let last = per_replicate(&cell, |record| record.vector("stream.energy")?.get(15).copied());
        let prediction = Prediction::Equal { value: 16.0, margin: 1.6 };
        Finding::new(slice, &Estimate::mean(&last, LEVEL), prediction, decisive)
    };
    vec![finding("false", "as printed", true), finding("true", "mean subtracted", false)]
}

fn branch_shares(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "shares")]);
    // block b makes layer l = b + 2
    let share = limit(&stage, "width", |record| Some(8.0 * record.vector("branch.share")?.get(6)?));
    let variance = limit(&stage, "width", |record| {
        let variance = record.vector("norm.variance")?;
        Some(variance.get(6)? / (7.0 * variance.first()?))
    });
    let prediction = Prediction::Equal { value: 1.0, margin: 0.03 };
    [("8 share", share), ("sigma_8^2 / (7 sigma_2^2)", variance)]
        .map(|(slice, sample)| {
            Finding::new(slice, &Estimate::mean(&sample, LEVEL), prediction, true)
        })
        .into()
}

fn saturation(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "saturation")]);
    let mut findings = Vec::new();
    for blocks in stage.levels("blocks") {
        for (word, lambda) in [("5.0", 5.0), ("100.0", 100.0)] {
            let cell = stage.filter(&[("blocks", &blocks), ("scale", word)]);
            let p = blocks.parse::<usize>().map_or(0, |blocks| blocks.saturating_add(1));
            if !(2..=RECURSION_LAYERS).contains(&p) {
                continue;
            }
            let sample = limit(&cell, "width", |record| record.number("depth.forward"));
            let estimate = Estimate::mean(&sample, LEVEL);
            let bound = 1.0 + (1..p).map(|l| 1.0 / l as f64).sum::<f64>();
            let recursion = CentredLengths::scaled(p, lambda).mean();
            let paper = lambda / (1.0 + lambda) * p as f64;
            let near = |value: f64| Prediction::Equal { value, margin: 0.03 * value };
            let finding = |what: &str, prediction: Prediction, decisive: bool| {
                let slice = format!("p = {p}, lambda = {lambda}, {what}");
                Finding::new(slice, &estimate, prediction, decisive)
            };
            findings.push(finding("bound", Prediction::AtMost(bound), true));
            findings.push(finding("rival: correlated lengths", near(recursion), false));
            findings.push(finding("rival: the paper", near(paper), false));
        }
    }
    findings
}

fn short_paths(records: &Records) -> Vec<Finding> {
    let arms = [
        ("centred", "1.0", "centred batch norm", 0.99),
        ("bn-relu", "1.0", "pre-activation batch norm", 0.99),
        ("relu", "0.7071067811865476", "none, sigma^2 = 1", 0.5),
    ];
    let finding = |(block, scale, slice, bound): (&str, &str, &str, f64)| {
        let at = [("stage", "short-paths"), ("block", block), ("scale", scale)];
        let sample =
            per_replicate(&records.filter(&at), |record| record.number("depth.reverse.short"));
        Finding::new(slice, &Estimate::mean(&sample, LEVEL), Prediction::AtLeast(bound), true)
    };
    arms.into_iter().map(finding).collect()
}

/// Growth per layer of the squared gradient towards the input, over layers 5 to 35.
pub(super) fn gradient_growth(record: &Record) -> Option<f64> {
    let energy = record.vector("gradient.energy")?;
    let inner: Vec<(f64, f64)> =
        (5..=35).filter_map(|layer| Some((layer as f64, energy.get(layer)?.ln()))).collect();
    Some((-line(&inner)?.slope).exp())
}

fn explosion(records: &Records) -> Vec<Finding> {
    let plain = records.filter(&[("stage", "explosion"), ("block", "plain-bn-relu")]);
    let rates = limit(&plain, "samples", gradient_growth);
    let skips = records.filter(&[("stage", "deepening"), ("block", "bn-relu")]);
    let growths = points(&skips, |record| {
        let energy = record.vector("gradient.energy")?;
        Some((level(record, "blocks")?.ln(), (energy.first()? / energy.last()?).ln()))
    });
    let exponents: Vec<f64> =
        growths.values().filter_map(|points| Some(line(points)?.slope)).collect();
    let finding = |slice: &str, sample: &[f64], share: f64| {
        let prediction = Prediction::Equal { value: PLAIN_GROWTH, margin: share * PLAIN_GROWTH };
        Finding::new(slice, &Estimate::mean(sample, LEVEL), prediction, true)
    };
    vec![
        finding("plain, growth per layer", &rates, 0.02),
        finding("skips, exponent of L", &exponents, 0.1),
    ]
}
