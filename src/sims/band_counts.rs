//! The expected number of critical points of one index in the lowest energies of a pure spin glass, at
//! any number of spins.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;
use crate::spinglass::{
    DIMENSION_LIMIT, Mixture, OUTER_ENERGIES, level_energy, sampled_ln_below, threshold_energy,
};

/// Estimates ln E Crt_{N,k} of energies below -(E_level + offset) N from sampled random matrices.
#[derive(Debug, Clone, Copy)]
pub struct BandCounts;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The p of a pure model.
    degree: usize,
    /// Spins N.
    dimension: usize,
    /// The index k of the critical points counted.
    index: usize,
    /// The level from which the band is measured.
    level: usize,
    /// How far below -E_level the band begins, in energy per spin.
    offset: f64,
    /// Matrices.
    samples: usize,
}

impl Simulator for BandCounts {
    fn id(&self) -> &'static str {
        "band-counts"
    }

    fn summary(&self) -> &'static str {
        "random matrices: the expected number of low critical points of a pure spin glass, by index"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number(
                "ln.count",
                "ln of the expected number of critical points of this index with energy per spin below \
                 -(E_level + offset): a bound on ln of the probability that there is one",
            ),
            number("ln.count.error", "its standard error, the relative one of the number"),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "band-counts",
            title: "Layers of critical points",
            caption: "ln of the expected number below -(E_1 + offset) N, pure 10-spin model (P51): \
                      saddles of index 1 disappear where minima abound; a little higher they abound \
                      too.",
            at: &[],
            panels: "offset",
            colours: "index",
            kind: ViewKind::Trend {
                x: "dimension",
                y: "ln.count",
                x_title: "spins N",
                y_title: "ln of the expected number",
                log_x: false,
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { degree, dimension, index, level, offset, samples } = settings;
        if !(3..=1000).contains(&degree) || index > 1 || level > 1000 {
            return Err(Error::spec(format!(
                "parameters `degree`, `index` and `level`: expected 3 to 1000, 0 or 1 and at most 1000, \
                 found {degree}, {index} and {level}"
            )));
        }
        if !(index + 2..=DIMENSION_LIMIT).contains(&dimension)
            || !(2..=100_000_000).contains(&samples)
        {
            return Err(Error::spec(format!(
                "parameters `dimension` and `samples`: expected {} to {DIMENSION_LIMIT} and 2 to \
                 100000000, found {dimension} and {samples}",
                index + 2
            )));
        }
        let mixture = Mixture::pure(degree)?;
        let depth = level_energy(&mixture, level).unwrap_or(f64::NAN) + offset;
        let threshold = threshold_energy(&mixture).unwrap_or(f64::NAN);
        let nearest = OUTER_ENERGIES[0] * threshold;
        if !(depth > nearest && depth < 2.0 * threshold) {
            return Err(Error::spec(format!(
                "parameter `offset`: expected E_level + offset between {nearest} and twice \
                 E_inf = {threshold}, found {depth}"
            )));
        }
        Ok(Box::new(Prepared { settings, mixture, energy: -depth }))
    }
}

struct Prepared {
    settings: Settings,
    mixture: Mixture,
    energy: f64,
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { dimension, index, samples, .. } = self.settings;
        // the same matrices for every band
        let mut rng = streams.stream("tridiagonal", &format!("{dimension} {index}"));
        let found =
            sampled_ln_below(&self.mixture, dimension, index, self.energy, samples, &mut rng)
                .map_err(|error| Fault::NonFinite { at: error.to_string() })?;
        sink.spend("matrices", samples as u64);
        sink.put("ln.count", found.value)?;
        sink.put("ln.count.error", found.standard_error)?;
        sink.tick()
    }
}
