//! The verb `replay`: one replicate computed again, held against its record.

use serde_json::json;

use crate::cli::args::ReplayArguments;
use crate::cli::registry::Registry;
use crate::cli::run::{STOP, stop_on_signals};
use crate::cli::terminal::Terminal;
use crate::cli::{DISAGREES, STOPPED};
use crate::error::{Error, Result};
use crate::lab::{self, Archive, Difference, Manifest, Origin, Outcome, Record};

/// Computes one task of an archive again and compares its bits.
pub(super) fn replay(
    arguments: &ReplayArguments,
    threads: usize,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let archive = Archive::open(&arguments.folder)?;
    let plan = archive.plan()?;
    let key = lab::find_task(&plan, archive.manifest.shard()?, &arguments.task)
        .map_err(|error| error.at(archive.folder.display()))?;
    let recorded = archive.record(&plan, key.task)?.ok_or_else(|| {
        Error::spec(format!(
            "{}: the run has not come to {key}; resume it with: {}",
            archive.folder.display(),
            archive.resume()
        ))
    })?;
    let simulators = registry.simulators(&archive.spec)?;
    let inputs = lab::find_inputs(&archive, arguments.inputs.as_deref())?;
    let others = archive.manifest.other_maker();
    for other in &others {
        terminal.note(&format!("the record was made by another program or machine: {other}"));
    }

    stop_on_signals()?;
    let origin =
        Origin { archive: &archive, plan: &plan, simulators: &simulators, inputs: &inputs };
    let mut bars = terminal.bars();
    let replays = lab::replay(origin, std::slice::from_ref(&recorded), threads, &mut bars, &STOP);
    bars.end();
    let Some(replay) = replays?.and_then(|mut replays| replays.pop()) else {
        terminal.warn("stopped before the replicate was done");
        return Ok(STOPPED);
    };

    let Manifest { sim, profile, seed, .. } = &archive.manifest;
    let difference = replay.difference.as_ref();
    let mut text = format!("{key} of {sim}, {profile} profile, seed {seed}: ");
    text.push_str(&difference.map_or_else(|| same(&recorded), differs));
    let document = json!({
        "folder": archive.folder,
        "sim": sim,
        "profile": profile,
        "seed": seed,
        "task": key.task,
        "cell": key.cell,
        "replicate": key.replicate,
        "parameters": recorded.parameters,
        "same": difference.is_none(),
        "difference": difference,
        "other_maker": others,
        "recorded": recorded,
        "computed": replay.computed,
    });
    terminal.result(&text, &document)?;
    Ok(if difference.is_none() { 0 } else { DISAGREES })
}

/// What agreed.
fn same(record: &Record) -> String {
    match &record.outcome {
        Outcome::Done(observables) => {
            let numbers: usize = observables.values().map(|value| value.numbers().count()).sum();
            format!(
                "the same bits as its record ({} observables, {numbers} numbers)",
                observables.len()
            )
        }
        Outcome::Failed(fault) => format!("the same fault as in its record: {fault}"),
    }
}

/// What differs, and by how much: a last bit is another matter than another number.
pub(super) fn differs(difference: &Difference) -> String {
    let Difference { at, recorded, computed, numbers, of, largest } = difference;
    let mut text = format!("differs first at {at}: {recorded} recorded, {computed} computed");
    if *numbers > 0 {
        text.push_str(&format!(
            "; {numbers} of {of} numbers differ, by at most {largest:.1e} of the larger one"
        ));
    }
    text
}
