//! One batch norm: the gradient before it in terms of the gradient behind it.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::data::{Dataset, Targets};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::network::{Batch, Description, Layer, Loss, Normalization, Op, Point, Program, State};
use crate::random::Streams;

/// A linear layer, a batch norm without stabiliser and a linear layer, with random weights, gains,
/// shifts, inputs and targets. For every unit, with g the gradient of the loss by the unit's outputs
/// over m samples and y its normalised values,
///
/// |dL/dx|^2 = (gain / sigma)^2 (|g|^2 - (1'g)^2 / m - (g'y)^2 / m)
///
/// (Santurkar et al. 2018, Theorem 4.1, whose inequality is an equality).
#[derive(Debug, Clone, Copy)]
pub struct NormBackward;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Units, inputs and outputs.
    width: usize,
    /// Samples m.
    samples: usize,
}

impl Simulator for NormBackward {
    fn id(&self) -> &'static str {
        "norm-backward"
    }

    fn summary(&self) -> &'static str {
        "one batch norm between linear layers: squared gradients before and behind it, unit by unit"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number(
                "norm.identity",
                "largest over units of | |dL/dx|^2 / ((gain / sigma)^2 (|g|^2 - (1'g)^2 / m - \
                 (g'y)^2 / m)) - 1 |",
            ),
            number(
                "norm.kept",
                "mean over units of |dL/dx|^2 over (gain / sigma)^2 |g|^2: what the two subtracted \
                 terms leave",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "norm-backward",
            title: "Share of the squared gradient that a batch norm lets through",
            caption: "Two directions of m are taken out: on average 1 - 2/m is left.",
            at: &[],
            panels: "",
            colours: "width",
            kind: ViewKind::Trend {
                x: "samples",
                y: "norm.kept",
                x_title: "samples m",
                y_title: "share, relative to (gain / sigma)^2",
                log_x: true,
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { width, samples } = settings;
        if !(1..=4096).contains(&width) || !(3..=65_536).contains(&samples) {
            return Err(Error::spec(format!(
                "parameters `width` and `samples`: expected 1 to 4096 and 3 to 65536 (with two samples \
                 no gradient passes), found {width} and {samples}"
            )));
        }
        let linear = || Layer::Linear { out: width, bias: true };
        let norm = Layer::BatchNorm { eps: 0.0, momentum: 0.1 };
        let layers = vec![linear(), norm, linear()];
        let program =
            Program::new(&Description { input: width.into(), loss: Loss::Squared, layers })?;
        Ok(Box::new(Prepared { settings, program }))
    }
}

struct Prepared {
    settings: Settings,
    program: Program,
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { width, samples } = self.settings;
        let mut rng = streams.stream("data", "");
        let mut normals =
            || DMatrix::from_fn(width, samples, |_, _| -> f64 { StandardNormal.sample(&mut rng) });
        let (inputs, targets) = (normals(), Targets::Values(normals()));
        let batch = Batch::all(&Dataset { inputs, targets });
        let mut rng = streams.stream("weights", "");
        let mut state = State::<f64>::initial(&self.program, &mut rng);
        // gains and shifts away from 1 and 0, so that the identity cannot hold without them
        for p in &mut state.parameters {
            let z: f64 = StandardNormal.sample(&mut rng);
            *p += 0.3 * z;
        }
        let point = Point::new(&self.program, &state, Normalization::Batch, &batch)
            .expect("the batch was made for this network");
        let node = &self.program.nodes[1];
        let Op::BatchNorm { gain, .. } = node.op else { unreachable!("the second layer is one") };
        let gains = &state.parameters[gain..gain + width];
        // units are rows
        let matrix = |slice: &[f64]| DMatrix::from_column_slice(width, samples, slice);
        let (x, before) = (matrix(point.value(node.input)), matrix(point.adjoint(node.input)));
        let behind = matrix(point.adjoint(node.output));
        let m = samples as f64;
        let (mut identity, mut kept) = (0.0_f64, 0.0);
        for (unit, gain) in gains.iter().enumerate() {
            let (x, g) = (x.row(unit), behind.row(unit));
            let centred = x.add_scalar(-x.mean());
            let sigma = (centred.norm_squared() / m).sqrt();
            let along = g.dot(&centred) / sigma;
            let left = g.norm_squared() - g.sum().powi(2) / m - along * along / m;
            let factor = (gain / sigma).powi(2);
            let found = before.row(unit).norm_squared();
            identity = identity.max((found / (factor * left) - 1.0).abs());
            kept += found / (factor * g.norm_squared()) / width as f64;
        }
        sink.put("norm.identity", identity)?;
        sink.put("norm.kept", kept)?;
        sink.tick()
    }
}
