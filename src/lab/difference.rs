//! Two records of one task, held against each other bit for bit.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::lab::{Outcome, Record, Value};

/// In what a record differs from the one that was computed again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The first place where they part, such as `loss.train[3]`.
    pub at: String,
    /// What the record holds there, as JSON.
    pub recorded: String,
    /// What was computed there, as JSON.
    pub computed: String,
    /// How many numbers of the observables that both hold differ.
    pub numbers: u64,
    /// How many numbers the observables of both have in common.
    pub of: u64,
    /// The largest difference of two numbers, relative to the larger one.
    pub largest: f64,
}

impl Record {
    /// In what `computed` differs; none if both have the same bits. Observables come first, in the
    /// order of their names, then costs, then what a record says of itself.
    ///
    /// ```
    /// use hessian::lab::{Outcome, Record, Value};
    /// let record = |x: f64| Record {
    ///     schema: 1, task: 0, cell: 0, replicate: 0,
    ///     parameters: Default::default(),
    ///     outcome: Outcome::Done([("gap".to_owned(), Value::from(vec![1.0, x]))].into_iter().collect()),
    ///     cost: Default::default(),
    /// };
    /// assert_eq!(record(0.5).difference(&record(0.5)), None);
    /// let difference = record(0.5).difference(&record(0.25)).unwrap();
    /// assert_eq!((difference.at.as_str(), difference.numbers, difference.of), ("gap[1]", 1, 2));
    /// assert_eq!((difference.recorded.as_str(), difference.largest), ("0.5", 0.5));
    /// // a zero has a sign
    /// assert!(record(0.0).difference(&record(-0.0)).is_some());
    /// ```
    pub fn difference(&self, computed: &Record) -> Option<Difference> {
        let mut compare = Comparison::default();
        match (&self.outcome, &computed.outcome) {
            (Outcome::Done(there), Outcome::Done(here)) => {
                for name in there.keys().chain(here.keys()).collect::<BTreeSet<_>>() {
                    compare.values(name, there.get(name), here.get(name));
                }
            }
            (there, here) => compare.other("outcome", there, here),
        }
        for name in self.cost.keys().chain(computed.cost.keys()).collect::<BTreeSet<_>>() {
            compare.other(&format!("cost {name}"), &self.cost.get(name), &computed.cost.get(name));
        }
        let named = |record: &Record| (record.schema, record.task, record.cell, record.replicate);
        compare.other("schema, task, cell and replicate", &named(self), &named(computed));
        compare.other("parameters", &self.parameters, &computed.parameters);
        let Comparison { first, numbers, of, largest } = compare;
        first.map(|(at, recorded, computed)| Difference {
            at,
            recorded,
            computed,
            numbers,
            of,
            largest,
        })
    }
}

/// What was met so far.
#[derive(Debug, Default)]
struct Comparison {
    first: Option<(String, String, String)>,
    numbers: u64,
    of: u64,
    largest: f64,
}

impl Comparison {
    fn found(&mut self, at: &str, there: &impl Serialize, here: &impl Serialize) {
        if self.first.is_none() {
            self.first = Some((at.to_owned(), json(there), json(here)));
        }
    }

    fn other<T: PartialEq + Serialize>(&mut self, at: &str, there: &T, here: &T) {
        if there != here {
            self.found(at, there, here);
        }
    }

    /// Values of one observable, entry by entry as far as both go.
    fn values(&mut self, at: &str, there: Option<&Value>, here: Option<&Value>) {
        match (there, here) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => self.number(at, *a, *b),
            (Some(Value::Vector(a)), Some(Value::Vector(b))) => {
                self.vector(at, a, b);
                self.length(at, a.len(), b.len());
            }
            (Some(Value::Matrix(a)), Some(Value::Matrix(b))) => {
                for (row, (a, b)) in a.iter().zip(b).enumerate() {
                    let at = format!("{at}[{row}]");
                    self.vector(&at, a, b);
                    self.length(&at, a.len(), b.len());
                }
                self.length(at, a.len(), b.len());
            }
            // one of them has another shape, or none
            _ => self.other(at, &there, &here),
        }
    }

    fn vector(&mut self, at: &str, there: &[f64], here: &[f64]) {
        for (index, (a, b)) in there.iter().zip(here).enumerate() {
            self.number(&format!("{at}[{index}]"), *a, *b);
        }
    }

    fn length(&mut self, at: &str, there: usize, here: usize) {
        self.other(&format!("length of {at}"), &there, &here);
    }

    fn number(&mut self, at: &str, there: f64, here: f64) {
        self.of += 1;
        if there.to_bits() != here.to_bits() {
            self.numbers += 1;
            let larger = there.abs().max(here.abs());
            if larger > 0.0 {
                self.largest = self.largest.max((there - here).abs() / larger);
            }
            self.found(at, &there, &here);
        }
    }
}

/// Short enough for a message: an array that only one of them has may be long.
fn json(value: &impl Serialize) -> String {
    const MOST: usize = 200;
    let text = serde_json::to_string(value).expect("records are writable");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
