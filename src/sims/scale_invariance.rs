//! Weights in front of a batch norm: what their length does to gradient, Hessian and training.

use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::data::gaussian_mixture;
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, read_parameters,
};
use crate::network::{
    Activation, Batch, Description, Layer, Loss, Normalization, Point, Program, Scale, State,
};
use crate::random::Streams;

/// Checks Euler's identities of a batch-norm network (eps = 0) on random draws.
#[derive(Debug, Clone, Copy)]
pub struct ScaleInvariance;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Hidden units.
    width: usize,
    /// Residual blocks.
    blocks: usize,
    /// Samples.
    samples: usize,
    /// Steps of plain gradient descent for the growth of the weights.
    steps: u64,
    /// Learning rate of these steps.
    rate: f64,
    /// The factor c on the weights.
    factor: f64,
}

const FEATURES: usize = 6;
const CLASSES: usize = 3;

impl Simulator for ScaleInvariance {
    fn id(&self) -> &'static str {
        "scale-invariance"
    }

    fn summary(&self) -> &'static str {
        "small batch-norm networks without stabiliser: Euler's identities and the growth of weights"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("euler.gradient", "largest |g . w| / (|g| |w|) over layers before a batch norm"),
            number(
                "euler.hessian",
                "largest |c^2 H(c w) - H(w)|_max / |H(w)|_max over the diagonal blocks of layers \
                 before a batch norm, each block whole",
            ),
            number(
                "euler.growth",
                "largest over layers of | |w_T|^2 - |w_0|^2 - rate^2 sum_t |g_t|^2 | relative to \
                 rate^2 sum_t |g_t|^2, T steps of gradient descent without momentum or decay",
            ),
            number(
                "weights.growth",
                "mean over layers before a batch norm of |w_T|^2 / |w_0|^2: what these steps add",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        Vec::new()
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { width, blocks, samples, steps, rate, factor, .. } = settings;
        if !(2..=64).contains(&width) || !(1..=16).contains(&blocks) {
            return Err(Error::spec(format!(
                "parameters `width` and `blocks`: expected 2 to 64 and 1 to 16, since every block \
                 of the Hessian is made whole; found {width} and {blocks}"
            )));
        }
        if !(8..=4096).contains(&samples) || !(1..=100_000).contains(&steps) {
            return Err(Error::spec(format!(
                "parameters `samples` and `steps`: expected 8 to 4096 and 1 to 100000; \
                 found {samples} and {steps}"
            )));
        }
        if !(rate > 0.0 && rate <= 1.0 && (0.1..=10.0).contains(&factor)) {
            return Err(Error::spec(format!(
                "parameters `rate` and `factor`: expected (0, 1] and [0.1, 10]; \
                 found {rate} and {factor}"
            )));
        }
        let linear = |out, bias| Layer::Linear { out, bias };
        let norm = Layer::BatchNorm { eps: 0.0, momentum: 0.1 };
        let relu = Layer::Activation(Activation::Relu);
        let mut layers = vec![linear(width, false), norm.clone(), relu.clone()];
        let branch = vec![linear(width, false), norm, relu];
        let block = Layer::Residual { scale: Scale::Fixed(1.0), branch, shortcut: Vec::new() };
        layers.extend(std::iter::repeat_n(block, blocks));
        layers.push(linear(CLASSES, true));
        let program = Program::new(&Description {
            input: FEATURES.into(),
            loss: Loss::CrossEntropy,
            layers,
        })?;
        Ok(Box::new(Prepared { settings, program }))
    }
}

struct Prepared {
    settings: Settings,
    program: Program,
}

impl Prepared {
    /// The weight matrices in front of a batch norm: all but the last.
    fn normalised_weights(&self) -> Vec<std::ops::Range<usize>> {
        let tensors = self.program.layout.tensors();
        let matrices = tensors.iter().filter(|tensor| tensor.shape.len() == 2);
        let mut ranges: Vec<_> = matrices.map(|tensor| tensor.range()).collect();
        ranges.pop();
        ranges
    }

    fn point<'a>(&'a self, state: &'a State<f64>, batch: &Batch<f64>) -> Point<'a, f64> {
        Point::new(&self.program, state, Normalization::Batch, batch)
            .expect("the batch was made for this network")
    }

    /// The diagonal block of the Hessian over one range of parameters, column by column.
    fn block(
        &self,
        point: &Point<'_, f64>,
        range: &std::ops::Range<usize>,
        sink: &mut Sink<'_>,
    ) -> Vec<f64> {
        let mut direction = vec![0.0; self.program.parameters()];
        let mut block = Vec::with_capacity(range.len() * range.len());
        for j in range.clone() {
            direction[j] = 1.0;
            block.extend_from_slice(&point.hessian_product(&direction)[range.clone()]);
            direction[j] = 0.0;
        }
        sink.spend("products", range.len() as u64);
        block
    }
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        2
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut data = streams.stream("data", "");
        let data = gaussian_mixture(&mut data, CLASSES, FEATURES, self.settings.samples, 0.5)
            .expect("prepare checked the sizes");
        let batch = Batch::all(&data);
        let mut rng = streams.stream("weights", "");
        let mut state = State::<f64>::initial(&self.program, &mut rng);
        // gains and shifts away from 1 and 0, so that no identity holds by the start value alone
        for p in &mut state.parameters {
            let z: f64 = StandardNormal.sample(&mut rng);
            *p += 0.1 * z;
        }

        let (mut orthogonal, mut scaling) = (0.0_f64, 0.0_f64);
        let point = self.point(&state, &batch).with_curvature();
        for range in self.normalised_weights() {
            let (w, g) = (&state.parameters[range.clone()], &point.gradient()[range.clone()]);
            orthogonal = orthogonal.max(dot(w, g).abs() / (dot(w, w) * dot(g, g)).sqrt());
            let mut scaled = state.clone();
            scaled.parameters[range.clone()].iter_mut().for_each(|w| *w *= self.settings.factor);
            let there = self.point(&scaled, &batch).with_curvature();
            let (here, there) =
                (self.block(&point, &range, sink), self.block(&there, &range, sink));
            let top = here.iter().fold(0.0_f64, |top, h| top.max(h.abs()));
            let c2 = self.settings.factor * self.settings.factor;
            let miss = here.iter().zip(&there).fold(0.0_f64, |m, (h, t)| m.max((c2 * t - h).abs()));
            scaling = scaling.max(miss / top);
        }
        sink.put("euler.gradient", orthogonal)?;
        sink.put("euler.hessian", scaling)?;
        sink.tick()?;

        let ranges = self.normalised_weights();
        let norms = |state: &State<f64>| -> Vec<f64> {
            ranges
                .iter()
                .map(|r| dot(&state.parameters[r.clone()], &state.parameters[r.clone()]))
                .collect()
        };
        let start = norms(&state);
        let mut added = vec![0.0; ranges.len()];
        let rate = self.settings.rate;
        for _ in 0..self.settings.steps {
            let gradient = self.point(&state, &batch).gradient().to_vec();
            for (sum, range) in added.iter_mut().zip(&ranges) {
                *sum += rate * rate * dot(&gradient[range.clone()], &gradient[range.clone()]);
            }
            for (w, g) in state.parameters.iter_mut().zip(&gradient) {
                *w -= rate * g;
            }
        }
        sink.spend("gradient steps", self.settings.steps);
        let end = norms(&state);
        let growth = end.iter().zip(&start).zip(&added);
        let miss = growth.map(|((end, start), added)| (end - start - added).abs() / added);
        sink.put("euler.growth", miss.fold(0.0, f64::max))?;
        let ratio: f64 = end.iter().zip(&start).map(|(end, start)| end / start).sum();
        sink.put("weights.growth", ratio / ranges.len() as f64)?;
        sink.tick()
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
