//! From complete records to verdicts, page and exit code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::registry::Registry;
use crate::cli::table::{surprises, verdicts};
use crate::cli::terminal::Terminal;
use crate::cli::{FAULTS, SURPRISE};
use crate::error::Result;
use crate::lab::{Judgement, Manifest, Outcome, Records, Simulator, Spec, Statement, Verdict};
use crate::report;

/// Everything that is said about complete records.
pub(super) struct Conclusion<'a> {
    spec: &'a Spec,
    manifest: &'a Manifest,
    records: &'a Records,
    simulators: Vec<&'static dyn Simulator>,
    judgements: Vec<Judgement>,
    expected: &'a BTreeMap<String, Verdict>,
}

impl<'a> Conclusion<'a> {
    /// Judges the claims of the records' profile, and keeps those for which `wanted` holds.
    pub fn new(
        spec: &'a Spec,
        manifest: &'a Manifest,
        records: &'a Records,
        registry: &Registry,
        wanted: impl Fn(&Statement) -> bool,
    ) -> Result<Self> {
        // all are judged, since those of one paper are one family of tests
        let mut judgements = registry.judge(spec, &manifest.profile, records)?;
        records.intact()?;
        judgements.retain(|judgement| wanted(&judgement.claim));
        Ok(Self {
            spec,
            manifest,
            records,
            simulators: distinct(registry.simulators(spec)?),
            judgements,
            expected: &spec.profile(&manifest.profile)?.expected,
        })
    }

    /// Writes tables, figures and page, and returns the files.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let files = self.with_input(|input| report::write(folder, input))?;
        self.records.intact()?;
        Ok(files)
    }

    /// The tables alone: path below the folder, and content.
    pub fn tables(&self) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let tables = self.with_input(report::tables)?;
        self.records.intact()?;
        Ok(tables)
    }

    fn with_input<T>(&self, act: impl FnOnce(&report::Input<'_>) -> T) -> T {
        let views: Vec<_> = self.simulators.iter().flat_map(|s| s.views()).collect();
        let observables: Vec<_> = self.simulators.iter().flat_map(|s| s.observables()).collect();
        act(&report::Input {
            title: &self.spec.title,
            summary: &self.spec.summary,
            command: &self.manifest.command,
            records: self.records,
            judgements: &self.judgements,
            expected: self.expected,
            views: &views,
            observables: &observables,
            provenance: &self.manifest.provenance(),
        })
    }

    /// What was found, claim by claim.
    pub fn judgements(&self) -> &[Judgement] {
        &self.judgements
    }

    /// 3 for too many faults, else 1 for a surprise, else 0.
    pub fn exit_code(&self) -> u8 {
        if self.too_many_faults() {
            FAULTS
        } else if self.judgements.iter().any(|judgement| surprises(judgement, self.expected)) {
            SURPRISE
        } else {
            0
        }
    }

    fn too_many_faults(&self) -> bool {
        self.records.faults() as f64 > self.spec.allowed_faults * self.records.len() as f64
    }

    /// Title, faults and verdict table.
    pub fn text(&self) -> String {
        let Manifest { sim, profile, seed, tasks, .. } = self.manifest;
        let faults = match self.records.faults() {
            0 => "no faults".to_owned(),
            1 => "1 fault".to_owned(),
            n => format!("{n} faults"),
        };
        let mut text = format!("{sim}, {profile} profile, seed {seed}: {tasks} tasks, {faults}\n");
        if !self.judgements.is_empty() {
            text.push('\n');
            text.push_str(&verdicts(&self.judgements, self.expected));
        }
        text
    }

    /// The same as one JSON value.
    pub fn json(&self) -> serde_json::Value {
        let verdicts: Vec<serde_json::Value> = self
            .judgements
            .iter()
            .map(|judgement| {
                json!({
                    "claim": judgement.claim.id,
                    "paper": judgement.claim.paper,
                    "verdict": judgement.verdict,
                    "p": judgement.p,
                    "p_holm": judgement.p_holm,
                    "expected": self.expected.get(&judgement.claim.id),
                    "surprise": surprises(judgement, self.expected),
                    "findings": judgement.findings,
                })
            })
            .collect();
        json!({
            "sim": self.manifest.sim,
            "profile": self.manifest.profile,
            "seed": self.manifest.seed,
            "tasks": self.manifest.tasks,
            "faults": self.records.faults(),
            "verdicts": verdicts,
        })
    }

    /// Warns of faults: what, how often, and where first.
    pub fn warn_of_faults(&self, terminal: &Terminal) {
        let mut kinds: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for record in &self.records.with_faults() {
            if let Outcome::Failed(fault) = &record.outcome {
                kinds.entry(fault.to_string()).or_insert((0, record.task)).0 += 1;
            }
        }
        for (fault, (count, first)) in kinds {
            terminal.warn(&format!("{count} x {fault}, first in task {first}"));
        }
        if self.too_many_faults() {
            terminal.warn(&format!(
                "{} of {} tasks ended in a fault, the specification allows a fraction of {}",
                self.records.faults(),
                self.records.len(),
                self.spec.allowed_faults
            ));
        }
    }
}

/// The simulators of several stages, each once, in the order of the stages.
fn distinct(simulators: Vec<&'static dyn Simulator>) -> Vec<&'static dyn Simulator> {
    let mut out: Vec<&'static dyn Simulator> = Vec::new();
    for simulator in simulators {
        if out.iter().all(|other| other.id() != simulator.id()) {
            out.push(simulator);
        }
    }
    out
}
