//! P-values of claims, and their adjustment within a paper.

use hessian::lab::{Claim, Finding, Judgement, Prediction, holm_within_papers};
use hessian::stats::Estimate;

/// A judgement of a claim of this paper whose findings have these p-values.
fn judgement(paper: &'static str, p: &[f64]) -> Judgement {
    let claim = Claim { paper, ..hessian::claims::registry()[0] };
    let finding = |p: &f64| {
        let estimate = Estimate::mean(&[0.0, 1.0, 2.0], 0.95);
        Finding { p: Some(*p), ..Finding::new("one", &estimate, Prediction::AtLeast(0.0), true) }
    };
    Judgement::new((&claim).into(), p.iter().map(finding).collect())
}

fn identity(paper: &'static str) -> Judgement {
    let claim = Claim { paper, ..hessian::claims::registry()[0] };
    let exact = Prediction::Identity { tolerance: 1.0 };
    Judgement::new(
        (&claim).into(),
        vec![Finding::new("one", &Estimate::exact(0.0, 1), exact, true)],
    )
}

#[test]
fn a_claim_is_as_doubtful_as_its_weakest_confirmation_or_its_strongest_refutation() {
    for (findings, p) in [
        (&[0.01] as &[f64], 0.01),
        (&[0.01, 0.02], 0.02),      // all must be confirmed
        (&[0.01, 0.96], 0.08),      // one refutes: twice 0.04
        (&[0.01, 0.5, 0.96], 0.12), // three could have
        (&[0.999, 0.999], 0.002),
    ] {
        let found = judgement("A", findings).p.unwrap();
        assert!((found - p).abs() < 1e-12, "{findings:?}: {found}");
    }
    assert_eq!(identity("A").p, None);
    assert_eq!(judgement("A", &[]).p, None);
}

#[test]
fn the_family_is_one_paper_without_its_identities() {
    let mut all = vec![
        judgement("A", &[0.01]),
        judgement("B", &[0.02]),
        judgement("A", &[0.03]),
        identity("A"),
        judgement("A", &[0.02]),
    ];
    holm_within_papers(&mut all);
    let adjusted: Vec<Option<f64>> = all.iter().map(|one| one.p_holm).collect();
    // Holm by hand: 3 x 0.01, 2 x 0.02, 1 x 0.03 raised to the one before
    let expected = [Some(0.03), Some(0.02), Some(0.04), None, Some(0.04)];
    for (found, expected) in adjusted.iter().zip(expected) {
        match (found, expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12),
            (found, expected) => assert_eq!(*found, expected),
        }
    }
}

/// Student's test by hand: 0, 1, 2 have mean 1 and standard error 1 / sqrt(3); with two degrees of
/// freedom F(t) = 1/2 + t / (2 sqrt(2 + t^2)).
#[test]
fn findings_have_the_p_values_of_one_sided_tests() {
    let estimate = Estimate::mean(&[0.0, 1.0, 2.0], 0.95);
    let law = |t: f64| 0.5 + t / (2.0 * (2.0 + t * t).sqrt());
    let root = 3.0_f64.sqrt();
    for (prediction, outside) in [
        (Prediction::AtLeast(-1.0), -2.0),
        (Prediction::AtLeast(4.0), 3.0),
        (Prediction::AtMost(4.0), -3.0),
        (Prediction::Equal { value: 0.5, margin: 2.0 }, -1.5),
        (Prediction::Equal { value: 5.0, margin: 1.0 }, 3.0),
    ] {
        let p = Finding::new("one", &estimate, prediction, true).p.unwrap();
        assert!((p - law(outside * root)).abs() < 1e-12, "{prediction:?}: {p}");
    }
    let single = Estimate::mean(&[0.0], 0.95);
    let finding = Finding::new("one", &single, Prediction::AtMost(0.0), true);
    assert_eq!((finding.p, finding.needed), (None, None));
    assert_eq!(finding.why, "one replicate has no interval");
}

/// Undecided says how many replicates would decide: with as many, of the same mean and spread, the
/// interval does.
#[test]
fn undecided_says_how_many_replicates_would_decide() {
    let sample = |n: usize| -> Vec<f64> { (0..n).map(|i| 1.0 + 2.0 * (i % 2) as f64).collect() };
    let judge = |n: usize| {
        let estimate = Estimate::mean(&sample(n), 0.95);
        Finding::new("one", &estimate, Prediction::Equal { value: 1.5, margin: 1.0 }, true)
    };
    let few = judge(6);
    assert_eq!(few.verdict, hessian::lab::Verdict::Undecided);
    let needed = few.needed.unwrap();
    assert!(few.why.contains(&format!("about {needed} replicates")), "{}", few.why);
    assert!((20..60).contains(&needed), "{needed}");
    assert_eq!(judge(needed as usize).verdict, hessian::lab::Verdict::Confirmed);
    assert!(few.power.unwrap() < 0.1 && judge(needed as usize).power.unwrap() > 0.8);
}
