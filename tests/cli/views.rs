//! Views over records that are there: the text for people, one JSON document for programs.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::bench::{Bench, SHORT};

/// Runs the command and parses its standard output, which must be one JSON document.
fn json(bench: &Bench, arguments: &str) -> Value {
    let output = bench.hessian(&format!("{arguments} --json")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments}: {error} in {text}"))
}

#[test]
fn a_run_tells_its_verdicts_in_json() {
    let bench = Bench::new(SHORT);
    let run = json(&bench, "run sim.toml --out out");
    assert_eq!(run["sim"], "bench");
    assert_eq!(run["tasks"], 12);
    assert_eq!(run["faults"], 0);
    assert_eq!(run["report"], "out/report.html");
    let verdict = &run["verdicts"][0];
    assert_eq!(verdict["claim"], "S-01");
    assert_eq!(verdict["verdict"], "confirmed");
    assert_eq!(verdict["expected"], "confirmed");
    assert_eq!(verdict["surprise"], false);
    let finding = &verdict["findings"][1];
    assert_eq!(finding["slice"], "shift 0.5");
    assert_eq!(finding["replicates"], 6);
    assert!(finding["low"].as_f64() < finding["estimate"].as_f64());
    assert_eq!(finding["prediction"]["equal"]["margin"], 0.1);
    // looking at it says the same
    assert_eq!(json(&bench, "report out"), run);
    assert_eq!(json(&bench, "claims --output .")[0]["verdicts"], run["verdicts"]);
    assert_eq!(json(&bench, "explain S-01 --output .")["found"][0]["verdicts"], run["verdicts"]);
}

#[test]
fn shards_and_merges_speak_json_too() {
    let bench = Bench::new(SHORT);
    for shard in 0..2 {
        let run = json(&bench, &format!("run sim.toml --shard {shard}/2 --out part{shard}"));
        assert_eq!((&run["tasks"], &run["shard"]), (&6.into(), &format!("{shard}/2").into()));
    }
    // a part decides nothing: it has no report
    let refused = bench.hessian("report part0").assert().code(2);
    refused.stderr(predicates::str::contains("shard 0/2")).stdout("");
    assert!(!bench.path("part0/report.html").exists());
    assert_eq!(json(&bench, "merge part0 part1 --out all")["tasks"], 12);
}

#[test]
fn lists_show_what_there_is() {
    let bench = Bench::new(SHORT);
    std::fs::create_dir(bench.path("sims")).unwrap();
    bench.write("sims/bench.toml", SHORT);
    bench.write("sims/broken.toml", "id = 5");
    let all = bench.hessian("list").assert().code(0);
    all.stdout(contains("sims/bench.toml").and(contains("S-01")).and(contains("mean.running")))
        .stderr(contains("sims/broken.toml:1:6"));
    let list = json(&bench, "list sims");
    assert_eq!(list["sims"][0]["id"], "bench");
    assert_eq!(list["sims"].as_array().unwrap().len(), 1);
    let ids: Vec<Value> = json(&bench, "list claims")["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| claim["id"].clone())
        .collect();
    assert!(ids.contains(&"S-01".into()), "{ids:?}");
    assert_eq!(json(&bench, "list layers")["layers"][1]["kind"], "batch_norm");
    let observables = json(&bench, "list observables");
    assert!(observables["observables"].as_array().unwrap().iter().any(|one| one["name"] == "mean"));
}

#[test]
fn explain_says_all_there_is_to_say() {
    let bench = Bench::new(SHORT);
    bench
        .hessian("explain S-01")
        .assert()
        .code(0)
        .stdout(contains("law of large numbers"))
        .stdout(contains("src/claims/self_test.rs"))
        .stdout(contains("found in").not());
    bench.hessian("run sim.toml").assert().code(0);
    bench.hessian("explain S-01").assert().code(0).stdout(contains("found in output/bench"));
    bench.hessian("explain variance").assert().code(0).stdout(contains("squared deviations"));
    bench.hessian("explain gaussian-mean").assert().code(0).stdout(contains("mean.running"));
}

#[test]
fn claims_can_be_chosen_by_paper_and_by_sim() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml").assert().code(0);
    bench.hessian("claims --paper SELF --sim bench").assert().code(0).stdout(contains("S-01"));
    bench.hessian("claims --sim other").assert().code(2).stderr(contains("of sim `other`"));
}

#[test]
fn a_report_is_rebuilt_from_the_records_alone() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let (page, manifest) = (bench.read("out/report.html"), bench.read("out/manifest.json"));
    std::fs::remove_file(bench.path("out/report.html")).unwrap();
    std::fs::remove_file(bench.path("sim.toml")).unwrap();
    bench.hessian("report out").assert().code(0);
    assert_eq!(bench.read("out/report.html"), page);
    assert_eq!(bench.read("out/manifest.json"), manifest);
}

#[test]
fn quiet_leaves_the_result_alone() {
    let bench = Bench::new(SHORT);
    let loud = bench.hessian("run sim.toml --out out").output().unwrap();
    let quiet = bench.hessian("run sim.toml --out out --quiet").output().unwrap();
    assert_eq!(loud.stdout, quiet.stdout);
    assert_eq!(String::from_utf8(quiet.stderr).unwrap(), "");
}
