//! What the laboratory itself costs: `cargo bench --bench laboratory`.
//!
//! First, tasks of a millisecond, alone and through a run; the ratio of processor times is what
//! the laboratory adds. Then a million records, written and reported, with the largest memory that
//! the process ever held. Times are the processor's, so that a busy machine changes little; both
//! readings are Linux's.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use hessian::lab::{self, Plan, Prepared, Request, Run, Shard, Simulator, Sink, Spec, Watch, Work};
use hessian::random::Streams;
use hessian::report;
use hessian::sims::GaussianMean;

/// Draws that take about a millisecond; the bench prints how long they took.
const MILLISECOND: u64 = 110_000;

fn main() {
    // cargo bench passes this word; a test of all targets does not, and must not take minutes
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tasks = 10_000;
    let spec = spec(MILLISECOND, tasks);

    let start = processor_seconds();
    alone(&spec);
    let alone = processor_seconds() - start;
    println!("{tasks} tasks alone: {alone:.2} s, {:.3} ms each", 1e3 * alone / tasks as f64);
    let start = processor_seconds();
    drop(through(&spec, &folder.path().join("short")));
    let run = processor_seconds() - start;
    let added = 100.0 * (run / alone - 1.0);
    println!("through the laboratory: {run:.2} s, {added:.1} % more");

    let tasks = 1_000_000;
    let spec = self::spec(2, tasks);
    let start = processor_seconds();
    let done = through(&spec, &folder.path().join("many"));
    println!(
        "{tasks} tiny tasks: {:.1} s, largest memory {} MB",
        processor_seconds() - start,
        megabytes()
    );
    let start = processor_seconds();
    let records = done.store.records().expect("complete records");
    println!("read: {:.1} s, largest memory {} MB", processor_seconds() - start, megabytes());
    let start = processor_seconds();
    let (views, observables) = (GaussianMean.views(), GaussianMean.observables());
    let input = report::Input {
        title: "Many",
        summary: "",
        command: "",
        records: &records,
        judgements: &[],
        expected: &Default::default(),
        views: &views,
        observables: &observables,
        provenance: &Default::default(),
    };
    report::write(done.store.folder(), &input).expect("a report");
    println!("reported: {:.1} s, largest memory {} MB", processor_seconds() - start, megabytes());
}

/// Means of `n` normal numbers, in two cells.
fn spec(n: u64, tasks: u64) -> Spec {
    let text = format!(
        "id = \"bench\"\ntitle = \"Bench\"\nsummary = \"\"\nsimulator = \"gaussian-mean\"\nseed = 1\n\
         [parameters]\nn = {n}\n[grid]\nshift = [0.0, 0.5]\n[profile.quick]\nreplicates = {}\n",
        tasks / 2
    );
    Spec::parse(text, Path::new(""), "bench").expect("a valid specification")
}

/// The tasks one after another, with nothing kept.
fn alone(spec: &Spec) {
    let plan = Plan::new(spec, "quick", None, None).expect("a plan");
    let stop = AtomicBool::new(false);
    for cell in &plan.cells {
        let replicate =
            GaussianMean.prepare(&cell.parameters, &Default::default()).expect("a cell");
        for number in 0..cell.replicates {
            let streams = Streams::new(plan.seed, &plan.sim, number);
            let mut sink = Sink::new(&stop, &|| {});
            replicate.run(&streams, &mut sink).expect("no fault");
            std::hint::black_box(sink.into_parts());
        }
    }
}

/// The same tasks by a run on one thread, records kept.
fn through(spec: &Spec, folder: &Path) -> Run {
    let plan = Plan::new(spec, "quick", None, None).expect("a plan");
    let simulators: [&dyn Simulator; 1] = [&GaussianMean];
    let prepared = Prepared::new(spec, &plan, &simulators).expect("cells");
    let request =
        Request { spec, plan: &plan, shard: Shard::WHOLE, folder, threads: 1, command: "" };
    lab::run(&request, &prepared, &mut Silent, &AtomicBool::new(false)).expect("a folder")
}

/// Nobody watches.
struct Silent;

impl Watch for Silent {
    fn begin(&mut self, _: &[Work]) {}
    fn tick(&self, _: usize, _: u64) {}
    fn task(&self, _: usize) {}
    fn warn(&self, message: &str) {
        eprintln!("{message}");
    }
}

/// Processor time of this process in seconds, user and system.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // the name, in parentheses, may hold spaces; the ticks are the 14th and 15th field
    let after = stat.rsplit(')').next().expect("a name");
    let ticks: f64 =
        after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The largest memory that the process held so far.
fn megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}
