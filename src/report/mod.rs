//! The reading room: tables, figures and one page, all of them functions of records and claims.
//!
//! It knows neither a paper nor a network: a [`View`] says how records are drawn, a
//! [`Judgement`] what was found. The same input gives the same bytes, without a clock, and every
//! file appears whole or not at all.

mod axis;
mod chart;
mod draw;
mod file;
mod intervals;
mod mean;
mod page;
mod picture;
mod spectrum;
mod tables;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::lab::{Judgement, Observable, Records, Verdict, View, ViewKind};

pub(crate) use file::between_files;
pub use spectrum::{SpectrumFigure, spectrum_figure};

/// Everything that a report says.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The title of the page.
    pub title: &'a str,
    /// One paragraph: which question the sim asks.
    pub summary: &'a str,
    /// The command line that made the records, for a reader who wants to make them again.
    pub command: &'a str,
    /// The records.
    pub records: &'a Records,
    /// The claims with what was found, in the order of the page.
    pub judgements: &'a [Judgement],
    /// The verdict that the specification expects of a claim, by its id; a verdict that differs
    /// is marked as a surprise, and a claim that is missing here cannot surprise.
    pub expected: &'a BTreeMap<String, Verdict>,
    /// The figures, in the order of the page.
    pub views: &'a [View],
    /// What the records hold, in the order of the tables.
    pub observables: &'a [Observable],
    /// Where the records come from: name and value, such as a seed, a version or a hash.
    pub provenance: &'a BTreeMap<String, String>,
}

/// A figure as the page shows it.
struct Figure {
    /// File name without its ending, and anchor on the page.
    name: String,
    title: String,
    caption: String,
    observables: Vec<&'static str>,
    svg: String,
}

/// Writes tables, figures and the page under `folder`, and returns what was written.
///
/// | file | holds |
/// |---|---|
/// | `tables/verdicts.csv`, `.md` | a row per claim and a row per finding |
/// | `tables/observables.csv` | mean and standard error of numbers and series, a row per cell and index |
/// | `tables/faults.csv` | a row per failed task, only if there is one |
/// | `figures/<view>.svg`, `.png` | a figure per view, unless no record holds what it shows |
/// | `figures/verdicts.svg`, `.png` | the intervals of the decisive findings against their predictions |
/// | `report.html` | the page, which needs no other file and no network |
///
/// # Errors
/// An io error that names the file that could not be written.
pub fn write(folder: &Path, report: &Input) -> Result<Vec<PathBuf>> {
    let tables = folder.join("tables");
    let figures = folder.join("figures");
    file::folder(&tables)?;
    file::folder(&figures)?;

    let mut written = Vec::new();
    let mut put = |path: PathBuf, bytes: &[u8]| -> Result<()> {
        file::write(&path, bytes)?;
        written.push(path);
        Ok(())
    };
    let held = self::tables(report)?;
    for (name, bytes) in &held {
        put(folder.join(name), bytes)?;
    }
    if held.iter().all(|(name, _)| *name != FAULTS) {
        file::remove(&folder.join(FAULTS))?;
    }

    let (mut shown, mut unrecorded) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::from(["verdicts".to_owned()]);
    for view in report.views {
        let chart = chart::Chart::new(view, report.records);
        let name = free(text::slug(view.id), &mut names);
        if chart.unrecorded {
            for ending in ["svg", "png"] {
                file::remove(&figures.join(format!("{name}.{ending}")))?;
            }
            unrecorded.push(view.title);
            continue;
        }
        let figure = Figure {
            name,
            title: view.title.to_owned(),
            caption: chart.caption(view),
            observables: observables(view),
            svg: String::new(),
        };
        shown.push((figure, draw::picture(&chart)));
    }
    shown.push(intervals::overview(report.judgements));
    let mut drawn = Vec::with_capacity(shown.len());
    for (mut figure, picture) in shown {
        figure.svg = picture.svg()?;
        let path = figures.join(format!("{}.svg", figure.name));
        file::write(&path, figure.svg.as_bytes())?;
        written.push(path);
        let path = figures.join(format!("{}.png", figure.name));
        file::write_with(&path, |temporary| picture.png(temporary))?;
        written.push(path);
        drawn.push(figure);
    }
    let path = folder.join("report.html");
    file::write(&path, page::html_page(report, &drawn, &unrecorded).as_bytes())?;
    written.push(path);
    Ok(written)
}

/// The table of failed tasks, which is there only if there are some.
const FAULTS: &str = "tables/faults.csv";

/// The tables of a report: path below its folder, and content.
///
/// # Errors
/// A data error for a table that cannot be formed.
pub fn tables(report: &Input) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let mut tables = vec![
        ("tables/verdicts.csv", tables::verdicts_csv(report)?),
        ("tables/verdicts.md", tables::verdicts_md(report).into_bytes()),
        ("tables/observables.csv", tables::observables_csv(report)?),
    ];
    if report.records.faults() > 0 {
        tables.push((FAULTS, tables::faults_csv(report)?));
    }
    Ok(tables)
}

/// Asks, before long work, whether files can be written into a folder that need not exist yet.
///
/// # Errors
/// An io error that names the folder.
pub fn writable(folder: &Path) -> Result<()> {
    file::writable(folder)
}

/// Writes files into a folder: each whole or not at all, and none before all of them have been
/// written under temporary names.
///
/// # Errors
/// An io error that names the file.
pub fn write_files(folder: &Path, files: &[(&str, &[u8])]) -> Result<()> {
    file::folder(folder)?;
    file::write_together(folder, files)
}

/// The name, or the name with the first number that makes it new.
fn free(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut free = name.clone();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

/// The observables that a view shows.
fn observables(view: &View) -> Vec<&'static str> {
    match view.kind {
        ViewKind::Curve { x, y, .. } => vec![x, y],
        ViewKind::Profile { y, .. } | ViewKind::Trend { y, .. } => vec![y],
        ViewKind::Density { grid, density, .. } => vec![grid, density],
    }
}
