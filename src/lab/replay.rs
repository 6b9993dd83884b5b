//! Replays: replicates of an archive computed again, and held against their records bit for bit.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::error::{Error, Result};
use crate::lab::provenance::{MANIFEST, Machine};
use crate::lab::run::{compute, prepare, work};
use crate::lab::{
    Archive, Difference, Inputs, Plan, Record, Replicate, Shard, Simulator, TaskKey, Watch,
};

/// One replicate that was computed again.
#[derive(Debug, Clone)]
pub struct Replay {
    /// Which one.
    pub key: TaskKey,
    /// What was computed.
    pub computed: Record,
    /// In what the record differs from it; none if both have the same bits.
    pub difference: Option<Difference>,
}

/// Everything that made the records of an archive.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The archive.
    pub archive: &'a Archive,
    /// Its plan.
    pub plan: &'a Plan,
    /// The simulators of its stages.
    pub simulators: &'a [&'a dyn Simulator],
    /// Its inputs; see [`find_inputs`].
    pub inputs: &'a Inputs,
}

/// Computes the replicates of some records again, each from its parameters and the random streams
/// of its seed, and compares. The replays come in the order of the records; none if `stop` was set
/// before the last one was done.
///
/// # Errors
/// Those of [`Simulator::prepare`], and of records that do not belong to the plan.
pub fn replay(
    origin: Origin<'_>,
    records: &[Record],
    threads: usize,
    watch: &mut dyn Watch,
    stop: &AtomicBool,
) -> Result<Option<Vec<Replay>>> {
    let Origin { archive, plan, simulators, inputs } = origin;
    let mut prepared: Vec<(TaskKey, &Record, Box<dyn Replicate>)> = Vec::new();
    for record in records {
        record
            .belongs(plan, Shard::WHOLE)
            .map_err(|what| Error::provenance(format!("{}: {what}", archive.folder.display())))?;
        let key = plan.key(record.task);
        let cell = &plan.cells[key.cell as usize];
        prepared.push((key, record, prepare(&archive.spec, cell, simulators, inputs)?));
    }
    let ticks = |cell| {
        let mut same = prepared.iter().filter(|(key, ..)| key.cell == cell);
        same.next().map_or(0, |(_, _, replicate)| replicate.ticks())
    };
    watch
        .begin(&work(&archive.spec, plan, prepared.iter().map(|(key, ..)| *key), ticks, |_| false));
    let watch: &dyn Watch = watch;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Error::capacity(format!("{threads} threads: {error}")))?;
    Ok(pool.install(|| {
        prepared
            .par_iter()
            .map(|(key, record, replicate)| {
                let computed = compute(plan, *key, replicate.as_ref(), watch, stop)?;
                watch.task(plan.cells[key.cell as usize].stage);
                let difference = record.difference(&computed);
                Some(Replay { key: *key, computed, difference })
            })
            .collect()
    }))
}

/// The task that a word names: its number, or `CELL:REPLICATE`.
///
/// # Errors
/// A spec error for a word that names no task of the plan, or none of the shard, with the nearest
/// ones.
pub fn find_task(plan: &Plan, shard: Shard, word: &str) -> Result<TaskKey> {
    let named = match word.split_once(':') {
        None => word.parse().ok().map(|task: u64| (task, true)),
        Some((cell, replicate)) => match (cell.parse::<usize>(), replicate.parse::<u64>()) {
            (Ok(cell), Ok(replicate)) => Some(match plan.cells.get(cell) {
                Some(cell) if replicate < cell.replicates => (cell.first + replicate, true),
                Some(cell) => (cell.first + cell.replicates - 1, false),
                None => (u64::MAX, false),
            }),
            _ => None,
        },
    };
    let Some((task, exists)) = named else {
        return Err(Error::spec(format!(
            "task `{word}`: expected its number, such as 12, or CELL:REPLICATE, such as 3:0"
        )));
    };
    if exists && task < plan.tasks() && shard.holds(task) {
        return Ok(plan.key(task));
    }
    let near = task.min(plan.tasks().saturating_sub(1));
    let below = (0..=near).rev().find(|task| shard.holds(*task));
    let above = (near + 1..plan.tasks()).find(|task| shard.holds(*task));
    let nearest: Vec<String> =
        below.into_iter().chain(above).map(|task| plan.key(task).to_string()).collect();
    Err(Error::spec(format!("there is no task `{word}`; the nearest: {}", nearest.join(", "))))
}

/// A sample of tasks, the same for everyone: dealt to the stages in turn, and evenly spaced within
/// a stage, so that no stage with a few long tasks hides behind one with many short ones.
pub fn sample(plan: &Plan, held: &[u64], size: usize) -> Vec<u64> {
    let stages = plan.cells.last().map_or(0, |cell| cell.stage + 1);
    let mut by_stage: Vec<Vec<u64>> = vec![Vec::new(); stages];
    for task in held {
        by_stage[plan.cells[plan.key(*task).cell as usize].stage].push(*task);
    }
    let mut shares = vec![0; stages];
    let mut left = size.min(held.len());
    while left > 0 {
        for (share, tasks) in shares.iter_mut().zip(&by_stage) {
            if left > 0 && *share < tasks.len() {
                *share += 1;
                left -= 1;
            }
        }
    }
    let spaced = |(share, tasks): (usize, &Vec<u64>)| -> Vec<u64> {
        // the middles of equal parts
        (0..share).map(|k| tasks[(2 * k + 1) * tasks.len() / (2 * share)]).collect()
    };
    shares.into_iter().zip(&by_stage).flat_map(spaced).collect()
}

/// The inputs of an archive, as they were when its records were made.
///
/// They lie where the specification lay, which is `asked`, or else is looked for from here and from
/// every folder above the archive by the path that the run was started with.
///
/// # Errors
/// A data error if they are nowhere; a provenance error if they have changed since.
pub fn find_inputs(archive: &Archive, asked: Option<&Path>) -> Result<Inputs> {
    let Archive { folder, manifest, spec } = archive;
    if spec.inputs.is_empty() {
        return Ok(Inputs::default());
    }
    let folders = asked.map_or_else(|| candidates(folder), |asked| vec![asked.to_owned()]);
    let mut changed = None;
    for candidate in &folders {
        let Ok(inputs) = Inputs::read(&spec.inputs, candidate) else { continue };
        if inputs.hashes() == manifest.inputs {
            return Ok(inputs);
        }
        changed.get_or_insert(candidate);
    }
    let names: Vec<String> =
        spec.inputs.iter().map(|input| input.path.display().to_string()).collect();
    let names = names.join(", ");
    Err(match changed {
        Some(there) => Error::provenance(format!(
            "{}: the inputs ({names}) are not those of the records, whose SHA-256 {MANIFEST} holds; \
             restore them, or name the folder of the specification with --inputs DIR",
            there.display()
        )),
        None => {
            let list: Vec<String> =
                folders.iter().map(|folder| folder.display().to_string()).collect();
            Error::data(format!(
                "the inputs ({names}) are in none of {}; name the folder of the specification with \
                 --inputs DIR",
                list.join(", ")
            ))
        }
    })
}

/// Where the specification of an archive may lie.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let spec = PathBuf::from(Machine::read(folder).spec);
    let beside = spec.parent().unwrap_or(Path::new("")).to_owned();
    let above = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut folders = vec![if beside.as_os_str().is_empty() { ".".into() } else { beside.clone() }];
    // an absolute path stands for itself wherever it is joined
    folders.extend(above.ancestors().map(|ancestor| ancestor.join(&beside)));
    folders.dedup();
    folders
}
