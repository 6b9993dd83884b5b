//! The law of path length when the branches of a residual network pass signal independently.

use serde::Serialize;

use crate::error::{Error, Result};

/// The Poisson-binomial law of the number of branches on a path.
///
/// If block l multiplies the mean square of a signal by a_l on its branch and by 1 on its skip, and
/// branches are uncorrelated, the paths through exactly k of L branches carry the elementary
/// symmetric polynomial e_k(a_1, ..., a_L) out of prod(1 + a_l): the law of a sum of independent
/// Bernoulli variables with p_l = a_l/(1 + a_l) (Veit et al. 2016 is the case of equal a_l).
///
/// ```
/// let law = hessian::depth::PathLengthLaw::of_gains(&[1.0, 1.0])?; // Binomial(2, 1/2)
/// assert_eq!(law.probability, [0.25, 0.5, 0.25]);
/// assert_eq!((law.mean, law.mode()), (1.0, 1));
/// # Ok::<(), hessian::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathLengthLaw {
    /// The probability of k = 0..=L branches.
    pub probability: Vec<f64>,
    /// The mean number of branches, sum a_l/(1 + a_l): the effective depth D1.
    pub mean: f64,
    /// The standard deviation of the number of branches.
    pub sd: f64,
}

impl PathLengthLaw {
    /// The law for the mean-square gains a_1, ..., a_L of the branches, relative to their skips.
    ///
    /// Takes L^2/2 steps; probabilities are sums of products of positive numbers, without
    /// cancellation.
    ///
    /// # Errors
    /// A data error when there is no gain, or one is negative or not finite.
    pub fn of_gains(gains: &[f64]) -> Result<Self> {
        if gains.is_empty() {
            return Err(Error::data("expected at least one gain, found none"));
        }
        let mut probability = vec![1.0];
        let (mut mean, mut variance) = (0.0, 0.0);
        for (block, &gain) in gains.iter().enumerate() {
            if !(gain.is_finite() && gain >= 0.0) {
                return Err(Error::data(format!(
                    "gain {} of {}: expected a finite number of at least 0, found {gain}",
                    block + 1,
                    gains.len()
                )));
            }
            let (taken, skipped) = (gain / (1.0 + gain), 1.0 / (1.0 + gain));
            probability.push(0.0);
            for k in (0..probability.len()).rev() {
                let through = if k == 0 { 0.0 } else { probability[k - 1] * taken };
                probability[k] = probability[k] * skipped + through;
            }
            mean += taken;
            variance += taken * skipped;
        }
        Ok(Self { probability, mean, sd: f64::sqrt(variance) })
    }

    /// The most probable number of branches (the smallest, should two be equal).
    pub fn mode(&self) -> usize {
        let best = self.probability.iter().copied().fold(0.0, f64::max);
        self.probability.iter().position(|&p| p == best).unwrap_or(0)
    }
}
