//! Gauss-Legendre quadrature on one panel and on many.

use crate::linalg::{Trouble, tridiagonal_eigen};

/// Nodes and weights of Gauss-Legendre quadrature on [-1, 1].
#[derive(Debug, Clone)]
pub(super) struct Gauss {
    /// The zeros of the Legendre polynomial, ascending.
    pub nodes: Vec<f64>,
    /// Their weights, with sum 2.
    pub weights: Vec<f64>,
}

impl Gauss {
    /// The rule of `count` nodes, exact for degree 2 count - 1, from the eigenvalues of the Jacobi
    /// matrix (Golub and Welsch 1969).
    pub fn new(count: usize) -> Result<Self, Trouble> {
        let couplings: Vec<f64> = (1..count)
            .map(|k| {
                let k = k as f64;
                k / (4.0 * k * k - 1.0).sqrt()
            })
            .collect();
        let eigen = tridiagonal_eigen(&vec![0.0; count], &couplings)?;
        // the exact rule is symmetric: averaging with the mirror image removes half of the rounding
        let mirrored = |values: &[f64], sign: f64| -> Vec<f64> {
            (0..count).map(|i| 0.5 * (values[i] + sign * values[count - 1 - i])).collect()
        };
        let squares: Vec<f64> = eigen.first.iter().map(|first| 2.0 * first * first).collect();
        Ok(Self { nodes: mirrored(&eigen.values, -1.0), weights: mirrored(&squares, 1.0) })
    }

    /// The integral of `f` from `low` to `high` by one panel.
    pub fn panel(&self, f: &dyn Fn(f64) -> f64, low: f64, high: f64) -> f64 {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let values = self.nodes.iter().zip(&self.weights);
        half * values.map(|(node, weight)| weight * f(middle + half * node)).sum::<f64>()
    }

    /// The integral of `f` from `low` to `high`, a panel being halved until its two halves agree
    /// with it to `tolerance`, at most 50 times: what is left out then has a length of 1e-15.
    pub fn adaptive(&self, f: &dyn Fn(f64) -> f64, (low, high): (f64, f64), tolerance: f64) -> f64 {
        self.halve(f, (low, high), self.panel(f, low, high), tolerance, 50)
    }

    fn halve(
        &self,
        f: &dyn Fn(f64) -> f64,
        (low, high): (f64, f64),
        whole: f64,
        tolerance: f64,
        levels: u32,
    ) -> f64 {
        let middle = 0.5 * (low + high);
        let (left, right) = (self.panel(f, low, middle), self.panel(f, middle, high));
        if levels == 0 || (left + right - whole).abs() <= tolerance {
            return left + right;
        }
        self.halve(f, (low, middle), left, tolerance, levels - 1)
            + self.halve(f, (middle, high), right, tolerance, levels - 1)
    }
}

/// The zero of a decreasing function between two points, by bisection down to neighbouring doubles.
pub(super) fn zero_of_decreasing(f: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return middle;
        }
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}
