//! The verbs that make records: `run`, `merge`, and the main job.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::cli::args::RunArguments;
use crate::cli::conclude::Conclusion;
use crate::cli::registry::Registry;
use crate::cli::terminal::Terminal;
use crate::cli::{FAULTS, STOPPED};
use crate::error::{Error, Result};
use crate::lab::{self, Merge, Plan, Prepared, Request, Shard, Spec, Store};

/// The specification of the main job.
const MAIN: &str = "sims/loss-surface.toml";

/// Set by Ctrl-C and by the termination signal.
pub(super) static STOP: AtomicBool = AtomicBool::new(false);

/// True while tasks run, which look at [`STOP`].
static WORKING: AtomicBool = AtomicBool::new(false);

/// The quick profile of the loss surface.
pub(super) fn main_job(threads: usize, registry: &Registry, terminal: &Terminal) -> Result<u8> {
    let here = PathBuf::from(MAIN);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(MAIN);
    let spec = [here, built].into_iter().find(|path| path.exists()).ok_or_else(|| {
        Error::spec(format!(
            "{MAIN}: not found here nor where hessian was built; change to the repository's folder, \
             or name a specification: hessian run SPEC"
        ))
    })?;
    let arguments = RunArguments {
        spec,
        profile: "quick".to_owned(),
        seed: None,
        replicates: None,
        shard: None,
        out: None,
    };
    run(&arguments, threads, registry, terminal)
}

/// Runs a sim, or a shard of it, or what is missing of it.
pub(super) fn run(
    arguments: &RunArguments,
    threads: usize,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let spec = Spec::read(&arguments.spec)?;
    let plan = Plan::new(&spec, &arguments.profile, arguments.seed, arguments.replicates)?;
    let simulators = registry.simulators(&spec)?;
    registry.expected(&spec, &arguments.profile)?;
    let prepared = Prepared::new(&spec, &plan, &simulators)?;
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let folder = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_folder(&spec.id, &arguments.profile, arguments.shard));

    stop_on_signals()?;
    let command = command(arguments, &spec);
    let request =
        Request { spec: &spec, plan: &plan, shard, folder: &folder, threads, command: &command };
    let mut bars = terminal.bars();
    WORKING.store(true, Ordering::Relaxed);
    let run = lab::run(&request, &prepared, &mut bars, &STOP);
    WORKING.store(false, Ordering::Relaxed);
    bars.end();
    let run = run?;

    // also when the signal came behind the last task: the page may take longer than patience
    if run.stopped || STOP.load(Ordering::Relaxed) {
        let done = run.found + run.computed;
        terminal.warn(&format!(
            "stopped: {done} of {} tasks are done and kept in {}; the same command goes on from there",
            run.tasks,
            folder.display()
        ));
        return Ok(STOPPED);
    }
    if run.found > 0 {
        terminal.note(&format!(
            "{} of {} tasks were already in {}",
            run.found,
            run.tasks,
            folder.display()
        ));
    }
    if shard == Shard::WHOLE {
        conclude(run.store, &spec, registry, terminal)
    } else {
        conclude_shard(&run.store, &spec, shard, terminal)
    }
}

/// Joins the shards of a run.
pub(super) fn merge(
    folders: &[PathBuf],
    out: Option<&Path>,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let merge = Merge::read(folders)?;
    for warning in &merge.warnings {
        terminal.warn(warning);
    }
    let (sim, profile) = merge.name();
    let folder = out.map_or_else(|| default_folder(sim, profile, None), Path::to_owned);
    conclude(merge.write(&folder)?, merge.spec(), registry, terminal)
}

/// Judges complete records, writes their page and prints their verdicts.
fn conclude(mut store: Store, spec: &Spec, registry: &Registry, terminal: &Terminal) -> Result<u8> {
    let records = store.records()?;
    let manifest = store.manifest().clone();
    let conclusion = Conclusion::new(spec, &manifest, &records, registry, |_| true)?;
    let files = conclusion.write(store.folder())?;
    store.seal(&files)?;
    conclusion.warn_of_faults(terminal);
    print(&conclusion, store.folder(), terminal)
}

/// Prints verdicts and the name of the page.
pub(super) fn print(conclusion: &Conclusion<'_>, folder: &Path, terminal: &Terminal) -> Result<u8> {
    let page = folder.join("report.html");
    let text = format!("{}\nreport: {}\n", conclusion.text(), page.display());
    let mut json = conclusion.json();
    json["folder"] = json!(folder);
    json["report"] = json!(page);
    terminal.result(&text, &json)?;
    Ok(conclusion.exit_code())
}

/// A shard has records but no verdicts: these need the whole.
fn conclude_shard(store: &Store, spec: &Spec, shard: Shard, terminal: &Terminal) -> Result<u8> {
    let records = store.records()?;
    let (tasks, faults) = (records.len(), records.faults());
    let folder = store.folder();
    let text = format!(
        "{}, shard {shard}: {tasks} tasks, {faults} faults, in {}\n\
         join the shards with: hessian merge DIR...\n",
        spec.id,
        folder.display()
    );
    let json = json!({
        "sim": spec.id,
        "profile": store.manifest().profile,
        "seed": store.manifest().seed,
        "shard": shard.to_string(),
        "tasks": tasks,
        "faults": faults,
        "folder": folder,
    });
    terminal.result(&text, &json)?;
    let allowed = faults as f64 <= spec.allowed_faults * tasks as f64;
    Ok(if allowed { 0 } else { FAULTS })
}

/// Where a run's files go unless told otherwise.
fn default_folder(sim: &str, profile: &str, shard: Option<Shard>) -> PathBuf {
    let mut name = sim.to_owned();
    if profile != "quick" {
        name = format!("{name}-{profile}");
    }
    if let Some(shard) = shard {
        name = format!("{name}-shard-{}", shard.to_string().replace('/', "-of-"));
    }
    Path::new("output").join(name)
}

/// The command that makes the whole plan. It is written beside the records, so an absolute path,
/// which differs between machines, is cut to its last two parts.
fn command(arguments: &RunArguments, spec: &Spec) -> String {
    let path = &arguments.spec;
    let path = if path.is_absolute() {
        let parts: Vec<_> = path.iter().collect();
        parts[parts.len().saturating_sub(2)..].iter().collect()
    } else {
        path.clone()
    };
    let mut command = format!("hessian run {} --profile {}", path.display(), arguments.profile);
    if let Some(seed) = arguments.seed.filter(|seed| *seed != spec.seed) {
        command.push_str(&format!(" --seed {seed}"));
    }
    if let Some(replicates) = arguments.replicates {
        command.push_str(&format!(" --replicates {replicates}"));
    }
    command
}

/// The first signal asks the running tasks to stop; the second, or one that comes while verdicts and
/// page are made, ends the process at once: files get their names only when they are whole.
pub(super) fn stop_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) || !WORKING.load(Ordering::Relaxed) {
            let _whole = crate::report::between_files();
            eprintln!("interrupted: files are whole, those of this command or older ones");
            std::process::exit(i32::from(STOPPED));
        }
    })
    .map_err(|error| Error::capacity(format!("no handler for Ctrl-C: {error}")))
}
