//! Interruptions: whatever ends the process, the next one goes on to the same bytes.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::bench::{Bench, LONG, uninterrupted};

#[test]
fn a_signal_stops_it_with_what_is_done_kept() {
    let bench = Bench::new(LONG);
    for signal in ["-INT", "-TERM"] {
        let child = bench.start("run sim.toml --out out --threads 2");
        bench.wait_for(bench.journalled() + 2);
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains("the same command goes on from there"), "{stderr}");
        let done = bench.journalled();
        assert!(stderr.contains(&format!("{done} of 200 tasks are done")), "{done}: {stderr}");
    }
    bench.hessian("run sim.toml --out out").assert().code(0);
    assert_eq!(bench.read("out/records.jsonl"), uninterrupted().0);
}

/// Sampled counts at this size take a minute on one thread.
#[test]
fn a_signal_ends_a_long_calculation_with_its_code() {
    let bench = Bench::new(LONG);
    let child = bench.start("complexity --mixture 3:1 --dimension 1000 --threads 1");
    let begun = Instant::now();
    while !catches_interrupts(child.id()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "no handler in a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
}

/// Whether the process has a handler for SIGINT; on other systems than Linux after a while.
pub fn catches_interrupts(process: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{process}/status")) {
        Ok(status) => {
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
                .is_some_and(|m| m & 2 != 0)
        }
        Err(_) => {
            std::thread::sleep(Duration::from_secs(1));
            true
        }
    }
}
