//! A template for a new simulator: the simple random walk.

use hessian::error::{Error, Result};
use hessian::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, read_parameters,
};
use hessian::random::Streams;
use rand::RngExt;
use serde::Deserialize;

/// S_t = X_1 + ... + X_t with independent fair signs X.
#[derive(Debug, Clone, Copy)]
pub struct RandomWalk;

/// The parameters that a specification may give; an unknown one is refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Number of steps.
    steps: u64,
}

impl Simulator for RandomWalk {
    fn id(&self) -> &'static str {
        "random-walk"
    }

    fn summary(&self) -> &'static str {
        "a walk of fair signs: where it ends and how often it was at 0"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("end", "S_n, the sum of all steps"),
            number("returns", "number of t from 1 to n with S_t = 0"),
        ]
    }

    fn views(&self) -> Vec<View> {
        Vec::new()
    }

    // everything that can be wrong with parameters is found here, before any work
    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        if !(1..=1_000_000).contains(&settings.steps) {
            return Err(Error::spec(format!(
                "parameter `steps`: expected 1 to 1000000, found {}",
                settings.steps
            )));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        1
    }

    // a pure function of parameters and streams: no clock, no files, no other replicate
    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut stream = streams.stream("steps", "");
        let (mut place, mut returns) = (0_i64, 0_u32);
        for _ in 0..self.steps {
            place += if stream.random::<bool>() { 1 } else { -1 };
            returns += u32::from(place == 0);
        }
        sink.spend("steps", self.steps);
        sink.put("end", place as f64)?;
        sink.put("returns", f64::from(returns))?;
        sink.tick()
    }
}
