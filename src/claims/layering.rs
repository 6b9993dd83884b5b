//! Layers of critical points by index in pure spin glasses (Auffinger, Ben Arous and Cerny 2013), by
//! expected numbers at finite N.
//!
//! Markov's inequality turns an expected number into a bound: the probability that there is any
//! point is at most the number that is expected. Upwards it says nothing, so that the rival, minima in the
//! same band, is told by its expected number alone.

use crate::claims::select::{LEVEL, level, line, per_replicate, points};
use crate::lab::{Claim, Finding, Prediction, Records};
use crate::spinglass::{Mixture, level_energy, theta_at_energy};
use crate::stats::Estimate;

/// The p of the sim: bands of index 0 and 1 are E_0 - E_1 = 0.0432 apart, ten times as far as at p = 3.
const DEGREE: usize = 10;

/// Relative error of a growth rate that is allowed.
const MARGIN: f64 = 0.02;

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[Claim {
    id: "P51",
    paper: "Auffinger-Ben Arous-Cerny 2013",
    source: "Theorem 2.2, layers; rates of Theorem 2.1",
    statement: "In a pure model there is no critical point of index k below -N (E_k + delta) with \
                probability to 1, exponentially fast in N, where minima still abound.",
    statistic: "slope in N of ln E Crt_{N,k} + a ln N, N = 50 to 1600, a = 1/2 for index 0 and 2 for \
                index 1, the powers of N that one and two eigenvalues outside the spectrum bring, over \
                the derived rate theta_k; p = 10, energies below -(E_1 + 0.02) and -(E_1 - 0.02); ln of \
                the expected number of index 1 below -(E_1 + 0.02) at N = 1600, a bound on ln of the \
                probability",
    prediction: "ratios 1 within 2 %: theta_1 below 0 under -E_1 and above 0 over it, theta_0 above 0 \
                 in both; at most ln 0.05",
    margin: "2 % of theta_1 is what moving E_1 by 0.0004 would make, a hundredth of E_0 - E_1; 0.05 as \
             every level here. What is left out are terms of order 1/N. Stated before any of these \
             numbers was known",
    simulator: "band-counts",
    observables: &["ln.count"],
    code: "src/claims/layering.rs",
    evaluate: layers,
}];

fn layers(records: &Records) -> Vec<Finding> {
    let Ok(pure) = Mixture::pure(DEGREE) else { return Vec::new() };
    let saddle = level_energy(&pure, 1).unwrap_or(f64::NAN);
    let stage = records.filter(&[("stage", "layers")]);
    let cell = |index: usize, offset: &str| {
        stage.filter(&[("index", &index.to_string()), ("offset", offset)])
    };
    let slope = |slice: &str, index: usize, offset: &str| {
        let power = [0.5, 2.0][index];
        let depth = saddle + offset.parse().unwrap_or(f64::NAN);
        let rate = theta_at_energy(&pure, -depth, Some(index)).unwrap_or(f64::NAN);
        let curve = points(&cell(index, offset), |record| {
            let n = level(record, "dimension")?;
            Some((n, record.number("ln.count")? + power * n.ln()))
        });
        let ratios: Vec<f64> =
            curve.values().filter_map(|points| Some(line(points)?.slope / rate)).collect();
        let estimate = Estimate::mean(&ratios, LEVEL);
        let prediction = Prediction::Equal { value: 1.0, margin: MARGIN };
        Finding::new(format!("{slice}: rate over {rate:.4}"), &estimate, prediction, true)
    };
    let largest = cell(1, "0.02").filter(&[("dimension", "1600")]);
    let bounds = per_replicate(&largest, |record| record.number("ln.count"));
    vec![
        slope("index 1 below -(E_1 + 0.02)", 1, "0.02"),
        Finding::new(
            "index 1 below -(E_1 + 0.02), N = 1600: ln of the bound",
            &Estimate::mean(&bounds, LEVEL),
            Prediction::AtMost(0.05_f64.ln()),
            true,
        ),
        slope("index 1 below -(E_1 - 0.02)", 1, "-0.02"),
        slope("rival: index 0 below -(E_1 + 0.02)", 0, "0.02"),
        slope("rival: index 0 below -(E_1 - 0.02)", 0, "-0.02"),
    ]
}
