//! Made-up records on a small design with the parameters of `sims/loss-surface.toml`.

use hessian::lab::{Fault, Outcome, Parameters, Record, Records, SCHEMA, Value};
use serde_json::json;

/// What a cell's replicate would have measured.
pub type Truth = fn(&Parameters, f64) -> Vec<(&'static str, Value)>;

/// Values that parameters must have.
pub type At = &'static [(&'static str, &'static str)];

/// The replicates of every made-up cell.
pub const REPLICATES: u64 = 4;

/// A change of one observable wherever the parameters have the given values.
pub struct Edit {
    pub at: At,
    pub observable: &'static str,
    pub change: fn(&mut [f64]),
}

/// Every stage with the least grid on which its claims can be judged; two cells of identities.
pub fn design() -> Vec<Parameters> {
    let mut cells = Vec::new();
    let mut add = |cell: serde_json::Value| match cell {
        serde_json::Value::Object(map) => cells.push(map.into_iter().collect()),
        other => panic!("{other} is no set of parameters"),
    };
    for data in ["gaussians", "letter"] {
        for arm in ["residual-bn", "residual", "plain-bn"] {
            add(json!({"stage": "training", "data": data, "arm": arm, "blocks": 10}));
        }
    }
    for blocks in [7, 15, 31] {
        for width in [64, 128, 256] {
            add(json!({"stage": "centred", "block": "centred", "blocks": blocks, "width": width}));
        }
    }
    for width in [128, 256, 512] {
        add(json!({"stage": "stream", "block": "centred", "blocks": 7, "width": width}));
    }
    for block in ["bn-relu", "relu", "relu-scaled"] {
        for blocks in [8, 16, 32, 64, 128, 256] {
            add(json!({"stage": "growth", "block": block, "blocks": blocks, "width": 128}));
        }
    }
    for width in [8, 12] {
        add(json!({"stage": "invariance", "width": width, "blocks": 3}));
    }
    crate::ensemble_cases::design().into_iter().for_each(&mut add);
    crate::initialisation_cases::design().into_iter().for_each(&mut add);
    crate::path_cases::design().into_iter().for_each(&mut add);
    crate::assumption_cases::design().into_iter().for_each(&mut add);
    crate::descent_cases::design().into_iter().for_each(&mut add);
    crate::critical_cases::design().into_iter().for_each(&mut add);
    crate::langevin_cases::design().into_iter().for_each(add);
    cells
}

/// The records of these cells, in the order of the plan.
pub fn made(cells: &[Parameters], replicates: u64, truth: Truth) -> Vec<Record> {
    let mut records = Vec::new();
    for (cell, parameters) in (0..).zip(cells) {
        for replicate in 0..replicates {
            let observables = truth(parameters, replicate as f64);
            records.push(Record {
                schema: SCHEMA,
                task: records.len() as u64,
                cell,
                replicate,
                parameters: parameters.clone().into(),
                outcome: Outcome::Done(
                    observables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                ),
                cost: Default::default(),
            });
        }
    }
    records
}

/// A parameter as a number; NaN if there is none.
pub fn number(parameters: &Parameters, name: &str) -> f64 {
    parameters.get(name).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN)
}

/// A parameter as a word; empty if there is none.
pub fn word<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    parameters.get(name).and_then(serde_json::Value::as_str).unwrap_or("")
}

/// Whether a record's parameters have these values.
pub fn is_at(record: &Record, at: At) -> bool {
    at.iter().all(|(name, value)| record.level(name).as_deref() == Some(*value))
}

/// The records with an edit made in the replicates for which `chosen` holds.
pub fn edited(mut records: Vec<Record>, edit: &Edit, chosen: impl Fn(u64) -> bool) -> Vec<Record> {
    let mut made = 0;
    for record in records.iter_mut().filter(|r| is_at(r, edit.at) && chosen(r.replicate)) {
        let Outcome::Done(observables) = &mut record.outcome else { continue };
        match observables.get_mut(edit.observable) {
            Some(Value::Number(x)) => (edit.change)(std::slice::from_mut(x)),
            Some(Value::Vector(v)) => (edit.change)(v),
            _ => continue,
        }
        made += 1;
    }
    assert!(made > 0, "no record at {:?} holds {}", edit.at, edit.observable);
    records
}

/// The records with a fault in place of every outcome for which `chosen` holds.
pub fn failed(mut records: Vec<Record>, chosen: impl Fn(&Record) -> bool) -> Vec<Record> {
    for record in records.iter_mut().filter(|record| chosen(record)) {
        record.outcome = Outcome::Failed(Fault::Diverged { at: "the loss".to_owned() });
    }
    records
}

/// Beside every cell a fault, a record without observables, and one whose observables have another
/// shape, as replicates of their own.
pub fn spoiled(records: Vec<Record>) -> Vec<Record> {
    let first: Vec<Record> = records.iter().filter(|r| r.replicate == 0).cloned().collect();
    let mut all = records;
    for record in first {
        let Outcome::Done(observables) = &record.outcome else { continue };
        let reshape = |value: &Value| match value {
            Value::Number(x) => Value::Vector(vec![*x]),
            other => Value::Matrix(vec![other.numbers().collect()]),
        };
        let reshaped = observables.iter().map(|(name, value)| (name.clone(), reshape(value)));
        let outcomes = [
            Outcome::Failed(Fault::NonFinite { at: "the loss".to_owned() }),
            Outcome::Done(Default::default()),
            Outcome::Done(reshaped.collect()),
        ];
        for (replicate, outcome) in (REPLICATES..).zip(outcomes) {
            let task = all.len() as u64;
            all.push(Record { task, replicate, outcome, ..record.clone() });
        }
    }
    all
}

/// The records with their task numbers shuffled, so that no two cells list their replicates, and no
/// grid its levels, in the same order.
pub fn shuffled(mut records: Vec<Record>) -> Vec<Record> {
    // the records by the fractional parts of multiples of the golden ratio, an irregular order
    let place = |i: usize| (i as f64 * 0.618_033_988_749_895).fract();
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
    for (task, index) in (0..).zip(order) {
        records[index].task = task;
    }
    records
}

/// The records without one replicate of each cell, another one in the next cell; two replicates are
/// left whole.
pub fn gapped(records: Vec<Record>) -> Vec<Record> {
    records.into_iter().filter(|r| r.replicate != r.cell % 2).collect()
}

/// Beside every cell another one with the same replicates, which differs in a parameter that no
/// claim knows, as if the grid had been extended by it.
pub fn extended(records: Vec<Record>) -> Vec<Record> {
    let count = records.len() as u64;
    let mut all = records;
    let mut others = all.clone();
    for record in &mut others {
        record.task += count;
        record.cell += count;
        std::sync::Arc::make_mut(&mut record.parameters).insert("temperature".to_owned(), json!(2));
    }
    all.extend(others);
    all
}

/// Without the records for which `chosen` holds.
pub fn without(records: Vec<Record>, chosen: impl Fn(&Record) -> bool) -> Vec<Record> {
    records.into_iter().filter(|record| !chosen(record)).collect()
}

/// As a claim reads them.
pub fn judged(id: &str, records: Vec<Record>) -> hessian::lab::Judgement {
    let claims = hessian::claims::registry();
    let claim = claims.iter().find(|claim| claim.id == id);
    claim.unwrap_or_else(|| panic!("there is no claim {id}")).judge(&Records::new(records))
}
