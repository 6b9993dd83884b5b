//! y = phi(x), entry by entry.

use crate::linalg::Real;
use crate::network::description::Activation;

/// y = phi(x).
pub fn forward<T: Real>(kind: Activation, x: &[T], y: &mut [T]) {
    let zip = y.iter_mut().zip(x);
    match kind {
        // Asked this way round, a NaN stays one instead of turning into a healthy 0.
        Activation::Relu => zip.for_each(|(y, x)| *y = if *x < T::zero() { T::zero() } else { *x }),
        Activation::Tanh => zip.for_each(|(y, x)| *y = x.tanh()),
        // max(x, 0) + log(1 + e^-|x|) never overflows
        Activation::Softplus => zip.for_each(|(y, x)| {
            *y = if *x > T::zero() { *x } else { T::zero() } + (-x.abs()).exp().ln_1p();
        }),
        Activation::Identity => y.copy_from_slice(x),
    }
}

/// dx += phi'(x) dy. Serves the tangent too: `r_y = phi'(x) r_x` with `r_y` zero before.
pub fn reverse<T: Real>(kind: Activation, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
    let zip = dx.iter_mut().zip(dy).zip(x.iter().zip(y));
    match kind {
        Activation::Relu => zip.for_each(|((dx, dy), (x, _))| {
            *dx += if *x > T::zero() { *dy } else { T::zero() };
        }),
        Activation::Tanh => zip.for_each(|((dx, dy), (_, y))| *dx += (T::one() - *y * *y) * *dy),
        Activation::Softplus => zip.for_each(|((dx, dy), (x, _))| *dx += sigmoid(*x) * *dy),
        Activation::Identity => zip.for_each(|((dx, dy), _)| *dx += *dy),
    }
}

/// The tangent of [`reverse`]: r_dx += phi'(x) r_dy + phi''(x) r_x dy.
pub fn r_reverse<T: Real>(
    kind: Activation,
    x: &[T],
    y: &[T],
    r_x: &[T],
    dy: &[T],
    r_dy: &[T],
    r_dx: &mut [T],
) {
    reverse(kind, x, y, r_dy, r_dx);
    let zip = r_dx.iter_mut().zip(r_x).zip(dy).zip(x.iter().zip(y));
    match kind {
        Activation::Relu | Activation::Identity => {}
        Activation::Tanh => zip.for_each(|(((r_dx, r_x), dy), (_, y))| {
            let two = T::one() + T::one();
            *r_dx -= two * *y * (T::one() - *y * *y) * *r_x * *dy;
        }),
        Activation::Softplus => zip.for_each(|(((r_dx, r_x), dy), (x, _))| {
            let s = sigmoid(*x);
            *r_dx += s * (T::one() - s) * *r_x * *dy;
        }),
    }
}

fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}
