//! The expected number of minima of a spin glass at large N, by sampling edges of random matrices.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;
use crate::spinglass::{DIMENSION_LIMIT, Mixture, sampled_ln_minima, theta};

/// Estimates ln E Crt_{N,0} by importance sampling of tridiagonal Gaussian orthogonal matrices.
#[derive(Debug, Clone, Copy)]
pub struct MinimaCounts;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The mixture, r:eps_r^2 for each degree; q >= 1.
    mixture: String,
    /// Spins N.
    dimension: usize,
    /// Matrices.
    samples: usize,
}

impl Simulator for MinimaCounts {
    fn id(&self) -> &'static str {
        "minima-counts"
    }

    fn summary(&self) -> &'static str {
        "edges of random matrices: the expected number of minima of a spin glass at large N"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("ln.minima", "ln E Crt_{N,0}, the expected number of minima"),
            number(
                "ln.minima.excess",
                "(ln E Crt_{N,0} - N theta)/sqrt N, theta = 1/2 ln q - (q - 1)/(q + 1)",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "minima-excess",
            title: "The square root of N in the number of minima",
            caption: "(ln E Crt - N theta)/sqrt N falls to (32 sqrt 2/3) c^(3/2), c = (q - 1)/(4 (q + 1)) \
                      (P46): 0.363 for the pure 3-spin model, 0.667 for the pure 4-spin model.",
            at: &[],
            panels: "",
            colours: "mixture",
            kind: ViewKind::Trend {
                x: "dimension",
                y: "ln.minima.excess",
                x_title: "spins N",
                y_title: "(ln E Crt - N theta)/sqrt N",
                log_x: true,
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let mixture = Mixture::parse(&settings.mixture)?;
        let theta = theta(&mixture)
            .ok_or_else(|| Error::spec("parameter `mixture`: expected q >= 1, found less"))?;
        if !(2..=DIMENSION_LIMIT).contains(&settings.dimension)
            || !(1..=100_000_000).contains(&settings.samples)
        {
            return Err(Error::spec(format!(
                "parameters `dimension` and `samples`: expected 2 to {DIMENSION_LIMIT} and 1 to \
                 100000000, found {} and {}",
                settings.dimension, settings.samples
            )));
        }
        Ok(Box::new(Prepared { settings, mixture, theta }))
    }
}

struct Prepared {
    settings: Settings,
    mixture: Mixture,
    theta: f64,
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { dimension, samples, .. } = self.settings;
        let mut rng = streams.stream("tridiagonal", &dimension.to_string());
        let ln = sampled_ln_minima(&self.mixture, dimension, samples, &mut rng)
            .map_err(|error| Fault::NonFinite { at: error.to_string() })?;
        let n = dimension as f64;
        sink.spend("matrices", samples as u64);
        sink.put("ln.minima", ln)?;
        sink.put("ln.minima.excess", (ln - n * self.theta) / n.sqrt())?;
        sink.tick()
    }
}
