//! The sims plan what their claims read.

use std::collections::BTreeSet;
use std::path::Path;

use hessian::lab::{Claim, Parameters, Plan, Spec, Verdict};

use crate::cases::{Case, cases};
use crate::records::{design, judged, made, word};

fn specs() -> Vec<Spec> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| Spec::read(&root.join(format!("sims/{name}.toml"))).unwrap();
    [
        "loss-surface",
        "ensemble",
        "initialisation",
        "paths",
        "assumptions",
        "descent",
        "critical-points",
        "langevin",
    ]
    .map(read)
    .into()
}

fn runs(spec: &Spec, simulator: &str) -> bool {
    spec.stages.iter().any(|stage| stage.simulator == simulator)
}

/// A profile expects verdicts of claims whose simulator it runs, the same in every profile of a sim;
/// and every claim is judged in some sim.
#[test]
fn every_claim_is_expected_by_a_sim_that_can_judge_it() {
    let claims = hessian::claims::registry();
    let mut judged = BTreeSet::new();
    for spec in specs() {
        let mut profiles = spec.profiles.iter().map(|(name, profile)| {
            let expected: BTreeSet<&str> = claims
                .iter()
                .filter(|claim| profile.expected.contains_key(claim.id))
                .inspect(|claim| {
                    let fits = claim.simulator.is_empty() || runs(&spec, claim.simulator);
                    assert!(fits, "{}, profile {name}: {}", spec.id, claim.id);
                })
                .map(|claim| claim.id)
                .collect();
            assert!(!expected.is_empty(), "{}, profile {name}", spec.id);
            expected
        });
        let first = profiles.next().expect("a sim has a profile");
        profiles.for_each(|other| assert_eq!(other, first, "{}", spec.id));
        judged.extend(first);
    }
    let here = |claim: &&Claim| claim.simulator != "gaussian-mean";
    assert_eq!(judged, claims.iter().filter(here).map(|claim| claim.id).collect());
}

/// The made-up design has no stage and no parameter value that the sims lack, except the second
/// cell of identities.
#[test]
fn the_made_up_design_is_a_part_of_the_sims() {
    let specs = specs();
    let planned: Vec<Parameters> = specs
        .iter()
        .flat_map(|spec| Plan::new(spec, "quick", None, None).unwrap().cells)
        .map(|cell| cell.parameters)
        .collect();
    let inside = |small: &Parameters, large: &Parameters| {
        small.iter().all(|(name, value)| large.get(name) == Some(value))
    };
    for cell in design() {
        let stage = word(&cell, "stage");
        let known = specs.iter().flat_map(|spec| &spec.stages);
        assert!(known.clone().any(|one| one.id.as_deref() == Some(stage)), "{stage}");
        let found = planned.iter().any(|one| inside(&cell, one));
        assert!(found || stage == "invariance", "{cell:?} is not planned");
    }
}

/// Filled with records on which a claim holds, the plan confirms it, in slices that each have all
/// their replicates: no claim asks for a stage or a parameter that the sim does not plan.
#[test]
fn every_claim_finds_all_its_slices_in_the_plan() {
    for spec in specs() {
        for profile in spec.profiles.keys() {
            let plan = Plan::new(&spec, profile, None, Some(3)).unwrap();
            let cells: Vec<Parameters> =
                plan.cells.into_iter().map(|cell| cell.parameters).collect();
            let expected = &spec.profiles[profile].expected;
            let here = |case: &&Case| expected.contains_key(case.id);
            for case in cases().filter(here) {
                let judgement = judged(case.id, made(&cells, 3, case.truth));
                let found = &judgement.findings;
                let what = format!("{profile}, {}: {found:#?}", case.id);
                assert_eq!(judgement.verdict, Verdict::Confirmed, "{what}");
                // what is computed exactly, without a record, has no replicates
                for finding in found.iter().filter(|finding| !finding.slice.starts_with("exact")) {
                    assert_eq!(finding.replicates, 3, "{what}");
                }
            }
        }
    }
}
