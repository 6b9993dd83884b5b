//! Dynamics on the sphere |s|^2 = N: gradient descent to a minimum, and the descent by Hessians
//! from the centre to the sphere (Subag 2021).

use nalgebra::{Cholesky, DMatrix, DVector};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::linalg::{Real, Trouble};
use crate::operator::Dense;
use crate::spectrum::{Options, extremes};
use crate::spinglass::{Hamiltonian, Mixture, TangentSpace};

/// Steps between two trials of Newton's method. Chosen here: a trial costs a few gradients.
const BETWEEN_TRIALS: u64 = 50;

/// Newton's method may move this share of the radius at most: chosen here, so that it ends in the
/// basin where it starts; a test compares with descent alone.
const REACH: f64 = 0.1;

/// Root mean square of the gradient at which a point is critical. Chosen here: rounding leaves 1e-15.
const CRITICAL: f64 = 1e-11;

/// Residual of a direction of [`descend_by_hessians`], relative to the Hessian. Chosen here: its
/// eigenvalue is then wrong by far less than its distance from the next.
const DIRECTION: f64 = 1e-4;

/// Steps of Newton's method before a trial has failed; it doubles the digits in each.
const NEWTON_STEPS: usize = 12;

/// A minimum on the sphere, found by descent.
#[derive(Debug, Clone)]
pub struct Minimum {
    /// s.
    pub point: DVector<f64>,
    /// H(s)/N.
    pub energy: f64,
    /// s.grad H / N: what the Hessian on the sphere is shifted down by; p H/N for a pure model.
    pub slope: f64,
    /// Root mean square of the gradient on the sphere.
    pub gradient: f64,
    /// Gradients computed.
    pub gradients: u64,
    /// The Hessian on the sphere there, (N - 1) x (N - 1).
    pub hessian: DMatrix<f64>,
}

/// One over a bound of the curvatures that descent meets, 4 sqrt(nu' + nu''): the Hessian on the
/// sphere is a semicircle of radius 2 sqrt(nu'') shifted by a slope that is no more than about that.
pub fn step_size(mixture: &Mixture) -> f64 {
    0.25 / (mixture.nu_prime() + mixture.nu_second()).sqrt()
}

/// Gradient descent on the sphere with a fixed step, s - step grad H drawn back to the sphere.
///
/// A step that would raise the energy is halved. After every 50 steps Newton's method is tried: its
/// end counts only if every Hessian on the way is positive definite, every step is at most half of the
/// one before, and the whole way is short; otherwise descent goes on from where it was. `gradients` is
/// the most gradients that may be computed.
///
/// # Errors
/// [`Trouble::NoConvergence`] at the limit; [`Trouble::NonFinite`] when the energy is.
pub fn descend<T: Real>(
    hamiltonian: &Hamiltonian<T>,
    start: &DVector<f64>,
    step: f64,
    limit: u64,
) -> Result<Minimum, Trouble> {
    let radius = (hamiltonian.dimension() as f64).sqrt();
    let mut s = start * (radius / start.norm());
    let (mut energy, mut slope) = hamiltonian.energy_and_gradient(&s);
    let mut gradients = 1;
    let mut steps = 0;
    while gradients < limit {
        if !energy.is_finite() {
            return Err(Trouble::NonFinite { at: "the energy during descent".into() });
        }
        let tangent = tangent_part(&slope, &s);
        let mut reach = step;
        loop {
            let mut next = &s - reach * &tangent;
            next *= radius / next.norm();
            let (lower, next_slope) = hamiltonian.energy_and_gradient(&next);
            gradients += 1;
            // at rounding level nothing falls any more
            if lower <= energy || reach < 1e-6 * step {
                (s, energy, slope) = (next, lower, next_slope);
                break;
            }
            reach *= 0.5;
        }
        steps += 1;
        if steps % BETWEEN_TRIALS == 0
            && let Some(found) = newton(hamiltonian, &s, &mut gradients)
        {
            return Ok(Minimum { gradients, ..found });
        }
    }
    Err(Trouble::NoConvergence { algorithm: "descent on the sphere", limit })
}

/// g less its part along s.
pub(super) fn tangent_part(g: &DVector<f64>, s: &DVector<f64>) -> DVector<f64> {
    g - s * (g.dot(s) / s.norm_squared())
}

/// The minimum in whose basin s safely is; see [`descend`].
fn newton<T: Real>(
    hamiltonian: &Hamiltonian<T>,
    start: &DVector<f64>,
    gradients: &mut u64,
) -> Option<Minimum> {
    let n = hamiltonian.dimension() as f64;
    let mut s = start.clone();
    let (mut way, mut last) = (0.0, f64::INFINITY);
    for _ in 0..NEWTON_STEPS {
        let (energy, gradient) = hamiltonian.energy_and_gradient(&s);
        *gradients += 1;
        let slope = s.dot(&gradient) / n;
        let space = TangentSpace::at(&s);
        let mut hessian = space.restricted(&hamiltonian.hessian(&s));
        for i in 0..hessian.nrows() {
            hessian[(i, i)] -= slope;
        }
        let tangent = space.coordinates(&gradient);
        let size = tangent.norm() / n.sqrt();
        let cholesky = Cholesky::new(hessian.clone())?;
        if size < CRITICAL {
            let energy = energy / n;
            return Some(Minimum {
                point: s,
                energy,
                slope,
                gradient: size,
                gradients: *gradients,
                hessian,
            });
        }
        let step = space.lifted(&cholesky.solve(&tangent));
        let length = step.norm() / n.sqrt();
        way += length;
        // near rounding level steps no longer halve
        if !(way <= REACH && (length <= 0.5 * last || length < 1e-9)) {
            return None;
        }
        last = length;
        s -= step;
        s *= n.sqrt() / s.norm();
    }
    None
}

/// From the centre to the sphere in `steps` orthogonal steps of equal length, each along the lowest
/// eigenvector of the Hessian between vectors orthogonal to the point, with the sign in which the
/// energy falls (Subag 2021): at large N and many steps the energy per spin tends to minus the
/// integral of sqrt(nu''). The first step is random.
///
/// # Errors
/// Those of the eigenproblem.
///
/// # Panics
/// When `steps` is 0.
pub fn descend_by_hessians<T: Real>(
    hamiltonian: &Hamiltonian<T>,
    steps: usize,
    rng: &mut impl Rng,
) -> Result<DVector<f64>, Trouble> {
    assert!(steps > 0, "no step leads from the centre to the sphere");
    let n = hamiltonian.dimension();
    let length = (n as f64 / steps as f64).sqrt();
    let mut normals = |n: usize| DVector::from_fn(n, |_, _| StandardNormal.sample(&mut *rng));
    let mut s: DVector<f64> = normals(n);
    s *= length / s.norm();
    for _ in 1..steps {
        let space = TangentSpace::at(&s);
        let restricted = space.restricted(&hamiltonian.hessian(&s));
        // the upper triangle mirrored: rounding makes the two differ
        let hessian =
            Dense::new(DMatrix::from_fn(n - 1, n - 1, |i, j| restricted[(i.min(j), i.max(j))]))
                .map_err(Trouble::TooLarge)?;
        let options = Options { tolerance: DIRECTION, max_products: 100 * n as u64 };
        let pairs = extremes(&hessian, 0, 1, &normals(n - 1), options)?.require_converged()?;
        let direction = space.lifted(&pairs.bottom[0].vector);
        let (_, gradient) = hamiltonian.energy_and_gradient(&s);
        let sign = if gradient.dot(&direction) > 0.0 { -1.0 } else { 1.0 };
        s.axpy(sign * length, &direction, 1.0);
    }
    let norm = s.norm();
    Ok(s * ((n as f64).sqrt() / norm))
}
