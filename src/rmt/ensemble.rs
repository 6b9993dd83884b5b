//! Samples of the Gaussian orthogonal ensemble: dense, and tridiagonal with the same eigenvalues in
//! law (Dumitriu and Edelman 2002).

use nalgebra::DMatrix;
use rand::Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

/// The scale of the ensemble: the literature has many, so that none is a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalisation {
    /// Off-diagonal variance 1, diagonal variance 2: the spectrum fills [-2 sqrt n, 2 sqrt n].
    UnitOffDiagonal,
    /// Diagonal variance 1, off-diagonal variance 1/2 (Mehta 2004): [-sqrt(2n), sqrt(2n)].
    UnitDiagonal,
    /// Off-diagonal variance 1/n, diagonal variance 2/n: the semicircle on [-2, 2].
    SemicircleTwo,
    /// Off-diagonal variance 1/(2n), diagonal variance 1/n (Auffinger, Ben Arous and Cerny 2013):
    /// [-sqrt 2, sqrt 2].
    AuffingerBenArousCerny,
}

impl Normalisation {
    /// The standard deviation of an off-diagonal entry of an n x n matrix.
    pub fn scale(self, n: usize) -> f64 {
        match self {
            Self::UnitOffDiagonal => 1.0,
            Self::UnitDiagonal => 0.5_f64.sqrt(),
            Self::SemicircleTwo => (1.0 / n as f64).sqrt(),
            Self::AuffingerBenArousCerny => (0.5 / n as f64).sqrt(),
        }
    }

    /// The upper edge of the limiting spectrum of an n x n matrix, 2 sqrt n times the scale.
    ///
    /// ```
    /// use hessian::rmt::Normalisation::{AuffingerBenArousCerny, UnitOffDiagonal};
    /// assert_eq!(UnitOffDiagonal.edge(100), 20.0);
    /// assert!((AuffingerBenArousCerny.edge(100) - 2_f64.sqrt()).abs() < 1e-15);
    /// ```
    pub fn edge(self, n: usize) -> f64 {
        2.0 * (n as f64).sqrt() * self.scale(n)
    }
}

/// A dense symmetric matrix: independent normal entries on and above the diagonal.
pub fn dense(n: usize, normalisation: Normalisation, rng: &mut impl Rng) -> DMatrix<f64> {
    let scale = normalisation.scale(n);
    let mut matrix = DMatrix::zeros(n, n);
    for j in 0..n {
        for i in 0..=j {
            let normal: f64 = StandardNormal.sample(rng);
            let deviation = if i == j { 2_f64.sqrt() * scale } else { scale };
            matrix[(i, j)] = deviation * normal;
            matrix[(j, i)] = matrix[(i, j)];
        }
    }
    matrix
}

/// A symmetric tridiagonal matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Tridiagonal {
    /// The n diagonal entries.
    pub diagonal: Vec<f64>,
    /// The n - 1 entries beside the diagonal.
    pub couplings: Vec<f64>,
}

/// A tridiagonal matrix with the same eigenvalues in law as [`dense`]: diagonal sqrt 2 times normal,
/// couplings chi_{n-1}, ..., chi_1, all independent, times the scale (Dumitriu and Edelman 2002).
pub fn tridiagonal(n: usize, normalisation: Normalisation, rng: &mut impl Rng) -> Tridiagonal {
    let scale = normalisation.scale(n);
    let diagonal = (0..n)
        .map(|_| {
            let normal: f64 = StandardNormal.sample(rng);
            2_f64.sqrt() * scale * normal
        })
        .collect();
    let couplings = (1..n).rev().map(|freedom| scale * chi(freedom as f64, rng)).collect();
    Tridiagonal { diagonal, couplings }
}

/// The norm of a standard normal vector with this many entries, whole or not.
///
/// # Panics
/// When the number of degrees of freedom is not positive.
pub fn chi(freedom: f64, rng: &mut impl Rng) -> f64 {
    ChiSquared::new(freedom).expect("degrees of freedom are positive").sample(rng).sqrt()
}
