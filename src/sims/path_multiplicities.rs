//! Which weights the paths of a small net share: multiplicities of index tuples and the couplings
//! that they make, with the weights tied and untied.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::SliceRandom;
use serde::Deserialize;

use crate::depth::{Step, each_path};
use crate::error::{Error, Result};
use crate::lab::{
    Fault, Inputs, Observable, Parameters, Replicate, Simulator, Sink, View, ViewKind,
    read_parameters,
};
use crate::random::Streams;

/// Gives every weight of a small net (Littwin & Wolf 2016, Eq. 7) one of Lambda indices, and counts
/// the paths of each length by their tuple of indices and by the input at which they start.
///
/// The coupling of a tuple is xi = sum_a k_a x_a, with k_a the number of its paths that start at
/// input a (Eq. 11); everything about independent inputs follows from the vectors k, without a draw.
#[derive(Debug, Clone, Copy)]
pub struct PathMultiplicities;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Layers p, of which p - 1 have a skip.
    layers: usize,
    /// Units n of a layer.
    width: usize,
    /// Inputs d.
    inputs: usize,
    /// How weights are tied.
    tying: Tying,
    /// Lambda, the number of distinct weights; all of them where nothing is tied.
    distinct: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Tying {
    /// Every weight has an index of its own: a real net, Lambda = N.
    None,
    /// The weights that enter a unit carry every index equally often, in random order (A2, A3).
    Incoming,
    /// The weights that leave a unit or an input do.
    Outgoing,
}

impl Simulator for PathMultiplicities {
    fn id(&self) -> &'static str {
        "path-multiplicities"
    }

    fn summary(&self) -> &'static str {
        "paths of small nets by the indices of their weights, tied and untied: multiplicities and the \
         couplings between them"
    }

    fn observables(&self) -> Vec<Observable> {
        let series =
            |name, definition| Observable { name, axes: &["length"], unit: "1", definition };
        vec![
            series("length", "path length r = 1..p (weights on the path)"),
            series(
                "multiplicity.distance",
                "total-variation distance between the paths of length r by ordered tuple of indices \
                 and the uniform law on all Lambda^r tuples",
            ),
            series("coupling.tuples", "number of tuples of length r that a path has"),
            series(
                "coupling.low",
                "least over tuples of d E xi^2 / K^2 for independent inputs, K the tuple's paths",
            ),
            series("coupling.high", "largest over tuples of E xi^2 / K^2 for independent inputs"),
            series(
                "coupling.low.negative",
                "coupling.low for inputs that all have correlation -0.9 / (d - 1) with each other",
            ),
            series(
                "coupling.correlation",
                "mean over pairs of tuples of length r of the correlation of their xi",
            ),
            Observable {
                name: "coupling.correlation.next",
                axes: &["length"],
                unit: "1",
                definition: "the same between tuples of length r and of length r + 1, r = 1..p - 1",
            },
            series(
                "coupling.rank",
                "participation ratio of the covariance matrix of the xi of length r over draws of \
                 the inputs: (trace)^2 / trace of the square",
            ),
            series("coupling.rank.share", "coupling.rank / coupling.tuples: 1 if independent"),
        ]
    }

    fn views(&self) -> Vec<View> {
        let view = |id, title, caption, y, y_title| View {
            id,
            title,
            caption,
            at: &[],
            panels: "",
            colours: "tying",
            kind: ViewKind::Curve {
                x: "length",
                y,
                x_title: "path length r (layers)",
                y_title,
                log_y: false,
            },
        };
        vec![
            view(
                "multiplicities",
                "How far the paths are from every tuple of weights being equally frequent",
                "A3 needs 0; in a real net almost no tuple occurs at all.",
                "multiplicity.distance",
                "total-variation distance",
            ),
            view(
                "couplings",
                "Correlation between the couplings of different tuples",
                "The spin glass needs 0; equality in Lemma 2 makes 1.",
                "coupling.correlation",
                "mean correlation",
            ),
            view(
                "coupling-rank",
                "Effective number of independent couplings, per tuple",
                "The spin glass needs 1; there are never more than d.",
                "coupling.rank.share",
                "participation ratio / tuples",
            ),
        ]
    }

    fn prepare(&self, parameters: &Parameters, _: &Inputs) -> Result<Box<dyn Replicate>> {
        let settings: Settings = read_parameters(parameters)?;
        let Settings { layers, width, inputs, tying, distinct } = settings;
        if !(2..=6).contains(&layers) || !(2..=16).contains(&width) || !(2..=16).contains(&inputs) {
            return Err(Error::spec(format!(
                "parameters `layers`, `width`, `inputs`: expected 2 to 6, 2 to 16 and 2 to 16, found \
                 {layers}, {width} and {inputs}"
            )));
        }
        if inputs * width * (1 + width).pow(layers as u32 - 1) > 2_000_000 {
            return Err(Error::spec(
                "`layers`, `width`, `inputs`: expected at most 2000000 paths, d n (1 + n)^(p - 1)",
            ));
        }
        match (tying, distinct) {
            (Tying::None, None) => {}
            (Tying::Incoming | Tying::Outgoing, Some(distinct))
                if distinct > 1
                    && width.is_multiple_of(distinct)
                    && (tying == Tying::Outgoing || inputs.is_multiple_of(distinct)) => {}
            _ => {
                return Err(Error::spec(
                    "parameter `distinct`: expected a divisor above 1 of the units, with tied incoming \
                     weights of the inputs too, and none where nothing is tied",
                ));
            }
        }
        Ok(Box::new(settings))
    }
}

impl Settings {
    /// Lambda, and the index of each weight: [layer][to][from].
    fn indices<R: Rng>(&self, rng: &mut R) -> (usize, Vec<Vec<Vec<usize>>>) {
        let sources = |layer: usize| if layer == 0 { self.inputs } else { self.width };
        let mut own = 0..;
        let mut shuffled = |count: usize, distinct: usize| {
            let mut list: Vec<usize> = (0..count).map(|i| i % distinct).collect();
            list.shuffle(rng);
            list
        };
        let indices = (0..self.layers).map(|layer| {
            let from = sources(layer);
            match (self.tying, self.distinct) {
                (Tying::Incoming, Some(distinct)) => {
                    (0..self.width).map(|_| shuffled(from, distinct)).collect()
                }
                (Tying::Outgoing, Some(distinct)) => {
                    let columns: Vec<Vec<usize>> =
                        (0..from).map(|_| shuffled(self.width, distinct)).collect();
                    (0..self.width).map(|to| columns.iter().map(|c| c[to]).collect()).collect()
                }
                _ => (0..self.width).map(|_| own.by_ref().take(from).collect()).collect(),
            }
        });
        let indices: Vec<Vec<Vec<usize>>> = indices.collect();
        let weights = self.width * (self.inputs + (self.layers - 1) * self.width);
        (self.distinct.unwrap_or(weights), indices)
    }
}

/// Paths of one length by tuple of indices: how many start at each input.
type Tuples = BTreeMap<Vec<usize>, Vec<f64>>;

impl Replicate for Settings {
    fn ticks(&self) -> u64 {
        1
    }

    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault> {
        let (distinct, indices) = self.indices(&mut streams.stream("weights", ""));
        let mut lengths: Vec<Tuples> = vec![Tuples::new(); self.layers];
        let mut paths = 0;
        each_path(self.layers, self.inputs, self.width, |path: &[Step]| {
            let tuple = path.iter().map(|s| indices[s.layer][s.to][s.from]).collect();
            let counts = lengths[path.len() - 1].entry(tuple);
            counts.or_insert_with(|| vec![0.0; self.inputs])[path[0].from] += 1.0;
            paths += 1;
        });
        sink.spend("paths", paths);
        let each = |f: &dyn Fn(usize, &Tuples) -> f64| -> Vec<f64> {
            (1..).zip(&lengths).map(|(r, tuples)| f(r, tuples)).collect()
        };
        let least = |tuples: &Tuples, f: &dyn Fn(&[f64]) -> f64| {
            tuples.values().map(|k| f(k)).fold(f64::INFINITY, f64::min)
        };
        let d = self.inputs as f64;
        // E xi^2 / K^2 when every two inputs have this correlation
        let second = |k: &[f64], correlation: f64| {
            let own = squares(k) / k.iter().sum::<f64>().powi(2);
            (1.0 - correlation) * own + correlation
        };
        sink.put("length", each(&|r, _| r as f64))?;
        sink.put("multiplicity.distance", each(&|r, tuples| distance(tuples, distinct, r)))?;
        sink.put("coupling.tuples", each(&|_, tuples| tuples.len() as f64))?;
        sink.put("coupling.low", each(&|_, tuples| least(tuples, &|k| d * second(k, 0.0))))?;
        sink.put("coupling.high", each(&|_, tuples| -least(tuples, &|k| -second(k, 0.0))))?;
        let negative = -0.9 / (d - 1.0);
        sink.put(
            "coupling.low.negative",
            each(&|_, tuples| least(tuples, &|k| d * second(k, negative))),
        )?;
        let sums: Vec<Vec<f64>> = lengths.iter().map(|tuples| directions(tuples, d)).collect();
        let correlation = each(&|r, tuples| {
            let count = tuples.len() as f64;
            (squares(&sums[r - 1]) - count) / (count * (count - 1.0))
        });
        sink.put("coupling.correlation", correlation)?;
        let next = sums.windows(2).zip(lengths.windows(2)).map(|(sums, tuples)| {
            let dot: f64 = sums[0].iter().zip(&sums[1]).map(|(a, b)| a * b).sum();
            dot / (tuples[0].len() as f64 * tuples[1].len() as f64)
        });
        sink.put("coupling.correlation.next", next.collect::<Vec<f64>>())?;
        sink.put("coupling.rank", each(&|_, tuples| participation(tuples)))?;
        let share = |tuples: &Tuples| participation(tuples) / tuples.len() as f64;
        sink.put("coupling.rank.share", each(&|_, tuples| share(tuples)))?;
        sink.tick()
    }
}

fn squares(k: &[f64]) -> f64 {
    k.iter().map(|k| k * k).sum()
}

/// Half the sum over all Lambda^r tuples of |share - Lambda^-r|.
fn distance(tuples: &Tuples, distinct: usize, length: usize) -> f64 {
    let all = (distinct as f64).powi(length as i32);
    let paths: f64 = tuples.values().flatten().sum();
    let met: f64 = tuples.values().map(|k| (k.iter().sum::<f64>() / paths - 1.0 / all).abs()).sum();
    (met + (all - tuples.len() as f64) / all) / 2.0
}

/// The sum over tuples of k / |k|: for independent inputs the correlation of two xi is the cosine of
/// their k.
fn directions(tuples: &Tuples, inputs: f64) -> Vec<f64> {
    let mut sum = vec![0.0; inputs as usize];
    for k in tuples.values() {
        let size = squares(k).sqrt();
        sum.iter_mut().zip(k).for_each(|(sum, k)| *sum += k / size);
    }
    sum
}

/// The participation ratio of K K', by the smaller K' K.
fn participation(tuples: &Tuples) -> f64 {
    let inputs = tuples.values().next().map_or(0, Vec::len);
    let mut gram = vec![0.0; inputs * inputs];
    for k in tuples.values() {
        for a in 0..inputs {
            for b in 0..inputs {
                gram[a * inputs + b] += k[a] * k[b];
            }
        }
    }
    let trace: f64 = (0..inputs).map(|a| gram[a * inputs + a]).sum();
    trace * trace / squares(&gram)
}
