//! Littwin & Wolf 2016, Theorems 1 and 2 and Lemma 4: exact statements about the weights eps_r,
//! checked on the series itself.

use crate::depth::DepthLaw;
use crate::lab::{Claim, Finding, Prediction, Records};
use crate::stats::Estimate;

const PAPER: &str = "Littwin-Wolf 2016";
const CODE: &str = "src/claims/depth_law.rs";

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "P01",
        paper: PAPER,
        source: "Theorem 1, Eq. (17)",
        statement: "eps_r is largest at r = floor(beta p / (1 + beta)) + 1, and at the r before too \
                    where beta p / (1 + beta) is whole.",
        statistic: "number of pairs (p, beta) at which the largest entries of the series lie \
                    elsewhere; p = 2..500 and every fiftieth to 5000, nine rational beta from 1/10 \
                    to 10, the floor in whole numbers",
        prediction: "identity: none",
        margin: "none: neighbours in the series differ by 1e-5 or more, or not at all",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: largest_weight,
    },
    Claim {
        id: "P02",
        paper: PAPER,
        source: "Theorem 2, Eq. (18), with its rate",
        statement: "The mass of eps_r^2 outside a window around beta / (1 + beta) falls \
                    exponentially in p, at twice the smaller divergence of its ends.",
        statistic: "slope of ln mass against p from 1000 to 2000, over -2 min KL(alpha_i || pi)",
        prediction: "ratio 1 within 2 %",
        margin: "2 %: the factor in front is a power of p, 0.5 % of the slope or less here",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: tail_rate,
    },
    Claim {
        id: "P03",
        paper: PAPER,
        source: "Eq. (16), width of the law",
        statement: "The standard deviation of r under eps_r^2 tends to sqrt(p pi (1 - pi) / 2), \
                    pi = beta / (1 + beta): half of a binomial variance.",
        statistic: "standard deviation over the formula at p = 5000",
        prediction: "ratio 1 within 0.001",
        margin: "the correction is of order 1/p: 0.0025 at p = 100",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: width_of_the_law,
    },
    Claim {
        id: "P04",
        paper: PAPER,
        source: "Lemma 4",
        statement: "Every depth can be the largest: argmax eps_r = k exactly for beta from \
                    (k - 1)/(p - k + 1) to k/(p - k).",
        statistic: "number of pairs (p, k), p = 2..200, at which the series is not largest at k \
                    inside the interval, or is outside by one part in a million",
        prediction: "identity: none",
        margin: "none",
        simulator: "",
        observables: &[],
        code: CODE,
        evaluate: every_depth,
    },
];

/// The positions r of the largest entries of the series, equal to rounding.
fn largest(law: &DepthLaw) -> Vec<usize> {
    let top = law.epsilon.iter().copied().fold(0.0, f64::max);
    (1..).zip(&law.epsilon).filter(|(_, e)| **e >= top * (1.0 - 1e-12)).map(|(r, _)| r).collect()
}

fn count(slice: String, failures: usize, pairs: usize) -> Finding {
    let estimate = Estimate::exact(failures as f64, pairs);
    Finding::new(slice, &estimate, Prediction::Identity { tolerance: 0.0 }, true)
}

fn largest_weight(_: &Records) -> Vec<Finding> {
    let betas = [(1, 10), (1, 4), (3, 7), (1, 2), (1, 1), (2, 1), (7, 3), (4, 1), (10, 1)];
    let depths = || (2..=500).chain((550..=5000).step_by(50));
    let judge = |(above, below): (usize, usize)| {
        let fails = |p: &usize| {
            let mode = above * p / (above + below) + 1;
            let expected = if (above * p).is_multiple_of(above + below) {
                vec![mode - 1, mode]
            } else {
                vec![mode]
            };
            let law = DepthLaw::new(*p, above as f64 / below as f64);
            law.map_or(true, |law| largest(&law) != expected)
        };
        let slice = format!("beta = {above}/{below}");
        count(slice, depths().filter(fails).count(), depths().count())
    };
    betas.into_iter().map(judge).collect()
}

/// ln of the mass of eps_r^2 outside low p..high p, where single entries underflow.
fn ln_tail(p: usize, beta: f64, low: f64, high: f64) -> f64 {
    let logs = DepthLaw::new(p, beta).map_or(Vec::new(), |law| law.ln_epsilon());
    let outside = (1..).zip(logs).filter(|(r, _)| {
        let share = f64::from(*r) / p as f64;
        share < low || share > high
    });
    let logs: Vec<f64> = outside.map(|(_, ln)| 2.0 * ln).collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + logs.iter().map(|ln| (ln - top).exp()).sum::<f64>().ln()
}

fn tail_rate(_: &Records) -> Vec<Finding> {
    let windows = [(0.5, 0.2, 0.5), (1.0, 0.3, 0.7), (2.0, 0.5, 0.8)];
    let judge = |(beta, low, high): (f64, f64, f64)| {
        let pi = beta / (1.0 + beta);
        let divergence = |a: f64| a * (a / pi).ln() + (1.0 - a) * ((1.0 - a) / (1.0 - pi)).ln();
        let rate = -2.0 * divergence(low).min(divergence(high));
        let slope = (ln_tail(2000, beta, low, high) - ln_tail(1000, beta, low, high)) / 1000.0;
        Finding::new(
            format!("beta = {beta}, window {low} to {high}"),
            &Estimate::exact(slope / rate, 1),
            Prediction::Equal { value: 1.0, margin: 0.02 },
            true,
        )
    };
    windows.into_iter().map(judge).collect()
}

fn width_of_the_law(_: &Records) -> Vec<Finding> {
    let judge = |beta: f64| {
        let (p, pi) = (5000, beta / (1.0 + beta));
        let formula = (p as f64 * pi * (1.0 - pi) / 2.0).sqrt();
        let ratio = DepthLaw::new(p, beta).map_or(f64::NAN, |law| law.sd / formula);
        Finding::new(
            format!("p = {p}, beta = {beta}"),
            &Estimate::exact(ratio, 1),
            Prediction::Equal { value: 1.0, margin: 0.001 },
            true,
        )
    };
    [0.1, 0.5, 1.0, 2.0, 10.0].map(judge).into()
}

fn every_depth(_: &Records) -> Vec<Finding> {
    let (mut failures, mut pairs) = (0, 0);
    for p in 2..=200_usize {
        for k in 1..=p {
            let low = (k - 1) as f64 / (p - k + 1) as f64;
            let high = if k < p { k as f64 / (p - k) as f64 } else { 4.0 * p as f64 };
            let is_largest =
                |beta: f64| DepthLaw::new(p, beta).is_ok_and(|law| largest(&law) == [k]);
            let step = 1e-6;
            let inside = is_largest(low * (1.0 + step) + f64::from(u8::from(k == 1)) * 1e-9)
                && is_largest(high * (1.0 - step));
            let outside = (k == 1 || !is_largest(low * (1.0 - step)))
                && (k == p || !is_largest(high * (1.0 + step)));
            failures += usize::from(!(inside && outside));
            pairs += 1;
        }
    }
    vec![count("p = 2..200, k = 1..p".to_owned(), failures, pairs)]
}
