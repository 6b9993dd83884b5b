//! The archive: an output folder that is only read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lab::journal::{JOURNAL, Journal};
use crate::lab::provenance::{MACHINE, MANIFEST, Manifest, hex, sha256};
use crate::lab::record::check_schema;
use crate::lab::records::Gathered;
use crate::lab::store::{LOCK, RECORDS, SPEC, Store};
use crate::lab::{Plan, Record, Records, Shard, Spec};

/// Bytes of a file of records up to which they are held in memory. Chosen here: it takes about three
/// times as much there, and every run that this project commits stays below.
pub(crate) const RESIDENT: u64 = 64 << 20;

/// A folder of records that is only read.
#[derive(Debug)]
pub struct Archive {
    /// The folder.
    pub folder: PathBuf,
    /// What made the records.
    pub manifest: Manifest,
    /// The specification as it was.
    pub spec: Spec,
}

impl Archive {
    /// Opens a folder for reading.
    ///
    /// # Errors
    /// A data error if the folder holds no run, a provenance error if its files do not fit together.
    pub fn open(folder: &Path) -> Result<Self> {
        let manifest = Manifest::read(folder)?.ok_or_else(|| {
            Error::data(format!(
                "{}: there is no {MANIFEST} here; name the output folder of a run",
                folder.display()
            ))
        })?;
        let spec = Spec::read(&folder.join(SPEC))?;
        if sha256(spec.text.as_bytes()) != manifest.spec_sha256 {
            return Err(Error::provenance(format!(
                "{}: has changed since the records were made; restore it, or run again",
                folder.join(SPEC).display()
            )));
        }
        Ok(Self { folder: folder.to_owned(), manifest, spec })
    }

    /// The plan behind the records.
    ///
    /// # Errors
    /// A provenance error if it is not the one that the manifest names.
    pub fn plan(&self) -> Result<Plan> {
        let Manifest { profile, seed, replicates, plan_sha256, .. } = &self.manifest;
        // the number of replicates is the specification's or the command line's
        for replicates in [None, Some(*replicates)] {
            let plan = Plan::new(&self.spec, profile, Some(*seed), replicates)?;
            if plan.sha256() == *plan_sha256 {
                return Ok(plan);
            }
        }
        Err(Error::provenance(format!(
            "{}: {SPEC} and {MANIFEST} describe different plans; run again",
            self.folder.display()
        )))
    }

    /// The command that goes on with the folder: the manifest's, which does not know where it lies.
    pub fn resume(&self) -> String {
        let shard = match self.manifest.shard() {
            Ok(shard) if shard != Shard::WHOLE => format!(" --shard {shard}"),
            _ => String::new(),
        };
        let folder = self.folder.display().to_string();
        let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
        let folder = match folder.chars().all(plain) {
            true => folder,
            false => format!("'{}'", folder.replace('\'', "'\\''")),
        };
        format!("{}{shard} --out {folder}", self.manifest.command)
    }

    /// True once every record of the folder's shard is there.
    pub fn is_complete(&self) -> bool {
        self.manifest.files.contains_key(RECORDS)
    }

    /// The records, whose hash is checked first.
    ///
    /// # Errors
    /// A data error for a run that is not finished; a provenance error for changed records.
    pub fn records(&self) -> Result<Records> {
        self.records_within(RESIDENT)
    }

    /// The same, of which a file of at most so many bytes is held in memory; see [`Records`].
    ///
    /// # Errors
    /// As for [`Archive::records`].
    pub fn records_within(&self, resident: u64) -> Result<Records> {
        if !self.is_complete() {
            return Err(Error::data(format!(
                "{}: the run is not finished; resume it with: {}",
                self.folder.display(),
                self.resume()
            )));
        }
        verify_records(&self.folder, &self.manifest)?;
        let records = read_records(&self.folder, resident)?;
        self.check(&records)?;
        Ok(records)
    }

    /// Every task of the folder's shard once, and no other: a hash that was mended by hand must not
    /// make a task count twice.
    fn check(&self, records: &Records) -> Result<()> {
        let (plan, shard) = (self.plan()?, self.manifest.shard()?);
        let wrong = |what: String| {
            Error::provenance(format!(
                "{}: {what}; restore it, or delete it and run again",
                self.folder.join(RECORDS).display()
            ))
        };
        let mut there = records.iter();
        for key in plan.shard(shard) {
            let record = there
                .next()
                .filter(|record| record.task == key.task)
                .ok_or_else(|| wrong(format!("task {} is missing, or there twice", key.task)))?;
            record.belongs(&plan, shard).map_err(&wrong)?;
        }
        match there.next() {
            None => Ok(()),
            Some(record) => Err(wrong(format!("task {} is not in the plan", record.task))),
        }
    }

    /// The records that are there, finished run or not, and what was wrong with the others.
    ///
    /// # Errors
    /// As for [`Archive::records`].
    pub fn records_so_far(&self) -> Result<(Records, Vec<String>)> {
        let path = self.folder.join(JOURNAL);
        if self.is_complete() || !path.exists() {
            let records = if self.is_complete() { self.records()? } else { Records::default() };
            return Ok((records, Vec::new()));
        }
        let (mut journal, damage) =
            Journal::read(&self.folder, &self.plan()?, self.manifest.shard()?)?;
        let mut records = Vec::new();
        journal.for_each(|json| {
            let mut record = parse(json).map_err(|what| {
                Error::data(format!("{}: changed while it was read ({what})", path.display()))
            })?;
            record.settle(records.last());
            records.push(record);
            Ok(())
        })?;
        Ok((Records::new(records), damage))
    }

    /// The record of one task, without reading the others; none if the run has not come to it.
    ///
    /// # Errors
    /// A provenance error for a line that is no record, or another task's.
    pub fn record(&self, plan: &Plan, task: u64) -> Result<Option<Record>> {
        let shard = self.manifest.shard()?;
        if !self.is_complete() {
            let path = self.folder.join(JOURNAL);
            if !path.exists() {
                return Ok(None);
            }
            let (mut journal, _) = Journal::read(&self.folder, plan, shard)?;
            let Some(json) = journal.json(task)? else { return Ok(None) };
            return parse(&json)
                .map(Some)
                .map_err(|what| Error::provenance(format!("{}: {what}", path.display())));
        }
        let Some(line) = shard.rank(task) else { return Ok(None) };
        let (mut number, mut found) = (0, None);
        each_line(&self.folder.join(RECORDS), |place, json, _| {
            if number == line {
                let record = parse(json).and_then(|record| {
                    record.belongs(plan, shard)?;
                    let there = record.task;
                    if there == task { Ok(record) } else { Err(format!("of task {there}")) }
                });
                found = Some(record.map_err(|what| {
                    Error::provenance(format!("{place}: expected task {task}: {what}"))
                })?);
            }
            number += 1;
            Ok(number <= line)
        })?;
        found.map(Some).ok_or_else(|| {
            Error::provenance(format!(
                "{}: has {number} lines, task {task} is missing; restore the file",
                self.folder.join(RECORDS).display()
            ))
        })
    }

    /// SHA-256 of one of the folder's files; none if it is not there.
    ///
    /// # Errors
    /// An io error.
    pub fn hash(&self, name: &str) -> Result<Option<String>> {
        let path = self.folder.join(name);
        if path.is_file() { hash_file(&path).map(Some) } else { Ok(None) }
    }

    /// Files of the folder that the manifest does not name, in words.
    pub fn strangers(&self) -> Vec<String> {
        let own = [MANIFEST, MACHINE, SPEC, LOCK, JOURNAL];
        let known = |name: &str| own.contains(&name) || self.manifest.files.contains_key(name);
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = path.path();
                let name = name_within(&self.folder, &path);
                if path.is_dir() {
                    folders.push(path);
                } else if !known(&name) {
                    found.push(format!("{name} is not in the manifest"));
                }
            }
        }
        found.sort();
        found
    }

    /// The records whose lines are in order, and what is wrong with the others, each by its line;
    /// hashes are left to the caller.
    ///
    /// # Errors
    /// An io error.
    pub fn sound_records(&self, plan: &Plan) -> Result<(Records, Vec<String>)> {
        if !self.is_complete() {
            return self.records_so_far();
        }
        let shard = self.manifest.shard()?;
        let path = self.folder.join(RECORDS);
        let (mut records, mut damage) = (Gathered::new(&path, RESIDENT), Vec::new());
        let mut expected = plan.shard(shard);
        each_line(&path, |place, line, range| {
            let wanted = expected.next();
            let record = parse(line).and_then(|record| {
                record.belongs(plan, shard)?;
                match wanted {
                    Some(key) if key.task == record.task => Ok(record),
                    Some(key) => Err(format!("of task {}, expected {key}", record.task)),
                    None => Err("one record too many".to_owned()),
                }
            });
            match record {
                Ok(record) => records.push(record, range),
                Err(what) => damage.push(format!("{place}: {what}")),
            }
            Ok(true)
        })?;
        if let Some(key) = expected.next() {
            damage.push(format!("{key} and what follows it are missing"));
        }
        Ok((records.finish(), damage))
    }

    /// Enters the files of a rebuilt report into the manifest. The folder is locked meanwhile.
    ///
    /// # Errors
    /// An io error, also when another process holds the folder.
    pub fn seal(self, write: impl FnOnce() -> Result<Vec<PathBuf>>) -> Result<Vec<PathBuf>> {
        let mut store = Store::of(&self.folder, self.manifest)?;
        let files = write()?;
        store.seal(&files)?;
        Ok(files)
    }
}

/// The name of a file below a folder, with the same separators everywhere.
pub(crate) fn name_within(folder: &Path, path: &Path) -> String {
    let name = path.strip_prefix(folder).unwrap_or(path);
    name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Compares the records with the hash that was taken when they were written.
pub(crate) fn verify_records(folder: &Path, manifest: &Manifest) -> Result<()> {
    let path = folder.join(RECORDS);
    if manifest.files.get(RECORDS) == Some(&hash_file(&path)?) {
        return Ok(());
    }
    // a line that is no record says more than a hash
    read_records(folder, RESIDENT)?;
    Err(Error::provenance(format!(
        "{}: has changed since it was written (its SHA-256 is not that of {MANIFEST}); restore it, \
         or delete it and run again",
        path.display()
    )))
}

/// Reads complete records, of which a file of at most so many bytes stays in memory.
pub(crate) fn read_records(folder: &Path, resident: u64) -> Result<Records> {
    let path = folder.join(RECORDS);
    let mut records = Gathered::new(&path, resident);
    each_line(&path, |place, line, range| {
        let record = parse(line).map_err(|what| {
            Error::provenance(format!(
                "{place}: {what}; restore the file, or delete it and run again"
            ))
        })?;
        records.push(record, range);
        Ok(true)
    })?;
    Ok(records.finish())
}

/// SHA-256 of a file, block by block.
///
/// # Errors
/// An io error.
pub(crate) fn hash_file(path: &Path) -> Result<String> {
    let fail = |error| Error::io(path, &error, "restore it, or run again");
    let mut file = File::open(path).map_err(fail)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block).map_err(fail)? {
            0 => return Ok(hex(&hash.finalize())),
            length => hash.update(&block[..length]),
        }
    }
}

/// Hands every line to `each`, with its place for messages and its bytes in the file, until it returns
/// false.
fn each_line(
    path: &Path,
    mut each: impl FnMut(&str, &[u8], Range<u64>) -> Result<bool>,
) -> Result<()> {
    let fail = |error| Error::io(path, &error, "restore it, or run again");
    let mut reader = BufReader::new(File::open(path).map_err(fail)?);
    let (mut line, mut start) = (Vec::new(), 0);
    for number in 1_u64.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(fail)? as u64;
        if length == 0 {
            break;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if !each(&format!("{}, line {number}", path.display()), text, start..start + length)? {
            break;
        }
        start += length;
    }
    Ok(())
}

/// The record of a line, or why it is none.
pub(crate) fn parse(json: &[u8]) -> std::result::Result<Record, String> {
    match serde_json::from_slice::<Record>(json) {
        Ok(record) => check_schema(record.schema).map(|()| record),
        // a record of another schema may have other keys: its number says more than they do
        Err(error) => {
            if let Ok(Schema { schema }) = serde_json::from_slice(json) {
                check_schema(schema)?;
            }
            Err(format!("not a record of this version ({error})"))
        }
    }
}

/// What every record holds, older or newer.
#[derive(serde::Deserialize)]
struct Schema {
    schema: u32,
}
