//! The plan: which tasks a specification asks for, as a pure function of it.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lab::provenance::hex;
use crate::lab::{Parameters, Replicates, SCHEMA, Spec, Stage};

/// More tasks than this are refused; chosen here because the index of a run keeps some 50 bytes per
/// task in memory, so that the largest plan stays below one gigabyte.
const MAX_TASKS: u64 = 10_000_000;

/// More cells than this are refused; chosen here because every cell is prepared before the first
/// task starts.
const MAX_CELLS: u64 = 100_000;

/// Cells and replicates of one profile of a sim.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The sim's id.
    pub sim: String,
    /// The simulators' ids, stage by stage, joined by ` + `.
    pub simulator: String,
    /// The name of the profile.
    pub profile: String,
    /// The seed of every stream.
    pub seed: u64,
    /// Replicates per cell, where a stage does not say otherwise.
    pub replicates: u64,
    /// Every cell, stage by stage.
    pub cells: Vec<Cell>,
}

/// One point of a stage's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Number of the stage.
    pub stage: usize,
    /// Its parameters.
    pub parameters: Parameters,
    /// Number of replicates.
    pub replicates: u64,
    /// Number of its first task.
    pub first: u64,
}

/// One task of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskKey {
    /// Number of the task: tasks count the replicates of a cell, cell by cell.
    pub task: u64,
    /// Number of the cell.
    pub cell: u64,
    /// Number of the replicate within the cell.
    pub replicate: u64,
}

impl Plan {
    /// The plan of a profile, with the seed and the number of replicates of the command line in
    /// place of the specification's where they are given.
    ///
    /// # Errors
    /// A spec error for an unknown profile; a capacity error for more tasks than a run can hold.
    pub fn new(
        spec: &Spec,
        profile: &str,
        seed: Option<u64>,
        replicates: Option<u64>,
    ) -> Result<Self> {
        let settings = spec.profile(profile)?;
        let mut cells: Vec<Cell> = Vec::new();
        let mut first = 0_u64;
        for (number, stage) in spec.stages.iter().enumerate() {
            let own = stage.profiles.get(profile);
            let all = Replicates::Each(replicates.unwrap_or(settings.replicates));
            let own_replicates = own.and_then(|own| own.replicates.as_ref());
            let of_cells = own_replicates.filter(|_| replicates.is_none()).unwrap_or(&all);
            let count = stage
                .grid
                .iter()
                .try_fold(1_u64, |count, (_, values)| count.checked_mul(values.len() as u64))
                .filter(|count| *count <= MAX_CELLS - cells.len() as u64)
                .ok_or_else(|| {
                    Error::capacity(format!(
                        "{}: the grid has more than {MAX_CELLS} cells; \
                         split it into several specifications",
                        spec.place
                    ))
                })?;
            let mut fixed = stage.parameters.clone();
            fixed.extend(settings.parameters.clone());
            fixed.extend(own.map(|own| own.parameters.clone()).unwrap_or_default());
            for cell in 0..count {
                let parameters = parameters(stage, &fixed, cell);
                let replicates = of_cells.of(&stage.grid, &parameters);
                cells.push(Cell { stage: number, parameters, replicates, first });
                first = first
                    .checked_add(replicates)
                    .filter(|tasks| *tasks <= MAX_TASKS)
                    .ok_or_else(|| {
                        Error::capacity(format!(
                            "{}: {count} cells with {replicates} replicates or more are beyond \
                             {MAX_TASKS} tasks; ask for fewer replicates or split the grid into \
                             several specifications",
                            spec.place
                        ))
                    })?;
            }
        }
        Ok(Self {
            sim: spec.id.clone(),
            simulator: spec.simulators(),
            profile: profile.to_owned(),
            seed: seed.unwrap_or(spec.seed),
            replicates: replicates.unwrap_or(settings.replicates),
            cells,
        })
    }

    /// Number of tasks.
    pub fn tasks(&self) -> u64 {
        self.cells.last().map_or(0, |cell| cell.first + cell.replicates)
    }

    /// The task of this number.
    pub fn key(&self, task: u64) -> TaskKey {
        let cell = self.cells.partition_point(|cell| cell.first <= task).saturating_sub(1);
        TaskKey { task, cell: cell as u64, replicate: task - self.cells[cell].first }
    }

    /// The tasks of a shard, in order.
    pub fn shard(&self, shard: Shard) -> impl Iterator<Item = TaskKey> + '_ {
        (shard.index..self.tasks()).step_by(shard.count as usize).map(|task| self.key(task))
    }

    /// SHA-256 of everything on which a record depends but the code and the inputs: two
    /// specifications with the same hash have the same records, whatever their titles and claims.
    pub fn sha256(&self) -> String {
        let cells: Vec<_> =
            self.cells.iter().map(|cell| (cell.stage, cell.replicates, &cell.parameters)).collect();
        let text = serde_json::json!({
            "schema": SCHEMA,
            "sim": self.sim,
            "simulator": self.simulator,
            "seed": self.seed,
            "cells": cells,
        })
        .to_string();
        hex(&Sha256::digest(text.as_bytes()))
    }
}

impl std::fmt::Display for TaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "task {} (cell {}, replicate {})", self.task, self.cell, self.replicate)
    }
}

/// The parameters of one cell: the number of the cell in the mixed radix of the grid, the last axis
/// varying fastest.
fn parameters(stage: &Stage, fixed: &Parameters, cell: u64) -> Parameters {
    let mut parameters = fixed.clone();
    let mut rest = cell as usize;
    for (key, values) in stage.grid.iter().rev() {
        parameters.insert(key.clone(), values[rest % values.len()].clone());
        rest /= values.len();
    }
    parameters
}

/// Part `index` of `count`: the tasks whose number is `index` modulo `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// The shard that holds every task.
    pub const WHOLE: Shard = Shard { index: 0, count: 1 };

    /// How many tasks of the shard come before this one of it; none for a task of another shard.
    pub fn rank(&self, task: u64) -> Option<u64> {
        self.holds(task).then_some(task / self.count)
    }

    /// True for a task of this shard.
    pub fn holds(&self, task: u64) -> bool {
        task % self.count == self.index
    }
}

impl std::str::FromStr for Shard {
    type Err = Error;

    /// Reads `i/n` with 0 <= i < n <= 65536.
    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let (index, count) = (index.parse().ok()?, count.parse().ok()?);
            (index < count && count <= 65_536).then_some(Self { index, count })
        };
        parse().ok_or_else(|| {
            Error::spec(format!(
                "shard `{text}`: expected i/n with 0 <= i < n <= 65536, such as 0/4"
            ))
        })
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}
