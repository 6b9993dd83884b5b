//! Two residual nets whose weights overlap, layer by layer: is the covariance of their outputs a
//! function of the whole overlap alone?

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Draws pairs of residual nets on one input, with Gaussian weights correlated by q_l in layer l.
///
/// As in [`StreamLengths`](crate::sims::StreamLengths), only the products of a weight matrix with
/// the two streams are drawn, exactly in law.
#[derive(Debug, Clone, Copy)]
pub struct WeightOverlap;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Whether branches end in a ReLU.
    relu: bool,
    /// Layers p, of which p - 1 have a skip; odd, so that the skipped ones split in half.
    layers: usize,
    /// sigma^2 = n Var W of the layers with a skip.
    sigma_squared: f64,
    /// Units n of a layer.
    width: usize,
    /// Mean of q_l over the layers with a skip; the first layer's weights are shared.
    overlap: f64,
    /// How the overlap is spread over them.
    split: Split,
    /// Pairs averaged in one replicate.
    pairs: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Split {
    /// q_l = overlap in every layer.
    Even,
    /// q_l = 2 overlap in the first half of the layers, 0 in the second.
    Early,
    /// The halves exchanged.
    Late,
}

impl Settings {
    /// q_l of the layers with a skip.
    fn correlations(&self) -> Vec<f64> {
        let blocks = self.layers - 1;
        let q = |l: usize| match self.split {
            Split::Even => self.overlap,
            Split::Early => 2.0 * self.overlap * f64::from(u8::from(l < blocks / 2)),
            Split::Late => 2.0 * self.overlap * f64::from(u8::from(l >= blocks / 2)),
        };
        (0..blocks).map(q).collect()
    }
}

impl Simulator for WeightOverlap {
    fn id(&self) -> &'static str {
        "weight-overlap"
    }

    fn summary(&self) -> &'static str {
        "pairs of random residual nets with correlated weights: covariance of their outputs by how \
         the overlap is spread over layers"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number(
                "output.covariance",
                "mean over pairs of <h, h'> / n of the last streams: the covariance of the outputs \
                 under a shared Gaussian readout",
            ),
            number("output.variance", "mean over pairs of (|h|^2 + |h'|^2) / (2 n)"),
            number("output.correlation", "output.covariance / output.variance"),
            number(
                "output.prediction",
                "prod_l (1 + sigma^2 q_l) / (1 + sigma^2): the correlation of linear nets",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "overlap",
            title: "Correlation of two nets' outputs by how their overlap is spread over layers",
            caption: "An isotropic spin glass would have one curve: the colours would coincide.",
            at: &[],
            panels: "relu",
            colours: "split",
            kind: ViewKind::Trend {
                x: "overlap",
                y: "output.correlation",
                x_title: "mean overlap of the weights",
                y_title: "correlation of outputs",
                log_x: false,
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, overlap, sigma_squared, pairs, .. } = settings;
        let wrong = |what: &str| Err(Error::spec(format!("parameter {what}")));
        if !(3..=1001).contains(&layers) || layers % 2 == 0 {
            return wrong(&format!(
                "`layers`: expected an odd number from 3 to 1001, found {layers}"
            ));
        }
        if !(2..=65_536).contains(&width) {
            return wrong(&format!("`width`: expected 2 to 65536, found {width}"));
        }
        if !(0.0..=0.5).contains(&overlap) {
            return wrong(&format!("`overlap`: expected 0 to 0.5, found {overlap}"));
        }
        if !(0.0..=1e3).contains(&sigma_squared) {
            return wrong(&format!("`sigma_squared`: expected 0 to 1000, found {sigma_squared}"));
        }
        if !(1..=10_000_000).contains(&pairs) {
            return wrong(&format!("`pairs`: expected 1 to 10000000, found {pairs}"));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.pairs
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let correlations = self.correlations();
        let deviation = (self.sigma_squared / self.width as f64).sqrt();
        let mut rng = streams.stream("weights", "");
        let (mut covariance, mut variance) = (0.0, 0.0);
        for _ in 0..self.pairs {
            let mut normals = |columns: usize| {
                DMatrix::from_fn(self.width, columns, |_, _| -> f64 {
                    StandardNormal.sample(&mut rng)
                })
            };
            let first = normals(1);
            // E N_1^2 = 1 either way
            let first = if self.relu { first.map(|z| 2_f64.sqrt() * z.max(0.0)) } else { first };
            let mut streams = DMatrix::from_columns(&[first.column(0), first.column(0)]);
            for q in &correlations {
                let r = streams.clone().qr().r();
                let size = streams.column(1).norm();
                let mut branch = normals(r.nrows()) * r;
                // W' = q W + sqrt(1 - q^2) W~ acts on the second stream
                let fresh = normals(1) * ((1.0 - q * q).sqrt() * size);
                let mut second = branch.column_mut(1);
                second *= *q;
                second += fresh.column(0);
                branch *= deviation;
                if self.relu {
                    branch.apply(|z| *z = z.max(0.0));
                }
                streams += branch;
            }
            let scale = (self.pairs as f64 * self.width as f64).recip();
            covariance += scale * streams.column(0).dot(&streams.column(1));
            variance += scale * streams.norm_squared() / 2.0;
            sink.tick()?;
        }
        let growth = 1.0 + self.sigma_squared;
        let ratios = correlations.iter().map(|q| (1.0 + self.sigma_squared * q) / growth);
        sink.put("output.covariance", covariance)?;
        sink.put("output.variance", variance)?;
        sink.put("output.correlation", covariance / variance)?;
        sink.put("output.prediction", ratios.product::<f64>())
    }
}
