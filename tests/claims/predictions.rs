//! The rules of verdicts: an interval against a prediction, and findings against a claim.

use hessian::lab::{Finding, Prediction, Verdict};
use hessian::stats::Estimate;

use Verdict::{Confirmed, Refuted, Undecided};

const ABOVE: f64 = 1.0 + f64::EPSILON;
const BELOW: f64 = 1.0 - f64::EPSILON;

#[test]
fn an_interval_is_confirmed_or_refuted_as_a_whole_and_its_ends_belong_to_it() {
    // 0.75 to 1.25, all ends exact
    let equal = Prediction::Equal { value: 1.0, margin: 0.25 };
    let (least, most) = (Prediction::AtLeast(1.0), Prediction::AtMost(1.0));
    for (prediction, low, high, verdict) in [
        (equal, 0.75, 1.25, Confirmed),
        (equal, 1.25, 1.25, Confirmed),
        (equal, 0.75, 0.75, Confirmed),
        (equal, 0.75 - f64::EPSILON, 1.25, Undecided),
        (equal, 0.75, 1.25 + f64::EPSILON, Undecided),
        (equal, 0.5, 0.75, Undecided),
        (equal, 1.25, 1.5, Undecided),
        (equal, 0.0, 2.0, Undecided),
        (equal, 0.5, 0.75 - f64::EPSILON, Refuted),
        (equal, 1.25 + f64::EPSILON, 1.5, Refuted),
        (equal, -1.25, -0.75, Refuted),
        (least, 1.0, 1.0, Confirmed),
        (least, 1.0, 9.0, Confirmed),
        (least, BELOW, ABOVE, Undecided),
        (least, 0.0, 1.0, Undecided),
        (least, 0.0, BELOW, Refuted),
        (least, -9.0, -2.0, Refuted),
        (most, 1.0, 1.0, Confirmed),
        (most, -9.0, 1.0, Confirmed),
        (most, BELOW, ABOVE, Undecided),
        (most, 1.0, 2.0, Undecided),
        (most, ABOVE, 2.0, Refuted),
    ] {
        let estimate = Estimate { value: (low + high) / 2.0, low, high, level: 0.95, count: 9 };
        assert_eq!(prediction.judge(&estimate), verdict, "{prediction:?} on {low}..{high}");
    }
}

#[test]
fn an_identity_holds_up_to_its_tolerance_in_either_direction() {
    let identity = Prediction::Identity { tolerance: 1.0 };
    for (deviation, verdict) in [
        (0.0, Confirmed),
        (1.0, Confirmed),
        (-1.0, Confirmed),
        (ABOVE, Refuted),
        (-ABOVE, Refuted),
        (f64::NAN, Undecided),
        (f64::INFINITY, Undecided),
    ] {
        assert_eq!(identity.judge(&Estimate::exact(deviation, 1)), verdict, "{deviation}");
    }
}

#[test]
fn an_interval_that_is_not_finite_decides_nothing() {
    let predictions = [
        Prediction::Equal { value: 0.0, margin: 1.0 },
        Prediction::Equal { value: 100.0, margin: 1.0 },
        Prediction::AtLeast(-1.0),
        Prediction::AtLeast(1.0),
        Prediction::AtMost(1.0),
        Prediction::AtMost(-1.0),
        Prediction::Identity { tolerance: 1.0 },
    ];
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    for prediction in predictions {
        for (value, low, high) in [
            (nan, nan, nan),
            (nan, 0.0, 0.0),
            (0.0, nan, 0.0),
            (0.0, 0.0, nan),
            (0.0, -infinity, 0.0),
            (0.0, 0.0, infinity),
            (0.0, -infinity, infinity),
            (infinity, infinity, infinity),
        ] {
            let estimate = Estimate { value, low, high, level: 0.95, count: 1 };
            let verdict = prediction.judge(&estimate);
            assert_eq!(verdict, Undecided, "{prediction:?} on {value}, {low}..{high}");
        }
        for samples in [&[] as &[f64], &[0.0]] {
            let mean = Estimate::mean(samples, 0.95);
            assert_eq!(prediction.judge(&mean), Undecided, "{prediction:?} on {samples:?}");
        }
    }
}

#[test]
fn a_finding_keeps_its_estimate_and_holds_it_against_its_prediction() {
    let estimate = Estimate::mean(&[1.0, 2.0, 3.0], 0.95);
    let finding = Finding::new("slice", &estimate, Prediction::AtMost(-5.0), false);
    assert_eq!((finding.estimate, finding.level, finding.replicates), (2.0, 0.95, 3));
    assert_eq!((finding.low, finding.high), (estimate.low, estimate.high));
    assert_eq!((finding.verdict, finding.decisive), (Refuted, false));
}

#[test]
fn one_refuted_finding_refutes_and_only_decisive_ones_count() {
    let finding = |(verdict, decisive): &(Verdict, bool)| {
        let at = match verdict {
            Confirmed => Estimate::exact(1.0, 1),
            Refuted => Estimate::exact(-1.0, 1),
            Undecided => Estimate::mean(&[1.0], 0.95),
        };
        Finding::new("slice", &at, Prediction::AtLeast(0.0), *decisive)
    };
    let (confirmed, refuted, undecided) = ((Confirmed, true), (Refuted, true), (Undecided, true));
    for (findings, verdict) in [
        (&[] as &[(Verdict, bool)], Undecided),
        (&[(Confirmed, false)], Undecided),
        (&[(Refuted, false)], Undecided),
        (&[confirmed], Confirmed),
        (&[confirmed, confirmed], Confirmed),
        (&[refuted], Refuted),
        (&[undecided], Undecided),
        (&[confirmed, refuted], Refuted),
        (&[refuted, confirmed], Refuted),
        (&[undecided, refuted, confirmed], Refuted),
        (&[confirmed, undecided], Undecided),
        (&[undecided, confirmed], Undecided),
        (&[confirmed, (Refuted, false)], Confirmed),
        (&[confirmed, (Undecided, false)], Confirmed),
        (&[refuted, (Confirmed, false)], Refuted),
        (&[undecided, (Confirmed, false), (Refuted, false)], Undecided),
    ] {
        let made: Vec<Finding> = findings.iter().map(finding).collect();
        assert!(made.iter().zip(findings).all(|(made, (verdict, _))| made.verdict == *verdict));
        assert_eq!(Verdict::of(&made), verdict, "{findings:?}");
    }
}
