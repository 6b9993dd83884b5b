//! Training residual networks, with their Hessian spectra and effective depth at checkpoints.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::data::{Dataset, Split, check_mixture, check_split, gaussian_mixture, subset, table};
use crate::depth::{Gains, fitted_beta, forward_lengths, reverse_lengths};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, Value, View, read_parameters,
};
use crate::network::{
    Activation, Batch, Descent, Description, Hessian, Layer, Loss, Normalization, Point, Program,
    Scale, State, Training as Descending,
};
use crate::random::{Stream, Streams};
use crate::sims::training_views::{observables, views};
use crate::spectrum::{self, Options, Trouble, extremes, slq};

/// Trains a network and measures it at checkpoints: loss, weights, depth, and the spectrum of the
/// Hessian under each kind of normalization.
#[derive(Debug, Clone, Copy)]
pub struct Training;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Which data.
    data: Data,
    /// Which architecture.
    arm: Arm,
    /// Blocks L.
    blocks: usize,
    /// Units per layer.
    width: usize,
    /// Gaussian clusters: classes, features, training and test samples, spread of the centres.
    gaussians: Gaussians,
    /// Letters used, in alphabetical order.
    letter_classes: usize,
    /// Samples per step.
    batch: usize,
    /// Learning rate.
    rate: f64,
    /// Momentum.
    momentum: f64,
    /// Weight decay.
    weight_decay: f64,
    /// From these steps on the rate is multiplied by these factors: `[[step, factor], ...]`.
    #[serde(default)]
    drops: Vec<(u64, f64)>,
    /// Steps of training.
    steps: u64,
    /// Checkpoints, the first before training and the last after it.
    checkpoints: usize,
    /// Training samples on which Hessians are taken, drawn once per replicate.
    hessian_samples: usize,
    /// Probes of the density.
    probes: usize,
    /// Lanczos steps per probe.
    lanczos_steps: usize,
    /// Most products for the extreme eigenvalues.
    max_products: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Data {
    /// A mixture of Gaussians: Littwin & Wolf 2016, their synthetic task.
    Gaussians,
    /// The UCI letter table.
    Letter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Arm {
    /// h + relu(BN(W h)).
    ResidualBn,
    /// h + relu(W h + b) / sqrt(L).
    Residual,
    /// relu(BN(W h)).
    PlainBn,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gaussians {
    classes: usize,
    dimension: usize,
    train: usize,
    test: usize,
    separation: f64,
}

/// Relative accuracy of the extreme eigenvalues, in units of the Hessian's norm; chosen here, far
/// below the differences between arms and checkpoints.
const TOLERANCE: f64 = 1e-4;

/// The level of the trace's interval, which records keep as a standard error.
const LEVEL: f64 = 0.95;

/// The density is recorded in units of the top eigenvalue, between these ends.
const GRID: (f64, f64, usize) = (-0.6, 1.1, 86);

/// Width of the Gaussian that smooths the density, in the same units: half a step of the grid.
const SMOOTHING: f64 = 0.01;

/// Steps of training between two ticks; chosen here so that a stop is obeyed within a second.
const BLOCK: u64 = 100;

impl Arm {
    fn description(self, settings: &Settings, features: usize, classes: usize) -> Description {
        let linear = |out, bias| Layer::Linear { out, bias };
        let norm = Layer::BatchNorm { eps: 1e-5, momentum: 0.1 };
        let relu = Layer::Activation(Activation::Relu);
        let normalised = vec![linear(settings.width, false), norm, relu.clone()];
        let bare = vec![linear(settings.width, true), relu];
        let (first, scale) = match self {
            Self::ResidualBn | Self::PlainBn => (normalised, 1.0),
            Self::Residual => (bare, 1.0 / (settings.blocks as f64).sqrt()),
        };
        let mut layers = first.clone();
        for _ in 0..settings.blocks {
            match self {
                Self::PlainBn => layers.extend(first.clone()),
                Self::ResidualBn | Self::Residual => {
                    let branch = first.clone();
                    layers.push(Layer::Residual {
                        scale: Scale::Fixed(scale),
                        branch,
                        shortcut: Vec::new(),
                    });
                }
            }
        }
        layers.push(linear(classes, true));
        Description { input: features.into(), loss: Loss::CrossEntropy, layers }
    }
}

impl Simulator for Training {
    fn id(&self) -> &'static str {
        "training"
    }

    fn summary(&self) -> &'static str {
        "trains residual and plain networks and measures spectra and effective depth at checkpoints"
    }

    fn observables(&self) -> Vec<Observable> {
        observables()
    }

    fn views(&self) -> Vec<View> {
        views()
    }

    fn prepare(&self, parameters: &Parameters, inputs: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        settings.check()?;
        let (fixed, features, classes, samples) = match settings.data {
            Data::Letter => {
                let input = inputs.get("letter")?;
                let split = table::letter(&input.bytes, &input.place, settings.letter_classes)?;
                let (features, samples) = (split.train.features(), split.train.samples());
                (Some(split), features, settings.letter_classes, samples)
            }
            Data::Gaussians => {
                let Gaussians { classes, dimension, train, .. } = settings.gaussians;
                // the sizes are those of every replicate: a wrong one should be heard of now
                settings.gaussians.check()?;
                (None, dimension, classes, train)
            }
        };
        if settings.hessian_samples > samples {
            return Err(Error::spec(format!(
                "parameter `hessian_samples`: expected at most the {samples} training samples, \
                 found {}",
                settings.hessian_samples
            )));
        }
        let program = Program::new(&settings.arm.description(&settings, features, classes))?;
        let descent = Descent {
            batch: settings.batch,
            rate: settings.rate,
            momentum: settings.momentum,
            weight_decay: settings.weight_decay,
            drops: settings.drops.clone(),
        };
        descent.check(&program, samples)?;
        let checkpoints = settings.schedule();
        Ok(Box::new(Prepared { settings, program, descent, fixed, classes, checkpoints }))
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let sizes = [
            ("blocks", self.blocks, 1, 1000),
            ("width", self.width, 1, 4096),
            ("checkpoints", self.checkpoints, 2, 1000),
            ("hessian_samples", self.hessian_samples, 2, 1_000_000),
            ("probes", self.probes, 2, 10_000),
            ("lanczos_steps", self.lanczos_steps, 2, 10_000),
        ];
        for (name, value, low, high) in sizes {
            if !(low..=high).contains(&value) {
                return Err(Error::spec(format!(
                    "parameter `{name}`: expected {low} to {high}, found {value}"
                )));
            }
        }
        if self.steps < self.checkpoints as u64 {
            return Err(Error::spec(format!(
                "parameter `steps`: expected at least one step between each two of the {} \
                 checkpoints, found {}",
                self.checkpoints, self.steps
            )));
        }
        if self.max_products == 0 {
            return Err(Error::spec("parameter `max_products`: expected at least 1, found 0"));
        }
        Ok(())
    }

    /// Steps of the checkpoints: quadratic in their number, since much happens early.
    fn schedule(&self) -> Vec<u64> {
        let last = (self.checkpoints - 1) as f64;
        let step = |c: usize| {
            let share = c as f64 / last;
            ((self.steps as f64 * share * share).round() as u64).max(c as u64)
        };
        (0..self.checkpoints).map(step).collect()
    }
}

impl Gaussians {
    fn check(&self) -> Result<()> {
        let Gaussians { classes, dimension, train, test, separation } = *self;
        // sums of a slip of the pen must not wrap around to something small
        let samples = train.saturating_add(test);
        check_mixture(classes, dimension, samples, separation)?;
        check_split(samples, train)
    }
}

fn clusters(gaussians: &Gaussians, rng: &mut impl Rng) -> Result<Split> {
    let Gaussians { classes, dimension, train, test, separation } = *gaussians;
    let mut split =
        gaussian_mixture(rng, classes, dimension, train + test, separation)?.split(train)?;
    split.standardise();
    Ok(split)
}

struct Prepared {
    settings: Settings,
    program: Program,
    descent: Descent,
    /// Data that is the same in every replicate; none where it is drawn.
    fixed: Option<Split>,
    classes: usize,
    checkpoints: Vec<u64>,
}

/// The observables of a run, one entry (or row) per checkpoint.
#[derive(Default)]
struct Series {
    vectors: BTreeMap<String, Vec<f64>>,
    matrices: BTreeMap<String, Vec<Vec<f64>>>,
}

impl Series {
    fn push(&mut self, name: &str, value: f64) {
        self.vectors.entry(name.to_owned()).or_default().push(value);
    }

    fn push_row(&mut self, name: &str, row: Vec<f64>) {
        self.matrices.entry(name.to_owned()).or_default().push(row);
    }

    fn put(self, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        for (name, vector) in self.vectors {
            sink.put(&name, Value::Vector(vector))?;
        }
        for (name, matrix) in self.matrices {
            sink.put(&name, Value::Matrix(matrix))?;
        }
        Ok(())
    }
}

impl Prepared {
    /// The kinds of normalization that give different functions.
    fn kinds(&self) -> &'static [Normalization] {
        if self.program.has_batch_norm() { &Normalization::ALL } else { &[Normalization::Batch] }
    }

    fn point<'a>(
        &'a self,
        state: &'a State<f64>,
        kind: Normalization,
        batch: &Batch<f64>,
    ) -> Point<'a, f64> {
        Point::new(&self.program, state, kind, batch).expect("prepare checked data and network")
    }

    /// Losses, accuracies and weights.
    fn measure_fit(&self, state: &State<f64>, split: &Evaluation, series: &mut Series) {
        let train = self.point(state, Normalization::Batch, &split.train);
        let test = self.point(state, Normalization::Running, &split.test);
        series.push("loss.train", train.loss());
        series.push("accuracy.train", train.accuracy());
        series.push("loss.test", test.loss());
        series.push("accuracy.test", test.accuracy());
        let matrices = self.program.layout.tensors().iter().filter(|t| t.shape.len() == 2);
        let norms: Vec<f64> =
            matrices.map(|tensor| norm(&state.parameters[tensor.range()])).collect();
        series.push("weights.norm", norm(&norms));
        series.push_row("weights.norm.layers", norms);
        let gains = self.program.layout.normalised().iter().map(|layer| {
            let gain = self.program.layout.find(&format!("{}.weight", layer.name));
            let gain = gain.expect("a batch norm has a gain").range();
            let size = gain.len() as f64;
            state.parameters[gain].iter().map(|g| g.abs()).sum::<f64>() / size
        });
        let gains: Vec<f64> = gains.collect();
        if !gains.is_empty() {
            series.push("lambda.mean", gains.iter().sum::<f64>() / gains.len() as f64);
            series.push_row("lambda", gains);
        }
    }

    /// Every estimator of effective depth; a net without blocks has none.
    fn measure_depth(&self, point: &Point<'_, f64>, series: &mut Series, sink: &mut Sink<'_>) {
        if self.program.blocks.is_empty() {
            return;
        }
        let gains = Gains::measure(point);
        let (forward, reverse) = (forward_lengths(point), reverse_lengths(point));
        series.push("depth.gains", gains.backward_depth());
        series.push("depth.health", gains.health());
        series.push("depth.signal", gains.forward_depth());
        series.push("depth.forward", forward.mean);
        series.push("depth.forward.sd", forward.sd);
        series.push("depth.constant", forward.constant_share);
        series.push("depth.reverse", reverse.mean);
        series.push("depth.beta", fitted_beta(self.program.blocks.len(), forward.mean));
        series.push_row("depth.forward.energy", shares(&forward.energy));
        series.push_row("depth.reverse.energy", shares(&reverse.energy));
        sink.spend("branches", forward.branches + reverse.branches);
    }

    /// The spectrum of the Hessian under one kind of normalization.
    #[allow(clippy::too_many_arguments)] // what one measurement needs, and where it goes
    fn measure_spectrum(
        &self,
        point: Point<'_, f64>,
        kind: Normalization,
        probes: &DMatrix<f64>,
        start: &DVector<f64>,
        shown: bool,
        series: &mut Series,
        sink: &mut Sink<'_>,
    ) -> std::result::Result<(), Fault> {
        let name = |what: &str| format!("hessian.{}.{what}", kind.word());
        let place = name("spectrum");
        let point = point.with_curvature();
        let hessian = Hessian(&point);
        let options = Options { tolerance: TOLERANCE, max_products: self.settings.max_products };
        let found = extremes(&hessian, self.classes, 1, start, options)
            .and_then(spectrum::Extremes::require_converged)
            .map_err(|trouble| fault(trouble, &place))?;
        let density = slq(&hessian, probes, self.settings.lanczos_steps)
            .map_err(|trouble| fault(trouble, &place))?;
        sink.spend("products", found.products + density.products);

        let top: Vec<f64> = found.top.iter().map(|pair| pair.eigenvalue).collect();
        let (first, last) = (top[0], top[top.len() - 1]);
        series.push(&name("lambda_max"), first);
        series.push(&name("lambda_min"), found.bottom[0].eigenvalue);
        series.push(&name("log_ratio"), (first / last).ln());
        series.push(&name("negative"), found.bottom[0].eigenvalue.abs() / first);
        let gradient = DVector::from_column_slice(point.gradient());
        series.push(&name("gradient_share"), spectrum::share(&found.top, &gradient));
        let trace = density.trace(LEVEL);
        series.push(&name("trace"), trace.value);
        series.push(&name("trace.half_width"), (trace.high - trace.low) / 2.0);
        series.push_row(&name("top"), top);
        if shown {
            let scaled: Vec<f64> = grid().iter().map(|x| x * first).collect();
            // a density per eigenvalue becomes one per unit of the grid by the factor lambda_1
            let smooth = density.density(&scaled, SMOOTHING * first);
            series.push_row(&name("density"), smooth.mean.iter().map(|d| d * first).collect());
        }
        Ok(())
    }

    /// Whether records keep the density of a checkpoint: the first, the middle and the last.
    fn shows_density(&self, checkpoint: usize) -> bool {
        let last = self.checkpoints.len() - 1;
        [0, last / 2, last].contains(&checkpoint)
    }
}

/// Data as the checkpoints see it.
struct Evaluation {
    train: Batch<f64>,
    test: Batch<f64>,
    hessian: Batch<f64>,
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        let training: u64 =
            self.checkpoints.windows(2).map(|w| (w[1] - w[0]).div_ceil(BLOCK)).sum();
        training + (self.checkpoints.len() * (1 + self.kinds().len())) as u64
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        // arms of a data set share every stream
        let key = match self.settings.data {
            Data::Gaussians => "gaussians",
            Data::Letter => "letter",
        };
        let drawn;
        let split = match &self.fixed {
            Some(split) => split,
            None => {
                drawn = clusters(&self.settings.gaussians, &mut streams.stream("data", key))
                    .expect("prepare checked the sizes");
                &drawn
            }
        };
        let evaluation = self.evaluation(split, streams.stream("subset", key));
        let mut state = State::<f64>::initial(&self.program, &mut streams.stream("weights", key));
        let mut order = streams.stream("order", key);
        let (probes, start) = self.probes(streams.stream("probes", key));
        let mut descending = Descending::new(&self.program, &split.train, &self.descent);
        let mut series = Series::default();
        for (checkpoint, step) in self.checkpoints.iter().enumerate() {
            let shown = self.shows_density(checkpoint);
            if shown {
                series.push_row("density.grid", grid());
            }
            while descending.steps() < *step {
                let block = (*step - descending.steps()).min(BLOCK);
                for _ in 0..block {
                    let loss = descending.step(&mut state, &mut order);
                    let loss = loss.expect("prepare checked data and network");
                    if !loss.is_finite() {
                        let at = format!("training loss at step {}", descending.steps());
                        return Err(Fault::Diverged { at });
                    }
                }
                sink.spend("gradient steps", block);
                sink.tick()?;
            }
            series.push("step", *step as f64);
            self.measure_fit(&state, &evaluation, &mut series);
            for (number, kind) in self.kinds().iter().enumerate() {
                let point = self.point(&state, *kind, &evaluation.hessian);
                if number == 0 {
                    self.measure_depth(&point, &mut series, sink);
                    sink.tick()?;
                }
                self.measure_spectrum(point, *kind, &probes, &start, shown, &mut series, sink)?;
                sink.tick()?;
            }
        }
        series.put(sink)
    }
}

impl Prepared {
    fn evaluation(&self, split: &Split, mut rng: Stream) -> Evaluation {
        let chosen = subset(&mut rng, split.train.samples(), self.settings.hessian_samples)
            .expect("prepare checked the number of samples");
        let batch = |data: &Dataset| Batch::all(data);
        Evaluation {
            train: batch(&split.train),
            test: batch(&split.test),
            hessian: Batch::gather(&split.train, &chosen),
        }
    }

    /// Rademacher probes for the density and a Gaussian start for the extremes, the same at every
    /// checkpoint.
    fn probes(&self, mut rng: Stream) -> (DMatrix<f64>, DVector<f64>) {
        let parameters = self.program.parameters();
        let start = DVector::from_fn(parameters, |_, _| StandardNormal.sample(&mut rng));
        (spectrum::rademacher(&mut rng, parameters, self.settings.probes), start)
    }
}

fn fault(trouble: Trouble, at: &str) -> Fault {
    match trouble {
        Trouble::NonFinite { .. } => Fault::NonFinite { at: at.to_owned() },
        Trouble::NoConvergence { limit, .. } => Fault::NoConvergence { at: at.to_owned(), limit },
        Trouble::TooLarge(error) => {
            unreachable!("extremes and densities ask for no matrix: {error}")
        }
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The abscissas of the density, in units of the top eigenvalue.
fn grid() -> Vec<f64> {
    let (low, high, count) = GRID;
    (0..count).map(|i| low + (high - low) * i as f64 / (count - 1) as f64).collect()
}

/// Energies as shares of their sum.
fn shares(energy: &[f64]) -> Vec<f64> {
    let total: f64 = energy.iter().sum();
    energy.iter().map(|e| e / total).collect()
}
