//! The verb `verify`: everything that a folder says of itself, held against what it holds.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use crate::cli::args::VerifyArguments;
use crate::cli::conclude::Conclusion;
use crate::cli::registry::Registry;
use crate::cli::replay::differs;
use crate::cli::run::{STOP, stop_on_signals};
use crate::cli::table::columns;
use crate::cli::terminal::Terminal;
use crate::cli::{DISAGREES, STOPPED};
use crate::error::Result;
use crate::lab::{self, Archive, Manifest, Origin, Plan, Record, Records, Shard};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// What: files, records, tables, inputs, replays.
    name: &'static str,
    /// How many of them agree.
    agree: usize,
    /// How many were looked at.
    of: usize,
    /// What they agree with.
    with: &'static str,
    /// What does not agree, each by its name.
    differences: Vec<String>,
}

impl Check {
    fn new(name: &'static str, of: usize, with: &'static str, differences: Vec<String>) -> Self {
        Self { name, agree: of.saturating_sub(differences.len()), of, with, differences }
    }
}

/// Holds a folder against its manifest, its tables against its records, and a sample of its records
/// against what this program computes.
pub(super) fn verify(
    arguments: &VerifyArguments,
    threads: usize,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let archive = Archive::open(&arguments.folder)?;
    let plan = archive.plan()?;
    let mut notes = archive.manifest.other_maker();
    notes.iter_mut().for_each(|note| note.insert_str(0, "made by another program or machine: "));
    notes.extend(archive.strangers());

    let mut checks = vec![files(&archive)?];
    let (records, check) = records(&archive, &plan)?;
    checks.push(check);
    let whole = archive.is_complete() && archive.manifest.shard()? == Shard::WHOLE;
    if whole && !checks.iter().any(|check| !check.differences.is_empty() && check.name == "records")
    {
        checks.push(tables(&archive, &records, registry)?);
    } else if !whole {
        notes.push("a part of a run has no tables to derive again".to_owned());
    }
    let replayed = replays(arguments, &archive, &plan, &records, threads, registry, terminal)?;
    let Some((check, tasks)) = replayed else {
        terminal.warn("stopped before the last replicate was done");
        return Ok(STOPPED);
    };
    checks.push(check);

    let agrees = checks.iter().all(|check| check.differences.is_empty());
    let Manifest { sim, profile, seed, .. } = &archive.manifest;
    let mut text = format!("{sim}, {profile} profile, seed {seed}: {}\n\n", said(agrees));
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|Check { name, agree, of, with, .. }| {
            vec![(*name).to_owned(), format!("{agree} of {of}"), (*with).to_owned()]
        })
        .collect();
    text.push_str(&columns(&rows));
    let list: Vec<String> = tasks.iter().map(u64::to_string).collect();
    text.push_str(&format!("replayed tasks: {}\n", list.join(", ")));
    for check in &checks {
        for difference in &check.differences {
            text.push_str(&format!("DIFFERS {}: {difference}\n", check.name));
        }
    }
    for note in &notes {
        text.push_str(&format!("note: {note}\n"));
    }
    let document = json!({
        "folder": archive.folder,
        "sim": sim,
        "profile": profile,
        "seed": seed,
        "agrees": agrees,
        "checks": checks,
        "replayed": tasks,
        "notes": notes,
    });
    terminal.result(&text, &document)?;
    Ok(if agrees { 0 } else { DISAGREES })
}

fn said(agrees: bool) -> &'static str {
    if agrees { "all agrees" } else { "something DISAGREES" }
}

/// Every file of the manifest, hashed again.
fn files(archive: &Archive) -> Result<Check> {
    let mut differences = Vec::new();
    for (name, hash) in &archive.manifest.files {
        match archive.hash(name)? {
            None => differences.push(format!("{name} is missing")),
            Some(found) if found != *hash => differences.push(format!("{name} has changed")),
            Some(_) => {}
        }
    }
    Ok(Check::new("files", archive.manifest.files.len(), "as in the manifest", differences))
}

/// Every record that can be read, and which lines are none or another task's.
fn records(archive: &Archive, plan: &Plan) -> Result<(Records, Check)> {
    let (records, differences) = archive.sound_records(plan)?;
    let of = if archive.is_complete() {
        plan.shard(archive.manifest.shard()?).count()
    } else {
        records.len() + differences.len()
    };
    let with = if archive.is_complete() { "of the plan" } else { "so far, of the plan" };
    let mut check = Check::new("records", of, with, differences);
    check.agree = records.len();
    Ok((records, check))
}

/// The tables, derived again from the records.
fn tables(archive: &Archive, records: &Records, registry: &Registry) -> Result<Check> {
    let Archive { folder, manifest, spec } = archive;
    let tables = Conclusion::new(spec, manifest, records, registry, |_| true)?.tables()?;
    let mut differences = Vec::new();
    for (name, bytes) in &tables {
        match std::fs::read(folder.join(name)) {
            Ok(there) if there == *bytes => {}
            Ok(there) => differences.push(format!("{name}: {}", first_line(&there, bytes))),
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    Ok(Check::new("tables", tables.len(), "derived again, byte for byte", differences))
}

/// The first line in which two texts part.
fn first_line(there: &[u8], here: &[u8]) -> String {
    let mut lines = (there.split(|b| *b == b'\n'), here.split(|b| *b == b'\n'));
    for number in 1_u64.. {
        let (there, here) = (lines.0.next(), lines.1.next());
        if there != here {
            let show = |line: Option<&[u8]>| {
                line.map_or_else(
                    || "nothing".to_owned(),
                    |l| String::from_utf8_lossy(l).into_owned(),
                )
            };
            return format!("line {number} is `{}`, derived `{}`", show(there), show(here));
        }
    }
    unreachable!("texts of finite length part or end")
}

/// A sample of the records, computed again; none if it was stopped.
fn replays(
    arguments: &VerifyArguments,
    archive: &Archive,
    plan: &Plan,
    records: &Records,
    threads: usize,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<Option<(Check, Vec<u64>)>> {
    let held: Vec<u64> = records.iter().map(|record| record.task).collect();
    let size = arguments.sample.unwrap_or(archive.spec.stages.len());
    let tasks = lab::sample(plan, &held, size);
    let chosen: BTreeSet<u64> = tasks.iter().copied().collect();
    let sampled: Vec<Record> = records
        .iter()
        .filter(|record| chosen.contains(&record.task))
        .map(Cow::into_owned)
        .collect();
    if sampled.is_empty() {
        return Ok(Some((Check::new("replays", 0, "bit for bit", Vec::new()), tasks)));
    }
    let simulators = registry.simulators(&archive.spec)?;
    let inputs = lab::find_inputs(archive, arguments.inputs.as_deref())?;
    stop_on_signals()?;
    let origin = Origin { archive, plan, simulators: &simulators, inputs: &inputs };
    let mut bars = terminal.bars();
    let replays = lab::replay(origin, &sampled, threads, &mut bars, &STOP);
    bars.end();
    Ok(replays?.map(|replays| {
        let differences = replays
            .iter()
            .filter_map(|replay| {
                Some(format!("{} {}", replay.key, differs(replay.difference.as_ref()?)))
            })
            .collect();
        (Check::new("replays", sampled.len(), "bit for bit", differences), tasks)
    }))
}
