//! Descents in sampled spin glasses: where do they end, and what is the landscape like there?

use nalgebra::DVector;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::linalg::symmetric_eigenvalues;
use crate::random::Streams;
use crate::rmt::semicircle_distribution;
use crate::sims::glass_mixture::{fault, glass, mixture};
use crate::spinglass::{
    Hamiltonian, Minimum, Mixture, descend, descend_by_hessians, step_size, uniform_point,
};
use crate::stats;

/// The most gradients of one descent. Chosen here: at N = 400 some thousands are needed.
const LIMIT: u64 = 200_000;

/// Draws mixed spin glasses and descends in each, by gradients to a minimum or by Hessians from the
/// centre to the sphere.
#[derive(Debug, Clone, Copy)]
pub struct GlassDescent;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Pairs r:eps_r^2; or `layers` and `beta`.
    mixture: Option<String>,
    /// Layers p of a network whose path lengths give the mixture.
    layers: Option<usize>,
    /// Its odds of one more layer on a path.
    beta: Option<f64>,
    /// N.
    spins: usize,
    /// By what to descend.
    #[serde(default)]
    by: By,
    /// What multiplies the step of gradient descent; 1 where it is not given.
    step: Option<f64>,
    /// Temperature of the equilibrium from which to start; infinite where it is not given.
    temperature: Option<f64>,
    /// Samples in one replicate.
    runs: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum By {
    #[default]
    Gradients,
    Hessians,
}

/// One cell.
struct Cell {
    mixture: Mixture,
    settings: Settings,
}

impl Simulator for GlassDescent {
    fn id(&self) -> &'static str {
        "glass-descent"
    }

    fn summary(&self) -> &'static str {
        "descents in sampled mixed spin glasses: energies and Hessians where they end"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("energy", "mean over samples of H/N at the end of the descent"),
            number("energy.variance", "variance over samples of H/N at the end"),
            number("energy.start", "mean over samples of H/N at the start"),
            number("overlap", "mean over samples of s.s'/N between start and end"),
            number(
                "index",
                "negative eigenvalues of the Hessian on the sphere at the end, all samples together",
            ),
            number("eigenvalue.lowest", "mean over samples of its lowest eigenvalue"),
            number(
                "spectrum.distance",
                "mean over samples of the Kolmogorov distance of its eigenvalues from the semicircle of \
                 radius 2 sqrt(nu'') around -s.grad H/N, which is -p H/N in a pure model",
            ),
            number("gradient", "largest root mean square of the gradient on the sphere at the end"),
            number("gradients", "mean over samples of the gradients that a descent took"),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, at, y, y_title| View {
            id,
            title,
            caption,
            at,
            panels: "mixture",
            colours: "stage",
            kind: ViewKind::Trend {
                x: "spins",
                y,
                x_title: "spins N",
                y_title,
                log_x: true,
                log_y: false,
            },
        };
        vec![
            view(
                "descent-energy",
                "Energy per spin where descents end",
                "Finite size raises or lowers it by terms that vanish with N.",
                &[],
                "energy",
                "H/N",
            ),
            view(
                "descent-gap",
                "Lowest eigenvalue of the Hessian where gradient descent ends",
                "Marginal minima: the gap closes as N grows.",
                &[],
                "eigenvalue.lowest",
                "lowest eigenvalue",
            ),
            view(
                "descent-spectrum",
                "Distance of the Hessian's spectrum from a shifted semicircle",
                "It vanishes with N.",
                &[],
                "spectrum.distance",
                "Kolmogorov distance",
            ),
            View {
                id: "descent-variance",
                title: "Variance of the final energy per spin over samples",
                caption: "Do final energies concentrate as N grows (P54)?",
                at: &[],
                panels: "stage",
                colours: "temperature",
                kind: ViewKind::Trend {
                    x: "spins",
                    y: "energy.variance",
                    x_title: "spins N",
                    y_title: "variance of H/N",
                    log_x: true,
                    log_y: true,
                },
            },
            View {
                id: "descent-depth",
                title: "Energy per spin where descents end, by the depth of the ensemble",
                caption: "Are the minima of deeper ensembles deeper, on the same couplings?",
                at: &[("stage", "depth")],
                panels: "spins",
                colours: "layers",
                kind: ViewKind::Trend {
                    x: "beta",
                    y: "energy",
                    x_title: "beta",
                    y_title: "H/N",
                    log_x: true,
                    log_y: false,
                },
            },
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let wrong = |what: String| Err(Error::spec(format!("parameter {what}")));
        let mixture = mixture(settings.mixture.as_deref(), settings.layers, settings.beta)?;
        Hamiltonian::<f32>::fits(&mixture, settings.spins)?;
        if !(1..=1_000_000).contains(&settings.runs) {
            return wrong(format!("`runs`: expected 1 to 1000000, found {}", settings.runs));
        }
        if let Some(step) = settings.step.filter(|step| !(*step > 0.0 && *step <= 2.0)) {
            return wrong(format!("`step`: expected above 0 and at most 2, found {step}"));
        }
        if let Some(t) = settings.temperature.filter(|t| !(*t > 0.0 && *t < 1e6)) {
            return wrong(format!("`temperature`: expected above 0 and below 1e6, found {t}"));
        }
        if settings.by == By::Hessians && (settings.temperature, settings.step) != (None, None) {
            return wrong(
                "`by`: descents by Hessians start at the centre, with no step or temperature"
                    .into(),
            );
        }
        Ok(Box::new(Cell { mixture, settings }))
    }
}

impl Replicate for Cell {
    fn ticks(&self) -> u64 {
        self.settings.runs
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut all: Vec<Measured> = Vec::new();
        for run in 0..self.settings.runs {
            all.push(self.sample(streams, run)?);
            sink.tick()?;
        }
        let mean = |of: fn(&Measured) -> f64| stats::mean(&all.iter().map(of).collect::<Vec<_>>());
        let mean_over_minima = |of: fn(&Measures) -> f64| {
            let minima: Vec<f64> = all.iter().filter_map(|m| m.minimum.as_ref()).map(of).collect();
            (!minima.is_empty()).then(|| stats::mean(&minima))
        };
        let energy = mean(|m| m.energy);
        sink.put("energy", energy)?;
        if all.len() > 1 {
            let squares: f64 = all.iter().map(|m| (m.energy - energy).powi(2)).sum();
            sink.put("energy.variance", squares / (all.len() as f64 - 1.0))?;
        }
        if let Some(start) = mean_over_minima(|m| m.start) {
            sink.put("energy.start", start)?;
        }
        if let Some(overlap) = mean_over_minima(|m| m.overlap) {
            sink.put("overlap", overlap)?;
        }
        if let Some(index) = mean_over_minima(|m| m.index) {
            sink.put("index", index * all.len() as f64)?;
        }
        if let Some(lowest) = mean_over_minima(|m| m.lowest) {
            sink.put("eigenvalue.lowest", lowest)?;
        }
        if let Some(distance) = mean_over_minima(|m| m.distance) {
            sink.put("spectrum.distance", distance)?;
        }
        let worst = all.iter().filter_map(|m| m.minimum.as_ref()).map(|m| m.gradient);
        if let Some(worst) = worst.reduce(f64::max) {
            sink.put("gradient", worst)?;
        }
        if let Some(gradients) = mean_over_minima(|m| m.gradients as f64) {
            sink.put("gradients", gradients)?;
        }
        let spent = all.iter().filter_map(|m| m.minimum.as_ref()).map(|m| m.gradients).sum();
        sink.spend("gradients", spent);
        Ok(())
    }
}

/// The end of one descent.
struct Measured {
    energy: f64,
    /// Of gradient descent alone.
    minimum: Option<Measures>,
}

struct Measures {
    start: f64,
    overlap: f64,
    index: f64,
    lowest: f64,
    distance: f64,
    gradient: f64,
    gradients: u64,
}

impl Cell {
    fn sample(&self, streams: &Streams, run: u64) -> std::result::Result<Measured, Fault> {
        let n = self.settings.spins;
        let glass = glass(&self.mixture, n, streams, run)?;
        let mut rng = streams.stream("start", &run.to_string());
        if self.settings.by == By::Hessians {
            let end = descend_by_hessians(&glass, n, &mut rng).map_err(fault)?;
            let energy = glass.energy_and_gradient(&end).0 / n as f64;
            return Ok(Measured { energy, minimum: None });
        }
        let start = uniform_point(n, &mut rng);
        let glass = match self.settings.temperature {
            Some(temperature) => glass.planted(&start, temperature),
            None => glass,
        };
        let step = self.settings.step.unwrap_or(1.0) * step_size(&self.mixture);
        let end = descend(&glass, &start, step, LIMIT).map_err(fault)?;
        let before = glass.energy_and_gradient(&start).0 / n as f64;
        let minimum = self.minimum(&start, before, &end)?;
        Ok(Measured { energy: end.energy, minimum: Some(minimum) })
    }

    fn minimum(
        &self,
        start: &DVector<f64>,
        before: f64,
        end: &Minimum,
    ) -> std::result::Result<Measures, Fault> {
        let eigenvalues = symmetric_eigenvalues(&end.hessian).map_err(fault)?;
        let radius = 2.0 * self.mixture.nu_second().sqrt();
        let law = |x: f64| semicircle_distribution(x + end.slope, radius);
        Ok(Measures {
            start: before,
            overlap: start.dot(&end.point) / start.len() as f64,
            index: eigenvalues.iter().filter(|value| **value < 0.0).count() as f64,
            lowest: eigenvalues[0],
            distance: stats::kolmogorov_to(&eigenvalues, law, 0.95).value,
            gradient: end.gradient,
            gradients: end.gradients,
        })
    }
}
