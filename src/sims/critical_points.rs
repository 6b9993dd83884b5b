//! All critical points of random spin glasses of a few spins.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;
use crate::sims::glass_mixture;
use crate::spinglass::{
    CENSUS_DIMENSION, COMPLEX_LIMIT, Census, DEGREE_LIMIT, Hamiltonian, Incomplete, Mixture,
    Polynomial, complex_count, critical_points, newton_critical_points,
};

/// Draws Hamiltonians of a mixture on the sphere in R^N and finds all their critical points, with a
/// certificate that none is missing.
#[derive(Debug, Clone, Copy)]
pub struct CriticalPoints;

/// Energies per spin at which the distribution is recorded: -3, -2.9, ..., 3. Below and above there
/// is nothing to see for N >= 2.
fn energies() -> Vec<f64> {
    (-30..=30).map(|tenths| f64::from(tenths) / 10.0).collect()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The mixture, r:eps_r^2 for each degree, such as `2:2,4:1`.
    mixture: Option<String>,
    /// In its place: layers p of the paper's mixture, r = 1 kept,
    layers: Option<usize>,
    /// and its beta.
    beta: Option<f64>,
    /// Spins N.
    dimension: usize,
    /// Hamiltonians in one replicate.
    landscapes: u64,
    /// Random starts of Newton's method on each, which must find nothing new.
    #[serde(default)]
    starts: usize,
}

impl Settings {
    fn mixture(&self) -> Result<Mixture> {
        glass_mixture::mixture(self.mixture.as_deref(), self.layers, self.beta)
    }
}

impl Simulator for CriticalPoints {
    fn id(&self) -> &'static str {
        "critical-points"
    }

    fn summary(&self) -> &'static str {
        "random spin glasses of a few spins: all critical points, their indices and energies"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        let series = |name, axes, unit, definition| Observable { name, axes, unit, definition };
        vec![
            number("count.total", "mean over landscapes of the number of critical points"),
            number(
                "count.variance.ratio",
                "variance over landscapes of the number of critical points, over the square of its mean",
            ),
            series(
                "count.index",
                &["index"],
                "1",
                "mean over landscapes of the number of critical points of index 0..N-1",
            ),
            series("energy", &["energy"], "H/N", "energies per spin u at which the next is given"),
            series(
                "energy.distribution",
                &["energy"],
                "1",
                "share of the critical points of all landscapes with energy per spin at most u",
            ),
            number(
                "newton.new",
                "critical points that Newton's method found from random starts and the census did \
                 not hold",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![
            View {
                id: "critical-points",
                title: "Numbers of critical points, all of them found",
                caption: "Mean over landscapes; the exact expectations are in the claims P42 and P43.",
                at: &[("stage", "forms")],
                panels: "",
                colours: "mixture",
                kind: ViewKind::Trend {
                    x: "dimension",
                    y: "count.total",
                    x_title: "spins N",
                    y_title: "critical points",
                    log_x: false,
                    log_y: true,
                },
            },
            View {
                id: "critical-energies",
                title: "Equal counts, different energies",
                caption: "Distribution of the energy per spin of critical points: a pure and a mixed \
                          model with equal q (P44, P45).",
                at: &[("stage", "forms")],
                panels: "dimension",
                colours: "mixture",
                kind: ViewKind::Curve {
                    x: "energy",
                    y: "energy.distribution",
                    x_title: "energy per spin H/N",
                    y_title: "share of critical points below",
                    log_y: false,
                },
            },
            View {
                id: "critical-variance",
                title: "Does the number of critical points concentrate?",
                caption: "Variance over the square of the mean, pure 3-spin model (P61).",
                at: &[("stage", "forms"), ("mixture", "3:1")],
                panels: "",
                colours: "mixture",
                kind: ViewKind::Trend {
                    x: "dimension",
                    y: "count.variance.ratio",
                    x_title: "spins N",
                    y_title: "Var / mean^2",
                    log_x: false,
                    log_y: false,
                },
            },
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let mixture = settings.mixture()?;
        let degree = mixture.terms().last().map_or(0, |term| term.0);
        let count = complex_count(settings.dimension, degree);
        if !(2..=DEGREE_LIMIT).contains(&degree)
            || !(2..=CENSUS_DIMENSION).contains(&settings.dimension)
            || count > COMPLEX_LIMIT
        {
            return Err(Error::spec(format!(
                "parameters `mixture` and `dimension`: expected a degree of 2 to {DEGREE_LIMIT}, N of 2 to \
                 {CENSUS_DIMENSION} and at most {COMPLEX_LIMIT} complex critical points, found degree {degree}, N = {} \
                 and {count}",
                settings.dimension
            )));
        }
        if !(2..=1_000_000).contains(&settings.landscapes) || settings.starts > 1_000_000 {
            return Err(Error::spec(format!(
                "parameters `landscapes` and `starts`: expected 2 to 1000000 and at most 1000000, \
                 found {} and {}",
                settings.landscapes, settings.starts
            )));
        }
        Ok(Box::new(Prepared { settings, mixture }))
    }
}

struct Prepared {
    settings: Settings,
    mixture: Mixture,
}

impl Replicate for Prepared {
    fn ticks(&self) -> u64 {
        self.settings.landscapes
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let Settings { dimension, landscapes, .. } = self.settings;
        let energies = energies();
        let mut totals = Vec::new();
        let mut by_index = vec![0.0; dimension];
        let mut below = vec![0.0; energies.len()];
        let mut new = 0;
        for landscape in 0..landscapes {
            // another landscape at each N; mixtures share the couplings of the degrees they share
            let streams = streams.part(&format!("{dimension} {landscape}"));
            let (census, missed) = self.census(&streams)?;
            totals.push(census.points.len() as f64);
            for point in &census.points {
                by_index[point.index] += 1.0 / landscapes as f64;
                let energy = point.value / (dimension as f64).sqrt();
                for (below, bound) in below.iter_mut().zip(&energies) {
                    *below += f64::from(energy <= *bound);
                }
            }
            new += missed;
            sink.spend("paths", census.complex);
            sink.spend("path.steps", census.steps);
            sink.spend("repeated", u64::from(census.attempts - 1));
            sink.tick()?;
        }
        let count = landscapes as f64;
        let sum: f64 = totals.iter().sum();
        let mean = sum / count;
        let variance =
            totals.iter().map(|total| (total - mean).powi(2)).sum::<f64>() / (count - 1.0);
        sink.put("count.total", mean)?;
        sink.put("count.variance.ratio", variance / (mean * mean))?;
        sink.put("count.index", by_index)?;
        sink.put("energy", energies)?;
        sink.put("energy.distribution", below.iter().map(|b| b / sum).collect::<Vec<f64>>())?;
        if self.settings.starts > 0 {
            sink.put("newton.new", new as f64)?;
        }
        Ok(())
    }
}

impl Prepared {
    /// All critical points of one landscape, and how many Newton's method finds beside them.
    fn census(&self, streams: &Streams) -> std::result::Result<(Census, usize), Fault> {
        let unexpected = |error: Error| Fault::NonFinite { at: error.to_string() };
        let hamiltonian =
            Hamiltonian::<f64>::sample(&self.mixture, self.settings.dimension, streams)
                .map_err(unexpected)?;
        let f = Polynomial::of_hamiltonian(&hamiltonian).map_err(unexpected)?;
        let census =
            critical_points(&f, &mut streams.stream("paths", "")).map_err(|incomplete| {
                match incomplete {
                    Incomplete::Unsuitable(error) => unexpected(error),
                    Incomplete::Uncertified { expected, attempts } => Fault::NoConvergence {
                        at: format!(
                            "a certificate that all {expected} complex critical points are found"
                        ),
                        limit: attempts.into(),
                    },
                }
            })?;
        let mut rng = streams.stream("starts", "");
        let found =
            newton_critical_points(&f, self.settings.starts, &mut rng).map_err(unexpected)?;
        let near = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() < 1e-6
        };
        let known = |position: &[f64]| census.points.iter().any(|p| near(&p.position, position));
        let new = found.iter().filter(|point| !known(&point.position)).count();
        Ok((census, new))
    }
}
