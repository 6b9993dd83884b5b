//! Files that appear whole or not at all: a temporary file in the same folder, then a rename.

use std::fs::TryLockError;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Held while files are written, so that none is left half-written: see [`between_files`].
static WRITING: Mutex<()> = Mutex::new(());

/// Waits until files that are being written have their names; none is begun while the guard lives.
pub(crate) fn between_files() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

const REMEDY: &str = "choose an output folder that is writable and has space left";

/// Makes a folder and the folders above it.
pub(super) fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|source| Error::io(path, &source, REMEDY))
}

/// Makes a temporary file in a folder, or in the nearest folder above it that exists, and removes
/// it again.
pub(super) fn writable(path: &Path) -> Result<()> {
    let above = path.ancestors().map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p });
    let nearest = above.into_iter().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let probe = tempfile::Builder::new().prefix(".report-").tempfile_in(nearest);
    probe.map(drop).map_err(|source| Error::io(path, &source, REMEDY))
}

/// Writes bytes to a file, replacing an older one at once.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |temporary| {
        std::fs::OpenOptions::new()
            .write(true)
            .open(temporary)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|source| Error::io(path, &source, REMEDY))
    })
}

/// Keeps other processes from giving files in a folder their names. Where the system has no such lock, or
/// another process keeps it longer than files take to be written, the work goes on without.
fn alone(folder: &Path) -> Option<std::fs::File> {
    let file = std::fs::File::open(folder).ok()?;
    // ten seconds
    for _ in 0..500 {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Writes files under temporary names, then gives all of them theirs. Where the system can lock a folder, files
/// of two processes do not mix: the one that is later replaces all of them.
pub(super) fn write_together(folder: &Path, files: &[(&str, &[u8])]) -> Result<()> {
    let _alone = alone(folder);
    let _writing = between_files();
    let mut written = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let path = folder.join(name);
        // no file can take a folder's name: found out before the first one has its own
        if path.is_dir() {
            let remedy = "a file goes there: remove the folder, or choose another output folder";
            return Err(Error::io(&path, &std::io::ErrorKind::IsADirectory.into(), remedy));
        }
        let mut file = temporary(&path)?;
        file.write_all(bytes).map_err(|source| Error::io(&path, &source, REMEDY))?;
        written.push((file, path));
    }
    written.into_iter().try_for_each(|(file, path)| rename(file, &path))
}

/// Lets `fill` write a temporary file with the ending of `path`, then gives it its name.
pub(super) fn write_with(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let _writing = between_files();
    let file = temporary(path)?;
    fill(file.path())?;
    rename(file, path)
}

/// An empty file beside `path`, with its ending.
fn temporary(path: &Path) -> Result<NamedTempFile> {
    let parent = path.parent().unwrap_or_else(|| Path::new("."));
    let ending = path.extension().map_or_else(String::new, |e| format!(".{}", e.display()));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".report-").suffix(&ending);
    // a temporary file is its owner's alone by default, but a report is there to be read
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(parent).map_err(|source| Error::io(path, &source, REMEDY))
}

fn rename(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map_err(|refused| Error::io(path, &refused.error, REMEDY))?;
    Ok(())
}

/// Removes a file that an earlier report left and this one does not have.
pub(super) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(path, &source, "remove it by hand"))
        }
        _ => Ok(()),
    }
}
