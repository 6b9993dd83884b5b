//! The mixture nu(x) = sum_r eps_r^2 x^r of a spherical spin glass.

use crate::error::{Error, Result};

/// The weights eps_r^2 of a mixed spherical spin glass, with the numbers that its landscape hangs on.
///
/// The Hamiltonian on the sphere |s|^2 = N is H(s) = -sum_r eps_r N^{-(r-1)/2} sum J s_{i1} .. s_{ir}
/// with independent standard normal J, so that E H(s) H(t) = N nu(s.t/N) and nu(1) = 1. The term
/// r = 1 is a random field. nu' and nu'' are the derivatives at 1.
///
/// ```
/// use hessian::spinglass::Mixture;
/// let mixture = Mixture::new(&[(3, 0.5), (4, 0.5)])?;
/// assert_eq!((mixture.nu_prime(), mixture.nu_second()), (3.5, 9.0));
/// assert_eq!(mixture.alpha_squared(), 0.25);
/// # Ok::<(), hessian::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    terms: Vec<(usize, f64)>,
    nu_prime: f64,
    nu_second: f64,
    excess: f64,
    alpha_squared: f64,
}

impl Mixture {
    /// The mixture with these pairs (r, eps_r^2), in any order; weights are divided by their sum,
    /// and terms of weight 0 are left out.
    ///
    /// # Errors
    /// A spec error that names the value: no term, or none of positive weight; r = 0; the same r
    /// twice; a weight that is negative or not finite.
    pub fn new(terms: &[(usize, f64)]) -> Result<Self> {
        for &(degree, weight) in terms {
            if degree == 0 {
                return Err(Error::spec(format!(
                    "mixture: expected degrees r >= 1, found r = 0 with weight {weight}; a constant \
                     has no critical points"
                )));
            }
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(Error::spec(format!(
                    "mixture: expected weights eps_r^2 that are finite and not negative, found \
                     {weight} at r = {degree}"
                )));
            }
        }
        if terms.is_empty() {
            return Err(Error::spec(
                "mixture: expected at least one term r:weight, found an empty mixture",
            ));
        }
        let largest = terms.iter().fold(0.0_f64, |largest, term| largest.max(term.1));
        if largest == 0.0 {
            return Err(Error::spec(
                "mixture: expected weights with a sum above 0, found the sum 0",
            ));
        }
        // the sum of finite weights may be infinite
        let sum: f64 = terms.iter().map(|term| term.1).sum();
        let scale = if sum.is_finite() { 1.0 } else { largest };
        let sum: f64 = terms.iter().map(|term| term.1 / scale).sum();
        let mut terms: Vec<(usize, f64)> = terms
            .iter()
            .map(|&(degree, weight)| (degree, weight / scale / sum))
            .filter(|term| term.1 > 0.0)
            .collect();
        terms.sort_by_key(|term| term.0);
        if let Some(twice) = terms.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::spec(format!(
                "mixture: expected one weight for each degree, found r = {} twice",
                twice[0].0
            )));
        }
        Ok(Self::of_normalised(terms))
    }

    /// The mixture of a word such as `3:0.5,4:0.5`: pairs r:eps_r^2.
    ///
    /// # Errors
    /// A spec error for a word of another form, and those of [`Mixture::new`].
    pub fn parse(word: &str) -> Result<Self> {
        Self::new(&Self::terms_of(word)?)
    }

    /// The pairs (r, eps_r^2) of a word such as `3:0.5,4:0.5`, as they stand.
    ///
    /// # Errors
    /// A spec error for a word of another form.
    pub fn terms_of(word: &str) -> Result<Vec<(usize, f64)>> {
        let terms = word.split(',');
        match terms.clone().all(|term: &str| term.trim().is_empty()) {
            true => Ok(Vec::new()),
            false => terms.map(term).collect(),
        }
    }

    /// The pure p-spin model.
    ///
    /// # Errors
    /// A spec error when p = 0.
    pub fn pure(p: usize) -> Result<Self> {
        Self::new(&[(p, 1.0)])
    }

    fn of_normalised(terms: Vec<(usize, f64)>) -> Self {
        let moment = |f: &dyn Fn(f64) -> f64| -> f64 {
            terms.iter().map(|&(degree, weight)| f(degree as f64) * weight).sum()
        };
        let nu_prime = moment(&|r| r);
        Self {
            nu_prime,
            nu_second: moment(&|r| r * (r - 1.0)),
            excess: moment(&|r| r * (r - 2.0)),
            alpha_squared: moment(&|r| (r - nu_prime).powi(2)),
            terms,
        }
    }

    /// The pairs (r, eps_r^2), r ascending, weights positive with sum 1.
    pub fn terms(&self) -> &[(usize, f64)] {
        &self.terms
    }

    /// nu' = sum r eps_r^2.
    pub fn nu_prime(&self) -> f64 {
        self.nu_prime
    }

    /// nu'' = sum r (r - 1) eps_r^2.
    pub fn nu_second(&self) -> f64 {
        self.nu_second
    }

    /// nu'' - nu' = sum r (r - 2) eps_r^2, without the cancellation of the difference.
    pub fn excess(&self) -> f64 {
        self.excess
    }

    /// q = nu''/nu': p - 1 for the pure p-spin model. Expected numbers of critical points depend on
    /// the mixture through q alone.
    pub fn q(&self) -> f64 {
        self.nu_second / self.nu_prime
    }

    /// (q - 1)/(q + 1), accurate also where q is close to 1.
    pub fn contrast(&self) -> f64 {
        self.excess / (self.nu_prime + self.nu_second)
    }

    /// alpha^2 = nu'' + nu' - nu'^2, the variance of r under the weights: 0 for a pure model.
    pub fn alpha_squared(&self) -> f64 {
        self.alpha_squared
    }

    /// The p of a pure model, none for a mixed one.
    pub fn pure_degree(&self) -> Option<usize> {
        match self.terms[..] {
            [(degree, _)] => Some(degree),
            _ => None,
        }
    }

    /// The weight eps_1^2 of the random field, 0 without one.
    pub fn field(&self) -> f64 {
        if self.terms[0].0 == 1 { self.terms[0].1 } else { 0.0 }
    }

    /// nu'(t) = sum r eps_r^2 t^{r-1}, for t >= 0.
    pub fn slope_at(&self, t: f64) -> f64 {
        self.terms
            .iter()
            .map(|&(degree, weight)| degree as f64 * weight * t.powf(degree as f64 - 1.0))
            .sum()
    }

    /// nu''(t) = sum r (r - 1) eps_r^2 t^{r-2}, for t >= 0.
    pub fn curvature_at(&self, t: f64) -> f64 {
        self.terms
            .iter()
            .filter(|term| term.0 > 1)
            .map(|&(degree, weight)| {
                let r = degree as f64;
                r * (r - 1.0) * weight * t.powf(r - 2.0)
            })
            .sum()
    }
}

fn term(text: &str) -> Result<(usize, f64)> {
    let wrong = |what: &str| {
        Error::spec(format!("mixture: expected R:WEIGHT such as 3:0.5, found {text:?}: {what}"))
    };
    let (degree, weight) = text.split_once(':').ok_or_else(|| wrong("it has no colon"))?;
    let degree =
        degree.trim().parse().map_err(|_| wrong("the degree is not a whole number above 0"))?;
    let weight = weight.trim().parse().map_err(|_| wrong("the weight is not a number"))?;
    Ok((degree, weight))
}
