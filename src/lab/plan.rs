//! The plan: which tasks a specification asks for, as a pure function of it.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lab::provenance::hex;
use crate::lab::{Parameters, SCHEMA, Spec};

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
    /// The simulator's id.
    pub simulator: String,
    /// The name of the profile.
    pub profile: String,
    /// The seed of every stream.
    pub seed: u64,
    /// Replicates per cell.
    pub replicates: u64,
    /// The parameters of every cell.
    pub cells: Vec<Parameters>,
}

/// One task of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskKey {
    /// Number of the task: cell * replicates + replicate.
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
        let replicates = replicates.unwrap_or(settings.replicates);
        let cells = spec
            .grid
            .iter()
            .try_fold(1_u64, |count, (_, values)| count.checked_mul(values.len() as u64))
            .filter(|cells| *cells <= MAX_CELLS)
            .ok_or_else(|| {
                Error::capacity(format!(
                    "{}: the grid has more than {MAX_CELLS} cells; \
                     split it into several specifications",
                    spec.place
                ))
            })?;
        if cells.checked_mul(replicates).is_none_or(|tasks| tasks > MAX_TASKS) {
            return Err(Error::capacity(format!(
                "{}: {cells} cells with {replicates} replicates each are more than {MAX_TASKS} \
                 tasks; ask for fewer replicates or split the grid into several specifications",
                spec.place
            )));
        }
        let mut fixed = spec.parameters.clone();
        fixed.extend(settings.parameters.clone());
        Ok(Self {
            sim: spec.id.clone(),
            simulator: spec.simulator.clone(),
            profile: profile.to_owned(),
            seed: seed.unwrap_or(spec.seed),
            replicates,
            cells: (0..cells).map(|cell| parameters(spec, &fixed, cell)).collect(),
        })
    }

    /// Number of tasks.
    pub fn tasks(&self) -> u64 {
        self.cells.len() as u64 * self.replicates
    }

    /// The task of this number.
    pub fn key(&self, task: u64) -> TaskKey {
        TaskKey { task, cell: task / self.replicates, replicate: task % self.replicates }
    }

    /// The tasks of a shard, in order.
    pub fn shard(&self, shard: Shard) -> impl Iterator<Item = TaskKey> + '_ {
        (shard.index..self.tasks()).step_by(shard.count as usize).map(|task| self.key(task))
    }

    /// SHA-256 of everything on which a record depends but the code and the inputs: two
    /// specifications with the same hash have the same records, whatever their titles and claims.
    pub fn sha256(&self) -> String {
        let text = serde_json::json!({
            "schema": SCHEMA,
            "sim": self.sim,
            "simulator": self.simulator,
            "seed": self.seed,
            "replicates": self.replicates,
            "cells": self.cells,
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
fn parameters(spec: &Spec, fixed: &Parameters, cell: u64) -> Parameters {
    let mut parameters = fixed.clone();
    let mut rest = cell as usize;
    for (key, values) in spec.grid.iter().rev() {
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
