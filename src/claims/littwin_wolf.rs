//! Littwin & Wolf 2016, "The Loss Surface of Residual Networks: Ensembles & the Role of Batch
//! Normalization".

use crate::claims::select::{
    LEVEL, RECURSION_LAYERS, by_replicate, ends, level, limit, line, paired, per_replicate,
};
use crate::depth::{CentredLengths, DepthLaw};
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::stats::{Estimate, kendall_trend};

const PAPER: &str = "Littwin-Wolf 2016";
const CODE: &str = "src/claims/littwin_wolf.rs";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P05",
        paper: PAPER,
        source: "Fig. 1(a-c), Eq. (16)",
        statement: "For p = 100 the weights eps_r peak at r = 10, 34, 67 for beta = 0.1, 0.5, 2.",
        statistic: "largest deviation of argmax and of the mean of r under eps_r^2 from the exact \
                    sums 9.7921736, 33.916190, 67.083810",
        prediction: "identity: argmax exact, mean within 1e-6",
        margin: "the reference sums are printed to 8 digits",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: figure_one,
    },
    Claim {
        id: "P22",
        paper: PAPER,
        source: "Sec. 4.1, recursion below Eq. (20)",
        statement: "With centred batch norm and lambda = 1 the energy of the stream grows by one \
                    per layer: E N_{l+1}^2 = 1 + E N_l^2.",
        statistic: "slope of the stream's mean square against l at p = 32, extrapolated to \
                    infinite width and batch by a line in 1/n (n = B); for comparison the slope \
                    for each finite n, and the same extrapolation at p = 8",
        prediction: "slope 1 within 0.02, at p = 32",
        margin: "2 %, meant for the curvature in 1/n that a line neglects. That is far too little \
                 at p = 32, where the excess at n = 256 is a quarter: a refutation there speaks of \
                 the line as much as of the limit. The comparison at p = 8 was added after the \
                 first numbers, and so does not decide",
        simulator: "initialisation",
        observables: &["stream.energy"],
        code: CODE,
        evaluate: stream_recursion,
    },
    Claim {
        id: "P25",
        paper: "derived, against Littwin-Wolf 2016",
        source: "Sec. 4.1 corrected: path length under centred batch norm",
        statement: "With centred batch norm and lambda = 1 the mean path length at initialisation \
                    is the harmonic number H_p: it grows like log p, not like p.",
        statistic: "energy-weighted mean path length r, extrapolated to infinite width and batch \
                    by a line in 1/n (n = B), for each p",
        prediction: "H_p within 5 %; refuted for an interval outside",
        margin: "5 % is a tenth of what one more block adds under a law linear in p at p = 32",
        simulator: "initialisation",
        observables: &["depth.forward"],
        code: CODE,
        evaluate: harmonic_depth,
    },
    Claim {
        id: "D-01",
        paper: "derived, against Littwin-Wolf 2016",
        source: "Sec. 4.1 corrected once more: lengths are correlated",
        statement: "With centred batch norm and lambda = 1 parts of different length are \
                    correlated: the infinite-width recursion of their second moments gives the \
                    mean path length, 4.908 at p = 32 where uncorrelated lengths give H_32 = \
                    4.058; it grows like pi / (pi - 1) log p.",
        statistic: "as P25",
        prediction: "the recursion's mean within 2 %",
        margin: "2 %: a tenth of the distance to H_p, which the claim must tell apart. The law was \
                 derived after the first numbers had refuted P25, and shares their seed",
        simulator: "initialisation",
        observables: &["depth.forward"],
        code: CODE,
        evaluate: corrected_depth,
    },
    Claim {
        id: "P35",
        paper: PAPER,
        source: "Fig. 1(d)",
        statement: "In training the scales lambda_l of a residual net with batch norm grow above 1.",
        statistic: "mean of lambda_l over layers at the end; mean over replicates of Kendall's tau \
                    of that mean against the checkpoint",
        prediction: "at the end at least 1, and tau at least 0; decisive on Gaussian clusters (the \
                     paper's task), the rest for comparison",
        margin: "none: a one-sided bound",
        simulator: "training",
        observables: &["lambda.mean"],
        code: CODE,
        evaluate: scales_grow,
    },
    Claim {
        id: "P36",
        paper: PAPER,
        source: "Fig. 1(e)",
        statement: "Without batch norm the norm of a residual net's weights increases in training, \
                    monotonically.",
        statistic: "mean over replicates of Kendall's tau of |w| against the checkpoint",
        prediction: "at least 0.95 for the residual net without batch norm; the others are controls",
        margin: "0.95 was stated for the 45 pairs of ten checkpoints, of which it allows one to be \
                 discordant; among the 28 of eight it allows none: |w| may not fall once",
        simulator: "training",
        observables: &["weights.norm"],
        code: CODE,
        evaluate: weights_grow,
    },
    Claim {
        id: "P37",
        paper: PAPER,
        source: "Sec. 4, the central claim",
        statement: "Training moves a residual net from a shallow to a deeper ensemble: its \
                    effective depth rises, with batch norm and without.",
        statistic: "paired difference, end minus start, of the mean path length: of the signal \
                    (depth.forward) and of the gradient (depth.reverse); for comparison D1 \
                    (depth.gains) and D5 (depth.signal); with batch norm also the signal's mean at \
                    the end against H_p, p = blocks + 1",
        prediction: "differences at least 0 for every residual arm, data set and decisive \
                     estimator; with batch norm the end at least H_p (three standard errors)",
        margin: "none: one-sided bounds; H_p is the smaller of the two laws of depth at \
                 initialisation under centred batch norm (P25, D-01)",
        simulator: "training",
        observables: &["depth.forward", "depth.reverse", "depth.gains", "depth.signal"],
        code: CODE,
        evaluate: depth_rises,
    },
    Claim {
        id: "P41",
        paper: "derived, against Littwin-Wolf 2016",
        source: "Fig. 2 of the revision, confound",
        statement: "In front of a batch norm w . grad_w L = 0, so |w|^2 grows by rate^2 |g|^2 each \
                    step, whatever the depth of the ensemble.",
        statistic: "largest |g . w| / (|g| |w|), and largest relative deviation of the growth of \
                    |w|^2 from rate^2 sum |g|^2",
        prediction: "identities: 1e-10 and 1e-6",
        margin: "rounding: 1e-16 times |w|^2 over the growth of a step, about 1e-10, times steps",
        simulator: "scale-invariance",
        observables: &["euler.gradient", "euler.growth"],
        code: CODE,
        evaluate: growth_by_steps,
    },
];

fn figure_one(_: &Records) -> Vec<Finding> {
    let exact = [(0.1, 10, 9.7921736), (0.5, 34, 33.916190), (2.0, 67, 67.083810)];
    let judge = |(beta, argmax, mean): (f64, usize, f64)| {
        // a deviation of the argmax counts whole, far above the tolerance
        let deviation = DepthLaw::new(100, beta).map_or(f64::NAN, |law| {
            let shift = if law.argmax == [argmax] { 0.0 } else { 1.0 };
            (law.mean - mean).abs() + shift
        });
        let slice = format!("p = 100, beta = {beta}");
        Finding::new(
            slice,
            &Estimate::exact(deviation, 1),
            Prediction::Identity { tolerance: 1e-6 },
            true,
        )
    };
    exact.into_iter().map(judge).collect()
}

fn stream_recursion(records: &Records) -> Vec<Finding> {
    let slope = |record: &Record| {
        let energy = record.vector("stream.energy")?.iter().enumerate();
        let points: Vec<(f64, f64)> = energy.map(|(l, v)| (l as f64, *v)).collect();
        Some(line(&points)?.slope)
    };
    let finding = |slice: String, slopes: &[f64], decisive: bool| {
        let prediction = Prediction::Equal { value: 1.0, margin: 0.02 };
        Finding::new(slice, &Estimate::mean(slopes, LEVEL), prediction, decisive)
    };
    let deep = records.filter(&[("stage", "centred"), ("blocks", "31")]);
    let deep_limit = limit(&deep, "width", slope);
    let mut findings = vec![finding("p = 32, n = B to infinity".to_owned(), &deep_limit, true)];
    for width in deep.levels("width") {
        let slopes = per_replicate(&deep.filter(&[("width", &width)]), slope);
        findings.push(finding(format!("p = 32, n = B = {width}"), &slopes, false));
    }
    let shallow_limit = limit(&records.filter(&[("stage", "stream")]), "width", slope);
    findings.push(finding("p = 8, n = B to infinity".to_owned(), &shallow_limit, false));
    findings
}

fn harmonic_depth(records: &Records) -> Vec<Finding> {
    extrapolated_depth(records, |p| {
        let value = harmonic(p);
        Prediction::Equal { value, margin: 0.05 * value }
    })
}

fn corrected_depth(records: &Records) -> Vec<Finding> {
    extrapolated_depth(records, |p| {
        let p = p as usize;
        let value = if p <= RECURSION_LAYERS { CentredLengths::new(p).mean() } else { f64::NAN };
        Prediction::Equal { value, margin: 0.02 * value }
    })
}

/// The mean path length at infinite width and batch for each p, held against a law of p.
fn extrapolated_depth(records: &Records, law: impl Fn(u32) -> Prediction) -> Vec<Finding> {
    let centred = records.filter(&[("stage", "centred")]);
    let mut findings = Vec::new();
    for blocks in centred.levels("blocks") {
        let cell = centred.filter(&[("blocks", &blocks)]);
        let depths = limit(&cell, "width", |record| record.number("depth.forward"));
        let Some(p) = blocks.parse().ok().and_then(layers) else { continue };
        let slice = format!("p = {p}, n = B to infinity");
        findings.push(Finding::new(slice, &Estimate::mean(&depths, LEVEL), law(p), true));
    }
    findings
}

/// p = blocks + 1. No simulator makes more than 4096 blocks: a record that says so was made by hand,
/// and must not cost the time and memory of its p.
fn layers(blocks: f64) -> Option<u32> {
    (1.0..=4096.0).contains(&blocks).then(|| blocks as u32 + 1)
}

/// H_p = 1 + 1/2 + ... + 1/p.
fn harmonic(p: u32) -> f64 {
    (1..=p).map(|l| 1.0 / f64::from(l)).sum()
}

/// Calls `judge` with each data set and arm that has records, and their records.
fn for_each_arm(
    records: &Records,
    mut judge: impl FnMut(&str, &str, &Records) -> Vec<Finding>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for data in records.levels("data") {
        for arm in records.levels("arm") {
            let cell = records.filter(&[("data", &data), ("arm", &arm)]);
            if !cell.is_empty() {
                findings.extend(judge(&data, &arm, &cell));
            }
        }
    }
    findings
}

fn scales_grow(records: &Records) -> Vec<Finding> {
    for_each_arm(records, |data, arm, cell| {
        let last = per_replicate(cell, |record| Some(ends(record, "lambda.mean")?.1));
        let trend =
            per_replicate(cell, |record| Some(kendall_trend(record.vector("lambda.mean")?)));
        // a net without batch norm has no scales; one whose tasks all failed decides nothing
        if last.is_empty() && !arm.ends_with("-bn") {
            return Vec::new();
        }
        let decisive = data == "gaussians" && arm == "residual-bn";
        let finding = |what: &str, sample: &[f64], bound: f64| {
            let estimate = Estimate::mean(sample, LEVEL);
            let slice = format!("{data}, {arm}, {what}");
            Finding::new(slice, &estimate, Prediction::AtLeast(bound), decisive)
        };
        vec![finding("lambda at end", &last, 1.0), finding("tau", &trend, 0.0)]
    })
}

fn weights_grow(records: &Records) -> Vec<Finding> {
    for_each_arm(records, |data, arm, cell| {
        let trend =
            per_replicate(cell, |record| Some(kendall_trend(record.vector("weights.norm")?)));
        let (slice, estimate) = (format!("{data}, {arm}"), Estimate::mean(&trend, LEVEL));
        vec![Finding::new(slice, &estimate, Prediction::AtLeast(0.95), arm == "residual")]
    })
}

/// Three standard errors, as a level.
const THREE_SIGMA: f64 = 0.9973;

fn depth_rises(records: &Records) -> Vec<Finding> {
    let estimators = [
        ("signal", "depth.forward", true),
        ("gradient", "depth.reverse", true),
        ("D1", "depth.gains", false),
        ("D5", "depth.signal", false),
    ];
    for_each_arm(records, |data, arm, cell| {
        let mut findings = Vec::new();
        for (word, observable, decisive) in estimators {
            let start = by_replicate(cell, |record| Some(ends(record, observable)?.0));
            let end = by_replicate(cell, |record| Some(ends(record, observable)?.1));
            let (start, end) = paired(&start, &end);
            // a plain net has no depth to measure; a residual one whose tasks all failed decides
            // nothing, and says so
            if start.is_empty() && !arm.starts_with("residual") {
                continue;
            }
            findings.push(Finding::new(
                format!("{data}, {arm}, {word}"),
                &Estimate::paired_change(&start, &end, LEVEL),
                Prediction::AtLeast(0.0),
                decisive,
            ));
        }
        let blocks = cell.iter().find_map(|record| level(&record, "blocks"));
        if let Some(p) = blocks.and_then(layers).filter(|_| arm == "residual-bn") {
            let end = per_replicate(cell, |record| Some(ends(record, "depth.forward")?.1));
            findings.push(Finding::new(
                format!("{data}, {arm}, signal at end"),
                &Estimate::mean(&end, THREE_SIGMA),
                Prediction::AtLeast(harmonic(p)),
                true,
            ));
        }
        findings
    })
}

fn growth_by_steps(records: &Records) -> Vec<Finding> {
    [("g . w", "euler.gradient", 1e-10), ("growth of |w|^2", "euler.growth", 1e-6)]
        .map(|(slice, observable, tolerance)| largest(records, slice, observable, tolerance))
        .into()
}

/// An identity: the deviation that is largest in size, over all records that hold it.
pub(super) fn largest(records: &Records, slice: &str, observable: &str, tolerance: f64) -> Finding {
    let all: Vec<f64> = records.iter().filter_map(|record| record.number(observable)).collect();
    let worst = all.iter().map(|deviation| deviation.abs()).fold(f64::NAN, f64::max);
    let estimate = Estimate::exact(worst, all.len());
    Finding::new(slice, &estimate, Prediction::Identity { tolerance }, true)
}
