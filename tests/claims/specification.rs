//! The loss-surface sim plans what its claims read.

use std::collections::BTreeSet;
use std::path::Path;

use hessian::lab::{Parameters, Plan, Spec, Verdict};

use crate::cases::CASES;
use crate::records::{design, judged, made, word};

fn spec() -> Spec {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Spec::read(&root.join("sims/loss-surface.toml")).unwrap()
}

#[test]
fn every_profile_expects_a_verdict_of_every_claim_that_the_sim_can_judge() {
    let spec = spec();
    let runs = |simulator: &str| spec.stages.iter().any(|stage| stage.simulator == simulator);
    let judgeable: BTreeSet<&str> = hessian::claims::registry()
        .iter()
        .filter(|claim| claim.simulator.is_empty() || runs(claim.simulator))
        .map(|claim| claim.id)
        .collect();
    assert!(!spec.profiles.is_empty());
    for (name, profile) in &spec.profiles {
        let expected: BTreeSet<&str> = profile.expected.keys().map(String::as_str).collect();
        assert_eq!(expected, judgeable, "profile {name}");
    }
}

/// The made-up design has no stage and no parameter value that the sim lacks, except the second
/// cell of identities.
#[test]
fn the_made_up_design_is_a_part_of_the_sims() {
    let spec = spec();
    let planned = Plan::new(&spec, "quick", None, None).unwrap().cells;
    let inside = |small: &Parameters, large: &Parameters| {
        small.iter().all(|(name, value)| large.get(name) == Some(value))
    };
    for cell in design() {
        let stage = word(&cell, "stage");
        assert!(spec.stages.iter().any(|one| one.id.as_deref() == Some(stage)), "{stage}");
        let found = planned.iter().any(|one| inside(&cell, &one.parameters));
        assert!(found || stage == "invariance", "{cell:?} is not planned");
    }
}

/// Filled with records on which a claim holds, the plan confirms it, in slices that each have all
/// their replicates: no claim asks for a stage or a parameter that the sim does not plan.
#[test]
fn every_claim_finds_all_its_slices_in_the_plan() {
    let spec = spec();
    for profile in spec.profiles.keys() {
        let plan = Plan::new(&spec, profile, None, Some(3)).unwrap();
        let cells: Vec<Parameters> = plan.cells.into_iter().map(|cell| cell.parameters).collect();
        for case in CASES {
            let judgement = judged(case.id, made(&cells, 3, case.truth));
            let found = &judgement.findings;
            assert_eq!(judgement.verdict, Verdict::Confirmed, "{profile}, {}: {found:#?}", case.id);
            for finding in found {
                assert_eq!(finding.replicates, 3, "{profile}, {}: {finding:#?}", case.id);
            }
            let small = judged(case.id, made(&design(), 3, case.truth)).findings.len();
            assert_eq!(found.len(), small, "{profile}, {}", case.id);
        }
    }
}
