//! The store: one output folder, held by one process, never half-written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lab::journal::{JOURNAL, Journal};
use crate::lab::provenance::{MANIFEST, Machine, Manifest, hex, host, sha256};
use crate::lab::{Plan, Record, Records, Spec};

/// The records' file name.
pub const RECORDS: &str = "records.jsonl";

/// The file name of the specification's copy.
pub const SPEC: &str = "spec.toml";

const MACHINE: &str = "machine.json";
const LOCK: &str = ".lock";
const ELSEWHERE: &str = "choose another folder with --out";

/// An output folder that this process holds.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    manifest: Manifest,
    /// Open until the last record is there.
    journal: Option<Journal>,
    /// What was found wrong and mended, for the user.
    pub warnings: Vec<String>,
    // dropped last: the lock ends when everything is written
    _lock: File,
}

impl Store {
    /// Opens a folder for these records, new or begun; every file that a run writes is opened now,
    /// so that a folder that cannot be written to costs no work.
    ///
    /// # Errors
    /// An io error when the folder is held by another process or cannot be written to; a provenance
    /// error when it holds records of something else.
    pub fn open(folder: &Path, spec: &Spec, plan: &Plan, manifest: Manifest) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, &error, ELSEWHERE))?;
        let lock = lock(folder)?;
        let mut manifest = manifest;
        match Manifest::read(folder)? {
            Some(there) => {
                refuse_others(folder, &there, &manifest)?;
                manifest.files = there.files;
            }
            None => {
                // an empty journal is what a full disk or a kill leaves of the very first start
                let holds = |name: &&&str| folder.join(name).metadata().is_ok_and(|m| m.len() > 0);
                if let Some(name) = [RECORDS, JOURNAL].iter().find(holds) {
                    return Err(Error::provenance(format!(
                        "{}: holds {name} but no {MANIFEST} that says what made it; {ELSEWHERE}, \
                         or delete it",
                        folder.display()
                    )));
                }
            }
        }
        let complete = manifest.files.contains_key(RECORDS)
            && folder.join(RECORDS).exists()
            && !folder.join(JOURNAL).exists();
        let (journal, warnings) = if complete {
            verify_records(folder, &manifest)?;
            (None, Vec::new())
        } else {
            manifest.files.clear();
            let (journal, warnings) = Journal::open(folder, plan, manifest.shard()?)?;
            (Some(journal), warnings)
        };
        let store = Self { folder: folder.to_owned(), manifest, journal, warnings, _lock: lock };
        replace(&folder.join(SPEC), spec.text.as_bytes())?;
        store.write_manifest()?;
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What made the records.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// True once every record is in `records.jsonl`.
    pub fn is_complete(&self) -> bool {
        self.journal.is_none()
    }

    /// True if the task's record is there.
    pub fn holds(&self, task: u64) -> bool {
        self.journal.as_ref().is_none_or(|journal| journal.holds(task))
    }

    /// Number of records that are there while some are missing.
    pub fn count(&self) -> u64 {
        self.journal.as_ref().map_or(0, Journal::count)
    }

    /// Number of faults among [`Store::count`].
    pub fn faults(&self) -> u64 {
        self.journal.as_ref().map_or(0, Journal::faults)
    }

    /// Keeps a finished record.
    ///
    /// # Errors
    /// An io error.
    pub fn append(&mut self, record: &Record) -> Result<()> {
        match &mut self.journal {
            Some(journal) => journal.append(record),
            None => Ok(()),
        }
    }

    /// Writes `records.jsonl` in the order of the tasks and ends the journal. Each step leaves a folder
    /// from which the next start goes on.
    ///
    /// # Errors
    /// An io error.
    pub fn finish(&mut self) -> Result<()> {
        let Some(mut journal) = self.journal.take() else { return Ok(()) };
        let path = self.folder.join(RECORDS);
        let draft = draft_of(&path);
        let fail = |error| Error::io(&draft, &error, "make room; what is done is kept");
        let mut hash = Sha256::new();
        let mut copy = || {
            let mut out = BufWriter::new(File::create(&draft).map_err(fail)?);
            journal.for_each(|json| {
                hash.update(json);
                hash.update(b"\n");
                out.write_all(json).and_then(|()| out.write_all(b"\n")).map_err(fail)
            })?;
            out.into_inner().map_err(|error| fail(error.into_error()))?.sync_all().map_err(fail)
        };
        copy().inspect_err(|_| drop(std::fs::remove_file(&draft)))?;
        std::fs::rename(&draft, &path).map_err(|error| Error::io(&path, &error, ELSEWHERE))?;
        self.manifest.files.insert(RECORDS.to_owned(), hex(&hash.finalize()));
        self.write_manifest()?;
        journal.remove()
    }

    /// All records, once they are complete.
    ///
    /// # Errors
    /// An io error, or a provenance error that names the line that is no record.
    pub fn records(&self) -> Result<Records> {
        read_records(&self.folder)
    }

    /// Enters files of the folder into the manifest, with their hashes.
    ///
    /// # Errors
    /// An io error.
    pub fn seal(&mut self, files: &[PathBuf]) -> Result<()> {
        self.manifest.files.retain(|name, _| name == RECORDS);
        for path in files {
            let bytes = std::fs::read(path)
                .map_err(|error| Error::io(path, &error, "it was just written: check the disk"))?;
            let name = path.strip_prefix(&self.folder).unwrap_or(path);
            let name = name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            self.manifest.files.insert(name, sha256(&bytes));
        }
        self.write_manifest()
    }

    /// What is known of the machines that worked on the folder.
    pub fn machine(&self) -> Machine {
        std::fs::read(self.folder.join(MACHINE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes what is known of the machines.
    ///
    /// # Errors
    /// An io error.
    pub fn write_machine(&self, machine: &Machine) -> Result<()> {
        replace(&self.folder.join(MACHINE), &pretty(machine))
    }

    fn write_manifest(&self) -> Result<()> {
        replace(&self.folder.join(MANIFEST), &pretty(&self.manifest))
    }
}

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

    /// True once every record of the folder's shard is there.
    pub fn is_complete(&self) -> bool {
        self.manifest.files.contains_key(RECORDS)
    }

    /// The records, whose hash is checked first.
    ///
    /// # Errors
    /// A data error for a run that is not finished; a provenance error for changed records.
    pub fn records(&self) -> Result<Records> {
        if !self.is_complete() {
            return Err(Error::data(format!(
                "{}: the run is not finished; resume it with: {}",
                self.folder.display(),
                self.manifest.command
            )));
        }
        verify_records(&self.folder, &self.manifest)?;
        let records = read_records(&self.folder)?;
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
            records.push(serde_json::from_slice(json).map_err(|error| {
                Error::data(format!("{}: changed while it was read ({error})", path.display()))
            })?);
            Ok(())
        })?;
        Ok((Records::new(records), damage))
    }

    /// Enters the files of a rebuilt report into the manifest. The folder is locked meanwhile.
    ///
    /// # Errors
    /// An io error, also when another process holds the folder.
    pub fn seal(self, write: impl FnOnce() -> Result<Vec<PathBuf>>) -> Result<Vec<PathBuf>> {
        let lock = lock(&self.folder)?;
        let files = write()?;
        let mut store = Store {
            folder: self.folder,
            manifest: self.manifest,
            journal: None,
            warnings: Vec::new(),
            _lock: lock,
        };
        store.seal(&files)?;
        Ok(files)
    }
}

/// Takes the folder for this process, or says who has it.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| Error::io(&path, &error, ELSEWHERE))?;
    match file.try_lock() {
        Ok(()) => {
            let holder = format!("process {} on {}\n", std::process::id(), host());
            file.set_len(0)
                .and_then(|()| file.write_all(holder.as_bytes()))
                .map_err(|error| Error::io(&path, &error, ELSEWHERE))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another process",
                holder => holder,
            };
            let taken = std::io::Error::other(format!("the folder is held by {holder}"));
            Err(Error::io(
                folder,
                &taken,
                "wait for it to end, or choose another folder with --out",
            ))
        }
        Err(TryLockError::Error(error)) => Err(Error::io(&path, &error, ELSEWHERE)),
    }
}

/// Refuses to mix records of two makers in one folder.
fn refuse_others(folder: &Path, there: &Manifest, wanted: &Manifest) -> Result<()> {
    let mut differences = there.differences(wanted);
    if there.shard != wanted.shard {
        differences.push(format!("shard {} there, {} here", there.shard, wanted.shard));
    }
    if there.arithmetic != wanted.arithmetic {
        differences.push(format!(
            "arithmetic {} there, {} here: another kind of processor or library",
            there.arithmetic, wanted.arithmetic
        ));
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::provenance(format!(
        "{}: holds records of another run ({}); use another folder with --out, or delete this one",
        folder.display(),
        differences.join("; ")
    )))
}

/// Compares the records with the hash that was taken when they were written.
fn verify_records(folder: &Path, manifest: &Manifest) -> Result<()> {
    let path = folder.join(RECORDS);
    let fail = |error| Error::io(&path, &error, "restore it, or run again");
    let mut file = File::open(&path).map_err(fail)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block).map_err(fail)? {
            0 => break,
            length => hash.update(&block[..length]),
        }
    }
    if manifest.files.get(RECORDS) == Some(&hex(&hash.finalize())) {
        return Ok(());
    }
    // a line that is no record says more than a hash
    read_records(folder)?;
    Err(Error::provenance(format!(
        "{}: has changed since it was written (its SHA-256 is not that of {MANIFEST}); restore it, \
         or delete it and run again",
        path.display()
    )))
}

/// Reads complete records.
fn read_records(folder: &Path) -> Result<Records> {
    let path = folder.join(RECORDS);
    let fail = |error| Error::io(&path, &error, "restore it, or run again");
    let reader = BufReader::new(File::open(&path).map_err(fail)?);
    let mut records = Vec::new();
    for (number, line) in reader.split(b'\n').enumerate() {
        let record = serde_json::from_slice(&line.map_err(fail)?).map_err(|error| {
            Error::provenance(format!(
                "{}, line {}: not a record of this version ({error}); restore the file, or delete \
                 it and run again",
                path.display(),
                number + 1
            ))
        })?;
        records.push(record);
    }
    Ok(Records::new(records))
}

/// Writes a file so that a reader sees the old content or the new one, never a part.
///
/// # Errors
/// An io error.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = draft_of(path);
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write().map_err(|error| {
        // on a full disk a draft would take the very room that is to be made
        let _ = std::fs::remove_file(&draft);
        Error::io(path, &error, ELSEWHERE)
    })
}

/// The name under which a file is written before it gets its own.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".draft");
    name.into()
}

/// JSON for people: indented, with a last newline.
fn pretty(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("maps with text keys are writable");
    bytes.push(b'\n');
    bytes
}
