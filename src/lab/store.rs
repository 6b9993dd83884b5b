//! The store: one output folder, held by one process, never half-written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lab::archive::{RESIDENT, name_within, read_records, verify_records};
use crate::lab::journal::{JOURNAL, Journal};
use crate::lab::provenance::{MACHINE, MANIFEST, Machine, Manifest, hex, host, sha256};
use crate::lab::{Plan, Record, Records, Spec, same_arithmetic};

/// The records' file name.
pub const RECORDS: &str = "records.jsonl";

/// The file name of the specification's copy.
pub const SPEC: &str = "spec.toml";

/// The file by which a process holds a folder.
pub const LOCK: &str = ".lock";
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
        // what a process that was killed left half written; this one holds the folder
        for name in [MANIFEST, MACHINE, SPEC, RECORDS, JOURNAL] {
            let _ = std::fs::remove_file(draft_of(&folder.join(name)));
        }
        let mut manifest = manifest;
        let there = Manifest::read(folder)?;
        match &there {
            Some(there) => refuse_others(folder, there, &manifest)?,
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
        let complete = |there: &Manifest| {
            there.files.contains_key(RECORDS)
                && folder.join(RECORDS).exists()
                && !folder.join(JOURNAL).exists()
        };
        let (journal, warnings) = match there {
            Some(there) if complete(&there) => {
                verify_records(folder, &there)?;
                manifest.take_over(there);
                (None, Vec::new())
            }
            there => {
                let (journal, warnings) = Journal::open(folder, plan, manifest.shard()?)?;
                match there {
                    // a process ended between its last record and the journal's removal
                    Some(there)
                        if there.files.contains_key(RECORDS)
                            && plan.shard(manifest.shard()?).all(|key| journal.holds(key.task)) =>
                    {
                        manifest.take_over(there);
                        manifest.files.clear();
                    }
                    Some(there) if journal.count() > 0 => manifest.go_on_from(&there),
                    // where no record is left, nothing of what made them is
                    _ => {}
                }
                (Some(journal), warnings)
            }
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
        read_records(&self.folder, RESIDENT)
    }

    /// A folder whose records are complete, held by this process.
    ///
    /// # Errors
    /// An io error, also when another process holds it.
    pub(crate) fn of(folder: &Path, manifest: Manifest) -> Result<Self> {
        let lock = lock(folder)?;
        let (folder, warnings) = (folder.to_owned(), Vec::new());
        Ok(Self { folder, manifest, journal: None, warnings, _lock: lock })
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
            self.manifest.files.insert(name_within(&self.folder, path), sha256(&bytes));
        }
        self.write_manifest()
    }

    /// What is known of the machines that worked on the folder.
    pub fn machine(&self) -> Machine {
        Machine::read(&self.folder)
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
pub(super) fn refuse_others(folder: &Path, there: &Manifest, wanted: &Manifest) -> Result<()> {
    let mut differences = there.differences(wanted);
    if there.shard != wanted.shard {
        differences.push(format!("shard {} there, {} here", there.shard, wanted.shard));
    }
    if !same_arithmetic(&there.arithmetic, &wanted.arithmetic) {
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
