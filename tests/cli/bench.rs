//! A bench: a folder of its own with one specification, and the built command in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Twelve short tasks, one claim.
pub const SHORT: &str = r#"
id = "bench"
title = "Bench"
summary = "Means of normal numbers."
simulator = "gaussian-mean"
seed = 1

[grid]
n = [2000]
shift = [0.0, 0.5]

[profile.quick]
replicates = 6
expected = { S-01 = "confirmed" }
"#;

/// Two hundred tasks of some ten milliseconds each: long enough to be killed in the middle.
pub const LONG: &str = r#"
id = "bench"
title = "Bench"
summary = "Means of normal numbers."
simulator = "gaussian-mean"
seed = 1

[parameters]
n = 1000000

[grid]
shift = [0.0, 0.5]

[profile.quick]
replicates = 100
"#;

/// Records and manifest of the long specification, run without interruption.
pub fn uninterrupted() -> &'static (String, String) {
    static FILES: OnceLock<(String, String)> = OnceLock::new();
    FILES.get_or_init(|| {
        let bench = Bench::new(LONG);
        bench.hessian("run sim.toml --out out").assert().code(0);
        (bench.read("out/records.jsonl"), bench.read("out/manifest.json"))
    })
}

pub const JOURNAL: &str = "out/records.partial.jsonl";

pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    /// A fresh folder with this text as `sim.toml`.
    pub fn new(spec: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.write("sim.toml", spec);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        read(&self.path(name))
    }

    /// The command with these words as its arguments.
    pub fn hessian(&self, arguments: &str) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_hessian"));
        command.current_dir(self.folder.path()).args(arguments.split_whitespace());
        command
    }

    /// The same, running beside the test.
    pub fn start(&self, arguments: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_hessian"))
            .current_dir(self.folder.path())
            .args(arguments.split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Number of whole lines in the journal.
    pub fn journalled(&self) -> usize {
        let bytes = std::fs::read(self.path(JOURNAL)).unwrap_or_default();
        bytes.iter().filter(|byte| **byte == b'\n').count()
    }

    /// Waits until the journal of a running command has so many lines.
    pub fn wait_for(&self, lines: usize) {
        let start = Instant::now();
        while self.journalled() < lines {
            assert!(start.elapsed() < Duration::from_secs(60), "no {lines} records in a minute");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Starts a run of `sim.toml` into `out` and kills it once it has this many records.
    pub fn kill_at(&self, lines: usize) {
        let mut child = self.start("run sim.toml --out out --threads 2");
        self.wait_for(lines);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!self.path("out/records.jsonl").exists(), "it ended before it was killed");
    }
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
