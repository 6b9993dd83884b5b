//! Random residual networks at initialisation, with and without batch norm.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::data::{Dataset, Targets};
use crate::depth::{
    Gains, PathLengthLaw, fitted_beta, forward_lengths, reverse_lengths, sample_paths,
};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::network::{
    Activation, Batch, Description, Layer, Loss, Normalization, Point, Program, Scale, Slot, State,
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
    #[serde(default)]
    lengths: bool,
    /// A factor on every branch, beside that of the block.
    scale: Option<f64>,
    /// Whether to measure gradients and branches layer by layer.
    #[serde(default)]
    layers: bool,
    /// Random paths to draw for each number of branches.
    paths: Option<usize>,
    /// Whether to measure how the gradients of two inputs correlate.
    #[serde(default)]
    correlation: bool,
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
    /// relu(W h), no skip.
    PlainRelu,
    /// relu(BN(W h)), no skip: Yang et al. 2019.
    PlainBnRelu,
    /// BN(W h), no skip: Yang et al. 2019 with a linear activation.
    PlainBn,
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
            Self::PlainRelu => vec![linear(), relu()],
            Self::PlainBnRelu => vec![linear(), norm(), relu()],
            Self::PlainBn => vec![linear(), norm()],
        };
        let own = match self {
            Self::ReluScaled => 1.0 / (settings.blocks as f64).sqrt(),
            _ => 1.0,
        };
        let scale = Scale::Fixed(own * settings.scale.unwrap_or(1.0));
        let mut layers = if self == Self::Centred { branch.clone() } else { Vec::new() };
        if self.is_plain() {
            // no parameter lies before the input, which therefore has no gradient: give the plain
            // net a first stream of its own
            layers.push(linear());
            let units = std::iter::repeat_n(branch, settings.blocks);
            layers.extend(units.flatten());
        } else {
            let block = Layer::Residual { scale, branch, shortcut: Vec::new() };
            layers.extend(std::iter::repeat_n(block, settings.blocks));
        }
        // the last linear layer has no ReLU behind it and another variance: keep it off the blocks
        layers.push(linear());
        Description { input: settings.width.into(), loss: Loss::Squared, layers }
    }
}

impl Block {
    fn is_plain(self) -> bool {
        matches!(self, Self::PlainRelu | Self::PlainBnRelu | Self::PlainBn)
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
            series(
                "gradient.energy",
                &["layer"],
                "squared norm of the loss's gradient at the stream after l blocks, l = 0..L",
            ),
            series(
                "stream.cosine",
                &["layer"],
                "mean over pairs of samples of <h_a, h_b>, over the mean of |h_a|^2, after l blocks",
            ),
            series(
                "branch.share",
                &["block"],
                "|F_l|^2 / |h_{l+1}|^2: the branch's energy in the stream behind the block",
            ),
            series(
                "norm.variance",
                &["block"],
                "mean over units of the variance that the batch norm of block l divides by",
            ),
            number(
                "depth.reverse.short",
                "share of the gradient's energy by length that came back through k <= L/2 branches",
            ),
            series(
                "path.norm",
                &["branch"],
                "mean over random paths through k = 0..L branches of the norm of the gradient along \
                 the path (Veit et al. 2016)",
            ),
            number(
                "path.sum.deviation",
                "largest over k = 1..L of |z|, z the deviation of the mean of the squared path norm \
                 from e_k(a) / C(L, k) times that of k = 0, a_l the squared gains of the branches, \
                 over its standard error",
            ),
            number(
                "gradient.correlation",
                "mean over pairs of inputs of <g_a, g_b> over the mean of |g_a|^2, g the gradient at \
                 the first stream of one random linear function of the outputs (statistics frozen)",
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
        range("blocks", settings.blocks, 1, 1000)?;
        range("width", settings.width, 2, 8192)?;
        range("samples", settings.samples(), 2, 65_536)?;
        range("paths", settings.paths.unwrap_or(2), 2, 1_000_000)?;
        if settings.block.is_plain() && (settings.lengths || settings.paths.is_some()) {
            return Err(Error::spec(
                "a plain block has no paths: `lengths` and `paths` need a skip",
            ));
        }
        if settings.scale.is_some_and(|scale| !(scale.is_finite() && scale > 0.0)) {
            return Err(Error::spec("parameter `scale`: expected a finite factor above 0"));
        }
        settings.program()?;
        Ok(Box::new(settings))
    }
}

impl Settings {
    /// The network. A cell checks it and lets it go, since of 1000 blocks it takes megabytes: a task makes
    /// its own.
    fn program(&self) -> Result<Program> {
        Program::new(&self.block.description(self))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let program = self.program().expect("prepare has made it once");
        Measuring { settings: self, program }.run(streams, sink)
    }
}

/// A network being measured.
struct Measuring<'a> {
    settings: &'a Settings,
    program: Program,
}

impl Measuring<'_> {
    fn point<'a>(&'a self, state: &'a State<f64>, batch: &Batch<f64>) -> Point<'a, f64> {
        Point::new(&self.program, state, Normalization::Batch, batch)
            .expect("the batch was made for this network")
    }

    /// The stream before the first block or layer, and after each.
    fn streams(&self) -> Vec<Slot> {
        match self.program.blocks.first() {
            Some(first) => {
                let after = self.program.blocks.iter().map(|block| block.output);
                std::iter::once(first.skip).chain(after).collect()
            }
            None => {
                // a first linear layer, equal units, a last linear layer
                let nodes = &self.program.nodes;
                let unit = (nodes.len() - 2) / self.settings.blocks;
                nodes.iter().step_by(unit).map(|node| node.output).collect()
            }
        }
    }

    /// Gradient and stream after each block, and what each branch adds.
    fn layers(
        &self,
        point: &Point<'_, f64>,
        sink: &mut Sink<'_>,
    ) -> std::result::Result<(), Fault> {
        let squared = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        let streams = self.streams();
        let each = |f: &dyn Fn(Slot) -> f64| streams.iter().map(|s| f(*s)).collect::<Vec<f64>>();
        sink.put("gradient.energy", each(&|slot| squared(point.adjoint(slot))))?;
        sink.put("stream.cosine", each(&|slot| cosine(point.value(slot), self.settings.width)))?;
        let (mut share, mut variance) = (Vec::new(), Vec::new());
        for block in &self.program.blocks {
            let factor = point.factor(block.factor);
            let branch = factor * factor * squared(point.value(block.branch));
            share.push(branch / squared(point.value(block.output)));
            let norm = block.nodes.clone().find_map(|node| point.normalised(node));
            variance.extend(norm.map(|n| n.variance.iter().sum::<f64>() / n.variance.len() as f64));
        }
        if !share.is_empty() {
            sink.put("branch.share", share)?;
        }
        if !variance.is_empty() {
            sink.put("norm.variance", variance)?;
        }
        Ok(())
    }

    /// Gradients along random paths, and how far their squares are from those of independent gains.
    fn paths(
        &self,
        point: &Point<'_, f64>,
        gains: &Gains,
        draws: usize,
        streams: &Streams,
        sink: &mut Sink<'_>,
    ) -> std::result::Result<(), Fault> {
        let mut rng = streams.stream("paths", "");
        let sampled = sample_paths(point, &mut rng, draws).expect("draws were checked");
        let law = PathLengthLaw::of_gains(&gains.backward)
            .map_err(|_| Fault::NonFinite { at: "a branch's gain".to_owned() })?;
        let mut worst = 0.0_f64;
        let mut paths = 1.0;
        for k in 1..self.settings.blocks {
            // C(L, k), and e_k / C(L, k) from the law, whose normalisation is that of k = 0
            paths *= (self.settings.blocks - k + 1) as f64 / k as f64;
            let expected = sampled.mean_square[0] * law.probability[k] / law.probability[0] / paths;
            let deviation = sampled.mean_square[k] - expected;
            worst = worst.max((deviation / sampled.standard_error[k]).abs());
        }
        sink.spend("branches", sampled.branches);
        sink.put("path.norm", sampled.mean_norm)?;
        sink.put("path.sum.deviation", worst)
    }
}

impl Measuring<'_> {
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

        let (energy, variance): (Vec<f64>, Vec<f64>) =
            self.streams().iter().map(|slot| moments(point.value(*slot), width)).unzip();
        sink.put("stream.energy", energy)?;
        sink.put("stream.variance", variance)?;
        if !self.settings.block.is_plain() {
            let gains = Gains::measure(&point);
            sink.put("depth.gains", gains.backward_depth())?;
            sink.put("depth.signal", gains.forward_depth())?;
            if let Some(draws) = self.settings.paths {
                self.paths(&point, &gains, draws, streams, sink)?;
            }
        }
        if self.settings.layers {
            self.layers(&point, sink)?;
        }
        if self.settings.correlation {
            let frozen = Point::new(&self.program, &state, Normalization::Frozen, &batch)
                .expect("the batch was made for this network");
            let shared = normal("readout", width).repeat(samples);
            let (adjoints, _) = frozen.pull_back(shared);
            sink.put("gradient.correlation", cosine(&adjoints[self.streams()[0]], width))?;
        }
        if self.settings.lengths {
            let forward = forward_lengths(&point);
            sink.put("depth.forward", forward.mean)?;
            sink.put("depth.forward.sd", forward.sd)?;
            sink.put("depth.beta", fitted_beta(self.settings.blocks, forward.mean))?;
            let reverse = reverse_lengths(&point);
            sink.put("depth.reverse", reverse.mean)?;
            if self.settings.layers {
                let half = self.settings.blocks / 2;
                let short: f64 = reverse.energy[..=half].iter().sum();
                sink.put("depth.reverse.short", short / reverse.energy.iter().sum::<f64>())?;
            }
            sink.spend("branches", forward.branches + reverse.branches);
        }
        sink.tick()
    }
}

/// Mean over pairs of different columns of their product, over the mean square of a column.
fn cosine(x: &[f64], width: usize) -> f64 {
    let samples = (x.len() / width) as f64;
    let mut sum = vec![0.0; width];
    for column in x.chunks_exact(width) {
        sum.iter_mut().zip(column).for_each(|(s, x)| *s += x);
    }
    let own: f64 = x.iter().map(|x| x * x).sum();
    let whole: f64 = sum.iter().map(|s| s * s).sum();
    (whole - own) / (samples - 1.0) / own
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
