//! Random residual networks at initialisation, with and without batch norm.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::data::{Dataset, Targets};
use crate::depth::{Gains, fitted_beta, forward_lengths, reverse_lengths};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::network::{
    Activation, Batch, Description, Layer, Loss, Normalization, Point, Program, Scale, State,
};
use crate::random::Streams;

/// Draws a residual network and a batch of Gaussian inputs, and measures how signal and gradient
/// spread over path lengths before any training.
#[derive(Debug, Clone, Copy)]
pub struct Initialisation;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Which residual block.
    block: Block,
    /// Number of residual blocks L.
    blocks: usize,
    /// Features n of every layer and of the input.
    width: usize,
    /// Samples B of the batch; as many as features where it is not given.
    samples: Option<usize>,
    /// Whether to split signal and gradient by path length, at a cost of order L^2.
    lengths: bool,
}

/// The residual blocks that papers differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Block {
    /// h + BN(relu(W h)) after a first layer BN(relu(W x)): Littwin & Wolf 2016, Eq. (20), with the
    /// mean subtracted.
    Centred,
    /// h + W relu(BN(h)): pre-activation, De & Smith 2020.
    BnRelu,
    /// h + W relu(h).
    Relu,
    /// h + W relu(h) / sqrt(L).
    ReluScaled,
}

impl Block {
    fn description(self, settings: &Settings) -> Description {
        let linear = || Layer::Linear { out: settings.width, bias: false };
        let relu = || Layer::Activation(Activation::Relu);
        let norm = || Layer::BatchNorm { eps: 0.0, momentum: 0.1 };
        let branch = match self {
            Self::Centred => vec![linear(), relu(), norm()],
            Self::BnRelu => vec![norm(), relu(), linear()],
            Self::Relu | Self::ReluScaled => vec![relu(), linear()],
        };
        let scale = match self {
            Self::ReluScaled => Scale::Fixed(1.0 / (settings.blocks as f64).sqrt()),
            _ => Scale::Fixed(1.0),
        };
        let mut layers = if self == Self::Centred { branch.clone() } else { Vec::new() };
        let block = Layer::Residual { scale, branch, shortcut: Vec::new() };
        layers.extend(std::iter::repeat_n(block, settings.blocks));
        // the last linear layer has no ReLU behind it and another variance: keep it off the blocks
        layers.push(linear());
        Description { input: settings.width.into(), loss: Loss::Squared, layers }
    }
}

impl Settings {
    fn samples(&self) -> usize {
        self.samples.unwrap_or(self.width)
    }
}

impl Simulator for Initialisation {
    fn id(&self) -> &'static str {
        "initialisation"
    }

    fn summary(&self) -> &'static str {
        "random residual networks before training: stream energies and effective depth"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        let series = |name, axes, definition| Observable { name, axes, unit: "1", definition };
        vec![
            series(
                "stream.energy",
                &["layer"],
                "mean over units and samples of the squared residual stream after l blocks, \
                 l = 0..L: E N_l^2 of Littwin & Wolf 2016, Sec. 4.1",
            ),
            series(
                "stream.variance",
                &["layer"],
                "mean over units of the stream's variance over the batch after l blocks, l = 0..L",
            ),
            number(
                "depth.gains",
                "D1 = sum_l a_l / (1 + a_l) with a_l the squared gain of branch l on the gradient of a \
                 loss whose adjoint at the outputs is Gaussian and independent of the network",
            ),
            number(
                "depth.signal",
                "D5 = sum_l |F_l|^2 / (|F_l|^2 + |h_l|^2), branch F_l against stream h_l",
            ),
            number(
                "depth.forward",
                "mean path length r = 1 + k of the last stream, weighted by the energy of the part \
                 that came through k branches (gates and batch statistics of the true pass)",
            ),
            number("depth.forward.sd", "standard deviation of r under the same weights"),
            number(
                "depth.reverse",
                "mean number k of branches of the gradient at the first stream, weighted by the \
                 squared norm of the part that came back through k branches",
            ),
            number(
                "depth.beta",
                "the beta at which the epsilon series of L + 1 layers (Littwin & Wolf 2016, Eq. 16) \
                 has the mean depth.forward",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "width",
            colours: "block",
            kind: ViewKind::Trend {
                x: "blocks",
                y,
                x_title: "residual blocks L",
                y_title,
                log_x: true,
                log_y: true,
            },
        };
        vec![
            view(
                "initial-depth",
                "Effective depth of the gradient before training",
                "Without batch norm half of the blocks; with it a logarithm; with branches scaled \
                 by 1 / sqrt(L) about one (O-08).",
                "depth.gains",
                "effective depth D1 (branches)",
            ),
            view(
                "initial-lengths",
                "Mean path length of the signal before training, centred batch norm",
                "P25 expects the harmonic number H_p, p = L + 1; D-01 expects the recursion with \
                 correlated lengths.",
                "depth.forward",
                "mean path length r (layers)",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let range = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::spec(format!("parameter `{name}`: expected {low} to {high}, found {value}")))
        };
        range("blocks", settings.blocks, 1, 4096)?;
        range("width", settings.width, 2, 8192)?;
        range("samples", settings.samples(), 2, 65_536)?;
        let program = Program::new(&settings.block.description(&settings))?;
        Ok(Box::new(Prepared { settings, program }))
    }
}

struct Prepared {
    settings: Settings,
    program: Program,
}

impl Prepared {
    fn point<'a>(&'a self, state: &'a State<f64>, batch: &Batch<f64>) -> Point<'a, f64> {
        Point::new(&self.program, state, Normalization::Batch, batch)
            .expect("the batch was made for this network")
    }
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let (width, samples) = (self.settings.width, self.settings.samples());
        let normal = |role: &str, count: usize| -> Vec<f64> {
            let mut rng = streams.stream(role, "");
            (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
        };
        let state = State::<f64>::initial(&self.program, &mut streams.stream("weights", ""));
        let inputs = DMatrix::from_vec(width, samples, normal("inputs", width * samples));
        // The outputs come first, then targets that make the outputs' adjoint a Gaussian that
        // knows nothing of the network: an adjoint made of the outputs would share their gates.
        // It has the size of the outputs, which may be 2^L: nothing here depends on its size, and
        // a smaller one would drown in their rounding.
        let outputs = {
            let zero = Targets::Values(DMatrix::zeros(width, samples));
            let batch = Batch::all(&Dataset { inputs: inputs.clone(), targets: zero });
            let point = self.point(&state, &batch);
            DMatrix::from_column_slice(width, samples, point.value(self.program.output()))
        };
        let size = outputs.norm() / ((width * samples) as f64).sqrt();
        let adjoint = DMatrix::from_vec(width, samples, normal("adjoint", width * samples));
        let targets = Targets::Values(outputs - adjoint * size);
        let batch = Batch::all(&Dataset { inputs, targets });
        let point = self.point(&state, &batch);
        sink.spend("forward passes", 2);

        let first = self.program.blocks[0].skip;
        let slots = std::iter::once(first).chain(self.program.blocks.iter().map(|b| b.output));
        let (energy, variance): (Vec<f64>, Vec<f64>) =
            slots.map(|slot| moments(point.value(slot), width)).unzip();
        sink.put("stream.energy", energy)?;
        sink.put("stream.variance", variance)?;
        let gains = Gains::measure(&point);
        sink.put("depth.gains", gains.backward_depth())?;
        sink.put("depth.signal", gains.forward_depth())?;
        if self.settings.lengths {
            let forward = forward_lengths(&point);
            sink.put("depth.forward", forward.mean)?;
            sink.put("depth.forward.sd", forward.sd)?;
            sink.put("depth.beta", fitted_beta(self.settings.blocks, forward.mean))?;
            let reverse = reverse_lengths(&point);
            sink.put("depth.reverse", reverse.mean)?;
            sink.spend("branches", forward.branches + reverse.branches);
        }
        sink.tick()
    }
}

/// Mean over units and samples of the square, and mean over units of the variance over samples.
fn moments(x: &[f64], width: usize) -> (f64, f64) {
    let samples = x.len() / width;
    let energy = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    let mut means = vec![0.0; width];
    for column in x.chunks_exact(width) {
        for (m, x) in means.iter_mut().zip(column) {
            *m += x / samples as f64;
        }
    }
    let squared = means.iter().map(|m| m * m).sum::<f64>() / width as f64;
    (energy, energy - squared)
}
