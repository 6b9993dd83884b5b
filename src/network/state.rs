//! The state of a network: its parameters and running statistics.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::linalg::Real;
use crate::network::program::{Op, Program};

/// Parameters (flat, in the order of the layout) and running statistics (per normalised feature).
#[derive(Debug, Clone, PartialEq)]
pub struct State<T> {
    /// The parameter vector, P entries.
    pub parameters: Vec<T>,
    /// Running averages of the batch means.
    pub running_mean: Vec<T>,
    /// Running averages of the unbiased batch variances.
    pub running_variance: Vec<T>,
}

impl<T: Real> State<T> {
    /// A network drawn at random: weights Gaussian with variance `gain / fan_in` (He 2015: gain 2
    /// before a ReLU; 1 for the last layer, which has none behind it), biases and shifts 0,
    /// gains 1, learned scales as described, running mean 0 and variance 1.
    pub fn initial(program: &Program, rng: &mut impl Rng) -> Self {
        let mut parameters = vec![T::zero(); program.parameters()];
        let weighted = |op: &Op| matches!(op, Op::Linear { .. } | Op::Conv2d { .. });
        let last = program.nodes.iter().rposition(|node| weighted(&node.op));
        for (index, node) in program.nodes.iter().enumerate() {
            let (weight, fan_in, out) = match node.op {
                Op::Linear { weight, .. } => {
                    (weight, program.widths[node.input], program.widths[node.output])
                }
                Op::Conv2d { weight, window, .. } => (weight, window.patch(), window.out),
                Op::BatchNorm { features, gain, .. } => {
                    parameters[gain..gain + features].fill(T::one());
                    continue;
                }
                Op::Map(_) | Op::Activation(_) | Op::Add { .. } => continue,
            };
            let gain = if Some(index) == last { 1.0 } else { 2.0 };
            let deviation = (gain / fan_in as f64).sqrt();
            for w in &mut parameters[weight..weight + fan_in * out] {
                let z: f64 = StandardNormal.sample(rng);
                *w = T::narrow(deviation * z);
            }
        }
        for (offset, value) in program.layout.starts() {
            parameters[*offset] = T::narrow(*value);
        }
        let features = program.layout.features();
        Self {
            parameters,
            running_mean: vec![T::zero(); features],
            running_variance: vec![T::one(); features],
        }
    }
}
