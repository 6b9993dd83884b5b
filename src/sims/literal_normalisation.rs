//! Littwin & Wolf 2016, Eq. (20), taken literally: branches divided by a deviation, no mean
//! subtracted.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, read_parameters,
};
use crate::random::Streams;

/// Draws N_1 = R(W_1 x) / sigma_1, N_l = N_{l-1} + R(W_l N_{l-1}) / sigma_l with sigma_l the mean
/// over units of the deviation over the batch of R(W_l N_{l-1}), or the same with every unit's mean
/// over the batch subtracted.
#[derive(Debug, Clone, Copy)]
pub struct LiteralNormalisation;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p.
    layers: usize,
    /// Units n of a layer and of the input.
    width: usize,
    /// Samples B.
    samples: usize,
    /// Whether the mean over the batch is subtracted.
    centred: bool,
}

impl Simulator for LiteralNormalisation {
    fn id(&self) -> &'static str {
        "literal-normalisation"
    }

    fn summary(&self) -> &'static str {
        "random residual networks whose branches are divided by one deviation per layer, with the \
         mean subtracted or not"
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable {
            name: "stream.energy",
            axes: &["layer"],
            unit: "1",
            definition: "mean over units and samples of N_l^2, l = 1..p",
        }]
    }

    fn views(&self) -> Vec<View> {
        Vec::new()
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, samples, .. } = settings;
        if !(1..=4096).contains(&layers)
            || !(2..=8192).contains(&width)
            || !(2..=65_536).contains(&samples)
        {
            return Err(Error::spec(format!(
                "parameters `layers`, `width`, `samples`: expected 1 to 4096, 2 to 8192 and 2 to \
                 65536, found {layers}, {width} and {samples}"
            )));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut rng = streams.stream("weights", "");
        let mut normals = |rows: usize, columns: usize| {
            DMatrix::from_fn(rows, columns, |_, _| -> f64 { StandardNormal.sample(&mut rng) })
        };
        let x = normals(self.width, self.samples);
        let mut stream = DMatrix::zeros(self.width, self.samples);
        let mut energy = Vec::with_capacity(self.layers);
        for layer in 0..self.layers {
            let input = if layer == 0 { &x } else { &stream };
            // the scale of W does not matter: sigma divides it out
            let mut branch = (normals(self.width, self.width) * input).map(|z| z.max(0.0));
            let mut deviation = 0.0;
            for mut unit in branch.row_iter_mut() {
                let mean = unit.mean();
                let variance = unit.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
                deviation += (variance / self.samples as f64).sqrt() / self.width as f64;
                if self.centred {
                    unit.add_scalar_mut(-mean);
                }
            }
            stream += branch / deviation;
            energy.push(stream.norm_squared() / stream.len() as f64);
        }
        sink.put("stream.energy", energy)?;
        sink.tick()
    }
}
