//! The length-tagged forward pass: every value split by the number of residual branches that it
//! came through, exactly, in L^2/2 branch evaluations instead of 2^L paths.
//!
//! The gates and the batch statistics of the true pass are held. What is left of the network is
//! affine, so that it acts on a sum part by part (Littwin and Wolf 2016, Eq. 8, with their gates
//! A_ij taken from the true pass):
//!
//! - a linear layer maps each part; its bias joins the constant part;
//! - an activation multiplies each part by the slope of its secant through 0,
//!   (phi(z) - phi(0))/z (for ReLU the gate, 0 or 1); phi(0) joins the constant part;
//! - a batch norm maps a part to gain (part - mean of the part over the batch)/sigma; its shift
//!   joins the constant part. With running statistics the mean is a constant, so parts are not
//!   centred and the constant part carries it;
//! - a residual block on the main stream adds its branch's part of length k to length k + 1. A
//!   residual inside a branch is a piece of that branch and counts nothing by itself.

use nalgebra::DMatrix;

use crate::depth::parts::{Parts, moments, norm_squared};
use crate::linalg::Real;
use crate::network::{Activation, Normalization, Op, Point, Program, Slot, readers};

/// How the energy of a residual stream is spread over path lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardLengths {
    /// E_k, the mean over samples of ||V_k||^2, for k = 0..=L branches.
    pub energy: Vec<f64>,
    /// q_rs, the mean over samples of <V_r, V_s>, (L + 1) x (L + 1); its diagonal is `energy`.
    pub gram: DMatrix<f64>,
    /// The energy of the part that stems from biases and shifts, relative to the sum of all parts'
    /// energies.
    pub constant_share: f64,
    /// The mean path length in the count of Littwin and Wolf (2016), r = k + 1:
    /// 1 + sum k E_k / sum E_k.
    pub mean: f64,
    /// The standard deviation of the path length under the same weights.
    pub sd: f64,
    /// Branches evaluated, one for each block and part: L (L + 3)/2.
    pub branches: u64,
}

/// Splits the last residual stream by path length.
///
/// A network without residual blocks has no branch to come through: all its energy has length 0 in
/// branches, 1 in the count of Littwin and Wolf, whatever its number of layers. There the split is
/// that of the network's output.
///
/// Numbers that are not finite pass through into the result.
pub fn forward_lengths<T: Real>(point: &Point<'_, T>) -> ForwardLengths {
    let mut last = None;
    let branches = tagged_forward(point, |stream, parts| {
        if stream == point.program().blocks.len() {
            last = Some((parts.gram(), norm_squared(parts.constant()) / parts.samples() as f64));
        }
    });
    let (gram, constant) = last.expect("the last stream is always visited");
    let energy: Vec<f64> = gram.diagonal().iter().copied().collect();
    let (mean, sd) = moments(&energy);
    let constant_share = constant / (constant + energy.iter().sum::<f64>());
    ForwardLengths { energy, gram, constant_share, mean: 1.0 + mean, sd, branches }
}

/// Walks the network and shows the parts of every residual stream: stream 0 is what the first
/// block reads, stream b what block b writes; without blocks, stream 0 is the output. The parts
/// are the table of Theorem T2.2 (proofs/theories/Unravel.v): after each block entry k is the sum
/// over all paths through k branches.
///
/// Returns the number of branches evaluated, one for each block and part.
pub fn tagged_forward<T: Real>(
    point: &Point<'_, T>,
    mut visit: impl FnMut(usize, &Parts<T>),
) -> u64 {
    let program = point.program();
    let streams = streams(program);
    let mut readers = readers(program);
    let mut slots: Vec<Option<Parts<T>>> = program.widths.iter().map(|_| None).collect();
    let mut branches = 0;
    let mut next = 0;
    slots[0] = Some(Parts::input(point.value(0), program.widths[0]));
    if streams[0] == 0 {
        visit(0, slots[0].as_ref().expect("just put there"));
        next = 1;
    }
    for (index, node) in program.nodes.iter().enumerate() {
        if next == streams.len() {
            break;
        }
        let output = match node.op {
            Op::Add { branch, factor } => {
                let counted = streams[1..].contains(&node.output);
                let mut sum = taken(&mut slots, &mut readers, node.input);
                let branch = taken(&mut slots, &mut readers, branch);
                if counted {
                    branches += branch.longest() as u64 + 2;
                }
                sum.add_branch(&branch, point.factor(factor), counted);
                sum
            }
            _ => {
                let input = slots[node.input].as_ref().expect("written before it is read");
                let output = advance(point, index, input);
                readers[node.input] -= 1;
                if readers[node.input] == 0 {
                    slots[node.input] = None;
                }
                output
            }
        };
        if node.output == streams[next] {
            visit(next, &output);
            next += 1;
        }
        slots[node.output] = Some(output);
    }
    branches
}

/// The slots of the residual streams: before the first block, then after each; without blocks the
/// output alone.
fn streams(program: &Program) -> Vec<Slot> {
    match program.blocks.first() {
        None => vec![program.output()],
        Some(first) => {
            std::iter::once(first.skip).chain(program.blocks.iter().map(|b| b.output)).collect()
        }
    }
}

/// The parts of a slot; the last reader takes them, earlier ones copy.
fn taken<T: Real>(slots: &mut [Option<Parts<T>>], readers: &mut [usize], slot: Slot) -> Parts<T> {
    readers[slot] -= 1;
    let parts = if readers[slot] == 0 { slots[slot].take() } else { slots[slot].clone() };
    parts.expect("written before it is read")
}

/// One node with one input, acting on every part.
fn advance<T: Real>(point: &Point<'_, T>, index: usize, input: &Parts<T>) -> Parts<T> {
    let program = point.program();
    let node = &program.nodes[index];
    let width = program.widths[node.output];
    let parameters = point.parameters();
    let mut output;
    match node.op {
        Op::Linear { bias, .. } | Op::Conv2d { bias, .. } => {
            output = Parts::zeros_like(input, width);
            program.apply_linear(index, parameters, input.columns(), output.columns_mut());
            if let Some(bias) = bias {
                let out = program.shapes[node.output].channels();
                add_to_columns(&parameters[bias..bias + out], output.constant_mut());
            }
        }
        Op::Map(_) => {
            output = Parts::zeros_like(input, width);
            program.apply_linear(index, parameters, input.columns(), output.columns_mut());
        }
        Op::BatchNorm { features, gain, shift, .. } => {
            output = input.clone();
            let kept = point.normalised(index).expect("the node is a batch norm");
            if point.normalization() == Normalization::Running {
                let negative: Vec<T> = kept.mean.iter().map(|m| -*m).collect();
                add_to_columns(&negative, output.constant_mut());
            } else {
                output.each_mut().for_each(|part| centre(part, features));
            }
            let scale = kept.inverse.iter().zip(&parameters[gain..gain + features]);
            let scale: Vec<T> = scale.map(|(inverse, gain)| *inverse * *gain).collect();
            for column in output.columns_mut().chunks_exact_mut(features) {
                column.iter_mut().zip(&scale).for_each(|(x, s)| *x *= *s);
            }
            add_to_columns(&parameters[shift..shift + features], output.constant_mut());
        }
        Op::Activation(kind) => {
            output = input.clone();
            let values = point.value(node.input).iter().zip(point.value(node.output));
            let slopes: Vec<T> = values.map(|(z, y)| secant(kind, *z, *y)).collect();
            for part in output.each_mut() {
                part.iter_mut().zip(&slopes).for_each(|(x, slope)| *x *= *slope);
            }
            if kind == Activation::Softplus {
                output.constant_mut().iter_mut().for_each(|x| *x += T::narrow(2_f64.ln()));
            }
        }
        Op::Add { .. } => unreachable!("a sum has two inputs and is handled by the caller"),
    }
    output
}

/// (phi(z) - phi(0))/z, with its limit phi'(0) at 0; `y` is phi(z).
fn secant<T: Real>(kind: Activation, z: T, y: T) -> T {
    match kind {
        Activation::Relu if z > T::zero() => T::one(),
        Activation::Relu => T::zero(),
        Activation::Identity => T::one(),
        Activation::Tanh if z == T::zero() => T::one(),
        Activation::Tanh => y / z,
        // Near 0 the difference below cancels; the series is good to z^3/192.
        Activation::Softplus if z.abs() < T::narrow(1e-3) => T::narrow(0.5) + z * T::narrow(0.125),
        Activation::Softplus => (y - T::narrow(2_f64.ln())) / z,
    }
}

fn add_to_columns<T: Real>(vector: &[T], columns: &mut [T]) {
    for column in columns.chunks_exact_mut(vector.len()) {
        column.iter_mut().zip(vector).for_each(|(x, v)| *x += *v);
    }
}

/// Subtracts from every feature its mean over the samples.
fn centre<T: Real>(part: &mut [T], width: usize) {
    let mut mean = vec![T::zero(); width];
    for column in part.chunks_exact(width) {
        mean.iter_mut().zip(column).for_each(|(m, x)| *m += *x);
    }
    let weight = -T::one() / T::narrow((part.len() / width) as f64);
    mean.iter_mut().for_each(|m| *m *= weight);
    add_to_columns(&mean, part);
}
