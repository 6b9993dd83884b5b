//! Littwin & Wolf 2016: the fourteen assumptions of the road from a residual net to a spin glass, each
//! with a number for how far real nets are from it.

use crate::claims::ensembles::{gaussian_parts, isotropy};
use crate::claims::paths::{beside, entry, equal, gate_agreement, multiplicities};
use crate::claims::select::{LEVEL, by_replicate, level, paired, per_replicate, ratio};
use crate::depth::beta_of_mean;
use crate::lab::{Claim, Finding, Prediction, Records};
use crate::stats::Estimate;

const PAPER: &str = "Littwin-Wolf 2016";
const CODE: &str = "src/claims/assumptions.rs";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "A-01",
        paper: PAPER,
        source: "A1",
        statement: "Assumption: the inputs of different paths are independent, and so are the couplings \
                    made of them.",
        statistic: "participation ratio of the couplings' covariance matrix over draws of the inputs, per \
                    coupling, r = 2, 3, 4; weights tied so that A2 and A3 hold",
        prediction: "1 within 0.1",
        margin: "a tenth of the couplings bound to others would still be called independent",
        simulator: "path-multiplicities",
        observables: &["coupling.rank.share"],
        code: CODE,
        evaluate: independent_inputs,
    },
    Claim {
        id: "A-02",
        paper: PAPER,
        source: "Lemma 2 as an equality",
        statement: "Assumption: couplings reach the lower bound of Lemma 2 and are independent.",
        statistic: "mean correlation of couplings where the bound is reached: between tuples of length 2 \
                    and 3, and between lengths 1, 2 and 3",
        prediction: "0 within 0.1",
        margin: "a tenth of full correlation would still be called independent",
        simulator: "path-multiplicities",
        observables: &["coupling.correlation", "coupling.correlation.next"],
        code: CODE,
        evaluate: equality_and_independence,
    },
    Claim {
        id: "A-03",
        paper: PAPER,
        source: "Sec. 3, before Eq. (10)",
        statement: "Assumption: gates are Bernoulli, independent of the inputs and of each other.",
        statistic: "correlation of a unit's gates for two independent inputs, last of ten layers; beside \
                    it that of different units of a layer",
        prediction: "0 within 0.05",
        margin: "a twentieth of full agreement",
        simulator: "gate-statistics",
        observables: &["gate.correlation", "gate.neighbour"],
        code: CODE,
        evaluate: independent_gates,
    },
    Claim {
        id: "A-04",
        paper: PAPER,
        source: "Sec. 3, Eq. (10)",
        statement: "Assumption: a gate is open with one probability rho, the same in all layers.",
        statistic: "largest less smallest share of open gates over layers, after a short training; beside \
                    it the share of units that are stuck open or shut",
        prediction: "at most 0.05",
        margin: "a tenth of rho = 1/2",
        simulator: "short-training",
        observables: &["gate.range", "gate.stuck"],
        code: CODE,
        evaluate: one_rho,
    },
    Claim {
        id: "A-05",
        paper: PAPER,
        source: "Eqs. (2), (3), (10)",
        statement: "Assumption: the mean over gates may be taken before the loss.",
        statistic: "variance of the output over coins in place of the gates, relative to the square of its \
                    mean over them",
        prediction: "at most 0.1",
        margin: "a tenth: a loss that bends would hardly notice",
        simulator: "gate-statistics",
        observables: &["coin.variance"],
        code: CODE,
        evaluate: mean_over_gates,
    },
    Claim {
        id: "A-06",
        paper: PAPER,
        source: "A2, A3, Lemma 1",
        statement: "Assumption: every tuple of weights occurs on equally many paths.",
        statistic: "as P19",
        prediction: "0 within 0.1",
        margin: "as P19",
        simulator: "path-multiplicities",
        observables: &["multiplicity.distance"],
        code: CODE,
        evaluate: multiplicities,
    },
    Claim {
        id: "A-07",
        paper: PAPER,
        source: "Lemma 1, Eq. (16)",
        statement: "Assumption: weights are shared across layers, so that paths through different subsets \
                    of layers add coherently.",
        statistic: "mean correlation without means between what the stream owes to single blocks, over \
                    pairs of blocks; beside it the same without gates",
        prediction: "1 within 0.1",
        margin: "a tenth of coherence",
        simulator: "gate-statistics",
        observables: &["subset.correlation", "subset.correlation.linear"],
        code: CODE,
        evaluate: coherent_subsets,
    },
    Claim {
        id: "A-08",
        paper: PAPER,
        source: "A4, Eq. (4)",
        statement: "Assumption: the weights stay on a sphere, |w| = C sqrt(Lambda).",
        statistic: "|w| after a short training over its start",
        prediction: "1 within 0.05",
        margin: "5 %: at ten layers it is 60 % of the deepest coupling",
        simulator: "short-training",
        observables: &["weights.ratio"],
        code: CODE,
        evaluate: sphere,
    },
    Claim {
        id: "A-09",
        paper: PAPER,
        source: "Lemma 3, Eq. (15)",
        statement: "Assumption: hinge and absolute loss are a constant plus another times the Hamiltonian.",
        statistic: "R^2 over random nets of a line in the Hamiltonian, each loss",
        prediction: "at least 0.9",
        margin: "a tenth of the variance left over would still be called a line",
        simulator: "loss-fit",
        observables: &["fit.hinge", "fit.absolute"],
        code: CODE,
        evaluate: affine_losses,
    },
    Claim {
        id: "A-10",
        paper: PAPER,
        source: "Eq. (15), isotropy",
        statement: "Assumption: the loss is isotropic: its covariance depends on the overlap alone.",
        statistic: "as P62",
        prediction: "ratio 1 within 0.05, at the largest overlap",
        margin: "as P62",
        simulator: "weight-overlap",
        observables: &["output.correlation"],
        code: CODE,
        evaluate: isotropy,
    },
    Claim {
        id: "A-11",
        paper: PAPER,
        source: "Eq. (14), Sec. 5",
        statement: "Assumption: the term of length r = 1 may be dropped.",
        statistic: "share of r = 1 in the last stream's energies by length, before training; beside it \
                    after a short one",
        prediction: "at most 0.01",
        margin: "one hundredth of the energy",
        simulator: "short-training",
        observables: &["length.first"],
        code: CODE,
        evaluate: first_length,
    },
    Claim {
        id: "A-12",
        paper: PAPER,
        source: "Eqs. (13) to (15)",
        statement: "Assumption: couplings are Gaussian at every length.",
        statistic: "as P21",
        prediction: "0 within 0.25",
        margin: "as P21",
        simulator: "stream-lengths",
        observables: &["output.kurtosis"],
        code: CODE,
        evaluate: gaussian_parts,
    },
    Claim {
        id: "A-13",
        paper: PAPER,
        source: "Eq. (16)",
        statement: "Assumption: some Lambda, chosen once, makes beta = rho n C / sqrt(Lambda) right.",
        statistic: "Lambda / n = sigma^2 / (4 beta^2), beta fitted to the mean path length of random nets: \
                    at sigma^2 = 1/4 over that at sigma^2 = 4, paired; beside it the value at sigma^2 = 1",
        prediction: "ratio 1 within 0.1; Lambda = n within 0.1 n",
        margin: "a tenth of Lambda moves beta by a twentieth",
        simulator: "stream-lengths",
        observables: &["length.mean"],
        code: CODE,
        evaluate: one_lambda,
    },
    Claim {
        id: "A-14",
        paper: PAPER,
        source: "Sec. 4.2, Eq. (21)",
        statement: "Assumption: sigma_l does not move with the scales lambda_l.",
        statistic: "mean path length with all scales at 4 and sigma frozen at its initial value, over that \
                    with the batch's own; paired",
        prediction: "ratio 1 within 0.05",
        margin: "5 % of a length",
        simulator: "frozen-scales",
        observables: &["length.mean"],
        code: CODE,
        evaluate: constant_deviations,
    },
];

fn at_most(slice: &str, sample: &[f64], bound: f64) -> Finding {
    let estimate = Estimate::mean(sample, LEVEL);
    Finding::new(slice, &estimate, Prediction::AtMost(bound), true)
}

fn independent_inputs(records: &Records) -> Vec<Finding> {
    let at = [("stage", "multiplicities"), ("tying", "incoming")];
    let finding = |r: usize| {
        let sample = entry(records, &at, "coupling.rank.share", r - 1);
        equal(format!("r = {r}"), &sample, 1.0, 0.1)
    };
    [2, 3, 4].map(finding).into()
}

fn equality_and_independence(records: &Records) -> Vec<Finding> {
    let at = [("stage", "multiplicities"), ("tying", "outgoing")];
    let finding = |(what, observable, r): (&str, &str, usize)| {
        equal(what.to_owned(), &entry(records, &at, observable, r - 1), 0.0, 0.1)
    };
    [
        ("tuples of length 2", "coupling.correlation", 2),
        ("tuples of length 3", "coupling.correlation", 3),
        ("lengths 1 and 2", "coupling.correlation.next", 1),
        ("lengths 2 and 3", "coupling.correlation.next", 2),
    ]
    .map(finding)
    .into()
}

/// A number of the random nets whose gates are looked at.
fn of_gates(records: &Records, observable: &str) -> Vec<f64> {
    per_replicate(&records.filter(&[("stage", "gates")]), |record| record.number(observable))
}

fn independent_gates(records: &Records) -> Vec<Finding> {
    let neighbour = of_gates(records, "gate.neighbour");
    vec![
        gate_agreement(records),
        beside(equal("n = 64, different units".to_owned(), &neighbour, 0.0, 0.05)),
    ]
}

/// The last or first checkpoint of a series, in either arm of the short training.
fn checkpoint(records: &Records, arm: &str, observable: &str, last: bool) -> Vec<f64> {
    per_replicate(&records.filter(&[("stage", "short"), ("arm", arm)]), |record| {
        let series = record.vector(observable)?;
        if last { series.last().copied() } else { series.first().copied() }
    })
}

const ARMS: [(&str, &str); 2] = [("residual-bn", "with batch norm"), ("residual", "without")];

fn one_rho(records: &Records) -> Vec<Finding> {
    let findings = |(arm, what): (&str, &str)| {
        let last = |observable| checkpoint(records, arm, observable, true);
        [
            at_most(&format!("{what}, range over layers"), &last("gate.range"), 0.05),
            beside(at_most(&format!("{what}, stuck units"), &last("gate.stuck"), 0.05)),
        ]
    };
    ARMS.map(findings).concat()
}

fn mean_over_gates(records: &Records) -> Vec<Finding> {
    vec![at_most("n = 64, p = 10", &of_gates(records, "coin.variance"), 0.1)]
}

fn coherent_subsets(records: &Records) -> Vec<Finding> {
    let sample = |observable| of_gates(records, observable);
    vec![
        equal("n = 64, ReLU".to_owned(), &sample("subset.correlation"), 1.0, 0.1),
        beside(equal("n = 64, linear".to_owned(), &sample("subset.correlation.linear"), 1.0, 0.1)),
    ]
}

fn sphere(records: &Records) -> Vec<Finding> {
    let finding = |(arm, what): (&str, &str)| {
        let sample = checkpoint(records, arm, "weights.ratio", true);
        equal(format!("{what}, end / start"), &sample, 1.0, 0.05)
    };
    ARMS.map(finding).into()
}

fn affine_losses(records: &Records) -> Vec<Finding> {
    let finding = |(what, observable): (&str, &str)| {
        let sample = per_replicate(&records.filter(&[("stage", "loss")]), |record| {
            record.number(observable)
        });
        Finding::new(what, &Estimate::mean(&sample, LEVEL), Prediction::AtLeast(0.9), true)
    };
    [("hinge loss", "fit.hinge"), ("absolute loss", "fit.absolute")].map(finding).into()
}

fn first_length(records: &Records) -> Vec<Finding> {
    let findings = |(arm, what): (&str, &str)| {
        let sample = |last| checkpoint(records, arm, "length.first", last);
        [
            at_most(&format!("{what}, before training"), &sample(false), 0.01),
            beside(at_most(&format!("{what}, after"), &sample(true), 0.01)),
        ]
    };
    ARMS.map(findings).concat()
}

fn one_lambda(records: &Records) -> Vec<Finding> {
    let implied = |sigma_squared: &str| {
        let at = [("stage", "lambda"), ("sigma_squared", sigma_squared)];
        by_replicate(&records.filter(&at), |record| {
            let layers = level(record, "layers")?;
            let beta = beta_of_mean(layers as usize, record.number("length.mean")?).ok()?;
            Some(level(record, "sigma_squared")? / (4.0 * beta * beta))
        })
    };
    let (small, large) = paired(&implied("0.25"), &implied("4.0"));
    let ratios: Vec<f64> = small.iter().zip(&large).map(|(small, large)| small / large).collect();
    let usual: Vec<f64> = implied("1.0").into_values().collect();
    vec![
        ratio("Lambda at sigma^2 = 1/4 over 4".to_owned(), &ratios, 1.0, 0.1),
        beside(equal("Lambda / n at sigma^2 = 1".to_owned(), &usual, 1.0, 0.1)),
    ]
}

fn constant_deviations(records: &Records) -> Vec<Finding> {
    let means = |statistics: &str| {
        let at = [("stage", "statistics"), ("statistics", statistics)];
        by_replicate(&records.filter(&at), |record| record.number("length.mean"))
    };
    let (frozen, batch) = paired(&means("frozen"), &means("batch"));
    let ratios: Vec<f64> =
        frozen.iter().zip(&batch).map(|(frozen, batch)| frozen / batch).collect();
    vec![ratio("lambda = 4, frozen / batch".to_owned(), &ratios, 1.0, 0.05)]
}
