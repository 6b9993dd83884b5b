//! The program: the layer tree lowered to a straight line of nodes over slots.
//!
//! Slot 0 is the input; every node reads one slot (an [`Op::Add`] two) and writes a new one. A
//! forward pass walks the nodes, a reverse pass walks them backwards; no other control flow
//! exists, so a new kind of layer is one more [`Op`].
//!
//! A slot holds one sample after the other. An image is stored position after position (row by
//! row), each with its channels side by side, so that a slot is a matrix channels x (positions
//! samples): a batch norm of images is that of features with more columns, a 1x1 convolution a
//! linear layer. Data and `flatten` keep PyTorch's order (channel, row, column); the conversion
//! happens where a batch enters and at `flatten`.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::network::description::{Activation, Description, Layer, Loss, MAX_WIDTH, Scale};
use crate::network::layers::conv::Window;
use crate::network::layers::map::{ImageMap, Map};
use crate::network::layout::Layout;
use crate::network::shape::Shape;

/// Number of a value in the program; 0 is the input.
pub type Slot = usize;

/// A network ready to run: its nodes, the widths of its slots and the layout of its parameters.
#[derive(Debug, Clone)]
pub struct Program {
    /// The nodes, in the order of the forward pass.
    pub nodes: Vec<Node>,
    /// What a sample is in each slot.
    pub shapes: Vec<Shape>,
    /// Entries of a sample in each slot: the sizes of the shapes.
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
    /// Cross-correlation of an image with W, row-major [out, in, kernel, kernel] at `weight`.
    Conv2d {
        /// Offset of W.
        weight: usize,
        /// Offset of b, if there is one.
        bias: Option<usize>,
        /// The shapes of image and kernel.
        window: Window,
    },
    /// A linear map of an image without parameters.
    Map(ImageMap),
    /// Batch normalisation with gain and shift.
    BatchNorm {
        /// Number of features, or of channels of an image.
        features: usize,
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
    /// The node's input (the skip, or the end of its shortcut) plus a factor times the branch.
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

/// A residual block: `output = shortcut(skip) + factor * branch(skip)`.
#[derive(Debug, Clone)]
pub struct Block {
    /// The stream before the block.
    pub skip: Slot,
    /// The nodes of the branch.
    pub nodes: Range<usize>,
    /// The end of the branch, before the factor.
    pub branch: Slot,
    /// The nodes of the shortcut; none where the stream itself is added.
    pub shortcut: Range<usize>,
    /// The end of the shortcut; `skip` where it has no nodes.
    pub carried: Slot,
    /// The stream after the block; written by node `shortcut.end`.
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
    /// A spec error that names the layer when a layer does not take the shape that it meets, a
    /// kernel is larger than the padded image, a branch and its shortcut end with different shapes
    /// or the network ends with an image; a capacity error when parameters or a slot cannot be
    /// counted in memory.
    pub fn new(description: &Description) -> Result<Self> {
        let mut program = Self {
            nodes: Vec::new(),
            shapes: vec![description.input],
            widths: vec![description.input.size()],
            layout: Layout::default(),
            blocks: Vec::new(),
            loss: description.loss,
        };
        let end = program.lower(&description.layers, "", 0, true)?;
        match program.shapes[end] {
            Shape::Features(_) => Ok(program),
            image => Err(Error::spec(format!(
                "the network ends with {image}, expected a list of outputs; \
                 end with {{ kind = \"flatten\" }}"
            ))),
        }
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

    /// The fewest numbers over which a batch norm averages in a batch of this many samples;
    /// none without batch norm. A variance needs two.
    pub fn fewest_normalised(&self, samples: usize) -> Option<usize> {
        let norms = self.nodes.iter().filter(|node| matches!(node.op, Op::BatchNorm { .. }));
        norms.map(|node| samples * self.shapes[node.output].positions()).min()
    }

    /// Lowers a list of layers that starts from `slot`; returns the slot of its end.
    fn lower(&mut self, layers: &[Layer], prefix: &str, start: Slot, stream: bool) -> Result<Slot> {
        let mut slot = start;
        for (index, layer) in layers.iter().enumerate() {
            let name = format!("{prefix}{index}");
            slot = match layer {
                Layer::Linear { out, bias } => self.lower_linear(&name, slot, *out, *bias)?,
                Layer::Conv2d { out, kernel, stride, padding, bias } => {
                    let [channels, height, width] = self.image(&name, "conv2d", slot)?;
                    let (kernel, stride, padding) = (*kernel, *stride, *padding);
                    let out = *out;
                    let window = Window { channels, height, width, out, kernel, stride, padding };
                    self.lower_conv2d(&name, slot, window, *bias)?
                }
                Layer::Flatten => match self.shapes[slot] {
                    // as in PyTorch, where a sample that is a list already stays one
                    shape @ Shape::Features(_) => {
                        self.push(Op::Activation(Activation::Identity), slot, shape)
                    }
                    Shape::Image { .. } => self.map(&name, "flatten", Map::Flatten, slot)?,
                },
                Layer::GlobalAveragePool => {
                    self.map(&name, "global_average_pool", Map::GlobalAveragePool, slot)?
                }
                Layer::SubsamplePad { out, stride } => {
                    let map = Map::SubsamplePad { out: *out, stride: *stride };
                    self.map(&name, "subsample_pad", map, slot)?
                }
                Layer::BatchNorm { eps, momentum } => {
                    let features = self.shapes[slot].channels();
                    let gain = self.layout.parameter(&name, "weight", &[features])?;
                    let shift = self.layout.parameter(&name, "bias", &[features])?;
                    let statistics = self.layout.statistics(&name, features);
                    let (eps, momentum) = (*eps, *momentum);
                    let op = Op::BatchNorm { features, gain, shift, eps, momentum, statistics };
                    self.push(op, slot, self.shapes[slot])
                }
                Layer::Activation(activation) => {
                    self.push(Op::Activation(*activation), slot, self.shapes[slot])
                }
                Layer::Residual { scale, branch, shortcut } => {
                    self.residual(*scale, [branch, shortcut], name, slot, stream)?
                }
            };
        }
        Ok(slot)
    }

    fn lower_linear(&mut self, name: &str, slot: Slot, out: usize, bias: bool) -> Result<Slot> {
        let width = match self.shapes[slot] {
            Shape::Features(width) => width,
            image => {
                return Err(Error::spec(format!(
                    "layer {name}: linear takes a list of features, found {image}; \
                     put {{ kind = \"flatten\" }} before it"
                )));
            }
        };
        let weight = self.layout.parameter(name, "weight", &[out, width])?;
        let bias = self.bias(name, out, bias)?;
        Ok(self.push(Op::Linear { weight, bias }, slot, Shape::Features(out)))
    }

    fn lower_conv2d(&mut self, name: &str, slot: Slot, window: Window, bias: bool) -> Result<Slot> {
        let Window { channels, height, width, out, kernel, padding, .. } = window;
        let Some(shape) = window.output() else {
            return Err(Error::spec(format!(
                "layer {name}: a kernel of {kernel} x {kernel} does not fit {} padded by {padding} \
                 to {} x {}; make the kernel smaller or the padding larger",
                self.shapes[slot],
                height + 2 * padding,
                width + 2 * padding
            )));
        };
        let shape = counted(name, shape)?;
        let weight = self.layout.parameter(name, "weight", &[out, channels, kernel, kernel])?;
        let bias = self.bias(name, out, bias)?;
        Ok(self.push(Op::Conv2d { weight, bias, window }, slot, shape))
    }

    fn bias(&mut self, name: &str, out: usize, wanted: bool) -> Result<Option<usize>> {
        wanted.then(|| self.layout.parameter(name, "bias", &[out])).transpose()
    }

    fn map(&mut self, name: &str, kind: &str, map: Map, slot: Slot) -> Result<Slot> {
        let image = self.image(name, kind, slot)?;
        if let Map::SubsamplePad { out, .. } = map
            && out < image[0]
        {
            return Err(Error::spec(format!(
                "layer {name}: subsample_pad with out = {out} would drop channels of {}; \
                 it only adds some",
                self.shapes[slot]
            )));
        }
        let map = ImageMap { map, image };
        let shape = counted(name, map.output())?;
        Ok(self.push(Op::Map(map), slot, shape))
    }

    /// Channels, height and width of the image in a slot.
    fn image(&self, name: &str, kind: &str, slot: Slot) -> Result<[usize; 3]> {
        match self.shapes[slot] {
            Shape::Image { channels, height, width } => Ok([channels, height, width]),
            features @ Shape::Features(_) => Err(Error::spec(format!(
                "layer {name}: {kind} takes an image [channels, height, width], found {features}; \
                 give `input` three sides and put the layer before any flatten"
            ))),
        }
    }

    fn residual(
        &mut self,
        scale: Scale,
        [branch, shortcut]: [&[Layer]; 2],
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
        let nodes = first..self.nodes.len();
        let carried = self.lower(shortcut, &format!("{name}.shortcut."), skip, false)?;
        let shortcut = nodes.end..self.nodes.len();
        let (found, expected) = (self.shapes[end], self.shapes[carried]);
        if found != expected {
            return Err(Error::spec(if shortcut.is_empty() {
                format!(
                    "layer {name}: the branch ends with {found} but is added to {expected}; make \
                     its last layer fit, or give the block a `shortcut` that ends with {found}"
                )
            } else {
                format!(
                    "layer {name}: the branch ends with {found} but the shortcut with {expected}; \
                     make them end alike"
                )
            }));
        }
        let output = self.push(Op::Add { branch: end, factor }, carried, found);
        if stream {
            let branch = end;
            self.blocks.push(Block {
                skip,
                nodes,
                branch,
                shortcut,
                carried,
                output,
                factor,
                name,
            });
        }
        Ok(output)
    }

    fn push(&mut self, op: Op, input: Slot, shape: Shape) -> Slot {
        let output = self.shapes.len();
        self.shapes.push(shape);
        self.widths.push(shape.size());
        self.nodes.push(Node { op, input, output });
        output
    }
}

/// Refuses a shape that is too large for a slot.
fn counted(name: &str, shape: Shape) -> Result<Shape> {
    if shape.size() <= MAX_WIDTH {
        return Ok(shape);
    }
    Err(Error::capacity(format!(
        "layer {name}: {shape} has more than {MAX_WIDTH} entries; make it smaller"
    )))
}
