//! The expected number of critical points of a pure model far below its threshold, index 0 or 1, at any
//! N: the outermost eigenvalues are integrated over, the rest of the matrix is sampled.
//!
//! In the formula of Kac and Rice the k-th eigenvalue of GOE_N lies outside the spectrum, and k more
//! beyond it: events of probability exp(-N const) that samples of the whole matrix miss. The joint
//! density of eigenvalues factors into that of those k + 1, that of the m = N - k - 1 others, and the
//! values of the others' characteristic polynomial at them. Outside of the spectrum the logarithm of
//! that polynomial fluctuates by order 1 at every N, so that plain samples of GOE_m suffice.

use statrs::function::gamma::ln_gamma;

use crate::error::{Error, Result};
use crate::linalg::{Trouble, tridiagonal_eigen};
use crate::random::Stream;
use crate::rmt::{LANES, Lanes, Normalisation, Tridiagonal, tridiagonal};
use crate::spinglass::kac_rice::{check_dimension, ln_prefactor};
use crate::spinglass::{Mixture, threshold_energy};

/// The depths at which [`sampled_ln_below`] counts, in units of E_inf: nearer to it the outer eigenvalues
/// no longer stand apart.
pub const OUTER_ENERGIES: [f64; 2] = [1.005, 100.0];

/// Pivots multiplied before a logarithm is taken. Chosen here: each is below 10^5 at every N and energy
/// allowed, so that the product stays below 10^160.
const BETWEEN_LOGARITHMS: usize = 32;

/// The logarithm of an expected number, estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledLn {
    /// ln of the estimate.
    pub value: f64,
    /// The relative standard error of the estimate: to first order that of `value`.
    pub standard_error: f64,
}

/// Estimates ln of the expected number of critical points of index 0 or 1 of a pure p-spin model with
/// energy per spin at most u, -100 E_inf < u < -1.005 E_inf, from this many tridiagonal matrices:
///
/// E Crt_k(u) = 2 sqrt 2 q^{N/2} (1 + q)^{-1/2} E[exp(-c lambda_k^2); lambda_k <= -x sqrt N],
///
/// q = p - 1, c = (q - 1)/(4 (q + 1)), x = 2 |u|/E_inf (Auffinger, Ben Arous and Cerny 2013), where
/// with M from GOE_m, m = N - k - 1, and Z_n the norm of the joint density of n eigenvalues
///
/// E[g(lambda_k)] = N!/m! Z_m/Z_N int_{z_0 < .. < z_k} prod |z_i - z_j| exp(-sum z_i^2/4) g(z_k)
/// E[prod |det(M - z_i)|; M > z_k] dz.
///
/// The outer integrals are Gauss-Laguerre sums; their error is below 10^-4 of the number for
/// x >= 2.1 and N >= 3, and falls with N. With n samples the standard error is about sqrt(3/n) at
/// index 0 and sqrt(50/n) at index 1 for x = 2.2, at every N.
///
/// # Errors
/// A spec error for a mixed model or p = 1, an index above 1, an energy out of this range,
/// N <= k + 1 or fewer than two samples; a capacity error for N beyond
/// [`DIMENSION_LIMIT`](crate::spinglass::DIMENSION_LIMIT), or when no sample left the outer eigenvalues their
/// place.
pub fn sampled_ln_below(
    mixture: &Mixture,
    dimension: usize,
    index: usize,
    energy: f64,
    samples: usize,
    rng: &mut Stream,
) -> Result<SampledLn> {
    check_dimension(dimension)?;
    let threshold = match mixture.pure_degree() {
        Some(degree) if degree >= 2 => threshold_energy(mixture),
        _ => None,
    };
    let Some(threshold) = threshold else {
        return Err(Error::spec(
            "sampled counts below an energy: expected a pure model of degree 2 or more",
        ));
    };
    if index > 1 || dimension < index + 2 || samples < 2 {
        return Err(Error::spec(format!(
            "sampled counts below an energy: expected index 0 or 1, N >= index + 2 and 2 samples or \
             more, found index {index}, N = {dimension} and {samples} samples"
        )));
    }
    let [nearest, farthest] = OUTER_ENERGIES.map(|factor| -factor * threshold);
    // written so that NaN fails too
    if !(energy > farthest && energy < nearest) {
        return Err(Error::spec(format!(
            "sampled counts below an energy: expected an energy per spin between {farthest} and {nearest}, \
             below -E_inf = {}, found {energy}",
            -threshold
        )));
    }
    let nodes = Nodes::new(mixture, dimension, index, -2.0 * energy / threshold)
        .map_err(|trouble| Error::capacity(format!("Gauss-Laguerre quadrature: {trouble}")))?;
    let size = dimension - index - 1;
    let logs: Vec<f64> = (0..samples)
        .map(|_| nodes.ln_sum(&tridiagonal(size, Normalisation::UnitOffDiagonal, rng)))
        .collect();
    let top = logs.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    if !top.is_finite() {
        return Err(Error::capacity(format!(
            "sampled counts below an energy: none of {samples} matrices has its eigenvalues above \
             the outer ones; take more samples or a lower energy than {energy}"
        )));
    }
    let count = samples as f64;
    let shares: Vec<f64> = logs.iter().map(|log| (log - top).exp()).collect();
    let mean = shares.iter().sum::<f64>() / count;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let others: f64 = (0..=index)
        .map(|k| {
            let n = (dimension - k) as f64;
            n.ln() - ln_norm_ratio(n)
        })
        .sum();
    Ok(SampledLn {
        value: ln_prefactor(mixture, dimension) + others + top + mean.ln(),
        standard_error: (variance / count).sqrt() / mean,
    })
}

/// ln(Z_n/Z_{n-1}), Z_n the integral of prod |l_i - l_j| exp(-sum l^2/4) over R^n (Mehta 2004,
/// Eq. 3.3.10).
fn ln_norm_ratio(n: f64) -> f64 {
    let powers = 0.5 * n * 2_f64.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln();
    powers + ln_gamma(1.0 + 0.5 * n) - ln_gamma(1.5)
}

/// Places of the outer eigenvalues, mirrored to the upper end: lambda_k = -y, the one beyond -(y + b).
struct Nodes {
    /// y.
    inner: Lanes,
    /// ln of the weight of each y, without the polynomial.
    ln_weights: Lanes,
    /// For index 1: b, and ln of its weight at each y.
    outer: Option<(Lanes, [Lanes; LANES])>,
}

impl Nodes {
    fn new(
        mixture: &Mixture,
        dimension: usize,
        index: usize,
        x: f64,
    ) -> std::result::Result<Self, Trouble> {
        let (points, ln_rule) = laguerre()?;
        let root = (dimension as f64).sqrt();
        let c = 0.25 * mixture.contrast();
        // how fast the integrands decay at large N: each outer eigenvalue costs N I_1(x)
        let decay = 0.5 * ((x - 2.0) * (x + 2.0)).sqrt() * root;
        let rate = 2.0 * c * x * root + (index as f64 + 1.0) * decay;
        let inner: Lanes = std::array::from_fn(|i| x * root + points[i] / rate);
        let ln_weights = std::array::from_fn(|i| {
            ln_rule[i] + points[i] - rate.ln() - (c + 0.25) * inner[i] * inner[i]
        });
        let outer = (index == 1).then(|| {
            let gaps: Lanes = std::array::from_fn(|j| points[j] / decay);
            let at = |i: usize| {
                std::array::from_fn(|j| {
                    let z = inner[i] + gaps[j];
                    // the first factor of the density is z - y
                    gaps[j].ln() + ln_rule[j] + points[j] - decay.ln() - 0.25 * z * z
                })
            };
            (gaps, std::array::from_fn(at))
        });
        Ok(Self { inner, ln_weights, outer })
    }

    /// ln of the integral over the outer eigenvalues, the others being those of this matrix.
    fn ln_sum(&self, matrix: &Tridiagonal) -> f64 {
        let squares: Vec<f64> = matrix.couplings.iter().map(|b| b * b).collect();
        let polynomial = |shifts: &Lanes| ln_determinants(&matrix.diagonal, &squares, shifts);
        let mut terms = Vec::new();
        let at_inner = polynomial(&self.inner);
        for (i, (ln_inner, ln_weight)) in at_inner.iter().zip(&self.ln_weights).enumerate() {
            if *ln_inner == f64::NEG_INFINITY {
                continue;
            }
            match &self.outer {
                None => terms.push(ln_inner + ln_weight),
                Some((gaps, ln_outer)) => {
                    let beyond: Lanes = std::array::from_fn(|j| self.inner[i] + gaps[j]);
                    let all = polynomial(&beyond).into_iter().zip(&ln_outer[i]);
                    terms.extend(all.map(|(ln, weight)| ln_inner + ln_weight + ln + weight));
                }
            }
        }
        let top = terms.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        if top == f64::NEG_INFINITY {
            return top;
        }
        top + terms.iter().map(|term| (term - top).exp()).sum::<f64>().ln()
    }
}

/// Nodes of Gauss-Laguerre quadrature for exp(-t) on t > 0, and ln of their weights (Golub and Welsch
/// 1969).
fn laguerre() -> std::result::Result<(Lanes, Lanes), Trouble> {
    let diagonal: Vec<f64> = (0..LANES).map(|i| 2.0 * i as f64 + 1.0).collect();
    let couplings: Vec<f64> = (1..LANES).map(|i| i as f64).collect();
    let eigen = tridiagonal_eigen(&diagonal, &couplings)?;
    Ok((
        std::array::from_fn(|i| eigen.values[i]),
        std::array::from_fn(|i| 2.0 * eigen.first[i].abs().ln()),
    ))
}

/// ln det(y - T) for each y, minus infinity where an eigenvalue of T is above y: by the pivots of
/// Gauss elimination, which are all positive exactly when none is.
fn ln_determinants(diagonal: &[f64], squares: &[f64], shifts: &Lanes) -> Lanes {
    let mut pivots = [1.0; LANES];
    let mut least = [f64::INFINITY; LANES];
    let mut products = [1.0; LANES];
    let mut logs = [0.0; LANES];
    let couplings = std::iter::once(&0.0).chain(squares);
    for (row, (entry, square)) in diagonal.iter().zip(couplings).enumerate() {
        for lane in 0..LANES {
            pivots[lane] = shifts[lane] - entry - square / pivots[lane];
            least[lane] = least[lane].min(pivots[lane]);
            products[lane] *= pivots[lane];
        }
        if (row + 1) % BETWEEN_LOGARITHMS == 0 {
            for lane in 0..LANES {
                logs[lane] += products[lane].ln();
                products[lane] = 1.0;
            }
        }
    }
    std::array::from_fn(|lane| match least[lane] > 0.0 {
        true => logs[lane] + products[lane].ln(),
        false => f64::NEG_INFINITY,
    })
}
