//! All scales of centred batch norms multiplied, with the deviations held at their initial values or
//! taken from the batch.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::linalg;
use crate::random::Streams;

/// Draws N_1 = c(relu(W_1 x)) / sigma_1, N_l = N_{l-1} + lambda c(relu(W_l N_{l-1})) / sigma_l, c
/// subtracting every unit's mean over the batch and sigma_l every unit's deviation: of the same net's
/// pass with lambda = 1, or of the pass itself. The stream is split by path length, with the gates
/// of its pass.
#[derive(Debug, Clone, Copy)]
pub struct FrozenScales;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p, of which p - 1 have a skip and the scale.
    layers: usize,
    /// Units n of a layer, inputs and samples.
    width: usize,
    /// lambda.
    scale: f64,
    /// Where the deviations come from.
    statistics: Statistics,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Statistics {
    /// From the pass with lambda = 1: Littwin & Wolf 2016, Sec. 4.2.
    Frozen,
    /// From the pass itself, as batch norm does.
    Batch,
}

impl Simulator for FrozenScales {
    fn id(&self) -> &'static str {
        "frozen-scales"
    }

    fn summary(&self) -> &'static str {
        "random residual networks with centred batch norm and one scale on all branches, deviations \
         frozen at the start or taken from the batch: path lengths of the signal"
    }

    fn observables(&self) -> Vec<Observable> {
        let series =
            |name, definition| Observable { name, axes: &["length"], unit: "1", definition };
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        vec![
            series("length", "path length r = 1..p (1 + branches taken)"),
            series("length.share", "|V_r|^2 / sum_s |V_s|^2 of the last stream"),
            number("length.mean", "mean of r under length.share"),
            number("length.first", "length.share at r = 1"),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![View {
            id: "frozen-scales",
            title: "Mean path length when every scale of the batch norms is multiplied",
            caption: "With the deviations frozen the ensemble deepens with lambda; with the batch's \
                      own it does not.",
            at: &[],
            panels: "width",
            colours: "statistics",
            kind: ViewKind::Trend {
                x: "scale",
                y: "length.mean",
                x_title: "scale lambda of every branch",
                y_title: "mean path length r (layers)",
                log_x: true,
                log_y: false,
            },
        }]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, scale, .. } = settings;
        if !(2..=256).contains(&layers) || !(4..=2048).contains(&width) {
            return Err(Error::spec(format!(
                "parameters `layers` and `width`: expected 2 to 256 and 4 to 2048, found {layers} and \
                 {width}"
            )));
        }
        if !(scale > 0.0 && scale <= 1e3) {
            return Err(Error::spec(format!(
                "parameter `scale`: expected a factor above 0 and up to 1000, found {scale}"
            )));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.layers as u64
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let (n, p) = (self.width, self.layers);
        let size = n * n;
        let mut rng = streams.stream("weights", "");
        let mut normals =
            || DMatrix::from_fn(n, n, |_, _| -> f64 { StandardNormal.sample(&mut rng) });
        let x = normals();
        let mut reference = relu(normals() * x);
        let deviations = normalise(&mut reference);
        scaled(&mut reference, 1.0, &deviations);
        // length after length, each n x n: the first layer is the same whatever the scale
        let mut parts = reference.as_slice().to_vec();
        sink.tick()?;
        for layer in 1..p {
            let weights = normals();
            let mut branch = vec![0.0; parts.len()];
            linalg::gemm(
                1.0,
                linalg::View::of(&weights),
                linalg::View::new(&parts, n, n * layer),
                0.0,
                linalg::ViewMut::new(&mut branch, n, n * layer),
            );
            for entry in 0..size {
                let z: f64 = (0..layer).map(|r| branch[r * size + entry]).sum();
                if z <= 0.0 {
                    (0..layer).for_each(|r| branch[r * size + entry] = 0.0);
                }
            }
            let mut own = DMatrix::zeros(n, n);
            let mut longer: Vec<DMatrix<f64>> = branch
                .chunks_exact(size)
                .map(|part| DMatrix::from_column_slice(n, n, part))
                .collect();
            longer.iter().for_each(|part| own += part);
            let own = normalise(&mut own);
            let mut fixed = relu(&weights * &reference);
            let initial = normalise(&mut fixed);
            let deviations = match self.statistics {
                Statistics::Frozen => &initial,
                Statistics::Batch => &own,
            };
            parts.resize(parts.len() + size, 0.0);
            for (r, part) in longer.iter_mut().enumerate() {
                normalise(part);
                scaled(part, self.scale, deviations);
                let to = &mut parts[(r + 1) * size..(r + 2) * size];
                to.iter_mut().zip(part.iter()).for_each(|(to, x)| *to += x);
            }
            scaled(&mut fixed, 1.0, &initial);
            reference += fixed;
            sink.tick()?;
        }
        sink.spend("branches", (p * (p - 1) / 2) as u64);
        let energies: Vec<f64> =
            parts.chunks_exact(size).map(|part| part.iter().map(|x| x * x).sum()).collect();
        let total: f64 = energies.iter().sum();
        let share: Vec<f64> = energies.iter().map(|energy| energy / total).collect();
        sink.put("length", (1..=p).map(|r| r as f64).collect::<Vec<f64>>())?;
        let mean: f64 = (1..).zip(&share).map(|(r, share)| f64::from(r) * share).sum();
        sink.put("length.mean", mean)?;
        sink.put("length.first", share[0])?;
        sink.put("length.share", share)
    }
}

fn relu(z: DMatrix<f64>) -> DMatrix<f64> {
    z.map(|z| z.max(0.0))
}

/// Subtracts every unit's mean over the batch, and returns the units' deviations.
fn normalise(branch: &mut DMatrix<f64>) -> Vec<f64> {
    let samples = branch.ncols() as f64;
    let means = branch.column_mean();
    for mut column in branch.column_iter_mut() {
        column -= &means;
    }
    branch.row_iter().map(|unit| (unit.norm_squared() / samples).sqrt()).collect()
}

/// Multiplies every unit by scale / deviation.
fn scaled(branch: &mut DMatrix<f64>, scale: f64, deviations: &[f64]) {
    for mut column in branch.column_iter_mut() {
        column.iter_mut().zip(deviations).for_each(|(x, deviation)| *x *= scale / deviation);
    }
}
