//! Numbers and energies of critical points of spin glasses: formulas of Kac and Rice against counts
//! of all critical points, and what Littwin & Wolf 2016 make of them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::claims::select::{
    LEVEL, by_replicate, level, line, paired, per_replicate, points, ratio,
};
use crate::depth::{DepthLaw, trivialisation_beta};
use crate::lab::{Claim, Finding, Prediction, Records};
use crate::random::Streams;
use crate::spinglass::{
    Mixture, expected_by_index, expected_shares_below, ln_expected_total, theta,
};
use crate::stats::{Estimate, mean, standard_error};

const KAC_RICE: &str = "Auffinger-Ben Arous 2013";
const LITTWIN_WOLF: &str = "Littwin-Wolf 2016";
const CODE: &str = "src/claims/critical_points.rs";

/// A pure model and two mixed ones, all with q = 2: one nearly pure, one with a strong field.
const PURE: &str = "3:1";
const MIXED: [&str; 2] = ["2:2,4:1", "1:2,4:1"];

/// The largest N at which claims evaluate exact counts of records: chosen here, because it then
/// takes milliseconds.
const LARGEST: usize = 10;

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P42",
        paper: KAC_RICE,
        source: "Theorem 1.1, as an identity at finite N",
        statement: "The expected number of critical points is 2 sqrt 2 q^(N/2) (1 + q)^(-1/2) times an \
                    integral of the eigenvalue density of GOE_N, for every N and every mixture.",
        statistic: "mean number of critical points, all found, over the formula, each mixture and N; \
                    largest deviation of a mean from the formula in its standard errors; critical \
                    points that Newton's method finds beside them from random starts",
        prediction: "ratios 1 within 5 %, no deviation above 4 standard errors, no point beside",
        margin: "4 standard errors, as first stated; 5 % so that agreement is not for want of \
                 landscapes",
        simulator: "critical-points",
        observables: &["count.total", "newton.new"],
        code: CODE,
        evaluate: totals,
    },
    Claim {
        id: "P43",
        paper: KAC_RICE,
        source: "Theorem 1.2, as an identity at finite N",
        statement: "The expected number of critical points of index k is the same formula with the \
                    k-th eigenvalue of GOE_N in place of the density.",
        statistic: "mean number of critical points of indices k and N - 1 - k, over the formula, pure \
                    and mixed models at q = 2, 3 and 1/2",
        prediction: "ratio 1 within 10 %",
        margin: "10 %: the rarest indices of the table have 0.3 points per landscape, and the full \
                 profile a standard error of about 2 % there",
        simulator: "critical-points",
        observables: &["count.index"],
        code: CODE,
        evaluate: indices,
    },
    Claim {
        id: "P44",
        paper: KAC_RICE,
        source: "derived: counts depend on q alone",
        statement: "Mixtures with equal q = nu''/nu' have equal expected numbers of critical points of \
                    every index: pure 3-spin, 2+4 and 1+4 with weights 2/3 and 1/3, q = 2.",
        statistic: "difference of the mean counts of a mixed and the pure model over the expected \
                    count, each N and each pair of indices k, N - 1 - k",
        prediction: "0 within 10 %",
        margin: "10 %, as P43: q = 2.5 would move the counts of N = 5 by a quarter",
        simulator: "critical-points",
        observables: &["count.index"],
        code: CODE,
        evaluate: universality,
    },
    Claim {
        id: "P45",
        paper: KAC_RICE,
        source: "the law of f given its critical value",
        statement: "Energies of critical points follow the normal law given the critical value, \
                    mixed over the eigenvalue density: mixtures with equal counts differ in energy.",
        statistic: "difference between the share of critical points below u and the law, at the u \
                    (-3, -2.9, ..., 3) where its mean is farthest from 0: a distance of Kolmogorov \
                    and Smirnov on a grid",
        prediction: "0 within 0.02; beside it, for 1+4 and N >= 3, the law of the pure model, a rival",
        margin: "0.02, stated before the distance of the laws was known: those of 1+4 and of the pure \
                 model are 0.020 to 0.030 apart for N = 2 to 5, so that only the larger N tell them \
                 apart; that of 2+4 is less than 0.01 from the pure one",
        simulator: "critical-points",
        observables: &["energy", "energy.distribution"],
        code: CODE,
        evaluate: energies,
    },
    Claim {
        id: "P46",
        paper: "derived, beside Littwin-Wolf 2016",
        source: "Eq. (31) with its first correction",
        statement: "ln E Crt_{N,0} = N theta + (32 sqrt 2/3) c^(3/2) sqrt N + o(sqrt N), \
                    c = (q - 1)/(4 (q + 1)): for the pure 3-spin model the correction exceeds N theta \
                    up to N = 750.",
        statistic: "coefficient a of the least-squares fit of ln E Crt_{N,0} - N theta - 23/96 ln N by \
                    a sqrt N + b N^(1/4) + d, over the derived one; the terms in N^(1/4) and ln N are \
                    those of the left tail of Tracy and Widom's law",
        prediction: "ratio 1 within 5 %",
        margin: "5 %, as first stated",
        simulator: "minima-counts",
        observables: &["ln.minima"],
        code: CODE,
        evaluate: root_correction,
    },
    Claim {
        id: "P47",
        paper: LITTWIN_WOLF,
        source: "Fig. 1(f), Eq. (31)",
        statement: "theta_k increases with beta where q >= 1; at p = 100 it is 0.306, 0.810, 1.126 for \
                    beta = 0.1, 0.5, 2.",
        statistic: "steps at which theta does not increase, p = 3, 4, 5, 10, 30, 100, a hundred steps \
                    from the beta with q = 1 to 5; deviation from the three values",
        prediction: "identity: no step; values within 1e-8",
        margin: "the values are known to eight digits",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: increasing,
    },
    Claim {
        id: "P48",
        paper: LITTWIN_WOLF,
        source: "Theorem 5",
        statement: "Among mixtures of degrees up to p the pure p-spin model has the largest theta_k, \
                    alone.",
        statistic: "largest theta of 20000 random mixtures minus that of the pure model; the weight on \
                    r = p where a random search for the largest theta ends; decreases of \
                    E Crt_{N,0} in q from 1/4 to 8, N = 2..8",
        prediction: "below 0; at least 0.999; none",
        margin: "0.999: what a search of 4000 steps is asked to find",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: purest,
    },
    Claim {
        id: "P49",
        paper: "Belius et al. 2022",
        source: "Theorem 1.1, against Littwin-Wolf 2016, Fig. 1(f)",
        statement: "With r = 1 kept the paper's landscape is trivial below beta_c(p), about 1/(p - 1): \
                    the expected number of critical points tends to 2; at beta_c it is exactly 2 N.",
        statistic: "deviation of the exact expectation from 2 N at beta_c, N = 2..100, six p; its \
                    value at beta_c/2, N = 1000; mean number found at beta_c and beta_c/2 over the \
                    formula",
        prediction: "identity within 1e-9 of 2 N; at most 2.001; ratios 1 within 5 %",
        margin: "1e-9 is rounding; 2.001 is 2 to the digits of a figure; 5 % as P42. N = 200 was \
                 looked at first, where the largest of the six is still 2.05",
        simulator: "critical-points",
        observables: &["count.total"],
        code: CODE,
        evaluate: trivial,
    },
    Claim {
        id: "P50",
        paper: KAC_RICE,
        source: "Theorem 1.2 at q = 1, derived",
        statement: "At q = 1 the expected number of critical points is 2 for each index, for every N.",
        statistic: "deviation of the exact expectation from 2, N = 2..12; mean number found of \
                    indices k and N - 1 - k over 2, mixture 1+2+3 with weights 3/5, 1/5, 1/5",
        prediction: "identity within 1e-9; ratios 1 within 10 %",
        margin: "1e-9 is rounding; 10 % as P43",
        simulator: "critical-points",
        observables: &["count.index"],
        code: CODE,
        evaluate: flat,
    },
    Claim {
        id: "P61",
        paper: "Subag 2017",
        source: "Theorem 1, at small N",
        statement: "The number of critical points of the pure 3-spin model concentrates: its variance \
                    over the square of its mean decreases with N.",
        statistic: "slope of that ratio against N, all N of the profile",
        prediction: "at most 0",
        margin: "none: a one-sided bound. Some hundred landscapes had been looked at before: the ratio \
                 is about the same from N = 2 to 4, and falls beyond",
        simulator: "critical-points",
        observables: &["count.variance.ratio"],
        code: CODE,
        evaluate: concentration,
    },
];

/// The cells of a stage: mixture, its word, N and records.
fn cells(records: &Records, stage: &str) -> Vec<(Mixture, String, usize, Records)> {
    let stage = records.filter(&[("stage", stage)]);
    let mut cells = Vec::new();
    for word in stage.levels("mixture") {
        let Ok(mixture) = Mixture::parse(&word) else { continue };
        let of_mixture = stage.filter(&[("mixture", &word)]);
        for size in of_mixture.levels("dimension") {
            let Some(n) = size.parse().ok().filter(|n| (2..=LARGEST).contains(n)) else { continue };
            let cell = of_mixture.filter(&[("dimension", &size)]);
            cells.push((mixture.clone(), word.clone(), n, cell));
        }
    }
    cells
}

fn total_of(mixture: &Mixture, n: usize) -> f64 {
    ln_expected_total(mixture, n).map_or(f64::NAN, f64::exp)
}

fn totals(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut worst, mut count, mut new) = (0.0_f64, 0, None);
    for stage in ["forms", "larger", "field"] {
        for (mixture, word, n, cell) in cells(records, stage) {
            let beside = per_replicate(&cell, |record| record.number("newton.new"));
            if !beside.is_empty() {
                let (sum, length) = new.unwrap_or((0.0, 0));
                new = Some((sum + beside.iter().sum::<f64>(), beside.len().max(length)));
            }
            let sample = per_replicate(&cell, |record| record.number("count.total"));
            let exact = total_of(&mixture, n);
            findings.push(ratio(format!("{word}, N = {n}"), &sample, exact, 0.05));
            let deviation = ((mean(&sample) - exact) / standard_error(&sample)).abs();
            if deviation.is_finite() {
                worst = worst.max(deviation);
                count = sample.len().max(count);
            }
        }
    }
    if count > 0 {
        let estimate = Estimate::exact(worst, count);
        findings.push(Finding::new("largest |z|", &estimate, Prediction::AtMost(4.0), true));
    }
    if let Some((sum, replicates)) = new {
        findings.push(identity("found by Newton alone", sum, replicates, 0.0));
    }
    findings
}

/// Mean of the counts of indices k and N - 1 - k, which have equal expectations (H -> -H).
fn folded(counts: &[f64], n: usize, index: usize) -> Option<f64> {
    (counts.len() == n).then(|| 0.5 * (counts[index] + counts[n - 1 - index]))
}

fn indices(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stage in ["forms", "field"] {
        for (mixture, word, n, cell) in cells(records, stage) {
            // q = 2, 3, 1/2: those of the table
            let known = [2.0, 3.0, 0.5].iter().any(|q| (mixture.q() - q).abs() < 1e-9);
            let Some(expected) = expected_by_index(&mixture, n).ok().filter(|_| known) else {
                continue;
            };
            for (index, expected) in expected.iter().enumerate().take(n.div_ceil(2)) {
                let sample =
                    per_replicate(&cell, |record| folded(record.vector("count.index")?, n, index));
                let slice = format!("{word}, N = {n}, k = {index}");
                findings.push(ratio(slice, &sample, *expected, 0.1));
            }
        }
    }
    findings
}

fn universality(records: &Records) -> Vec<Finding> {
    let all = cells(records, "forms");
    let mut findings = Vec::new();
    for (_, word, n, mixed) in all.iter().filter(|cell| MIXED.contains(&cell.1.as_str())) {
        let Some(pure) = all.iter().find(|cell| cell.1 == PURE && cell.2 == *n) else { continue };
        let Ok(expected) = expected_by_index(&pure.0, *n) else { continue };
        for (index, expected) in expected.iter().enumerate().take(n.div_ceil(2)) {
            let counts = |cell: &Records| {
                by_replicate(cell, |record| folded(record.vector("count.index")?, *n, index))
            };
            let (first, second) = paired(&counts(&pure.3), &counts(mixed));
            let scaled = |x: &[f64]| x.iter().map(|x| x / expected).collect::<Vec<_>>();
            let change = Estimate::paired_change(&scaled(&first), &scaled(&second), LEVEL);
            let prediction = Prediction::Equal { value: 0.0, margin: 0.1 };
            let slice = format!("{word}, N = {n}, k = {index}");
            findings.push(Finding::new(slice, &change, prediction, true));
        }
    }
    findings
}

fn energies(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (mixture, word, n, cell) in cells(records, "forms") {
        if word != PURE && !MIXED.contains(&word.as_str()) {
            continue;
        }
        findings.extend(farthest(&mixture, n, &cell, format!("{word}, N = {n}"), true));
        if let Ok(pure) = Mixture::parse(PURE)
            && word == MIXED[1]
            && n >= 3
        {
            let slice = format!("{word}, N = {n}, rival: law of {PURE}");
            findings.extend(farthest(&pure, n, &cell, slice, false));
        }
    }
    findings
}

/// The difference from a mixture's law of energies at the energy where its mean is farthest from 0.
fn farthest(
    mixture: &Mixture,
    n: usize,
    cell: &Records,
    slice: String,
    decisive: bool,
) -> Option<Finding> {
    let mut grid: Option<Vec<f64>> = None;
    for record in cell.iter() {
        if let Some(energies) = record.vector("energy").filter(|_| grid.is_none()) {
            grid = Some(energies.to_vec());
        }
    }
    let prediction = Prediction::Equal { value: 0.0, margin: 0.02 };
    // chosen here: a longer grid is not that of the simulator
    let Some(grid) = grid.filter(|grid| grid.len() <= 1000) else {
        let nothing = Estimate::mean(&[], LEVEL);
        return Some(Finding::new(slice, &nothing, prediction, decisive));
    };
    let law = expected_shares_below(mixture, n, &grid).ok()?;
    let differences = |place: usize| {
        per_replicate(cell, |record| {
            let same = record.vector("energy")? == grid.as_slice();
            let share = record.vector("energy.distribution")?.get(place)?;
            same.then_some(share - law[place])
        })
    };
    let all: Vec<Vec<f64>> = (0..grid.len()).map(differences).collect();
    let worst = all.iter().max_by(|a, b| mean(a).abs().total_cmp(&mean(b).abs()))?;
    Some(Finding::new(slice, &Estimate::mean(worst, LEVEL), prediction, decisive))
}

fn root_correction(records: &Records) -> Vec<Finding> {
    let stage = records.filter(&[("stage", "edge")]);
    let mut findings = Vec::new();
    for word in stage.levels("mixture") {
        let Ok(mixture) = Mixture::parse(&word) else { continue };
        let Some(theta) = theta(&mixture).filter(|theta| *theta > 0.0) else { continue };
        let c = 0.25 * mixture.contrast();
        let derived = 32.0 * 2_f64.sqrt() / 3.0 * c.powf(1.5);
        let curve = points(&stage.filter(&[("mixture", &word)]), |record| {
            let n = level(record, "dimension")?;
            Some((n, record.number("ln.minima")? - n * theta - 23.0 / 96.0 * n.ln()))
        });
        let sample: Vec<f64> =
            curve.values().filter_map(|points| root_coefficient(points)).collect();
        findings.push(ratio(word, &sample, derived, 0.05));
    }
    findings
}

/// The coefficient a of the least-squares fit by a sqrt N + b N^{1/4} + d: the slope of what is left
/// of y beside what is left of sqrt N, both freed of their lines in N^{1/4}.
fn root_coefficient(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < 4 {
        return None;
    }
    let freed = |value: &dyn Fn(&(f64, f64)) -> f64| -> Option<Vec<f64>> {
        let pairs: Vec<(f64, f64)> = points.iter().map(|p| (p.0.powf(0.25), value(p))).collect();
        let fit = line(&pairs)?;
        Some(pairs.iter().map(|(x, y)| y - fit.intercept - fit.slope * x).collect())
    };
    let (roots, rest) = (freed(&|p| p.0.sqrt())?, freed(&|p| p.1)?);
    let product: f64 = roots.iter().zip(&rest).map(|(x, y)| x * y).sum();
    Some(product / roots.iter().map(|x| x * x).sum::<f64>())
}

fn identity(slice: impl Into<String>, deviation: f64, count: usize, tolerance: f64) -> Finding {
    let prediction = Prediction::Identity { tolerance };
    Finding::new(slice, &Estimate::exact(deviation, count), prediction, true)
}

fn increasing(_: &Records) -> Vec<Finding> {
    let theta = |p: usize, beta: f64| {
        DepthLaw::new(p, beta).ok().and_then(|law| law.theta).unwrap_or(f64::NAN)
    };
    let mut failures = 0;
    let depths = [3, 4, 5, 10, 30, 100];
    for p in depths {
        let Ok(start) = trivialisation_beta(p) else { continue };
        let at = |step: u32| start + (5.0 - start) * f64::from(step) / 100.0;
        // at the first point q = 1, and theta = 0 within rounding
        let falls = |step: &u32| {
            let before = if *step == 0 { 0.0 } else { theta(p, at(*step)) };
            theta(p, at(step + 1)).partial_cmp(&before) != Some(std::cmp::Ordering::Greater)
        };
        failures += (0..100).filter(falls).count();
    }
    let known = [(0.1, 0.306_109_84), (0.5, 0.810_317_12), (2.0, 1.126_447_7)];
    let deviation =
        known.iter().map(|(beta, value)| (theta(100, *beta) - value).abs()).fold(0.0, f64::max);
    vec![
        identity("steps without an increase", failures as f64, 100 * depths.len(), 0.0),
        // half a unit of the last digit of the shortest
        identity("p = 100, values", deviation, known.len(), 5e-8),
    ]
}

fn purest(_: &Records) -> Vec<Finding> {
    // nothing random that depends on records: once for all
    static FOUND: OnceLock<Vec<Finding>> = OnceLock::new();
    FOUND.get_or_init(search).clone()
}

fn search() -> Vec<Finding> {
    const DEGREES: usize = 6;
    const DRAWS: usize = 20_000;
    const STEPS: usize = 4000;
    let rate = |weights: &[f64]| {
        let terms: Vec<(usize, f64)> = (1..).zip(weights.iter().copied()).collect();
        Mixture::new(&terms).ok().and_then(|mixture| theta(&mixture)).unwrap_or(0.0)
    };
    let mut pure = [0.0; DEGREES];
    pure[DEGREES - 1] = 1.0;
    let best = rate(&pure);
    let mut rng = Streams::new(1, "simplex", 0).stream("mixtures", "");
    // uniform on the simplex, and crowded at its corners
    let mut draw = |power: f64| -> Vec<f64> {
        (0..DEGREES)
            .map(|_| {
                let x: f64 = Exp1.sample(&mut rng);
                x.powf(power)
            })
            .collect()
    };
    let excess = (0..DRAWS)
        .map(|i| rate(&draw(if i % 2 == 0 { 1.0 } else { 8.0 })) - best)
        .fold(f64::NEG_INFINITY, f64::max);
    // a random walk in ln of the weights that goes only upwards
    let mut weights = draw(1.0);
    let mut steps = Streams::new(1, "simplex", 0).stream("steps", "");
    for _ in 0..STEPS {
        let moved: Vec<f64> = weights
            .iter()
            .map(|w| {
                let normal: f64 = StandardNormal.sample(&mut steps);
                w * (0.5 * normal).exp()
            })
            .collect();
        if rate(&moved) > rate(&weights) {
            let sum: f64 = moved.iter().sum();
            weights = moved.iter().map(|w| w / sum).collect();
        }
    }
    let mut falls = 0;
    for n in 2..=8 {
        // weights 1 - w, w on r = 1, 3 up to q = 2, pure and mixed forms beyond
        let minima: Vec<f64> = (1..=32_u32)
            .filter_map(|quarter| {
                let q = f64::from(quarter) / 4.0;
                let terms = match quarter {
                    ..8 => [(1, 1.0 - q / (6.0 - 2.0 * q)), (3, q / (6.0 - 2.0 * q))],
                    // degrees 3 and 9: q = (6 a + 72 b)/(3 a + 9 b)
                    _ => [(3, 72.0 - 9.0 * q), (9, 3.0 * q - 6.0)],
                };
                Some(expected_by_index(&Mixture::new(&terms).ok()?, n).ok()?[0])
            })
            .collect();
        falls += minima.windows(2).filter(|pair| pair[1] <= pair[0]).count();
    }
    vec![
        Finding::new(
            format!("random mixtures, p = {DEGREES}"),
            &Estimate::exact(excess, DRAWS),
            Prediction::AtMost(0.0),
            true,
        ),
        Finding::new(
            "weight on r = p where the search ends",
            &Estimate::exact(weights[DEGREES - 1], STEPS),
            Prediction::AtLeast(0.999),
            true,
        ),
        identity("E Crt_{N,0} does not increase with q", falls as f64, 7 * 31, 0.0),
    ]
}

fn of_depth_law(layers: usize, beta: f64) -> Option<Mixture> {
    DepthLaw::new(layers, beta).and_then(|law| law.mixture()).ok()
}

/// The exact part of P49.
fn exact_trivial() -> Vec<Finding> {
    let (mut deviation, mut largest, mut count) = (0.0_f64, 0.0_f64, 0);
    for p in [3, 4, 5, 10, 20, 100] {
        let Ok(critical) = trivialisation_beta(p) else { continue };
        let (Some(at), Some(below)) = (of_depth_law(p, critical), of_depth_law(p, 0.5 * critical))
        else {
            continue;
        };
        for n in [2, 3, 4, 5, 10, 30, 100] {
            deviation = deviation.max((total_of(&at, n) / (2.0 * n as f64) - 1.0).abs());
            count += 1;
        }
        largest = largest.max(total_of(&below, 1000));
    }
    vec![
        identity("exact, beta_c", deviation, count, 1e-9),
        Finding::new(
            "exact, beta_c/2, N = 1000",
            &Estimate::exact(largest, 6),
            Prediction::AtMost(2.001),
            true,
        ),
    ]
}

fn trivial(records: &Records) -> Vec<Finding> {
    static EXACT: OnceLock<Vec<Finding>> = OnceLock::new();
    let exact = EXACT.get_or_init(exact_trivial);
    let mut findings = exact.clone();
    let stage = records.filter(&[("stage", "paper")]);
    for beta in stage.levels("beta") {
        let of_beta = stage.filter(&[("beta", &beta)]);
        for size in of_beta.levels("dimension") {
            let cell = of_beta.filter(&[("dimension", &size)]);
            let layers: Option<usize> =
                cell.levels("layers").first().and_then(|word| word.parse().ok());
            let (Some(layers), Ok(value), Ok(n)) =
                (layers, beta.parse::<f64>(), size.parse::<usize>())
            else {
                continue;
            };
            if !(2..=LARGEST).contains(&n) {
                continue;
            }
            let Some(mixture) = of_depth_law(layers, value) else { continue };
            let sample = per_replicate(&cell, |record| record.number("count.total"));
            let exact = total_of(&mixture, n);
            findings.push(ratio(format!("beta = {value:.5}, N = {n}"), &sample, exact, 0.05));
        }
    }
    // records are part of the claim: the formula alone does not confirm it
    if findings.len() == exact.len() {
        let why = format!("no landscape of the paper's mixture with N = 2 to {LARGEST}");
        findings.push(Finding::missing(
            "counted",
            Prediction::Equal { value: 1.0, margin: 0.05 },
            why,
        ));
    }
    findings
}

/// The exact part of P50.
fn exact_flat() -> Vec<Finding> {
    let mut deviation = f64::NAN;
    if let Ok(mixture) = Mixture::new(&[(1, 3.0), (2, 1.0), (3, 1.0)]) {
        let counts = (2..=12).flat_map(|n| expected_by_index(&mixture, n).unwrap_or_default());
        deviation = counts.map(|count| (count - 2.0).abs()).fold(0.0, f64::max);
    }
    vec![identity("exact, N = 2..12", deviation, 11, 1e-9)]
}

fn flat(records: &Records) -> Vec<Finding> {
    static EXACT: OnceLock<Vec<Finding>> = OnceLock::new();
    let mut findings = EXACT.get_or_init(exact_flat).clone();
    let cells = cells(records, "flat");
    for (_, word, n, cell) in &cells {
        for index in 0..n.div_ceil(2) {
            let sample =
                per_replicate(cell, |record| folded(record.vector("count.index")?, *n, index));
            findings.push(ratio(format!("{word}, N = {n}, k = {index}"), &sample, 2.0, 0.1));
        }
    }
    if cells.is_empty() {
        let why = "no landscape with q = 1".to_owned();
        findings.push(Finding::missing(
            "counted",
            Prediction::Equal { value: 1.0, margin: 0.1 },
            why,
        ));
    }
    findings
}

fn concentration(records: &Records) -> Vec<Finding> {
    // forms of N = 2 to 5 and larger ones of one mixture: replicates are numbered alike
    let mut curve: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    let stages = ["forms", "larger"].map(|stage| {
        points(&records.filter(&[("stage", stage), ("mixture", PURE)]), |record| {
            Some((level(record, "dimension")?, record.number("count.variance.ratio")?))
        })
    });
    for (replicate, small) in &stages[0] {
        if let Some(large) = stages[1].get(replicate) {
            curve.insert(*replicate, [small.as_slice(), large].concat());
        }
    }
    let slopes: Vec<f64> = curve.values().filter_map(|points| Some(line(points)?.slope)).collect();
    let estimate = Estimate::mean(&slopes, LEVEL);
    vec![Finding::new("pure 3-spin", &estimate, Prediction::AtMost(0.0), true)]
}
