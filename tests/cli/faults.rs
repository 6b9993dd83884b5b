//! Fault drills: whatever befalls the process, its disk or its clock, nothing done is lost and nothing
//! is counted twice. Fewer of them, in more detail, are in `folders` and `interruptions`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant, SystemTime};

use predicates::str::contains;

use crate::bench::{Bench, JOURNAL, LONG, SHORT, uninterrupted};
use crate::interruptions::catches_interrupts;

/// Moments that look random and are the same in every run of the tests: the fractional parts of
/// multiples of the golden ratio, which fill [0, 1) evenly.
fn moment(kill: u32) -> f64 {
    (f64::from(kill) * 0.618_033_988_749_895).fract()
}

#[test]
fn fifty_kills_at_any_moment_change_nothing() {
    // forty in the middle of the records, from the start of the process on
    let long = LONG.replace("replicates = 100", "replicates = 600");
    let whole = Bench::new(&long);
    whole.hessian("run sim.toml --out out").assert().code(0);
    let bench = Bench::new(&long);
    let mut before: Vec<u8> = Vec::new();
    for kill in 1..=40 {
        let mut child = bench.start("run sim.toml --out out --threads 2");
        // every other kill may hit the start as well, where the folder is opened and its journal read
        let longest = if kill % 2 == 0 {
            0.12
        } else {
            bench.wait_for(bench.journalled() + 1);
            0.02
        };
        std::thread::sleep(Duration::from_secs_f64(longest * moment(kill)));
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = std::fs::read(bench.path(JOURNAL)).unwrap_or_default();
        assert!(journal.starts_with(&before), "kill {kill} lost records");
        let whole = journal.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        before = journal[..whole].to_vec();
    }
    assert!(bench.journalled() >= 20, "the kills came too early to test anything");
    assert!(!bench.path("out/records.jsonl").exists(), "the kills came too late");
    bench.hessian("run sim.toml --out out --threads 2").assert().code(0);
    assert_same(&bench.files("out"), &whole.files("out"));

    // ten in the end of a short run: its last records, their renaming, tables, figures and page
    let whole = Bench::new(SHORT);
    let start = Instant::now();
    whole.hessian("run sim.toml --out out").assert().code(0);
    let all = start.elapsed();
    let bench = Bench::new(SHORT);
    for kill in 1..=10 {
        let mut child = bench.start("run sim.toml --out out --threads 2");
        std::thread::sleep(all.mul_f64(moment(kill)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    bench.hessian("run sim.toml --out out --threads 2").assert().code(0);
    assert_same(&bench.files("out"), &whole.files("out"));
}

#[test]
fn a_last_record_cut_anywhere_costs_that_record_alone() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let whole = bench.files("out");
    let records = bench.read("out/records.jsonl");
    let entries: Vec<String> = records.lines().map(journal_line).collect();
    let last = entries[11].len();
    for kept in [0, 1, 10, last / 2, last - 2, last - 1] {
        std::fs::remove_file(bench.path("out/records.jsonl")).unwrap();
        bench.write(JOURNAL, &(entries[..11].concat() + &entries[11][..kept]));
        let assert = bench.hessian("run sim.toml --out out").assert().code(0);
        let assert = assert.stderr(contains("11 of 12 tasks were already in out"));
        if kept > 0 {
            assert.stderr(contains("line 12: the last line is cut short"));
        }
        assert!(bench.files("out") == whole, "{kept} bytes of the last record");
    }
}

/// The same files with the same bytes; the bytes themselves would fill the screen.
#[track_caller]
fn assert_same(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    assert!(found.keys().eq(expected.keys()), "{:?}, not {:?}", found.keys(), expected.keys());
    let differ = |(path, bytes): &(&PathBuf, &Vec<u8>)| expected[*path] != **bytes;
    let different: Vec<_> = found.iter().filter(differ).map(|(path, _)| path).collect();
    assert!(different.is_empty(), "{different:?} differ");
}

#[test]
fn drafts_of_a_killed_process_are_removed() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let whole = bench.files("out");
    for name in ["machine.json.draft", "manifest.json.draft", "records.jsonl.draft"] {
        bench.write(&format!("out/{name}"), "{\"half\":");
    }
    bench.hessian("run sim.toml --out out").assert().code(0);
    assert_same(&bench.files("out"), &whole);
}

/// A record as the journal holds it.
pub fn journal_line(json: &str) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(json.as_bytes());
    format!("{{\"crc32\":\"{:08x}\",\"record\":{json}}}\n", crc.sum())
}

#[test]
fn a_forged_hash_does_not_make_a_record_count_twice() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let records = bench.read("out/records.jsonl");
    let lines: Vec<&str> = records.lines().collect();
    let forge = |lines: &[&str]| {
        let forged = lines.join("\n") + "\n";
        bench.write("out/records.jsonl", &forged);
        let hash = |text: &str| {
            use sha2::Digest;
            let digest = sha2::Sha256::digest(text.as_bytes());
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let mut manifest: serde_json::Value =
            serde_json::from_str(&bench.read("out/manifest.json")).unwrap();
        manifest["files"]["records.jsonl"] = hash(&forged).into();
        bench.write("out/manifest.json", &manifest.to_string());
    };
    let refused = |word: &str| {
        for arguments in ["claims --output .", "report out", "merge out --out merged"] {
            bench.hessian(arguments).assert().code(4).stderr(contains(word.to_owned()));
        }
    };
    forge(&[&lines[..5], &lines[4..]].concat());
    refused("task 5 is missing, or there twice");
    forge(&lines[..11]);
    refused("task 11 is missing");
    let other = lines[3].replace("\"shift\":0.0", "\"shift\":0.5");
    forge(&[&lines[..3], &[&other], &lines[4..]].concat());
    refused("task 3 with another task's parameters");
}

/// Runs a script in a mount namespace of its own, whose mounts end with it; none where the system
/// does not allow that, which fails where drills are required (`HESSIAN_DRILLS=required`).
fn with_mounts(bench: &Bench, script: &str) -> Option<Output> {
    let run = |flags: &[&str], script: &str| {
        Command::new("unshare")
            .args(flags)
            .args(["sh", "-euc", script])
            .current_dir(bench.path(""))
            .env("HESSIAN", env!("CARGO_BIN_EXE_hessian"))
            .output()
    };
    std::fs::create_dir(bench.path("disk")).unwrap();
    let probe = "mount -t tmpfs -o size=64k none disk";
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let mut refusals = Vec::new();
    for flags in ways {
        match run(flags, probe) {
            Ok(output) if output.status.success() => return Some(run(flags, script).unwrap()),
            Ok(output) => refusals.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => refusals.push(format!("unshare: {error}")),
        }
    }
    skip(&format!("a mount namespace is not permitted here ({})", refusals.join("; ")));
    None
}

/// Says why a drill is not done; fails where it must be.
fn skip(reason: &str) {
    let required = std::env::var("HESSIAN_DRILLS").is_ok_and(|value| value == "required");
    assert!(!required, "this drill is required, but {reason}");
    eprintln!("NOT TESTED: {reason}");
}

/// What a script printed, once it ended well.
#[track_caller]
fn printed(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_full_disk_keeps_what_is_done() {
    let bench = Bench::new(LONG);
    let size = uninterrupted().0.len() / 1024;
    // full from the start; in the middle of the records; at the end, when they are copied in order;
    // then there is room
    let script = format!(
        r#"
        mount -t tmpfs -o size=4k none disk
        try() {{ "$HESSIAN" run sim.toml --out disk/out --threads 2 2> "$1.err" > /dev/null || echo "$1 $?"; }}
        room() {{ mount -o remount,size="$1"k disk; }}
        try start
        room {middle}
        try middle
        echo "lines $(wc -l < disk/out/records.partial.jsonl)"
        room {end}
        try end
        ls -A disk/out | tr '\n' ' '
        echo
        room {enough}
        try enough
        cp disk/out/records.jsonl disk/out/manifest.json .
        "#,
        middle = size / 3,
        end = size * 3 / 2,
        enough = size * 8,
    );
    let Some(output) = with_mounts(&bench, &script) else { return };
    let said = printed(&output);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), 5, "{said:?}");
    assert_eq!(said[0], "start 2");
    assert_eq!(said[1], "middle 2");
    assert!(bench.read("start.err").contains("No space left on device"), "{said:?}");
    let error = bench.read("middle.err");
    assert!(error.contains("(os error 28); make room"), "{error}");
    let lines: usize = said[2].strip_prefix("lines ").unwrap().parse().unwrap();
    assert!((20..100).contains(&lines), "{lines} records in a third of their room");
    assert_eq!(said[3], "end 2");
    let error = bench.read("end.err");
    assert!(error.contains("(os error 28); make room"), "{error}");
    assert!(!said[4].contains("draft"), "half a file takes room: {}", said[4]);
    let last = bench.read("enough.err");
    assert!(last.contains("200 of 200 tasks were already in disk/out"), "{last}");
    assert_eq!(bench.read("records.jsonl"), uninterrupted().0);
    assert_eq!(bench.read("manifest.json"), uninterrupted().1);
}

#[test]
fn a_read_only_folder_is_read_and_not_written() {
    let bench = Bench::new(SHORT);
    bench.hessian("run sim.toml --out out").assert().code(0);
    let script = r#"
        mount --bind out out
        mount -o remount,ro,bind out
        code() { "$HESSIAN" "$@" > "$1.out" 2> "$1.err" && echo "$1 0" || echo "$1 $?"; }
        code run sim.toml --out out/new
        code report out
        code claims --output .
        code merge out --out merged
    "#;
    let Some(output) = with_mounts(&bench, script) else { return };
    assert_eq!(printed(&output), "run 2\nreport 2\nclaims 0\nmerge 0\n");
    for verb in ["run", "report"] {
        let error = bench.read(&format!("{verb}.err"));
        assert!(error.contains("Read-only file system"), "{error}");
        assert_eq!(bench.read(&format!("{verb}.out")), "");
    }
    assert!(bench.read("claims.out").contains("confirmed"));
    assert_same(&bench.files("merged"), &bench.files("out"));
}

#[test]
fn files_from_the_future_are_resumed_from_like_any_other() {
    let bench = Bench::new(LONG);
    bench.kill_at(6);
    let future = SystemTime::now() + Duration::from_secs(20 * 365 * 86_400);
    let mut touched = 0;
    for entry in std::fs::read_dir(bench.path("out")).unwrap() {
        let file = std::fs::OpenOptions::new().write(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(future).unwrap();
        touched += 1;
    }
    assert!(touched >= 4, "lock, manifest, specification and journal");
    let found = bench.journalled();
    let resumed = bench.hessian("run sim.toml --out out").assert().code(0);
    resumed.stderr(contains(format!("{found} of 200 tasks were already in out")));
    assert_eq!(bench.read("out/records.jsonl"), uninterrupted().0);
    assert_eq!(bench.read("out/manifest.json"), uninterrupted().1);
}

/// Debian's library that makes a process see another time.
fn libfaketime() -> Option<PathBuf> {
    let mut folders =
        vec![PathBuf::from("/usr/lib/faketime"), PathBuf::from("/usr/local/lib/faketime")];
    if let Ok(entries) = std::fs::read_dir("/usr/lib") {
        folders.extend(entries.flatten().map(|entry| entry.path().join("faketime")));
    }
    folders.into_iter().map(|folder| folder.join("libfaketime.so.1")).find(|path| path.exists())
}

#[test]
fn a_clock_that_goes_backwards_changes_nothing() {
    let Some(library) = libfaketime() else {
        return skip("there is no libfaketime.so.1 (Debian's package faketime)");
    };
    let bench = Bench::new(LONG);
    let clock = |offset: &str| bench.write("clock", offset);
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_hessian"))
            .current_dir(bench.path(""))
            .args("run sim.toml --out out --threads 2".split(' '))
            .env("LD_PRELOAD", &library)
            .env("FAKETIME_TIMESTAMP_FILE", bench.path("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    // ten years back in the middle of a session, for both of the system's clocks; then the session is
    // stopped, and the next one starts before 1970
    clock("+0");
    let first = start();
    bench.wait_for(20);
    clock("-10y");
    bench.wait_for(40);
    let signal = Command::new("kill").args(["-INT", &first.id().to_string()]).status().unwrap();
    assert!(signal.success());
    let stopped = first.wait_with_output().unwrap();
    assert_eq!(stopped.status.code(), Some(130), "{}", String::from_utf8_lossy(&stopped.stderr));
    let found = bench.journalled();
    clock("-60y");
    let second = start().wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.success(), "{stderr}");
    assert!(stderr.contains(&format!("{found} of 200 tasks were already in out")), "{stderr}");
    assert_eq!(bench.read("out/records.jsonl"), uninterrupted().0);
    assert_eq!(bench.read("out/manifest.json"), uninterrupted().1);

    // the drill is one only if the process saw those clocks: what it measured of itself says so
    let machine: serde_json::Value = serde_json::from_str(&bench.read("out/machine.json")).unwrap();
    let session = |n: usize, key: &str| machine["sessions"][n][key].as_f64().unwrap();
    assert_eq!(session(0, "seconds"), 0.0, "{machine}");
    assert!(session(0, "started") > 1.7e9, "{machine}");
    assert_eq!(session(1, "started"), 0.0, "{machine}");
}

#[test]
fn an_interrupt_is_obeyed_within_two_seconds() {
    // tasks of a second or more, so that it is obeyed inside of one
    let spec = LONG.replace("n = 1000000", "n = 100000000");
    let bench = Bench::new(&spec);
    // how long it takes to end, pressed so many seconds into the work
    let press = |wait: f64| {
        let child = bench.start("run sim.toml --out out --threads 2");
        let begun = Instant::now();
        while !(bench.path(JOURNAL).exists() && catches_interrupts(child.id())) {
            assert!(begun.elapsed() < Duration::from_secs(60), "not at work in a minute");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_secs_f64(wait));
        let pressed = Instant::now();
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        let time = pressed.elapsed();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        let done = bench.journalled();
        assert!(stderr.contains(&format!("{done} of 200 tasks are done")), "{done}: {stderr}");
        time
    };
    for wait in [0.3, 0.9] {
        // the median: a host that stands still once does not fail it, a slow answer does
        let mut times: [Duration; 3] = std::array::from_fn(|_| press(wait));
        times.sort();
        assert!(times[1] < Duration::from_secs(2), "{times:?}");
    }
}

impl Bench {
    /// The files of an output folder but those that differ between machines and moments: what was left
    /// of a file that was being written is not one of them.
    fn files(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.path(name);
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let hidden = |path: &Path| path.file_name().unwrap().as_encoded_bytes()[0] == b'.';
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("machine.json") && !hidden(&path) {
                    let bytes = std::fs::read(&path).unwrap();
                    files.insert(path.strip_prefix(&root).unwrap().to_owned(), bytes);
                }
            }
        }
        files
    }
}
