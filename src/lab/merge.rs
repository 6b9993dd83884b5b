//! Merging shards: the records of one plan, wherever they were made, in one folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lab::archive::parse;
use crate::lab::journal::{JOURNAL, Journal};
use crate::lab::provenance::Manifest;
use crate::lab::store::{Store, refuse_others};
use crate::lab::{Archive, Record, Records, Shard, codes, same_arithmetic};

/// Shards that fit together and leave no task out.
#[derive(Debug)]
pub struct Merge {
    first: Archive,
    parts: Vec<(PathBuf, Records)>,
    /// What the user should know: damaged lines, different arithmetics.
    pub warnings: Vec<String>,
}

impl Merge {
    /// Reads the shards and holds them against each other and the plan.
    ///
    /// # Errors
    /// A provenance error when two folders hold records of different plans, inputs or versions, when
    /// two records of one task differ, or when a task is in none of the folders.
    pub fn read(folders: &[PathBuf]) -> Result<Self> {
        let mut archives = folders.iter().map(|folder| Archive::open(folder));
        let mut first =
            archives.next().ok_or_else(|| Error::spec("merge: name at least one folder"))??;
        let plan = first.plan()?;
        let mut warnings = Vec::new();
        let mut parts = Vec::new();
        let mut arithmetics: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut makers: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut code = Vec::new();
        for archive in [Archive::open(&first.folder)].into_iter().chain(archives) {
            let archive = archive?;
            let differences = first.manifest.differences(&archive.manifest);
            if !differences.is_empty() {
                return Err(Error::provenance(format!(
                    "{} and {} are not parts of one run ({})",
                    first.folder.display(),
                    archive.folder.display(),
                    differences.join("; ")
                )));
            }
            arithmetics
                .entry(archive.manifest.arithmetic.clone())
                .or_insert(archive.folder.clone());
            makers.entry(codes(&archive.manifest.code)).or_insert(archive.folder.clone());
            code.extend(archive.manifest.code.clone());
            let (part, damage) = archive.records_so_far()?;
            warnings.extend(damage);
            parts.push((archive.folder.clone(), part));
        }
        for_each(&parts, plan.tasks(), |_| Ok(()))?;
        first.manifest.add_code(&code);
        let names: Vec<&str> = arithmetics.keys().map(String::as_str).collect();
        if names.iter().all(|name| same_arithmetic(name, names[0])) {
            let coarsest = names.iter().min_by_key(|name| name.len());
            first.manifest.arithmetic =
                coarsest.map_or_else(String::new, |name| (*name).to_owned());
        } else {
            let list = |(arithmetic, folder): (&String, &PathBuf)| {
                format!("{arithmetic} in {}", folder.display())
            };
            warnings.push(format!(
                "the shards were computed with different arithmetics ({}): the last bits of the \
                 merged records depend on which machine computed which task",
                arithmetics.iter().map(list).collect::<Vec<_>>().join(", ")
            ));
            first.manifest.arithmetic = names.join(" ");
        }
        if makers.len() > 1 {
            let list =
                |(code, folder): (&String, &PathBuf)| format!("{code} in {}", folder.display());
            warnings.push(format!(
                "the shards were computed by different code ({}): replay tasks of each before \
                 trusting the whole",
                makers.iter().map(list).collect::<Vec<_>>().join(", ")
            ));
        }
        Ok(Self { first, parts, warnings })
    }

    /// The sim's id and the name of the profile.
    pub fn name(&self) -> (&str, &str) {
        (&self.first.manifest.sim, &self.first.manifest.profile)
    }

    /// The specification behind the shards.
    pub fn spec(&self) -> &crate::lab::Spec {
        &self.first.spec
    }

    /// Writes the joined records to a folder, the same bytes that one run would have written.
    ///
    /// # Errors
    /// Those of [`Store::open`] and of writing to it.
    pub fn write(&self, folder: &Path) -> Result<Store> {
        let mut manifest = self.first.manifest.clone();
        manifest.shard = Shard::WHOLE.to_string();
        manifest.files.clear();
        let plan = self.first.plan()?;
        let differs = |record: &Record| {
            Err(Error::provenance(format!(
                "task {} differs between the shards and {}, which was there before; \
                 choose another folder with --out",
                record.task,
                folder.display()
            )))
        };
        // before anything in a begun folder is changed
        if let Some(there) = Manifest::read(folder)?
            && folder.join(JOURNAL).exists()
        {
            refuse_others(folder, &there, &manifest)?;
            let (mut begun, _) = Journal::read(folder, &plan, Shard::WHOLE)?;
            for_each(&self.parts, plan.tasks(), |record| match begun.json(record.task)? {
                Some(json) if parse(&json).as_ref() != Ok(record) => differs(record),
                _ => Ok(()),
            })?;
        }
        let mut store = Store::open(folder, &self.first.spec, &plan, manifest)?;
        if store.is_complete() {
            let records = store.records()?;
            let mut there = records.iter();
            for_each(&self.parts, plan.tasks(), |record| {
                if there.next().as_deref() == Some(record) {
                    return Ok(());
                }
                differs(record)
            })?;
            return Ok(store);
        }
        for_each(&self.parts, plan.tasks(), |record| {
            if store.holds(record.task) { Ok(()) } else { store.append(record) }
        })?;
        store.finish()?;
        Ok(store)
    }
}

/// Hands the records of all tasks to `each`, in their order, each task once although several parts
/// may hold it.
///
/// # Errors
/// A provenance error when records of one task differ or a task is in no part; that of `each`.
fn for_each(
    parts: &[(PathBuf, Records)],
    tasks: u64,
    mut each: impl FnMut(&Record) -> Result<()>,
) -> Result<()> {
    let mut all: Vec<_> = parts.iter().map(|(_, records)| records.iter().peekable()).collect();
    // ranges of tasks: a plan may hold many more than there are records
    let mut missing: Vec<Range<u64>> = Vec::new();
    for task in 0..tasks {
        let mut held: Option<(&Path, Cow<'_, Record>)> = None;
        for (records, (folder, _)) in all.iter_mut().zip(parts) {
            let Some(record) = records.next_if(|record| record.task == task) else { continue };
            match &held {
                Some((home, there)) if *there != record => {
                    return Err(Error::provenance(format!(
                        "task {task} differs between {} and {}; compute it again and find out why \
                         before trusting either",
                        home.display(),
                        folder.display()
                    )));
                }
                Some(_) => {}
                None => held = Some((folder, record)),
            }
        }
        match held {
            Some((_, record)) => each(&record)?,
            None => match missing.last_mut() {
                Some(range) if range.end == task => range.end = task + 1,
                _ => missing.push(task..task + 1),
            },
        }
    }
    parts.iter().try_for_each(|(_, records)| records.intact())?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::provenance(format!(
        "{} of {tasks} tasks are in none of the folders: {}; run or resume their shards, or name the \
         folders that hold them",
        missing.iter().map(|range| range.end - range.start).sum::<u64>(),
        words(&missing)
    )))
}

/// Ranges of tasks, at most ten of them: `3, 7-9`.
fn words(ranges: &[Range<u64>]) -> String {
    let word = |range: &Range<u64>| match range.end - range.start {
        1 => range.start.to_string(),
        _ => format!("{}-{}", range.start, range.end - 1),
    };
    let mut words: Vec<String> = ranges.iter().take(10).map(word).collect();
    if ranges.len() > 10 {
        words.push("...".to_owned());
    }
    words.join(", ")
}
