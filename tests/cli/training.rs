//! The main job's specification with one thing wrong, and a training that diverges.

use std::path::Path;

use predicates::str::contains;

use crate::bench::Bench;

const TABLE: &str = "data/letter.csv.gz";

fn sims(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sims").join(name)
}

/// A bench with the main job's specification, one text in place of another, and its table.
fn bench(from: &str, to: &str) -> Bench {
    let text = std::fs::read_to_string(sims("loss-surface.toml")).unwrap();
    assert!(text.contains(from), "the specification has no `{from}`");
    let bench = Bench::new(&text.replacen(from, to, 1));
    std::fs::create_dir(bench.path("data")).unwrap();
    std::fs::copy(sims(TABLE), bench.path(TABLE)).unwrap();
    bench
}

/// It is refused with these words, and leaves nothing behind.
#[track_caller]
fn refused(bench: &Bench, words: &[&str]) {
    let mut assert = bench.hessian("run sim.toml --out out").assert().code(2).stdout("");
    for word in words {
        assert = assert.stderr(contains(*word));
    }
    assert!(!bench.path("out").exists());
}

#[test]
fn networks_that_cannot_be_built_are_refused() {
    refused(&bench("width = 20", "width = -20"), &["stage `training`", "`width`", "-20"]);
    refused(&bench("width = 20", "width = 0"), &["stage `training`", "`width`", "0"]);
    refused(&bench("width = 20", "widht = 20"), &["`widht`", "did you mean `width`?"]);
    refused(&bench("\"plain-bn\"", "\"plane-bn\""), &["did you mean `plain-bn`?"]);
}

#[test]
fn more_classes_than_the_table_has_are_refused() {
    let bench = bench("letter_classes = 26", "letter_classes = 27");
    refused(&bench, &["data = \"letter\"", "27", "26"]);
}

#[test]
fn missing_and_damaged_tables_are_refused() {
    let missing = bench("seed", "seed");
    std::fs::remove_file(missing.path(TABLE)).unwrap();
    refused(&missing, &[TABLE, "input `letter`", "restore the file"]);

    let damaged = bench("seed", "seed");
    let whole = std::fs::read(sims(TABLE)).unwrap();
    std::fs::write(damaged.path(TABLE), &whole[..whole.len() / 2]).unwrap();
    refused(&damaged, &[TABLE]);
    damaged.write(TABLE, "x,y\n1,2\n");
    refused(&damaged, &[TABLE]);

    refused(&bench("letter = \"data", "lettre = \"data"), &["input `letter`", "`lettre`"]);
}

#[test]
fn a_training_that_diverges_is_a_fault_of_its_task() {
    let text = r#"
id = "diverging"
title = "Diverging"
summary = "One arm cannot be trained at this rate."
simulator = "training"
seed = 1
allowed_faults = 0.5

[parameters]
data = "gaussians"
arm = "residual"
blocks = 2
width = 4
gaussians = { classes = 3, dimension = 4, train = 60, test = 30, separation = 1.0 }
letter_classes = 26
batch = 20
momentum = 0.0
weight_decay = 0.0
checkpoints = 2
steps = 100
hessian_samples = 20
probes = 2
lanczos_steps = 8
max_products = 500

[grid]
rate = [0.05, 1e30]

[profile.quick]
replicates = 1
"#;
    let bench = Bench::new(text);
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(0)
        .stdout(contains("2 tasks, 1 fault"))
        .stderr(contains("first in task 1"));
    assert_eq!(bench.read("out/records.jsonl").matches("{\"failed\":").count(), 1);
    bench.write("sim.toml", &text.replace("allowed_faults = 0.5", "allowed_faults = 0.4"));
    bench.hessian("run sim.toml --out out").assert().code(3).stderr(contains("1 of 2 tasks"));
}
