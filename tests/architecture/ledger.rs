//! The ledger of propositions: every link leads to what it names, and every theorem that the source
//! names is in it.

use std::collections::{BTreeMap, BTreeSet};

use hessian::cli::Registry;
use serde::Deserialize;

use crate::source::{files, root};

#[derive(Deserialize)]
struct Ledger {
    statement: Vec<Statement>,
}

#[derive(Clone, Deserialize)]
struct Statement {
    id: String,
    status: String,
    uses: Vec<String>,
    formal: Option<String>,
    prose: Option<String>,
    code: Vec<String>,
    tests: Vec<String>,
    claims: Vec<String>,
}

fn ledger() -> Vec<Statement> {
    let text = std::fs::read_to_string(root().join("proofs/ledger.toml")).unwrap();
    toml::from_str::<Ledger>(&text).unwrap().statement
}

/// What is wrong with a ledger: ids given twice, links to nowhere, theorems without a proof.
fn flaws(ledger: &[Statement]) -> Vec<String> {
    let mut flaws = Vec::new();
    let ids: BTreeSet<&str> = ledger.iter().map(|one| one.id.as_str()).collect();
    if ids.len() < ledger.len() {
        flaws.push("an id stands twice".to_owned());
    }
    let registry = Registry::standard();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut read = |path: &str| {
        let text = || std::fs::read_to_string(root().join(path)).unwrap_or_default();
        texts.entry(path.to_owned()).or_insert_with(text).clone()
    };
    for Statement { id, status, uses, formal, prose, code, tests, claims } in ledger {
        for other in uses.iter().filter(|other| !ids.contains(other.as_str())) {
            flaws.push(format!("{id} uses {other}, which is not in the ledger"));
        }
        for claim in claims.iter().filter(|claim| registry.claim(claim).is_err()) {
            flaws.push(format!("{id} names claim {claim}, which does not exist"));
        }
        for link in code.iter().chain(tests) {
            let (path, item) = link.split_once("::").unwrap_or((link, ""));
            let item = item.rsplit("::").next().unwrap_or_default();
            let text = read(path);
            let named = |kind: &&str| text.contains(&format!("{kind} {item}"));
            if item.is_empty() || !["fn", "struct", "enum", "trait"].iter().any(named) {
                flaws.push(format!("{id}: {link} does not exist"));
            }
        }
        if status == "machine-checked" || prose.is_some() {
            let file = prose.as_deref().unwrap_or("text/");
            let text = read(&format!("proofs/{file}"));
            let names = |line: &str| {
                line.split(|c: char| !c.is_alphanumeric() && c != '.').any(|word| word == id)
            };
            if !text.lines().any(|line| line.starts_with(['#', '|']) && names(line)) {
                flaws.push(format!("{id}: proofs/{file} has no heading for it"));
            }
        }
        let theorem = formal.as_ref().and_then(|formal| formal.split_once('.'));
        match (status == "machine-checked", theorem) {
            (true, Some((module, name))) => {
                let text = read(&format!("proofs/theories/{module}.v"));
                if !text.contains(&format!("Theorem {name}")) {
                    flaws.push(format!("{id}: there is no theorem {module}.{name}"));
                }
            }
            (true, None) => flaws.push(format!("{id} is machine-checked but names no theorem")),
            (false, _) => {}
        }
    }
    flaws
}

#[test]
fn every_link_of_the_ledger_leads_somewhere() {
    let ledger = ledger();
    assert!(ledger.iter().filter(|one| one.status == "machine-checked").count() > 100);
    assert_eq!(flaws(&ledger), Vec::<String>::new());
}

#[test]
fn the_guard_fires_on_bad_links() {
    let good = ledger().remove(0);
    let bad = |change: &dyn Fn(&mut Statement)| {
        let mut one = Statement { uses: Vec::new(), ..good.clone() };
        change(&mut one);
        flaws(&[one])
    };
    assert!(bad(&|_| {}).is_empty());
    assert_eq!(bad(&|one| one.uses.push("T0.0".to_owned())).len(), 1);
    assert_eq!(bad(&|one| one.claims.push("P00".to_owned())).len(), 1);
    assert_eq!(bad(&|one| one.code.push("src/depth/law.rs::NoSuch".to_owned())).len(), 1);
    assert_eq!(bad(&|one| one.tests.push("tests/nowhere.rs::test".to_owned())).len(), 1);
    assert_eq!(bad(&|one| one.formal = Some("Unravel.no_such".to_owned())).len(), 1);
    assert_eq!(bad(&|one| one.formal = None).len(), 1);
    assert_eq!(bad(&|one| one.prose = None).len(), 1);
    assert_eq!(bad(&|one| one.prose = Some("text/Paths.md".to_owned())).len(), 1);
}

/// `Theorem T1.1` in a comment of the source names a statement of the ledger.
#[test]
fn theorems_named_by_the_source_are_in_the_ledger() {
    let ids: BTreeSet<String> = ledger().into_iter().map(|one| one.id).collect();
    for path in files(&root().join("src"), "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("Theorem T").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let id = format!("T{}", rest[..end].trim_end_matches('.'));
            assert!(ids.contains(&id), "{}: {id} is not in the ledger", path.display());
        }
    }
}
