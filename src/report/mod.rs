//! report

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lab::{Judgement, Observable, Records, Verdict, View};

/// Everything that a page shows.
pub struct Input<'a> {
    /// Title.
    pub title: &'a str,
    /// Summary.
    pub summary: &'a str,
    /// How it was made.
    pub command: &'a str,
    /// The records.
    pub records: &'a Records,
    /// The judged claims.
    pub judgements: &'a [Judgement],
    /// The expected verdicts.
    pub expected: &'a BTreeMap<String, Verdict>,
    /// Figures.
    pub views: &'a [View],
    /// Definitions.
    pub observables: &'a [Observable],
    /// What made the records.
    pub provenance: &'a BTreeMap<String, String>,
}

/// Writes the page.
///
/// # Errors
/// Io.
pub fn write(folder: &Path, report: &Input<'_>) -> Result<Vec<PathBuf>> {
    let path = folder.join("report.html");
    std::fs::write(&path, report.title).map_err(|e| Error::io(&path, &e, "stub"))?;
    Ok(vec![path])
}
