//! Residual nets whose weights are tied as the paper assumes: which power of the number of layer
//! subsets does a path length's energy follow?

use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Draws nets (Littwin & Wolf 2016, Eq. 7) whose weights take Lambda values, on the sphere
/// sum w_i^2 = Lambda C^2 with C = 1 / sqrt(n) (A4), each equally often among the weights that enter
/// a unit (A2, A3), in random order; or that are all drawn on their own.
///
/// Every net's energies over inputs, E Y_r^2 with Y_r the sum of the units of V_r, are fitted by
/// ln E Y_r^2 = a + b r + g ln C(p - 1, r - 1): g = 2 if the subsets of layers add coherently, as in
/// Eq. (16), and 1 if they are uncorrelated.
#[derive(Debug, Clone, Copy)]
pub struct TiedLengths;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p, of which p - 1 have a skip.
    layers: usize,
    /// Units n of a layer, and inputs.
    width: usize,
    /// Lambda; 0 where nothing is tied.
    distinct: usize,
    /// Whether gates are those of the true pass; else each is its mean, 1/2 (Eq. 10).
    relu: bool,
    /// Inputs averaged over.
    samples: usize,
    /// Nets in one replicate.
    nets: u64,
}

impl Simulator for TiedLengths {
    fn id(&self) -> &'static str {
        "tied-lengths"
    }

    fn summary(&self) -> &'static str {
        "residual nets with tied weights: energy by path length against the number of layer subsets"
    }

    fn observables(&self) -> Vec<Observable> {
        let series =
            |name, definition| Observable { name, axes: &["length"], unit: "1", definition };
        vec![
            series("length", "path length r = 1..p (weights on the path)"),
            series(
                "length.energy.log",
                "mean over nets, but dead ones, of ln E Y_r^2, E over inputs",
            ),
            Observable {
                name: "net.dead",
                axes: &[],
                unit: "1",
                definition: "share of nets in which some length carries nothing: with few distinct \
                             weights of negative mean every branch is shut, whatever the input",
            },
            Observable {
                name: "length.exponent",
                axes: &[],
                unit: "1",
                definition: "mean over nets, but dead ones, of g in ln E Y_r^2 = a + b r + g ln C(p - 1, r - 1), by \
                             least squares over r = 1..p",
            },
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![
            View {
                id: "tied-exponent",
                title: "Energy of a path length against the number of its layer subsets",
                caption: "Exponent g of C(p - 1, r - 1): 2 is the paper's, 1 that of independent \
                          subsets; Lambda = 0 stands for weights that are not tied.",
                at: &[],
                panels: "",
                colours: "relu",
                kind: ViewKind::Trend {
                    x: "distinct",
                    y: "length.exponent",
                    x_title: "Lambda (distinct weights; 0: untied)",
                    y_title: "exponent g",
                    log_x: false,
                    log_y: false,
                },
            },
            View {
                id: "tied-energies",
                title: "Energy of the output by path length, tied and untied",
                caption: "Mean over nets of the logarithm.",
                at: &[],
                panels: "relu",
                colours: "distinct",
                kind: ViewKind::Curve {
                    x: "length",
                    y: "length.energy.log",
                    x_title: "path length r (layers)",
                    y_title: "ln E Y_r^2",
                    log_y: false,
                },
            },
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, distinct, samples, nets, .. } = settings;
        if !(4..=64).contains(&layers) || !(2..=1024).contains(&width) {
            return Err(Error::spec(format!(
                "parameters `layers` and `width`: expected 4 to 64 and 2 to 1024, found {layers} and \
                 {width}"
            )));
        }
        if distinct > 0 && !width.is_multiple_of(distinct) {
            return Err(Error::spec(format!(
                "parameter `distinct`: expected a divisor of the {width} units, or 0 for weights that \
                 are not tied, found {distinct}"
            )));
        }
        if !(1..=65_536).contains(&samples) || !(1..=100_000_000).contains(&nets) {
            return Err(Error::spec(format!(
                "parameters `samples` and `nets`: expected 1 to 65536 and 1 to 1e8, found {samples} \
                 and {nets}"
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
        let fit = exponent_row(self.layers);
        let mut logs = DVector::zeros(self.layers);
        let mut alive = 0.0;
        for _ in 0..self.nets {
            let energies = self.energies(&mut rng);
            if energies.iter().all(|energy| *energy > 0.0) {
                alive += 1.0;
                logs += energies.map(f64::ln);
            }
            sink.tick()?;
        }
        sink.put("net.dead", 1.0 - alive / self.nets as f64)?;
        logs /= alive;
        sink.put("length", (1..=self.layers).map(|r| r as f64).collect::<Vec<f64>>())?;
        // the fit is linear: that of the mean logarithm is the mean of the fits
        sink.put("length.exponent", fit.dot(&logs))?;
        sink.put("length.energy.log", logs.as_slice().to_vec())
    }
}

impl Settings {
    /// The distinct weights of one net, none where every weight has its own.
    fn values<R: Rng>(&self, rng: &mut R) -> Vec<f64> {
        let values: Vec<f64> = (0..self.distinct).map(|_| StandardNormal.sample(rng)).collect();
        let size = values.iter().map(|w| w * w).sum::<f64>().sqrt();
        let radius = (self.distinct as f64 / self.width as f64).sqrt();
        values.into_iter().map(|w| w * radius / size).collect()
    }

    fn weights<R: Rng>(&self, values: &[f64], rng: &mut R) -> DMatrix<f64> {
        let n = self.width;
        if values.is_empty() {
            let deviation = (1.0 / n as f64).sqrt();
            return DMatrix::from_fn(n, n, |_, _| {
                let z: f64 = StandardNormal.sample(rng);
                deviation * z
            });
        }
        let mut weights = DMatrix::zeros(n, n);
        let mut row: Vec<f64> = values.iter().copied().cycle().take(n).collect();
        for mut unit in weights.row_iter_mut() {
            row.shuffle(rng);
            unit.copy_from_slice(&row);
        }
        weights
    }

    /// E Y_r^2 over the inputs for r = 1..p, of one net.
    fn energies<R: Rng>(&self, rng: &mut R) -> DVector<f64> {
        let (n, samples, p) = (self.width, self.samples, self.layers);
        let values = self.values(rng);
        let x = DMatrix::from_fn(n, samples, |_, _| -> f64 { StandardNormal.sample(rng) });
        let mut parts = vec![self.gated(self.weights(&values, rng) * x)];
        for _ in 1..p {
            let weights = self.weights(&values, rng);
            let stacked: Vec<f64> =
                parts.iter().flat_map(|part| part.as_slice().to_vec()).collect();
            let branch = &weights * DMatrix::from_vec(n, samples * parts.len(), stacked);
            let branch = self.gated(branch);
            parts.push(DMatrix::zeros(n, samples));
            for (part, longer) in parts[1..].iter_mut().enumerate() {
                *longer += branch.columns(part * samples, samples);
            }
        }
        let energy = |part: &DMatrix<f64>| part.row_sum().norm_squared() / samples as f64;
        DVector::from_iterator(p, parts.iter().map(energy))
    }

    /// Pre-activations by length, length after length, behind their gates.
    fn gated(&self, mut branch: DMatrix<f64>) -> DMatrix<f64> {
        if !self.relu {
            return branch / 2.0;
        }
        let size = self.width * self.samples;
        let lengths = branch.len() / size;
        let entries = branch.as_mut_slice();
        for unit in 0..size {
            let z: f64 = (0..lengths).map(|r| entries[r * size + unit]).sum();
            if z <= 0.0 {
                (0..lengths).for_each(|r| entries[r * size + unit] = 0.0);
            }
        }
        branch
    }
}

/// The row of the least-squares solution that gives g: g = row . (ln E Y_r^2)_r.
fn exponent_row(layers: usize) -> DVector<f64> {
    let mut ln_subsets = 0.0;
    let mut design = DMatrix::zeros(layers, 3);
    for r in 0..layers {
        design.row_mut(r).copy_from_slice(&[1.0, r as f64, ln_subsets]);
        ln_subsets += ((layers - 1 - r) as f64 / (r + 1) as f64).ln();
    }
    let gram = design.tr_mul(&design);
    let inverse =
        gram.try_inverse().expect("a constant, a line and a concave curve are independent");
    (inverse * design.transpose()).row(2).transpose()
}
