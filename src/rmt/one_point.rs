//! The density of eigenvalues of the Gaussian orthogonal ensemble at finite n (Mehta 2004, ch. 7).

use std::f64::consts::PI;

/// The one-point function R_1 of GOE_n: the expected number of eigenvalues per unit length.
///
/// The ensemble has off-diagonal variance 1 and diagonal variance 2, so that the spectrum fills
/// [-2 sqrt n, 2 sqrt n]. With x = lambda/sqrt 2 and Hermite functions phi_j,
///
/// sqrt 2 R_1(lambda) = sum_{j<n} phi_j(x)^2 + sqrt(n/2) phi_{n-1}(x) 1/2 int sgn(x - t) phi_n(t) dt
/// + \[n odd\] phi_{n-1}(x)/int phi_{n-1}.
///
/// ```
/// use hessian::rmt::OnePoint;
/// // n = 1: a normal variable of variance 2
/// let density = OnePoint::new(1).density(1.0);
/// assert!((density - (-0.25_f64).exp() / (4.0 * std::f64::consts::PI).sqrt()).abs() < 1e-15);
/// ```
#[derive(Debug, Clone)]
pub struct OnePoint {
    n: usize,
    /// sqrt(n/2) 1/2 int phi_n for even n, 1/int phi_{n-1} for odd n: the limit at infinity of
    /// what stands beside phi_{n-1}.
    beside: f64,
}

/// Where the Hermite recurrence is rescaled, so that nothing overflows.
const LARGE: f64 = 1e100;

impl OnePoint {
    /// The one-point function for matrices of this size.
    ///
    /// # Panics
    /// When n = 0.
    pub fn new(n: usize) -> Self {
        assert!(n > 0, "a random matrix has at least 1 row");
        // int phi_{j+1} = sqrt(j/(j + 1)) int phi_{j-1}, from int phi_0 = sqrt 2 pi^{1/4}
        let integral = |even: usize| -> f64 {
            let factors = (1..even).step_by(2).map(|j| j as f64 / (j as f64 + 1.0));
            2_f64.sqrt() * PI.powf(0.25) * factors.product::<f64>().sqrt()
        };
        let beside = if n.is_multiple_of(2) {
            (n as f64 / 2.0).sqrt() * 0.5 * integral(n)
        } else {
            1.0 / integral(n - 1)
        };
        Self { n, beside }
    }

    /// The number of rows n.
    pub fn n(&self) -> usize {
        self.n
    }

    /// R_1(lambda); it underflows to 0 far outside of the spectrum.
    pub fn density(&self, lambda: f64) -> f64 {
        let x = lambda / 2_f64.sqrt();
        (self.ln_without_gaussian(x.abs()) - 0.5 * x * x).exp() / 2_f64.sqrt()
    }

    /// ln(sqrt 2 R_1(sqrt 2 x)) + x^2/2, for x >= 0: finite wherever x^(n-1) is.
    pub fn ln_without_gaussian(&self, x: f64) -> f64 {
        let n = self.n;
        // values are phi_j(x) = v_j exp(scale - x^2/2), tail is the integral of phi from x on
        let mut scale = -0.25 * PI.ln();
        let (mut before, mut value) = (0.0, 1.0_f64);
        let mut squares = 1.0;
        let (mut tail_before, mut tail) = (0.0, mills(x));
        for j in 0..n {
            let k = j as f64;
            if j > 0 {
                squares += value * value;
            }
            let rate = (k / (k + 1.0)).sqrt();
            let next = x * (2.0 / (k + 1.0)).sqrt() * value - rate * before;
            let tail_next = rate * tail_before + (2.0 / (k + 1.0)).sqrt() * value;
            (tail_before, tail) = (tail, tail_next);
            (before, value) = (value, next);
            if value.abs() > LARGE && j + 1 < n {
                (before, value) = (before / LARGE, value / LARGE);
                (tail_before, tail) = (tail_before / LARGE, tail / LARGE);
                squares /= LARGE * LARGE;
                scale += LARGE.ln();
            }
        }
        // now value = v_n, before = v_{n-1}, tail = T_n
        let small = (scale - 0.5 * x * x).exp();
        let half_width = (n as f64 / 2.0).sqrt();
        scale + (small * (squares - half_width * before * tail) + before * self.beside).ln()
    }
}

/// exp(x^2/2) times the integral of exp(-t^2/2) from x >= 0 on (Mills' ratio).
fn mills(x: f64) -> f64 {
    if x < 2.0 {
        // the integral up to x is exp(-x^2/2) sum of x^(2k+1)/(2k+1)!!, all terms positive; 40 of
        // them reach 1e-17 at x = 2
        let series = (1..40).rev().fold(1.0, |sum, k| 1.0 + sum * x * x / f64::from(2 * k + 1));
        return (PI / 2.0).sqrt() * (0.5 * x * x).exp() - x * series;
    }
    // Laplace's continued fraction 1/(x + 1/(x + 2/(x + ...))); 80 terms reach 1e-17 from x = 2 on
    1.0 / (1..80).rev().fold(x, |tail, k| x + f64::from(k) / tail)
}
