//! Where descents in spin glasses end: Choromanska et al. 2015, Littwin & Wolf 2016, Folena et al.
//! 2020 and Subag 2021, on sampled Hamiltonians.
//!
//! Finite sizes enter through the edge of the Hessian's spectrum, whose distance from its limit is of
//! order N^{-2/3}: statistics are extrapolated by a line in N^{-2/3} unless a claim says otherwise.

use crate::claims::select::{differences, judged, level, limit, line, per_replicate, points};
use crate::lab::{Claim, Finding, Prediction, Record, Records};
use crate::spinglass::{Mixture, algorithmic_energy, level_energy, threshold_energy};

const CODE: &str = "src/claims/descent.rs";
const LITTWIN_WOLF: &str = "Littwin-Wolf 2016";
const CHOROMANSKA: &str = "Choromanska 2015";

/// Half of E_0 - E_inf at p = 3, 1.65699836 - 1.63299316: within it the threshold is told from the
/// ground state.
const MARGIN: f64 = 0.012;

/// The same at p = 4: 1.79408503 - 1.73205081.
const MARGIN_4: f64 = 0.031;

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P52",
        paper: CHOROMANSKA,
        source: "Sec. 4: E_0 of Auffinger, Ben Arous and Cerny 2013; Subag 2017",
        statement: "The least energy per spin of a pure model tends to -E_0, with corrections of order \
                    ln N / N.",
        statistic: "lowest H/N of many descents per sample, p = 3 and 4, extrapolated by a line in \
                    ln N / N",
        prediction: "-E_0: -1.65700 within 0.012 at p = 3, -1.79409 within 0.031 at p = 4",
        margin: "half of E_0 - E_inf, so that the ground state is told from the threshold",
        simulator: "glass-minima",
        observables: &["energy.lowest"],
        code: CODE,
        evaluate: ground_state,
    },
    Claim {
        id: "P53",
        paper: CHOROMANSKA,
        source: "Sec. 4, band; Cugliandolo and Kurchan 1993",
        statement: "Gradient descent from a random point of the pure 3-spin model ends at -E_inf.",
        statistic: "mean H/N at the minimum, N = 50 to 400, extrapolated by a line in N^{-2/3}; beside \
                    it, how far a quarter of the step moves it at N = 100, on the same samples",
        prediction: "-1.63299 within 0.012",
        margin: "half of E_0 - E_inf, so that the threshold is told from the ground state",
        simulator: "glass-descent",
        observables: &["energy"],
        code: CODE,
        evaluate: threshold,
    },
    Claim {
        id: "P54",
        paper: CHOROMANSKA,
        source: "Sec. 5, Fig. 2",
        statement: "Final energies per spin concentrate as N grows, inside the band from -E_0 to \
                    -E_inf.",
        statistic: "slope of ln variance of final H/N against ln N, N = 50 to 400, p = 3; mean H/N \
                    extrapolated by a line in N^{-2/3}",
        prediction: "slope at most -1; mean within 0.012 of the band",
        margin: "-1 is what Gaussian concentration grants a Lipschitz function of the couplings; \
                 0.012 is half of the band",
        simulator: "glass-descent",
        observables: &["energy", "energy.variance"],
        code: CODE,
        evaluate: concentration,
    },
    Claim {
        id: "P55",
        paper: CHOROMANSKA,
        source: "Sec. 5: normalised index; Cugliandolo and Kurchan 1993",
        statement: "Gradient descent ends at marginal minima: no negative eigenvalue of the Hessian, \
                    and a lowest one that tends to 0.",
        statistic: "negative eigenvalues of the Hessian on the sphere over all ends; its lowest \
                    eigenvalue extrapolated by a line in N^{-2/3}, p = 3",
        prediction: "none; 0 within 0.036",
        margin: "3 times 0.012: what the margin in the energy means for the gap p (E - E_inf)",
        simulator: "glass-descent",
        observables: &["index", "eigenvalue.lowest"],
        code: CODE,
        evaluate: marginality,
    },
    Claim {
        id: "P56",
        paper: "Folena 2020",
        source: "abstract; mixture (x^3 + x^4)/2",
        statement: "In a mixed model gradient descent from equilibrium slightly above T_MCT = 0.805 ends \
                    below the threshold -E_th, deeper than from a random start.",
        statistic: "mean H/N at the minimum from T = 0.85, extrapolated by a line in N^{-2/3}; its \
                    difference from that of random starts at N = 100; beside them random starts, \
                    extrapolated",
        prediction: "at most -1.69048; difference at most 0; random starts at most -1.69048 + 0.012",
        margin: "none on signs; 0.012 as in the pure model",
        simulator: "glass-descent",
        observables: &["energy"],
        code: CODE,
        evaluate: below_threshold,
    },
    Claim {
        id: "P57",
        paper: "Subag 2021",
        source: "Theorem 4; Huang and Sellke 2022",
        statement: "Descent by Hessians reaches -E_ALG, minus the integral of sqrt(nu''), and gradient \
                    descent does not go below it.",
        statistic: "H/N where either ends, extrapolated by a line in N^{-2/3}, pure 3-spin and 3+4; beside \
                    it, added after the first full profile, the slope in ln N of ln (H/N + E_ALG) by \
                    Hessians",
        prediction: "at most -E_ALG + 0.012, and at least -E_ALG - 0.012: -1.63299 and -1.69952; beside \
                     it at most 0",
        margin: "half of the distance to the ground state at p = 3. The theorem takes N to infinity before \
                 the step to 0, here there are N steps: a refutation is one of the line in N^{-2/3}, as \
                 long as the distance falls as a power of N",
        simulator: "glass-descent",
        observables: &["energy"],
        code: CODE,
        evaluate: barrier,
    },
    Claim {
        id: "P58",
        paper: LITTWIN_WOLF,
        source: "Secs. 4 and 5, in energies",
        statement: "Deeper ensembles have deeper attainable minima: final energies per spin fall as beta \
                    grows.",
        statistic: "mean H/N after gradient descent at beta = 1 less that at 0.5, and at 2 less that at \
                    1; p = 6, N = 32, the same couplings",
        prediction: "both at most 0",
        margin: "none: the claim is a sign",
        simulator: "glass-descent",
        observables: &["energy"],
        code: CODE,
        evaluate: deeper,
    },
    Claim {
        id: "P59",
        paper: LITTWIN_WOLF,
        source: "Sec. 5, informal: shallow first",
        statement: "Following a minimum while beta rises from the trivial landscape to 2 ends lower than \
                    descending at beta = 2.",
        statistic: "H/N of the followed minimum less the lowest of direct descents on the same couplings \
                    that together take as many gradients; p = 6, N = 32; beside it N = 16 and 24",
        prediction: "at most 0",
        margin: "none: the claim is a sign, and the arms are paired",
        simulator: "glass-annealing",
        observables: &["difference"],
        code: CODE,
        evaluate: easy_first,
    },
    Claim {
        id: "P60",
        paper: CHOROMANSKA,
        source: "Auffinger and Ben Arous 2013: the Hessian given the energy",
        statement: "At critical points the Hessian's spectrum is a semicircle of radius 2 sqrt(nu''), \
                    shifted by what the energy says.",
        statistic: "Kolmogorov distance of the eigenvalues at the ends of gradient descent from it, \
                    extrapolated by a line in 1/N; pure 3-spin and 3+4",
        prediction: "at most 0.01",
        margin: "a shift by 1.6 % of the radius makes 0.01",
        simulator: "glass-descent",
        observables: &["spectrum.distance"],
        code: CODE,
        evaluate: semicircle,
    },
];

/// Value at infinite N of an observable of each replicate, by a line in N^{-2/3}.
fn at_edge(records: &Records, stage: &str, observable: &str) -> Vec<f64> {
    at_infinity(records, stage, observable, |n| n.powf(-2.0 / 3.0))
}

fn at_infinity(
    records: &Records,
    stage: &str,
    observable: &str,
    abscissa: impl Fn(f64) -> f64,
) -> Vec<f64> {
    let point =
        |record: &Record| Some((abscissa(level(record, "spins")?), record.number(observable)?));
    let by_size = points(&records.filter(&[("stage", stage)]), point);
    by_size.values().filter_map(|points| Some(line(points)?.intercept)).collect()
}

/// The mean of an observable's change between two cells on the same samples.
fn change(records: &Records, from: [(&str, &str); 2], to: [(&str, &str); 2]) -> Vec<f64> {
    differences(&records.filter(&to), &records.filter(&from), "energy").into_values().collect()
}

fn pure(p: usize) -> Option<Mixture> {
    Mixture::pure(p).ok()
}

fn mixed() -> Option<Mixture> {
    Mixture::new(&[(3, 0.5), (4, 0.5)]).ok()
}

/// Minus an energy that the theory of every mixture here knows.
fn minus(energy: Option<f64>) -> f64 {
    energy.map_or(f64::NAN, |energy| -energy)
}

fn threshold_of(mixture: Option<Mixture>) -> f64 {
    minus(mixture.and_then(|mixture| threshold_energy(&mixture)))
}

fn barrier_of(mixture: Option<Mixture>) -> f64 {
    minus(mixture.and_then(|mixture| algorithmic_energy(&mixture).ok().flatten()))
}

fn ground_of(mixture: Option<Mixture>) -> f64 {
    minus(mixture.and_then(|mixture| level_energy(&mixture, 0)))
}

fn ground_state(records: &Records) -> Vec<Finding> {
    let ground = |p: usize, stage: &str, margin: f64| {
        let lowest = at_infinity(records, stage, "energy.lowest", |n| n.ln() / n);
        let prediction = Prediction::Equal { value: ground_of(pure(p)), margin };
        judged(&format!("p = {p}"), &lowest, prediction, true)
    };
    vec![ground(3, "minima-3", MARGIN), ground(4, "minima-4", MARGIN_4)]
}

fn threshold(records: &Records) -> Vec<Finding> {
    let ends = at_edge(records, "pure", "energy");
    let value = threshold_of(pure(3));
    let moved = change(
        records,
        [("stage", "pure"), ("spins", "100")],
        [("stage", "slow"), ("spins", "100")],
    );
    let unmoved = Prediction::Equal { value: 0.0, margin: MARGIN };
    vec![
        judged("p = 3", &ends, Prediction::Equal { value, margin: MARGIN }, true),
        judged("a quarter of the step, N = 100", &moved, unmoved, false),
    ]
}

fn concentration(records: &Records) -> Vec<Finding> {
    let point = |record: &Record| {
        Some((level(record, "spins")?.ln(), record.number("energy.variance")?.ln()))
    };
    let by_size = points(&records.filter(&[("stage", "pure")]), point);
    let slopes: Vec<f64> =
        by_size.values().filter_map(|points| Some(line(points)?.slope)).collect();
    let (bottom, top) = (ground_of(pure(3)), threshold_of(pure(3)));
    let band =
        Prediction::Equal { value: 0.5 * (bottom + top), margin: 0.5 * (top - bottom) + MARGIN };
    vec![
        judged("variance", &slopes, Prediction::AtMost(-1.0), true),
        judged("mean", &at_edge(records, "pure", "energy"), band, true),
    ]
}

fn marginality(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "pure")]);
    let indices = points(&stage, |record| Some((level(record, "spins")?, record.number("index")?)));
    let worst: Vec<f64> =
        indices.values().map(|points| points.iter().map(|point| point.1).sum::<f64>()).collect();
    let gaps = at_edge(records, "pure", "eigenvalue.lowest");
    let closed = Prediction::Equal { value: 0.0, margin: 3.0 * MARGIN };
    vec![
        judged("negative eigenvalues", &worst, Prediction::AtMost(0.0), true),
        judged("gap", &gaps, closed, true),
    ]
}

fn below_threshold(records: &Records) -> Vec<Finding> {
    let threshold = threshold_of(mixed());
    let deeper = change(
        records,
        [("stage", "mixed"), ("spins", "100")],
        [("stage", "warm"), ("spins", "100")],
    );
    let at_most = Prediction::AtMost;
    let warm = at_edge(records, "warm", "energy");
    let random = at_edge(records, "mixed", "energy");
    vec![
        judged("from T = 0.85", &warm, at_most(threshold), true),
        judged("less random starts, N = 100", &deeper, at_most(0.0), true),
        judged("random starts", &random, at_most(threshold + MARGIN), false),
    ]
}

fn barrier(records: &Records) -> Vec<Finding> {
    let models =
        [("p = 3", pure(3), "hessians", "pure"), ("3+4", mixed(), "hessians-mixed", "mixed")];
    let findings = models.map(|(model, mixture, hessians, gradients)| {
        let barrier = barrier_of(mixture);
        let reached = at_edge(records, hessians, "energy");
        let kept = at_edge(records, gradients, "energy");
        let distance = points(&records.filter(&[("stage", hessians)]), |record| {
            let above = record.number("energy")? - barrier;
            (above > 0.0).then_some((level(record, "spins")?.ln(), above.ln()))
        });
        let powers: Vec<f64> =
            distance.values().filter_map(|points| Some(line(points)?.slope)).collect();
        [
            judged(
                &format!("{model}, by Hessians"),
                &reached,
                Prediction::AtMost(barrier + MARGIN),
                true,
            ),
            judged(
                &format!("{model}, by gradients"),
                &kept,
                Prediction::AtLeast(barrier - MARGIN),
                true,
            ),
            judged(
                &format!("{model}, power of N if it vanishes"),
                &powers,
                Prediction::AtMost(0.0),
                false,
            ),
        ]
    });
    findings.into_iter().flatten().collect()
}

fn deeper(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "depth")]);
    let change = |from, to| {
        change(&stage, [("spins", "32"), ("beta", from)], [("spins", "32"), ("beta", to)])
    };
    vec![
        judged("beta from 0.5 to 1", &change("0.5", "1.0"), Prediction::AtMost(0.0), true),
        judged("beta from 1 to 2", &change("1.0", "2.0"), Prediction::AtMost(0.0), true),
    ]
}

fn easy_first(records: &Records) -> Vec<Finding> {
    let at = |spins: &str| {
        let cell = records.filter(&[("stage", "annealing"), ("spins", spins)]);
        let differences = per_replicate(&cell, |record| record.number("difference"));
        let slice = format!("N = {spins}");
        judged(&slice, &differences, Prediction::AtMost(0.0), spins == "32")
    };
    ["16", "24", "32"].map(at).into()
}

fn semicircle(records: &Records) -> Vec<Finding> {
    [("p = 3", "pure"), ("3+4", "mixed")]
        .map(|(model, stage)| {
            let stage = records.filter(&[("stage", stage)]);
            let far = limit(&stage, "spins", |record| record.number("spectrum.distance"));
            judged(model, &far, Prediction::AtMost(0.01), true)
        })
        .into()
}
