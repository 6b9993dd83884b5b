//! Every claim, observable and specification that is named exists, and exists once.

use std::collections::BTreeSet;

use hessian::cli::Registry;
use hessian::lab::{Claim, Plan, Prepared, Spec};

use crate::source::{files, root};

/// What is wrong with a list of claims: ids given twice, simulators, observables or files that do
/// not exist, files that do not hold the id, and fields left empty.
fn flaws(registry: &Registry) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut ids = BTreeSet::new();
    for claim in &registry.claims {
        let Claim { id, simulator, observables, code, .. } = claim;
        if !ids.insert(*id) {
            flaws.push(format!("{id}: two claims have this id"));
        }
        let texts = [claim.statement, claim.statistic, claim.prediction, claim.margin];
        if texts.iter().chain(&[claim.paper, claim.source]).any(|text| text.is_empty()) {
            flaws.push(format!("{id}: a field is empty"));
        }
        match std::fs::read_to_string(root().join(code)) {
            Ok(text) if text.contains(&format!("\"{id}\"")) => {}
            Ok(_) => flaws.push(format!("{id}: {code} does not hold it")),
            Err(error) => flaws.push(format!("{id}: {code}: {error}")),
        }
        let known: Vec<&str> = registry
            .simulators
            .iter()
            .filter(|one| one.id() == *simulator)
            .flat_map(|one| one.observables())
            .map(|observable| observable.name)
            .collect();
        if !simulator.is_empty() && known.is_empty() {
            flaws.push(format!("{id}: there is no simulator {simulator}"));
        }
        for observable in observables.iter().filter(|one| !known.contains(one)) {
            flaws.push(format!("{id}: {simulator} has no observable {observable}"));
        }
    }
    flaws
}

/// Those that `hessian list` shows: folders under sims/ hold data and networks.
fn specifications() -> Vec<Spec> {
    // the crate in sims/examples has simulators of its own, and tests its specification itself
    let folders = [root().join("sims"), root().join("sims/examples")];
    let paths = folders.iter().flat_map(|folder| {
        let inside = files(folder, "toml");
        inside.into_iter().filter(|path| path.parent() == Some(folder)).collect::<Vec<_>>()
    });
    let specs: Vec<Spec> = paths.map(|path| Spec::read(&path).unwrap()).collect();
    assert!(specs.iter().any(|spec| !spec.hypotheses.is_empty()));
    specs
}

#[test]
fn every_claim_names_what_exists() {
    assert_eq!(flaws(&Registry::standard()), Vec::<String>::new());
}

#[test]
fn the_guard_fires_on_bad_fixtures() {
    let mut registry = Registry::standard();
    let claim = registry.claims[0];
    registry.claims.extend([
        claim,
        Claim { id: "X-1", code: "src/nowhere.rs", ..claim },
        Claim { id: "X-2", ..claim },
        Claim { id: "X-3", simulator: "no-such", ..claim },
        Claim { id: "X-4", observables: &["no.such"], ..claim },
        Claim { id: "X-5", margin: "", ..claim },
    ]);
    let flaws = flaws(&registry).join("\n");
    for word in [
        "two claims have this id",
        "X-1: src/nowhere.rs: No such file",
        "X-2: src/claims/",
        "X-3: there is no simulator no-such",
        "X-4: gaussian-mean has no observable no.such",
        "X-5: a field is empty",
    ] {
        let word = word.replace("gaussian-mean", claim.simulator);
        assert!(flaws.contains(&word), "`{word}` is not in:\n{flaws}");
    }
}

#[test]
fn simulators_and_observables_are_named_once() {
    let registry = Registry::standard();
    let mut ids = BTreeSet::new();
    for simulator in &registry.simulators {
        assert!(ids.insert(simulator.id()), "{}", simulator.id());
        let mut names = BTreeSet::new();
        for observable in simulator.observables() {
            assert!(names.insert(observable.name), "{}: {}", simulator.id(), observable.name);
            assert!(!observable.definition.is_empty(), "{}", observable.name);
        }
    }
}

/// Every specification can be run: its simulator, claims, inputs and every cell's parameters are in
/// order, in every profile; and every claim that reads records is judged somewhere.
#[test]
fn every_specification_is_in_order() {
    let registry = Registry::standard();
    let mut judged = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for spec in specifications() {
        assert!(ids.insert(spec.id.clone()), "two sims are called {}", spec.id);
        let simulators = registry.simulators(&spec).unwrap();
        for profile in spec.profiles.keys() {
            let claims = registry.expected(&spec, profile).unwrap();
            judged.extend(claims.iter().map(|claim| claim.id));
            let plan = Plan::new(&spec, profile, None, None).unwrap();
            Prepared::new(&spec, &plan, &simulators).unwrap();
        }
    }
    for claim in registry.claims.iter().filter(|claim| !claim.simulator.is_empty()) {
        assert!(judged.contains(claim.id), "{} is judged in no specification", claim.id);
    }
}
