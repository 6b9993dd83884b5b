//! The growth rate of the number of critical points along beta: Littwin & Wolf 2016, Fig. 1(f).

use serde::Deserialize;

use crate::depth::{DepthLaw, trivialisation_beta};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// The formula of Littwin & Wolf's Eq. (31) on either side of the beta where it becomes negative.
#[derive(Debug, Clone, Copy)]
pub struct ComplexityCurve;

/// Points of the curve on each side: chosen here, enough for a smooth line.
const POINTS: usize = 60;

/// The largest beta of Fig. 1(f).
const LARGEST: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Side {
    /// q >= 1.
    #[serde(rename = "q >= 1")]
    Above,
    /// q < 1: the formula is negative and does not hold; the number of critical points tends to 2.
    #[serde(rename = "q < 1, formula invalid")]
    Below,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p.
    layers: usize,
    /// Which side of the beta with q = 1.
    side: Side,
}

impl Simulator for ComplexityCurve {
    fn id(&self) -> &'static str {
        "complexity-curve"
    }

    fn summary(&self) -> &'static str {
        "nothing random: the growth rate of the number of critical points against beta"
    }

    fn observables(&self) -> Vec<Observable> {
        vec![
            Observable { name: "beta", axes: &["point"], unit: "1", definition: "beta" },
            Observable {
                name: "theta.formula",
                axes: &["point"],
                unit: "1",
                definition: "1/2 ln q - (q - 1)/(q + 1), q = nu''/nu' of the weights eps_r^2 with r = 1 \
                             kept (Littwin & Wolf 2016, Eq. 31); evaluated also where q < 1",
            },
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "complexity-beta",
            title: "Littwin & Wolf 2016, Fig. 1(f): complexity against beta",
            caption: "Where q < 1 the formula is negative and does not hold: the number of critical \
                      points tends to 2 (P47, P49).",
            at: &[],
            panels: "layers",
            colours: "side",
            kind: ViewKind::Curve {
                x: "beta",
                y: "theta.formula",
                x_title: "beta",
                y_title: "theta_k by Eq. (31)",
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        if !(3..=10_000).contains(&settings.layers) {
            return Err(Error::spec(format!(
                "parameter `layers`: expected 3 to 10000, found {}",
                settings.layers
            )));
        }
        let critical = trivialisation_beta(settings.layers)?;
        let (low, high) = match settings.side {
            // near 0 the formula falls without bound
            Side::Below => (critical / 4.0, critical),
            Side::Above => (critical, LARGEST),
        };
        let step = (high - low) / (POINTS - 1) as f64;
        let beta: Vec<f64> = (0..POINTS).map(|i| low + step * i as f64).collect();
        let rate = |beta: &f64| {
            let q = DepthLaw::new(settings.layers, *beta)?.q;
            Ok(0.5 * q.ln() - (q - 1.0) / (q + 1.0))
        };
        let theta = beta.iter().map(rate).collect::<Result<_>>()?;
        Ok(Box::new(Curve { beta, theta }))
    }
}

struct Curve {
    beta: Vec<f64>,
    theta: Vec<f64>,
}

impl Replicate for Curve {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, _: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        sink.put("beta", self.beta.clone())?;
        sink.put("theta.formula", self.theta.clone())?;
        sink.tick()
    }
}
