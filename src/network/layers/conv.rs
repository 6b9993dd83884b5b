//! y = W * x + b: cross-correlation of images, as products with the matrix of their patches.
//!
//! Images are channels x (positions samples). The patches under the kernel, one column of
//! kernel kernel channels numbers per output position, form a wide matrix; forward, the adjoint of
//! the input and that of the weights are one product each with it (Chellapilla et al. 2006). The
//! patches are made for a few samples at a time, so that they stay in cache and cost no memory that
//! grows with the batch.

use std::borrow::Cow;

use crate::linalg::{Real, View, ViewMut, gemm};
use crate::network::shape::Shape;

/// The most numbers in the patches of one block of samples, unless a single sample has more: half a
/// megabyte in double precision, chosen here to fit the second cache of the machines at hand.
const BLOCK: usize = 1 << 16;

/// The shapes of an image and of the kernel that slides over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Channels of the image.
    pub channels: usize,
    /// Rows of the image.
    pub height: usize,
    /// Columns of the image.
    pub width: usize,
    /// Channels that come out.
    pub out: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Distance between neighbouring positions of the kernel.
    pub stride: usize,
    /// Zeros around the image on every side.
    pub padding: usize,
}

impl Window {
    /// The shape that comes out: (side + 2 padding - kernel) / stride + 1 positions per direction,
    /// rounded down; none when the kernel does not fit.
    pub fn output(&self) -> Option<Shape> {
        let along = |side: usize| {
            let room = (side + 2 * self.padding).checked_sub(self.kernel)?;
            Some(room / self.stride + 1)
        };
        let (height, width) = (along(self.height)?, along(self.width)?);
        Some(Shape::Image { channels: self.out, height, width })
    }

    /// Number of weights, out x channels x kernel x kernel.
    pub fn weights(&self) -> usize {
        self.out * self.patch()
    }

    /// Numbers that one output reads: the fan-in.
    pub fn patch(&self) -> usize {
        self.channels * self.kernel * self.kernel
    }

    /// Entries of one input image.
    fn input_size(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Rows and columns of the output.
    fn sides(&self) -> [usize; 2] {
        match self.output() {
            Some(Shape::Image { height, width, .. }) => [height, width],
            _ => unreachable!("a program holds only windows that fit"),
        }
    }

    /// True when the patches are the image itself.
    fn is_pointwise(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0
    }

    /// Samples whose patches are made at a time.
    fn block(&self) -> usize {
        let [height, width] = self.sides();
        (BLOCK / self.patch().saturating_mul(height * width)).max(1)
    }

    /// Calls `visit(kernel place, image place, patch)` for every row of every patch that lies on
    /// the image: `image` is the range of numbers in one sample, `patch` that in its patches.
    /// Neighbouring columns of a kernel row are neighbours in the image too, so a run is as long as
    /// the part of the kernel row that lies on it.
    fn runs(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [rows, columns] = self.sides();
        let (k, c) = (self.kernel, self.channels);
        for i in 0..rows {
            for j in 0..columns {
                let column = (i * columns + j) * self.patch();
                // the image column under the kernel's left edge, counted from the padding
                let left = j * self.stride;
                let first = self.padding.saturating_sub(left).min(k);
                let last = (self.width + self.padding).saturating_sub(left).min(k);
                if first >= last {
                    continue;
                }
                for u in 0..k {
                    let row = i * self.stride + u;
                    if row < self.padding || row >= self.height + self.padding {
                        continue;
                    }
                    let row = row - self.padding;
                    let image = (row * self.width + left + first - self.padding) * c;
                    let patch = column + (u * k + first) * c;
                    visit(image, patch, (last - first) * c);
                }
            }
        }
    }

    /// The patches of some samples, patch x (positions samples); what lies on the padding is not
    /// written, so the buffer must start as zeros.
    fn gather<T: Real>(&self, x: &[T], patches: &mut [T]) {
        let size = self.input_size();
        let per_sample = patches.len() / (x.len() / size);
        for (x, patches) in x.chunks_exact(size).zip(patches.chunks_exact_mut(per_sample)) {
            self.runs(|image, patch, length| {
                patches[patch..patch + length].copy_from_slice(&x[image..image + length]);
            });
        }
    }

    /// The transpose of [`Window::gather`]: adds every number of the patches to where it came from.
    fn scatter<T: Real>(&self, patches: &[T], x: &mut [T]) {
        let size = self.input_size();
        let per_sample = patches.len() / (x.len() / size);
        for (x, patches) in x.chunks_exact_mut(size).zip(patches.chunks_exact(per_sample)) {
            self.runs(|image, patch, length| {
                let from = &patches[patch..patch + length];
                for (x, p) in x[image..image + length].iter_mut().zip(from) {
                    *x += *p;
                }
            });
        }
    }

    /// Calls `visit(x, patches, range of the output's numbers)` for one block of samples after the
    /// other.
    fn blocks<T: Real>(&self, x: &[T], mut visit: impl FnMut(View<'_, T>, std::ops::Range<usize>)) {
        let [height, width] = self.sides();
        let (positions, patch) = (height * width, self.patch());
        let mut buffer = Vec::new();
        let mut start = 0;
        for x in x.chunks(self.block() * self.input_size()) {
            let columns = x.len() / self.input_size() * positions;
            let end = start + columns * self.out;
            if self.is_pointwise() {
                visit(View::new(x, patch, columns), start..end);
            } else {
                // The padding stays zero from block to block: every block writes the same places.
                buffer.resize(patch * columns, T::zero());
                self.gather(x, &mut buffer);
                visit(View::new(&buffer, patch, columns), start..end);
            }
            start = end;
        }
    }

    /// From PyTorch's [out, channels, kernel, kernel] to the order of the patches, [out, kernel,
    /// kernel, channels].
    fn by_patch<'w, T: Real>(&self, weight: &'w [T]) -> Cow<'w, [T]> {
        let places = self.kernel * self.kernel;
        if places == 1 {
            return Cow::Borrowed(weight);
        }
        let mut ordered = vec![T::zero(); weight.len()];
        let filters = ordered.chunks_exact_mut(self.patch());
        for (to, from) in filters.zip(weight.chunks_exact(self.patch())) {
            for (channel, plane) in from.chunks_exact(places).enumerate() {
                for (place, w) in plane.iter().enumerate() {
                    to[place * self.channels + channel] = *w;
                }
            }
        }
        Cow::Owned(ordered)
    }
}

/// The weights of one convolution (or a direction in their space) and its shapes.
#[derive(Clone, Copy)]
pub struct Conv<'a, T> {
    /// W, row-major [out, channels, kernel, kernel].
    pub weight: &'a [T],
    /// b, if the layer has one.
    pub bias: Option<&'a [T]>,
    /// Image and kernel.
    pub window: Window,
}

impl<T: Real> Conv<'_, T> {
    /// y = W * x + b, or y += W * x + b.
    pub fn forward(&self, x: &[T], y: &mut [T], accumulate: bool) {
        let Window { out, .. } = self.window;
        let patch = self.window.patch();
        let beta = if accumulate { T::one() } else { T::zero() };
        let weight = self.window.by_patch(self.weight);
        let matrix = View::strided(&weight, out, patch, patch, 1);
        self.window.blocks(x, |patches, range| {
            let y = &mut y[range];
            gemm(T::one(), matrix, patches, beta, ViewMut::new(y, out, patches.cols()));
        });
        if let Some(bias) = self.bias {
            for column in y.chunks_exact_mut(out) {
                for (y, b) in column.iter_mut().zip(bias) {
                    *y += *b;
                }
            }
        }
    }

    /// dx += the adjoint of W * x in x, applied to dy.
    pub fn reverse_input(&self, dy: &[T], dx: &mut [T]) {
        let window = self.window;
        let (out, patch) = (window.out, window.patch());
        let weight = window.by_patch(self.weight);
        let matrix = View::strided(&weight, out, patch, patch, 1).transposed();
        let [height, width] = window.sides();
        let block = window.block();
        let outputs = dy.chunks(block * height * width * out);
        let mut buffer = Vec::new();
        for (dx, dy) in dx.chunks_mut(block * window.input_size()).zip(outputs) {
            let dy = View::new(dy, out, dy.len() / out);
            if window.is_pointwise() {
                let dx = ViewMut::new(dx, patch, dy.cols());
                gemm(T::one(), matrix, dy, T::one(), dx);
                continue;
            }
            buffer.resize(patch * dy.cols(), T::zero());
            gemm(T::one(), matrix, dy, T::zero(), ViewMut::new(&mut buffer, patch, dy.cols()));
            window.scatter(&buffer, dx);
        }
    }
}

/// dW += the adjoint of W * x in W, applied to dy, for dW row-major [out, channels, kernel, kernel].
pub fn reverse_weight<T: Real>(window: &Window, dy: &[T], x: &[T], dw: &mut [T]) {
    let (out, patch) = (window.out, window.patch());
    let mut sum = vec![T::zero(); dw.len()];
    window.blocks(x, |patches, range| {
        let dy = View::new(&dy[range], out, patches.cols());
        let sum = ViewMut::strided(&mut sum, out, patch, patch, 1);
        gemm(T::one(), dy, patches.transposed(), T::one(), sum);
    });
    let places = window.kernel * window.kernel;
    for (dw, sum) in dw.chunks_exact_mut(patch).zip(sum.chunks_exact(patch)) {
        for (channel, plane) in dw.chunks_exact_mut(places).enumerate() {
            for (place, w) in plane.iter_mut().enumerate() {
                *w += sum[place * window.channels + channel];
            }
        }
    }
}
