//! Littwin & Wolf 2016, Secs. 2 to 4, path by path: counts, sums, gates, shared weights, scales; and
//! two identities about gradients, of Santurkar 2018 and He 2016.

use crate::claims::select::{
    LEVEL, RECURSION_LAYERS, level, limit, line, per_replicate, points, ratio,
};
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::stats::Estimate;

const PAPER: &str = "Littwin-Wolf 2016";
const DERIVED: &str = "derived, against Littwin-Wolf 2016";
const CODE: &str = "src/claims/paths.rs";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P06",
        paper: PAPER,
        source: "Eq. (8)",
        statement: "From each input C(p - 1, r - 1) n^r paths of length r lead to the output.",
        statistic: "largest difference between the paths that an enumeration meets and the formula, \
                    over inputs and r, for each p up to 6 and n up to 4",
        prediction: "identity: none",
        margin: "whole numbers",
        simulator: "path-enumeration",
        observables: &["path.count.deviation"],
        code: CODE,
        evaluate: path_counts,
    },
    Claim {
        id: "P07",
        paper: PAPER,
        source: "Eq. (8)",
        statement: "The output of a bias-free residual net is the sum over paths of input, gates and \
                    weights.",
        statistic: "difference between the two over Gaussian nets, relative in the Euclidean norm; and, \
                    with whole numbers as weights, entries of the last stream by length in which \
                    enumeration and length-tagged pass differ in any bit",
        prediction: "identities: within 1e-12; not one",
        margin: "rounding of some thousand terms; sums of small whole numbers are exact",
        simulator: "path-enumeration",
        observables: &["path.sum.error", "path.sum.bits"],
        code: CODE,
        evaluate: path_sums,
    },
    Claim {
        id: "P08",
        paper: PAPER,
        source: "Lemma 2, Eq. (12)",
        statement: "The second moment of a coupling made of K paths lies between K^2 / d and K^2, with d \
                    independent inputs.",
        statistic: "largest violation of either bound over all tuples of indices, weights tied so that \
                    A2 and A3 hold; beside it the lower bound for inputs with correlation \
                    -0.9 / (d - 1)",
        prediction: "identity: none beyond 1e-12",
        margin: "rounding; moments are sums of squares of path counts, without a draw of inputs",
        simulator: "path-multiplicities",
        observables: &["coupling.low", "coupling.high", "coupling.low.negative"],
        code: CODE,
        evaluate: coupling_bounds,
    },
    Claim {
        id: "P09",
        paper: PAPER,
        source: "Lemma 2 as an equality, Eqs. (13) to (15)",
        statement: "Couplings that reach the lower bound of Lemma 2 are independent between tuples.",
        statistic: "mean correlation between the couplings of different tuples of length r = 2, 3, 4, \
                    where every input occurs equally often in every tuple",
        prediction: "0 within 0.1",
        margin: "a tenth of full correlation would still be called independent",
        simulator: "path-multiplicities",
        observables: &["coupling.correlation"],
        code: CODE,
        evaluate: coupling_correlations,
    },
    Claim {
        id: "P17",
        paper: PAPER,
        source: "Sec. 3, before Eq. (10)",
        statement: "Gates are independent coins: a path of length r is open with probability 2^-r at \
                    initialisation, and whether a unit is open does not depend on the input.",
        statistic: "P(open) 2^r over all paths of length r = 2, 4, 6; correlation of a unit's gates for \
                    two independent inputs, in the last of ten layers; beside it the arc-cosine law of \
                    joint activity, 1 - theta / pi",
        prediction: "1 within 3 %; correlation 0 within 0.05",
        margin: "3 %: gates that were a twentieth of a unit correlated along a path would show at r = 6; \
                 0.05 is a twentieth of full agreement",
        simulator: "gate-statistics",
        observables: &["path.open.scaled", "gate.correlation", "gate.joint", "gate.arc"],
        code: CODE,
        evaluate: gates_as_coins,
    },
    Claim {
        id: "P18",
        paper: DERIVED,
        source: "Sec. 3 corrected: gates depend on weights",
        statement: "Over symmetric inputs gates leave the mean of a path's product of weights at 0 and \
                    halve its second moment at every layer, but paths of different length are \
                    correlated.",
        statistic: "mean of A prod w over its root mean square, and mean of A (prod w)^2 over \
                    2^-r C^2r, r = 1, 2, 3; correlation without means of Y_r and Y_{r+1}",
        prediction: "0 within 0.05; 1 within 5 %; at least 0.05",
        margin: "a twentieth each; independent couplings have correlation 0",
        simulator: "path-enumeration",
        observables: &["path.first", "path.second", "output.neighbour", "output.mean"],
        code: CODE,
        evaluate: gates_and_weights,
    },
    Claim {
        id: "P19",
        paper: PAPER,
        source: "A3, Lemma 1",
        statement: "Every tuple of distinct weights occurs on equally many paths.",
        statistic: "total-variation distance between the paths of length r = 2, 3, 4 of a real net, \
                    Lambda = N, by tuple of weights, and the uniform law; beside it nets tied to fit",
        prediction: "0 within 0.1",
        margin: "a tenth of the paths on other tuples would still be called uniform",
        simulator: "path-multiplicities",
        observables: &["multiplicity.distance"],
        code: CODE,
        evaluate: multiplicities,
    },
    Claim {
        id: "P20",
        paper: PAPER,
        source: "Eqs. (13) to (16)",
        statement: "In nets whose weights are tied so that A2 to A4 hold, the energy of length r goes like \
                    the square of the number of layer subsets.",
        statistic: "exponent g in ln E Y_r^2 = a + b r + g ln C(p - 1, r - 1), each net fitted over \
                    r = 1..12, mean over nets; gates averaged as in Eq. (10); beside it nets with their \
                    gates, and untied nets against exponent 1",
        prediction: "2 within 0.1, for every Lambda",
        margin: "a tenth of the distance to 1, the exponent of independent subsets",
        simulator: "tied-lengths",
        observables: &["length.exponent"],
        code: CODE,
        evaluate: tied_exponents,
    },
    Claim {
        id: "P27",
        paper: DERIVED,
        source: "Sec. 4.2 with sigma frozen",
        statement: "With every sigma_l held at its initial value the scales do deepen the ensemble: \
                    multiplied by t they multiply each layer's odds by t^2, and the mean length is \
                    1 + sum_l t^2 / (t^2 + l - 1).",
        statistic: "mean path length at p = 32, extrapolated to infinite width and batch by a line in \
                    1/n (n = B), over the formula, t = 1/2, 1, 2, 4",
        prediction: "ratio 1 within 5 %",
        margin: "5 %, as for the same law at t = 1 (P25)",
        simulator: "frozen-scales",
        observables: &["length.mean"],
        code: CODE,
        evaluate: frozen_scales,
    },
    Claim {
        id: "O-13",
        paper: "Santurkar 2018",
        source: "Theorem 4.1, as an equality",
        statement: "A batch norm takes two directions out of the gradient and scales the rest: |dL/dx|^2 = \
                    (gain / sigma)^2 (|g|^2 - (1'g)^2 / m - (g'y)^2 / m).",
        statistic: "largest relative difference over units, each number of samples",
        prediction: "identity: within 1e-10",
        margin: "rounding, without stabiliser",
        simulator: "norm-backward",
        observables: &["norm.identity"],
        code: CODE,
        evaluate: norm_backward,
    },
    Claim {
        id: "O-15",
        paper: "He 2016",
        source: "Eq. (8)",
        statement: "Shortcuts multiplied by lambda contribute a factor lambda^L to the gradient, beside \
                    what the branches add.",
        statistic: "slope of ln |g_0| / |g_L|, less the branches' sum_l ln(1 + a_l) / 2, against \
                    L ln lambda over L = 6, 18, 54; beside it whether lambda = 0.5 kills the whole \
                    gradient at L = 54, and 1.1 makes it explode",
        prediction: "slope 1 within 5 %; below 1e-3; above 10",
        margin: "5 %: branches that did not add orthogonally to the shortcut by a twentieth of its \
                 logarithm would show",
        simulator: "scaled-shortcuts",
        observables: &["gradient.log.rest", "gradient.log"],
        code: CODE,
        evaluate: scaled_shortcuts,
    },
];

/// One entry of a series, per replicate, in the cells with these parameters.
pub(super) fn entry(
    records: &Records,
    at: &[(&str, &str)],
    observable: &str,
    index: usize,
) -> Vec<f64> {
    per_replicate(&records.filter(at), |record| record.vector(observable)?.get(index).copied())
}

/// A mean held to be a value within a margin.
pub(super) fn equal(slice: String, sample: &[f64], value: f64, margin: f64) -> Finding {
    let estimate = Estimate::mean(sample, LEVEL);
    Finding::new(slice, &estimate, Prediction::Equal { value, margin }, true)
}

/// Shown for comparison, not for the verdict.
pub(super) fn beside(finding: Finding) -> Finding {
    Finding { decisive: false, ..finding }
}

/// The largest of a deviation over the records of a cell: an identity.
fn identity(
    records: &Records,
    slice: String,
    tolerance: f64,
    deviation: impl Fn(&Record) -> Option<f64>,
) -> Finding {
    let all: Vec<f64> = records.iter().filter_map(|record| deviation(&record)).collect();
    let worst = all.iter().map(|deviation| deviation.abs()).fold(f64::NAN, f64::max);
    let estimate = Estimate::exact(worst, all.len());
    Finding::new(slice, &estimate, Prediction::Identity { tolerance }, true)
}

/// Judges every combination of the values of two parameters in a stage.
fn each_pair(
    records: &Records,
    stage: &str,
    [first, second]: [&str; 2],
    mut judge: impl FnMut(&str, &str, &Records) -> Vec<Finding>,
) -> Vec<Finding> {
    let stage = records.filter(&[("stage", stage)]);
    let mut findings = Vec::new();
    for a in stage.levels(first) {
        let part = stage.filter(&[(first, &a)]);
        for b in part.levels(second) {
            findings.extend(judge(&a, &b, &part.filter(&[(second, &b)])));
        }
    }
    findings
}

fn path_counts(records: &Records) -> Vec<Finding> {
    each_pair(records, "counts", ["layers", "width"], |p, n, cell| {
        let deviation = |record: &Record| record.number("path.count.deviation");
        vec![identity(cell, format!("p = {p}, n = {n}"), 0.0, deviation)]
    })
}

fn path_sums(records: &Records) -> Vec<Finding> {
    let mut findings = each_pair(records, "sums", ["layers", "width"], |p, n, cell| {
        let slice = format!("p = {p}, n = {n}, path sum");
        vec![identity(cell, slice, 1e-12, |record| record.number("path.sum.error"))]
    });
    findings.extend(each_pair(records, "counts", ["layers", "width"], |p, n, cell| {
        let slice = format!("p = {p}, n = {n}, bits of the length-tagged pass");
        vec![identity(cell, slice, 0.0, |record| record.number("path.sum.bits"))]
    }));
    findings
}

fn coupling_bounds(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "multiplicities")]);
    let mut findings = Vec::new();
    for tying in stage.levels("tying") {
        let cell = stage.filter(&[("tying", &tying)]);
        let worst = |observable: &'static str, sign: f64| {
            move |record: &Record| {
                let violations = record.vector(observable)?.iter().map(|x| sign * (x - 1.0));
                Some(violations.fold(0.0, f64::max))
            }
        };
        let slice = |what: &str| format!("{tying} weights tied, {what}");
        let tolerance = 1e-12;
        findings.extend([
            identity(&cell, slice("lower bound"), tolerance, worst("coupling.low", -1.0)),
            identity(&cell, slice("upper bound"), tolerance, worst("coupling.high", 1.0)),
            beside(identity(
                &cell,
                slice("rival: lower bound, inputs negatively correlated"),
                tolerance,
                worst("coupling.low.negative", -1.0),
            )),
        ]);
    }
    findings
}

fn coupling_correlations(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (tying, what) in [("outgoing", "at equality"), ("incoming", "random, not at equality")] {
        for r in [2, 3, 4] {
            let at = [("stage", "multiplicities"), ("tying", tying)];
            let sample = entry(records, &at, "coupling.correlation", r - 1);
            let finding = equal(format!("{what}, r = {r}"), &sample, 0.0, 0.1);
            findings.push(if tying == "outgoing" { finding } else { beside(finding) });
        }
    }
    findings
}

fn gates_as_coins(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (stage, width) in [("small-gates", 4), ("gates", 64)] {
        for r in [2, 4, 6] {
            let sample = entry(records, &[("stage", stage)], "path.open.scaled", r - 1);
            findings.push(ratio(format!("n = {width}, path open, r = {r}"), &sample, 1.0, 0.03));
        }
    }
    findings.push(gate_agreement(records));
    let gates = records.filter(&[("stage", "gates")]);
    for layer in [2, 5, 10] {
        let sample = per_replicate(&gates, |record| {
            let joint = record.vector("gate.joint")?.get(layer - 1)?;
            Some(joint / record.vector("gate.arc")?.get(layer - 1)?)
        });
        let slice = format!("n = 64, joint activity / arc-cosine law, layer {layer}");
        findings.push(beside(ratio(slice, &sample, 1.0, 0.03)));
    }
    findings
}

/// Whether a unit's gates for two inputs are independent, in the last layer.
pub(super) fn gate_agreement(records: &Records) -> Finding {
    let gates = records.filter(&[("stage", "gates")]);
    let last = per_replicate(&gates, |record| record.vector("gate.correlation")?.last().copied());
    equal("n = 64, gates of two inputs, last layer".to_owned(), &last, 0.0, 0.05)
}

fn gates_and_weights(records: &Records) -> Vec<Finding> {
    each_pair(records, "sums", ["layers", "width"], |_, n, cell| {
        let mut findings = Vec::new();
        for r in [1, 2, 3] {
            let slice = |what: &str| format!("n = {n}, r = {r}, {what}");
            let sample = |observable| entry(cell, &[], observable, r - 1);
            let cross = Estimate::mean(&sample("output.neighbour"), LEVEL);
            findings.extend([
                equal(slice("first moment"), &sample("path.first"), 0.0, 0.05),
                ratio(slice("second moment"), &sample("path.second"), 1.0, 0.05),
                Finding::new(slice("Y_r with Y_{r+1}"), &cross, Prediction::AtLeast(0.05), true),
                beside(equal(
                    slice("rival: E Y_r = 0, gates independent of inputs and weights"),
                    &sample("output.mean"),
                    0.0,
                    0.05,
                )),
            ]);
        }
        findings
    })
}

/// How far the paths of real nets are from every tuple of weights being equally frequent.
pub(super) fn multiplicities(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for r in [2, 3, 4] {
        let real = entry(records, &[("stage", "untied")], "multiplicity.distance", r - 1);
        findings.push(equal(format!("real net, r = {r}"), &real, 0.0, 0.1));
        let at = [("stage", "multiplicities"), ("tying", "incoming")];
        let tied = entry(records, &at, "multiplicity.distance", r - 1);
        findings.push(beside(equal(format!("tied to fit, r = {r}"), &tied, 0.0, 0.1)));
    }
    findings
}

fn tied_exponents(records: &Records) -> Vec<Finding> {
    each_pair(records, "tied", ["relu", "distinct"], |relu, distinct, cell| {
        let gates = if relu == "true" { "gates kept" } else { "gates averaged" };
        let sample = per_replicate(cell, |record| record.number("length.exponent"));
        let finding = match distinct {
            "0" => beside(equal(format!("{gates}, untied"), &sample, 1.0, 0.1)),
            _ => equal(format!("{gates}, Lambda = {distinct}"), &sample, 2.0, 0.1),
        };
        vec![if relu == "true" { beside(finding) } else { finding }]
    })
}

fn frozen_scales(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "frozen")]);
    let mut findings = Vec::new();
    for scale in stage.levels("scale") {
        let cell = stage.filter(&[("scale", &scale)]);
        let layers = cell.iter().find_map(|record| level(&record, "layers"));
        let layers = layers.filter(|p| (2.0..=RECURSION_LAYERS as f64).contains(p));
        let (Some(layers), Ok(t)) = (layers, scale.parse::<f64>()) else { continue };
        let added = (2..=layers as u64).map(|l| t * t / (t * t + (l - 1) as f64));
        let mean = 1.0 + added.sum::<f64>();
        let sample = limit(&cell, "width", |record| record.number("length.mean"));
        findings.push(ratio(format!("t = {t}, mean / formula"), &sample, mean, 0.05));
    }
    findings
}

fn norm_backward(records: &Records) -> Vec<Finding> {
    each_pair(records, "norm-backward", ["width", "samples"], |_, m, cell| {
        vec![identity(cell, format!("m = {m}"), 1e-10, |record| record.number("norm.identity"))]
    })
}

fn scaled_shortcuts(records: &Records) -> Vec<Finding> {
    each_pair(records, "shortcuts", ["branch", "shortcut"], |branch, shortcut, cell| {
        let Ok(lambda) = shortcut.parse::<f64>() else { return Vec::new() };
        let lines = points(cell, |record| {
            Some((level(record, "blocks")? * lambda.ln(), record.number("gradient.log.rest")?))
        });
        let slopes: Vec<f64> =
            lines.values().filter_map(|points| Some(line(points)?.slope)).collect();
        let slice = |what: &str| format!("{branch}, lambda = {shortcut}, {what}");
        let mut findings = vec![equal(slice("slope"), &slopes, 1.0, 0.05)];
        let whole = per_replicate(&cell.filter(&[("blocks", "54")]), |record| {
            record.number("gradient.log")
        });
        let whole = Estimate::mean(&whole, LEVEL);
        let mut compare = |what: &str, prediction| {
            findings.push(Finding::new(slice(what), &whole, prediction, false));
        };
        match shortcut {
            "0.5" => compare("ln of the whole gradient", Prediction::AtMost(1e-3_f64.ln())),
            "1.1" => compare("ln of the whole gradient", Prediction::AtLeast(10_f64.ln())),
            _ => {}
        }
        findings
    })
}
