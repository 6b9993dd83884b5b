//! Plain ReLU nets at initialisation: the law of |h_L|^2 / |h_0|^2, a product of independent factors.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Draws R = |h_L|^2 / |h_0|^2 of nets h_{l+1} = relu(W h_l), n Var W = 2.
///
/// Given h_l the entries of W h_l are independent Gaussians, so that a layer multiplies |h|^2 by
/// (2 / n) sum_i relu(g_i)^2, exactly in law: n normals take the place of n^2 weights. The squared
/// norm of a Jacobian applied to a fixed direction has the same law (Hanin 2018).
#[derive(Debug, Clone, Copy)]
pub struct ReluProducts;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Units n.
    width: usize,
    /// beta = L / n; L is the nearest whole number of layers.
    beta: f64,
    /// Nets in one replicate.
    nets: u64,
}

impl Settings {
    fn layers(&self) -> u64 {
        (self.beta * self.width as f64).round() as u64
    }
}

impl Simulator for ReluProducts {
    fn id(&self) -> &'static str {
        "relu-products"
    }

    fn summary(&self) -> &'static str {
        "many plain ReLU networks: mean, square and logarithm of the growth of the signal"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("growth.mean", "mean over nets of R = |h_L|^2 / |h_0|^2"),
            number("growth.second", "mean of R^2 over the square of the mean of R"),
            number("growth.log.mean", "mean over nets of ln R"),
            number("growth.log.variance", "variance over nets of ln R"),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "log-growth",
            title: "Fluctuations of a random ReLU net against depth over width",
            caption: "Variance over nets of the logarithm of the signal's growth. If depth over width alone \
                      decided (O-05), the colours would coincide.",
            at: &[],
            panels: "",
            colours: "width",
            kind: ViewKind::Trend {
                x: "beta",
                y: "growth.log.variance",
                x_title: "beta = layers / width",
                y_title: "variance of ln R",
                log_x: true,
                log_y: true,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        if !(2..=65_536).contains(&settings.width) || !(2..=100_000_000).contains(&settings.nets) {
            return Err(Error::spec(format!(
                "parameters `width` and `nets`: expected 2 to 65536 and 2 to 100000000, found {} and \
                 {}",
                settings.width, settings.nets
            )));
        }
        if !(settings.beta > 0.0 && settings.beta <= 100.0) || settings.layers() == 0 {
            return Err(Error::spec(format!(
                "parameter `beta`: expected above 0 and up to 100, and a layer at least, found {}",
                settings.beta
            )));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.nets
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut rng = streams.stream("weights", "");
        let count = self.nets as f64;
        let (mut first, mut second) = (0.0, 0.0);
        let mut logs = Vec::new();
        for _ in 0..self.nets {
            let log: f64 = (0..self.layers()).map(|_| self.factor(&mut rng).ln()).sum();
            first += log.exp() / count;
            second += (2.0 * log).exp() / count;
            logs.push(log);
            sink.tick()?;
        }
        let mean = logs.iter().sum::<f64>() / count;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
        sink.spend("normals", self.nets * self.layers() * self.width as u64);
        sink.put("growth.mean", first)?;
        sink.put("growth.second", second / (first * first))?;
        sink.put("growth.log.mean", mean)?;
        sink.put("growth.log.variance", variance)
    }
}

impl Settings {
    /// (2 / n) sum relu(g_i)^2.
    fn factor<R: Rng>(&self, rng: &mut R) -> f64 {
        let square = |_| -> f64 {
            let g: f64 = StandardNormal.sample(rng);
            g.max(0.0).powi(2)
        };
        2.0 / self.width as f64 * (0..self.width).map(square).sum::<f64>()
    }
}
