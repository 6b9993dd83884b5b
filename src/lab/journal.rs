//! The journal: finished records in the order in which they were finished, each line with its
//! checksum, so that whatever happens to the process, what is done is found again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lab::record::check_schema;
use crate::lab::{Plan, Record, Shard};

/// The journal's file name.
pub const JOURNAL: &str = "records.partial.jsonl";

/// What to do when a write fails.
const WRITE: &str = "make room or choose another folder with --out; what is done is kept";

/// An open journal: where every finished record lies in it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    end: u64,
    lines: BTreeMap<u64, Line>,
}

/// Where the JSON of a record lies in the journal.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: u64,
    length: usize,
    failed: bool,
}

/// What was found in a journal: one entry per line that is in order.
#[derive(Debug, Default)]
struct Scan {
    lines: BTreeMap<u64, Line>,
    /// Start and end of every sound line.
    sound: Vec<(u64, u64)>,
    /// What was wrong, named by line.
    damage: Vec<String>,
    end: u64,
}

impl Journal {
    /// Opens the journal of a folder, or starts one. Lines that are not records of this plan are
    /// dropped from the file, each with a warning; their tasks run again.
    ///
    /// # Errors
    /// An io error; a provenance error for records of another schema.
    pub fn open(folder: &Path, plan: &Plan, shard: Shard) -> Result<(Self, Vec<String>)> {
        let path = folder.join(JOURNAL);
        let mut scan = if path.exists() { scan(&path, plan, shard)? } else { Scan::default() };
        if !scan.damage.is_empty() {
            rewrite(&path, &mut scan)?;
        }
        let damage = std::mem::take(&mut scan.damage);
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|error| Error::io(&path, &error, "choose another folder with --out"))?;
        Ok((Self { path, file, end: scan.end, lines: scan.lines }, damage))
    }

    /// Opens a journal for reading alone, with what is wrong in it.
    ///
    /// # Errors
    /// As for [`Journal::open`].
    pub fn read(folder: &Path, plan: &Plan, shard: Shard) -> Result<(Self, Vec<String>)> {
        let path = folder.join(JOURNAL);
        let scan = scan(&path, plan, shard)?;
        let file =
            File::open(&path).map_err(|error| Error::io(&path, &error, "make it readable"))?;
        Ok((Self { path, file, end: scan.end, lines: scan.lines }, scan.damage))
    }

    /// True if the task's record is there.
    pub fn holds(&self, task: u64) -> bool {
        self.lines.contains_key(&task)
    }

    /// Number of records.
    pub fn count(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Number of records that are faults.
    pub fn faults(&self) -> u64 {
        self.lines.values().filter(|line| line.failed).count() as u64
    }

    /// Appends a record: one write of one line, so that no other line is ever touched.
    ///
    /// # Errors
    /// An io error, after which the journal is as it was before.
    pub fn append(&mut self, record: &Record) -> Result<()> {
        let json = serde_json::to_string(record).map_err(|error| {
            Error::io(&self.path, &error.into(), "report this: a record must be writable")
        })?;
        let line = format!("{}{json}}}\n", prefix(json.as_bytes()));
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // half a line must not stay in front of another task's record; if even this fails, the
            // next start drops the line by its checksum
            let _ = self.file.set_len(self.end);
            return Err(Error::io(&self.path, &error, WRITE));
        }
        let start = self.end + (line.len() - json.len() - 2) as u64;
        let failed = matches!(record.outcome, crate::lab::Outcome::Failed(_));
        self.lines.insert(record.task, Line { start, length: json.len(), failed });
        self.end += line.len() as u64;
        Ok(())
    }

    /// The JSON of a task's record; none if it is not there.
    ///
    /// # Errors
    /// An io error.
    pub fn json(&mut self, task: u64) -> Result<Option<Vec<u8>>> {
        let Some(line) = self.lines.get(&task) else { return Ok(None) };
        let mut json = vec![0; line.length];
        self.file
            .seek(SeekFrom::Start(line.start))
            .and_then(|_| self.file.read_exact(&mut json))
            .map_err(|error| Error::io(&self.path, &error, "restore the file and resume"))?;
        Ok(Some(json))
    }

    /// Hands every record's JSON to `each`, in the order of the tasks.
    ///
    /// # Errors
    /// An io error, or that of `each`.
    pub fn for_each(&mut self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut json = Vec::new();
        for line in self.lines.values() {
            json.resize(line.length, 0);
            self.file
                .seek(SeekFrom::Start(line.start))
                .and_then(|_| self.file.read_exact(&mut json))
                .map_err(|error| Error::io(&self.path, &error, "restore the file and resume"))?;
            each(&json)?;
        }
        Ok(())
    }

    /// Removes the journal, once its records are safe elsewhere.
    ///
    /// # Errors
    /// An io error.
    pub fn remove(self) -> Result<()> {
        std::fs::remove_file(&self.path)
            .map_err(|error| Error::io(&self.path, &error, "delete it by hand"))
    }
}

/// What stands before a record's JSON: the checksum finds a changed digit, which would still parse.
fn prefix(json: &[u8]) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(json);
    format!("{{\"crc32\":\"{:08x}\",\"record\":", crc.sum())
}

/// Reads a journal without changing it.
fn scan(path: &Path, plan: &Plan, shard: Shard) -> Result<Scan> {
    let fail = |error| Error::io(path, &error, "make it readable, or delete it to start again");
    let mut reader = BufReader::new(File::open(path).map_err(fail)?);
    let mut scan = Scan::default();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(fail)?;
        if length == 0 {
            break;
        }
        let (start, end) = (scan.end, scan.end + length as u64);
        scan.end = end;
        match check(&line, plan, shard) {
            Ok(record) if scan.lines.contains_key(&record.task) => scan.damage.push(format!(
                "{}, line {number}: the record of task {} is there twice; the first one is kept",
                path.display(),
                record.task
            )),
            Ok(record) => {
                let head = prefix(&[]).len();
                let failed = matches!(record.outcome, crate::lab::Outcome::Failed(_));
                let json = Line { start: start + head as u64, length: length - head - 2, failed };
                scan.lines.insert(record.task, json);
                scan.sound.push((start, end));
            }
            Err(Flaw::Schema(why)) => {
                return Err(Error::provenance(format!(
                    "{}, line {number}: {why}, or use another folder with --out",
                    path.display()
                )));
            }
            Err(Flaw::Line(what)) => scan.damage.push(format!(
                "{}, line {number}: {what}; it is dropped and its task runs again, \
                 all other lines are kept",
                path.display()
            )),
        }
    }
    Ok(scan)
}

/// Why a line is not taken.
enum Flaw {
    Schema(String),
    Line(String),
}

/// The record of a line, if the line is one of this plan.
fn check(line: &[u8], plan: &Plan, shard: Shard) -> std::result::Result<Record, Flaw> {
    let flaw = |what: &str| Flaw::Line(what.to_owned());
    let line = line.strip_suffix(b"\n").ok_or_else(|| flaw("the last line is cut short"))?;
    let json = line
        .get(prefix(&[]).len()..)
        .and_then(|rest| rest.strip_suffix(b"}"))
        .ok_or_else(|| flaw("not a record"))?;
    if !line.starts_with(prefix(json).as_bytes()) {
        return Err(flaw("not a record, or one whose checksum is wrong"));
    }
    let record: Record = serde_json::from_slice(json)
        .map_err(|error| Flaw::Line(format!("not a record ({error})")))?;
    check_schema(record.schema).map_err(Flaw::Schema)?;
    record.belongs(plan, shard).map_err(Flaw::Line)?;
    Ok(record)
}

/// Replaces the journal by its sound lines.
fn rewrite(path: &Path, scan: &mut Scan) -> Result<()> {
    let fail = |error| Error::io(path, &error, WRITE);
    let bytes = std::fs::read(path).map_err(fail)?;
    let mut kept = Vec::with_capacity(bytes.len());
    let mut moved = BTreeMap::new();
    for (start, end) in &scan.sound {
        moved.insert(*start, kept.len() as u64);
        kept.extend_from_slice(&bytes[*start as usize..*end as usize]);
    }
    let head = prefix(&[]).len() as u64;
    for line in scan.lines.values_mut() {
        line.start = moved[&(line.start - head)] + head;
    }
    scan.end = kept.len() as u64;
    crate::lab::store::replace(path, &kept)
}

impl Record {
    /// Whether the record is one of this plan and shard; what is wrong if it is not.
    pub(crate) fn belongs(&self, plan: &Plan, shard: Shard) -> std::result::Result<(), String> {
        if self.task >= plan.tasks() || !shard.holds(self.task) {
            return Err(format!("a record of task {}, which is not in the plan", self.task));
        }
        let key = plan.key(self.task);
        if (self.cell, self.replicate) != (key.cell, key.replicate)
            || *self.parameters != plan.cells[key.cell as usize].parameters
        {
            return Err(format!("a record of task {} with another task's parameters", self.task));
        }
        Ok(())
    }
}
