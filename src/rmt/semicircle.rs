//! The semicircle law (Wigner 1958).

use std::f64::consts::PI;

/// Density of the semicircle on [-radius, radius]: 2 sqrt(radius^2 - x^2)/(pi radius^2).
///
/// ```
/// let top = hessian::rmt::semicircle_density(0.0, 2.0);
/// assert!((top - 1.0 / std::f64::consts::PI).abs() < 1e-16);
/// ```
pub fn semicircle_density(x: f64, radius: f64) -> f64 {
    let t = x / radius;
    2.0 * (1.0 - t * t).max(0.0).sqrt() / (PI * radius)
}

/// Distribution function of the semicircle on [-radius, radius]:
/// 1/2 + (t sqrt(1 - t^2) + arcsin t)/pi with t = x/radius.
///
/// ```
/// assert_eq!(hessian::rmt::semicircle_distribution(0.0, 2.0), 0.5);
/// assert_eq!(hessian::rmt::semicircle_distribution(9.0, 2.0), 1.0);
/// ```
pub fn semicircle_distribution(x: f64, radius: f64) -> f64 {
    let t = (x / radius).clamp(-1.0, 1.0);
    0.5 + (t * (1.0 - t * t).sqrt() + t.asin()) / PI
}
