//! Littwin & Wolf 2016, Sections 3 to 5: which path lengths a residual net holds before training.

use crate::claims::select::{
    LEVEL, RECURSION_LAYERS, by_replicate, level, limit, line, paired, per_replicate, points, ratio,
};
use crate::depth::{DepthLaw, PathLengthLaw, ReluLengths, limit_growth};
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::stats::Estimate;

const PAPER: &str = "Littwin-Wolf 2016";
const DERIVED: &str = "derived, against Littwin-Wolf 2016";
const CODE: &str = "src/claims/ensembles.rs";
const NETWORKS: &str = "stream-lengths";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P10",
        paper: PAPER,
        source: "Sec. 3, after Theorem 2",
        statement: "At the usual initialisation, C = 1 / sqrt(n), the ensemble's paths are a third \
                    of the depth: beta = rho = 1/2 with Lambda = n.",
        statistic: "mean path length over p of the random net (7) at sigma^2 = 1, extrapolated to \
                    infinite width by a line in 1/n; beside it the recursion with correlated \
                    lengths",
        prediction: "the mean of eps_r^2 at beta = 1/2, over p, within 0.01",
        margin: "0.01 of p: a third of what separates the paper's law from the recursion",
        simulator: NETWORKS,
        observables: &["length.fraction"],
        code: CODE,
        evaluate: a_third_of_the_depth,
    },
    Claim {
        id: "P11",
        paper: PAPER,
        source: "Eq. (16)",
        statement: "The odds of a branch grow like the first power of the weights' scale C.",
        statistic: "slope of ln odds, odds = (mean r - 1) / (p - mean r), against ln C over \
                    sigma^2 = n C^2 from 1/16 to 8, each p; beside it the same slope of the \
                    recursion",
        prediction: "slope 1 within 0.05",
        margin: "5 %; laws with independent paths have slope 2",
        simulator: NETWORKS,
        observables: &["length.odds"],
        code: CODE,
        evaluate: odds_by_scale,
    },
    Claim {
        id: "P12",
        paper: PAPER,
        source: "Eq. (16), Theorem 1",
        statement: "Half of the depth is reached at beta = 1: C sqrt(n) = 2 with Lambda = n.",
        statistic: "sigma^2 = n C^2 at which the mean path length of the random net is p / 2, \
                    linear interpolation in ln sigma^2; beside it the recursion's",
        prediction: "sigma^2 = 4 within 5 %",
        margin: "5 %: the finite p moves the paper's own crossing by less",
        simulator: NETWORKS,
        observables: &["length.fraction"],
        code: CODE,
        evaluate: half_depth,
    },
    Claim {
        id: "P13",
        paper: DERIVED,
        source: "Sec. 3 corrected: linear nets",
        statement: "Without ReLUs different path lengths are uncorrelated and the length is \
                    binomial with odds n C^2.",
        statistic: "mean path length, and sum of the lengths' energies over the stream's, at \
                    sigma^2 = 1/2, 1, 2, extrapolated to infinite width by a line in 1/n",
        prediction: "1 + (p - 1) b / (1 + b), b = sigma^2, within 1 %; 1 within 3 %",
        margin: "1 % of the mean: a twentieth of the distance to b = sigma^2 / 2; 3 % of the ratio, \
                 whose spread over nets is ten times the mean's",
        simulator: NETWORKS,
        observables: &["length.mean", "stream.incoherent"],
        code: CODE,
        evaluate: linear_nets,
    },
    Claim {
        id: "P14",
        paper: PAPER,
        source: "Eqs. (13) to (15), independent couplings",
        statement: "Path lengths of a ReLU net are uncorrelated: their energies add up to the \
                    stream's.",
        statistic: "sum of the lengths' energies over the stream's, extrapolated to infinite width \
                    by a line in 1/n; beside it the recursion's",
        prediction: "1 within 0.1",
        margin: "a tenth of the stream's energy in cross terms would still be called small",
        simulator: NETWORKS,
        observables: &["stream.incoherent"],
        code: CODE,
        evaluate: uncorrelated_lengths,
    },
    Claim {
        id: "P15",
        paper: DERIVED,
        source: "Sec. 3 corrected: infinite-width recursion",
        statement: "The recursion of all second moments of the parts by length describes a wide \
                    random ReLU net.",
        statistic: "mean, standard deviation, incoherent share and growth, and q_rr / s and \
                    q_{r,r+2} / s for every r that holds at least 5 % of the energy, each \
                    extrapolated to infinite width by a line in 1/n, over the recursion's value",
        prediction: "ratio 1 within 5 % (mean and growth: 1 %)",
        margin: "1 % of the mean: a third of what laws that ignore the correlation miss at \
                 sigma^2 = 2, where they come closest; 5 % of single moments, whose spread over \
                 nets is wider",
        simulator: NETWORKS,
        observables: &[
            "length.mean",
            "length.sd",
            "stream.incoherent",
            "stream.growth",
            "stream.own",
            "stream.neighbour",
        ],
        code: CODE,
        evaluate: recursion,
    },
    Claim {
        id: "P16",
        paper: DERIVED,
        source: "Sec. 3 corrected: growth of the stream",
        statement: "The energy of a deep random stream grows per layer by \
                    1 + sigma^2 / 2 + 2 a kappa, not by 1 + sigma^2 / 2.",
        statistic: "growth in the last layer, extrapolated to infinite width by a line in 1/n, \
                    over the formula",
        prediction: "ratio 1 within 1 %",
        margin: "1 %; without the mean's term the ratio would be 1.3 and more at sigma^2 = 1/4",
        simulator: NETWORKS,
        observables: &["stream.growth"],
        code: CODE,
        evaluate: growth,
    },
    Claim {
        id: "P21",
        paper: PAPER,
        source: "Eqs. (13) to (15), Gaussian couplings",
        statement: "The part of the output that came through r layers is Gaussian over the weights, \
                    whatever r.",
        statistic: "excess kurtosis of Y_r over nets with 32 units and 16 layers, r = 2, 8, 16",
        prediction: "0 within 0.25",
        margin: "0.25 is that of Student's law with 28 degrees of freedom, hardly told from a \
                 Gaussian",
        simulator: NETWORKS,
        observables: &["output.kurtosis"],
        code: CODE,
        evaluate: gaussian_parts,
    },
    Claim {
        id: "P62",
        paper: PAPER,
        source: "Eq. (15), isotropy of the spin glass",
        statement: "The covariance of two nets' losses depends on the overlap of their weights \
                    alone.",
        statistic: "correlation of the outputs of two ReLU nets whose overlap lies in the early \
                    half of the layers, or in the late half, over that of an even overlap of the \
                    same size; paired by replicate",
        prediction: "ratio 1 within 0.05, at the largest overlap",
        margin: "5 %; layered nets of five layers would have 0.79 without ReLUs",
        simulator: "weight-overlap",
        observables: &["output.correlation"],
        code: CODE,
        evaluate: isotropy,
    },
    Claim {
        id: "P63",
        paper: DERIVED,
        source: "Sec. 5 corrected: multi-species covariance",
        statement: "For linear residual nets the covariance is a product over layers, \
                    prod_l (1 + sigma^2 q_l), of the overlaps layer by layer.",
        statistic: "correlation of the outputs over the product's, each split and overlap",
        prediction: "ratio 1 within 3 %",
        margin: "3 %: a seventh of the smallest difference between splits at the largest overlap",
        simulator: "weight-overlap",
        observables: &["output.correlation", "output.prediction"],
        code: CODE,
        evaluate: product_covariance,
    },
    Claim {
        id: "P67",
        paper: DERIVED,
        source: "Sec. 3 extended: skips over s layers",
        statement: "With skips over s layers a linear net takes k of B branches with odds b^s.",
        statistic: "mean number of branches over B b^s / (1 + b^s), b = sigma^2, for s = 1, 2, 3",
        prediction: "ratio 1 within 3 %",
        margin: "3 %: odds b instead of b^s would be off by 17 % or more",
        simulator: NETWORKS,
        observables: &["length.mean"],
        code: CODE,
        evaluate: longer_skips,
    },
];

/// Calls `judge` with each sigma^2 of a stage, the number of layers there and the records.
fn each_scale(
    records: &Records,
    stage: &str,
    mut judge: impl FnMut(f64, usize, &Records) -> Vec<Finding>,
) -> Vec<Finding> {
    let stage = records.filter(&[("stage", stage)]);
    let mut findings = Vec::new();
    for scale in stage.levels("sigma_squared") {
        let cell = stage.filter(&[("sigma_squared", &scale)]);
        let layers = cell.iter().find_map(|record| level(&record, "layers"));
        let layers = layers.filter(|p| (2.0..=RECURSION_LAYERS as f64).contains(p));
        if let (Ok(sigma_squared), Some(layers)) = (scale.parse(), layers) {
            findings.extend(judge(sigma_squared, layers as usize, &cell));
        }
    }
    findings
}

/// Mean of r under the recursion's energies.
fn recursion_mean(lengths: &ReluLengths) -> (f64, f64) {
    let energies = lengths.energies();
    let total: f64 = energies.iter().sum();
    let moment = |f: &dyn Fn(f64) -> f64| -> f64 {
        (1..).zip(&energies).map(|(r, e)| f(f64::from(r)) * e / total).sum()
    };
    let mean = moment(&|r| r);
    (mean, moment(&|r| (r - mean) * (r - mean)).sqrt())
}

fn a_third_of_the_depth(records: &Records) -> Vec<Finding> {
    each_scale(records, "widths", |sigma_squared, layers, cell| {
        if sigma_squared != 1.0 {
            return Vec::new();
        }
        let p = layers as f64;
        let fractions = limit(cell, "width", |record| record.number("length.fraction"));
        let estimate = Estimate::mean(&fractions, LEVEL);
        let paper = DepthLaw::new(layers, 0.5).map_or(f64::NAN, |law| law.mean / p);
        let recursion = recursion_mean(&ReluLengths::new(layers, 1.0)).0 / p;
        let equal = |value| Prediction::Equal { value, margin: 0.01 };
        let slice = |what: &str| format!("p = {layers}, n to infinity, {what}");
        vec![
            Finding::new(slice("the paper's law"), &estimate, equal(paper), true),
            Finding::new(slice("rival: the recursion"), &estimate, equal(recursion), false),
            Finding::new(slice("below a half"), &estimate, Prediction::AtMost(0.5), false),
        ]
    })
}

/// The records of one law in the stage of laws, for each number of layers.
fn each_depth(
    records: &Records,
    mut judge: impl FnMut(usize, &Records) -> Vec<Finding>,
) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "laws"), ("law", "network")]);
    let levels = stage.levels("layers");
    let depths = levels.iter().filter_map(|layers| Some((layers, layers.parse().ok()?)));
    let depths = depths.filter(|(_, p)| (2..=RECURSION_LAYERS).contains(p));
    depths.flat_map(|(layers, p)| judge(p, &stage.filter(&[("layers", layers)]))).collect()
}

/// Slope of y against x through the points of each replicate.
fn slopes(records: &Records, point: impl Fn(&Record) -> Option<(f64, f64)>) -> Vec<f64> {
    points(records, point).values().filter_map(|points| Some(line(points)?.slope)).collect()
}

fn odds_by_scale(records: &Records) -> Vec<Finding> {
    each_depth(records, |layers, cell| {
        let measured = slopes(cell, |record| {
            let ln_scale = 0.5 * level(record, "sigma_squared")?.ln();
            Some((ln_scale, record.number("length.odds")?.ln()))
        });
        let scales = cell.levels("sigma_squared");
        let scales = scales.iter().filter_map(|scale| scale.parse::<f64>().ok());
        let law: Vec<(f64, f64)> = scales
            .map(|s| {
                let mean = recursion_mean(&ReluLengths::new(layers, s)).0;
                (0.5 * s.ln(), ((mean - 1.0) / (layers as f64 - mean)).ln())
            })
            .collect();
        let recursion = line(&law).map_or(f64::NAN, |line| line.slope);
        let estimate = Estimate::mean(&measured, LEVEL);
        let finding = |what: &str, value: f64, decisive: bool| {
            let prediction = Prediction::Equal { value, margin: 0.05 };
            Finding::new(format!("p = {layers}, {what}"), &estimate, prediction, decisive)
        };
        vec![
            finding("the paper's slope", 1.0, true),
            finding("rival: independent paths", 2.0, false),
            finding("rival: the recursion", recursion, false),
        ]
    })
}

/// The abscissa at which a curve through points, sorted, first reaches a half.
fn crossing(points: &[(f64, f64)]) -> Option<f64> {
    let mut points = points.to_vec();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let pair = points.windows(2).find(|pair| pair[0].1 < 0.5 && pair[1].1 >= 0.5)?;
    let share = (0.5 - pair[0].1) / (pair[1].1 - pair[0].1);
    Some(pair[0].0 + share * (pair[1].0 - pair[0].0))
}

fn half_depth(records: &Records) -> Vec<Finding> {
    each_depth(records, |layers, cell| {
        let curves = points(cell, |record| {
            Some((level(record, "sigma_squared")?.ln(), record.number("length.fraction")?))
        });
        let crossings: Vec<f64> =
            curves.values().filter_map(|points| Some(crossing(points)?.exp())).collect();
        let scales = cell.levels("sigma_squared");
        let scales = scales.iter().filter_map(|scale| scale.parse::<f64>().ok());
        let law: Vec<(f64, f64)> = scales
            .map(|s| (s.ln(), recursion_mean(&ReluLengths::new(layers, s)).0 / layers as f64))
            .collect();
        let recursion = crossing(&law).map_or(f64::NAN, f64::exp);
        let estimate = Estimate::mean(&crossings, LEVEL);
        let finding = |what: &str, value: f64, decisive: bool| {
            let prediction = Prediction::Equal { value, margin: 0.05 * value };
            Finding::new(format!("p = {layers}, {what}"), &estimate, prediction, decisive)
        };
        vec![
            finding("the paper's law", 4.0, true),
            finding("rival: the recursion", recursion, false),
        ]
    })
}

fn linear_nets(records: &Records) -> Vec<Finding> {
    each_scale(records, "linear", |sigma_squared, layers, cell| {
        let law = PathLengthLaw::of_gains(&vec![sigma_squared; layers - 1]);
        let mean = law.map_or(f64::NAN, |law| 1.0 + law.mean);
        let means = limit(cell, "width", |record| record.number("length.mean"));
        let shares = limit(cell, "width", |record| record.number("stream.incoherent"));
        let slice = |what: &str| format!("sigma^2 = {sigma_squared}, {what}");
        vec![
            ratio(slice("mean / binomial"), &means, mean, 0.01),
            ratio(slice("incoherent share"), &shares, 1.0, 0.03),
        ]
    })
}

fn uncorrelated_lengths(records: &Records) -> Vec<Finding> {
    each_scale(records, "widths", |sigma_squared, layers, cell| {
        let shares = limit(cell, "width", |record| record.number("stream.incoherent"));
        let estimate = Estimate::mean(&shares, LEVEL);
        let recursion = ReluLengths::new(layers, sigma_squared).incoherent_share();
        let finding = |what: &str, value: f64, margin: f64, decisive: bool| {
            let slice = format!("p = {layers}, sigma^2 = {sigma_squared}, {what}");
            Finding::new(slice, &estimate, Prediction::Equal { value, margin }, decisive)
        };
        vec![
            finding("the paper", 1.0, 0.1, true),
            finding("rival: the recursion", recursion, 0.05 * recursion, false),
        ]
    })
}

fn recursion(records: &Records) -> Vec<Finding> {
    each_scale(records, "widths", |sigma_squared, layers, cell| {
        let lengths = ReluLengths::new(layers, sigma_squared);
        let (mean, sd) = recursion_mean(&lengths);
        let slice = |what: &str| format!("p = {layers}, sigma^2 = {sigma_squared}, {what}");
        let number = |what: &str, name: &str, reference: f64, margin: f64| {
            let sample = limit(cell, "width", |record| record.number(name));
            ratio(slice(what), &sample, reference, margin)
        };
        let mut findings = vec![
            number("mean", "length.mean", mean, 0.01),
            number("standard deviation", "length.sd", sd, 0.05),
            number("incoherent share", "stream.incoherent", lengths.incoherent_share(), 0.05),
            number("growth", "stream.growth", lengths.growth(), 0.01),
        ];
        let moments = lengths.moments();
        let held = |r: &usize| moments[*r][*r] >= 0.05 * lengths.incoherent_share();
        for r in (0..layers.saturating_sub(2)).filter(held) {
            let pairs = [("stream.own", "r, r", r), ("stream.neighbour", "r, r + 2", r + 2)];
            for (name, what, s) in pairs {
                let sample = limit(cell, "width", |record| record.vector(name)?.get(r).copied());
                let slice = slice(&format!("q at {what}, r = {}", r + 1));
                findings.push(ratio(slice, &sample, moments[r][s], 0.05));
            }
        }
        findings
    })
}

fn growth(records: &Records) -> Vec<Finding> {
    each_scale(records, "widths", |sigma_squared, layers, cell| {
        let sample = limit(cell, "width", |record| record.number("stream.growth"));
        let slice = format!("p = {layers}, sigma^2 = {sigma_squared}");
        vec![ratio(slice, &sample, limit_growth(sigma_squared), 0.01)]
    })
}

/// How far the parts of the output are from Gaussian.
pub(super) fn gaussian_parts(records: &Records) -> Vec<Finding> {
    let tails = records.filter(&[("stage", "tails")]);
    let finding = |r: usize| {
        let sample =
            per_replicate(&tails, |record| record.vector("output.kurtosis")?.get(r - 1).copied());
        let prediction = Prediction::Equal { value: 0.0, margin: 0.25 };
        Finding::new(format!("r = {r}"), &Estimate::mean(&sample, LEVEL), prediction, true)
    };
    [2, 8, 16].map(finding).into()
}

/// Whether the covariance depends on how an overlap is spread over layers.
pub(super) fn isotropy(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (relu, overlap, decisive) in
        [("true", "0.5", true), ("true", "0.25", false), ("false", "0.5", false)]
    {
        let correlations = |split: &str| {
            let at = [("stage", "overlap"), ("relu", relu), ("overlap", overlap), ("split", split)];
            by_replicate(&records.filter(&at), |record| record.number("output.correlation"))
        };
        for split in ["early", "late"] {
            let (even, one) = paired(&correlations("even"), &correlations(split));
            let ratios: Vec<f64> = one.iter().zip(&even).map(|(one, even)| one / even).collect();
            let kind = if relu == "true" { "ReLU" } else { "linear" };
            let slice = format!("{kind}, overlap {overlap}, {split} / even");
            findings.push(Finding { decisive, ..ratio(slice, &ratios, 1.0, 0.05) });
        }
    }
    findings
}

fn product_covariance(records: &Records) -> Vec<Finding> {
    let linear = records.filter(&[("stage", "overlap"), ("relu", "false")]);
    let mut findings = Vec::new();
    for overlap in linear.levels("overlap") {
        for split in linear.levels("split") {
            let cell = linear.filter(&[("overlap", &overlap), ("split", &split)]);
            let ratios = per_replicate(&cell, |record| {
                Some(record.number("output.correlation")? / record.number("output.prediction")?)
            });
            findings.push(ratio(format!("overlap {overlap}, {split}"), &ratios, 1.0, 0.03));
        }
    }
    findings
}

fn longer_skips(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "spans")]);
    let mut findings = Vec::new();
    for span in stage.levels("span") {
        for scale in stage.levels("sigma_squared") {
            let cell = stage.filter(&[("span", &span), ("sigma_squared", &scale)]);
            let (Ok(s), Ok(b)) = (span.parse::<f64>(), scale.parse::<f64>()) else { continue };
            let ratios = per_replicate(&cell, |record| {
                let blocks = ((level(record, "layers")? - 1.0) / s).floor();
                let odds = b.powf(s);
                Some((record.number("length.mean")? - 1.0) / (blocks * odds / (1.0 + odds)))
            });
            let slice = format!("s = {span}, sigma^2 = {scale}");
            findings.push(ratio(slice, &ratios, 1.0, 0.03));
        }
    }
    findings
}
