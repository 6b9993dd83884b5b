//! One replicate computed again: the same bits, or the first place where they part.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::bench::{Bench, JOURNAL, LONG, SHORT};

/// The short bench, run into `out`.
fn made() -> Bench {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    bench
}

#[test]
fn a_replicate_is_computed_again_from_the_folder_alone() {
    let bench = made();
    std::fs::remove_file(bench.path("sim.toml")).unwrap();
    for task in ["0", "11", "1:5"] {
        bench
            .hessian(&format!("replay out {task}"))
            .assert()
            .code(0)
            .stdout(contains("the same bits as its record (4 observables, 6 numbers)"))
            .stderr("");
    }
    let output = bench.hessian("replay out 1:2 --json --quiet --threads 1").output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&told["task"], &told["cell"], &told["replicate"]),
        (&8.into(), &1.into(), &2.into())
    );
    assert_eq!(told["same"], true);
    assert_eq!(told["other_maker"], serde_json::json!([]));
    let line: Value =
        serde_json::from_str(bench.read("out/records.jsonl").lines().nth(8).unwrap()).unwrap();
    assert_eq!((&told["recorded"], &told["computed"]), (&line, &line));
}

#[test]
fn a_changed_record_is_told_apart_at_its_first_observable() {
    let bench = made();
    let text = bench.read("out/records.jsonl");
    let mut records: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let done = &mut records[8]["outcome"]["done"];
    // the last bit of one number, and a later number altogether
    let running = done["mean.running"][1].as_f64().unwrap();
    done["mean.running"][1] = f64::from_bits(running.to_bits() ^ 1).into();
    done["variance"] = 7.0.into();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    bench.write("out/records.jsonl", &(lines.join("\n") + "\n"));

    let output = bench.hessian("replay out 8 --json").output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["same"], false);
    let difference = &told["difference"];
    assert_eq!(difference["at"], "mean.running[1]");
    assert_eq!(difference["computed"], running.to_string());
    assert_ne!(difference["recorded"], difference["computed"]);
    assert_eq!((&difference["numbers"], &difference["of"]), (&2.into(), &6.into()));
    assert!(difference["largest"].as_f64().unwrap() > 0.5);
    bench
        .hessian("replay out 8")
        .assert()
        .code(4)
        .stdout(contains("differs first at mean.running[1]").and(contains("2 of 6 numbers")));
    // its neighbours are not touched
    bench.hessian("replay out 7").assert().code(0);
}

#[test]
fn an_unknown_task_is_refused_with_the_nearest_ones() {
    let bench = made();
    for (task, nearest) in [
        ("12", "the nearest: task 11 (cell 1, replicate 5)"),
        ("18446744073709551615", "the nearest: task 11 (cell 1, replicate 5)"),
        ("0:6", "task 5 (cell 0, replicate 5), task 6 (cell 1, replicate 0)"),
        ("2:0", "the nearest: task 11 (cell 1, replicate 5)"),
        ("first", "expected its number, such as 12, or CELL:REPLICATE"),
        ("99999999999999999999", "expected its number"),
    ] {
        bench
            .hessian(&format!("replay out {task}"))
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(nearest));
    }
    bench.hessian("run sim.toml --shard 1/4 --out part").assert().code(0);
    bench.hessian("replay part 5").assert().code(0);
    bench
        .hessian("replay part 6")
        .assert()
        .code(2)
        .stderr(contains("task 5 (cell 0, replicate 5), task 9 (cell 1, replicate 3)"));
    bench.hessian("replay nowhere 6").assert().code(2).stderr(contains("no manifest.json"));
}

#[test]
fn a_run_that_is_not_finished_can_be_replayed_as_far_as_it_came() {
    let bench = Bench::new(LONG);
    bench.kill_at(3);
    let journal = bench.read(JOURNAL);
    let line: Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
    bench.hessian(&format!("replay out {}", line["record"]["task"])).assert().code(0);
    bench
        .hessian("replay out 199")
        .assert()
        .code(2)
        .stderr(contains("the run has not come to task 199"));
}

/// The same simulator with an input beside the specification, which a replay has to find again.
#[test]
fn inputs_are_found_again_or_asked_for() {
    let spec = SHORT.replace("[grid]", "[inputs]\nnumbers = \"numbers.txt\"\n\n[grid]");
    let bench = Bench::new(&spec);
    std::fs::create_dir_all(bench.path("sims")).unwrap();
    std::fs::create_dir_all(bench.path("elsewhere")).unwrap();
    bench.write("sims/sim.toml", &spec);
    bench.write("sims/numbers.txt", "1 2 3\n");
    bench.hessian("run sims/sim.toml --out deep/out").assert().code(0);
    bench.hessian("replay deep/out 3").assert().code(0);
    // from another place, by the folders above the archive
    let folder = bench.path("deep/out");
    bench
        .hessian(&format!("replay {} 3", folder.display()))
        .current_dir(bench.path("elsewhere"))
        .assert()
        .code(0);
    std::fs::rename(bench.path("sims/numbers.txt"), bench.path("elsewhere/numbers.txt")).unwrap();
    bench
        .hessian("replay deep/out 3")
        .assert()
        .code(2)
        .stderr(contains("numbers.txt").and(contains("--inputs DIR")));
    bench.hessian("replay deep/out 3 --inputs elsewhere").assert().code(0);
    bench.hessian("verify deep/out --inputs elsewhere").assert().code(0);
    bench.write("elsewhere/numbers.txt", "1 2 4\n");
    bench
        .hessian("replay deep/out 3 --inputs elsewhere")
        .assert()
        .code(4)
        .stderr(contains("are not those of the records"));
}
