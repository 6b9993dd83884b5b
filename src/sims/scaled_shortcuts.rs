//! Shortcuts multiplied by a constant: what they do to a gradient over many blocks.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::data::{Dataset, Targets};
use crate::depth::Gains;
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::network::{
    Activation, Batch, Description, Layer, Loss, Normalization, Point, Program, Scale, State,
};
use crate::random::Streams;

/// Draws nets h_{l+1} = lambda h_l + F_l(h_l) (He et al. 2016, Eq. 7) and the gradient of a loss whose
/// adjoint at the outputs is Gaussian and independent of the net.
#[derive(Debug, Clone, Copy)]
pub struct ScaledShortcuts;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What F is.
    branch: Branch,
    /// Blocks L.
    blocks: usize,
    /// Units of every layer and inputs.
    width: usize,
    /// Samples of the batch.
    samples: usize,
    /// lambda.
    shortcut: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Branch {
    /// W relu(BN(h)), full pre-activation.
    BnRelu,
    /// W relu(h).
    Relu,
}

impl Simulator for ScaledShortcuts {
    fn id(&self) -> &'static str {
        "scaled-shortcuts"
    }

    fn summary(&self) -> &'static str {
        "random residual networks whose shortcuts are multiplied by a constant: the gradient's growth \
         and its parts"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number(
                "gradient.log",
                "ln |g_0| / |g_L|: the gradient at the first stream over that at the last",
            ),
            number(
                "gradient.log.branches",
                "sum_l ln(1 + a_l) / 2, a_l the squared gain of branch l on the gradient relative to \
                 that of its shortcut",
            ),
            number(
                "gradient.log.rest",
                "gradient.log - gradient.log.branches: L ln lambda if branches add orthogonally",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "branch",
            colours: "shortcut",
            kind: ViewKind::Trend {
                x: "blocks",
                y,
                x_title: "residual blocks L",
                y_title,
                log_x: false,
                log_y: false,
            },
        };
        vec![
            view(
                "shortcut-gradient",
                "Gradient at the first stream with shortcuts multiplied by lambda",
                "Branches make up for what short shortcuts take.",
                "gradient.log",
                "ln |g_0| / |g_L|",
            ),
            view(
                "shortcut-share",
                "The same without the branches' own share",
                "Lines of slope ln lambda: He et al. 2016, Eq. (8).",
                "gradient.log.rest",
                "ln |g_0| / |g_L| - branches",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { blocks, width, samples, shortcut, .. } = settings;
        if !(1..=1000).contains(&blocks)
            || !(2..=2048).contains(&width)
            || !(2..=65_536).contains(&samples)
        {
            return Err(Error::spec(format!(
                "parameters `blocks`, `width`, `samples`: expected 1 to 1000, 2 to 2048 and 2 to \
                 65536, found {blocks}, {width} and {samples}"
            )));
        }
        if !(shortcut > 0.0 && shortcut <= 10.0) {
            return Err(Error::spec(format!(
                "parameter `shortcut`: expected a factor above 0 and up to 10, found {shortcut}"
            )));
        }
        // checked here and made again by each run: kept, the programs of many cells fill memory
        settings.program()?;
        Ok(Box::new(settings))
    }
}

impl Settings {
    /// The network: a first linear layer, residual blocks with a linear shortcut, a last linear layer.
    fn program(&self) -> Result<Program> {
        let Settings { branch, blocks, width, .. } = *self;
        let linear = || Layer::Linear { out: width, bias: false };
        let mut inside = vec![Layer::Activation(Activation::Relu), linear()];
        if branch == Branch::BnRelu {
            inside.insert(0, Layer::BatchNorm { eps: 0.0, momentum: 0.1 });
        }
        let block = Layer::Residual {
            scale: Scale::Fixed(1.0),
            branch: inside,
            // lambda times the identity, set with the weights
            shortcut: vec![linear()],
        };
        // a first stream with a gradient of its own, and a last layer whose variance is not He's
        let mut layers = vec![linear()];
        layers.extend(std::iter::repeat_n(block, blocks));
        layers.push(linear());
        Program::new(&Description { input: width.into(), loss: Loss::Squared, layers })
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { width, samples, shortcut, .. } = *self;
        let program = self.program().expect("checked when it was prepared");
        let normals = |role: &str| {
            let mut rng = streams.stream(role, "");
            DMatrix::from_fn(width, samples, |_, _| -> f64 { StandardNormal.sample(&mut rng) })
        };
        let mut state = State::<f64>::initial(&program, &mut streams.stream("weights", ""));
        for tensor in program.layout.tensors().iter().filter(|t| t.name.contains("shortcut")) {
            let identity = DMatrix::from_diagonal_element(width, width, shortcut);
            state.parameters[tensor.range()].copy_from_slice(identity.as_slice());
        }
        let inputs = normals("inputs");
        let point = |targets: DMatrix<f64>| {
            let data = Dataset { inputs: inputs.clone(), targets: Targets::Values(targets) };
            Point::new(&program, &state, Normalization::Batch, &Batch::all(&data))
                .expect("the batch was made for this network")
        };
        // targets that make the outputs' adjoint a Gaussian of the outputs' size
        let zero = point(DMatrix::zeros(width, samples));
        let outputs = DMatrix::from_column_slice(width, samples, zero.value(program.output()));
        let size = outputs.norm() / (outputs.len() as f64).sqrt();
        let point = point(outputs - normals("adjoint") * size);
        sink.spend("forward passes", 2);

        let blocks = &program.blocks;
        let size = |slot| point.adjoint(slot).iter().map(|g| g * g).sum::<f64>().sqrt();
        let (first, last) = (blocks[0].skip, blocks[blocks.len() - 1].output);
        let whole = (size(first) / size(last)).ln();
        let gains = Gains::measure(&point);
        let branches: f64 = gains.backward.iter().map(|gain| gain.ln_1p() / 2.0).sum();
        sink.put("gradient.log", whole)?;
        sink.put("gradient.log.branches", branches)?;
        sink.put("gradient.log.rest", whole - branches)?;
        sink.tick()
    }
}
