//! The expected number of critical points of each index at small N, by quadrature.
//!
//! The k-th eigenvalue of the Gaussian orthogonal ensemble enters by the integral of the joint
//! density over ordered eigenvalues x_0 < ... < x_{N-1}. That density is the determinant of the
//! Hermite functions phi_j(x_i), so the integral grows one eigenvalue at a time in the exterior
//! algebra over R^N (the idea behind de Bruijn 1955): with phi(x) the vector of phi_j(x),
//! F_{m+1}(x) = int_{y < x} F_m(y) ^ phi(y) dy has one component for each set of m + 1 functions.

use crate::error::{Error, Result};
use crate::spinglass::Mixture;
use crate::spinglass::kac_rice::{check_dimension, decay, gauss, ln_prefactor, panels};
use crate::spinglass::quadrature::Gauss;

/// The largest dimension of [`expected_by_index`]: chosen here, where its 2^N functions take
/// 70 MB and half a second.
pub const EXACT_LIMIT: usize = 12;

/// The smallest q of the quadrature: below, powers of the spectrum's width overflow, and the counts are those
/// of q = 0 to its digits.
const SMALLEST_Q: f64 = 1e-40;

/// The critical points of a linear function on the sphere by index: its minimum and its maximum.
pub(super) fn linear(dimension: usize) -> Vec<f64> {
    (0..dimension).map(|k| f64::from(k == 0) + f64::from(k + 1 == dimension)).collect()
}

/// The expected number of critical points of index 0, ..., N - 1 at all energies:
///
/// E Crt_k = 2 sqrt 2 q^{N/2} (1 + q)^{-1/2} E exp(-(q - 1) lambda_k^2/(4 (q + 1))),
///
/// lambda_k the k-th smallest eigenvalue of GOE_N with off-diagonal variance 1 (Auffinger, Ben
/// Arous and Cerny 2013; Auffinger and Ben Arous 2013). The relative error of each is about 1e-12.
///
/// ```
/// use hessian::spinglass::{Mixture, expected_by_index};
/// // q = 1: two for each index
/// for count in expected_by_index(&Mixture::pure(2)?, 5)? {
///     assert!((count - 2.0).abs() < 1e-10);
/// }
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// A spec error for a dimension below 2; a capacity error beyond [`EXACT_LIMIT`].
pub fn expected_by_index(mixture: &Mixture, dimension: usize) -> Result<Vec<f64>> {
    check_dimension(dimension)?;
    if dimension > EXACT_LIMIT {
        return Err(Error::capacity(format!(
            "dimension: expected at most {EXACT_LIMIT} for counts by index, found {dimension}; \
             estimate them by sampling"
        )));
    }
    let n = dimension;
    if mixture.q() < SMALLEST_Q {
        return Ok(linear(n));
    }
    let grid = Grid::new(n, mixture)?;
    let below = grid.forms(Side::Below);
    let above = grid.forms(Side::Above);
    let full = (1_usize << n) - 1;
    // at the last node everything is below; the few that are not are beyond the Gaussian tails
    let norm = below[full].last().copied().unwrap_or(f64::NAN);
    let mut counts = vec![0.0; n];
    for set in 0..full {
        for j in (0..n).filter(|j| set >> j & 1 == 0) {
            let joined = set | 1 << j;
            let rest = full & !joined;
            let sign = sign_of_join(set, 1 << j) * sign_of_join(joined, rest);
            let integrand = below[set].iter().zip(&grid.weighted[j]).zip(&above[rest]);
            let sum: f64 = integrand.map(|((a, b), c)| a * b * c).sum();
            counts[set.count_ones() as usize] += sign * sum;
        }
    }
    Ok(counts.into_iter().map(|count| count / norm).collect())
}

/// The sign of sorting the functions of `left` followed by those of `right`: minus for an odd
/// number of pairs in the wrong order.
fn sign_of_join(left: usize, right: usize) -> f64 {
    let (mut left, mut pairs) = (left >> 1, 0);
    while left > 0 {
        pairs += (left & right).count_ones();
        left >>= 1;
    }
    if pairs.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Which eigenvalues a form integrates over: those below the node or those above it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// Quadrature nodes in x = lambda/sqrt 2 with what the integrals need there.
struct Grid {
    n: usize,
    /// Half the length of each panel.
    halves: Vec<f64>,
    rule: Gauss,
    /// The integral from -1 to node i of the polynomial that is 1 at node j, row by row.
    partial: Vec<Vec<f64>>,
    /// phi_j at every node.
    functions: Vec<Vec<f64>>,
    /// phi_j at every node, times exp(-(q - 1) x^2/(2 (q + 1))), the prefactor and the
    /// quadrature weight.
    weighted: Vec<Vec<f64>>,
}

impl Grid {
    fn new(n: usize, mixture: &Mixture) -> Result<Self> {
        let rule = gauss()?;
        let decay = decay(mixture);
        let ln_prefactor = ln_prefactor(mixture, n);
        let right = panels(n, decay);
        let left = right.iter().rev().map(|&(low, high)| (-high, -low));
        let panels: Vec<(f64, f64)> = left.chain(right.iter().copied()).collect();
        let halves: Vec<f64> = panels.iter().map(|(low, high)| 0.5 * (high - low)).collect();
        let mut functions = vec![Vec::new(); n];
        let mut weighted = vec![Vec::new(); n];
        for ((low, high), half) in panels.iter().zip(&halves) {
            for (node, weight) in rule.nodes.iter().zip(&rule.weights) {
                let x = 0.5 * (low + high) + half * node;
                let gaussian = (-0.5 * x * x).exp();
                let tilted = (ln_prefactor - decay * x * x).exp() * half * weight;
                for (j, hermite) in hermite(n, x).into_iter().enumerate() {
                    functions[j].push(hermite * gaussian);
                    weighted[j].push(hermite * tilted);
                }
            }
        }
        Ok(Self { n, halves, partial: partial_integrals(&rule), rule, functions, weighted })
    }

    /// The integrals of every set of functions over ordered eigenvalues on one side of every node:
    /// component `set` is a list over the nodes.
    fn forms(&self, side: Side) -> Vec<Vec<f64>> {
        let nodes = self.functions[0].len();
        let mut forms = vec![vec![1.0; nodes]];
        for set in 1..1_usize << self.n {
            let mut integrand = vec![0.0; nodes];
            for j in (0..self.n).filter(|j| set >> j & 1 == 1) {
                let without = set & !(1 << j);
                let sign = match side {
                    Side::Below => sign_of_join(without, 1 << j),
                    Side::Above => sign_of_join(1 << j, without),
                };
                let factors = forms[without].iter().zip(&self.functions[j]);
                for (sum, (form, function)) in integrand.iter_mut().zip(factors) {
                    *sum += sign * form * function;
                }
            }
            forms.push(self.cumulated(&integrand, side));
        }
        forms
    }

    /// The integral of a function up to every node, or from it on.
    fn cumulated(&self, values: &[f64], side: Side) -> Vec<f64> {
        let count = self.rule.nodes.len();
        let mut result = vec![0.0; values.len()];
        let mut done = 0.0;
        let panels = 0..self.halves.len();
        let order: Vec<usize> =
            if side == Side::Below { panels.collect() } else { panels.rev().collect() };
        for panel in order {
            let half = self.halves[panel];
            let values = &values[panel * count..(panel + 1) * count];
            let result = &mut result[panel * count..(panel + 1) * count];
            for (i, result) in result.iter_mut().enumerate() {
                // the rule is symmetric: from the right it is the mirror image of from the left
                let sum: f64 = match side {
                    Side::Below => self.partial[i].iter().zip(values).map(|(a, b)| a * b).sum(),
                    Side::Above => {
                        let row = &self.partial[count - 1 - i];
                        row.iter().zip(values.iter().rev()).map(|(a, b)| a * b).sum()
                    }
                };
                *result = done + half * sum;
            }
            done += half * self.rule.weights.iter().zip(values).map(|(a, b)| a * b).sum::<f64>();
        }
        result
    }
}

/// The orthonormal Hermite polynomials of degree 0, ..., n - 1 at x, whose Hermite functions are
/// exp(-x^2/2) times them.
fn hermite(n: usize, x: f64) -> Vec<f64> {
    let mut values = vec![std::f64::consts::PI.powf(-0.25)];
    let mut before = 0.0;
    for j in 0..n - 1 {
        let k = j as f64;
        let value = values[j];
        values.push(x * (2.0 / (k + 1.0)).sqrt() * value - (k / (k + 1.0)).sqrt() * before);
        before = value;
    }
    values
}

/// The integral from -1 to node i of the polynomial that is 1 at node j and 0 at the others:
/// w_j sum_l (2 l + 1)/2 P_l(t_j) int_{-1}^{t_i} P_l, where
/// (2 l + 1) int_{-1}^t P_l = P_{l+1}(t) - P_{l-1}(t).
fn partial_integrals(rule: &Gauss) -> Vec<Vec<f64>> {
    let count = rule.nodes.len();
    let legendre: Vec<Vec<f64>> = rule
        .nodes
        .iter()
        .map(|&t| {
            let mut values = vec![1.0, t];
            for l in 1..count {
                let k = l as f64;
                values.push(((2.0 * k + 1.0) * t * values[l] - k * values[l - 1]) / (k + 1.0));
            }
            values
        })
        .collect();
    let integral = |i: usize, l: usize| match l {
        0 => legendre[i][1] + 1.0,
        _ => legendre[i][l + 1] - legendre[i][l - 1],
    };
    (0..count)
        .map(|i| {
            (0..count)
                .map(|j| {
                    let sum: f64 = (0..count).map(|l| legendre[j][l] * integral(i, l)).sum();
                    0.5 * rule.weights[j] * sum
                })
                .collect()
        })
        .collect()
}
