//! The expected number of critical points at finite N, exactly: the formula of Kac and Rice
//! integrated against the eigenvalue density of the Gaussian orthogonal ensemble (Auffinger, Ben
//! Arous and Cerny 2013; Auffinger and Ben Arous 2013).

use statrs::function::erf::erfc;

use crate::error::{Error, Result};
use crate::rmt::OnePoint;
use crate::spinglass::Mixture;
use crate::spinglass::quadrature::Gauss;

/// The largest dimension of [`ln_expected_total`]: chosen here, where it takes a second.
pub const DIMENSION_LIMIT: usize = 2000;

/// Nodes of a panel; the panels are chosen for the rule to be exact to rounding on each.
const NODES: usize = 20;

/// ln of the expected number of critical points of the Hamiltonian on the sphere in R^N, at all
/// energies and indices:
///
/// E Crt = 2 sqrt 2 q^{N/2} (1 + q)^{-1/2} int R_1(x) exp(-(q - 1) x^2/(4 (q + 1))) dx,
///
/// R_1 the density of eigenvalues of GOE_N with off-diagonal variance 1. Relative error of the
/// number about 1e-12.
///
/// ```
/// use hessian::spinglass::{Mixture, ln_expected_total};
/// // N = 2: a stationary trigonometric polynomial on the circle has 2 sqrt(1 + 3 q)
/// let total = ln_expected_total(&Mixture::pure(3)?, 2)?.exp();
/// assert!((total - 2.0 * 7_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// A spec error for a dimension below 2, a capacity error beyond [`DIMENSION_LIMIT`].
pub fn ln_expected_total(mixture: &Mixture, dimension: usize) -> Result<f64> {
    check_dimension(dimension)?;
    if mixture.nu_second() == 0.0 {
        // a linear function on a sphere
        return Ok(2_f64.ln());
    }
    let rule = gauss()?;
    let one_point = OnePoint::new(dimension);
    let decay = decay(mixture);
    let mut logs = Vec::new();
    for (low, high) in panels(dimension, decay) {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        for (node, weight) in rule.nodes.iter().zip(&rule.weights) {
            let x = middle + half * node;
            // exp(-x^2/2) of the density and the weight exp(-(q - 1) x^2/(2 (q + 1))) in one
            let exponent = one_point.ln_without_gaussian(x) - decay * x * x;
            logs.push((half * weight).ln() + exponent);
        }
    }
    let largest = logs.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
    // twice, for the two signs of x
    Ok(ln_prefactor(mixture, dimension) + largest + (2.0 * sum).ln())
}

/// The share of critical points with energy per spin at most u, in the ratio of expected numbers,
/// for each of these u.
///
/// Given the critical value R = sqrt(nu'') lambda, lambda of density proportional to
/// R_1(lambda) exp(-(q - 1) lambda^2/(4 (q + 1))), sqrt N u is normal with mean nu' R/(nu' + nu'') and
/// variance alpha^2/(nu' + nu'') (Auffinger and Ben Arous 2013).
///
/// ```
/// use hessian::spinglass::{Mixture, expected_shares_below};
/// let shares = expected_shares_below(&Mixture::pure(3)?, 5, &[0.0, 9.0])?;
/// assert!((shares[0] - 0.5).abs() < 1e-12 && (shares[1] - 1.0).abs() < 1e-12);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// As [`ln_expected_total`]; a spec error for a linear Hamiltonian.
pub fn expected_shares_below(
    mixture: &Mixture,
    dimension: usize,
    energies: &[f64],
) -> Result<Vec<f64>> {
    check_dimension(dimension)?;
    if mixture.nu_second() == 0.0 {
        return Err(Error::spec("the law of energies: expected a term of degree 2 or more"));
    }
    let rule = gauss()?;
    let one_point = OnePoint::new(dimension);
    let decay = decay(mixture);
    let sum = mixture.nu_prime() + mixture.nu_second();
    let slope = mixture.nu_prime() * (2.0 * mixture.nu_second()).sqrt() / sum;
    let deviation = (mixture.alpha_squared().max(0.0) / sum).sqrt();
    // nodes and ln of their masses on an interval
    let nodes = |(low, high): (f64, f64)| -> Vec<(f64, f64)> {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let place = |(node, weight): (&f64, &f64)| {
            let x = middle + half * node;
            (x, (half * weight).ln() + one_point.ln_without_gaussian(x) - decay * x * x)
        };
        rule.nodes.iter().zip(&rule.weights).map(place).collect()
    };
    let panels = panels(dimension, decay);
    let whole: Vec<Vec<(f64, f64)>> = panels.iter().map(|panel| nodes(*panel)).collect();
    let largest = whole.iter().flatten().fold(f64::NEG_INFINITY, |top, node| top.max(node.1));
    let share = |energy: &f64| {
        let f = (dimension as f64).sqrt() * energy;
        let (mut below, mut all) = (0.0, 0.0);
        let mut add = |nodes: &[(f64, f64)]| {
            for (x, ln) in nodes {
                let mass = (ln - largest).exp();
                // critical values of either sign
                let probability = [-x, *x].map(|x| normal(f - slope * x, deviation));
                below += mass * 0.5 * (probability[0] + probability[1]);
                all += mass;
            }
        };
        for ((low, high), known) in panels.iter().zip(&whole) {
            // cut where the normal law jumps or rises: at its middle and some deviations beside
            let cuts = (-8..=8)
                .map(|k| (f.abs() + f64::from(k) * deviation) / slope)
                .filter(|x| x > low && x < high);
            let mut ends: Vec<f64> = cuts.collect();
            if ends.is_empty() {
                add(known);
                continue;
            }
            ends.extend([*low, *high]);
            ends.sort_by(f64::total_cmp);
            for pair in ends.windows(2).filter(|pair| pair[0] < pair[1]) {
                add(&nodes((pair[0], pair[1])));
            }
        }
        below / all
    };
    Ok(energies.iter().map(share).collect())
}

/// The probability that a normal number of this deviation, 0 too, is below x.
fn normal(x: f64, deviation: f64) -> f64 {
    if deviation == 0.0 {
        return f64::from(x >= 0.0);
    }
    0.5 * erfc(-x / (2_f64.sqrt() * deviation))
}

/// ln(2 sqrt 2 q^{N/2} (1 + q)^{-1/2}).
pub(super) fn ln_prefactor(mixture: &Mixture, dimension: usize) -> f64 {
    let q = mixture.q();
    1.5 * 2_f64.ln() + 0.5 * dimension as f64 * q.ln() - 0.5 * q.ln_1p()
}

/// q/(1 + q): the integrands decay as exp(-x^2 q/(1 + q)) in x = lambda/sqrt 2.
pub(super) fn decay(mixture: &Mixture) -> f64 {
    mixture.nu_second() / (mixture.nu_prime() + mixture.nu_second())
}

pub(super) fn gauss() -> Result<Gauss> {
    Gauss::new(NODES).map_err(|trouble| Error::capacity(format!("Gauss quadrature: {trouble}")))
}

pub(super) fn check_dimension(dimension: usize) -> Result<()> {
    if dimension < 2 {
        return Err(Error::spec(format!(
            "dimension: expected N >= 2, found {dimension}; the sphere in R^N has dimension N - 1"
        )));
    }
    if dimension > DIMENSION_LIMIT {
        return Err(Error::capacity(format!(
            "dimension: expected at most {DIMENSION_LIMIT}, found {dimension}; beyond it use the \
             growth rate theta"
        )));
    }
    Ok(())
}

/// Panels of x = lambda/sqrt 2 >= 0 on which the integrand is smooth: two to a period of the
/// Hermite functions inside the spectrum, growing outside of it, never wider than half a unit of
/// the Gaussian exp(-decay x^2) or than where x^n changes by e^6.
pub(super) fn panels(dimension: usize, decay: f64) -> Vec<(f64, f64)> {
    let n = dimension as f64;
    let edge = (2.0 * n).sqrt();
    let scale = 1.0 / decay.sqrt();
    let end = (edge + 12.0).max((n.sqrt() + 9.0) * scale);
    let finest = 3.0 / edge;
    let mut panels = Vec::new();
    let (mut low, mut width) = (0.0, finest);
    while low < end {
        if low > edge {
            width = (1.25 * width).min(0.5 * scale).min(6.0 * low / n);
        }
        panels.push((low, low + width));
        low += width;
    }
    panels
}
