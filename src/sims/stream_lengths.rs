//! Path lengths in the random ReLU residual net of Littwin & Wolf 2016, Eq. (7), beside the laws
//! that have been proposed for them.

use nalgebra::DMatrix;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use crate::depth::{DepthLaw, PathLengthLaw, ReluLengths};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Splits the stream of random residual nets by path length, by Monte Carlo or by a law.
///
/// A network is never stored. The rows of a fresh Gaussian matrix W meet the parts
/// V = (V_1, ..., V_l) of the stream only through W V, and with the decomposition V = Q R the
/// entries of W Q are again independent Gaussians: n l normals and a product with the small R take
/// the place of n^2 weights, exactly in law.
#[derive(Debug, Clone, Copy)]
pub struct StreamLengths;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where the split comes from.
    law: Law,
    /// Layers p, of which p - 1 have a skip.
    layers: usize,
    /// sigma^2 = n Var W of the layers with a skip.
    sigma_squared: f64,
    /// Units n of a layer, for the networks.
    width: Option<usize>,
    /// Networks averaged in one replicate, for the networks.
    nets: Option<u64>,
    /// Layers under one skip, for the linear network.
    span: Option<usize>,
    /// The figure that shows the cell, if one does.
    #[serde(default, rename = "figure")]
    _figure: Option<Figure>,
    /// Whether to record the kurtosis of the parts' outputs over the networks of a replicate.
    #[serde(default)]
    kurtosis: bool,
}

/// The figures that show cells.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Figure {
    /// Mean path length against the scale of the weights.
    Scale,
    /// Share of each path length.
    Histogram,
}

/// Where the split by path length comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Law {
    /// Monte Carlo of N_l = N_{l-1} + relu(W_l N_{l-1}).
    Network,
    /// Monte Carlo without ReLUs.
    LinearNetwork,
    /// The infinite-width recursion with correlated lengths.
    Recursion,
    /// Littwin & Wolf 2016, Eq. (16): eps_r^2 at beta = rho n C / sqrt(Lambda) with rho = 1/2,
    /// C = sigma / sqrt(n), Lambda = n, so beta = sigma / 2.
    Coherent,
    /// Paths independent, gates averaged first: odds rho^2 n C^2 = sigma^2 / 4 for one more layer.
    Independent,
    /// Paths independent, gates kept: odds rho n C^2 = sigma^2 / 2.
    GatesKept,
    /// A linear net: odds n C^2 = sigma^2.
    Linear,
}

impl Simulator for StreamLengths {
    fn id(&self) -> &'static str {
        "stream-lengths"
    }

    fn summary(&self) -> &'static str {
        "the stream of random ReLU residual nets split by path length, beside four laws and the \
         infinite-width recursion"
    }

    fn observables(&self) -> Vec<Observable> {
        let observable = |name, axes, definition| Observable { name, axes, unit: "1", definition };
        vec![
            observable("length", &["length"], "path length r = 1..p (1 + layers taken), in layers"),
            observable(
                "length.share",
                &["length"],
                "share of length r in the parts' energies, |V_r|^2 / sum_s |V_s|^2, mean over nets; \
                 under a law its probability of r",
            ),
            observable("length.mean", &[], "mean of r under length.share"),
            observable("length.sd", &[], "standard deviation of r under length.share"),
            observable("length.fraction", &[], "length.mean / p"),
            observable(
                "length.odds",
                &[],
                "(length.mean - 1) / (p - length.mean): the odds of taking a branch",
            ),
            observable(
                "stream.incoherent",
                &[],
                "sum_r |V_r|^2 / |sum_r V_r|^2, mean over nets: 1 if lengths are uncorrelated",
            ),
            observable("stream.growth", &[], "|N_p|^2 / |N_{p-1}|^2, mean over nets"),
            observable(
                "stream.own",
                &["length"],
                "|V_r|^2 / |N_p|^2, mean over nets (networks and recursion)",
            ),
            observable(
                "stream.neighbour",
                &["length"],
                "<V_r, V_{r+2}> / |N_p|^2 for r = 1..p - 2, mean over nets (networks and recursion)",
            ),
            observable(
                "output.kurtosis",
                &["length"],
                "excess kurtosis over the nets of a replicate of Y_r, the sum of the entries of V_r",
            ),
        ]
    }

    fn views(&self) -> Vec<View> {
        vec![
            View {
                id: "length-law",
                title: "Which law of depth does a random residual net follow?",
                caption: "Mean path length over p against the scale of the weights: the network \
                          follows the recursion with correlated lengths, and none of the laws that \
                          treat paths as independent or as fully coherent.",
                at: &[("figure", "scale")],
                panels: "layers",
                colours: "law",
                kind: ViewKind::Trend {
                    x: "sigma_squared",
                    y: "length.fraction",
                    x_title: "sigma^2 = n C^2",
                    y_title: "mean path length / p",
                    log_x: true,
                    log_y: false,
                },
            },
            View {
                id: "length-histogram",
                title: "Energy of the stream by path length (paper: Fig. 1a-c)",
                caption: "At sigma^2 = 4 beta^2 the coherent law is the paper's histogram at beta; \
                          the network follows the recursion.",
                at: &[("figure", "histogram")],
                panels: "sigma_squared",
                colours: "law",
                kind: ViewKind::Curve {
                    x: "length",
                    y: "length.share",
                    x_title: "path length r (layers)",
                    y_title: "share of energy",
                    log_y: false,
                },
            },
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let range = |name: &str, value: u64, low: u64, high: u64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::spec(format!("parameter `{name}`: expected {low} to {high}, found {value}")))
        };
        range("layers", settings.layers as u64, 2, 1000)?;
        if !(settings.sigma_squared > 0.0 && settings.sigma_squared <= 1e6) {
            return Err(Error::spec(format!(
                "parameter `sigma_squared`: expected a variance above 0 and up to 1e6, found {}",
                settings.sigma_squared
            )));
        }
        if matches!(settings.law, Law::Network | Law::LinearNetwork) {
            let missing = |name: &str| {
                Error::spec(format!("parameter `{name}` is needed by the laws made of networks"))
            };
            let width = settings.width.ok_or_else(|| missing("width"))?;
            range("width", width as u64, 2, 65_536)?;
            range("nets", settings.nets.ok_or_else(|| missing("nets"))?, 1, 10_000_000)?;
        }
        let span = settings.span.unwrap_or(1);
        range("span", span as u64, 1, 64)?;
        if span > 1 && settings.law != Law::LinearNetwork {
            return Err(Error::spec(
                "parameter `span` above 1 is for `law = \"linear-network\"` alone: with ReLUs \
                 inside a branch the gates of its layers would have to be split too",
            ));
        }
        if settings.kurtosis && settings.nets.unwrap_or(0) < 100 {
            return Err(Error::spec("a kurtosis needs at least 100 `nets` in a replicate"));
        }
        Ok(Box::new(settings))
    }
}

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        self.nets.filter(|_| self.is_network()).unwrap_or(1)
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        sink.put("length", (1..=self.layers).map(|r| r as f64).collect::<Vec<f64>>())?;
        if self.is_network() {
            self.measure(streams, sink)
        } else {
            self.evaluate(sink)?;
            sink.tick()
        }
    }
}

impl Settings {
    fn is_network(&self) -> bool {
        matches!(self.law, Law::Network | Law::LinearNetwork)
    }

    /// Puts a law's share of each length.
    fn evaluate(&self, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let sigma_squared = self.sigma_squared;
        let odds = match self.law {
            Law::Independent => sigma_squared / 4.0,
            Law::GatesKept => sigma_squared / 2.0,
            _ => sigma_squared,
        };
        let share = match self.law {
            Law::Recursion => {
                let lengths = ReluLengths::new(self.layers, sigma_squared);
                sink.put("stream.incoherent", lengths.incoherent_share())?;
                sink.put("stream.growth", lengths.growth())?;
                let moments = lengths.moments();
                let two_on = |r: usize| moments[r][r + 2];
                sink.put("stream.own", lengths.energies())?;
                sink.put(
                    "stream.neighbour",
                    (0..self.layers - 2).map(two_on).collect::<Vec<f64>>(),
                )?;
                let energies = lengths.energies();
                let total: f64 = energies.iter().sum();
                energies.iter().map(|e| e / total).collect()
            }
            Law::Coherent => {
                let law = DepthLaw::new(self.layers, sigma_squared.sqrt() / 2.0);
                let law = law.expect("layers and sigma^2 were checked");
                law.epsilon.iter().map(|weight| weight * weight).collect()
            }
            _ => {
                let law = PathLengthLaw::of_gains(&vec![odds; self.layers - 1]);
                law.expect("the odds are positive").probability
            }
        };
        put_share(share, sink)
    }

    /// Averages over random networks.
    fn measure(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let nets = self.nets.expect("checked when the cell was prepared");
        let parts_count = (self.layers - 1) / self.span.unwrap_or(1) + 1;
        let mut rng = streams.stream("weights", "");
        let mut share = vec![0.0; parts_count];
        let mut own_share = vec![0.0; parts_count];
        let mut neighbour = vec![0.0; parts_count.saturating_sub(2)];
        let (mut incoherent, mut growth) = (0.0, 0.0);
        let mut outputs: Vec<Vec<f64>> = vec![Vec::new(); parts_count];
        let weight = 1.0 / nets as f64;
        for _ in 0..nets {
            let net = self.draw(parts_count, &mut rng);
            let gram = net.parts.tr_mul(&net.parts);
            let (own, whole) = (gram.trace(), gram.sum());
            for r in 0..parts_count {
                share[r] += weight * gram[(r, r)] / own;
                own_share[r] += weight * gram[(r, r)] / whole;
            }
            for (r, sum) in neighbour.iter_mut().enumerate() {
                *sum += weight * gram[(r, r + 2)] / whole;
            }
            incoherent += weight * own / whole;
            growth += weight * net.growth;
            if self.kurtosis {
                for (values, part) in outputs.iter_mut().zip(net.parts.column_iter()) {
                    values.push(net.scale * part.sum());
                }
            }
            sink.spend("normals", net.normals);
            sink.tick()?;
        }
        put_share(share, sink)?;
        sink.put("stream.incoherent", incoherent)?;
        sink.put("stream.growth", growth)?;
        sink.put("stream.own", own_share)?;
        sink.put("stream.neighbour", neighbour)?;
        if self.kurtosis {
            sink.put("output.kurtosis", outputs.iter().map(|y| kurtosis(y)).collect::<Vec<f64>>())?;
        }
        Ok(())
    }

    /// One network, split by path length.
    fn draw<R: Rng>(&self, parts_count: usize, rng: &mut R) -> Net {
        let width = self.width.expect("checked when the cell was prepared");
        let gated = self.law == Law::Network;
        let deviation = (self.sigma_squared / width as f64).sqrt();
        let mut parts = DMatrix::zeros(width, parts_count);
        for entry in parts.column_mut(0).iter_mut() {
            let z: f64 = StandardNormal.sample(rng);
            // E N_1^2 = 1 either way
            *entry = if gated { 2_f64.sqrt() * z.max(0.0) } else { z };
        }
        let mut net = Net { parts, growth: 1.0, scale: 1.0, normals: width as u64 };
        for count in 1..parts_count {
            let mut branch = net.parts.columns(0, count).clone_owned();
            for _ in 0..self.span.unwrap_or(1) {
                let r = branch.qr().r();
                let draws = DMatrix::from_fn(width, r.nrows(), |_, _| {
                    let z: f64 = StandardNormal.sample(rng);
                    deviation * z
                });
                net.normals += draws.len() as u64;
                branch = draws * r;
            }
            if gated {
                let sums = branch.column_sum();
                for mut column in branch.column_iter_mut() {
                    column.zip_apply(&sums, |x, z| *x = if z > 0.0 { *x } else { 0.0 });
                }
            }
            let before = net.parts.column_sum().norm_squared();
            let mut longer = net.parts.columns_mut(1, count);
            longer += &branch;
            net.growth = net.parts.column_sum().norm_squared() / before;
            // the stream grows exponentially: keep it at the size of its first layer
            let size = net.growth.sqrt();
            net.parts /= size;
            net.scale *= size;
        }
        net
    }
}

/// A random network's last stream by path length, in columns, up to the factor `scale`.
struct Net {
    parts: DMatrix<f64>,
    growth: f64,
    scale: f64,
    normals: u64,
}

/// Puts the shares of the lengths and their moments.
fn put_share(share: Vec<f64>, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
    let moment = |f: &dyn Fn(f64) -> f64| -> f64 {
        (1..).zip(&share).map(|(r, weight)| f(f64::from(r)) * weight).sum()
    };
    let mean = moment(&|r| r);
    let variance = moment(&|r| (r - mean) * (r - mean));
    let longest = share.len() as f64;
    sink.put("length.mean", mean)?;
    sink.put("length.sd", variance.sqrt())?;
    sink.put("length.fraction", mean / longest)?;
    sink.put("length.odds", (mean - 1.0) / (longest - mean))?;
    sink.put("length.share", share)
}

/// m_4 / m_2^2 - 3 with central moments.
fn kurtosis(sample: &[f64]) -> f64 {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let central = |power: i32| sample.iter().map(|y| (y - mean).powi(power)).sum::<f64>() / count;
    central(4) / central(2).powi(2) - 3.0
}
