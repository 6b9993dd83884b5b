//! y = skip + c * branch.

use crate::linalg::{Real, vectorised};

/// y = skip + c branch.
pub fn forward<T: Real>(skip: &[T], branch: &[T], c: T, y: &mut [T]) {
    vectorised(
        #[inline(always)]
        || {
            for ((y, s), b) in y.iter_mut().zip(skip).zip(branch) {
                *y = *s + c * *b;
            }
        },
    );
}

/// y = skip + c y.
pub fn forward_over<T: Real>(skip: &[T], c: T, y: &mut [T]) {
    vectorised(
        #[inline(always)]
        || {
            for (y, s) in y.iter_mut().zip(skip) {
                *y = *s + c * *y;
            }
        },
    );
}

/// y = c x.
pub fn scaled<T: Real>(c: T, x: &[T], y: &mut [T]) {
    vectorised(
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y = c * *x;
            }
        },
    );
}

/// y += c x.
pub fn axpy<T: Real>(c: T, x: &[T], y: &mut [T]) {
    vectorised(
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y += c * *x;
            }
        },
    );
}

/// The inner product of two arrays, summed in order.
pub fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    x.iter().zip(y).fold(T::zero(), |sum, (x, y)| sum + *x * *y)
}
