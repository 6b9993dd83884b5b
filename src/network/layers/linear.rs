//! y = W x + b.

use std::array::from_fn;

use crate::linalg::{Real, View, ViewMut, gemm, gemm_sum};

/// The weights of one linear layer (or a direction in their space) and its shape.
#[derive(Clone, Copy)]
pub struct Linear<'a, T> {
    /// W, row-major [out, inputs].
    pub weight: &'a [T],
    /// b, if the layer has one.
    pub bias: Option<&'a [T]>,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub out: usize,
}

impl<T: Real> Linear<'_, T> {
    fn matrix(&self) -> View<'_, T> {
        View::strided(self.weight, self.out, self.inputs, self.inputs, 1)
    }

    /// y = W x + b, or y += W x + b.
    pub fn forward(&self, x: &[T], y: &mut [T], accumulate: bool) {
        let samples = x.len() / self.inputs;
        let beta = if accumulate { T::one() } else { T::zero() };
        let x = View::new(x, self.inputs, samples);
        gemm(T::one(), self.matrix(), x, beta, ViewMut::new(y, self.out, samples));
        if let Some(bias) = self.bias {
            for column in y.chunks_exact_mut(self.out) {
                for (y, b) in column.iter_mut().zip(bias) {
                    *y += *b;
                }
            }
        }
    }

    /// dx += W' dy.
    pub fn reverse_input(&self, dy: &[T], dx: &mut [T]) {
        let samples = dy.len() / self.out;
        let dy = View::new(dy, self.out, samples);
        let dx = ViewMut::new(dx, self.inputs, samples);
        gemm(T::one(), self.matrix().transposed(), dy, T::one(), dx);
    }
}

/// y = the sum of W x over layers of one shape, plus their biases.
pub fn forward_sum<T: Real, const L: usize>(terms: [(Linear<'_, T>, &[T]); L], y: &mut [T]) {
    let (inputs, out) = (terms[0].0.inputs, terms[0].0.out);
    let samples = y.len() / out;
    let products = from_fn(|i| (terms[i].0.matrix(), View::new(terms[i].1, inputs, samples)));
    gemm_sum::<T, L>(products, false, ViewMut::new(y, out, samples));
    for bias in terms.iter().filter_map(|(layer, _)| layer.bias) {
        for column in y.chunks_exact_mut(out) {
            for (y, b) in column.iter_mut().zip(bias) {
                *y += *b;
            }
        }
    }
}

/// dx = the sum of W' dy over layers of one shape, added to dx or in its place.
pub fn reverse_input_sum<T: Real, const L: usize>(
    terms: [(Linear<'_, T>, &[T]); L],
    add: bool,
    dx: &mut [T],
) {
    let (inputs, out) = (terms[0].0.inputs, terms[0].0.out);
    let samples = dx.len() / inputs;
    let products =
        from_fn(|i| (terms[i].0.matrix().transposed(), View::new(terms[i].1, out, samples)));
    gemm_sum::<T, L>(products, add, ViewMut::new(dx, inputs, samples));
}

/// dW = the sum of dy x' over the pairs (dy, x), added to dW or in its place, for dW row-major [out, inputs].
pub fn reverse_weight_sum<T: Real, const L: usize>(
    terms: [(&[T], &[T]); L],
    [inputs, out]: [usize; 2],
    add: bool,
    dw: &mut [T],
) {
    let samples = terms[0].0.len() / out;
    let products = from_fn(|i| {
        let (dy, x) = terms[i];
        (View::new(dy, out, samples), View::new(x, inputs, samples).transposed())
    });
    gemm_sum::<T, L>(products, add, ViewMut::strided(dw, out, inputs, inputs, 1));
}

/// dW += dy x', for dW row-major [out, inputs].
pub fn reverse_weight<T: Real>(dy: &[T], x: &[T], inputs: usize, out: usize, dw: &mut [T]) {
    let samples = dy.len() / out;
    let dy = View::new(dy, out, samples);
    let x = View::new(x, inputs, samples);
    gemm(T::one(), dy, x.transposed(), T::one(), ViewMut::strided(dw, out, inputs, inputs, 1));
}

/// db += sum over samples of dy.
pub fn reverse_bias<T: Real>(dy: &[T], db: &mut [T]) {
    for column in dy.chunks_exact(db.len()) {
        for (b, dy) in db.iter_mut().zip(column) {
            *b += *dy;
        }
    }
}
