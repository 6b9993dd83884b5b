//! Verdicts and faults, as the exit code tells them.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::bench::{Bench, SHORT};

#[test]
fn expected_verdicts_end_well() {
    let bench = Bench::new(SHORT);
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(0)
        .stdout(contains("S-01").and(contains("confirmed")).and(contains("out/report.html")))
        .stdout(contains("SURPRISE").not())
        .stderr("");
    for file in ["records.jsonl", "manifest.json", "machine.json", "spec.toml", "report.html"] {
        assert!(bench.path("out").join(file).is_file(), "{file} is missing");
    }
    assert!(!bench.path("out/records.partial.jsonl").exists());
}

#[test]
fn a_verdict_that_surprises_has_its_own_exit_code() {
    let bench = Bench::new(&SHORT.replace("\"confirmed\"", "\"refuted\""));
    bench.hessian("run sim.toml --out out").assert().code(1).stdout(contains("SURPRISE"));
    // the same through the views
    bench.hessian("claims --output .").assert().code(1).stdout(contains("SURPRISE"));
    bench.hessian("report out").assert().code(1).stdout(contains("SURPRISE"));
}

#[test]
fn one_replicate_decides_nothing() {
    let bench = Bench::new(&SHORT.replace("\"confirmed\"", "\"undecided\""));
    bench.hessian("run sim.toml --out out --replicates 1").assert().code(0);
}

#[test]
fn the_default_folders_tell_profiles_and_shards_apart() {
    let full = SHORT.replace("[profile.quick]", "[profile.full]");
    let bench = Bench::new(&format!("{SHORT}{}", &full[full.find("[profile").unwrap()..]));
    bench.hessian("run sim.toml").assert().code(0);
    bench.hessian("run sim.toml --profile full").assert().code(0);
    bench.hessian("run sim.toml --shard 0/2").assert().code(0).stdout(contains("hessian merge"));
    for folder in ["bench", "bench-full", "bench-shard-0-of-2"] {
        assert!(bench.path("output").join(folder).join("records.jsonl").is_file(), "{folder}");
    }
}

/// Cells with shift 0 fail and cells with shift 0.5 do not: the bound lies eleven standard errors
/// from the means of both.
fn faulty(allowed: f64) -> Bench {
    let spec = SHORT
        .replace("seed = 1", &format!("seed = 1\nallowed_faults = {allowed:?}"))
        .replace("[grid]", "[parameters]\nfail_below = 0.25\n[grid]")
        .replace("expected = { S-01 = \"confirmed\" }", "");
    Bench::new(&spec)
}

#[test]
fn faults_are_counted_and_too_many_have_their_own_exit_code() {
    let bench = faulty(0.4);
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(3)
        .stdout(contains("12 tasks, 6 faults"))
        .stderr(contains("6 x mean diverged, first in task 0"))
        .stderr(contains("6 of 12 tasks ended in a fault"));
    let failed = bench.read("out/records.jsonl").matches("{\"failed\":{\"diverged\"").count();
    assert_eq!(failed, 6);
    let bench = faulty(0.5);
    bench.hessian("run sim.toml --out out").assert().code(0).stderr(contains("6 x mean diverged"));
}
