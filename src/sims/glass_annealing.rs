//! Annealing in beta: does following a minimum from a shallow ensemble to a deep one end lower than
//! descents in the deep one?

use nalgebra::DVector;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;
use crate::sims::glass_mixture::{fault, of_depth_law};
use crate::spinglass::{Hamiltonian, Mixture, descend, step_size, uniform_point};

/// The most gradients of one descent; see [`GlassDescent`](crate::sims::GlassDescent).
const LIMIT: u64 = 200_000;

/// Draws the spin glass of a network's path lengths and follows a minimum while beta rises; descends
/// directly at the last beta, on the same couplings, from as many starts as the same number of
/// gradients allows.
#[derive(Debug, Clone, Copy)]
pub struct GlassAnnealing;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p.
    layers: usize,
    /// beta at the first stage.
    from: f64,
    /// beta at the last stage.
    to: f64,
    /// Stages after the first, in equal ratios of beta.
    stages: u32,
    /// N.
    spins: usize,
}

/// One cell: the mixture of each stage.
struct Cell {
    stages: Vec<Mixture>,
    spins: usize,
}

impl Simulator for GlassAnnealing {
    fn id(&self) -> &'static str {
        "glass-annealing"
    }

    fn summary(&self) -> &'static str {
        "spin glasses of path lengths: a minimum followed while beta rises, against direct descents"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("energy.annealed", "H/N of the minimum that was followed, at the last beta"),
            number("energy.direct", "H/N after one descent at the last beta from the same start"),
            number(
                "energy.best",
                "lowest H/N of direct descents from random starts, the same start first, that together \
                 take no more gradients than the annealing",
            ),
            number("difference", "energy.annealed - energy.best"),
            number("difference.single", "energy.annealed - energy.direct"),
            number("descents", "direct descents behind energy.best"),
            number("gradients", "gradients that the annealing took"),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y| View {
            id,
            title,
            caption,
            at: &[],
            panels: "stages",
            colours: "layers",
            kind: ViewKind::Trend {
                x: "spins",
                y,
                x_title: "spins N",
                y_title: "difference of H/N",
                log_x: false,
                log_y: false,
            },
        };
        vec![
            view(
                "annealing-compute",
                "Annealing in beta less the best direct descents of the same compute",
                "Below 0 annealing ends deeper.",
                "difference",
            ),
            view(
                "annealing-single",
                "Annealing in beta less one direct descent",
                "Below 0 annealing ends deeper; it takes many times the gradients.",
                "difference.single",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let Settings { layers, from, to, stages, spins } = read_parameters(parameters)?;
        if !(from > 0.0 && from < to && to.is_finite()) {
            return Err(Error::spec(format!(
                "parameters `from` and `to`: expected 0 < from < to, found {from} and {to}"
            )));
        }
        if !(1..=1000).contains(&stages) {
            return Err(Error::spec(format!(
                "parameter `stages`: expected 1 to 1000, found {stages}"
            )));
        }
        let beta = |k: u32| from * (to / from).powf(f64::from(k) / f64::from(stages));
        Hamiltonian::<f32>::fits(&of_depth_law(layers, to)?, spins)?;
        let stages =
            (0..=stages).map(|k| of_depth_law(layers, beta(k))).collect::<Result<Vec<_>>>()?;
        Ok(Box::new(Cell { stages, spins }))
    }
}

impl Replicate for Cell {
    fn ticks(&self) -> u64 {
        self.stages.len() as u64
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let refused = |error: Error| Fault::NonFinite { at: error.to_string() };
        let last = &self.stages[self.stages.len() - 1];
        let glass = Hamiltonian::<f32>::sample(last, self.spins, streams).map_err(refused)?;
        let mut rng = streams.stream("start", "");
        let start = uniform_point(self.spins, &mut rng);
        let (mut followed, mut energy, mut budget) = (start.clone(), 0.0, 0);
        for mixture in &self.stages {
            let stage = glass.reweighted(mixture).map_err(refused)?;
            let end = descend(&stage, &followed, step_size(mixture), LIMIT).map_err(fault)?;
            (followed, energy) = (end.point, end.energy);
            budget += end.gradients;
            sink.tick()?;
        }
        let direct =
            |start: &DVector<f64>| descend(&glass, start, step_size(last), LIMIT).map_err(fault);
        let first = direct(&start)?;
        let (mut best, mut spent, mut descents) = (first.energy, first.gradients, 1);
        while spent < budget {
            let next = direct(&uniform_point(self.spins, &mut rng))?;
            spent += next.gradients;
            if spent > budget {
                break;
            }
            best = best.min(next.energy);
            descents += 1;
        }
        sink.spend("gradients", budget + spent);
        sink.put("energy.annealed", energy)?;
        sink.put("energy.direct", first.energy)?;
        sink.put("energy.best", best)?;
        sink.put("difference", energy - best)?;
        sink.put("difference.single", energy - first.energy)?;
        sink.put("descents", f64::from(descents))?;
        sink.put("gradients", budget as f64)
    }
}
