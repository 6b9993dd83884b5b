//! y = phi(x), entry by entry.

use crate::linalg::{Real, vectorised};
use crate::network::description::Activation;

/// y = phi(x).
pub fn forward<T: Real>(kind: Activation, x: &[T], y: &mut [T]) {
    let zip = y.iter_mut().zip(x);
    match kind {
        // Asked this way round, a NaN stays one instead of turning into a healthy 0.
        Activation::Relu => vectorised(
            #[inline(always)]
            || {
                zip.for_each(|(y, x)| *y = if *x < T::zero() { T::zero() } else { *x });
            },
        ),
        Activation::Tanh => zip.for_each(|(y, x)| *y = x.tanh()),
        // max(x, 0) + log(1 + e^-|x|) never overflows
        Activation::Softplus => zip.for_each(|(y, x)| {
            let bend = if *x > straight() { T::zero() } else { (-x.abs()).exp().ln_1p() };
            *y = if *x > T::zero() { *x } else { T::zero() } + bend;
        }),
        Activation::Identity => y.copy_from_slice(x),
    }
}

/// r <- phi'(x) r: the tangent, and the adjoint. Softplus reads x alone, the others read y alone.
pub fn scale_by_slope<T: Real>(kind: Activation, x: &[T], y: &[T], r: &mut [T]) {
    match kind {
        // y is positive where x is, and in cache already: the next layer reads it
        Activation::Relu => vectorised(
            #[inline(always)]
            || {
                for (r, y) in r.iter_mut().zip(y) {
                    *r = if *y > T::zero() { *r } else { T::zero() };
                }
            },
        ),
        Activation::Tanh => r.iter_mut().zip(y).for_each(|(r, y)| *r *= T::one() - *y * *y),
        Activation::Softplus => r.iter_mut().zip(x).for_each(|(r, x)| *r *= slope(*x)),
        Activation::Identity => {}
    }
}

/// dx += phi'(x) dy.
pub fn reverse<T: Real>(kind: Activation, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
    let zip = dx.iter_mut().zip(dy).zip(x.iter().zip(y));
    match kind {
        Activation::Relu => vectorised(
            #[inline(always)]
            || {
                zip.for_each(|((dx, dy), (x, _))| {
                    *dx += if *x > T::zero() { *dy } else { T::zero() }
                });
            },
        ),
        Activation::Tanh => zip.for_each(|((dx, dy), (_, y))| *dx += (T::one() - *y * *y) * *dy),
        Activation::Softplus => zip.for_each(|((dx, dy), (x, _))| *dx += slope(*x) * *dy),
        Activation::Identity => zip.for_each(|((dx, dy), _)| *dx += *dy),
    }
}

/// What bends: r += phi''(x) r_x dy, the part of the adjoint's tangent that phi'(x) r_dy is not. Softplus
/// reads x alone, tanh y alone.
pub fn add_bend<T: Real>(kind: Activation, x: &[T], y: &[T], r_x: &[T], dy: &[T], r: &mut [T]) {
    let zip = r.iter_mut().zip(r_x).zip(dy);
    match kind {
        Activation::Relu | Activation::Identity => {}
        Activation::Tanh => zip.zip(y).for_each(|(((r, r_x), dy), y)| {
            let two = T::one() + T::one();
            *r -= two * *y * (T::one() - *y * *y) * *r_x * *dy;
        }),
        Activation::Softplus => zip.zip(x).for_each(|(((r, r_x), dy), x)| {
            let s = slope(*x);
            *r += s * (T::one() - s) * *r_x * *dy;
        }),
    }
}

/// Where softplus goes on as the identity, as in PyTorch; 2e-9 lie between them there.
fn straight<T: Real>() -> T {
    T::narrow(20.0)
}

/// The slope of softplus.
fn slope<T: Real>(x: T) -> T {
    if x > straight() { T::one() } else { T::one() / (T::one() + (-x).exp()) }
}
