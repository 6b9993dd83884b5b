//! Every path of a small residual net, one by one: the definition that faster passes are held against.

use nalgebra::{DMatrix, DVector};

/// One weight on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// The layer, 0 for the first one.
    pub layer: usize,
    /// The unit (or input) that it leaves.
    pub from: usize,
    /// The unit that it enters.
    pub to: usize,
}

/// Calls `visit` with every path of a net with `layers` layers of `width` units behind `inputs`
/// inputs, each layer but the first with an identity skip over it (Littwin and Wolf 2016, Eq. 7).
///
/// A path is the list of the weights that it takes: one of the first layer, then at every later layer
/// one or, along the skip, none. Its length r is the number of its weights, and of each input there
/// are C(p - 1, r - 1) n^r paths of length r (Eq. 8).
///
/// ```
/// let mut by_length = [0; 3];
/// hessian::depth::each_path(3, 1, 2, |path| by_length[path.len() - 1] += 1);
/// assert_eq!(by_length, [2, 2 * 4, 8]);
/// ```
pub fn each_path(layers: usize, inputs: usize, width: usize, mut visit: impl FnMut(&[Step])) {
    let mut path = Vec::with_capacity(layers);
    for from in 0..inputs {
        for to in 0..width {
            path.push(Step { layer: 0, from, to });
            walk(1, layers, width, &mut path, &mut visit);
            path.pop();
        }
    }
}

fn walk(
    layer: usize,
    layers: usize,
    width: usize,
    path: &mut Vec<Step>,
    visit: &mut impl FnMut(&[Step]),
) {
    if layer == layers {
        return visit(path);
    }
    walk(layer + 1, layers, width, path, visit);
    let from = path.last().expect("a path begins in the first layer").to;
    for to in 0..width {
        path.push(Step { layer, from, to });
        walk(layer + 1, layers, width, path, visit);
        path.pop();
    }
}

/// A residual net of Littwin and Wolf 2016, Eq. (7), with explicit weights and without biases:
/// N_1 = relu(W_1 x), N_l = N_{l-1} + relu(W_l N_{l-1}).
#[derive(Debug, Clone)]
pub struct SkipNet {
    /// W_1 (n x d), then W_2 to W_p (n x n).
    pub weights: Vec<DMatrix<f64>>,
}

/// One forward pass of a [`SkipNet`].
#[derive(Debug, Clone)]
pub struct SkipPass {
    /// Whether each unit of each layer is open, z > 0.
    pub gates: Vec<Vec<bool>>,
    /// N_1 to N_p.
    pub streams: Vec<DVector<f64>>,
}

impl SkipNet {
    /// The pass of one input.
    ///
    /// # Panics
    /// Without a layer, or if shapes do not fit.
    pub fn pass(&self, x: &DVector<f64>) -> SkipPass {
        let mut pass = SkipPass { gates: Vec::new(), streams: Vec::new() };
        for weight in &self.weights {
            let z = weight * pass.streams.last().unwrap_or(x);
            pass.gates.push(z.iter().map(|z| *z > 0.0).collect());
            let branch = z.map(|z| z.max(0.0));
            pass.streams.push(match pass.streams.last() {
                Some(stream) => stream + branch,
                None => branch,
            });
        }
        pass
    }

    /// The product of the weights along a path, without its input.
    pub fn product(&self, path: &[Step]) -> f64 {
        path.iter().map(|step| self.weights[step.layer][(step.to, step.from)]).product()
    }

    /// The part of the last stream that each length carries, path by path: column r - 1 is the sum
    /// over open paths of length r of input times weights, at the units where they end.
    ///
    /// The number of paths is d n (1 + n)^(p - 1): for small nets only.
    pub fn lengths_by_paths(&self, x: &DVector<f64>) -> DMatrix<f64> {
        let pass = self.pass(x);
        let (layers, width) = (self.weights.len(), self.weights[0].nrows());
        let mut parts = DMatrix::zeros(width, layers);
        each_path(layers, x.len(), width, |path| {
            if pass.is_open(path) {
                let end = path[path.len() - 1].to;
                parts[(end, path.len() - 1)] += x[path[0].from] * self.product(path);
            }
        });
        parts
    }
}

impl SkipPass {
    /// Whether every unit on a path is open: A_ij of Eq. (8).
    pub fn is_open(&self, path: &[Step]) -> bool {
        path.iter().all(|step| self.gates[step.layer][step.to])
    }
}
