//! One tiny sim: the same bytes at any number of threads and in any number of shards.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use hessian::lab::{Archive, Plan, Record, Shard, Spec};

/// Twenty-four tasks of different lengths, some of which fail.
const SPEC: &str = r#"
id = "tiny"
title = "Tiny"
summary = "Means of normal numbers."
simulator = "gaussian-mean"
seed = 7
allowed_faults = 1.0

[parameters]
fail_below = 0.0

[grid]
shift = [0.5, 0.0]
n = [2, 1500, 40000]

[profile.quick]
replicates = 4
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.toml"), SPEC).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the command, which must end well, and returns its standard error.
    #[track_caller]
    fn hessian(&self, arguments: &str) -> String {
        let (code, stderr) = self.try_hessian(arguments);
        assert_eq!(code, 0, "hessian {arguments}: {stderr}");
        stderr
    }

    fn try_hessian(&self, arguments: &str) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_hessian"))
            .current_dir(self.path())
            .args(arguments.split_whitespace())
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Every file of an output folder that must not depend on the machine, by name.
    fn files(&self, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let root = self.path().join(name);
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("machine.json") && !path.ends_with(".lock") {
                    let bytes = std::fs::read(&path).unwrap();
                    files.push((path.strip_prefix(&root).unwrap().to_owned(), bytes));
                }
            }
        }
        files.sort();
        files
    }

    #[track_caller]
    fn assert_same(&self, one: &str, other: &str) {
        let (one, other) = (self.files(one), self.files(other));
        let names = |files: &[(PathBuf, Vec<u8>)]| {
            files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&one), names(&other));
        for ((name, one), (_, other)) in one.iter().zip(&other) {
            assert!(one == other, "{} differs", name.display());
        }
    }
}

#[test]
fn threads_leave_no_trace() {
    let folder = Folder::new();
    for threads in [1, 2, 7] {
        folder.hessian(&format!("run tiny.toml --threads {threads} --out t{threads}"));
    }
    folder.assert_same("t1", "t2");
    folder.assert_same("t1", "t7");
    let records = std::fs::read_to_string(folder.path().join("t1/records.jsonl")).unwrap();
    assert_eq!(records.lines().count(), 24);
    assert!(records.contains("\"failed\"") && records.contains("\"done\""));
}

#[test]
fn three_shards_merge_into_the_whole() {
    let folder = Folder::new();
    folder.hessian("run tiny.toml --out whole");
    for shard in 0..3 {
        folder.hessian(&format!("run tiny.toml --shard {shard}/3 --threads 1 --out s{shard}"));
    }
    folder.hessian("merge s2 s0 s1 --out merged");
    folder.assert_same("whole", "merged");
    // merging again, or a whole with its own parts, changes nothing
    folder.hessian("merge s0 s1 s2 --out merged");
    folder.hessian("merge whole s1 --out again");
    folder.assert_same("whole", "merged");
    folder.assert_same("whole", "again");
}

#[test]
fn merges_that_do_not_fit_are_refused() {
    let folder = Folder::new();
    for shard in 0..3 {
        folder.hessian(&format!("run tiny.toml --shard {shard}/3 --out s{shard}"));
    }
    let (code, stderr) = folder.try_hessian("merge s0 s2 --out merged");
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("8 of 24 tasks"), "{stderr}");
    assert!(stderr.contains("1, 4, 7, 10, 13, 16, 19, 22"), "{stderr}");

    folder.hessian("run tiny.toml --seed 8 --shard 1/3 --out other");
    let (code, stderr) = folder.try_hessian("merge s0 other s2 --out merged");
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("seed 7 there, 8 here"), "{stderr}");
    assert!(!folder.path().join("merged").exists());
}

#[test]
fn duplicates_that_differ_are_refused() {
    let folder = Folder::new();
    folder.hessian("run tiny.toml --out whole");
    folder.hessian("run tiny.toml --out forged");
    // a forger who also mends the hash is found out by the other copy
    let path = folder.path().join("forged/records.jsonl");
    let records = std::fs::read_to_string(&path).unwrap();
    let forged = records.replacen("\"variance\":", "\"variance\":1", 1);
    assert_ne!(records, forged);
    std::fs::write(&path, &forged).unwrap();
    let path = folder.path().join("forged/manifest.json");
    let manifest = std::fs::read_to_string(&path).unwrap();
    let hash = |text: &str| {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert!(manifest.contains(&hash(&records)));
    std::fs::write(&path, manifest.replace(&hash(&records), &hash(&forged))).unwrap();
    let (code, stderr) = folder.try_hessian("merge whole forged --out merged");
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("task 0 differs between whole and forged"), "{stderr}");
}

#[test]
fn shards_of_different_arithmetics_are_said_to_be() {
    let folder = Folder::new();
    for shard in 0..2 {
        folder.hessian(&format!("run tiny.toml --shard {shard}/2 --out s{shard}"));
    }
    let path = folder.path().join("s1/manifest.json");
    let manifest = std::fs::read_to_string(&path).unwrap();
    let here = hessian::lab::arithmetic();
    assert!(manifest.contains(&here));
    std::fs::write(&path, manifest.replace(&here, "0123456789abcdef")).unwrap();
    let stderr = folder.hessian("merge s0 s1 --out merged");
    assert!(stderr.contains("different arithmetics"), "{stderr}");
    let merged = std::fs::read_to_string(folder.path().join("merged/manifest.json")).unwrap();
    assert!(merged.contains("0123456789abcdef") && merged.contains(&here));
}

/// A run of millions fits into memory because what the records of a cell share is held once.
#[test]
fn records_of_a_cell_share_their_parameters_and_costs() {
    let folder = Folder::new();
    folder.hessian("run tiny.toml --out out");
    let records = Archive::open(&folder.path().join("out")).unwrap().records().unwrap();
    let distinct = |address: fn(&Record) -> usize| {
        records
            .iter()
            .map(|record| address(&record))
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    assert_eq!(records.len(), 24);
    assert_eq!(distinct(|record| Arc::as_ptr(&record.parameters) as usize), 6);
    assert_eq!(distinct(|record| Arc::as_ptr(&record.cost) as usize), 6);
}

/// The records of a large file are read again whenever they are looked at: whatever is derived from
/// them is the same, byte for byte, as if they were held.
#[test]
fn records_of_a_file_are_those_in_memory() {
    let folder = Folder::new();
    folder.hessian("run tiny.toml --out out");
    let archive = Archive::open(&folder.path().join("out")).unwrap();
    let (held, read) = (archive.records().unwrap(), archive.records_within(0).unwrap());
    assert!(held.faults() > 0 && held.faults() < held.len());
    assert_eq!((held.len(), held.faults()), (read.len(), read.faults()));
    assert!(held.iter().eq(read.iter()));
    assert_eq!(held.levels("n"), read.levels("n"));
    for n in held.levels("n") {
        let at = [("n", n.as_str()), ("shift", "0.5")];
        assert_eq!(held.filter(&at).len(), 4);
        assert!(held.filter(&at).iter().eq(read.filter(&at).iter()));
    }
    let cells = (held.cells(), read.cells());
    assert_eq!(cells.0.len(), 6);
    assert!(cells.0.keys().eq(cells.1.keys()));
    assert!(cells.0.values().zip(cells.1.values()).all(|(a, b)| a.iter().eq(b.iter())));

    let simulators = hessian::sims::registry();
    let simulator = simulators.iter().find(|one| one.id() == "gaussian-mean").unwrap();
    let claims = hessian::claims::registry();
    let claim = claims.iter().find(|claim| claim.id == "S-01").unwrap();
    let written = [held, read].map(|records| {
        let room = tempfile::tempdir().unwrap();
        let files = hessian::report::write(
            room.path(),
            &hessian::report::Input {
                title: "Tiny",
                summary: "Means of normal numbers.",
                command: "hessian run tiny.toml",
                records: &records,
                judgements: &[claim.judge(&records)],
                expected: &std::collections::BTreeMap::new(),
                views: &simulator.views(),
                observables: &simulator.observables(),
                provenance: &std::collections::BTreeMap::new(),
            },
        );
        records.intact().unwrap();
        let name = |path: &Path| path.strip_prefix(room.path()).unwrap().to_owned();
        let files = files.unwrap();
        files.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect::<Vec<_>>()
    });
    // two tables of verdicts, observables, faults, the intervals and a view in two formats, the page
    assert!(written[0].len() >= 9, "{:?}", written[0].iter().map(|file| &file.0));
    assert!(written[0] == written[1]);
}

/// A file that is changed between two looks at it ends the looking, and is named.
#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let folder = Folder::new();
    folder.hessian("run tiny.toml --out out");
    let path = folder.path().join("out/records.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    let mut swapped: Vec<&str> = whole.lines().collect();
    swapped.swap(2, 20);
    let half = whole[..whole.len() / 2].to_owned();
    for (change, read) in [(half, 11), (swapped.join("\n"), 2), (String::new(), 0)] {
        std::fs::write(&path, &whole).unwrap();
        let archive = Archive::open(&folder.path().join("out")).unwrap();
        let records = archive.records_within(0).unwrap();
        std::fs::write(&path, &change).unwrap();
        assert!(records.intact().is_ok(), "nothing has been read since");
        assert!(records.iter().count().abs_diff(read) <= 1);
        let error = records.intact().unwrap_err().to_string();
        assert!(error.contains("records.jsonl: changed while it was read"), "{error}");
    }
}

/// Two stages of one sim, the second with its own number of replicates.
const STAGES: &str = r#"
id = "stages"
title = "Stages"
summary = "Means of normal numbers, twice."
seed = 7

[[stage]]
id = "near"
simulator = "gaussian-mean"
parameters = { n = 100 }
grid = { shift = [0.0, 0.5] }

[[stage]]
id = "far"
simulator = "gaussian-mean"
parameters = { n = 100, shift = 9.0 }
profile.quick = { replicates = 5, parameters = { n = 200 } }

[profile.quick]
replicates = 2
"#;

#[test]
fn stages_run_in_one_folder_and_merge_from_shards() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("stages.toml"), STAGES).unwrap();
    folder.hessian("run stages.toml --out whole");
    for shard in 0..2 {
        folder.hessian(&format!("run stages.toml --shard {shard}/2 --out s{shard}"));
    }
    folder.hessian("merge s0 s1 --out merged");
    folder.assert_same("whole", "merged");
    let records = std::fs::read_to_string(folder.path().join("whole/records.jsonl")).unwrap();
    assert_eq!(records.matches("\"stage\":\"near\"").count(), 4);
    assert_eq!(records.matches("\"n\":200,\"shift\":9.0,\"stage\":\"far\"").count(), 5);
    // the command line's number of replicates holds for every stage
    folder.hessian("run stages.toml --replicates 3 --out three");
    folder.hessian("merge three --out again");
    folder.assert_same("three", "again");
    let records = std::fs::read_to_string(folder.path().join("three/records.jsonl")).unwrap();
    assert_eq!(records.lines().count(), 9);
}

/// A network is trained and measured in each task, by dense kernels that can use several threads.
const TRAINING: &str = r#"
id = "networks"
title = "Networks"
summary = "Small networks in small number."
simulator = "training"
seed = 7

[parameters]
data = "gaussians"
blocks = 2
width = 20
gaussians = { classes = 3, dimension = 5, train = 120, test = 60, separation = 1.0 }
letter_classes = 26
batch = 30
rate = 0.05
momentum = 0.9
weight_decay = 1e-4
checkpoints = 2
steps = 100
hessian_samples = 40
probes = 2
lanczos_steps = 16
max_products = 1000

[grid]
arm = ["residual-bn", "residual", "plain-bn"]

[profile.quick]
replicates = 2
"#;

#[test]
fn networks_are_the_same_bytes_too() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("networks.toml"), TRAINING).unwrap();
    for threads in [1, 2, 7] {
        folder.hessian(&format!("run networks.toml --threads {threads} --out t{threads}"));
    }
    folder.assert_same("t1", "t2");
    folder.assert_same("t1", "t7");
    for shard in 0..3 {
        folder.hessian(&format!("run networks.toml --shard {shard}/3 --out s{shard}"));
    }
    folder.hessian("merge s0 s1 s2 --out merged");
    folder.assert_same("t1", "merged");
}

/// The plan is a pure function of the specification, in the order in which the grid is written.
#[test]
fn the_plan_crosses_the_grid_in_the_order_written() {
    let spec = Spec::parse(SPEC.to_owned(), Path::new(""), "tiny.toml").unwrap();
    let plan = Plan::new(&spec, "quick", None, None).unwrap();
    let cells: Vec<String> = plan
        .cells
        .iter()
        .map(|cell| format!("{} {}", cell.parameters["shift"], cell.parameters["n"]))
        .collect();
    assert_eq!(cells, ["0.5 2", "0.5 1500", "0.5 40000", "0.0 2", "0.0 1500", "0.0 40000"]);
    assert_eq!(plan.tasks(), 24);
    assert_eq!((plan.key(9).cell, plan.key(9).replicate), (2, 1));
    for count in [1, 2, 3, 24, 30] {
        let mut tasks: Vec<u64> = (0..count)
            .flat_map(|index| {
                let shard: Shard = format!("{index}/{count}").parse().unwrap();
                plan.shard(shard).map(|key| key.task).collect::<Vec<_>>()
            })
            .collect();
        tasks.sort_unstable();
        assert_eq!(tasks, (0..24).collect::<Vec<_>>(), "{count} shards");
    }
}

/// The numbers of the first release: a change here means that old records cannot be made again.
/// To twelve digits, since mathematics libraries differ in the last bits.
#[test]
fn the_streams_of_the_first_release_are_still_drawn() {
    let folder = Folder::new();
    folder.hessian("run tiny.toml --out out");
    let records = std::fs::read_to_string(folder.path().join("out/records.jsonl")).unwrap();
    let mean = |line: usize| {
        let record: serde_json::Value =
            serde_json::from_str(records.lines().nth(line).unwrap()).unwrap();
        format!("{:.12}", record["outcome"]["done"]["mean"].as_f64().unwrap())
    };
    assert_eq!([mean(4), mean(8)], ["0.519556300864", "0.504758608208"]);
    // an old folder is told from another run's by this hash
    let spec = Spec::parse(SPEC.to_owned(), Path::new(""), "tiny.toml").unwrap();
    let hash = Plan::new(&spec, "quick", None, None).unwrap().sha256();
    assert_eq!(hash, "2662549f07a46da4bc9800a2c098cea546cbcf597b79d3c64cca23f9049ab79f");
}
