//! A template for a new claim in Rust: for a statistic that no `[[claim]]` table can ask for.

use hessian::lab::{Claim, Finding, Prediction, Records};
use hessian::stats::Estimate;

/// The claims of this crate. Ids are never given twice, not even after a claim is gone.
pub const CLAIMS: &[Claim] = &[Claim {
    id: "X-01",
    paper: "random walk",
    source: "variance of a sum of independent signs",
    statement: "The mean square of where a walk of n fair steps ends is n.",
    statistic: "mean over replicates of S_n^2 / n, each number of steps",
    prediction: "1 within 0.2",
    margin: "0.2: steps that repeat the one before with probability 0.55 would give 1.2",
    simulator: "random-walk",
    observables: &["end"],
    code: "sims/examples/extension/src/claim.rs",
    evaluate: mean_square,
}];

fn mean_square(records: &Records) -> Vec<Finding> {
    let mut findings = Vec::new();
    for steps in records.levels("steps") {
        let cell = records.filter(&[("steps", &steps)]);
        let n: f64 = steps.parse().unwrap_or(f64::NAN);
        let squares: Vec<f64> =
            cell.iter().filter_map(|record| Some(record.number("end")?.powi(2) / n)).collect();
        findings.push(Finding::new(
            format!("n = {steps}"),
            &Estimate::mean(&squares, 0.95),
            Prediction::Equal { value: 1.0, margin: 0.2 },
            true,
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::CLAIMS;
    use hessian::lab::{Outcome, Record, Records, SCHEMA, Verdict};

    /// Records of walks of 100 steps that end here.
    fn ending(ends: &[f64]) -> Records {
        let record = |(replicate, end): (u64, &f64)| Record {
            schema: SCHEMA,
            task: replicate,
            cell: 0,
            replicate,
            parameters: [("steps".to_owned(), 100.into())].into(),
            outcome: Outcome::Done([("end".to_owned(), (*end).into())].into()),
            cost: Default::default(),
        };
        Records::new((0..).zip(ends).map(record).collect())
    }

    #[test]
    fn the_claim_tells_a_walk_from_others() {
        let judge = |ends: &[f64]| CLAIMS[0].judge(&ending(ends)).verdict;
        assert_eq!(judge(&[10.0, -10.0, 10.0, -10.0]), Verdict::Confirmed);
        assert_eq!(judge(&[12.0, -12.0, 12.0, -12.0]), Verdict::Refuted);
        assert_eq!(judge(&[0.0, 14.0, -14.0, 0.0]), Verdict::Undecided);
        assert_eq!(judge(&[]), Verdict::Undecided);
    }
}
