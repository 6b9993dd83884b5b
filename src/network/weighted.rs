//! The nodes that are linear in what they read, with their weights.

use crate::linalg::Real;
use crate::network::layers::conv::Conv;
use crate::network::layers::linear::Linear;
use crate::network::program::{Node, Op, Program};

impl Program {
    /// y = A x for a node y = A x + b (linear, conv2d or a map of images): its linear part without
    /// b, for as many samples as `x` holds.
    ///
    /// # Panics
    /// On a node of another kind.
    pub fn apply_linear<T: Real>(&self, node: usize, parameters: &[T], x: &[T], y: &mut [T]) {
        let node = &self.nodes[node];
        match node.op {
            Op::Linear { .. } => {
                Linear { bias: None, ..self.linear(node, parameters) }.forward(x, y, false);
            }
            Op::Conv2d { .. } => {
                Conv { bias: None, ..self.conv(node, parameters) }.forward(x, y, false);
            }
            Op::Map(map) => map.forward(x, y),
            _ => panic!("{:?} is not linear in its input", node.op),
        }
    }

    /// dx += A' dy for a node y = A x + b: see [`Program::apply_linear`].
    ///
    /// # Panics
    /// On a node of another kind.
    pub fn reverse_linear<T: Real>(&self, node: usize, parameters: &[T], dy: &[T], dx: &mut [T]) {
        let node = &self.nodes[node];
        match node.op {
            Op::Linear { .. } => self.linear(node, parameters).reverse_input(dy, dx),
            Op::Conv2d { .. } => self.conv(node, parameters).reverse_input(dy, dx),
            Op::Map(map) => map.reverse(dy, dx),
            _ => panic!("{:?} is not linear in its input", node.op),
        }
    }

    /// The weights of a linear node, or their part of a direction.
    pub(super) fn linear<'v, T>(&self, node: &Node, vector: &'v [T]) -> Linear<'v, T> {
        let Op::Linear { weight, bias } = node.op else {
            unreachable!("asked for the weights of a node that is not linear")
        };
        let (inputs, out) = (self.widths[node.input], self.widths[node.output]);
        Linear {
            weight: &vector[weight..weight + inputs * out],
            bias: bias.map(|bias| &vector[bias..bias + out]),
            inputs,
            out,
        }
    }

    /// The kernels of a convolution, or their part of a direction.
    pub(super) fn conv<'v, T>(&self, node: &Node, vector: &'v [T]) -> Conv<'v, T> {
        let Op::Conv2d { weight, bias, window } = node.op else {
            unreachable!("asked for the kernels of a node that is no convolution")
        };
        Conv {
            weight: &vector[weight..weight + window.weights()],
            bias: bias.map(|bias| &vector[bias..bias + window.out]),
            window,
        }
    }
}
