//! The depth distribution of the spin-glass model of residual networks (Littwin and Wolf 2016,
//! Eq. 16, Theorems 1 and 2, Eqs. 29 and 31).

use serde::Serialize;

use crate::error::{Error, Result};
use crate::spinglass::Mixture;

/// The largest number of layers of a [`DepthLaw`]: chosen here because its series then takes 80 MB.
pub const LAYER_LIMIT: usize = 10_000_000;

/// The weights eps_r = C(p-1, r-1) beta^r / z, r = 1..p, with sum eps_r^2 = 1, and what follows
/// from them.
///
/// `eps_r` is the coefficient of the r-spin term, that is of all paths of r layers, in a network
/// of p layers with p - 1 skips of one layer each. Means are taken under the probabilities
/// eps_r^2. The serialised keys are the field names.
///
/// ```
/// use hessian::depth::DepthLaw;
/// // beta p / (1 + beta) = 20 is an integer: the series has two equal maxima.
/// assert_eq!(DepthLaw::new(100, 0.25)?.argmax, [20, 21]);
/// // Symmetry beta -> 1/beta, r -> p + 1 - r.
/// let (shallow, deep) = (DepthLaw::new(100, 0.5)?, DepthLaw::new(100, 2.0)?);
/// assert!((shallow.mean + deep.mean - 101.0).abs() < 1e-11);
/// # Ok::<(), hessian::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DepthLaw {
    /// The number of layers p.
    pub layers: usize,
    /// The parameter beta = rho n C / sqrt(Lambda), the odds of one more layer on a path.
    pub beta: f64,
    /// eps_1, ..., eps_p; far from the maximum they underflow to 0, see
    /// [`ln_epsilon`](Self::ln_epsilon).
    pub epsilon: Vec<f64>,
    /// The r of the largest eps_r: floor(beta p / (1 + beta)) + 1, and one less too at a tie.
    pub argmax: Vec<usize>,
    /// The mean path length, sum r eps_r^2.
    pub mean: f64,
    /// The standard deviation of the path length.
    pub sd: f64,
    /// nu' = sum r eps_r^2: equal to the mean.
    pub nu_prime: f64,
    /// nu'' = sum r (r - 1) eps_r^2.
    pub nu_second: f64,
    /// q = nu'' / nu'.
    pub q: f64,
    /// alpha^2 = nu'' + nu' - nu'^2: the variance of the path length, 0 for a pure model.
    pub alpha_squared: f64,
    /// Growth rate per degree of freedom of the mean number of critical points of any fixed index,
    /// 1/2 ln q - (q - 1)/(q + 1) (Auffinger and Ben Arous 2013, Cor. 1.1); none for q < 1, where
    /// the landscape is trivial and the formula does not apply.
    pub theta: Option<f64>,
}

/// The beta at which q = nu''/nu' = 1, r = 1 kept: below, the landscape of p layers is trivial
/// (Belius, Cerny, Nakajima and Schmidt 2022), with two critical points in expectation at large N.
/// About 1/(p - 1).
///
/// ```
/// // p = 3: weights 1, 4 b^2, b^4, and sum r (r - 2) eps_r^2 = 3 b^4 - 1
/// let beta = hessian::depth::trivialisation_beta(3)?;
/// assert!((beta - 3_f64.powf(-0.25)).abs() < 1e-14);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// A spec error below 3 layers, where q is below 1 for every beta; those of [`DepthLaw::new`].
pub fn trivialisation_beta(layers: usize) -> Result<f64> {
    if layers < 3 {
        return Err(Error::spec(format!(
            "the beta at which q = 1: expected 3 layers or more, found {layers}; with fewer q stays \
             below 1"
        )));
    }
    // q increases with beta; it is above 1 at beta = 1
    let (mut low, mut high) = (0.0, 1.0);
    // from 1 down to neighbouring numbers there are fewer than 1100 halvings
    for _ in 0..1100 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if DepthLaw::new(layers, middle)?.q < 1.0 { low = middle } else { high = middle }
    }
    Ok(high)
}

impl DepthLaw {
    /// The law of a network of `layers` layers at this beta.
    ///
    /// The weights are built from the largest one outwards by the ratio
    /// eps_{r+1}/eps_r = beta (p - r)/r, so that nothing overflows and every weight that matters
    /// has full relative precision, whatever p.
    ///
    /// A tie of two maxima at {r, r+1} means beta = r/(p - r) exactly. It is reported if and only
    /// if `beta` is the double nearest to that fraction: a beta typed as 0.1 ties where 1/10 does.
    ///
    /// # Errors
    /// A spec error unless `layers >= 1` and `beta` is finite and positive; a capacity error beyond
    /// [`LAYER_LIMIT`].
    pub fn new(layers: usize, beta: f64) -> Result<Self> {
        check(layers, beta)?;
        let mode = mode(layers, beta);
        let argmax = if ties(layers, beta, mode) { vec![mode, mode + 1] } else { vec![mode] };

        let mut epsilon = vec![0.0; layers];
        for &r in &argmax {
            epsilon[r - 1] = 1.0;
        }
        for r in argmax[argmax.len() - 1]..layers {
            epsilon[r] = epsilon[r - 1] * ratio(layers, beta, r);
        }
        for r in (1..mode).rev() {
            epsilon[r - 1] = epsilon[r] / ratio(layers, beta, r);
        }
        let norm = epsilon.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
        epsilon.iter_mut().for_each(|weight| *weight /= norm);

        // Moments about the maximum: the deviations are small where the weight is, so that neither
        // the mean nor the variance is a difference of large numbers.
        let moment = |term: &dyn Fn(f64) -> f64| -> f64 {
            (1..).zip(&epsilon).map(|(r, weight)| term(r as f64) * weight * weight).sum()
        };
        let centre = mode as f64;
        let mean = centre + moment(&|r| r - centre);
        let alpha_squared = moment(&|r| (r - mean).powi(2));
        let nu_second = moment(&|r| r * (r - 1.0));
        let q = nu_second / mean;
        Ok(Self {
            layers,
            beta,
            argmax,
            mean,
            sd: alpha_squared.sqrt(),
            nu_prime: mean,
            nu_second,
            q,
            alpha_squared,
            theta: (q >= 1.0).then(|| 0.5 * q.ln() - (q - 1.0) / (q + 1.0)),
            epsilon,
        })
    }

    /// The spin glass of these weights, its field r = 1 kept.
    ///
    /// # Errors
    /// Those of [`Mixture::new`], which the weights of a law do not meet.
    pub fn mixture(&self) -> Result<Mixture> {
        let terms = (1..).zip(&self.epsilon).map(|(degree, epsilon)| (degree, epsilon * epsilon));
        Mixture::new(&terms.collect::<Vec<_>>())
    }

    /// ln eps_1, ..., ln eps_p: finite also where eps_r underflows.
    ///
    /// ```
    /// let law = hessian::depth::DepthLaw::new(3, 1.0)?; // eps proportional to 1, 2, 1
    /// assert!((law.ln_epsilon()[0] + 0.5 * 6_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), hessian::Error>(())
    /// ```
    pub fn ln_epsilon(&self) -> Vec<f64> {
        let first = self.argmax[0];
        let mut logs = vec![self.epsilon[first - 1].ln(); self.layers];
        for r in self.argmax[self.argmax.len() - 1]..self.layers {
            logs[r] = logs[r - 1] + ln_ratio(self.layers, self.beta, r);
        }
        for r in (1..first).rev() {
            logs[r - 1] = logs[r] - ln_ratio(self.layers, self.beta, r);
        }
        logs
    }
}

/// The beta at which the epsilon series of `layers` layers has the given mean path length.
///
/// The mean increases strictly with ln beta (its derivative is 2 alpha^2), from 1 to p, so the
/// answer is unique; it is found by bisection to the resolution of a double.
///
/// # Errors
/// A data error unless `1 < mean < layers`; those of [`DepthLaw::new`].
///
/// ```
/// use hessian::depth::{DepthLaw, beta_of_mean};
/// let mean = DepthLaw::new(10, 0.7)?.mean;
/// assert!((beta_of_mean(10, mean)? - 0.7).abs() < 1e-12);
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn beta_of_mean(layers: usize, mean: f64) -> Result<f64> {
    check(layers, 1.0)?;
    if !(mean > 1.0 && mean < layers as f64) {
        return Err(Error::data(format!(
            "expected a mean path length above 1 and below the {layers} layers, found {mean}"
        )));
    }
    let (mut low, mut high) = (f64::MIN_POSITIVE.ln(), f64::MAX.ln());
    // The logarithm of beta spans less than 2^11 and is resolved to 2^-53: 64 halvings reach it.
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if DepthLaw::new(layers, middle.exp())?.mean < mean {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok((0.5 * (low + high)).exp())
}

fn check(layers: usize, beta: f64) -> Result<()> {
    if layers == 0 {
        return Err(Error::spec("expected at least 1 layer, found 0"));
    }
    if layers > LAYER_LIMIT {
        return Err(Error::capacity(format!(
            "expected at most {LAYER_LIMIT} layers, found {layers}: their series would take {} bytes",
            layers.saturating_mul(size_of::<f64>())
        )));
    }
    if !(beta.is_finite() && beta > 0.0) {
        return Err(Error::spec(format!(
            "expected a beta that is finite and greater than 0, found {beta}"
        )));
    }
    Ok(())
}

/// The smallest r with the largest eps_r: one more than the number of r with eps_{r+1} > eps_r.
fn mode(layers: usize, beta: f64) -> usize {
    (1..layers).take_while(|&r| beta > tying_beta(layers, r)).count() + 1
}

fn ties(layers: usize, beta: f64, mode: usize) -> bool {
    mode < layers && beta == tying_beta(layers, mode)
}

/// The double nearest to r/(p - r), the beta at which eps_r = eps_{r+1}.
fn tying_beta(layers: usize, r: usize) -> f64 {
    r as f64 / (layers - r) as f64
}

/// eps_{r+1} / eps_r.
fn ratio(layers: usize, beta: f64, r: usize) -> f64 {
    beta * (layers - r) as f64 / r as f64
}

fn ln_ratio(layers: usize, beta: f64, r: usize) -> f64 {
    beta.ln() + ((layers - r) as f64 / r as f64).ln()
}
