//! One sample of the mixed spherical spin glass: energy, gradient and Hessian from its couplings.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector, DVectorView, DVectorViewMut};
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::operator::SymmetricOperator;
use crate::random::{Stream, Streams};
use crate::spinglass::packed::{
    Monomials, count, for_each_tuple, gradient, hessian, inner_hessian, orders, outer_product,
};
use crate::spinglass::{Mixture, TangentSpace};

/// The largest degree r whose couplings are drawn: their number grows as N^r/r!.
pub const DEGREE_LIMIT: usize = 6;

/// The most bytes of couplings that [`Hamiltonian::sample`] draws. Chosen here: degree 4 at N = 300
/// in double precision.
pub const COUPLING_BYTES: u64 = 1 << 32;

/// H(s) = -sum_r eps_r N^{-(r-1)/2} sum J s_{i1} .. s_{ir} on R^N, with independent standard normal
/// couplings J: on the sphere |s|^2 = N, E H(s) H(t) = N nu(s.t/N).
///
/// Couplings of one set of indices are stored as their sum over its distinct orders, a normal number
/// with the number of orders as its variance; T is the precision in which they are kept, all
/// arithmetic is double.
///
/// ```
/// use hessian::{random::Streams, spinglass::{Hamiltonian, Mixture}};
/// let glass = Hamiltonian::<f64>::sample(&Mixture::pure(3)?, 10, &Streams::new(1, "demo", 0))?;
/// let s = nalgebra::DVector::from_element(10, 1.0);
/// let (energy, gradient) = glass.energy_and_gradient(&s);
/// // Euler: a form of degree 3
/// assert!((gradient.dot(&s) - 3.0 * energy).abs() < 1e-12);
/// # Ok::<(), hessian::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Hamiltonian<T = f64> {
    dimension: usize,
    terms: Vec<Term<T>>,
}

#[derive(Debug, Clone)]
struct Term<T> {
    degree: usize,
    /// -eps_r N^{-(r-1)/2}.
    scale: f64,
    /// In the order of [`for_each_tuple`].
    couplings: Arc<Vec<T>>,
}

impl<T: Real> Hamiltonian<T> {
    /// Draws the couplings of each degree from the stream of role `couplings` and key r, in the order
    /// of sorted index tuples: mixtures that share a degree share its couplings.
    ///
    /// # Errors
    /// A spec error for N below 2 or a degree above [`DEGREE_LIMIT`]; a capacity error beyond
    /// [`COUPLING_BYTES`].
    pub fn sample(mixture: &Mixture, dimension: usize, streams: &Streams) -> Result<Self> {
        Self::sample_from(mixture, dimension, |r| streams.stream("couplings", &r.to_string()))
    }

    /// The same with a stream of the caller's choice for each degree.
    ///
    /// # Errors
    /// As [`Hamiltonian::sample`].
    pub fn sample_from(
        mixture: &Mixture,
        dimension: usize,
        stream: impl Fn(usize) -> Stream,
    ) -> Result<Self> {
        Self::fits(mixture, dimension)?;
        let draw = |&(degree, weight): &(usize, f64)| {
            let mut rng = stream(degree);
            let mut couplings = Vec::with_capacity(count(dimension, degree));
            for_each_tuple(dimension, degree, &mut |tuple| {
                let normal: f64 = StandardNormal.sample(&mut rng);
                couplings.push(T::narrow(f64::from(orders(tuple)).sqrt() * normal));
            });
            Term { degree, scale: scale(dimension, degree, weight), couplings: Arc::new(couplings) }
        };
        Ok(Self { dimension, terms: mixture.terms().iter().map(draw).collect() })
    }

    /// Whether the couplings of this mixture may be drawn; to be asked before long work.
    ///
    /// # Errors
    /// As [`Hamiltonian::sample`].
    pub fn fits(mixture: &Mixture, dimension: usize) -> Result<()> {
        let bytes = Self::bytes(mixture, dimension)?;
        if bytes <= COUPLING_BYTES {
            return Ok(());
        }
        Err(Error::capacity(format!(
            "couplings of this mixture at N = {dimension} need {bytes} bytes, more than the \
             {COUPLING_BYTES} allowed; take a smaller N or smaller degrees"
        )))
    }

    /// Bytes of the couplings of this mixture.
    ///
    /// # Errors
    /// A spec error for N below 2 or above 65536, or a degree above [`DEGREE_LIMIT`].
    pub fn bytes(mixture: &Mixture, dimension: usize) -> Result<u64> {
        if !(2..=65_536).contains(&dimension) {
            return Err(Error::spec(format!(
                "a sample of a spin glass: expected 2 to 65536 spins, found {dimension}"
            )));
        }
        let mut bytes = 0.0;
        for &(degree, _) in mixture.terms() {
            if degree > DEGREE_LIMIT {
                return Err(Error::spec(format!(
                    "a sample of a spin glass: expected degrees r up to {DEGREE_LIMIT}, found \
                     r = {degree}, whose couplings grow as N^{degree}"
                )));
            }
            let tuples: f64 =
                (0..degree).map(|i| (dimension + i) as f64 / (i as f64 + 1.0)).product();
            bytes += size_of::<T>() as f64 * tuples;
        }
        Ok(bytes as u64)
    }

    /// The same couplings under other weights of the same degrees, without copying them.
    ///
    /// # Errors
    /// A spec error for a degree whose couplings were not drawn.
    pub fn reweighted(&self, mixture: &Mixture) -> Result<Self> {
        let mut terms = Vec::new();
        for &(degree, weight) in mixture.terms() {
            let Some(term) = self.terms.iter().find(|term| term.degree == degree) else {
                let drawn: Vec<usize> = self.terms.iter().map(|term| term.degree).collect();
                return Err(Error::spec(format!(
                    "other weights of a sample: expected degrees among {drawn:?}, found {degree}"
                )));
            };
            let scale = scale(self.dimension, degree, weight);
            terms.push(Term { scale, ..term.clone() });
        }
        Ok(Self { dimension: self.dimension, terms })
    }

    /// The Hamiltonian with s as a configuration in equilibrium at this temperature:
    /// H(x) - N nu(s.x/N)/T. The pair of it and a uniform s has the law of a sample weighted by its
    /// partition function, with a configuration of its Gibbs measure (planting: Krzakala and Zdeborova
    /// 2009), which is that of a plain sample in all but rare events above the static transition.
    ///
    /// # Panics
    /// When s has not N entries, or the temperature is not positive.
    #[must_use]
    pub fn planted(mut self, s: &DVector<f64>, temperature: f64) -> Self {
        assert!(
            s.len() == self.dimension,
            "a point of {} spins for N = {}",
            s.len(),
            self.dimension
        );
        assert!(temperature > 0.0, "a temperature of {temperature}");
        for Term { degree, scale, couplings } in &mut self.terms {
            // -N eps_r^2 (s.x/N)^r / T, divided by the scale -eps_r N^{-(r-1)/2}
            let strength = -*scale / temperature;
            let mut couplings = Arc::make_mut(couplings).iter_mut();
            for_each_tuple(self.dimension, *degree, &mut |tuple| {
                if let Some(coupling) = couplings.next() {
                    let product: f64 = tuple.iter().map(|i| s[*i]).product();
                    let shift = strength * f64::from(orders(tuple)) * product;
                    *coupling = T::narrow(coupling.wide() + shift);
                }
            });
        }
        self
    }

    /// N.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Calls `visit` with each sorted index tuple i1 >= ... >= ir and the coefficient of
    /// s_i1 .. s_ir in H, degree by degree.
    pub fn for_each_coefficient(&self, mut visit: impl FnMut(&[usize], f64)) {
        for term in &self.terms {
            let mut couplings = term.couplings.iter();
            for_each_tuple(self.dimension, term.degree, &mut |tuple| {
                if let Some(coupling) = couplings.next() {
                    visit(tuple, term.scale * coupling.wide());
                }
            });
        }
    }

    /// H(s) and its gradient on R^N, in one pass over the couplings.
    ///
    /// # Panics
    /// When s has not N entries; the same in the functions below.
    pub fn energy_and_gradient(&self, s: &DVector<f64>) -> (f64, DVector<f64>) {
        let at = self.monomials(s);
        let mut slope = DVector::zeros(self.dimension);
        let mut energy = 0.0;
        for Term { degree, scale, couplings } in &self.terms {
            energy += scale * gradient(couplings, *degree, &at, *scale, slope.as_mut_slice());
        }
        (energy, slope)
    }

    /// The Hessian matrix on R^N, N x N, for the price of two to four gradients.
    pub fn hessian(&self, s: &DVector<f64>) -> DMatrix<f64> {
        let at = self.monomials(s);
        let mut matrix = DMatrix::zeros(self.dimension, self.dimension);
        for Term { degree, scale, couplings } in &self.terms {
            hessian(couplings, *degree, &at, *scale, &mut matrix);
        }
        matrix
    }

    /// H(s), its gradient and its Hessian matrix on R^N, for the price of the last: a form of degree
    /// r has Hessian times s = (r - 1) gradient, and gradient . s = r times its value (Euler).
    pub fn energy_gradient_and_hessian(
        &self,
        s: &DVector<f64>,
    ) -> (f64, DVector<f64>, DMatrix<f64>) {
        let at = self.monomials(s);
        let n = self.dimension;
        let (mut energy, mut slope, mut matrix) = (0.0, DVector::zeros(n), DMatrix::zeros(n, n));
        for Term { degree, scale, couplings } in &self.terms {
            if *degree == 1 {
                energy += scale * gradient(couplings, 1, &at, *scale, slope.as_mut_slice());
                continue;
            }
            let mut part = DMatrix::zeros(n, n);
            hessian(couplings, *degree, &at, *scale, &mut part);
            let part_slope = &part * s / (*degree as f64 - 1.0);
            energy += part_slope.dot(s) / *degree as f64;
            slope += part_slope;
            matrix += part;
        }
        (energy, slope, matrix)
    }

    /// The Hessian on R^N by products, each a pass over the couplings.
    pub fn curvature(&self, s: &DVector<f64>) -> Curvature<'_, T> {
        let at = self.monomials(s);
        let mut inner = DMatrix::zeros(self.dimension, self.dimension);
        for Term { degree, scale, couplings } in &self.terms {
            inner_hessian(couplings, *degree, &at, *scale, &mut inner);
        }
        Curvature { hamiltonian: self, at, inner }
    }

    /// The Hessian on the sphere through s, in the coordinates of [`TangentSpace::at`] s:
    /// (N - 1) x (N - 1), the second derivatives of H along geodesics.
    pub fn riemannian_hessian(&self, s: &DVector<f64>) -> DMatrix<f64> {
        let (_, gradient, hessian) = self.energy_gradient_and_hessian(s);
        let mut matrix = TangentSpace::at(s).restricted(&hessian);
        let slope = s.dot(&gradient) / s.norm_squared();
        for i in 0..matrix.nrows() {
            matrix[(i, i)] -= slope;
        }
        matrix
    }

    fn monomials(&self, s: &DVector<f64>) -> Monomials {
        let n = self.dimension;
        assert!(s.len() == n, "a point of {} spins for N = {n}", s.len());
        let degree = self.terms.iter().map(|term| term.degree).max().unwrap_or(1);
        Monomials::new(s.as_slice(), degree)
    }
}

fn scale(dimension: usize, degree: usize, weight: f64) -> f64 {
    -weight.sqrt() * (dimension as f64).powf(-0.5 * (degree as f64 - 1.0))
}

/// The Hessian of a Hamiltonian on R^N at one point, as an operator.
pub struct Curvature<'a, T = f64> {
    hamiltonian: &'a Hamiltonian<T>,
    at: Monomials,
    inner: DMatrix<f64>,
}

impl<T: Real> SymmetricOperator for Curvature<'_, T> {
    fn dimension(&self) -> usize {
        self.hamiltonian.dimension
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let tangents = self.at.tangents(x.as_slice());
        let mut product = &self.inner * x;
        for Term { degree, scale, couplings } in &self.hamiltonian.terms {
            let product = product.as_mut_slice();
            outer_product(couplings, *degree, &self.at, &tangents, *scale, product);
        }
        y.copy_from(&product);
    }
}
