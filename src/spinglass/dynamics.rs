//! Langevin dynamics of spherical spin glasses at infinite N: the transition below which it keeps a memory
//! of its start, and the energy at which it ages there (Crisanti, Horner and Sommers 1993; Cugliandolo and Kurchan
//! 1993), in the normalisation nu(1) = 1, ds = -grad H dt + sqrt(2 T) dW.
//!
//! In equilibrium the correlation C(t) = s(0).s(t)/N decays to the largest solution q of
//! nu'(q)/T^2 = q/(1 - q), 0 above T_MCT.

use crate::spinglass::Mixture;
use crate::spinglass::quadrature::zero_of_decreasing;

/// Points at which a maximum is looked for first: chosen here, because the functions have one or two.
const GRID: usize = 1000;

/// T^2 at which q solves nu'(q)/T^2 = q/(1 - q).
fn plateau_temperature_squared(mixture: &Mixture, q: f64) -> f64 {
    mixture.slope_at(q) * (1.0 - q) / q
}

/// The q of the largest value of nu'(q) (1 - q)/q on (0, 1), by halving the grid's best interval.
fn transition_overlap(mixture: &Mixture) -> f64 {
    let value = |q: f64| plateau_temperature_squared(mixture, q);
    let at = |i: usize| i as f64 / GRID as f64;
    let best = (1..GRID).max_by(|a, b| value(at(*a)).total_cmp(&value(at(*b)))).unwrap_or(1);
    let derivative = |q: f64| {
        // of ln nu' + ln(1 - q) - ln q
        mixture.curvature_at(q) / mixture.slope_at(q) - 1.0 / (1.0 - q) - 1.0 / q
    };
    // not from 0, where the derivative is none
    zero_of_decreasing(&derivative, at(best - 1).max(1e-9), at(best + 1).min(1.0 - 1e-9))
}

/// T_MCT, the temperature below which correlations in equilibrium no longer decay to 0: the square
/// root of the largest nu'(q) (1 - q)/q. None for a mixture with a term of degree 1 or 2, where the
/// transition is of another kind or there is none.
///
/// ```
/// use hessian::spinglass::{Mixture, dynamic_temperature};
/// // 3 q (1 - q) is largest at 1/2
/// let found = dynamic_temperature(&Mixture::pure(3)?).unwrap();
/// assert!((found - 0.75_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn dynamic_temperature(mixture: &Mixture) -> Option<f64> {
    (mixture.terms()[0].0 >= 3)
        .then(|| plateau_temperature_squared(mixture, transition_overlap(mixture)).sqrt())
}

/// The overlap q to which a configuration in equilibrium keeps at this temperature: the largest
/// solution of nu'(q)/T^2 = q/(1 - q) at or below T_MCT; none above, or where T_MCT is none.
///
/// ```
/// use hessian::spinglass::{Mixture, equilibrium_overlap};
/// // 3 q (1 - q) = T^2
/// let found = equilibrium_overlap(&Mixture::pure(3)?, 0.7).unwrap();
/// assert!((found - 0.5 * (1.0 + (1.0_f64 - 4.0 * 0.49 / 3.0).sqrt())).abs() < 1e-12);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn equilibrium_overlap(mixture: &Mixture, temperature: f64) -> Option<f64> {
    let transition = dynamic_temperature(mixture)?;
    if !(temperature > 0.0 && temperature <= transition) {
        return None;
    }
    let excess = |q: f64| plateau_temperature_squared(mixture, q) - temperature * temperature;
    // the last maximum that is high enough need not be the highest
    let mut grid = (1..GRID).rev().map(|i| i as f64 / GRID as f64);
    let inside = grid.find(|q| excess(*q) >= 0.0);
    Some(zero_of_decreasing(&excess, inside.unwrap_or_else(|| transition_overlap(mixture)), 1.0))
}

/// The energy per spin that a pure p-spin model, p >= 3, tends to from a random start below T_MCT,
/// N before time to infinity: -(1 - (1 - x) q^p)/T, where nu''(q) (1 - q)^2 = T^2 at the larger
/// q, and x = (p - 2)(1 - q)/q is the ratio by which the fluctuation-dissipation theorem fails
/// (Cugliandolo and Kurchan 1993). It joins -1/T at T_MCT and -E_inf at 0. None above
/// T_MCT and for other mixtures.
///
/// ```
/// use hessian::spinglass::{Mixture, ageing_energy, threshold_energy};
/// let pure = Mixture::pure(3)?;
/// let cold = ageing_energy(&pure, 1e-6).unwrap();
/// assert!((cold + threshold_energy(&pure).unwrap()).abs() < 1e-5);
/// let transition = 0.75_f64.sqrt();
/// assert!((ageing_energy(&pure, transition).unwrap() + 1.0 / transition).abs() < 1e-6);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn ageing_energy(mixture: &Mixture, temperature: f64) -> Option<f64> {
    let p = mixture.pure_degree().filter(|p| *p >= 3)? as f64;
    let transition = dynamic_temperature(mixture)?;
    if !(temperature > 0.0 && temperature <= transition) {
        return None;
    }
    // p (p - 1) q^{p-2} (1 - q)^2 is largest at q = (p - 2)/p, and falls beyond
    let excess = |q: f64| mixture.curvature_at(q) * (1.0 - q).powi(2) - temperature.powi(2);
    let q = zero_of_decreasing(&excess, (p - 2.0) / p, 1.0);
    let x = (p - 2.0) * (1.0 - q) / q;
    Some(-(1.0 - (1.0 - x) * q.powf(p)) / temperature)
}
