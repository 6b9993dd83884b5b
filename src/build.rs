//! The build script: tells the crate which code it is made of, for the provenance of records.
//!
//! The commit is the last one that touched the code, so that a change of a text or a test leaves
//! the name of the code as it is. Without git the hash of the sources stands alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// Everything that the compiled code depends on.
const SOURCES: [&str; 3] = ["Cargo.toml", "Cargo.lock", "src"];

fn main() {
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    // grows with each commit, merge and checkout; a missing file would run the script every time
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo:rerun-if-changed={log}");
    }
    let asked = |words: &[&str]| git(&[words, &["--"], &SOURCES].concat());
    let commit = asked(&["log", "-1", "--format=%H"]).unwrap_or_default();
    let dirty = asked(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    println!("cargo:rustc-env=HESSIAN_COMMIT={commit}");
    println!("cargo:rustc-env=HESSIAN_DIRTY={dirty}");
    println!("cargo:rustc-env=HESSIAN_SOURCES={}", sources());
}

/// What git answers, without the last newline; none if there is no git or no repository.
fn git(words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

/// SHA-256 over name, length and content of every source file, in the order of names.
fn sources() -> String {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(Path::new(source), &mut files);
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let bytes = std::fs::read(&file)
            .unwrap_or_else(|error| panic!("{}: {error}: cannot hash it", file.display()));
        let name: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
        hash.update(format!("{} {}\n", name.join("/"), bytes.len()));
        hash.update(&bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), files)),
        Err(_) => files.push(path.to_owned()),
    }
}
