//! A short training on Gaussian clusters: what it does to what the paper holds fixed.

use serde::Deserialize;

use crate::data::{Dataset, check_mixture, gaussian_mixture, subset};
use crate::depth::forward_lengths;
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::network::{
    Activation, Batch, Descent, Description, Layer, Loss, Normalization, Op, Point, Program, Scale,
    State, Training,
};
use crate::random::Streams;

/// Trains a residual net with or without batch norm, and measures gates, weights, deviations and
/// path lengths at equally many steps apart.
#[derive(Debug, Clone, Copy)]
pub struct ShortTraining;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Which block.
    arm: Arm,
    /// Blocks L.
    blocks: usize,
    /// Units of a layer.
    width: usize,
    /// Clusters.
    classes: usize,
    /// Features of a sample.
    dimension: usize,
    /// Training samples.
    samples: usize,
    /// Samples on which gates and lengths are measured.
    measured: usize,
    /// Distance of the clusters' centres, in units of their spread.
    separation: f64,
    /// Samples of a step.
    batch: usize,
    /// Learning rate.
    rate: f64,
    /// Steps between two checkpoints.
    steps: u64,
    /// Checkpoints, the first before training.
    checkpoints: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Arm {
    /// h + relu(BN(W h)).
    ResidualBn,
    /// h + relu(W h) / sqrt(L): Littwin & Wolf 2016, Eq. (7), scaled so that it can be trained.
    Residual,
}

/// A unit that is open on a smaller share of the samples, or on more than 1 less this, is stuck.
const STUCK: f64 = 0.01;

impl Simulator for ShortTraining {
    fn id(&self) -> &'static str {
        "short-training"
    }

    fn summary(&self) -> &'static str {
        "short training of residual networks on Gaussian clusters: gates, weights, deviations of \
         batch norms and path lengths"
    }

    fn observables(&self) -> Vec<Observable> {
        let series =
            |name, definition| Observable { name, axes: &["checkpoint"], unit: "1", definition };
        vec![
            series("step", "steps taken"),
            series("loss", "training loss on the measured samples"),
            Observable {
                name: "gate.open",
                axes: &["checkpoint", "layer"],
                unit: "1",
                definition: "share of open gates over units and samples",
            },
            series("gate.range", "largest less smallest gate.open over layers"),
            series(
                "gate.stuck",
                "share of units that are open on less than 1 % or more than 99 % of the samples",
            ),
            series("weights.ratio", "|w| over its start, w all weights of linear layers"),
            series(
                "norm.drift",
                "mean over units of batch norms of |ln sigma / sigma_0|, sigma the deviation of the \
                 measured samples",
            ),
            series("length.first", "share of r = 1 in the last stream's energies by length"),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "",
            colours: "arm",
            kind: ViewKind::Curve { x: "step", y, x_title: "step", y_title, log_y: false },
        };
        vec![
            view(
                "gate-range",
                "Difference between layers in how often gates are open",
                "One rho for all layers would leave 0.",
                "gate.range",
                "largest - smallest share",
            ),
            view(
                "weights-ratio",
                "Norm of the weights over its start",
                "The spherical constraint needs 1.",
                "weights.ratio",
                "|w| / |w_0|",
            ),
            view(
                "first-length",
                "Share of the signal's energy that passes no block",
                "The paper drops this term.",
                "length.first",
                "share of r = 1",
            ),
            view(
                "norm-drift",
                "Drift of the deviations that batch norms divide by",
                "The paper's argument holds them fixed.",
                "norm.drift",
                "mean |ln sigma / sigma_0|",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { blocks, width, samples, measured, checkpoints, steps, .. } = settings;
        if !(1..=256).contains(&blocks) || !(1..=1024).contains(&width) {
            return Err(Error::spec(format!(
                "parameters `blocks` and `width`: expected 1 to 256 and 1 to 1024, found {blocks} and \
                 {width}"
            )));
        }
        if !(2..=1000).contains(&checkpoints) || !(1..=1_000_000).contains(&steps) {
            return Err(Error::spec(format!(
                "parameters `checkpoints` and `steps`: expected 2 to 1000 and 1 to 1000000, found \
                 {checkpoints} and {steps}"
            )));
        }
        if !(2..=samples).contains(&measured) {
            return Err(Error::spec(format!(
                "parameter `measured`: expected 2 to the {samples} training samples, found {measured}"
            )));
        }
        check_mixture(settings.classes, settings.dimension, samples, settings.separation)?;
        let program = Program::new(&settings.description())?;
        let descent = Descent {
            batch: settings.batch,
            rate: settings.rate,
            momentum: 0.0,
            weight_decay: 0.0,
            drops: Vec::new(),
        };
        descent.check(&program, samples)?;
        Ok(Box::new(Prepared { settings, program, descent }))
    }
}

impl Settings {
    fn description(&self) -> Description {
        let linear = |out, bias| Layer::Linear { out, bias };
        let relu = Layer::Activation(Activation::Relu);
        let norm = Layer::BatchNorm { eps: 1e-5, momentum: 0.1 };
        let (unit, scale) = match self.arm {
            Arm::ResidualBn => (vec![linear(self.width, false), norm, relu], 1.0),
            Arm::Residual => {
                (vec![linear(self.width, false), relu], 1.0 / (self.blocks as f64).sqrt())
            }
        };
        let mut layers = unit.clone();
        let block =
            Layer::Residual { scale: Scale::Fixed(scale), branch: unit, shortcut: Vec::new() };
        layers.extend(std::iter::repeat_n(block, self.blocks));
        layers.push(linear(self.classes, true));
        Description { input: self.dimension.into(), loss: Loss::CrossEntropy, layers }
    }
}

struct Prepared {
    settings: Settings,
    program: Program,
    descent: Descent,
}

/// What is measured at a checkpoint.
struct Measured {
    loss: f64,
    open: Vec<f64>,
    stuck: f64,
    norm: f64,
    deviations: Vec<f64>,
    first: f64,
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        self.settings.checkpoints as u64
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { classes, dimension, samples, separation, .. } = self.settings;
        let mut rng = streams.stream("data", "");
        let data = gaussian_mixture(&mut rng, classes, dimension, samples, separation)
            .expect("prepare checked the sizes");
        let chosen = subset(&mut streams.stream("subset", ""), samples, self.settings.measured)
            .expect("prepare checked the number of samples");
        let batch = Batch::gather(&data, &chosen);
        // arms share the weights' stream; their layers have other shapes, and so other numbers
        let mut state = State::<f64>::initial(&self.program, &mut streams.stream("weights", ""));
        let all = self.train(&data, &batch, &mut state, streams, sink)?;
        let series = |f: &dyn Fn(&Measured) -> f64| all.iter().map(f).collect::<Vec<f64>>();
        let start = &all[0];
        let step = |checkpoint: usize| (checkpoint as u64 * self.settings.steps) as f64;
        sink.put("step", (0..all.len()).map(step).collect::<Vec<f64>>())?;
        sink.put("loss", series(&|m| m.loss))?;
        sink.put("gate.open", all.iter().map(|m| m.open.clone()).collect::<Vec<_>>())?;
        let range = |m: &Measured| {
            let ends = m.open.iter().fold((1.0_f64, 0.0_f64), |e, x| (e.0.min(*x), e.1.max(*x)));
            ends.1 - ends.0
        };
        sink.put("gate.range", series(&range))?;
        sink.put("gate.stuck", series(&|m| m.stuck))?;
        sink.put("weights.ratio", series(&|m| m.norm / start.norm))?;
        if !start.deviations.is_empty() {
            let drift = |m: &Measured| {
                let ratios = m.deviations.iter().zip(&start.deviations);
                ratios.map(|(now, then)| (now / then).ln().abs()).sum::<f64>()
                    / start.deviations.len() as f64
            };
            sink.put("norm.drift", series(&drift))?;
        }
        sink.put("length.first", series(&|m| m.first))
    }
}

impl Prepared {
    /// Trains, and measures at every checkpoint.
    fn train(
        &self,
        data: &Dataset,
        batch: &Batch<f64>,
        state: &mut State<f64>,
        streams: &Streams,
        sink: &mut Sink<'_>,
    ) -> std::result::Result<Vec<Measured>, Fault> {
        let mut order = streams.stream("order", "");
        let mut training = Training::new(&self.program, data, &self.descent);
        let mut all = vec![self.measure(state, batch)];
        sink.tick()?;
        for _ in 1..self.settings.checkpoints {
            for _ in 0..self.settings.steps {
                let loss = training.step(state, &mut order).expect("prepare checked the data");
                if !loss.is_finite() {
                    let at = format!("training loss at step {}", training.steps());
                    return Err(Fault::Diverged { at });
                }
            }
            sink.spend("gradient steps", self.settings.steps);
            all.push(self.measure(state, batch));
            sink.tick()?;
        }
        Ok(all)
    }

    fn measure(&self, state: &State<f64>, batch: &Batch<f64>) -> Measured {
        let point = Point::new(&self.program, state, Normalization::Batch, batch)
            .expect("prepare checked data and network");
        let samples = batch.samples as f64;
        let (mut open, mut stuck, mut units) = (Vec::new(), 0.0, 0.0);
        let mut deviations = Vec::new();
        for (index, node) in self.program.nodes.iter().enumerate() {
            if let Some(norm) = point.normalised(index) {
                deviations.extend(norm.variance.iter().map(|variance| variance.sqrt()));
            }
            if !matches!(node.op, Op::Activation(_)) {
                continue;
            }
            let width = self.program.widths[node.output];
            let mut counts = vec![0.0; width];
            for sample in point.value(node.output).chunks_exact(width) {
                for (count, y) in counts.iter_mut().zip(sample) {
                    *count += f64::from(u8::from(*y > 0.0));
                }
            }
            open.push(counts.iter().sum::<f64>() / (samples * width as f64));
            let is_stuck =
                |count: &&f64| **count < STUCK * samples || **count > (1.0 - STUCK) * samples;
            stuck += counts.iter().filter(is_stuck).count() as f64;
            units += width as f64;
        }
        let matrices = self.program.layout.tensors().iter().filter(|t| t.shape.len() == 2);
        let squares = |range: std::ops::Range<usize>| {
            state.parameters[range].iter().map(|w| w * w).sum::<f64>()
        };
        let lengths = forward_lengths(&point);
        Measured {
            loss: point.loss(),
            open,
            stuck: stuck / units,
            norm: matrices.map(|tensor| squares(tensor.range())).sum::<f64>().sqrt(),
            deviations,
            first: lengths.energy[0] / lengths.energy.iter().sum::<f64>(),
        }
    }
}
