//! Running a plan: every cell is prepared first, then tasks run in parallel, and each record is
//! kept the moment it is there.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::error::{Error, Result};
use crate::lab::provenance::{Machine, Manifest, Session};
use crate::lab::store::Store;
use crate::lab::{
    Cell, Fault, Inputs, Outcome, Plan, Record, Replicate, SCHEMA, Shard, Simulator, Sink, Spec,
    Stage, TaskKey,
};
use crate::random::Streams;

/// What a run tells while it works.
pub trait Watch: Sync {
    /// The work begins: what each stage holds, in order.
    fn begin(&mut self, stages: &[Work]);

    /// So many ticks of a stage are done.
    fn tick(&self, stage: usize, count: u64);

    /// A task of a stage is done.
    fn task(&self, stage: usize);

    /// Something the user should know now.
    fn warn(&self, message: &str);
}

/// How much one stage holds, and how much of it was done before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// The stage's id; the sim's for its only stage.
    pub name: String,
    /// Ticks in all.
    pub ticks: u64,
    /// Ticks of the tasks that were done before.
    pub done_ticks: u64,
    /// Tasks in all.
    pub tasks: u64,
    /// Tasks that were done before.
    pub done_tasks: u64,
}

/// Every cell of a plan, ready to run, with the inputs that they share.
pub struct Prepared {
    cells: Vec<Box<dyn Replicate>>,
    inputs: Inputs,
}

impl Prepared {
    /// Reads the inputs and prepares every cell with its stage's simulator: all that can be wrong
    /// with a specification or its data is found here, before any work and before any file is
    /// written.
    ///
    /// # Errors
    /// Those of [`Inputs::read`] and of [`Simulator::prepare`], with the cell named.
    pub fn new(spec: &Spec, plan: &Plan, simulators: &[&dyn Simulator]) -> Result<Self> {
        let inputs =
            Inputs::read(&spec.inputs, &spec.folder).map_err(|error| error.at(&spec.place))?;
        let prepare = |cell: &Cell| prepare(spec, cell, simulators, &inputs);
        let cells = plan.cells.iter().map(prepare).collect::<Result<_>>()?;
        Ok(Self { cells, inputs })
    }
}

/// One cell, ready to run.
///
/// # Errors
/// Those of [`Simulator::prepare`], with the cell named.
pub(crate) fn prepare(
    spec: &Spec,
    cell: &Cell,
    simulators: &[&dyn Simulator],
    inputs: &Inputs,
) -> Result<Box<dyn Replicate>> {
    let mut parameters = cell.parameters.clone();
    // the stage tells records apart; a simulator knows nothing of it
    parameters.remove("stage");
    simulators[cell.stage].prepare(&parameters, inputs).map_err(|error| {
        let Stage { id, grid, .. } = &spec.stages[cell.stage];
        let stage = id.iter().map(|id| format!("stage `{id}`"));
        let point: Vec<String> = stage
            .chain(grid.iter().map(|(key, _)| format!("{key} = {}", parameters[key])))
            .collect();
        let error = if point.is_empty() { error } else { error.at(point.join(", ")) };
        error.at(&spec.place)
    })
}

/// Which part of a plan to run, and where.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The specification.
    pub spec: &'a Spec,
    /// Its plan.
    pub plan: &'a Plan,
    /// The part of the plan.
    pub shard: Shard,
    /// The output folder.
    pub folder: &'a Path,
    /// Number of threads.
    pub threads: usize,
    /// The command that makes the whole plan, for the page.
    pub command: &'a str,
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// The folder, still held.
    pub store: Store,
    /// Tasks of the shard.
    pub tasks: u64,
    /// Tasks whose records were there before.
    pub found: u64,
    /// Tasks computed now.
    pub computed: u64,
    /// True if it was asked to stop before the end; the next run goes on from here.
    pub stopped: bool,
}

/// Runs what is missing of a shard and completes its records.
///
/// The records do not depend on the number of threads, on interruptions, or on what else the plan
/// holds: a record is a function of the seed, the sim, the cell's parameters and the replicate.
///
/// # Errors
/// Those of [`Store::open`] and of writing to it.
///
/// # Panics
/// If a simulator panics: that is a bug in it, and the message names the task.
pub fn run(
    request: &Request<'_>,
    prepared: &Prepared,
    watch: &mut dyn Watch,
    stop: &AtomicBool,
) -> Result<Run> {
    let Request { spec, plan, shard, folder, threads, command } = *request;
    let manifest = Manifest::new(spec, plan, shard, command, prepared.inputs.hashes());
    let mut store = Store::open(folder, spec, plan, manifest)?;
    for warning in &store.warnings {
        watch.warn(warning);
    }
    let started = Instant::now();
    let mut session = Session::start(threads);
    let mut machine = store.machine();
    warn_of_another_build(&store, &machine, &session, watch);

    let todo: Vec<TaskKey> = plan.shard(shard).filter(|key| !store.holds(key.task)).collect();
    let tasks = plan.shard(shard).count() as u64;
    let found = tasks - todo.len() as u64;
    let ticks = |cell: u64| prepared.cells[cell as usize].ticks();
    watch.begin(&work(spec, plan, plan.shard(shard), ticks, |task| store.holds(task)));
    let watch: &dyn Watch = watch;

    let computed = AtomicU64::new(0);
    let outcome = if todo.is_empty() {
        Ok(())
    } else {
        let shared = Mutex::new(&mut store);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| Error::capacity(format!("{threads} threads: {error}")))?;
        // a bridge hands tasks out in order, one by one: long and short ones balance, and what an
        // interruption leaves is the end of the plan
        pool.install(|| {
            todo.into_iter().par_bridge().try_for_each(|key| {
                let replicate = prepared.cells[key.cell as usize].as_ref();
                let Some(record) = compute(plan, key, replicate, watch, stop) else {
                    return Ok(());
                };
                shared.lock().expect("no holder panics").append(&record)?;
                computed.fetch_add(1, Ordering::Relaxed);
                watch.task(plan.cells[key.cell as usize].stage);
                Ok(())
            })
        })
    };
    let computed = computed.into_inner();
    let stopped = outcome.is_ok() && found + computed < tasks;
    if computed > 0 {
        session.seconds = started.elapsed().as_secs_f64();
        session.tasks = computed;
        machine.spec = spec.place.clone();
        machine.sessions.push(session);
        // when both fail, the error of the task's record is the one to tell
        let written = store.write_machine(&machine);
        outcome.and(written)?;
    } else {
        outcome?;
    }
    if !stopped {
        store.finish()?;
    }
    Ok(Run { store, tasks, found, computed, stopped })
}

/// What the stages hold of some tasks, of which those are done for which `holds` is true.
pub(crate) fn work(
    spec: &Spec,
    plan: &Plan,
    tasks: impl Iterator<Item = TaskKey>,
    ticks: impl Fn(u64) -> u64,
    holds: impl Fn(u64) -> bool,
) -> Vec<Work> {
    let name = |stage: &Stage| stage.id.clone().unwrap_or_else(|| spec.id.clone());
    let mut all: Vec<Work> =
        spec.stages.iter().map(|stage| Work { name: name(stage), ..Work::default() }).collect();
    for key in tasks {
        let ticks = ticks(key.cell);
        let work = &mut all[plan.cells[key.cell as usize].stage];
        work.ticks += ticks;
        work.tasks += 1;
        if holds(key.task) {
            work.done_ticks += ticks;
            work.done_tasks += 1;
        }
    }
    all
}

/// The record of one task; none if it was asked to stop before its end.
pub(crate) fn compute(
    plan: &Plan,
    key: TaskKey,
    replicate: &dyn Replicate,
    watch: &dyn Watch,
    stop: &AtomicBool,
) -> Option<Record> {
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    let ticks = AtomicU64::new(0);
    let stage = plan.cells[key.cell as usize].stage;
    let on_tick = || {
        ticks.fetch_add(1, Ordering::Relaxed);
        watch.tick(stage, 1);
    };
    let streams = Streams::new(plan.seed, &plan.sim, key.replicate);
    let mut sink = Sink::new(stop, &on_tick);
    let outcome = catch_unwind(AssertUnwindSafe(|| replicate.run(&streams, &mut sink)))
        .unwrap_or_else(|panic| {
            watch.warn(&format!("{key} of sim {} panicked: report this as a bug", plan.sim));
            resume_unwind(panic)
        });
    let (observables, cost) = sink.into_parts();
    let outcome = match outcome {
        Ok(()) => Outcome::Done(observables),
        Err(Fault::Stopped) => return None,
        Err(fault) => Outcome::Failed(fault),
    };
    // a fault ends a task early, and the bar must still reach its end
    watch.tick(stage, replicate.ticks().saturating_sub(ticks.into_inner()));
    Some(Record {
        schema: SCHEMA,
        task: key.task,
        cell: key.cell,
        replicate: key.replicate,
        parameters: Arc::new(plan.cells[key.cell as usize].parameters.clone()),
        outcome,
        cost: Arc::new(cost),
    })
}

/// Records that another build of the program made may not be the ones that this build would make.
fn warn_of_another_build(store: &Store, machine: &Machine, session: &Session, watch: &dyn Watch) {
    let other = |there: &Session| there.executable_sha256 != session.executable_sha256;
    if machine.sessions.iter().any(other) {
        watch.warn(&format!(
            "{}: some records there were made by another build of hessian; if its simulators have \
             changed, delete the folder to compute them again",
            store.folder().display()
        ));
    }
}
