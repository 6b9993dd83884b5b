//! Which arrays of a point products with the Hessian read, and how many numbers all of them take.

use crate::network::description::Activation;
use crate::network::plan::{Plan, readers};
use crate::network::program::{Factor, Op, Program};
use crate::network::workspace::parts;

/// Per slot, whether products with the Hessian or the Gauss-Newton matrix read its value and its adjoint.
#[derive(Debug)]
pub(super) struct Reads {
    pub(super) values: Vec<bool>,
    pub(super) adjoints: Vec<bool>,
}

impl Reads {
    pub(super) fn of(program: &Program) -> Self {
        let mut values = vec![false; program.widths.len()];
        let mut adjoints = values.clone();
        values[program.output()] = true;
        for node in &program.nodes {
            match node.op {
                Op::Linear { .. } | Op::Conv2d { .. } => {
                    values[node.input] = true;
                    adjoints[node.output] = true;
                }
                Op::BatchNorm { .. } => {
                    adjoints[node.input] = true;
                    adjoints[node.output] = true;
                }
                // the slope of ReLU and tanh is read off their outputs
                Op::Activation(Activation::Relu) => values[node.output] = true,
                Op::Activation(Activation::Tanh) => {
                    values[node.output] = true;
                    adjoints[node.output] = true;
                }
                Op::Activation(Activation::Softplus) => {
                    values[node.input] = true;
                    adjoints[node.output] = true;
                }
                Op::Add { branch, factor: Factor::Learned(_) } => {
                    values[branch] = true;
                    adjoints[node.output] = true;
                }
                Op::Add { factor: Factor::Fixed(_), .. }
                | Op::Map(_)
                | Op::Activation(Activation::Identity) => {}
            }
        }
        Self { values, adjoints }
    }
}

/// Numbers per sample that a point and products with the Hessian at it hold, beside parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// While the point is made: inputs, the outputs of all layers and their adjoints, and what batch norms
    /// keep.
    pub making: usize,
    /// What is left of them by [`Point::for_products`](crate::network::Point::for_products).
    pub kept: usize,
    /// Of each product that is under way.
    pub product: usize,
}

impl Footprint {
    /// Of a network's points.
    ///
    /// ```
    /// use hessian::network::{Description, Footprint, Program};
    /// let text = "input = 3\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 2 }]";
    /// let found = Footprint::of(&Program::new(&Description::from_toml(text)?)?);
    /// // the batch, 3 inputs and 2 outputs with their adjoints; inputs, outputs and the outputs' adjoints;
    /// // tangents of all of them
    /// assert_eq!((found.making, found.kept, found.product), (13, 7, 10));
    /// # Ok::<(), hessian::Error>(())
    /// ```
    pub fn of(program: &Program) -> Self {
        let (reads, plan) = (Reads::of(program), Plan::new(program));
        let all: usize = program.widths.iter().sum();
        let readers = readers(program);
        let normed = program.nodes.iter().filter(|node| matches!(node.op, Op::BatchNorm { .. }));
        let (mut units, mut shares) = (0, 0);
        for node in normed {
            units += program.widths[node.output];
            shares += if readers[node.input] > 1 { program.widths[node.output] } else { 0 };
        }
        let read = |which: &[bool]| -> usize {
            program
                .widths
                .iter()
                .zip(which)
                .filter(|(_, read)| **read)
                .map(|(width, _)| width)
                .sum()
        };
        let arrays = |widths: &[usize]| -> usize { widths.iter().sum() };
        Self {
            making: program.widths[0] + 2 * all + units + shares,
            kept: read(&reads.values) + read(&reads.adjoints) + units + shares,
            product: arrays(&plan.tangents.widths) + arrays(&plan.adjoints.widths) + units,
        }
    }

    /// Vectors of all parameters that each product under way holds beside its result: one for each further
    /// part of the samples, where there are enough for a second thread.
    ///
    /// ```
    /// use hessian::network::{Description, Footprint, Program};
    /// let text = "input = 1023\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 64 }]";
    /// let program = Program::new(&Description::from_toml(text)?)?;
    /// assert_eq!([1023, 1024].map(|samples| Footprint::shares(&program, samples)), [0, 1]);
    /// # Ok::<(), hessian::Error>(())
    /// ```
    pub fn shares(program: &Program, samples: usize) -> usize {
        parts(program, samples) - 1
    }
}
