//! Hypotheses of a specification through the built command: the README's tutorial taken literally,
//! the template, and every way to name what does not exist.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::bench::{Bench, SHORT, read};

fn file(name: &str) -> String {
    read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
}

/// The fenced blocks of the README's section, by their language.
fn blocks(language: &str) -> Vec<String> {
    let readme = file("README.md");
    let section = readme.split("\n## Add a hypothesis\n").nth(1).expect("the section is there");
    let section = section.split("\n## ").next().unwrap();
    let fence = format!("\n```{language}\n");
    let blocks = section.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Every command of the tutorial but those that fetch and build, on its specification; the verdicts
/// are those that it shows.
#[test]
fn the_tutorial_can_be_followed_literally() {
    let [spec] = &blocks("toml")[..] else { panic!("one specification") };
    let [shown] = &blocks("text")[..] else { panic!("one table") };
    let bench = Bench::new(SHORT);
    bench.write("half-the-blocks.toml", spec);
    let mut printed = String::new();
    let mut count = 0;
    for line in blocks("sh").concat().lines() {
        let Some(command) = line.strip_prefix("target/release/hessian ") else { continue };
        let command = command.split('#').next().unwrap();
        let assert = bench.hessian(command).assert().code(0);
        printed.push_str(&String::from_utf8_lossy(&assert.get_output().stdout));
        count += 1;
    }
    assert_eq!(count, 5);
    assert!(printed.contains(shown.as_str()), "the README shows\n{shown}\nfound\n{printed}");
    // as the tutorial says, the larger run decides
    bench
        .hessian("explain MY-2")
        .assert()
        .stdout(contains("output/thirteen").and(contains("MY-2   own hypothesis")))
        .stdout(contains("about 13 replicates would decide").and(contains("  confirmed")));
    assert!(bench.path("output/half-the-blocks/report.html").is_file());
}

#[test]
fn the_template_shows_every_statistic_and_finds_what_it_expects() {
    let template = file("sims/examples/hypothesis.toml");
    let bench = Bench::new(&template);
    bench.hessian("run sim.toml --out out").assert().code(0).stdout(contains("SURPRISE").not());
    let listed = bench.hessian("list statistics --json").assert().code(0);
    let listed: serde_json::Value = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    let names = listed["statistics"].as_array().unwrap();
    assert_eq!(names.len(), 8);
    for name in names {
        let wanted = format!("statistic = {}", name["name"]);
        assert!(template.contains(&wanted), "the template lacks {wanted}");
    }
}

/// A hypothesis goes wherever a claim in Rust goes, and its text into the manifest's hash.
#[test]
fn hypotheses_stand_beside_claims_in_every_view() {
    let spec = format!("{SHORT}{CLAIM}");
    let bench = Bench::new(&spec);
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(0)
        .stdout(contains("S-01").and(contains("H-1")));
    let hash = |bench: &Bench| {
        let manifest: serde_json::Value =
            serde_json::from_str(&bench.read("out/manifest.json")).unwrap();
        (manifest["spec_sha256"].clone(), manifest["plan_sha256"].clone())
    };
    let before = hash(&bench);
    bench
        .hessian("claims --output . --paper bench")
        .assert()
        .code(0)
        .stdout(contains("H-1").and(contains("S-01").not()));
    bench
        .hessian("explain H-1 --output .")
        .assert()
        .code(0)
        .stdout(contains("half the spread").and(contains("found in ./out")));
    bench.hessian("report out").assert().code(0);
    assert!(bench.read("out/report.html").contains("claim-H-1"));
    assert!(bench.read("out/tables/verdicts.csv").contains("H-1"));
    std::fs::create_dir(bench.path("sims")).unwrap();
    bench.write("sims/own.toml", &spec);
    bench.hessian("list claims").assert().code(0).stdout(contains("H-1"));

    let json = bench.hessian("report out --json").assert().code(0);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    let verdict =
        json["verdicts"].as_array().unwrap().iter().find(|v| v["claim"] == "H-1").unwrap();
    assert!(verdict["p"].as_f64().unwrap() <= verdict["p_holm"].as_f64().unwrap());
    assert!(verdict["findings"][0]["power"].as_f64().unwrap() > 0.9);

    // another hypothesis on the same records: nothing is computed again, and the manifest knows
    bench.write("sim.toml", &spec.replace("margin = 0.1", "margin = 0.2"));
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(0)
        .stderr(contains("12 of 12 tasks were already"));
    let after = hash(&bench);
    assert!(after.0 != before.0 && after.1 == before.1);
    // and a verdict that was not expected surprises
    bench.write(
        "sim.toml",
        &spec.replace("expected = \"confirmed\"\nlevel", "expected = \"refuted\"\nlevel"),
    );
    bench.hessian("run sim.toml --out out").assert().code(1).stdout(contains("SURPRISE"));
}

const CLAIM: &str = r#"
[[claim]]
id = "H-1"
paper = "bench"
source = "definition"
statement = "The mean is half at shift one half."
observable = "mean"
statistic = "paired_difference"
from = { shift = 0.0 }
to = { shift = 0.5 }
prediction = { equal = 0.5 }
margin = 0.1
reason = "half the spread of a batch"
expected = "confirmed"
level = 0.9
"#;

/// The specification with one text in place of another is refused before any work, with these words.
#[track_caller]
fn refused(from: &str, to: &str, words: &[&str]) {
    let text = format!("{SHORT}{CLAIM}");
    assert!(text.contains(from), "the specification has no `{from}`");
    let bench = Bench::new(&text.replace(from, to));
    let mut assert = bench.hessian("run sim.toml --out out").assert().code(2).stdout("");
    for word in words {
        assert = assert.stderr(contains(*word));
    }
    assert!(!bench.path("out").exists(), "a refused specification left files behind");
}

#[test]
fn unknown_words_are_named_with_their_place_and_the_nearest_known_word() {
    refused("margin", "margn", &["sim.toml:26:1", "`margn`", "did you mean `margin`?"]);
    refused(
        "\"paired_difference\"",
        "\"paired_diference\"",
        &["sim.toml:22", "did you mean `paired_difference`?"],
    );
    refused("{ equal =", "{ equals =", &["sim.toml:25", "did you mean `equal`?"]);
    refused("{ equal =", "{ at_least = 1, equal =", &["sim.toml:25", "one key, found more"]);
    let claim = "sim.toml:17: claim `H-1`";
    refused("observable = \"mean\"", "observable = \"meen\"", &[claim, "did you mean `mean`?"]);
    refused("from = { shift", "from = { shfit", &[claim, "from", "did you mean `shift`?"]);
    refused("to = { shift = 0.5 }", "to = { shift = 0.7 }", &[claim, "to.shift = 0.7", "0.0, 0.5"]);
    refused(
        "level = 0.9",
        "level = 0.9\nwhere = { m = 1 }",
        &[claim, "where", "`m`", "there are: n, shift"],
    );
    refused("level = 0.9", "level = 0.9\nby = [\"shif\"]", &[claim, "by", "did you mean `shift`?"]);
    refused("id = \"H-1\"", "id = \"S-01\"", &["sim.toml:17", "S-01", "src/claims/self_test.rs"]);
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let line = "line 17, claim `H-1`";
    refused("from = { shift = 0.0 }\n", "", &[line, "`from` is missing"]);
    refused("level = 0.9", "level = 0.9\nquantile = 0.5", &[line, "`quantile` means nothing"]);
    refused("{ equal = 0.5 }", "{ slope = 0.5 }", &[line, "does not fit", "equal, at_least"]);
    refused("margin = 0.1\n", "", &[line, "`margin` is missing"]);
    refused("margin = 0.1", "margin = 0.0", &[line, "margin = 0", "identity"]);
    refused("margin = 0.1", "margin = nan", &[line, "margin = NaN"]);
    refused("{ equal = 0.5 }", "{ equal = inf }", &[line, "equal = inf"]);
    refused("{ equal = 0.5 }", "{ at_least = 0.5 }", &[line, "put it into the bound"]);
    refused("level = 0.9", "level = 95", &[line, "level = 95"]);
    refused(
        "reason = \"half the spread of a batch\"",
        "reason = \" \"",
        &[line, "`reason` is empty"],
    );
    refused("reason = \"half the spread of a batch\"\n", "", &["missing field `reason`"]);
    refused(CLAIM, &format!("{CLAIM}{CLAIM}"), &["lines 17 and 32", "two claims are called `H-1`"]);
}

#[test]
fn cells_are_never_pooled() {
    // one more parameter in the grid, which the claim does not name
    refused(
        "n = [2000]",
        "n = [2000, 3000]",
        &["sim.toml:17", "from reads one cell, and 2 are chosen", "`n`"],
    );
    refused("to = { shift = 0.5 }", "to = { n = 2000 }", &["to reads one cell", "`shift`"]);
    refused(
        "observable = \"mean\"",
        "observable = \"mean.running\"",
        &["has the axis checkpoint", "`at`"],
    );
    let at = "observable = \"mean\"\nat = \"last\"";
    refused("observable = \"mean\"", at, &["has no axis", "found 1"]);
}
