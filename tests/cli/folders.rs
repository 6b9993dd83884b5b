//! Output folders that cannot be used, or hold something else.

use predicates::str::contains;

use crate::bench::{Bench, JOURNAL, LONG, SHORT, uninterrupted};

#[test]
fn folders_that_cannot_be_written_to_cost_no_work() {
    let bench = Bench::new(SHORT);
    // permissions do not stop root; a path below a file and below /proc stops everyone
    for folder in ["sim.toml/out", "/proc/hessian"] {
        bench
            .hessian(&format!("run sim.toml --out {folder}"))
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(folder))
            .stderr(contains("choose another folder with --out"));
    }
}

#[test]
fn a_folder_has_one_holder_whom_the_second_process_is_told() {
    let bench = Bench::new(LONG);
    let mut first = bench.start("run sim.toml --out out --threads 1");
    bench.wait_for(1);
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(2)
        .stderr(contains(format!("held by process {}", first.id())));
    first.kill().unwrap();
    first.wait().unwrap();
    // the lock ends with its process
    bench.hessian("run sim.toml --out out").assert().code(0);
}

#[test]
fn records_of_another_run_are_not_mixed_in() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let before = bench.read("out/records.jsonl");
    let refused = |arguments: &str, word: &str| {
        bench
            .hessian(&format!("run sim.toml --out out {arguments}"))
            .assert()
            .code(4)
            .stderr(contains(word.to_owned()))
            .stderr(contains("--out"));
    };
    refused("--seed 2", "seed 1 there, 2 here");
    refused("--replicates 7", "replicates 6 there, 7 here");
    refused("--shard 0/2", "shard 0/1 there, 0/2 here");
    bench.write("sim.toml", &SHORT.replace("n = [2000]", "n = [2001]"));
    refused("", "other parameters or another grid");
    assert_eq!(bench.read("out/records.jsonl"), before);
}

#[test]
fn another_title_or_expectation_keeps_the_records() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let before = bench.read("out/records.jsonl");
    let spec = SHORT.replace("\"Bench\"", "\"Renamed\"").replace("\"confirmed\"", "\"refuted\"");
    bench.write("sim.toml", &spec);
    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(1)
        .stderr(contains("12 of 12 tasks were already in out"));
    assert_eq!(bench.read("out/records.jsonl"), before);
    assert_eq!(bench.read("out/spec.toml"), spec);
}

#[test]
fn records_without_a_manifest_are_left_alone() {
    let bench = Bench::new(SHORT);
    std::fs::create_dir(bench.path("out")).unwrap();
    bench.write("out/records.jsonl", "precious\n");
    bench.hessian("run sim.toml --out out").assert().code(4).stderr(contains("no manifest.json"));
    assert_eq!(bench.read("out/records.jsonl"), "precious\n");
}

#[test]
fn changed_records_are_noticed() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let sound = bench.read("out/records.jsonl");
    let noticed = |word: &str| {
        for arguments in ["run sim.toml --out out", "report out", "claims --output .", "merge out"]
        {
            bench
                .hessian(arguments)
                .assert()
                .code(4)
                .stderr(contains("out/records.jsonl"))
                .stderr(contains(word.to_owned()));
        }
    };
    // a changed digit still parses: only the hash knows
    bench.write("out/records.jsonl", &sound.replacen("\"variance\":", "\"variance\":1", 1));
    noticed("has changed");
    let mut lines: Vec<&str> = sound.lines().collect();
    lines[3] = "{\"schema\":1,";
    bench.write("out/records.jsonl", &(lines.join("\n") + "\n"));
    noticed("line 4");
    // deleting the records is the way to compute them again, and then this program is their only maker
    std::fs::remove_file(bench.path("out/records.jsonl")).unwrap();
    let manifest =
        || serde_json::from_str::<serde_json::Value>(&bench.read("out/manifest.json")).unwrap();
    let (mut older, code) = (manifest(), manifest()["code"].clone());
    older["code"][0]["commit"] = "5eed".repeat(10).into();
    bench.write("out/manifest.json", &older.to_string());
    bench.hessian("run sim.toml --out out").assert().code(0);
    assert_eq!(bench.read("out/records.jsonl"), sound);
    assert_eq!(manifest()["code"], code);
}

/// The command that goes on with a shard names it, and quotes a folder with a space.
#[test]
fn a_hint_to_resume_names_shard_and_folder() {
    let bench = Bench::new(LONG);
    let mut child = bench.start("run sim.toml --shard 1/3 --out out");
    bench.wait_for(1);
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::rename(bench.path("out"), bench.path("a b")).unwrap();
    bench
        .hessian("replay")
        .args(["a b", "199"])
        .assert()
        .code(2)
        .stderr(contains("--profile quick --shard 1/3 --out 'a b'"));
}

/// What is left of an older program's records keeps its maker beside this one; a merge into them compares.
#[test]
fn a_begun_folder_keeps_its_makers_and_is_compared() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out whole").assert().code(0);
    for shard in 0..2 {
        bench
            .hessian(&format!("run sim.toml --shard {shard}/2 --out part{shard}"))
            .assert()
            .code(0);
    }
    let lines = bench.read("whole/records.jsonl");
    let begin = |first: &str| {
        std::fs::create_dir_all(bench.path("out")).unwrap();
        let mut older: serde_json::Value =
            serde_json::from_str(&bench.read("whole/manifest.json")).unwrap();
        older["files"] = serde_json::json!({});
        older["code"][0]["commit"] = "5eed".repeat(10).into();
        bench.write("out/manifest.json", &older.to_string());
        bench.write("out/spec.toml", SHORT);
        bench.write(JOURNAL, &crate::faults::journal_line(first));
    };
    let first = lines.lines().next().unwrap();
    // a record that differs is found before anything changes, wherever it stands
    begin(&lines.lines().nth(7).unwrap().replacen("\"variance\":", "\"variance\":1", 1));
    let state = || (bench.read(JOURNAL), bench.read("out/manifest.json"));
    let before = state();
    bench
        .hessian("merge part0 part1 --out out")
        .assert()
        .code(4)
        .stderr(contains("task 7 differs between the shards and out"));
    assert_eq!(state(), before);
    // records of another run are told by what makes them other, as everywhere
    bench.write("out/manifest.json", &before.1.replace("\"seed\":1,", "\"seed\":2,"));
    bench
        .hessian("merge part0 part1 --out out")
        .assert()
        .code(4)
        .stderr(contains("seed 2 there, 1 here"));
    begin(first);
    bench
        .hessian("report out")
        .assert()
        .code(2)
        .stderr(contains("resume it with: hessian run sim.toml --profile quick --out out"));
    bench.hessian("merge part0 part1 --out out").assert().code(0);
    assert_eq!(bench.read("out/records.jsonl"), lines);
    let manifest: serde_json::Value =
        serde_json::from_str(&bench.read("out/manifest.json")).unwrap();
    assert_eq!(manifest["code"].as_array().unwrap().len(), 2);
}

#[test]
fn damaged_journal_lines_are_named_and_the_others_kept() {
    let bench = Bench::new(LONG);
    bench.kill_at(6);

    // a digit in line 2, no record in line 3, half a line at the end
    let journal = bench.read(JOURNAL);
    let mut lines: Vec<String> = journal.lines().take(5).map(str::to_owned).collect();
    lines[1] = lines[1].replacen("\"variance\":", "\"variance\":1", 1);
    lines[2] = "nonsense".to_owned();
    let half = lines[4].len() / 2;
    lines[4].truncate(half);
    bench.write(JOURNAL, &lines.join("\n"));

    bench
        .hessian("run sim.toml --out out")
        .assert()
        .code(0)
        .stderr(contains("records.partial.jsonl, line 2"))
        .stderr(contains("records.partial.jsonl, line 3"))
        .stderr(contains("records.partial.jsonl, line 5: the last line is cut short"))
        .stderr(contains("2 of 200 tasks were already in out"));
    assert_eq!(bench.read("out/records.jsonl"), uninterrupted().0);
}

#[test]
fn a_record_that_is_there_twice_counts_once() {
    let bench = Bench::new(LONG);
    bench.kill_at(2);
    let journal = bench.read(JOURNAL);
    let first = journal.lines().next().unwrap();
    bench.write(JOURNAL, &format!("{first}\n{first}\n"));
    bench.hessian("run sim.toml --out out").assert().code(0).stderr(contains("line 2"));
    assert_eq!(bench.read("out/records.jsonl"), uninterrupted().0);
}

/// Between the last record and the manifest lie four steps; a kill at each leaves one of these.
#[test]
fn an_end_that_was_cut_short_is_made_again() {
    let records = &uninterrupted().0;
    for left in ["records.jsonl", "records.jsonl.draft", "manifest.json.draft"] {
        let bench = Bench::new(LONG);
        bench.kill_at(2);
        bench.write(&format!("out/{left}"), &records[..records.len() / 2]);
        bench.hessian("run sim.toml --out out").assert().code(0);
        assert_eq!(bench.read("out/records.jsonl"), *records);
        let drafts = std::fs::read_dir(bench.path("out")).unwrap();
        let drafts = drafts.filter(|entry| {
            entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "draft")
        });
        assert_eq!(drafts.count(), 0, "{left}");
    }
}
