//! The arrays of a product with the Hessian, kept between products: fresh ones would cost more than the
//! arithmetic of a small network.

use std::ops::Range;

use crate::linalg::Real;
use crate::network::plan::Plan;
use crate::network::point::Point;
use crate::network::program::{Factor, Op, Program};

/// Parameters times samples from which one product is work for two threads: chosen here so that
/// waiting for one another at every batch norm is nothing beside it.
const SHARED: usize = 1 << 26;

/// How many parts the samples of one product are split into.
pub(super) fn parts(program: &Program, samples: usize) -> usize {
    let shared = program.parameters().saturating_mul(samples) >= SHARED && samples > 1;
    if shared { 2 } else { 1 }
}

/// What one product writes.
#[derive(Debug)]
pub(super) struct Workspace<T> {
    pub(super) plan: Plan,
    pub(super) parts: Vec<Part<T>>,
    /// Per node, of batch norms, the means of r_x and of r_x x^.
    pub(super) means: Vec<[Vec<T>; 2]>,
    /// Direction and product in the precision of the network, where that is not double.
    pub(super) narrow: [Vec<T>; 2],
    /// Per part but the first, its samples' share of the product.
    pub(super) rest: Vec<Vec<T>>,
    /// Per node whether its own part of the direction differs from zero.
    pub(super) turned: Vec<bool>,
    /// Per slot whether its tangent may.
    pub(super) moved: Vec<bool>,
}

/// The arrays of some of the samples, which one thread works on. How samples are split depends on the
/// problem alone, and sums over parts are taken in their order.
#[derive(Debug)]
pub(super) struct Part<T> {
    pub(super) samples: Range<usize>,
    /// Per home of the plan.
    pub(super) tangents: Vec<Vec<T>>,
    /// Per home of the plan.
    pub(super) adjoints: Vec<Vec<T>>,
    /// Per node, of batch norms, the tangent of x^.
    pub(super) units: Vec<Vec<T>>,
    /// Sums over this part for the batch norm at the end of a stretch.
    pub(super) sums: [Vec<T>; 2],
}

impl<T: Real> Workspace<T> {
    pub(super) fn new(point: &Point<'_, T>) -> Self {
        let program = point.program();
        let plan = Plan::new(program);
        let samples = point.samples();
        let count = parts(program, samples);
        let parts = (0..count).map(|part| {
            let samples = part * samples / count..(part + 1) * samples / count;
            let array = |width: &usize| vec![T::zero(); width * samples.len()];
            Part {
                tangents: plan.tangents.widths.iter().map(array).collect(),
                adjoints: plan.adjoints.widths.iter().map(array).collect(),
                units: program
                    .nodes
                    .iter()
                    .map(|node| match node.op {
                        Op::BatchNorm { .. } => array(&program.widths[node.output]),
                        _ => Vec::new(),
                    })
                    .collect(),
                sums: [Vec::new(), Vec::new()],
                samples,
            }
        });
        Self {
            parts: parts.collect(),
            means: program.nodes.iter().map(|_| [Vec::new(), Vec::new()]).collect(),
            narrow: [Vec::new(), Vec::new()],
            rest: vec![Vec::new(); count - 1],
            turned: vec![false; program.nodes.len()],
            moved: vec![false; program.widths.len()],
            plan,
        }
    }

    /// Finds what a direction moves.
    pub(super) fn turn(&mut self, point: &Point<'_, T>, direction: &[T]) {
        let program = point.program();
        let any =
            |from: usize, size: usize| direction[from..from + size].iter().any(|v| *v != T::zero());
        let biased = |bias: Option<usize>, out: usize| bias.is_some_and(|bias| any(bias, out));
        for (index, node) in program.nodes.iter().enumerate() {
            let mut moved = self.moved[node.input];
            self.turned[index] = match node.op {
                Op::Linear { weight, bias } => {
                    let out = program.widths[node.output];
                    any(weight, program.widths[node.input] * out) || biased(bias, out)
                }
                Op::Conv2d { weight, bias, window } => {
                    any(weight, window.weights()) || biased(bias, window.out)
                }
                Op::BatchNorm { features, gain, shift, .. } => {
                    any(gain, features) || any(shift, features)
                }
                Op::Add { branch, factor } => {
                    moved |= self.moved[branch];
                    matches!(factor, Factor::Learned(offset) if any(offset, 1))
                }
                Op::Map(_) | Op::Activation(_) => false,
            };
            self.moved[node.output] = moved || self.turned[index];
        }
    }
}
