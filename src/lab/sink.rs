//! The sink: where a running replicate puts its observables and its costs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lab::{Fault, Observables, Value};

/// Collects the observables of one replicate, moves the progress bar, and passes on the wish to
/// stop. A replicate learns nothing else about the world through it.
pub struct Sink<'a> {
    observables: Observables,
    cost: BTreeMap<String, u64>,
    stop: &'a AtomicBool,
    on_tick: &'a (dyn Fn() + Sync),
}

impl<'a> Sink<'a> {
    /// A sink that reports each tick to `on_tick` and asks for an end once `stop` is set.
    pub fn new(stop: &'a AtomicBool, on_tick: &'a (dyn Fn() + Sync)) -> Self {
        Self { observables: Observables::new(), cost: BTreeMap::new(), stop, on_tick }
    }

    /// Stores an observable under its name.
    ///
    /// # Errors
    /// [`Fault::NonFinite`] if it holds a NaN or an infinity: these are not numbers in a record.
    pub fn put(&mut self, name: &str, value: impl Into<Value>) -> Result<(), Fault> {
        let value = value.into();
        if value.numbers().any(|x| !x.is_finite()) {
            return Err(Fault::NonFinite { at: name.to_owned() });
        }
        self.observables.insert(name.to_owned(), value);
        Ok(())
    }

    /// Adds to a cost counter.
    pub fn spend(&mut self, name: &str, count: u64) {
        *self.cost.entry(name.to_owned()).or_default() += count;
    }

    /// Marks one unit of work as done.
    ///
    /// # Errors
    /// [`Fault::Stopped`] when the laboratory wants to stop; pass it on.
    pub fn tick(&mut self) -> Result<(), Fault> {
        (self.on_tick)();
        if self.stop.load(Ordering::Relaxed) { Err(Fault::Stopped) } else { Ok(()) }
    }

    /// What was collected: observables and costs.
    pub fn into_parts(self) -> (Observables, BTreeMap<String, u64>) {
        (self.observables, self.cost)
    }
}
