//! Langevin dynamics on the sphere |s|^2 = N, adjusted so that the Gibbs measure is stationary at any
//! step.

use nalgebra::DVector;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use crate::linalg::Real;
use crate::spinglass::Hamiltonian;
use crate::spinglass::descent::tangent_part;

/// A temperature and a step in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thermostat {
    /// T.
    pub temperature: f64,
    /// The length of a step in time: ds = -grad H dt + sqrt(2 T) dW.
    pub step: f64,
}

/// Langevin dynamics on the sphere at a temperature, with Metropolis' rule (Besag 1994; Roberts and
/// Tweedie 1996): the point after `steps` steps, and how many of them were accepted.
///
/// A step proposes s + v drawn back to the sphere, v tangent and normal with mean -step grad H and
/// variance 2 T step. It is accepted with probability min(1, r),
///
/// ln r = -(H' - H)/T - (|v' + step grad H'|^2 - |v + step grad H|^2)/(4 T step),
///
/// v' the tangent vector that leads back; the map from v to the point stretches by a function of the
/// angle alone, so that no Jacobian remains. The Gibbs measure is exactly stationary; rejections,
/// a share of order sqrt(N) (step sqrt(nu''))^{3/2}, slow the dynamics down. `observe` is called
/// after each step with its number, from 1 on, H/N and the point.
///
/// ```
/// use hessian::random::Streams;
/// use hessian::spinglass::{Hamiltonian, Mixture, Thermostat, langevin};
/// let streams = Streams::new(1, "demo", 0);
/// let glass = Hamiltonian::<f64>::sample(&Mixture::pure(3)?, 10, &streams)?;
/// let start = nalgebra::DVector::from_element(10, 1.0);
/// let cold = Thermostat { temperature: 0.1, step: 0.01 };
/// let mut lowest = f64::INFINITY;
/// let mut rng = streams.stream("noise", "");
/// langevin(&glass, &start, cold, 500, &mut rng, |_, energy, _| lowest = lowest.min(energy));
/// assert!(10.0 * lowest < glass.energy_and_gradient(&start).0);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Panics
/// When the start has not N entries.
pub fn langevin<T: Real>(
    hamiltonian: &Hamiltonian<T>,
    start: &DVector<f64>,
    thermostat: Thermostat,
    steps: u64,
    rng: &mut impl Rng,
    mut observe: impl FnMut(u64, f64, &DVector<f64>),
) -> (DVector<f64>, u64) {
    let Thermostat { temperature, step } = thermostat;
    let n = hamiltonian.dimension() as f64;
    let mut s = start * (n.sqrt() / start.norm());
    let force = |s: &DVector<f64>| {
        let (energy, gradient) = hamiltonian.energy_and_gradient(s);
        (energy, tangent_part(&gradient, s))
    };
    let (mut energy, mut slope) = force(&s);
    let mut accepted = 0;
    for done in 1..=steps {
        let noise = DVector::from_fn(s.len(), |_, _| StandardNormal.sample(rng));
        let noise = tangent_part(&noise, &s) * (2.0 * temperature * step).sqrt();
        let v = &noise - &slope * step;
        let mut next = &s + &v;
        next *= n.sqrt() / next.norm();
        let (next_energy, next_slope) = force(&next);
        let back = &s * (n / s.dot(&next)) - &next;
        let forth_cost = noise.norm_squared();
        let back_cost = (back + &next_slope * step).norm_squared();
        let ln_ratio = -(next_energy - energy) / temperature
            - (back_cost - forth_cost) / (4.0 * temperature * step);
        // drawn at every step, so that what is drawn does not depend on rounding
        let uniform: f64 = rng.random();
        if uniform.ln() < ln_ratio {
            (s, energy, slope) = (next, next_energy, next_slope);
            accepted += 1;
        }
        observe(done, energy / n, &s);
    }
    (s, accepted)
}
