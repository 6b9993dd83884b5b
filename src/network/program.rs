//! The program: the layer tree lowered to a straight line of nodes over slots.
//!
//! Slot 0 is the input; every node reads one slot (an [`Op::Add`] two) and writes a new one. A
//! forward pass walks the nodes, a reverse pass walks them backwards; no other control flow
//! exists, so a new kind of layer is one more [`Op`].

use std::ops::Range;

use crate::error::{Error, Result};
use crate::network::description::{Activation, Description, Layer, Loss, Scale};
use crate::network::layout::Layout;

/// Number of a value in the program; 0 is the input.
pub type Slot = usize;

/// A network ready to run: its nodes, the widths of its slots and the layout of its parameters.
#[derive(Debug, Clone)]
pub struct Program {
    /// The nodes, in the order of the forward pass.
    pub nodes: Vec<Node>,
    /// Features per slot.
    pub widths: Vec<usize>,
    /// Names, shapes and places of the parameters and running statistics.
    pub layout: Layout,
    /// The residual blocks on the main stream, first to last.
    pub blocks: Vec<Block>,
    /// What training minimises.
    pub loss: Loss,
}

/// One operation of the program.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// The slot that it reads.
    pub input: Slot,
    /// The slot that it writes.
    pub output: Slot,
}

/// What a node does. Numbers named `weight`, `gain`, ... are offsets in the parameter vector.
#[derive(Debug, Clone)]
pub enum Op {
    /// W h + b, W row-major [out, in] at `weight`.
    Linear {
        /// Offset of W.
        weight: usize,
        /// Offset of b, if there is one.
        bias: Option<usize>,
    },
    /// Batch normalisation with gain and shift.
    BatchNorm {
        /// Offset of the gains.
        gain: usize,
        /// Offset of the shifts.
        shift: usize,
        /// Added to the biased variance.
        eps: f64,
        /// Weight of the newest batch in the running averages.
        momentum: f64,
        /// Offset of this layer's features in the running statistics.
        statistics: usize,
    },
    /// A function applied to every entry.
    Activation(Activation),
    /// The node's input (the skip) plus a factor times the branch.
    Add {
        /// The slot of the branch's end.
        branch: Slot,
        /// The factor on the branch.
        factor: Factor,
    },
}

/// The factor on a residual branch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Factor {
    /// A constant.
    Fixed(f64),
    /// The parameter at this offset.
    Learned(usize),
}

/// A residual block: `output = skip + factor * branch`.
#[derive(Debug, Clone)]
pub struct Block {
    /// The stream before the block.
    pub skip: Slot,
    /// The nodes of the branch.
    pub nodes: Range<usize>,
    /// The end of the branch, before the factor.
    pub branch: Slot,
    /// The stream after the block; written by node `nodes.end`.
    pub output: Slot,
    /// The factor on the branch.
    pub factor: Factor,
    /// Place of the block in the tree, such as `3`.
    pub name: String,
}

impl Program {
    /// Lowers a description.
    ///
    /// ```
    /// use hessian::network::{Description, Program};
    /// let text = r#"
    ///     input = 2
    ///     loss = "squared"
    ///     layers = [{ kind = "residual", repeat = 3, branch = [{ kind = "linear", out = 2 }] }]"#;
    /// let program = Program::new(&Description::from_toml(text)?)?;
    /// assert_eq!(program.parameters(), 3 * (4 + 2));
    /// assert_eq!(program.layout.tensors()[2].name, "1.branch.0.weight");
    /// # Ok::<(), hessian::Error>(())
    /// ```
    ///
    /// # Errors
    /// A spec error when a branch does not end with the width of its input, or when the
    /// parameters cannot be counted in memory.
    pub fn new(description: &Description) -> Result<Self> {
        let mut program = Self {
            nodes: Vec::new(),
            widths: vec![description.input],
            layout: Layout::default(),
            blocks: Vec::new(),
            loss: description.loss,
        };
        program.lower(&description.layers, "", 0, true)?;
        Ok(program)
    }

    /// Number of parameters P.
    pub fn parameters(&self) -> usize {
        self.layout.parameters()
    }

    /// The slot of the network's output.
    pub fn output(&self) -> Slot {
        self.widths.len() - 1
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.widths[self.output()]
    }

    /// True if a batch norm is among the nodes.
    pub fn has_batch_norm(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node.op, Op::BatchNorm { .. }))
    }

    /// The offset of a batch norm's gains inside a block, if the block has one: the lambda of
    /// Littwin & Wolf 2016.
    pub fn block_gain(&self, block: &Block) -> Option<Range<usize>> {
        self.nodes[block.nodes.clone()].iter().rev().find_map(|node| match node.op {
            Op::BatchNorm { gain, .. } => Some(gain..gain + self.widths[node.output]),
            _ => None,
        })
    }

    /// The offset of the first weight matrix inside a block, if it has one.
    pub fn block_weight(&self, block: &Block) -> Option<Range<usize>> {
        self.nodes[block.nodes.clone()].iter().find_map(|node| match node.op {
            Op::Linear { weight, .. } => {
                let size = self.widths[node.input] * self.widths[node.output];
                Some(weight..weight + size)
            }
            _ => None,
        })
    }

    /// Lowers a list of layers that starts from `slot`; returns the slot of its end.
    fn lower(&mut self, layers: &[Layer], prefix: &str, start: Slot, stream: bool) -> Result<Slot> {
        let mut slot = start;
        for (index, layer) in layers.iter().enumerate() {
            let name = format!("{prefix}{index}");
            slot = match layer {
                Layer::Linear { out, bias } => {
                    let width = self.widths[slot];
                    let weight = self.layout.parameter(&name, "weight", &[*out, width])?;
                    let bias = match bias {
                        true => Some(self.layout.parameter(&name, "bias", &[*out])?),
                        false => None,
                    };
                    self.push(Op::Linear { weight, bias }, slot, *out)
                }
                Layer::BatchNorm { eps, momentum } => {
                    let width = self.widths[slot];
                    let gain = self.layout.parameter(&name, "weight", &[width])?;
                    let shift = self.layout.parameter(&name, "bias", &[width])?;
                    let statistics = self.layout.statistics(&name, width);
                    let (eps, momentum) = (*eps, *momentum);
                    self.push(Op::BatchNorm { gain, shift, eps, momentum, statistics }, slot, width)
                }
                Layer::Activation(activation) => {
                    self.push(Op::Activation(*activation), slot, self.widths[slot])
                }
                Layer::Residual { scale, branch } => {
                    self.residual(*scale, branch, name, slot, stream)?
                }
            };
        }
        Ok(slot)
    }

    fn residual(
        &mut self,
        scale: Scale,
        branch: &[Layer],
        name: String,
        skip: Slot,
        stream: bool,
    ) -> Result<Slot> {
        let factor = match scale {
            Scale::Fixed(c) => Factor::Fixed(c),
            Scale::Learned(c) => {
                let offset = self.layout.parameter(&name, "scale", &[])?;
                self.layout.set_start(offset, c);
                Factor::Learned(offset)
            }
        };
        let first = self.nodes.len();
        let end = self.lower(branch, &format!("{name}.branch."), skip, false)?;
        if self.widths[end] != self.widths[skip] {
            return Err(Error::spec(format!(
                "layer {name}: the branch ends with {} features but is added to {}; \
                 make its last layer {} wide",
                self.widths[end], self.widths[skip], self.widths[skip]
            )));
        }
        let nodes = first..self.nodes.len();
        let output = self.push(Op::Add { branch: end, factor }, skip, self.widths[skip]);
        if stream {
            self.blocks.push(Block { skip, nodes, branch: end, output, factor, name });
        }
        Ok(output)
    }

    fn push(&mut self, op: Op, input: Slot, width: usize) -> Slot {
        let output = self.widths.len();
        self.widths.push(width);
        self.nodes.push(Node { op, input, output });
        output
    }
}
