//! A folder held against itself: each kind of damage is named, each older form is read or refused.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bench::{Bench, JOURNAL, LONG, SHORT};

fn made() -> Bench {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    bench
}

/// What `verify` says of `out` in JSON, and its exit code.
fn verdict(bench: &Bench, arguments: &str) -> (Value, i32) {
    let output = bench.hessian(&format!("verify out --json {arguments}")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    (told, output.status.code().unwrap())
}

/// The names of the checks that found something.
fn failed(told: &Value) -> Vec<&str> {
    let checks = told["checks"].as_array().unwrap();
    let wrong = checks.iter().filter(|check| check["differences"] != json!([]));
    wrong.map(|check| check["name"].as_str().unwrap()).collect()
}

/// Changes the manifest by way of its JSON.
fn with_manifest(bench: &Bench, change: impl FnOnce(&mut Value)) {
    let mut manifest: Value = serde_json::from_str(&bench.read("out/manifest.json")).unwrap();
    change(&mut manifest);
    bench.write("out/manifest.json", &format!("{manifest:#}\n"));
}

/// Changes the records, and mends their hash as a careful forger would.
fn forge(bench: &Bench, change: impl FnOnce(&str) -> String) {
    let sound = bench.read("out/records.jsonl");
    let forged = change(&sound);
    assert_ne!(sound, forged, "the forgery changes nothing");
    let digest = Sha256::digest(forged.as_bytes());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    bench.write("out/records.jsonl", &forged);
    with_manifest(bench, |manifest| manifest["files"]["records.jsonl"] = hash.into());
}

#[test]
fn a_sound_folder_agrees_with_itself() {
    let bench = made();
    bench
        .hessian("verify out")
        .assert()
        .code(0)
        .stdout(contains("all agrees").and(contains("12 of 12")).and(contains("DIFFERS").not()));
    let (told, code) = verdict(&bench, "--sample 5 --threads 1");
    assert_eq!((code, &told["agrees"]), (0, &true.into()));
    // the middles of five equal parts of twelve tasks
    assert_eq!(told["replayed"], json!([1, 3, 6, 8, 10]));
    let counts: Vec<(&str, u64, u64)> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let count = |key: &str| one[key].as_u64().unwrap();
            (one["name"].as_str().unwrap(), count("agree"), count("of"))
        })
        .collect();
    let files = told["checks"][0]["of"].as_u64().unwrap();
    assert_eq!(
        counts,
        [("files", files, files), ("records", 12, 12), ("tables", 3, 3), ("replays", 5, 5)]
    );
    assert_eq!(told["notes"], json!([]));
    // more than there are is all of them
    assert_eq!(verdict(&bench, "--sample 99").0["replayed"].as_array().unwrap().len(), 12);
    assert_eq!(verdict(&bench, "--sample 0").0["replayed"], json!([]));
}

#[test]
fn every_kind_of_damage_is_named() {
    let changed = |name: &str, change: fn(&str) -> String| {
        let bench = made();
        let text = bench.read(name);
        let other = change(&text);
        assert_ne!(text, other);
        bench.write(name, &other);
        bench
    };
    let bench = changed("out/tables/verdicts.csv", |text| text.replacen("confirmed", "refuted", 1));
    let (told, code) = verdict(&bench, "");
    assert_eq!((code, failed(&told)), (4, vec!["files", "tables"]));
    assert_eq!(told["checks"][0]["differences"], json!(["tables/verdicts.csv has changed"]));
    bench
        .hessian("verify out")
        .assert()
        .code(4)
        .stdout(contains("DIFFERS tables: tables/verdicts.csv: line 2 is `claim,S-01"));

    let bench = changed("out/figures/running-mean.svg", |text| text.replacen("#", "# ", 1));
    assert_eq!(failed(&verdict(&bench, "").0), ["files"]);
    std::fs::remove_file(bench.path("out/figures/running-mean.svg")).unwrap();
    let (told, code) = verdict(&bench, "");
    assert_eq!(code, 4);
    assert_eq!(told["checks"][0]["differences"], json!(["figures/running-mean.svg is missing"]));

    // another specification than the one that made the records
    let bench = changed("out/spec.toml", |text| text.replacen("2000", "2001", 1));
    bench.hessian("verify out").assert().code(4).stderr(contains("has changed since"));

    // a file that nobody made is worth a note
    let bench = made();
    bench.write("out/tables/extra.csv", "1\n");
    let (told, code) = verdict(&bench, "");
    assert_eq!((code, &told["notes"]), (0, &json!(["tables/extra.csv is not in the manifest"])));
}

#[test]
fn forged_records_are_found_by_tables_and_replays() {
    // the hash is mended, the tables are not
    let bench = made();
    forge(&bench, |text| text.replacen("\"variance\":", "\"variance\":1", 1));
    let (told, code) = verdict(&bench, "--sample 12");
    assert_eq!((code, failed(&told)), (4, vec!["tables", "replays"]));
    let replay = told["checks"][3]["differences"][0].as_str().unwrap();
    assert!(
        replay.starts_with("task 0 (cell 0, replicate 0) differs first at variance"),
        "{replay}"
    );
    // with the tables made again, only computing finds it
    bench.hessian("report out").assert().code(0);
    assert_eq!(failed(&verdict(&bench, "--sample 12").0), ["replays"]);
}

#[test]
fn lines_that_are_no_records_are_named_and_the_others_counted() {
    let bench = made();
    forge(&bench, |text| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[3] = "{\"schema\":1,";
        lines.swap(6, 7);
        lines.pop();
        lines.join("\n") + "\n"
    });
    let (told, code) = verdict(&bench, "");
    assert_eq!(code, 4);
    let records = &told["checks"][1];
    assert_eq!((&records["agree"], &records["of"]), (&8.into(), &12.into()));
    let differences = records["differences"].to_string();
    for word in [
        "line 4: not a record of this version",
        "line 7: of task 7, expected task 6",
        "line 8: of task 6, expected task 7",
        "task 11 (cell 1, replicate 5) and what follows it are missing",
    ] {
        assert!(differences.contains(word), "{word} in {differences}");
    }
}

#[test]
fn a_part_of_a_run_is_verified_as_far_as_it_goes() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --shard 1/3 --out out").assert().code(0);
    let (told, code) = verdict(&bench, "--sample 2");
    assert_eq!((code, &told["replayed"]), (0, &json!([4, 10])));
    assert_eq!(told["checks"][1]["of"], 4);

    let bench = Bench::new(LONG);
    bench.kill_at(4);
    assert_eq!(verdict(&bench, "").1, 0);
    let journal = bench.read(JOURNAL);
    bench.write(JOURNAL, &journal.replacen("\"variance\":", "\"variance\":1", 1));
    let (told, code) = verdict(&bench, "");
    assert_eq!((code, failed(&told)), (4, vec!["records"]));
    assert!(told["checks"][1]["differences"][0].as_str().unwrap().contains("line 1"));
}

#[test]
fn an_older_manifest_is_read_and_its_silence_is_said() {
    let bench = made();
    let here = hessian::lab::arithmetic();
    let (old, _) = here.split_once('-').unwrap();
    with_manifest(&bench, |manifest| {
        assert!(manifest.as_object_mut().unwrap().remove("code").is_some());
        manifest["arithmetic"] = old.into();
    });
    let (told, code) = verdict(&bench, "");
    assert_eq!(code, 0);
    let notes = told["notes"].to_string();
    assert!(notes.contains("code: not recorded there"), "{notes}");
    assert!(notes.contains("the same as far as it was recorded"), "{notes}");
    bench.hessian("claims --output .").assert().code(0);
    // going on with it invents nothing about the records that were there
    bench.hessian("run sim.toml --out out").assert().code(0);
    let manifest: Value = serde_json::from_str(&bench.read("out/manifest.json")).unwrap();
    assert_eq!((&manifest["code"], &manifest["arithmetic"]), (&json!([]), &old.into()));
}

#[test]
fn another_maker_is_named() {
    let bench = made();
    with_manifest(&bench, |manifest| {
        manifest["version"] = "0.0.9".into();
        manifest["code"] = json!([{ "commit": "5eed".repeat(10), "dirty": true, "sources_sha256": "ab".repeat(32) }]);
        manifest["lock_sha256"] = "cd".repeat(32).into();
        manifest["arithmetic"] = "0123456789abcdef-0123456789abcdef".into();
    });
    for arguments in ["replay out 0", "verify out"] {
        let output = bench.hessian(arguments).output().unwrap();
        // the bits are still those of the records: where they come from is a note, not a fault
        assert_eq!(output.status.code(), Some(0));
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for word in [
            "version: 0.0.9 there",
            "code: commit 5eed5eed5eed with changes (sources abababababab) there",
            "lock file: cdcdcdcdcdcd there",
            "arithmetic: 0123456789abcdef-0123456789abcdef there",
            "another kind of processor or library",
        ] {
            assert!(said.contains(word), "{word} in {said}");
        }
    }
}

#[test]
fn other_schemas_are_refused_with_the_reason() {
    for (schema, reason) in [
        ("0", "schema 0 is older than the oldest that this version reads, 1"),
        ("2", "schema 2 is of a later version of hessian, this one reads up to 1"),
    ] {
        // a manifest of that schema, with keys that nobody here knows
        let bench = made();
        with_manifest(&bench, |manifest| {
            manifest["schema"] = schema.parse::<u32>().unwrap().into();
            manifest["invention"] = 1.into();
        });
        for arguments in
            ["verify out", "replay out 0", "report out", "merge out", "run sim.toml --out out"]
        {
            bench
                .hessian(arguments)
                .assert()
                .code(4)
                .stdout("")
                .stderr(contains("manifest.json, by version 0.1.0").and(contains(reason)));
        }
        // a record of that schema in a folder of this one
        let bench = made();
        forge(&bench, |text| text.replacen("\"schema\":1", &format!("\"schema\":{schema}"), 1));
        let (told, code) = verdict(&bench, "");
        assert_eq!(code, 4);
        assert!(told["checks"][1]["differences"].to_string().contains(reason), "{told}");
        for arguments in
            ["replay out 0", "report out", "claims --output .", "run sim.toml --out out"]
        {
            bench
                .hessian(arguments)
                .assert()
                .code(4)
                .stderr(contains("records.jsonl, line 1").and(contains(reason)));
        }
        // and with keys of its own
        forge(&bench, |text| text.replacen("\"task\":0", "\"task\":0,\"invention\":1", 1));
        bench.hessian("report out").assert().code(4).stderr(contains(reason));
    }
}
