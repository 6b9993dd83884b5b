//! The length-tagged passes against the enumeration of every single path of a small network.
//!
//! A path is walked unit by unit and, where a batch norm mixes the samples, sample by sample, with
//! plain loops over explicit weights. Nothing here comes from the crate but the numbers under test
//! and the parameter vector.

use hessian::depth::{forward_lengths, reverse_lengths, tagged_forward, tagged_reverse};
use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};

const WIDTH: usize = 2;
const SAMPLES: usize = 3;
const BLOCKS: usize = 3;
const FACTOR: f64 = 0.7;
const EPS: f64 = 1e-3;

/// [sample][unit]
type Values = [[f64; WIDTH]; SAMPLES];

const INPUTS: Values = [[0.3, -1.2], [1.1, 0.4], [-0.6, 0.9]];
const TARGETS: Values = [[0.5, 0.0], [-1.0, 0.25], [0.0, 2.0]];

fn description() -> Description {
    Description::from_toml(
        r#"
        input = 2
        loss = "squared"
        layers = [
          { kind = "linear", out = 2 },
          { kind = "residual", repeat = 3, scale = { learned = 0.7 },
            branch = [{ kind = "linear", out = 2 }, { kind = "batch_norm", eps = 1e-3 }, { kind = "relu" }] },
          { kind = "linear", out = 2 },
        ]"#,
    )
    .unwrap()
}

struct Branch {
    weight: [[f64; WIDTH]; WIDTH],
    bias: [f64; WIDTH],
    gain: [f64; WIDTH],
    shift: [f64; WIDTH],
    mean: [f64; WIDTH],
    sigma: [f64; WIDTH],
    unit: Values,
    gate: Values,
}

/// The network with its true pass: explicit weights, statistics and gates.
struct Net {
    first: [[f64; WIDTH]; WIDTH],
    first_bias: [f64; WIDTH],
    branches: Vec<Branch>,
    /// d loss / d last stream
    adjoint: Values,
    kind: Normalization,
}

/// What paths deliver, by length; `constant` for those that start at a bias or shift.
struct Delivered {
    lengths: [Values; BLOCKS + 1],
    constant: Values,
}

impl Delivered {
    fn new() -> Self {
        Self { lengths: Default::default(), constant: Default::default() }
    }

    fn add(&mut self, length: Option<usize>, sample: usize, unit: usize, value: f64) {
        match length {
            Some(k) => self.lengths[k][sample][unit] += value,
            None => self.constant[sample][unit] += value,
        }
    }
}

impl Net {
    fn new(program: &Program, state: &State<f64>, kind: Normalization) -> Self {
        let tensor = |name: &str| &state.parameters[program.layout.find(name).unwrap().range()];
        let matrix = |name: &str| {
            let w = tensor(name);
            [[w[0], w[1]], [w[2], w[3]]]
        };
        let vector = |name: &str| {
            let v = tensor(name);
            [v[0], v[1]]
        };
        let (first, first_bias) = (matrix("0.weight"), vector("0.bias"));
        let mut stream = affine(&first, &first_bias, &INPUTS);
        let mut branches = Vec::new();
        for block in 1..=BLOCKS {
            let name = |what: &str| format!("{block}.branch.{what}");
            let (weight, bias) = (matrix(&name("0.weight")), vector(&name("0.bias")));
            let (gain, shift) = (vector(&name("1.weight")), vector(&name("1.bias")));
            let z = affine(&weight, &bias, &stream);
            let (mut mean, mut sigma) = ([0.0; WIDTH], [0.0; WIDTH]);
            for u in 0..WIDTH {
                let at = WIDTH * (block - 1) + u;
                (mean[u], sigma[u]) = if kind == Normalization::Running {
                    (state.running_mean[at], (state.running_variance[at] + EPS).sqrt())
                } else {
                    let m = z.iter().map(|z| z[u]).sum::<f64>() / SAMPLES as f64;
                    let v = z.iter().map(|z| (z[u] - m).powi(2)).sum::<f64>() / SAMPLES as f64;
                    (m, (v + EPS).sqrt())
                };
            }
            let (mut unit, mut gate): (Values, Values) = Default::default();
            for s in 0..SAMPLES {
                for u in 0..WIDTH {
                    unit[s][u] = (z[s][u] - mean[u]) / sigma[u];
                    let y = gain[u] * unit[s][u] + shift[u];
                    gate[s][u] = if y > 0.0 { 1.0 } else { 0.0 };
                    stream[s][u] += FACTOR * gate[s][u] * y;
                }
            }
            branches.push(Branch { weight, bias, gain, shift, mean, sigma, unit, gate });
        }
        let last = format!("{}.", BLOCKS + 1);
        let (head, head_bias) = (matrix(&(last.clone() + "weight")), vector(&(last + "bias")));
        let outputs = affine(&head, &head_bias, &stream);
        let mut adjoint = Values::default();
        for s in 0..SAMPLES {
            for u in 0..WIDTH {
                for o in 0..WIDTH {
                    adjoint[s][u] += head[o][u] * (outputs[s][o] - TARGETS[s][o]) / SAMPLES as f64;
                }
            }
        }
        Self { first, first_bias, branches, adjoint, kind }
    }

    /// From unit `unit` of the stream before block `block`, along the skip or into the branch.
    fn walk(
        &self,
        block: usize,
        s: usize,
        u: usize,
        value: f64,
        k: Option<usize>,
        to: &mut Delivered,
    ) {
        let Some(branch) = self.branches.get(block) else { return to.add(k, s, u, value) };
        self.walk(block + 1, s, u, value, k, to);
        for next in 0..WIDTH {
            self.normalise(block, s, next, branch.weight[next][u] * value, k.map(|k| k + 1), to);
        }
    }

    /// From unit `unit` before the batch norm of a branch.
    fn normalise(
        &self,
        block: usize,
        s: usize,
        u: usize,
        value: f64,
        k: Option<usize>,
        to: &mut Delivered,
    ) {
        let branch = &self.branches[block];
        for next in 0..SAMPLES {
            let same = if next == s { 1.0 } else { 0.0 };
            let centred = match self.kind {
                Normalization::Running => same,
                _ => same - 1.0 / SAMPLES as f64,
            };
            let value = branch.gain[u] * centred / branch.sigma[u] * value;
            self.walk(block + 1, next, u, FACTOR * branch.gate[next][u] * value, k, to);
        }
    }

    fn forward(&self) -> Delivered {
        let mut to = Delivered::new();
        for (s, inputs) in INPUTS.iter().enumerate() {
            for u in 0..WIDTH {
                for (weight, x) in self.first[u].iter().zip(inputs) {
                    self.walk(0, s, u, weight * x, Some(0), &mut to);
                }
                self.walk(0, s, u, self.first_bias[u], None, &mut to);
                for (block, branch) in self.branches.iter().enumerate() {
                    self.normalise(block, s, u, branch.bias[u], None, &mut to);
                    let mut start = branch.shift[u];
                    if self.kind == Normalization::Running {
                        start -= branch.gain[u] * branch.mean[u] / branch.sigma[u];
                    }
                    self.walk(block + 1, s, u, FACTOR * branch.gate[s][u] * start, None, &mut to);
                }
            }
        }
        to
    }

    /// Backwards, from unit `unit` of the stream after `blocks` blocks, with true derivatives.
    fn back(&self, blocks: usize, s: usize, u: usize, value: f64, k: usize, to: &mut Delivered) {
        if blocks == 0 {
            return to.add(Some(k), s, u, value);
        }
        self.back(blocks - 1, s, u, value, k, to);
        let branch = &self.branches[blocks - 1];
        for from in 0..SAMPLES {
            let mut slope = if from == s { 1.0 } else { 0.0 };
            if self.kind == Normalization::Batch {
                slope -= (1.0 + branch.unit[s][u] * branch.unit[from][u]) / SAMPLES as f64;
            }
            let value =
                FACTOR * branch.gate[s][u] * branch.gain[u] * slope / branch.sigma[u] * value;
            for next in 0..WIDTH {
                self.back(blocks - 1, from, next, branch.weight[u][next] * value, k + 1, to);
            }
        }
    }

    fn reverse(&self) -> Delivered {
        let mut to = Delivered::new();
        for s in 0..SAMPLES {
            for u in 0..WIDTH {
                self.back(BLOCKS, s, u, self.adjoint[s][u], 0, &mut to);
            }
        }
        to
    }
}

fn affine(weight: &[[f64; WIDTH]; WIDTH], bias: &[f64; WIDTH], x: &Values) -> Values {
    let mut y = Values::default();
    for s in 0..SAMPLES {
        for u in 0..WIDTH {
            y[s][u] = bias[u] + weight[u][0] * x[s][0] + weight[u][1] * x[s][1];
        }
    }
    y
}

fn energy(values: &Values) -> f64 {
    values.iter().flatten().map(|x| x * x).sum()
}

#[track_caller]
fn close(found: &[f64], expected: &Values, what: &str) {
    let expected: Vec<f64> = expected.iter().flatten().copied().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-13, "{what}: {found} {expected}");
    }
}

#[test]
fn every_path_of_a_small_network() {
    let program = Program::new(&description()).unwrap();
    // Numbers without a pattern; every gate is met both open and closed (checked below).
    let mut state = State {
        parameters: (0..program.parameters()).map(|i| (2.3 * i as f64 + 0.4).sin()).collect(),
        running_mean: vec![0.1, -0.2, 0.3, 0.0, -0.4, 0.2],
        running_variance: vec![0.5, 1.5, 0.8, 1.1, 2.0, 0.3],
    };
    for tensor in program.layout.tensors().iter().filter(|t| t.name.ends_with("scale")) {
        state.parameters[tensor.offset] = FACTOR;
    }
    let batch = Batch {
        features: WIDTH,
        samples: SAMPLES,
        inputs: INPUTS.concat(),
        targets: BatchTargets::Values(TARGETS.concat()),
    };
    for kind in Normalization::ALL {
        let net = Net::new(&program, &state, kind);
        let gates: f64 = net.branches.iter().flat_map(|b| b.gate.iter().flatten()).sum();
        assert!((4.0..=14.0).contains(&gates), "{gates} of 18 gates are open: not much of a test");
        let point = Point::new(&program, &state, kind, &batch).unwrap();

        let expected = net.forward();
        tagged_forward(&point, |stream, parts| {
            if stream == BLOCKS {
                close(parts.constant(), &expected.constant, "constant");
                for (k, values) in expected.lengths.iter().enumerate() {
                    close(parts.of_length(k), values, &format!("{kind:?}, V_{k}"));
                }
            }
        });
        let lengths = forward_lengths(&point);
        for (k, values) in expected.lengths.iter().enumerate() {
            assert!((lengths.energy[k] - energy(values) / SAMPLES as f64).abs() < 1e-13);
        }

        let expected = net.reverse();
        let (parts, _) = tagged_reverse(&point);
        let lengths = reverse_lengths(&point);
        for (k, values) in expected.lengths.iter().enumerate() {
            close(&parts[k], values, &format!("{kind:?}, G_{k}"));
            assert!((lengths.energy[k] - energy(values)).abs() < 1e-13);
            assert!(energy(values) > 1e-6, "G_{k} is too small to test anything");
        }
    }
}
