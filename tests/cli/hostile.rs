//! Hostile input: files that were made to exhaust memory or patience, or to break a reader. The files
//! under `hostile/` were found by `fuzz/`; what they did is said beside each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use hessian::data::{read_dataset, read_tensors, table};
use hessian::lab::{Record, Records, Verdict};
use hessian::network::{Description, Program};
use predicates::str::contains;

use crate::bench::{Bench, SHORT};

fn found(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/cli/hostile", name].iter().collect();
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The specification is refused, soon, with these words and without a file left.
#[track_caller]
fn refused(spec: &str, words: &[&str]) {
    let bench = Bench::new(spec);
    let mut command = bench.hessian("run sim.toml --out out");
    let mut assert = command.timeout(Duration::from_secs(60)).assert().code(2).stdout("");
    for word in words {
        assert = assert.stderr(contains(*word));
    }
    assert!(!bench.path("out").exists(), "a refused specification left files behind");
}

/// Both asked the allocator for gigabytes while they were being checked, and ended the process.
#[test]
fn clusters_beyond_memory_are_refused_with_their_size() {
    let text = |name| String::from_utf8(found(name)).unwrap();
    let words = ["stage `trained`", "1073741884 samples in 5 dimensions", "8 bytes each"];
    refused(&text("a-billion-clustered-samples.toml"), &words);
    let words = ["180 samples in 1000000000000 dimensions", "ask for fewer"];
    refused(&text("clusters-in-a-trillion-dimensions.toml"), &words);
    // a sum of samples that wraps around to a small one
    let text = text("a-billion-clustered-samples.toml");
    let most = i64::MAX.to_string();
    let wrapped = text.replace("1073741824", &most).replace("test = 60", &format!("test = {most}"));
    refused(&wrapped, &["samples in 5 dimensions"]);
}

#[test]
fn files_that_never_end_are_refused() {
    let bench = Bench::new(&SHORT.replace("[grid]", "[inputs]\ntable = \"/dev/zero\"\n[grid]"));
    let soon = Duration::from_secs(60);
    let mut command = bench.hessian("run sim.toml");
    let assert = command.timeout(soon).assert().code(2);
    assert.stderr(contains("/dev/zero: is no regular file")).stderr(contains("input `table`"));
    let mut command = bench.hessian("run /dev/zero");
    command.timeout(soon).assert().code(2).stderr(contains("longest specification"));
}

/// Two hundred thousand values took a minute to compare pair by pair; the number of cells is refused
/// only after that.
#[test]
fn a_long_list_is_checked_for_doubles_in_one_pass() {
    let list = |last: u32| {
        let values: Vec<String> = (0..200_000).chain([last]).map(|n| n.to_string()).collect();
        SHORT.replace("n = [2000]", &format!("n = [{}]", values.join(",")))
    };
    refused(&list(200_000), &["more than 100000 cells"]);
    refused(&list(7), &["grid.n holds 7 twice"]);
}

#[test]
fn depth_without_end_is_refused_and_not_followed() {
    for (open, close) in [("[", "]"), ("{ a = ", "}")] {
        let nested = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        let value = format!("n = [{nested}]");
        refused(&SHORT.replace("n = [2000]", &value), &["sim.toml:9", "max recursion depth"]);
        let network = format!("input = 1\nloss = \"squared\"\nlayers = [{nested}]");
        let error = Description::from_toml(&network).unwrap_err();
        assert!(error.is_spec() && error.to_string().contains("max recursion depth"), "{error}");
    }
    // within the limit of toml, beyond that of memory: 2^30 layers
    let mut layers = "{ kind = \"relu\" }".to_owned();
    for _ in 0..30 {
        layers = format!("{{ kind = \"residual\", repeat = 2, branch = [{layers}] }}");
    }
    let network = format!("input = 1\nloss = \"squared\"\nlayers = [{layers}]");
    let error = Description::from_toml(&network).unwrap_err();
    assert!(error.is_capacity() && error.to_string().contains("lower `repeat`"), "{error}");
}

#[test]
fn a_network_beyond_memory_is_refused_with_its_size() {
    let wide = "{ kind = \"linear\", out = 16777216 }, { kind = \"linear\", out = 16777216 }";
    let text = format!("input = 1\nloss = \"squared\"\nlayers = [{wide}]");
    let error = Program::new(&Description::from_toml(&text).unwrap()).unwrap_err();
    assert!(error.is_capacity(), "{error}");
    assert!(error.to_string().contains("1.weight: with shape [16777216, 16777216]"), "{error}");
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_table_that_expands_a_thousandfold_is_refused() {
    // 32 MiB of zeros in 32 KB
    let bomb = packed(&vec![b'0'; 32 << 20]);
    assert!(bomb.len() < 40_000);
    let error = table::read(&bomb, "bomb.csv.gz").unwrap_err();
    assert!(error.is_capacity() && error.to_string().contains("unpack it first"), "{error}");
    // a bomb in a bomb is a table of one line that is no text
    let error = table::read(&packed(&bomb), "bomb.csv.gz").unwrap_err();
    assert!(error.is_data(), "{error}");
    // found by mutation: it expanded to a thousand times its 4 KB before its checksum was missed
    let error = table::read(&found("expanding.csv.gz"), "expanding.csv.gz").unwrap_err();
    assert!(error.is_capacity(), "{error}");
    // a table of honest size is read
    let rows: String = (0..20_000).map(|n| format!("{n},a\n")).collect();
    let rows = table::read(&packed(format!("x,k\n{rows}").as_bytes()), "honest.csv.gz");
    assert_eq!(rows.unwrap().rows(), 20_000);
}

#[test]
fn tensors_that_claim_more_than_the_file_holds_are_refused() {
    let file = |claimed: u64, header: &str| {
        [&claimed.to_le_bytes()[..], header.as_bytes(), &[0; 16]].concat()
    };
    let tensor = |shape: &str, end: u64| {
        format!(r#"{{"inputs":{{"dtype":"F64","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#)
    };
    let honest = tensor("2,1", 16);
    assert_eq!(
        read_tensors(&file(honest.len() as u64, &honest), "t").unwrap()[0].entries,
        [0.0; 2]
    );
    let huge = 1_u64 << 60;
    let hostile = [
        file(huge, &honest),
        file(u64::MAX, &honest),
        file(tensor("2,1", huge).len() as u64, &tensor("2,1", huge)),
        file(
            tensor("1152921504606846976,2", 16).len() as u64,
            &tensor("1152921504606846976,2", 16),
        ),
        file(
            tensor("4294967296,4294967296", 16).len() as u64,
            &tensor("4294967296,4294967296", 16),
        ),
        file(tensor("2,1", 16).len() as u64, &tensor("2,1", 16))[..20].to_vec(),
        vec![0xff; 7],
        Vec::new(),
    ];
    for (case, bytes) in hostile.iter().enumerate() {
        for error in [
            read_tensors(bytes, "t.safetensors").map(drop).unwrap_err(),
            read_dataset(bytes, "t.safetensors").map(drop).unwrap_err(),
        ] {
            let message = error.to_string();
            assert!(error.is_data(), "case {case}: {message}");
            assert!(message.contains("t.safetensors: not a whole safetensors file"), "{message}");
        }
    }
}

/// A record that says it had 2^31 blocks made its claim allocate the square of that.
#[test]
fn records_with_impossible_parameters_decide_nothing() {
    let judged = |name: &str| {
        let text = found(name);
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let records: Vec<Record> =
            lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert!(!records.is_empty());
        let records = Records::new(records);
        let claims = hessian::claims::registry();
        let ids = ["P25", "D-01"];
        let chosen = claims.iter().filter(|claim| ids.contains(&claim.id));
        chosen.map(|claim| claim.judge(&records).verdict).collect::<Vec<_>>()
    };
    for name in ["blocks-beyond-memory.jsonl", "blocks-beyond-patience.jsonl"] {
        for verdict in judged(name) {
            assert!(matches!(verdict, Verdict::Undecided), "{name}: {verdict:?}");
        }
    }
}

/// Every find is used by a test here: one without would be kept for nothing.
#[test]
fn every_find_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/hostile");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        assert!(include_str!("hostile.rs").contains(&format!("\"{name}\"")), "{name}");
    }
}
