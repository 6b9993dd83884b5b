//! Small residual nets path by path: how many there are, what they carry, and what their gates do.

use nalgebra::{DMatrix, DVector};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::depth::{SkipNet, Step, each_path, tagged_forward};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::network::{
    Activation, Batch, BatchTargets, Description, Layer, Loss, Normalization, Point, Program,
    Scale, State,
};
use crate::random::Streams;

/// Draws small nets N_1 = relu(W_1 x), N_l = N_{l-1} + relu(W_l N_{l-1}) (Littwin & Wolf 2016, Eq. 7),
/// each with an input of its own, and walks every one of their paths.
#[derive(Debug, Clone, Copy)]
pub struct PathEnumeration;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p, of which p - 1 have a skip.
    layers: usize,
    /// Units n of a layer.
    width: usize,
    /// Inputs d.
    inputs: usize,
    /// Nets in one replicate.
    nets: u64,
    /// Where weights and inputs come from.
    weights: Weights,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Weights {
    /// Var W_1 = 2 / d, Var W_l = 1 / n, inputs standard normal.
    Gaussian,
    /// Whole numbers from -3 to 3, so that every sum is exact in any order.
    Integer,
}

/// The most paths of a net, chosen here so that a net takes a fraction of a second.
const PATHS: usize = 1_000_000;

impl Simulator for PathEnumeration {
    fn id(&self) -> &'static str {
        "path-enumeration"
    }

    fn summary(&self) -> &'static str {
        "small residual nets, every path one by one: counts, sums, gates and products of weights"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        let series =
            |name, definition| Observable { name, axes: &["length"], unit: "1", definition };
        vec![
            series("length", "path length r = 1..p (weights on the path)"),
            series(
                "path.count",
                "number of paths of length r that start at one input, as enumerated",
            ),
            number(
                "path.count.deviation",
                "largest over inputs and r of |path.count - C(p - 1, r - 1) n^r|",
            ),
            number(
                "path.sum.error",
                "|Y' - Y| / |Y| over the nets, Y the sum of the last stream's units and Y' the sum \
                 over paths of input times gates times weights",
            ),
            number(
                "path.sum.bits",
                "entries of the last stream by length, of whole weights, in which the sum over \
                 paths and the length-tagged pass differ in any bit",
            ),
            series("path.open", "share of the paths of length r that are open"),
            series("path.open.scaled", "path.open 2^r: 1 if gates were independent fair coins"),
            series("path.first", "mean of A prod w over its root mean square, A the path's gates"),
            series("path.second", "mean of A (prod w)^2 over 2^-r Var W_1 (Var W)^(r - 1)"),
            series("output.mean", "mean over nets of Y_r over its root mean square"),
            Observable {
                name: "output.neighbour",
                axes: &["length"],
                unit: "1",
                definition: "mean of Y_r Y_{r+1} over the product of root mean squares, r = 1..p - 1",
            },
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[("weights", "gaussian")],
            panels: "",
            colours: "width",
            kind: ViewKind::Curve {
                x: "length",
                y,
                x_title: "path length r (layers)",
                y_title,
                log_y: false,
            },
        };
        vec![
            view(
                "path-gates",
                "How often a path is open, over 2^-r",
                "At 1 gates are open like fair coins, path by path.",
                "path.open.scaled",
                "P(open) 2^r",
            ),
            view(
                "path-means",
                "Mean of the output's part of length r, over its root mean square",
                "Gates that did not depend on inputs and weights would leave 0.",
                "output.mean",
                "mean / root mean square",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, inputs, nets, .. } = settings;
        if !(2..=20).contains(&layers) || !(1..=64).contains(&width) || !(1..=64).contains(&inputs)
        {
            return Err(Error::spec(format!(
                "parameters `layers`, `width`, `inputs`: expected 2 to 20, 1 to 64 and 1 to 64, \
                 found {layers}, {width} and {inputs}"
            )));
        }
        let paths = (1..layers).try_fold(inputs * width, |paths, _| paths.checked_mul(1 + width));
        if paths.is_none_or(|paths| paths > PATHS) {
            return Err(Error::spec(format!(
                "`layers` = {layers} of `width` = {width} behind {inputs} `inputs` have d n (1 + n)^\
                 (p - 1) paths: expected at most {PATHS}"
            )));
        }
        if !(1..=100_000_000).contains(&nets) {
            return Err(Error::spec(format!("parameter `nets`: expected 1 to 1e8, found {nets}")));
        }
        settings.program()?;
        Ok(Box::new(settings))
    }
}

impl Settings {
    /// The network as a program, which splits its stream by path length.
    fn program(&self) -> Result<Program> {
        let Settings { layers, width, inputs, .. } = *self;
        let relu = || Layer::Activation(Activation::Relu);
        let linear = || Layer::Linear { out: width, bias: false };
        let block = Layer::Residual {
            scale: Scale::Fixed(1.0),
            branch: vec![linear(), relu()],
            shortcut: Vec::new(),
        };
        let mut list = vec![linear(), relu()];
        list.extend(std::iter::repeat_n(block, layers - 1));
        Program::new(&Description { input: inputs.into(), loss: Loss::Squared, layers: list })
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.nets
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        // here and not for every cell at once: a million paths take some hundred megabytes
        let mut paths = Vec::new();
        each_path(self.layers, self.inputs, self.width, |path| paths.push(path.to_vec()));
        let program = self.program().expect("prepare has made it once");
        Enumeration { settings: self, program, paths }.run(streams, sink)
    }
}

/// All paths of a shape of net.
struct Enumeration<'a> {
    settings: &'a Settings,
    program: Program,
    paths: Vec<Vec<Step>>,
}

/// Sums over nets, by length.
struct Sums {
    open: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    output: Vec<f64>,
    output_squared: Vec<f64>,
    neighbour: Vec<f64>,
    error: f64,
    size: f64,
    bits: u64,
}

impl Enumeration<'_> {
    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { layers, inputs, nets, .. } = *self.settings;
        let counts = self.count(sink)?;
        let zeros = || vec![0.0; layers];
        let mut sums = Sums {
            open: zeros(),
            first: zeros(),
            second: zeros(),
            output: zeros(),
            output_squared: zeros(),
            neighbour: vec![0.0; layers - 1],
            error: 0.0,
            size: 0.0,
            bits: 0,
        };
        let mut rng = streams.stream("weights", "");
        for _ in 0..nets {
            let (net, x) = self.draw(&mut rng);
            self.add(&net, &x, &mut sums);
            sink.tick()?;
        }
        sink.spend("paths", nets * self.paths.len() as u64);
        sink.put("path.sum.error", (sums.error / sums.size).sqrt())?;
        if self.settings.weights == Weights::Integer {
            return sink.put("path.sum.bits", sums.bits as f64);
        }
        let nets = nets as f64;
        let all = |r: usize| nets * inputs as f64 * counts[r];
        let each = |f: &dyn Fn(usize) -> f64| (0..layers).map(f).collect::<Vec<f64>>();
        let size = |r: usize| (sums.output_squared[r] / nets).sqrt();
        let (first, later) = self.variances();
        sink.put("path.open", each(&|r| sums.open[r] / all(r)))?;
        sink.put("path.open.scaled", each(&|r| sums.open[r] / all(r) * 2_f64.powi(r as i32 + 1)))?;
        sink.put(
            "path.first",
            each(&|r| sums.first[r] / all(r) / (sums.second[r] / all(r)).sqrt()),
        )?;
        sink.put(
            "path.second",
            each(&|r| {
                let coins = 0.5_f64.powi(r as i32 + 1) * first * later.powi(r as i32);
                sums.second[r] / all(r) / coins
            }),
        )?;
        sink.put("output.mean", each(&|r| sums.output[r] / nets / size(r)))?;
        let neighbour = (0..layers - 1).map(|r| sums.neighbour[r] / nets / size(r) / size(r + 1));
        sink.put("output.neighbour", neighbour.collect::<Vec<f64>>())
    }
}

impl Enumeration<'_> {
    /// Var W_1 and Var W of Gaussian nets.
    fn variances(&self) -> (f64, f64) {
        (2.0 / self.settings.inputs as f64, 1.0 / self.settings.width as f64)
    }

    /// Puts the paths of one input by length, and how far any input's are from the formula.
    fn count(&self, sink: &mut Sink<'_>) -> std::result::Result<Vec<f64>, Fault> {
        let Settings { layers, width, inputs, .. } = *self.settings;
        let mut counts = vec![vec![0.0; layers]; inputs];
        for path in &self.paths {
            counts[path[0].from][path.len() - 1] += 1.0;
        }
        let mut expected = width as f64;
        let mut deviation = 0.0_f64;
        for r in 0..layers {
            for count in &counts {
                deviation = deviation.max((count[r] - expected).abs());
            }
            // C(p - 1, r) n^(r + 1) from C(p - 1, r - 1) n^r; a product of whole numbers
            expected = expected * width as f64 * (layers - 1 - r) as f64 / (r + 1) as f64;
        }
        sink.put("length", (1..=layers).map(|r| r as f64).collect::<Vec<f64>>())?;
        sink.put("path.count.deviation", deviation)?;
        sink.put("path.count", counts[0].clone())?;
        Ok(counts.swap_remove(0))
    }

    fn draw<R: Rng>(&self, rng: &mut R) -> (SkipNet, DVector<f64>) {
        let Settings { layers, width, inputs, weights, .. } = *self.settings;
        let mut number = |deviation: f64| -> f64 {
            match weights {
                Weights::Integer => f64::from(rng.random_range(-3..=3_i32)),
                Weights::Gaussian => {
                    let z: f64 = StandardNormal.sample(rng);
                    deviation * z
                }
            }
        };
        let (first, later) = self.variances();
        let x = DVector::from_fn(inputs, |_, _| number(1.0));
        let weights = (0..layers).map(|layer| match layer {
            0 => DMatrix::from_fn(width, inputs, |_, _| number(first.sqrt())),
            _ => DMatrix::from_fn(width, width, |_, _| number(later.sqrt())),
        });
        (SkipNet { weights: weights.collect() }, x)
    }

    fn add(&self, net: &SkipNet, x: &DVector<f64>, sums: &mut Sums) {
        let Settings { layers, width, .. } = *self.settings;
        let pass = net.pass(x);
        let mut parts = DMatrix::zeros(width, layers);
        for path in self.paths.iter().filter(|path| pass.is_open(path)) {
            let r = path.len() - 1;
            let product = net.product(path);
            sums.open[r] += 1.0;
            sums.first[r] += product;
            sums.second[r] += product * product;
            parts[(path[r].to, r)] += x[path[0].from] * product;
        }
        let output: Vec<f64> = parts.column_iter().map(|part| part.sum()).collect();
        for (r, part) in output.iter().enumerate() {
            sums.output[r] += part;
            sums.output_squared[r] += part * part;
        }
        for (r, pair) in output.windows(2).enumerate() {
            sums.neighbour[r] += pair[0] * pair[1];
        }
        let whole = pass.streams[layers - 1].sum();
        sums.error += (output.iter().sum::<f64>() - whole).powi(2);
        sums.size += whole * whole;
        if self.settings.weights == Weights::Integer {
            let tagged = self.tagged(net, x);
            let differ = |(a, b): (&f64, &f64)| a != b;
            sums.bits += parts.iter().zip(&tagged).filter(|pair| differ(*pair)).count() as u64;
        }
    }

    /// The last stream by length, by the length-tagged pass: length after length.
    fn tagged(&self, net: &SkipNet, x: &DVector<f64>) -> Vec<f64> {
        let mut parameters = vec![0.0; self.program.parameters()];
        for (weight, tensor) in net.weights.iter().zip(self.program.layout.tensors()) {
            // tensors are [out, in], row by row
            parameters[tensor.range()].copy_from_slice(weight.transpose().as_slice());
        }
        let state = State { parameters, running_mean: Vec::new(), running_variance: Vec::new() };
        let batch = Batch {
            features: x.len(),
            samples: 1,
            inputs: x.as_slice().to_vec(),
            targets: BatchTargets::Values(vec![0.0; self.settings.width]),
        };
        let point = Point::new(&self.program, &state, Normalization::Batch, &batch)
            .expect("the batch was made for this network");
        let mut lengths = Vec::new();
        tagged_forward(&point, |stream, parts| {
            if stream + 1 == self.settings.layers {
                lengths =
                    (0..self.settings.layers).flat_map(|k| parts.of_length(k).to_vec()).collect();
            }
        });
        lengths
    }
}
