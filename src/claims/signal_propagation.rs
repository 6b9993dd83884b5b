//! Signals and gradients before training: Yang 2019, Hanin 2018, De & Smith 2020, Veit 2016, Balduzzi
//! 2017.

use std::f64::consts::PI;

use crate::claims::batch_norm_start::gradient_growth;
use crate::claims::select::{LEVEL, level, line, per_replicate, points, ratio};
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::stats::Estimate;

const CODE: &str = "src/claims/signal_propagation.rs";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "O-01",
        paper: "Yang 2019",
        source: "Theorem 8, ReLU",
        statement: "In a plain net with ReLU and batch norm the squared gradient grows per layer by a \
                    rate that the batch size fixes.",
        statistic: "growth per layer over layers 5 to 35, over the closed form, each batch size",
        prediction: "ratio 1 within 3 %",
        margin: "3 %, as first stated; widths of 256 stand for infinite ones",
        simulator: "initialisation",
        observables: &["gradient.energy"],
        code: CODE,
        evaluate: relu_rates,
    },
    Claim {
        id: "O-02",
        paper: "Yang 2019",
        source: "Theorem 8, linear activation",
        statement: "With a linear activation the rate is (B - 2) / (B - 3).",
        statistic: "growth per layer over layers 5 to 35 at B = 16, over 14 / 13",
        prediction: "ratio 1 within 2 %",
        margin: "2 %: a quarter of the growth itself",
        simulator: "initialisation",
        observables: &["gradient.energy"],
        code: CODE,
        evaluate: linear_rate,
    },
    Claim {
        id: "O-03",
        paper: "Yang 2019",
        source: "Theorem 5",
        statement: "Deep in a plain net with ReLU and batch norm any two samples have the same \
                    correlation J(-1/(B - 1)), and mean square 1/2.",
        statistic: "mean cosine over pairs and mean square after 30 layers, over J and 1/2, each \
                    batch size",
        prediction: "ratio 1 within 2 %",
        margin: "2 %, as first stated",
        simulator: "initialisation",
        observables: &["stream.cosine", "stream.energy"],
        code: CODE,
        evaluate: fixed_point,
    },
    Claim {
        id: "O-04",
        paper: "Hanin 2018",
        source: "fluctuations at finite width, derived constant",
        statement: "In a plain ReLU net E R^2 / (E R)^2 is the product of 1 + 5/n over layers, \
                    R = |h_L|^2 / |h_0|^2.",
        statistic: "ratio of measured to predicted at L / n = 1/4, each width",
        prediction: "ratio 1 within 5 %",
        margin: "5 %: 1 + 4/n or 1 + 6/n would be off by 20 % and more",
        simulator: "relu-products",
        observables: &["growth.second"],
        code: CODE,
        evaluate: second_moments,
    },
    Claim {
        id: "O-05",
        paper: "Hanin 2018",
        source: "fluctuations depend on sum 1/n",
        statement: "The variance of ln R depends on beta = L / n alone.",
        statistic: "variance at width 32 over that at width 128, each beta",
        prediction: "ratio 1 within 10 %",
        margin: "10 %, as first stated",
        simulator: "relu-products",
        observables: &["growth.log.variance"],
        code: CODE,
        evaluate: collapse,
    },
    Claim {
        id: "O-06",
        paper: "De-Smith 2020",
        source: "Sec. 3, constant corrected",
        statement: "With pre-activation batch norm each block adds 1 - 1/pi to the stream's variance \
                    over the batch.",
        statistic: "slope of that variance against l, L = 64",
        prediction: "0.682 within 0.03",
        margin: "0.03, as first stated; the uncorrected constant is 1",
        simulator: "initialisation",
        observables: &["stream.variance"],
        code: CODE,
        evaluate: added_variance,
    },
    Claim {
        id: "O-07",
        paper: "De-Smith 2020",
        source: "Sec. 3",
        statement: "Without batch norm each block doubles the second moment of the stream.",
        statistic: "exponential of the slope of ln E h^2 against l, L = 32",
        prediction: "2 within 0.05",
        margin: "0.05, as first stated",
        simulator: "initialisation",
        observables: &["stream.energy"],
        code: CODE,
        evaluate: doubling,
    },
    Claim {
        id: "O-09",
        paper: "Veit 2016",
        source: "Fig. 6(b)",
        statement: "The gradient along a single path shrinks exponentially with the branches on it, as \
                    a property of residual networks.",
        statistic: "factor per branch: exponential of the slope of ln mean norm against k",
        prediction: "at most 0.95, with batch norm and without",
        margin: "a decay of 5 % per branch would still be called exponential",
        simulator: "initialisation",
        observables: &["path.norm"],
        code: CODE,
        evaluate: path_decay,
    },
    Claim {
        id: "O-10",
        paper: "derived, against Veit 2016",
        source: "Sec. 5: independent gains",
        statement: "Mean squared gradients over paths through k branches are elementary symmetric \
                    functions of the branches' gains.",
        statistic: "largest |z| over k of mean square against e_k(a) / C(L, k), 1000 draws per k",
        prediction: "at most 4",
        margin: "4 standard errors, as first stated",
        simulator: "initialisation",
        observables: &["path.sum.deviation"],
        code: CODE,
        evaluate: symmetric_functions,
    },
    Claim {
        id: "O-11",
        paper: "Veit 2016",
        source: "Sec. 5",
        statement: "Of the 2^54 paths of a net with 54 modules 0.45 % go through 5 to 17 of them.",
        statistic: "sum of binomial coefficients over 2^54, in whole numbers",
        prediction: "0.0045 within half a unit of the last digit",
        margin: "the printed digits",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: effective_paths,
    },
    Claim {
        id: "O-12",
        paper: "Balduzzi 2017",
        source: "Theorems 1 to 3",
        statement: "Gradients of two inputs decorrelate like 2^-L in plain nets and like one over the \
                    root of the depth with skips and batch norm.",
        statistic: "correlation in the plain net at L = 8; exponent of the correlation against L = 2 \
                    to 16 with skips and batch norm; beside them (3/4)^L with skips alone, at L = 8",
        prediction: "at most 5 / 2^8; exponent -1/2 within 0.1",
        margin: "the factor 5, as first stated; 0.1 of an exponent from three doublings",
        simulator: "initialisation",
        observables: &["gradient.correlation"],
        code: CODE,
        evaluate: shattering,
    },
];

/// J(c) = (sqrt(1 - c^2) + (pi - arccos c) c) / pi (Cho & Saul 2009).
fn arc_cosine(c: f64) -> f64 {
    ((1.0 - c * c).sqrt() + (PI - c.acos()) * c) / PI
}

/// Yang et al. 2019, Theorem 8, for ReLU.
fn rate(batch: f64) -> f64 {
    let c = -1.0 / (batch - 1.0);
    let slope = (PI - c.acos()) / PI;
    (slope + batch - 1.0) / ((batch - 3.0) * (1.0 - arc_cosine(c))) - 1.0 / (batch - 3.0)
}

/// Calls `judge` with each batch size of the plain nets, and their records.
fn each_batch(records: &Records, judge: impl Fn(f64, &Records) -> Vec<Finding>) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "explosion"), ("block", "plain-bn-relu")]);
    let sizes = stage.levels("samples");
    let sizes = sizes.iter().filter_map(|word| Some((word, word.parse::<f64>().ok()?)));
    sizes.flat_map(|(word, size)| judge(size, &stage.filter(&[("samples", word)]))).collect()
}

fn relu_rates(records: &Records) -> Vec<Finding> {
    each_batch(records, |size, cell| {
        let rates = per_replicate(cell, gradient_growth);
        vec![ratio(format!("B = {size}"), &rates, rate(size), 0.03)]
    })
}

fn linear_rate(records: &Records) -> Vec<Finding> {
    let at = [("stage", "explosion"), ("block", "plain-bn"), ("samples", "16")];
    let rates = per_replicate(&records.filter(&at), gradient_growth);
    vec![ratio("B = 16".to_owned(), &rates, 14.0 / 13.0, 0.02)]
}

fn fixed_point(records: &Records) -> Vec<Finding> {
    each_batch(records, |size, cell| {
        let at = |name: &'static str| {
            per_replicate(cell, move |record| record.vector(name)?.get(30).copied())
        };
        let cosine = arc_cosine(-1.0 / (size - 1.0));
        vec![
            ratio(format!("B = {size}, correlation"), &at("stream.cosine"), cosine, 0.02),
            ratio(format!("B = {size}, mean square"), &at("stream.energy"), 0.5, 0.02),
        ]
    })
}

fn second_moments(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "fluctuations"), ("beta", "0.25")]);
    let mut findings = Vec::new();
    for width in stage.levels("width") {
        let Ok(n) = width.parse::<f64>() else { continue };
        let cell = stage.filter(&[("width", &width)]);
        let sample = per_replicate(&cell, |record| record.number("growth.second"));
        let predicted = (1.0 + 5.0 / n).powf((0.25 * n).round());
        findings.push(ratio(format!("n = {width}"), &sample, predicted, 0.05));
    }
    findings
}

fn collapse(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "fluctuations")]);
    let mut findings = Vec::new();
    for beta in stage.levels("beta") {
        let at = |width: &str| {
            let cell = stage.filter(&[("beta", &beta), ("width", width)]);
            per_replicate(&cell, |record| record.number("growth.log.variance"))
        };
        // widths draw their own nets: replicates are not paired
        let ratio = Estimate::ratio(&at("32"), &at("128"), LEVEL);
        let prediction = Prediction::Equal { value: 1.0, margin: 0.1 };
        findings.push(Finding::new(
            format!("beta = {beta}, n = 32 / n = 128"),
            &ratio,
            prediction,
            true,
        ));
    }
    findings
}

/// Slope of a series over its index, replicate by replicate.
fn slopes(records: &Records, name: &str, map: fn(f64) -> f64) -> Vec<f64> {
    per_replicate(records, |record: &Record| {
        let series = record.vector(name)?.iter().enumerate();
        let points: Vec<(f64, f64)> = series.map(|(l, v)| (l as f64, map(*v))).collect();
        Some(line(&points)?.slope)
    })
}

fn added_variance(records: &Records) -> Vec<Finding> {
    let at = [("stage", "deepening"), ("block", "bn-relu"), ("blocks", "64")];
    let sample = slopes(&records.filter(&at), "stream.variance", |v| v);
    let prediction = Prediction::Equal { value: 0.682, margin: 0.03 };
    vec![Finding::new("L = 64", &Estimate::mean(&sample, LEVEL), prediction, true)]
}

fn doubling(records: &Records) -> Vec<Finding> {
    let at = [("stage", "deepening"), ("block", "relu"), ("blocks", "32")];
    let sample: Vec<f64> = slopes(&records.filter(&at), "stream.energy", f64::ln)
        .iter()
        .map(|slope| slope.exp())
        .collect();
    let prediction = Prediction::Equal { value: 2.0, margin: 0.05 };
    vec![Finding::new("L = 32", &Estimate::mean(&sample, LEVEL), prediction, true)]
}

fn path_decay(records: &Records) -> Vec<Finding> {
    let arm = |(block, slice): (&str, &str)| {
        let cell = records.filter(&[("stage", "paths"), ("block", block)]);
        let factors: Vec<f64> =
            slopes(&cell, "path.norm", f64::ln).iter().map(|slope| slope.exp()).collect();
        Finding::new(slice, &Estimate::mean(&factors, LEVEL), Prediction::AtMost(0.95), true)
    };
    [("bn-relu", "with batch norm"), ("relu", "without batch norm")].map(arm).into()
}

fn symmetric_functions(records: &Records) -> Vec<Finding> {
    let arm = |(block, slice): (&str, &str)| {
        let cell = records.filter(&[("stage", "paths"), ("block", block)]);
        let worst = per_replicate(&cell, |record| record.number("path.sum.deviation"));
        Finding::new(slice, &Estimate::mean(&worst, LEVEL), Prediction::AtMost(4.0), true)
    };
    [("bn-relu", "with batch norm"), ("relu", "without batch norm")].map(arm).into()
}

fn effective_paths(_: &Records) -> Vec<Finding> {
    let (mut paths, mut short) = (1_u64, 0_u64);
    for k in 0..=17_u64 {
        if k >= 5 {
            short += paths;
        }
        // C(54, k + 1), whole at each step
        paths = paths * (54 - k) / (k + 1);
    }
    let share = short as f64 / 2_f64.powi(54);
    let prediction = Prediction::Equal { value: 0.0045, margin: 0.00005 };
    vec![Finding::new("5 to 17 of 54", &Estimate::exact(share, 1), prediction, true)]
}

fn shattering(records: &Records) -> Vec<Finding> {
    let arm = |block: &str| records.filter(&[("stage", "correlation"), ("block", block)]);
    let at_eight = |block: &str| {
        let cell = arm(block).filter(&[("blocks", "8")]);
        let sample = per_replicate(&cell, |record| record.number("gradient.correlation"));
        Estimate::mean(&sample, LEVEL)
    };
    let curve = points(&arm("bn-relu"), |record| {
        Some((level(record, "blocks")?.ln(), record.number("gradient.correlation")?.ln()))
    });
    let exponents: Vec<f64> =
        curve.values().filter_map(|points| Some(line(points)?.slope)).collect();
    let skips = 0.75_f64.powi(8);
    vec![
        Finding::new(
            "plain, L = 8",
            &at_eight("plain-relu"),
            Prediction::AtMost(5.0 / 256.0),
            true,
        ),
        Finding::new(
            "skips and batch norm, exponent",
            &Estimate::mean(&exponents, LEVEL),
            Prediction::Equal { value: -0.5, margin: 0.1 },
            true,
        ),
        Finding::new(
            "skips, L = 8",
            &at_eight("relu"),
            Prediction::Equal { value: skips, margin: 0.2 * skips },
            false,
        ),
    ]
}
