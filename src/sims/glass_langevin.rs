//! Langevin dynamics of sampled spin glasses, from a random point or from equilibrium: energies,
//! memory, and where a descent from the last point ends.

use nalgebra::DVector;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;
use crate::sims::glass_mixture::{fault, glass};
use crate::spinglass::{
    Hamiltonian, Mixture, Thermostat, descend, langevin, step_size, uniform_point,
};
use crate::stats;

/// The most gradients of a descent, as in the sim of descents.
const LIMIT: u64 = 200_000;

/// The most times at which a run is looked at: the last, half of it, and so on.
const TIMES: usize = 8;

/// Draws mixed spin glasses and follows Langevin dynamics in each.
#[derive(Debug, Clone, Copy)]
pub struct GlassLangevin;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Pairs r:eps_r^2.
    mixture: String,
    /// N.
    spins: usize,
    /// T.
    temperature: f64,
    /// Where to start.
    start: Start,
    /// How long to run; 0 to stay at the start.
    time: f64,
    /// Length of a step in time.
    step: f64,
    /// Samples in one replicate.
    runs: u64,
    /// Whether to descend from the last point to a minimum.
    #[serde(default)]
    descend: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Start {
    /// A uniform point: equilibrium at infinite temperature.
    Random,
    /// A configuration in equilibrium, by planting.
    Planted,
}

/// One cell.
struct Cell {
    mixture: Mixture,
    settings: Settings,
    /// Numbers of steps after which a run is looked at, ascending; empty without steps.
    marks: Vec<u64>,
}

impl Simulator for GlassLangevin {
    fn id(&self) -> &'static str {
        "glass-langevin"
    }

    fn summary(&self) -> &'static str {
        "Langevin dynamics in sampled mixed spin glasses: energies, memory, descents from its end"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        let series =
            |name, unit, definition| Observable { name, axes: &["time"], unit, definition };
        vec![
            number("energy", "mean over samples and the second half of the time of H/N"),
            number("energy.start", "mean over samples of H/N at the start"),
            number("overlap", "the same of s.s'/N with the start s'"),
            series(
                "time",
                "1/H",
                "times t at which the next two are given, each about twice the last",
            ),
            series(
                "energy.time",
                "H/N",
                "mean over samples of H/N from the time before, 0 for the first, to t",
            ),
            series("correlation", "1", "mean over samples of s(t').s(t)/N with t' the time before"),
            number("accepted", "share of the steps that were accepted"),
            number(
                "energy.descent",
                "mean over samples of H/N at the minimum below the last point",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        let curve = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "stage",
            colours: "start",
            kind: ViewKind::Curve { x: "time", y, x_title: "time t", y_title, log_y: false },
        };
        vec![
            curve(
                "langevin-energy",
                "Energy per spin under Langevin dynamics",
                "Above the transition both starts meet at -1/T; below it a random start ages above the \
                 equilibrium in which the planted one stays.",
                "energy.time",
                "H/N",
            ),
            curve(
                "langevin-correlation",
                "What is left after as much time again",
                "s(t/2).s(t)/N falls to 0 where the dynamics forgets, and keeps to a plateau where it \
                 does not.",
                "correlation",
                "correlation of s(t/2) and s(t)",
            ),
            View {
                id: "langevin-descent",
                title: "Energy per spin where descents from equilibrium end",
                caption: "Equilibrium by dynamics and by planting; beside them random starts.",
                at: &[("descend", "true")],
                panels: "",
                colours: "stage",
                kind: ViewKind::Trend {
                    x: "spins",
                    y: "energy.descent",
                    x_title: "spins N",
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
        let mixture = Mixture::parse(&settings.mixture)?;
        Hamiltonian::<f32>::fits(&mixture, settings.spins)?;
        let Settings { temperature, time, step, runs, .. } = settings;
        if !(1..=1_000_000).contains(&runs) {
            return wrong(format!("`runs`: expected 1 to 1000000, found {runs}"));
        }
        if !(temperature > 0.0 && temperature < 1e6) {
            return wrong(format!(
                "`temperature`: expected above 0 and below 1e6, found {temperature}"
            ));
        }
        if !(step > 0.0 && step <= 1.0) {
            return wrong(format!("`step`: expected above 0 and at most 1, found {step}"));
        }
        if !(time >= 0.0 && time / step <= 1e9) {
            return wrong(format!("`time`: expected 0 to a thousand million steps, found {time}"));
        }
        let steps = (time / step).round() as u64;
        let mut marks: Vec<u64> =
            (0..TIMES).map(|i| steps >> i).take_while(|mark| *mark >= 1).collect();
        marks.reverse();
        Ok(Box::new(Cell { mixture, settings, marks }))
    }
}

impl Replicate for Cell {
    fn ticks(&self) -> u64 {
        self.settings.runs
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let mut all: Vec<Run> = Vec::new();
        for run in 0..self.settings.runs {
            all.push(self.sample(streams, run)?);
            sink.tick()?;
        }
        let mean = |of: &dyn Fn(&Run) -> f64| stats::mean(&all.iter().map(of).collect::<Vec<_>>());
        let series = |of: fn(&Run) -> &Vec<f64>| -> Vec<f64> {
            (0..self.marks.len()).map(|i| mean(&|run| of(run)[i])).collect()
        };
        if let Some(steps) = self.marks.last() {
            let step = self.settings.step;
            sink.put("energy", mean(&|run| run.energies[run.energies.len() - 1]))?;
            sink.put("energy.start", mean(&|run| run.start))?;
            sink.put("overlap", mean(&|run| run.overlap))?;
            sink.put("time", self.marks.iter().map(|m| *m as f64 * step).collect::<Vec<f64>>())?;
            sink.put("energy.time", series(|run| &run.energies))?;
            sink.put("correlation", series(|run| &run.correlations))?;
            sink.put("accepted", mean(&|run| run.accepted as f64 / *steps as f64))?;
            sink.spend("steps", steps * self.settings.runs);
        }
        if self.settings.descend {
            sink.put("energy.descent", mean(&|run| run.minimum.map_or(f64::NAN, |m| m.0)))?;
            sink.spend("gradients", all.iter().filter_map(|run| run.minimum).map(|m| m.1).sum());
        }
        Ok(())
    }
}

/// What one sample gave.
struct Run {
    /// H/N at the start.
    start: f64,
    /// Means of H/N from the last mark to this one.
    energies: Vec<f64>,
    /// s.s'/N with s' at the last mark.
    correlations: Vec<f64>,
    /// With the start, over the second half.
    overlap: f64,
    accepted: u64,
    /// H/N at the minimum, and the gradients that it took.
    minimum: Option<(f64, u64)>,
}

impl Cell {
    fn sample(&self, streams: &Streams, run: u64) -> std::result::Result<Run, Fault> {
        let Settings { spins, temperature, start, step, .. } = self.settings;
        let glass = glass(&self.mixture, spins, streams, run)?;
        let origin = uniform_point(spins, &mut streams.stream("start", &run.to_string()));
        let glass = match start {
            Start::Planted => glass.planted(&origin, temperature),
            Start::Random => glass,
        };
        let n = spins as f64;
        let mut seen = Run {
            start: glass.energy_and_gradient(&origin).0 / n,
            energies: Vec::new(),
            correlations: Vec::new(),
            overlap: 0.0,
            accepted: 0,
            minimum: None,
        };
        let steps = self.marks.last().copied().unwrap_or(0);
        let mut last = (0, origin.clone());
        let mut energies = 0.0;
        let mut overlaps = 0.0;
        let observe = |done: u64, energy: f64, s: &DVector<f64>| {
            energies += energy;
            overlaps += s.dot(&origin) / n;
            if self.marks.binary_search(&done).is_ok() {
                let count = (done - last.0) as f64;
                seen.energies.push(energies / count);
                seen.correlations.push(s.dot(&last.1) / n);
                seen.overlap = overlaps / count;
                (energies, overlaps) = (0.0, 0.0);
                last = (done, s.clone());
            }
        };
        let mut rng = streams.stream("noise", &run.to_string());
        let thermostat = Thermostat { temperature, step };
        let (end, accepted) = langevin(&glass, &origin, thermostat, steps, &mut rng, observe);
        seen.accepted = accepted;
        if self.settings.descend {
            let found = descend(&glass, &end, step_size(&self.mixture), LIMIT).map_err(fault)?;
            seen.minimum = Some((found.energy, found.gradients));
        }
        Ok(seen)
    }
}
