//! P05, which reads no records: its numbers, and whether it would notice others.

use hessian::depth::DepthLaw;
use hessian::lab::{Prediction, Verdict};
use hessian::stats::Estimate;

use crate::records::judged;

/// beta, argmax and mean of the claim's statement.
const FIGURE: [(f64, usize, f64); 3] =
    [(0.1, 10, 9.792_173_6), (0.5, 34, 33.916_190), (2.0, 67, 67.083_810)];

/// The largest eps_r and the mean of r under eps_r^2, C(99, r - 1)^2 beta^(2 r), by logarithms of
/// factorials.
fn summed(beta: f64) -> (usize, f64) {
    let ln_factorial = |n: usize| (1..=n).map(|k| (k as f64).ln()).sum::<f64>();
    let logarithms: Vec<f64> = (1..=100)
        .map(|r| r as f64 * beta.ln() - ln_factorial(r - 1) - ln_factorial(100 - r))
        .collect();
    let largest = (0..100).max_by(|a, b| logarithms[*a].total_cmp(&logarithms[*b])).unwrap();
    let weights = logarithms.iter().map(|x| (2.0 * (x - logarithms[largest])).exp());
    let (mut total, mut first) = (0.0, 0.0);
    for (r, weight) in (1..).zip(weights) {
        total += weight;
        first += f64::from(r) * weight;
    }
    (largest + 1, first / total)
}

#[test]
fn the_figure_is_judged_by_the_depth_law_and_holds() {
    let judgement = judged("P05", Vec::new());
    assert_eq!(judgement.verdict, Verdict::Confirmed);
    assert_eq!(judgement.findings.len(), FIGURE.len());
    for (finding, (beta, argmax, mean)) in judgement.findings.iter().zip(FIGURE) {
        let law = DepthLaw::new(100, beta).unwrap();
        let (exact_argmax, exact_mean) = summed(beta);
        assert_eq!((&law.argmax[..], argmax), (&[exact_argmax][..], exact_argmax));
        assert!((law.mean - exact_mean).abs() < 1e-9, "{} and {exact_mean}", law.mean);
        assert!((finding.estimate - (exact_mean - mean).abs()).abs() < 1e-9, "{finding:?}");
        assert!(finding.slice.ends_with(&format!("beta = {beta}")), "{finding:?}");
        assert!(finding.decisive);
        assert_eq!(finding.prediction, Prediction::Identity { tolerance: 1e-6 });
    }
}

/// What the claim would see of a law that is a little wrong: another beta, another argmax.
#[test]
fn another_law_would_refute_the_figure() {
    let judgement = judged("P05", Vec::new());
    for (finding, (beta, _, mean)) in judgement.findings.iter().zip(FIGURE) {
        let off = DepthLaw::new(100, beta * (1.0 + 1e-6)).unwrap().mean - mean;
        for (deviation, verdict) in [
            (off.abs(), Verdict::Refuted),
            (1.0, Verdict::Refuted), // an argmax beside the stated one counts 1
            (f64::NAN, Verdict::Undecided),
        ] {
            let found = finding.prediction.judge(&Estimate::exact(deviation, 1));
            assert_eq!(found, verdict, "beta = {beta}, deviation {deviation}");
        }
    }
}

/// Records of any kind change nothing.
#[test]
fn the_figure_reads_no_records() {
    let records = crate::records::made(&crate::records::design(), 2, |_, _| {
        vec![("depth.forward", 0.0.into())]
    });
    assert_eq!(judged("P05", records).findings, judged("P05", Vec::new()).findings);
}
