//! Linear maps of an image that have no parameters: y = A x with a fixed A.
//!
//! As they are linear, the tangent is the map itself, and the tangent of the reverse pass is the
//! reverse pass of the tangent.

use crate::linalg::Real;
use crate::network::shape::Shape;

/// Which map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// From channels x positions to the order channel, row, column of PyTorch's `flatten`.
    Flatten,
    /// The mean of every channel.
    GlobalAveragePool,
    /// Every `stride`-th position in both directions, and channels of zeros up to `out`.
    SubsamplePad {
        /// Channels that come out.
        out: usize,
        /// Distance between the positions that stay.
        stride: usize,
    },
}

/// A map with the image that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageMap {
    /// Which map.
    pub map: Map,
    /// Channels, height and width of the input.
    pub image: [usize; 3],
}

impl ImageMap {
    /// The shape that comes out.
    pub fn output(&self) -> Shape {
        let [channels, height, width] = self.image;
        match self.map {
            Map::Flatten => Shape::Features(self.size()),
            Map::GlobalAveragePool => Shape::Image { channels, height: 1, width: 1 },
            Map::SubsamplePad { out, stride } => Shape::Image {
                channels: out,
                height: height.div_ceil(stride),
                width: width.div_ceil(stride),
            },
        }
    }

    /// y = A x, sample by sample.
    pub fn forward<T: Real>(&self, x: &[T], y: &mut [T]) {
        let [channels, ..] = self.image;
        let weight: T = self.weight();
        y.fill(T::zero());
        let outputs = y.chunks_exact_mut(self.output().size());
        for (x, y) in x.chunks_exact(self.size()).zip(outputs) {
            self.entries(|from, to, step| {
                for channel in 0..channels {
                    y[to + channel * step] += weight * x[from + channel];
                }
            });
        }
    }

    /// dx += A' dy, sample by sample.
    pub fn reverse<T: Real>(&self, dy: &[T], dx: &mut [T]) {
        let [channels, ..] = self.image;
        let weight: T = self.weight();
        let outputs = dy.chunks_exact(self.output().size());
        for (dx, dy) in dx.chunks_exact_mut(self.size()).zip(outputs) {
            self.entries(|from, to, step| {
                for channel in 0..channels {
                    dx[from + channel] += weight * dy[to + channel * step];
                }
            });
        }
    }

    fn size(&self) -> usize {
        self.image.iter().product()
    }

    /// The one value that the entries of A have besides 0.
    fn weight<T: Real>(&self) -> T {
        let [_, height, width] = self.image;
        match self.map {
            Map::GlobalAveragePool => T::one() / T::narrow((height * width) as f64),
            Map::Flatten | Map::SubsamplePad { .. } => T::one(),
        }
    }

    /// Calls `visit(from, to, step)` for every position that is read: channel c goes from place
    /// `from + c` of the input to place `to + c step` of the output.
    fn entries(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [channels, height, width] = self.image;
        let positions = height * width;
        match self.map {
            Map::Flatten => {
                (0..positions).for_each(|at| visit(at * channels, at, positions));
            }
            Map::GlobalAveragePool => {
                (0..positions).for_each(|at| visit(at * channels, 0, 1));
            }
            Map::SubsamplePad { out, stride } => {
                let mut to = 0;
                for row in (0..height).step_by(stride) {
                    for column in (0..width).step_by(stride) {
                        visit((row * width + column) * channels, to, 1);
                        to += out;
                    }
                }
            }
        }
    }
}

/// A batch of images in the order channel, row, column as channels x positions: the inverse of
/// [`Map::Flatten`].
pub fn by_position<T: Real>(x: &[T], shape: Shape) -> Vec<T> {
    match shape {
        Shape::Features(_) => x.to_vec(),
        Shape::Image { channels, height, width } => {
            let mut y = vec![T::zero(); x.len()];
            ImageMap { map: Map::Flatten, image: [channels, height, width] }.reverse(x, &mut y);
            y
        }
    }
}
