//! Which cells a hypothesis reads: exactly those that it names, or an error that says why not.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::lab::Parameters;
use crate::lab::hypothesis::{Arms, Hypothesis, Law, Statistic};
use crate::lab::records::shown;
use crate::lab::spec::did_you_mean;

/// A cell of a plan or of records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    /// Its number.
    pub number: u64,
    /// Its parameters.
    pub parameters: &'a Parameters,
}

/// The cells that one finding reads, and what it is called.
#[derive(Debug)]
pub(super) struct Slice<'a> {
    /// The values of the parameters by which findings are separated.
    pub name: String,
    /// The cells.
    pub cells: Role<'a>,
}

/// What the cells of a slice are to each other.
#[derive(Debug)]
pub(super) enum Role<'a> {
    /// The only one.
    One(Cell<'a>),
    /// The two arms of a comparison.
    Pair {
        /// What is compared with.
        from: Cell<'a>,
        /// What is compared.
        to: Cell<'a>,
    },
    /// Cells along a parameter, with its values, from the smallest on if they are numbers.
    Along(Vec<(&'a Value, Cell<'a>)>),
}

impl Hypothesis {
    /// The slices of these cells.
    pub(super) fn slices<'a>(&self, cells: &[Cell<'a>]) -> Result<Vec<Slice<'a>>> {
        let chosen = narrowed("where", &self.wanted, cells)?;
        for key in &self.by {
            check_key("by", key, &chosen)?;
        }
        let mut groups: Vec<(Vec<&Value>, Vec<Cell<'a>>)> = Vec::new();
        for cell in &chosen {
            let levels =
                self.by.iter().map(|key| level(*cell, key, "by")).collect::<Result<_>>()?;
            match groups.iter_mut().find(|(known, _)| *known == levels) {
                Some((_, group)) => group.push(*cell),
                None => groups.push((levels, vec![*cell])),
            }
        }
        groups
            .into_iter()
            .map(|(levels, group)| {
                let name = self.name(&levels);
                let cells = self.role(&group).map_err(|error| match name.is_empty() {
                    true => error,
                    false => error.at(&name),
                })?;
                let name = if name.is_empty() { "all".to_owned() } else { name };
                Ok(Slice { name, cells })
            })
            .collect()
    }

    /// `data = letter, width = 8`; the chosen values where nothing is separated.
    fn name(&self, levels: &[&Value]) -> String {
        let parts: Vec<String> = if self.by.is_empty() {
            self.wanted.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect()
        } else {
            let pairs = self.by.iter().zip(levels);
            pairs.map(|(key, value)| format!("{key} = {}", shown(value))).collect()
        };
        parts.join(", ")
    }

    /// The parameter along which cells are read, if `against` names one.
    pub(super) fn along(&self, cells: &[Cell<'_>]) -> Option<&str> {
        let key = match &self.statistic {
            Statistic::Mean { along } => along.as_deref()?,
            Statistic::Slope { against, .. } | Statistic::RankCorrelation { against } => against,
            _ => return None,
        };
        let named = cells.iter().any(|cell| cell.parameters.contains_key(key));
        (named || matches!(self.statistic, Statistic::Mean { .. })).then_some(key)
    }

    /// The arms that are compared.
    fn arms(&self) -> Option<&Arms> {
        match &self.statistic {
            Statistic::PairedDifference(arms)
            | Statistic::LogRatio(arms)
            | Statistic::EqualityInLaw(Law::Same(arms)) => Some(arms),
            _ => None,
        }
    }

    fn role<'a>(&self, group: &[Cell<'a>]) -> Result<Role<'a>> {
        if let Some(arms) = self.arms() {
            let mut found = Vec::new();
            for (what, arm) in arms.both() {
                let cells = narrowed(what, arm, group)?;
                found.push(only(&cells, what)?);
            }
            let (from, to) = (found[0], found[1]);
            let named = |key: &String| arms.from.contains_key(key) || arms.to.contains_key(key);
            let differing = differences(&[from, to]);
            if let Some(key) = differing.iter().find(|key| !named(key)) {
                return Err(Error::spec(format!(
                    "the cells of `from` and `to` differ in `{key}` as well; \
                     name it in both if that is meant"
                )));
            }
            if from.number == to.number {
                return Err(Error::spec("`from` and `to` are the same cell"));
            }
            return Ok(Role::Pair { from, to });
        }
        let Some(key) = self.along(group) else {
            return Ok(Role::One(only(group, "this claim")?));
        };
        check_key("against", key, group)?;
        let mut along: Vec<(&Value, Cell<'a>)> = Vec::new();
        for cell in group {
            let value = level(*cell, key, "against")?;
            if let Some((_, other)) = along.iter().find(|(known, _)| same(known, value)) {
                return Err(Error::spec(format!(
                    "several cells have {key} = {}; {}",
                    shown(value),
                    told_apart(&[*other, *cell])
                )));
            }
            along.push((value, *cell));
        }
        if along.len() < 2 {
            return Err(Error::spec(format!(
                "`against` needs at least two values of `{key}`, found {}",
                along.len()
            )));
        }
        if along.iter().all(|(value, _)| value.is_number()) {
            let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
            along.sort_by(|a, b| number(a.0).total_cmp(&number(b.0)));
        }
        Ok(Role::Along(along))
    }
}

/// The cells that have these values.
fn narrowed<'a>(what: &str, wanted: &Parameters, cells: &[Cell<'a>]) -> Result<Vec<Cell<'a>>> {
    let mut chosen = cells.to_vec();
    for (key, value) in wanted {
        check_key(what, key, cells)?;
        let known: Vec<&Value> = cells.iter().filter_map(|cell| cell.parameters.get(key)).collect();
        let alternatives: Vec<&Value> = match value {
            Value::Array(list) if !known.iter().any(|one| same(one, value)) => {
                list.iter().collect()
            }
            one => vec![one],
        };
        for one in &alternatives {
            if !known.iter().any(|cell| same(cell, one)) {
                let mut seen = HashSet::new();
                let mut words: Vec<String> = known.iter().map(|value| shown(value)).collect();
                words.retain(|word| seen.insert(word.clone()));
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                return Err(Error::spec(format!(
                    "{what}.{key} = {one}: no cell has this value{}; there are: {}",
                    did_you_mean(&shown(one), &words),
                    words.join(", ")
                )));
            }
        }
        chosen.retain(|cell| {
            let here = cell.parameters.get(key);
            here.is_some_and(|here| alternatives.iter().any(|one| same(here, one)))
        });
    }
    if chosen.is_empty() {
        let wanted: Vec<String> =
            wanted.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect();
        return Err(Error::spec(format!("{what}: no cell has {}", wanted.join(" and "))));
    }
    Ok(chosen)
}

fn check_key(what: &str, key: &str, cells: &[Cell<'_>]) -> Result<()> {
    let known: BTreeSet<&str> =
        cells.iter().flat_map(|cell| cell.parameters.keys().map(String::as_str)).collect();
    if known.contains(key) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(Error::spec(format!(
        "{what}: no cell has a parameter `{key}`{}; there are: {}",
        did_you_mean(key, &known),
        known.join(", ")
    )))
}

fn level<'a>(cell: Cell<'a>, key: &str, what: &str) -> Result<&'a Value> {
    cell.parameters.get(key).ok_or_else(|| {
        let stage = cell.parameters.get("stage").map_or_else(String::new, |stage| {
            format!(" of stage {}; choose stages with where.stage", shown(stage))
        });
        Error::spec(format!("{what}: cell {} has no parameter `{key}`{stage}", cell.number))
    })
}

/// The only cell; several are never pooled silently.
fn only<'a>(cells: &[Cell<'a>], what: &str) -> Result<Cell<'a>> {
    match cells {
        [cell] => Ok(*cell),
        _ => Err(Error::spec(format!(
            "{what} reads one cell, and {} are chosen; {}",
            cells.len(),
            told_apart(cells)
        ))),
    }
}

fn told_apart(cells: &[Cell<'_>]) -> String {
    format!(
        "they differ in {}: choose one value in `where`, or add the parameter to `by`",
        differences(cells).iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
    )
}

/// The parameters in which cells differ.
fn differences(cells: &[Cell<'_>]) -> Vec<String> {
    let keys: BTreeSet<&String> = cells.iter().flat_map(|cell| cell.parameters.keys()).collect();
    let first = |key: &str| cells[0].parameters.get(key);
    keys.into_iter()
        .filter(|key| cells.iter().any(|cell| cell.parameters.get(*key) != first(key)))
        .cloned()
        .collect()
}

/// Equal as numbers, whether written 1 or 1.0, or else as they stand.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}
