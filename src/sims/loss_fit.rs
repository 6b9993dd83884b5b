//! Is a loss, as a function of the weights, an affine function of the spin glass's Hamiltonian?

use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::depth::SkipNet;
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Draws many nets (Littwin & Wolf 2016, Eq. 7) on one set of Gaussian inputs with random labels +-1,
/// and fits the loss to the mean of -label times output by a line.
#[derive(Debug, Clone, Copy)]
pub struct LossFit;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p.
    layers: usize,
    /// Units n of a layer, and inputs.
    width: usize,
    /// Samples.
    samples: usize,
    /// Nets in one replicate.
    nets: usize,
}

impl Simulator for LossFit {
    fn id(&self) -> &'static str {
        "loss-fit"
    }

    fn summary(&self) -> &'static str {
        "random residual nets on one data set: how well a line in the Hamiltonian explains hinge and \
         absolute loss"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number(
                "fit.hinge",
                "R^2 over nets of a line in H = -mean_s y_s Y_s for the mean over samples of \
                 max(0, 1 - y_s Y_s); Y the sum of the last stream's units, scaled to mean square 1",
            ),
            number("fit.absolute", "the same for the mean of |y_s - Y_s|"),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, y| View {
            id,
            title,
            caption: "Lemma 3 needs 1: the loss is a constant plus another times the Hamiltonian.",
            at: &[],
            panels: "",
            colours: "layers",
            kind: ViewKind::Trend {
                x: "samples",
                y,
                x_title: "samples",
                y_title: "R^2 of a line",
                log_x: true,
                log_y: false,
            },
        };
        vec![
            view("hinge-fit", "Share of the hinge loss that the Hamiltonian explains", "fit.hinge"),
            view(
                "absolute-fit",
                "Share of the absolute loss that the Hamiltonian explains",
                "fit.absolute",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, samples, nets } = settings;
        if !(1..=256).contains(&layers)
            || !(1..=1024).contains(&width)
            || !(1..=4096).contains(&samples)
            || !(3..=100_000).contains(&nets)
        {
            return Err(Error::spec(format!(
                "parameters `layers`, `width`, `samples`, `nets`: expected 1 to 256, 1 to 1024, 1 to \
                 4096 and 3 to 100000, found {layers}, {width}, {samples} and {nets}"
            )));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.nets as u64
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let n = self.width;
        let mut rng = streams.stream("data", "");
        let inputs: Vec<DVector<f64>> = (0..self.samples)
            .map(|_| DVector::from_fn(n, |_, _| StandardNormal.sample(&mut rng)))
            .collect();
        let label = |_| -> f64 {
            let z: f64 = StandardNormal.sample(&mut rng);
            z.signum()
        };
        let labels: Vec<f64> = (0..self.samples).map(label).collect();
        let mut rng = streams.stream("weights", "");
        let mut outputs = DMatrix::zeros(self.samples, self.nets);
        for mut column in outputs.column_iter_mut() {
            let weights = (0..self.layers).map(|layer| {
                let deviation = (if layer == 0 { 2.0 } else { 1.0 } / n as f64).sqrt();
                DMatrix::from_fn(n, n, |_, _| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    deviation * z
                })
            });
            let net = SkipNet { weights: weights.collect() };
            for (y, x) in column.iter_mut().zip(&inputs) {
                *y = net.pass(x).streams[self.layers - 1].sum();
            }
            sink.tick()?;
        }
        outputs /= outputs.norm() / (outputs.len() as f64).sqrt();
        let mean = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            let of_net = |column: nalgebra::DVectorView<'_, f64>| {
                let terms = labels.iter().zip(column.iter()).map(|(y, output)| f(*y, *output));
                terms.sum::<f64>() / labels.len() as f64
            };
            outputs.column_iter().map(of_net).collect()
        };
        let hamiltonian = mean(&|y, output| -y * output);
        let hinge = mean(&|y, output| (1.0 - y * output).max(0.0));
        let absolute = mean(&|y, output| (y - output).abs());
        sink.put("fit.hinge", explained(&hamiltonian, &hinge))?;
        sink.put("fit.absolute", explained(&hamiltonian, &absolute))
    }
}

/// The squared correlation.
fn explained(x: &[f64], y: &[f64]) -> f64 {
    let centred = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        DVector::from_iterator(v.len(), v.iter().map(|v| v - mean))
    };
    let (x, y) = (centred(x), centred(y));
    x.dot(&y).powi(2) / (x.norm_squared() * y.norm_squared())
}
