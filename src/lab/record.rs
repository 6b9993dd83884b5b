//! Records: what a replicate returned, one JSON line per task.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The parameters of one cell: the fixed ones of the specification with one point of the grid.
pub type Parameters = BTreeMap<String, serde_json::Value>;

/// Observables by name, in the order of their names. A run may have millions of these maps with few
/// entries each, which a tree would keep in nodes for eleven.
pub type Observables = litemap::LiteMap<String, Value>;

/// The schema number written into every record; raised whenever a line changes its meaning.
pub const SCHEMA: u32 = 1;

/// The oldest schema that is still read: the first one.
const OLDEST: u32 = 1;

/// Why records of a schema cannot be read, if they cannot.
pub(crate) fn check_schema(found: u32) -> std::result::Result<(), String> {
    if found > SCHEMA {
        Err(format!(
            "schema {found} is of a later version of hessian, this one reads up to {SCHEMA}; read it \
             with the version that wrote it, or a later one"
        ))
    } else if found < OLDEST {
        Err(format!(
            "schema {found} is older than the oldest that this version reads, {OLDEST}; read it with \
             the version that wrote it"
        ))
    } else {
        Ok(())
    }
}

/// What one task returned. Its line is the same whatever the machine, the threads or the shards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`SCHEMA`] of the writer.
    pub schema: u32,
    /// Number of the task in the plan: that of its cell's first task + replicate.
    pub task: u64,
    /// Number of the cell.
    pub cell: u64,
    /// Number of the replicate within the cell.
    pub replicate: u64,
    /// The cell's parameters.
    ///
    /// Shared by the records of a cell, as they are read.
    pub parameters: Arc<Parameters>,
    /// What came out.
    pub outcome: Outcome,
    /// What it cost, by name: products, gradient steps; exact counts, no times.
    ///
    /// Shared by neighbours that cost the same, as they are read.
    pub cost: Arc<BTreeMap<String, u64>>,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Observables by name.
    Done(Observables),
    /// Numerical trouble, which is counted and never hidden.
    Failed(Fault),
}

/// The value of an observable: a number, or an array with one or two axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// An array with one axis.
    Vector(Vec<f64>),
    /// An array with two axes, row by row.
    Matrix(Vec<Vec<f64>>),
}

impl Value {
    /// Every number of the value, row by row.
    pub fn numbers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Value::Number(x) => Box::new(std::iter::once(*x)),
            Value::Vector(v) => Box::new(v.iter().copied()),
            Value::Matrix(m) => Box::new(m.iter().flatten().copied()),
        }
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Value::Number(x)
    }
}

impl From<Vec<f64>> for Value {
    fn from(v: Vec<f64>) -> Self {
        Value::Vector(v)
    }
}

impl From<Vec<Vec<f64>>> for Value {
    fn from(m: Vec<Vec<f64>>) -> Self {
        Value::Matrix(m)
    }
}

/// Numerical trouble inside a replicate: an outcome, not an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A number became NaN or infinite.
    #[error("{at} is not finite")]
    NonFinite {
        /// The quantity and the place.
        at: String,
    },
    /// An iteration reached its limit without meeting its tolerance.
    #[error("{at} did not converge in {limit} iterations")]
    NoConvergence {
        /// The algorithm.
        at: String,
        /// Its limit.
        limit: u64,
    },
    /// Training left the region where its loss means anything.
    #[error("{at} diverged")]
    Diverged {
        /// The quantity and the place.
        at: String,
    },
    /// The laboratory asked the replicate to stop; never written to a record.
    #[error("stopped before its end")]
    Stopped,
}

impl Record {
    /// Shares with its neighbour what both have in common, and gives back the room that reading
    /// left: of a million records most is the same.
    pub(crate) fn settle(&mut self, neighbour: Option<&Record>) {
        if let Some(other) = neighbour {
            if self.parameters == other.parameters {
                self.parameters = Arc::clone(&other.parameters);
            }
            if self.cost == other.cost {
                self.cost = Arc::clone(&other.cost);
            }
        }
        if let Outcome::Done(observables) = &mut self.outcome {
            let mut pairs = std::mem::take(observables).into_tuple_vec();
            pairs.shrink_to_fit();
            *observables = Observables::from_sorted_store_unchecked(pairs);
        }
    }

    /// A parameter as text: strings without quotes, everything else as JSON.
    pub fn level(&self, parameter: &str) -> Option<String> {
        crate::lab::level(&self.parameters, parameter)
    }

    /// An observable, if the task is done and holds it.
    pub fn get(&self, observable: &str) -> Option<&Value> {
        match &self.outcome {
            Outcome::Done(observables) => observables.get(observable),
            Outcome::Failed(_) => None,
        }
    }

    /// An observable with one axis.
    pub fn vector(&self, observable: &str) -> Option<&[f64]> {
        match self.get(observable)? {
            Value::Vector(v) => Some(v),
            _ => None,
        }
    }

    /// An observable with two axes.
    pub fn matrix(&self, observable: &str) -> Option<&[Vec<f64>]> {
        match self.get(observable)? {
            Value::Matrix(m) => Some(m),
            _ => None,
        }
    }

    /// An observable that is a number.
    pub fn number(&self, observable: &str) -> Option<f64> {
        match self.get(observable)? {
            Value::Number(x) => Some(*x),
            _ => None,
        }
    }
}
