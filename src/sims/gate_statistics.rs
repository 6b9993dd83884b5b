//! What the gates of random residual nets have in common: across paths, inputs and layers.

use nalgebra::{DMatrix, DVector};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::depth::SkipNet;
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Draws nets N_1 = relu(W_1 x), N_l = N_{l-1} + relu(W_l N_{l-1}) (Littwin & Wolf 2016, Eq. 7) with
/// Var W_1 = 2/n, Var W_l = 1/n, and two independent Gaussian inputs, as many as units.
#[derive(Debug, Clone, Copy)]
pub struct GateStatistics;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p, of which p - 1 have a skip.
    layers: usize,
    /// Units n of a layer.
    width: usize,
    /// Nets in one replicate.
    nets: u64,
}

/// Coin tosses for all gates, per net.
const TOSSES: usize = 4;

impl Simulator for GateStatistics {
    fn id(&self) -> &'static str {
        "gate-statistics"
    }

    fn summary(&self) -> &'static str {
        "gates of random ReLU residual nets: open paths, agreement across inputs, and what replacing \
         them by coins would do"
    }

    fn observables(&self) -> Vec<Observable> {
        let number = |name, definition| Observable { name, axes: &[], unit: "1", definition };
        let series =
            |name, axis, definition| Observable { name, axes: axis, unit: "1", definition };
        vec![
            series("layer", &["layer"], "layer l = 1..p"),
            series("gate.open", &["layer"], "share of units that are open"),
            series(
                "gate.correlation",
                &["layer"],
                "correlation over nets and units of one unit's gates for two inputs, with the mean 1/2",
            ),
            series(
                "gate.joint",
                &["layer"],
                "probability that a unit is open for one input given that it is for the other",
            ),
            series(
                "gate.arc",
                &["layer"],
                "mean over nets of 1 - theta / pi, theta the angle between what the two inputs are when \
                 they enter the layer: the arc-cosine law of gate.joint",
            ),
            number(
                "gate.neighbour",
                "correlation of the gates of different units of a layer, mean over layers, with the \
                 mean 1/2",
            ),
            series("length", &["length"], "path length r = 1..p (weights on the path)"),
            series(
                "path.open.scaled",
                &["length"],
                "mean over nets and over all their paths of length r of P(open), times 2^r",
            ),
            number(
                "subset.correlation",
                "mean over pairs of blocks of E<U_l, U_l'> / sqrt(E|U_l|^2 E|U_l'|^2), U_l what the \
                 stream owes to paths of length 2 through block l: 1 if coherent, 0 if independent",
            ),
            number("subset.correlation.linear", "the same with all gates of the blocks open"),
            number(
                "coin.variance",
                "E (Y_A - E_A Y)^2 / E (E_A Y)^2, Y the sum of the last stream's units, A fair coins \
                 in place of all gates",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        let curve = |id, title, caption, x, y, x_title, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "",
            colours: "width",
            kind: ViewKind::Curve { x, y, x_title, y_title, log_y: false },
        };
        vec![
            curve(
                "open-paths",
                "How often a path is open, over 2^-r",
                "At 1 gates are open like fair coins, path by path.",
                "length",
                "path.open.scaled",
                "path length r (layers)",
                "P(open) 2^r",
            ),
            curve(
                "gate-correlation",
                "Correlation of one gate for two independent inputs",
                "Gates that are independent of the input would have 0; streams align with depth.",
                "layer",
                "gate.correlation",
                "layer l",
                "correlation",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, nets } = settings;
        if !(3..=256).contains(&layers)
            || !(2..=2048).contains(&width)
            || !(2..=100_000_000).contains(&nets)
        {
            return Err(Error::spec(format!(
                "parameters `layers`, `width`, `nets`: expected 3 to 256, 2 to 2048 and 2 to 1e8, \
                 found {layers}, {width} and {nets}"
            )));
        }
        Ok(Box::new(settings))
    }
}

/// Sums over nets.
struct Sums {
    open: Vec<f64>,
    both: Vec<f64>,
    arc: Vec<f64>,
    path: Vec<f64>,
    neighbour: f64,
    gram: [DMatrix<f64>; 2],
    coin: (f64, f64),
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.nets
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let p = self.layers;
        let mut rng = streams.stream("weights", "");
        let mut coins = streams.stream("coins", "");
        let zeros = || vec![0.0; p];
        let gram = || DMatrix::zeros(p - 1, p - 1);
        let mut sums = Sums {
            open: zeros(),
            both: zeros(),
            arc: zeros(),
            path: zeros(),
            neighbour: 0.0,
            gram: [gram(), gram()],
            coin: (0.0, 0.0),
        };
        for _ in 0..self.nets {
            self.add(&mut rng, &mut coins, &mut sums);
            sink.tick()?;
        }
        let count = self.nets as f64;
        let each = |f: &dyn Fn(usize) -> f64| (0..p).map(f).collect::<Vec<f64>>();
        sink.put("layer", each(&|l| l as f64 + 1.0))?;
        sink.put("gate.open", each(&|l| sums.open[l] / count))?;
        sink.put("gate.correlation", each(&|l| 4.0 * sums.both[l] / count - 1.0))?;
        sink.put("gate.joint", each(&|l| sums.both[l] / sums.open[l]))?;
        sink.put("gate.arc", each(&|l| sums.arc[l] / count))?;
        sink.put("gate.neighbour", sums.neighbour / count)?;
        sink.put("length", each(&|r| r as f64 + 1.0))?;
        sink.put("path.open.scaled", each(&|r| sums.path[r] / count))?;
        sink.put("subset.correlation", coherence(&sums.gram[0]))?;
        sink.put("subset.correlation.linear", coherence(&sums.gram[1]))?;
        sink.put("coin.variance", sums.coin.0 / sums.coin.1)
    }
}

impl Settings {
    fn add<R: Rng>(&self, rng: &mut R, coins: &mut R, sums: &mut Sums) {
        let (p, n) = (self.layers, self.width);
        let mut normal = |deviation: f64| -> f64 {
            let z: f64 = StandardNormal.sample(rng);
            deviation * z
        };
        let scale = (1.0 / n as f64).sqrt();
        let net = SkipNet {
            weights: (0..p)
                .map(|layer| {
                    let deviation = if layer == 0 { 2_f64.sqrt() * scale } else { scale };
                    DMatrix::from_fn(n, n, |_, _| normal(deviation))
                })
                .collect(),
        };
        let inputs: [DVector<f64>; 2] =
            std::array::from_fn(|_| DVector::from_fn(n, |_, _| normal(1.0)));
        let passes = [net.pass(&inputs[0]), net.pass(&inputs[1])];
        let units = n as f64;
        let mut shares = Vec::with_capacity(p);
        for layer in 0..p {
            let [a, b] = [&passes[0].gates[layer], &passes[1].gates[layer]];
            let share = |gates: &[bool]| gates.iter().filter(|open| **open).count() as f64 / units;
            let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count() as f64 / units;
            shares.push(share(a));
            sums.open[layer] += (share(a) + share(b)) / 2.0;
            sums.both[layer] += both;
            let (x, y) = match layer {
                0 => (&inputs[0], &inputs[1]),
                _ => (&passes[0].streams[layer - 1], &passes[1].streams[layer - 1]),
            };
            // a dead stream has no direction, and its gates are closed: an angle of pi says so
            let cosine = x.dot(y) / (x.norm() * y.norm());
            let angle =
                if cosine.is_nan() { std::f64::consts::PI } else { cosine.clamp(-1.0, 1.0).acos() };
            sums.arc[layer] += 1.0 - angle / std::f64::consts::PI;
            // of different units: (open^2 - open) / (n (n - 1)) is the share of open pairs
            let open = share(a) * units;
            let pairs = (open * open - open) / (units * (units - 1.0));
            sums.neighbour += (4.0 * pairs - 1.0) / p as f64;
        }
        for (sum, open) in sums.path.iter_mut().zip(open_paths(&shares)) {
            *sum += open;
        }
        let first = &passes[0].streams[0];
        for (gram, gated) in sums.gram.iter_mut().zip([true, false]) {
            let columns: Vec<DVector<f64>> = (1..p)
                .map(|layer| {
                    let mut branch = &net.weights[layer] * first;
                    if gated {
                        branch
                            .iter_mut()
                            .zip(&passes[0].gates[layer])
                            .for_each(|(x, open)| *x *= f64::from(u8::from(*open)));
                    }
                    branch
                })
                .collect();
            let columns = DMatrix::from_columns(&columns);
            *gram += columns.tr_mul(&columns);
        }
        let whole = self.coined(&net, &inputs[0], |_| 0.5);
        for _ in 0..TOSSES {
            let toss = |_| f64::from(u8::from(coins.random::<bool>()));
            let tossed = self.coined(&net, &inputs[0], toss);
            sums.coin.0 += (tossed - whole).powi(2) / TOSSES as f64;
        }
        sums.coin.1 += whole * whole;
    }

    /// The sum of the last stream's units with these numbers in place of the gates.
    fn coined(&self, net: &SkipNet, x: &DVector<f64>, mut gate: impl FnMut(usize) -> f64) -> f64 {
        let mut stream = DVector::zeros(self.width);
        for (layer, weight) in net.weights.iter().enumerate() {
            let mut branch = if layer == 0 { weight * x } else { weight * &stream };
            for (unit, z) in branch.iter_mut().enumerate() {
                *z *= gate(unit);
            }
            stream += branch;
        }
        stream.sum()
    }
}

/// The share of open paths of each length times 2^r, from the layers' shares of open units: of all
/// paths of length r those through a set of layers are open with the product of its shares, and
/// every set of r - 1 of the later layers has as many paths.
fn open_paths(shares: &[f64]) -> Vec<f64> {
    let later = &shares[1..];
    // elementary symmetric functions of the doubled shares, over the number of their terms
    let mut sums = vec![0.0; later.len() + 1];
    sums[0] = 1.0;
    for (count, share) in later.iter().enumerate() {
        for k in (0..=count).rev() {
            sums[k + 1] += 2.0 * share * sums[k];
        }
    }
    let mut terms = 1.0;
    let mut open = Vec::with_capacity(shares.len());
    for (k, sum) in sums.iter().enumerate() {
        open.push(2.0 * shares[0] * sum / terms);
        terms = terms * (later.len() - k) as f64 / (k + 1) as f64;
    }
    open
}

/// Mean over pairs of the correlation without means.
fn coherence(gram: &DMatrix<f64>) -> f64 {
    let count = gram.nrows();
    let pairs = (0..count).flat_map(|l| (0..l).map(move |k| (l, k)));
    let sum: f64 = pairs.map(|(l, k)| gram[(l, k)] / (gram[(l, l)] * gram[(k, k)]).sqrt()).sum();
    sum / (count * (count - 1) / 2) as f64
}
