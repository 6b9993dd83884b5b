//! Complexity: exponential growth rates of expected numbers of critical points, and the energies
//! where they vanish (Auffinger, Ben Arous and Cerny 2013; Auffinger and Ben Arous 2013).
//!
//! Energies are per spin, u = H/N. Energies of levels are positive and count downwards from 0:
//! E stands for u = -E.

use std::fmt;

use crate::linalg::Trouble;
use crate::spinglass::Mixture;
use crate::spinglass::quadrature::{Gauss, zero_of_decreasing};

/// What the landscape of a mixture is like at large N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// One degree p >= 2.
    Pure,
    /// G > 0: like a pure model.
    PureLike,
    /// G = 0.
    Critical,
    /// G < 0: a full mixture, for which annealed counts need not be typical.
    Full,
    /// q < 1: the expected number of critical points tends to 2.
    Trivial,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Pure => "pure",
            Class::PureLike => "pure-like",
            Class::Critical => "critical",
            Class::Full => "full",
            Class::Trivial => "trivial",
        })
    }
}

/// The class of a mixture: `Trivial` for q < 1, `Pure` for one degree, else by the sign of
/// [`g`].
pub fn class(mixture: &Mixture) -> Class {
    if mixture.excess() < 0.0 {
        return Class::Trivial;
    }
    if mixture.pure_degree().is_some() {
        return Class::Pure;
    }
    let (reduced, scale) = reduced_g(mixture);
    // chosen here: a few roundings of the terms whose difference it is
    if mixture.excess() == 0.0 || reduced.abs() <= 8.0 * f64::EPSILON * scale {
        Class::Critical
    } else if reduced > 0.0 {
        Class::PureLike
    } else {
        Class::Full
    }
}

/// G = ln(nu''/nu') - (nu'' - nu')(nu'' - nu' + nu'^2)/(nu'' nu'^2) (Auffinger and Ben Arous 2013),
/// twice the total complexity at the threshold energy; none where q < 1.
///
/// ```
/// use hessian::spinglass::{Mixture, g};
/// // 2 theta for a pure model: ln 2 - 2/3 at p = 3
/// let found = g(&Mixture::pure(3)?).unwrap();
/// assert!((found - (2_f64.ln() - 2.0 / 3.0)).abs() < 1e-15);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn g(mixture: &Mixture) -> Option<f64> {
    let x = mixture.excess() / mixture.nu_prime();
    // where G is 0, not -0
    (x >= 0.0).then(|| x * x * reduced_g(mixture).0 + 0.0)
}

/// G/x^2 at x = q - 1, which is (ln(1 + x) - x/(1 + x))/x^2 - 1/((1 + x) nu'), with the size of
/// the terms whose difference it is.
fn reduced_g(mixture: &Mixture) -> (f64, f64) {
    let x = mixture.excess() / mixture.nu_prime();
    let first = if x < 0.05 {
        // sum over m >= 2 of (-1)^m (m - 1)/m x^{m - 2}; at x < 0.05 twelve more terms reach 1e-16
        (2..16).rev().fold(0.0, |sum, m| f64::from(m - 1) / f64::from(m) - x * sum)
    } else {
        (x.ln_1p() - x / (1.0 + x)) / (x * x)
    };
    let second = 1.0 / ((1.0 + x) * mixture.nu_prime());
    (first - second, first + second)
}

/// theta_k(R) = 1/2 ln q - (q - 1)/(q + 1): the growth rate per spin of the expected number of
/// critical points of any fixed index, at any energy (Auffinger and Ben Arous 2013, Cor. 1.1; the
/// same for every index); none for q < 1.
///
/// ```
/// use hessian::spinglass::{Mixture, theta};
/// let found = theta(&Mixture::pure(3)?).unwrap();
/// assert!((found - (0.5 * 2_f64.ln() - 1.0 / 3.0)).abs() < 1e-16);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn theta(mixture: &Mixture) -> Option<f64> {
    (mixture.excess() >= 0.0).then(|| edge_rate(mixture))
}

/// 1/2 ln q = artanh d at d = (q - 1)/(q + 1), each where it keeps its digits.
fn half_log_q(mixture: &Mixture) -> f64 {
    let d = mixture.contrast();
    if d < 0.9 { d.atanh() } else { 0.5 * mixture.q().ln() }
}

/// 1/2 ln q - (q - 1)/(q + 1) = artanh d - d at d = (q - 1)/(q + 1).
fn edge_rate(mixture: &Mixture) -> f64 {
    let d = mixture.contrast();
    if d.abs() < 0.1 {
        // sum of d^m / m over odd m >= 3; the terms beyond m = 19 are below 1e-17 of the first
        let square = d * d;
        (1..10).rev().fold(0.0, |sum, j| square * (sum + 1.0 / f64::from(2 * j + 1))) * d
    } else {
        half_log_q(mixture) - d
    }
}

/// E_th = (nu'' - nu' + nu'^2)/(nu' sqrt(nu'')), the energy where the typical Hessian is gapless:
/// E_inf = 2 sqrt((p - 1)/p) for a pure model; none where q < 1.
pub fn threshold_energy(mixture: &Mixture) -> Option<f64> {
    let (first, excess) = (mixture.nu_prime(), mixture.excess());
    (excess >= 0.0).then(|| (excess + first * first) / (first * mixture.nu_second().sqrt()))
}

/// E_edge = 2 nu' sqrt(nu'')/(nu' + nu''), the most likely energy of critical points of fixed
/// index; none where q < 1.
pub fn edge_energy(mixture: &Mixture) -> Option<f64> {
    (mixture.excess() >= 0.0).then(|| 2.0 * energy_slope(mixture))
}

/// nu' sqrt(nu'')/(nu' + nu''): the mean energy of a critical point per unit of its eigenvalue.
fn energy_slope(mixture: &Mixture) -> f64 {
    let (first, second) = (mixture.nu_prime(), mixture.nu_second());
    first * second.sqrt() / (first + second)
}

/// E_ALG = integral over t from 0 to 1 of sqrt(nu''(t)): the energy that Hessian ascent reaches and
/// no Lipschitz algorithm beats (Subag 2021; Huang and Sellke 2022), for a mixture without field;
/// a term r = 1 is left out of account. None where q < 1.
///
/// # Errors
/// When the quadrature rule cannot be computed.
pub fn algorithmic_energy(mixture: &Mixture) -> Result<Option<f64>, Trouble> {
    if mixture.excess() < 0.0 {
        return Ok(None);
    }
    ascent(mixture, f64::INFINITY).map(Some)
}

/// The energy that no Lipschitz algorithm beats in the presence of the field r = 1 (Huang and
/// Sellke 2022, Prop. 2.2): t sqrt(nu''(t)) + integral from t to 1 of sqrt(nu''), where
/// nu'(t) = t nu''(t); sqrt(nu') where q < 1. Equal to [`algorithmic_energy`] without field.
///
/// # Errors
/// When the quadrature rule cannot be computed.
pub fn algorithmic_energy_with_field(mixture: &Mixture) -> Result<f64, Trouble> {
    if mixture.excess() <= 0.0 {
        return Ok(mixture.nu_prime().sqrt());
    }
    if mixture.field() == 0.0 {
        return ascent(mixture, f64::INFINITY);
    }
    // At t = e^{-x} nu' - t nu'' = eps_1^2 - sum r (r - 2) eps_r^2 e^{-(r - 1) x} increases from -excess < 0
    // to eps_1^2.
    let above = |x: f64| {
        let term = |&(degree, weight): &(usize, f64)| {
            let r = degree as f64;
            r * (r - 2.0) * weight * (-(r - 1.0) * x).exp()
        };
        mixture.terms().iter().map(term).sum::<f64>()
    };
    let mut far = 1.0 / highest(mixture);
    while above(far) > 0.0 {
        far *= 2.0;
    }
    let start = zero_of_decreasing(&above, 0.0, far);
    Ok(ascent_rate(mixture, start) + ascent(mixture, start)?)
}

/// The largest degree.
fn highest(mixture: &Mixture) -> f64 {
    mixture.terms().iter().fold(0, |most, term| most.max(term.0)) as f64
}

/// t sqrt(nu''(t)) at t = e^{-x}, where powers of t keep their digits next to 1.
fn ascent_rate(mixture: &Mixture, x: f64) -> f64 {
    let term = |&(degree, weight): &(usize, f64)| {
        let r = degree as f64;
        r * (r - 1.0) * weight * (-r * x).exp()
    };
    mixture.terms().iter().map(term).sum::<f64>().sqrt()
}

/// The integral of sqrt(nu'') from e^{-depth} to 1: that of t sqrt(nu'') over x = -ln t.
fn ascent(mixture: &Mixture, depth: f64) -> Result<f64, Trouble> {
    let rule = Gauss::new(16)?;
    let rate = |x: f64| ascent_rate(mixture, x);
    // Single terms of weight 1 have integrals of sqrt 2 to 2; those beside the field together one of at least
    // sqrt 2 times the root of their weight, as roots are concave.
    let beside = mixture.terms().iter().filter(|term| term.0 > 1).map(|term| term.1).sum::<f64>();
    let tolerance = 1e-16 * beside.sqrt();
    // A term of degree r decays as exp(-r x/2); beyond the end that of degree 2 has lost all digits.
    let end = depth.min(80.0);
    let (mut total, mut low, mut high) = (0.0, 0.0, 1.0 / highest(mixture));
    while low < end {
        total += rule.adaptive(&rate, (low, high.min(end)), tolerance);
        (low, high) = (high, 2.0 * high);
    }
    Ok(total)
}

/// I_1(x) = 1/2 integral from 2 to x of sqrt(t^2 - 4): the rate at speed N of the largest
/// eigenvalue of a Gaussian orthogonal matrix being x sqrt N, for x >= 2 (Ben Arous, Dembo and
/// Guionnet 2001, in the normalisation with off-diagonal variance 1); 0 for x < 2.
///
/// ```
/// // with x = 2 cosh(phi) it is (sinh(2 phi) - 2 phi)/2
/// let (x, phi) = (2.0 * 1_f64.cosh(), 1_f64);
/// let expected = ((2.0 * phi).sinh() - 2.0 * phi) / 2.0;
/// assert!((hessian::spinglass::edge_cost(x) - expected).abs() < 1e-15);
/// ```
pub fn edge_cost(x: f64) -> f64 {
    if x <= 2.0 {
        return 0.0;
    }
    let sinh = 0.5 * ((x - 2.0) * (x + 2.0)).sqrt();
    let y = 2.0 * sinh.asinh();
    if y < 1.0 {
        // sinh y - y = y^3/6 (1 + y^2/20 (1 + y^2/42 (...))), term by term y^2/((2j)(2j + 1))
        let tail = (2..10)
            .rev()
            .fold(1.0, |sum, j| 1.0 + sum * y * y / (f64::from(2 * j) * f64::from(2 * j + 1)));
        y * y * y / 12.0 * tail
    } else {
        0.5 * (x * sinh - y)
    }
}

/// theta_k(u), the growth rate per spin of the expected number of critical points with energy per
/// spin at most u: of index k, or of any index when none is given.
///
/// It is the supremum over E <= u and x <= -2 of
/// 1/2 ln q - (q - 1) x^2/(4 (q + 1)) - (k + 1) I_1(-x) - (nu' + nu'')/(2 alpha^2) (E - kappa x)^2,
/// kappa = nu' sqrt(nu'')/(nu' + nu'') (Auffinger and Ben Arous 2013); without an index x also runs
/// over the bulk [-2, 0]. For a pure model E = kappa x (Auffinger, Ben Arous and Cerny 2013).
/// None for nu'' = 0, where the Hamiltonian is linear.
///
/// ```
/// use hessian::spinglass::{Mixture, theta_at_energy};
/// // half of all critical points of a pure model have negative energy
/// let half = theta_at_energy(&Mixture::pure(4)?, 0.0, None).unwrap();
/// assert!((half - 0.5 * 3_f64.ln()).abs() < 1e-15);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn theta_at_energy(mixture: &Mixture, energy: f64, index: Option<usize>) -> Option<f64> {
    (mixture.nu_second() > 0.0).then(|| Rate::new(mixture, index).at_depth(-energy))
}

/// Minus the zero of theta_k in the energy: below -N E_k critical points of index k are not to be
/// expected. It is the E_k of Auffinger, Ben Arous and Cerny (2013) for a pure model, and at k = 0
/// the annealed ground state of any; for q < 1 and k = 0 it is sqrt(nu'). None for q < 1 and
/// k >= 1, where already the number at all energies decays.
pub fn level_energy(mixture: &Mixture, index: usize) -> Option<f64> {
    if mixture.excess() < 0.0 {
        // a single minimum, at the energy of the replica-symmetric ground state
        return (index == 0).then(|| mixture.nu_prime().sqrt());
    }
    let rate = Rate::new(mixture, Some(index));
    let low = rate.slope * rate.nearest;
    let mut high = 2.0 * low;
    while rate.at_depth(high) > 0.0 {
        high *= 2.0;
    }
    Some(zero_of_decreasing(&|depth| rate.at_depth(depth), low, high))
}

/// The terms of the supremum that defines theta_k(u), in the variable s = -x.
struct Rate {
    /// 1/2 ln q - a s^2 - (k + 1) I_1(s) at s = `nearest`, its maximum.
    top: f64,
    /// The s with the largest rate when the energy is free.
    nearest: f64,
    /// a = (q - 1)/(4 (q + 1)).
    a: f64,
    /// The number of eigenvalues that lie at -s: k + 1.
    copies: f64,
    /// kappa.
    slope: f64,
    /// (nu' + nu'')/(2 alpha^2), infinite for a pure model.
    stiffness: f64,
}

impl Rate {
    fn new(mixture: &Mixture, index: Option<usize>) -> Self {
        let contrast = mixture.contrast();
        let copies = index.map_or(1.0, |k| k as f64 + 1.0);
        let (nearest, top) = if contrast >= 0.0 {
            match index {
                Some(_) => (2.0, edge_rate(mixture)),
                None => (0.0, half_log_q(mixture)),
            }
        } else {
            // (k + 1) sqrt(s^2 - 4)/2 = -2 a s
            let nearest = 2.0 / (1.0 - (contrast / copies).powi(2)).sqrt();
            let outlier = edge_rate(mixture)
                - 0.25 * contrast * (nearest * nearest - 4.0)
                - copies * edge_cost(nearest);
            // a single outlier leaves exactly nothing: 1/2 ln q + (1 - q^2)/(4q) - I_1 = 0
            (nearest, if copies == 1.0 { 0.0 } else { outlier })
        };
        let stiffness =
            (mixture.nu_prime() + mixture.nu_second()) / (2.0 * mixture.alpha_squared());
        Self { top, nearest, a: 0.25 * contrast, copies, slope: energy_slope(mixture), stiffness }
    }

    /// The rate at energies down to -`depth` and below.
    fn at_depth(&self, depth: f64) -> f64 {
        if depth <= self.slope * self.nearest {
            return self.top;
        }
        let pull =
            |s: f64| 2.0 * self.a * s + 0.5 * self.copies * ((s - 2.0) * (s + 2.0)).max(0.0).sqrt();
        let farthest = depth / self.slope;
        if self.stiffness.is_infinite() {
            return self.free(farthest);
        }
        let push = |s: f64| 2.0 * self.stiffness * self.slope * (depth - self.slope * s);
        let balance = |s: f64| push(s) - pull(s);
        if balance(self.nearest) <= 0.0 {
            let gap = depth - self.slope * self.nearest;
            return self.top - self.stiffness * gap * gap;
        }
        let s = zero_of_decreasing(&balance, self.nearest, farthest);
        // the gap depth - kappa s from the balance: it cancels when the model is nearly pure
        let gap = pull(s) / (2.0 * self.stiffness * self.slope);
        self.free(s) - self.stiffness * gap * gap
    }

    /// 1/2 ln q - a s^2 - (k + 1) I_1(s), counted from its maximum.
    fn free(&self, s: f64) -> f64 {
        let outwards = (s - self.nearest) * (s + self.nearest);
        let cost = edge_cost(s) - edge_cost(self.nearest);
        self.top - self.a * outwards - self.copies * cost
    }
}
