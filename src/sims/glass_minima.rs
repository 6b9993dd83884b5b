//! Many descents in one sampled spin glass: its lowest minimum, and how often descents find it.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;
use crate::sims::glass_mixture::fault;
use crate::spinglass::{Hamiltonian, Mixture, descend, step_size, uniform_point};

/// The most gradients of one descent; see [`GlassDescent`](crate::sims::GlassDescent).
const LIMIT: u64 = 200_000;

/// Energies per spin that differ by less are of one minimum. Chosen here: far above rounding, far
/// below the spacing of hundreds of levels.
const SAME: f64 = 1e-10;

/// Draws a mixed spin glass and descends in it from many uniform starts.
#[derive(Debug, Clone, Copy)]
pub struct GlassMinima;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Pairs r:eps_r^2.
    mixture: String,
    /// N.
    spins: usize,
    /// Starts.
    starts: u64,
}

/// One cell.
struct Cell {
    mixture: Mixture,
    spins: usize,
    starts: u64,
}

impl Simulator for GlassMinima {
    fn id(&self) -> &'static str {
        "glass-minima"
    }

    fn summary(&self) -> &'static str {
        "many descents in one sampled spin glass: the lowest minimum and how often it is found"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            number("energy.lowest", "lowest H/N over the starts"),
            number("energy.mean", "mean H/N over the starts"),
            number("hits", "share of the starts that end at the lowest energy"),
            number("minima", "different energies at which descents end"),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "stage",
            colours: "starts",
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
                "minima-lowest",
                "Lowest energy per spin of many descents",
                "It falls towards the ground state as N grows.",
                "energy.lowest",
                "H/N",
            ),
            view(
                "minima-hits",
                "Share of descents that end in the lowest minimum",
                "Where it is small, lower minima may have been missed.",
                "hits",
                "share",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let Settings { mixture, spins, starts } = read_parameters(parameters)?;
        if !(1..=10_000_000).contains(&starts) {
            return Err(Error::spec(format!(
                "parameter `starts`: expected 1 to 10000000, found {starts}"
            )));
        }
        let mixture = Mixture::parse(&mixture)?;
        Hamiltonian::<f32>::fits(&mixture, spins)?;
        Ok(Box::new(Cell { mixture, spins, starts }))
    }
}

impl Replicate for Cell {
    fn ticks(&self) -> u64 {
        self.starts
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let glass = Hamiltonian::<f32>::sample(&self.mixture, self.spins, streams)
            .map_err(|error| Fault::NonFinite { at: error.to_string() })?;
        let mut rng = streams.stream("start", "");
        let mut energies = Vec::new();
        for _ in 0..self.starts {
            let start = uniform_point(self.spins, &mut rng);
            let end = descend(&glass, &start, step_size(&self.mixture), LIMIT).map_err(fault)?;
            sink.spend("gradients", end.gradients);
            energies.push(end.energy);
            sink.tick()?;
        }
        energies.sort_by(f64::total_cmp);
        let hits = energies.iter().filter(|energy| **energy < energies[0] + SAME).count();
        let steps = energies.windows(2).filter(|pair| pair[1] - pair[0] >= SAME).count();
        let count = self.starts as f64;
        sink.put("energy.lowest", energies[0])?;
        sink.put("energy.mean", energies.iter().sum::<f64>() / count)?;
        sink.put("hits", hits as f64 / count)?;
        sink.put("minima", 1.0 + steps as f64)
    }
}
