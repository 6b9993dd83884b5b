//! The residual networks of He et al. for small images: post-activation (2015) and pre-activation
//! (2016), with shortcuts A and B.

use crate::error::{Error, Result};
use crate::network::description::{
    Activation, Description, Layer, Loss, MAX_LAYERS, MAX_WIDTH, Scale,
};
use crate::network::shape::Shape;

/// Where batch norm and ReLU stand in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// relu(h + (conv, norm, relu, conv, norm)(h)): He et al. 2015.
    V1,
    /// h + (norm, relu, conv, norm, relu, conv)(h), which leaves the stream untouched: He et al.
    /// 2016.
    V2,
}

/// What takes the place of the identity where the shape changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// Every second position and channels of zeros, without parameters.
    A,
    /// A 1x1 convolution of stride 2; with a batch norm in version 1, behind the norm and the ReLU
    /// of its block, which branch and shortcut then share, in version 2.
    B,
}

/// A residual network of 6 `blocks` + 2 layers for small images.
///
/// A 3x3 convolution to `width` channels; three stages of `blocks` blocks of two 3x3 convolutions,
/// of `width`, 2 `width` and 4 `width` channels, the second and the third starting with stride 2;
/// the mean of every channel and a linear layer (He et al. 2015, Sec. 4.2). Convolutions have no
/// biases; in version 2 the first block reads a stream that is normalised and rectified once, and a
/// norm and a ReLU follow the last (He et al. 2016, appendix).
///
/// ```
/// use hessian::network::{Program, ResNet, Shortcut, Version};
/// let resnet20 = ResNet {
///     version: Version::V1,
///     shortcut: Shortcut::A,
///     blocks: 3,
///     width: 16,
///     input: [3, 32, 32],
///     classes: 10,
/// };
/// assert_eq!(resnet20.depth(), 20);
/// let program = Program::new(&resnet20.description()?)?;
/// assert_eq!(program.parameters(), 269_722); // "0.27M" in Table 6 of He et al. 2015
/// # Ok::<(), hessian::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResNet {
    /// Where batch norm and ReLU stand.
    pub version: Version,
    /// What carries the stream where its shape changes.
    pub shortcut: Shortcut,
    /// Blocks per stage, n.
    pub blocks: usize,
    /// Channels of the first stage.
    pub width: usize,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Number of outputs.
    pub classes: usize,
}

impl ResNet {
    /// Layers with weights on the longest path, 6n + 2.
    pub fn depth(&self) -> usize {
        6 * self.blocks + 2
    }

    /// The network, with cross-entropy.
    ///
    /// # Errors
    /// A spec error when `blocks`, `width`, `classes` or a side of the image is 0, a capacity error
    /// beyond [`MAX_LAYERS`] or [`MAX_WIDTH`].
    pub fn description(&self) -> Result<Description> {
        let [channels, height, width] = self.input;
        if [self.blocks, self.width, self.classes, channels, height, width].contains(&0) {
            return Err(Error::spec(format!(
                "a residual network needs 1 or more of everything, found {} blocks, {} channels, \
                 {} classes and images {:?}",
                self.blocks, self.width, self.classes, self.input
            )));
        }
        // a block of either version is fewer than 12 layers
        if self.blocks > MAX_LAYERS / 36 || self.width > MAX_WIDTH / 4 {
            return Err(Error::capacity(format!(
                "{} blocks of {} channels are more than {} of {}; ask for fewer",
                self.blocks,
                self.width,
                MAX_LAYERS / 36,
                MAX_WIDTH / 4
            )));
        }
        let mut layers = vec![conv(self.width, 3, 1)];
        layers.extend([norm(), relu()]);
        for stage in 0..3 {
            for block in 0..self.blocks {
                let out = self.width << stage;
                match (stage, block) {
                    (0, 0) => layers.extend(self.first_block(out)),
                    (_, 0) => layers.extend(self.widening_block(out)),
                    _ => layers.extend(self.block(out)),
                }
            }
        }
        if self.version == Version::V2 {
            layers.extend([norm(), relu()]);
        }
        let head = Layer::Linear { out: self.classes, bias: true };
        layers.extend([Layer::GlobalAveragePool, Layer::Flatten, head]);
        let input = Shape::Image { channels, height, width };
        Ok(Description { input, loss: Loss::CrossEntropy, layers })
    }

    fn block(&self, out: usize) -> Vec<Layer> {
        match self.version {
            Version::V1 => vec![residual(post_activated(out, 1), Vec::new()), relu()],
            Version::V2 => vec![residual(pre_activated(out, 1), Vec::new())],
        }
    }

    /// The first block of all: in version 2 what it reads is normalised and rectified already.
    fn first_block(&self, out: usize) -> Vec<Layer> {
        match self.version {
            Version::V1 => self.block(out),
            Version::V2 => vec![residual(pre_activated(out, 1).split_off(2), Vec::new())],
        }
    }

    /// A block that halves the sides and widens the stream.
    fn widening_block(&self, out: usize) -> Vec<Layer> {
        let pad = || vec![Layer::SubsamplePad { out, stride: 2 }];
        match (self.version, self.shortcut) {
            (Version::V1, Shortcut::A) => vec![residual(post_activated(out, 2), pad()), relu()],
            (Version::V1, Shortcut::B) => {
                vec![residual(post_activated(out, 2), vec![conv(out, 1, 2), norm()]), relu()]
            }
            (Version::V2, Shortcut::A) => vec![residual(pre_activated(out, 2), pad())],
            (Version::V2, Shortcut::B) => {
                let branch = pre_activated(out, 2).split_off(2);
                vec![norm(), relu(), residual(branch, vec![conv(out, 1, 2)])]
            }
        }
    }
}

fn post_activated(out: usize, stride: usize) -> Vec<Layer> {
    vec![conv(out, 3, stride), norm(), relu(), conv(out, 3, 1), norm()]
}

fn pre_activated(out: usize, stride: usize) -> Vec<Layer> {
    vec![norm(), relu(), conv(out, 3, stride), norm(), relu(), conv(out, 3, 1)]
}

fn residual(branch: Vec<Layer>, shortcut: Vec<Layer>) -> Layer {
    Layer::Residual { scale: Scale::Fixed(1.0), branch, shortcut }
}

fn conv(out: usize, kernel: usize, stride: usize) -> Layer {
    Layer::Conv2d { out, kernel, stride, padding: kernel / 2, bias: false }
}

fn norm() -> Layer {
    Layer::BatchNorm { eps: 1e-5, momentum: 0.1 }
}

fn relu() -> Layer {
    Layer::Activation(Activation::Relu)
}
