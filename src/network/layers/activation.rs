//! y = phi(x), entry by entry.

use crate::linalg::{Real, vectorised};
use crate::network::description::Activation;

/// y = phi(x).
pub fn forward<T: Real>(kind: Activation, x: &[T], y: &mut [T]) {
    let zip = y.iter_mut().zip(x);
    match kind {
        // Asked this way round, a NaN stays one instead of turning into a healthy 0.
        Activation::Relu => vectorised(|| {
            zip.for_each(|(y, x)| *y = if *x < T::zero() { T::zero() } else { *x });
        }),
        Activation::Tanh => zip.for_each(|(y, x)| *y = x.tanh()),
        // max(x, 0) + log(1 + e^-|x|) never overflows
        Activation::Softplus => zip.for_each(|(y, x)| {
            *y = if *x > T::zero() { *x } else { T::zero() } + (-x.abs()).exp().ln_1p();
        }),
        Activation::Identity => y.copy_from_slice(x),
    }
}

/// r_y = phi'(x) r_x.
pub fn tangent<T: Real>(kind: Activation, x: &[T], y: &[T], r_x: &[T], r_y: &mut [T]) {
    times_slope(kind, x, y, r_x, r_y, |r_y, value| *r_y = value);
}

/// dx += phi'(x) dy.
pub fn reverse<T: Real>(kind: Activation, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
    times_slope(kind, x, y, dy, dx, |dx, value| *dx += value);
}

/// Hands phi'(x) g to `put`, entry by entry.
fn times_slope<T: Real>(
    kind: Activation,
    x: &[T],
    y: &[T],
    g: &[T],
    out: &mut [T],
    put: impl Fn(&mut T, T),
) {
    let zip = out.iter_mut().zip(g).zip(x.iter().zip(y));
    match kind {
        Activation::Relu => vectorised(|| {
            zip.for_each(|((out, g), (x, _))| {
                put(out, if *x > T::zero() { *g } else { T::zero() });
            });
        }),
        Activation::Tanh => zip.for_each(|((out, g), (_, y))| put(out, (T::one() - *y * *y) * *g)),
        Activation::Softplus => zip.for_each(|((out, g), (x, _))| put(out, sigmoid(*x) * *g)),
        Activation::Identity => zip.for_each(|((out, g), _)| put(out, *g)),
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
