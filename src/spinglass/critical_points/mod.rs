//! All critical points of a polynomial on the unit sphere in R^N, for small N, with a certificate
//! that none is missing.
//!
//! | what | where |
//! |---|---|
//! | the polynomial, as full symmetric tensors | [`Polynomial`] |
//! | all of its critical points: by a companion matrix for N = 2, by continuation beyond | [`critical_points`] |
//! | how many there are in C^N | [`complex_count`] |
//! | a second way, that may miss some: Newton's method from random starts | [`newton_critical_points`] |
//!
//! The certificate: as many complex critical points as a polynomial of that degree can have were
//! found, each with a test by Kantorovich's theorem that a true one is near, that they are all
//! different, and which are real; and the real ones have the Euler characteristic of the sphere.

mod certificate;
mod circle;
mod continuation;
mod polynomial;

use nalgebra::Complex;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result};
use crate::linalg::symmetric_eigenvalues;
use certificate::{Approximation, refined, system};
use continuation::{Continuation, Lost};
pub use polynomial::Polynomial;

/// The most complex critical points that are followed: chosen here, where it takes a minute.
pub const COMPLEX_LIMIT: u64 = 20_000;

/// The most variables, which quadratic forms reach alone: chosen here, where one takes half a minute.
pub const CENSUS_DIMENSION: usize = 100;

/// How often another start, more carefully followed, is tried before giving up.
const ATTEMPTS: u32 = 5;

/// The largest relative error of predictions in the first attempt: chosen here, where most
/// landscapes need no second one.
const TOLERANCE: f64 = 1e-2;

/// A critical point on the unit sphere.
#[derive(Debug, Clone, PartialEq)]
pub struct CriticalPoint {
    /// x, with |x| = 1.
    pub position: Vec<f64>,
    /// f(x).
    pub value: f64,
    /// Number of negative eigenvalues of the Hessian on the sphere.
    pub index: usize,
}

/// All critical points, and what it took to find them.
#[derive(Debug, Clone)]
pub struct Census {
    /// The real ones.
    pub points: Vec<CriticalPoint>,
    /// How many there are in C^N, real ones among them.
    pub complex: u64,
    /// Starts that were tried until the certificate held.
    pub attempts: u32,
    /// Steps along paths; 0 for N = 2.
    pub steps: u64,
}

/// Why there is no census.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Incomplete {
    /// The polynomial is not one whose critical points can be counted here.
    #[error(transparent)]
    Unsuitable(#[from] Error),
    /// The certificate that all were found did not hold for any start.
    #[error("the certificate for {expected} complex critical points failed {attempts} times")]
    Uncertified {
        /// How many were expected.
        expected: u64,
        /// How many starts were tried.
        attempts: u32,
    },
}

/// The number of critical points of a polynomial of degree p on the quadric x.x = 1 in C^N, the same
/// for almost all polynomials and the largest finite one: 2 ((p-1)^N - 1)/(p-2), 2 N at p = 2 (for
/// forms Cartwright and Sturmfels 2013; for lower terms see the module's source).
///
/// ```
/// // seven eigenvectors of a symmetric 3 x 3 x 3 tensor, each with its negative
/// assert_eq!(hessian::spinglass::complex_count(3, 3), 14);
/// ```
pub fn complex_count(dimension: usize, degree: usize) -> u64 {
    // 2 times the sum of (p-1)^i
    (0..dimension)
        .fold(0_u64, |sum, _| sum.saturating_mul(degree.saturating_sub(1) as u64).saturating_add(2))
}

/// Every critical point of f on the unit sphere, or none: Newton-Kantorovich certificates say that
/// as many complex ones as there can be were found and which are real. The random numbers choose
/// the path, never the result.
///
/// ```
/// use hessian::{random::Streams, spinglass::{Polynomial, critical_points}};
/// // x^2 + 2 y^2 + 3 z^2
/// let form = vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0];
/// let f = Polynomial::new(3, vec![(2, form)])?;
/// let census = critical_points(&f, &mut Streams::new(1, "demo", 0).stream("paths", ""))?;
/// let mut indices: Vec<usize> = census.points.iter().map(|point| point.index).collect();
/// indices.sort();
/// assert_eq!(indices, [0, 0, 1, 1, 2, 2]);
/// # Ok::<(), hessian::spinglass::Incomplete>(())
/// ```
///
/// # Errors
/// [`Incomplete::Unsuitable`] for fewer than 2 variables or more than [`CENSUS_DIMENSION`], a linear
/// polynomial, or more than [`COMPLEX_LIMIT`] critical points; [`Incomplete::Uncertified`] when five starts did not lead to a
/// certificate, as for a polynomial with a degenerate or an infinite critical point.
pub fn critical_points(
    f: &Polynomial,
    rng: &mut impl Rng,
) -> std::result::Result<Census, Incomplete> {
    check(f)?;
    if f.dimension() == 2
        && let Some(ends) = circle::circle_points(f)
        && let Some(points) = certified(f, ends, false)
    {
        return Ok(Census { points, complex: complex_count(2, f.degree()), attempts: 1, steps: 0 });
    }
    critical_points_by_continuation(f, rng)
}

/// The same by continuation for every N >= 2: a second way at N = 2.
///
/// # Errors
/// As [`critical_points`].
pub fn critical_points_by_continuation(
    f: &Polynomial,
    rng: &mut impl Rng,
) -> std::result::Result<Census, Incomplete> {
    check(f)?;
    let complex = complex_count(f.dimension(), f.degree());
    let mut steps = 0;
    for attempt in 0..ATTEMPTS {
        let tolerance = TOLERANCE * 0.2_f64.powi(attempt as i32);
        let ends = match Continuation::new(f, tolerance, rng).ends() {
            Ok(ends) => ends,
            Err(Lost) => continue,
        };
        steps += ends.steps;
        if let Some(points) = certified(f, ends.points, f.has_parity()) {
            return Ok(Census { points, complex, attempts: attempt + 1, steps });
        }
    }
    Err(Incomplete::Uncertified { expected: complex, attempts: ATTEMPTS })
}

/// Different critical points found by Newton's method from this many random points of the sphere, in
/// the order of discovery: all or fewer than there are.
///
/// # Errors
/// As [`critical_points`] for an unsuitable polynomial.
pub fn newton_critical_points(
    f: &Polynomial,
    starts: usize,
    rng: &mut impl Rng,
) -> Result<Vec<CriticalPoint>> {
    check(f)?;
    let mut found: Vec<CriticalPoint> = Vec::new();
    for _ in 0..starts {
        let mut z: Vec<f64> = (0..f.dimension()).map(|_| StandardNormal.sample(rng)).collect();
        let length = certificate::norm(&z);
        z.iter_mut().for_each(|x| *x /= length);
        let gradient = f.jet(&z).gradient;
        let lambda = z.iter().zip(&gradient).map(|(x, slope)| x * slope).sum();
        z.push(lambda);
        let Some(point) = refined(f, &z).and_then(|z| described(f, &z)) else { continue };
        // chosen here: far above rounding, far below the distance of points in general position
        let known = found.iter().any(|other| gap(&other.position, &point.position) < 1e-7);
        if !known {
            found.push(point);
        }
    }
    Ok(found)
}

fn check(f: &Polynomial) -> Result<()> {
    let (dimension, degree) = (f.dimension(), f.degree());
    if !(2..=CENSUS_DIMENSION).contains(&dimension) || degree < 2 {
        return Err(Error::spec(format!(
            "critical points: expected a polynomial of degree 2 or more in 2 to {CENSUS_DIMENSION} \
             variables, found degree {degree} in {dimension}"
        )));
    }
    let count = complex_count(dimension, degree);
    if count > COMPLEX_LIMIT {
        return Err(Error::capacity(format!(
            "critical points: expected at most {COMPLEX_LIMIT} complex ones, found {count} for degree \
             {degree} and N = {dimension}; take a smaller N or degree"
        )));
    }
    Ok(())
}

/// The real critical points, if these approximations of all complex ones (one of each pair +-x when
/// `halved`) pass every test.
fn certified(
    f: &Polynomial,
    ends: Vec<Vec<Complex<f64>>>,
    halved: bool,
) -> Option<Vec<CriticalPoint>> {
    let even = f.degree().is_multiple_of(2);
    let mut zeros = Vec::with_capacity(2 * ends.len());
    for end in ends {
        let zero = Approximation::new(f, refined(f, &end)?)?;
        if halved {
            zeros.push(zero.antipode(even));
        }
        zeros.push(zero);
    }
    if zeros.len() as u64 != complex_count(f.dimension(), f.degree()) {
        return None;
    }
    // neighbours in one coordinate: zeros further apart than the largest reach differ
    zeros.sort_by(|a, b| a.z[0].re.total_cmp(&b.z[0].re));
    let reach = zeros.iter().map(Approximation::radius).fold(0.0, f64::max);
    for (i, zero) in zeros.iter().enumerate() {
        let near =
            zeros[i + 1..].iter().take_while(|other| other.z[0].re - zero.z[0].re <= 2.0 * reach);
        if near.into_iter().any(|other| !zero.differs(other)) {
            return None;
        }
    }
    let mut points = Vec::new();
    for zero in &zeros {
        if zero.is_real()? {
            let z: Vec<f64> = zero.z.iter().map(|z| z.re).collect();
            points.push(described(f, &refined(f, &z)?)?);
        }
    }
    (euler(&points) == 1 + (-1_i64).pow(f.dimension() as u32 - 1)).then_some(points)
}

/// The alternating sum of the numbers of points of each index: the Euler characteristic of the
/// sphere if none is missing (Morse 1934).
fn euler(points: &[CriticalPoint]) -> i64 {
    points.iter().map(|point| if point.index.is_multiple_of(2) { 1 } else { -1 }).sum()
}

/// The critical point at a real zero (x, lambda).
fn described(f: &Polynomial, z: &[f64]) -> Option<CriticalPoint> {
    let position = z[..f.dimension()].to_vec();
    // the Hessian bordered by x has one positive and one negative eigenvalue more than on the sphere
    let (_, bordered) = system(f, z);
    let negative = symmetric_eigenvalues(&bordered).ok()?.iter().filter(|v| **v < 0.0).count();
    let value = f.value(&position);
    Some(CriticalPoint { position, value, index: negative.checked_sub(1)? })
}

fn gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}
