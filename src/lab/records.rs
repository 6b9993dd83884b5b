//! Records together: a view of them, in memory or line by line in their file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::error::{Error, Result};
use crate::lab::{Outcome, Parameters, Record};

/// Records in the order of their task numbers.
///
/// A view: [`filter`](Records::filter) and [`cells`](Records::cells) choose among the parameters of
/// whole cells and copy no record. Records that were made in memory, and those of a file that is
/// small, lie there; those of a large file are read again, line by line, whenever they are looked
/// at, so that memory does not grow with what a record holds. Hence a record lives only as long as
/// the step of the iteration that shows it.
#[derive(Debug, Clone, Default)]
pub struct Records {
    parts: Vec<Part>,
    source: Source,
}

/// Neighbouring records of one cell.
#[derive(Debug, Clone)]
struct Part {
    cell: u64,
    parameters: Arc<Parameters>,
    count: usize,
    failed: usize,
    /// Index of the first record in memory, or byte at which its line starts.
    start: u64,
    /// The same for what follows the last record.
    end: u64,
}

#[derive(Debug, Clone)]
enum Source {
    Memory(Arc<Vec<Record>>),
    File(Arc<Lines>),
}

impl Default for Source {
    fn default() -> Self {
        Source::Memory(Arc::default())
    }
}

/// A file of records, each of which has been read once and found in order.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    /// What went wrong when the file was read again.
    trouble: OnceLock<String>,
}

impl Records {
    /// Records in memory, sorted by task number.
    pub fn new(mut records: Vec<Record>) -> Self {
        records.sort_by_key(|record| record.task);
        let mut parts = Vec::new();
        for (index, record) in records.iter().enumerate() {
            extend(&mut parts, record, index as u64, index as u64 + 1);
        }
        Self { parts, source: Source::Memory(Arc::new(records)) }
    }

    /// All of them, in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { records: self, part: 0, within: 0, file: None }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.count).sum()
    }

    /// True without a record.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Number of records whose outcome is a fault.
    pub fn faults(&self) -> usize {
        self.parts.iter().map(|part| part.failed).sum()
    }

    /// The distinct values of a parameter, in the order of the plan, as text.
    pub fn levels(&self, parameter: &str) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let levels = self.parts.iter().filter_map(|part| level(&part.parameters, parameter));
        levels.filter(|level| seen.insert(level.clone())).collect()
    }

    /// The records whose parameters have the given values (as text), in order.
    #[must_use]
    pub fn filter(&self, wanted: &[(&str, &str)]) -> Records {
        self.choose(|parameters| {
            wanted.iter().all(|(key, value)| level(parameters, key).as_deref() == Some(*value))
        })
    }

    /// The records whose parameters are wanted, in order.
    #[must_use]
    pub fn choose(&self, wanted: impl Fn(&Parameters) -> bool) -> Records {
        self.keep(|part| wanted(&part.parameters))
    }

    /// The cells, by number, each with its records.
    pub fn cells(&self) -> BTreeMap<u64, Records> {
        let mut cells: BTreeMap<u64, Records> = BTreeMap::new();
        for part in &self.parts {
            let empty = || Records { parts: Vec::new(), source: self.source.clone() };
            cells.entry(part.cell).or_insert_with(empty).parts.push(part.clone());
        }
        cells
    }

    /// The parameters of the first record.
    pub fn parameters(&self) -> Option<&Parameters> {
        self.parts.first().map(|part| &*part.parameters)
    }

    /// A parameter of the first record, as text.
    pub fn level(&self, parameter: &str) -> Option<String> {
        level(self.parameters()?, parameter)
    }

    /// The records of the cells in which a task failed.
    #[must_use]
    pub fn with_faults(&self) -> Records {
        self.keep(|part| part.failed > 0)
    }

    /// The records of the cells of which one record at least is wanted.
    #[must_use]
    pub fn holding(&self, wanted: impl Fn(&Record) -> bool) -> Records {
        self.keep(|part| {
            let alone = Records { parts: vec![part.clone()], source: self.source.clone() };
            alone.iter().any(|record| wanted(&record))
        })
    }

    /// Whether everything that has been read of the records so far was whole.
    ///
    /// # Errors
    /// A provenance error if the file of the records changed after it had been checked, or could no
    /// longer be read: what was derived from them since is worth nothing.
    pub fn intact(&self) -> Result<()> {
        match &self.source {
            Source::File(lines) => match lines.trouble.get() {
                Some(what) => Err(Error::provenance(format!(
                    "{}: {what}; leave the file alone and try again",
                    lines.path.display()
                ))),
                None => Ok(()),
            },
            Source::Memory(_) => Ok(()),
        }
    }

    fn keep(&self, wanted: impl Fn(&Part) -> bool) -> Records {
        Records {
            parts: self.parts.iter().filter(|part| wanted(part)).cloned().collect(),
            source: self.source.clone(),
        }
    }
}

/// A parameter as text: strings without quotes, everything else as JSON.
pub(crate) fn level(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.get(name).map(shown)
}

/// A value as text: strings without quotes, everything else as JSON.
pub(crate) fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Adds a record to its part, or starts a part.
fn extend(parts: &mut Vec<Part>, record: &Record, start: u64, end: u64) {
    let failed = usize::from(matches!(record.outcome, Outcome::Failed(_)));
    match parts.last_mut() {
        Some(part)
            if part.cell == record.cell
                && part.end == start
                && (Arc::ptr_eq(&part.parameters, &record.parameters)
                    || part.parameters == record.parameters) =>
        {
            part.count += 1;
            part.failed += failed;
            part.end = end;
        }
        _ => parts.push(Part {
            cell: record.cell,
            parameters: Arc::clone(&record.parameters),
            count: 1,
            failed,
            start,
            end,
        }),
    }
}

/// Gathers the records of a file as it is read for the first time.
#[derive(Debug)]
pub(super) struct Gathered {
    path: PathBuf,
    parts: Vec<Part>,
    /// None if the file is large.
    records: Option<Vec<Record>>,
}

impl Gathered {
    /// For the records of a file, which stay in memory if it has no more than so many bytes.
    pub(super) fn new(path: &Path, resident: u64) -> Self {
        // a file that is not there is a matter for whoever reads it
        let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= resident);
        Self { path: path.to_owned(), parts: Vec::new(), records: small.then(Vec::new) }
    }

    /// The next record, and the bytes of its line with the end of the line.
    pub(super) fn push(&mut self, mut record: Record, line: std::ops::Range<u64>) {
        if let Some(records) = &mut self.records {
            record.settle(records.last());
            records.push(record);
        } else {
            extend(&mut self.parts, &record, line.start, line.end);
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Records {
        match self.records {
            Some(records) => Records::new(records),
            None => {
                let lines = Lines { path: self.path, trouble: OnceLock::new() };
                Records { parts: self.parts, source: Source::File(Arc::new(lines)) }
            }
        }
    }
}

/// What is read of a line that has been read before: its parameters are known.
#[derive(serde::Deserialize)]
struct Again {
    schema: u32,
    task: u64,
    cell: u64,
    replicate: u64,
    outcome: Outcome,
    cost: Arc<BTreeMap<String, u64>>,
}

/// Records in the order of their tasks; see [`Records::iter`].
#[derive(Debug)]
pub struct Iter<'a> {
    records: &'a Records,
    part: usize,
    within: usize,
    file: Option<(BufReader<File>, Vec<u8>)>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Cow<'a, Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut part = self.records.parts.get(self.part)?;
        if self.within == part.count {
            (self.part, self.within) = (self.part + 1, 0);
            part = self.records.parts.get(self.part)?;
        }
        self.within += 1;
        match &self.records.source {
            Source::Memory(records) => {
                let index = part.start as usize + self.within - 1;
                Some(Cow::Borrowed(&records[index]))
            }
            Source::File(lines) => {
                let first = self.within == 1;
                match self.line(lines, part, first) {
                    Ok(record) => Some(Cow::Owned(record)),
                    Err(what) => {
                        // the first trouble is the one to tell
                        let _ = lines.trouble.set(what);
                        self.part = self.records.parts.len();
                        None
                    }
                }
            }
        }
    }
}

impl Iter<'_> {
    /// The next line of a part.
    fn line(
        &mut self,
        lines: &Lines,
        part: &Part,
        first: bool,
    ) -> std::result::Result<Record, String> {
        let unread = |error: std::io::Error| format!("can no longer be read ({error})");
        if self.file.is_none() {
            let file = File::open(&lines.path).map_err(unread)?;
            self.file = Some((BufReader::with_capacity(1 << 16, file), Vec::new()));
        }
        let Some((reader, line)) = &mut self.file else { unreachable!("opened above") };
        if first {
            let here = reader.stream_position().map_err(unread)?;
            // relative, since what is near lies in the buffer already
            reader.seek_relative(part.start as i64 - here as i64).map_err(unread)?;
        }
        line.clear();
        reader.read_until(b'\n', line).map_err(unread)?;
        let changed = |what: &str| format!("changed while it was read ({what})");
        let again: Again =
            serde_json::from_slice(line).map_err(|error| changed(&error.to_string()))?;
        if again.cell != part.cell {
            return Err(changed("a record of another cell"));
        }
        let Again { schema, task, cell, replicate, outcome, cost } = again;
        let parameters = Arc::clone(&part.parameters);
        Ok(Record { schema, task, cell, replicate, parameters, outcome, cost })
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = Cow<'a, Record>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}
