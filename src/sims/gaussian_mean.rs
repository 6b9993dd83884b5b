//! The mean of standard normals: a simulator whose law is known, on which the laboratory tests
//! itself.

use rand::distr::Distribution;
use rand_distr::StandardNormal;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Draws `n` standard normals, adds `shift` to each, and records their mean and variance.
#[derive(Debug, Clone, Copy)]
pub struct GaussianMean;

/// Numbers between two ticks; chosen here so that a stop is obeyed within a millisecond.
const BLOCK: u64 = 1000;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Number of draws, at least 2.
    n: u64,
    /// What is added to every draw; cells that differ in it share their draws.
    #[serde(default)]
    shift: f64,
    /// A mean below this is a fault, which tests the counting of faults.
    fail_below: Option<f64>,
}

impl Simulator for GaussianMean {
    fn id(&self) -> &'static str {
        "gaussian-mean"
    }

    fn summary(&self) -> &'static str {
        "draws normal numbers of unit variance and records their mean and variance"
    }

    fn observables(&self) -> Vec<Observable> {
        let observable = |name, axes, definition| Observable { name, axes, unit: "1", definition };
        vec![
            observable("mean", &[], "arithmetic mean of the n draws"),
            observable("variance", &[], "sum of squared deviations from the mean, over n - 1"),
            observable("draws", &["checkpoint"], "number of draws so far"),
            observable("mean.running", &["checkpoint"], "arithmetic mean of the draws so far"),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "running-mean",
            title: "Mean of the draws so far",
            caption: "It tends to the shift, and its interval shrinks like one over the root of n.",
            at: &[],
            panels: "n",
            colours: "shift",
            kind: ViewKind::Curve {
                x: "draws",
                y: "mean.running",
                x_title: "draws",
                y_title: "mean",
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        if !(2..=100_000_000).contains(&settings.n) {
            return Err(Error::spec(format!(
                "parameter `n`: expected 2 to 100000000 draws, found {}",
                settings.n
            )));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.n.div_ceil(BLOCK)
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut stream = streams.stream("draws", "");
        // Welford 1962: one pass, no cancellation
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        let (mut draws, mut running) = (Vec::new(), Vec::new());
        for block in 0..self.ticks() {
            let size = BLOCK.min(self.n - block * BLOCK);
            for _ in 0..size {
                let normal: f64 = StandardNormal.sample(&mut stream);
                let draw = self.shift + normal;
                count += 1.0;
                let deviation = draw - mean;
                mean += deviation / count;
                squares += deviation * (draw - mean);
            }
            sink.spend("draws", size);
            draws.push(count);
            running.push(mean);
            sink.tick()?;
        }
        if self.fail_below.is_some_and(|bound| mean < bound) {
            return Err(Fault::Diverged { at: "mean".to_owned() });
        }
        sink.put("mean", mean)?;
        sink.put("variance", squares / (count - 1.0))?;
        sink.put("draws", draws)?;
        sink.put("mean.running", running)
    }
}
