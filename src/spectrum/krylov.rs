//! The Lanczos decomposition with full re-orthogonalisation (Lanczos 1950; Paige 1976).

use nalgebra::{DMatrix, DVector, DVectorView};

use crate::linalg::{TridiagonalEigen, norm, project_out, tridiagonal_eigen};
use crate::operator::SymmetricOperator;
use crate::spectrum::Trouble;

/// Passes of re-orthogonalisation after which a vector counts as lying in the span; two are
/// enough unless it does (Giraud, Langou and Rozloznik 2005).
const PASSES: usize = 4;

/// A Q = Q T + r e_k': an orthonormal basis Q (n x k) of a Krylov space, the tridiagonal T of A in
/// it, and the remainder r.
#[derive(Debug, Clone)]
pub struct Lanczos {
    /// Diagonal of T, k numbers.
    pub alpha: Vec<f64>,
    /// Off-diagonal of T, k - 1 numbers.
    pub beta: Vec<f64>,
    /// Q, n x k.
    pub basis: DMatrix<f64>,
    /// r, orthogonal to Q; |r| would be the next beta.
    pub remainder: DVector<f64>,
    /// The step after which the Krylov space was invariant up to rounding, if that happened before
    /// the number of steps asked for: the eigenvalues of T are then eigenvalues of A.
    pub breakdown: Option<usize>,
}

impl Lanczos {
    /// Eigenvalues of T with the first components of their eigenvectors.
    ///
    /// # Errors
    /// [`Trouble::NoConvergence`] when QL reaches its limit.
    pub fn eigen(&self) -> Result<TridiagonalEigen, Trouble> {
        tridiagonal_eigen(&self.alpha, &self.beta)
    }
}

/// At most `steps` Lanczos steps from `start`, which need not be normalised.
///
/// The basis is re-orthogonalised in full at each step, repeatedly until the overlap is at rounding
/// level. A step breaks down when the next vector is smaller than the rounding error of a product,
/// n u times the largest row sum of T so far; that is reported and never divided by.
///
/// ```
/// use hessian::{operator::Dense, spectrum::decompose};
/// let a = Dense::new(nalgebra::DMatrix::from_diagonal_element(3, 3, 5.0))?;
/// let krylov = decompose(&a, &nalgebra::DVector::from_element(3, 1.0), 3).unwrap();
/// assert_eq!(krylov.breakdown, Some(1)); // every vector is an eigenvector
/// assert!((krylov.alpha[0] - 5.0).abs() < 1e-14);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when the start or a product is.
///
/// # Panics
/// When the length of `start` is not the dimension.
pub fn decompose(
    operator: &dyn SymmetricOperator,
    start: &DVector<f64>,
    steps: usize,
) -> Result<Lanczos, Trouble> {
    let n = operator.dimension();
    assert!(start.len() == n, "a start of length {} for dimension {n}", start.len());
    let mut process = Process::new(start.as_view(), steps)?;
    let mut image = DVector::zeros(n);
    while let Some(vector) = process.next() {
        operator.apply(vector, image.as_view_mut());
        process.absorb(image.as_view())?;
    }
    Ok(process.finish())
}

/// One Lanczos run, fed with the products that it asks for; many run side by side in
/// [`slq`](crate::spectrum::slq).
pub(super) struct Process {
    /// Room for the basis, of which the first `alpha.len()` columns are done.
    basis: DMatrix<f64>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    remainder: DVector<f64>,
    steps: usize,
    breakdown: Option<usize>,
    /// |A q|^2 of the first vector.
    first_square: f64,
}

impl Process {
    pub(super) fn new(start: DVectorView<'_, f64>, steps: usize) -> Result<Self, Trouble> {
        let n = start.len();
        let norm = start.norm();
        if !norm.is_finite() {
            return Err(Trouble::NonFinite { at: "the starting vector of Lanczos".into() });
        }
        let steps = steps.min(n);
        let mut basis = DMatrix::zeros(n, steps);
        let breakdown = (norm == 0.0).then_some(0);
        if steps > 0 && breakdown.is_none() {
            basis.column_mut(0).copy_from(&(start / norm));
        }
        Ok(Self {
            basis,
            alpha: Vec::new(),
            beta: Vec::new(),
            remainder: DVector::zeros(n),
            steps,
            breakdown,
            first_square: 0.0,
        })
    }

    /// The vector to multiply next; None at the end.
    pub(super) fn next(&self) -> Option<DVectorView<'_, f64>> {
        let done = self.alpha.len();
        (done < self.steps && self.breakdown.is_none()).then(|| self.basis.column(done))
    }

    /// Takes the product of the vector last asked for.
    pub(super) fn absorb(&mut self, image: DVectorView<'_, f64>) -> Result<(), Trouble> {
        let step = self.alpha.len();
        let alpha = self.basis.column(step).dot(&image);
        self.alpha.push(alpha);
        if step == 0 {
            self.first_square = image.norm_squared();
        }
        // The part in the last two vectors is known; without it the pass that removes rounding in
        // all of them leaves most of the vector, and one is enough.
        self.remainder.copy_from(&image);
        self.remainder.axpy(-alpha, &self.basis.column(step), 1.0);
        if let Some(beta) = self.beta.last() {
            self.remainder.axpy(-beta, &self.basis.column(step - 1), 1.0);
        }
        let threshold = self.basis.nrows() as f64 * f64::EPSILON * self.row_sum();
        let norm = orthogonalise(&self.basis, step + 1, &mut self.remainder, threshold);
        if !(alpha.is_finite() && norm.is_finite()) {
            return Err(Trouble::NonFinite { at: format!("the product in Lanczos step {step}") });
        }
        if step + 1 < self.steps {
            if norm <= threshold {
                self.breakdown = Some(step + 1);
            } else {
                self.beta.push(norm);
                self.basis.column_mut(step + 1).copy_from(&(&self.remainder / norm));
            }
        }
        Ok(())
    }

    /// The largest row sum of |T| so far: an estimate of |A| from below.
    fn row_sum(&self) -> f64 {
        let beta = |i: Option<usize>| i.and_then(|i| self.beta.get(i)).copied().unwrap_or(0.0);
        let row = |(i, a): (usize, &f64)| a.abs() + beta(i.checked_sub(1)) + beta(Some(i));
        self.alpha.iter().enumerate().map(row).fold(0.0, f64::max)
    }

    /// |A q|^2 of the first vector, 0 before its product.
    pub(super) fn first_square(&self) -> f64 {
        self.first_square
    }

    pub(super) fn breakdown(&self) -> Option<usize> {
        self.breakdown
    }

    /// Diagonal and off-diagonal of T.
    pub(super) fn tridiagonal(&self) -> (&[f64], &[f64]) {
        (&self.alpha, &self.beta)
    }

    fn finish(self) -> Lanczos {
        let done = self.alpha.len();
        Lanczos {
            basis: self.basis.columns(0, done).into_owned(),
            alpha: self.alpha,
            beta: self.beta,
            remainder: self.remainder,
            breakdown: self.breakdown,
        }
    }
}

/// Removes from `w` its part in the first `count` columns of the orthonormal `basis`, repeatedly
/// until what is left is orthogonal to rounding; returns the norm of what is left.
///
/// At or below `threshold` what is left is rounding, and no further pass is made.
pub(super) fn orthogonalise(
    basis: &DMatrix<f64>,
    count: usize,
    w: &mut DVector<f64>,
    threshold: f64,
) -> f64 {
    let basis = &basis.as_slice()[..count * basis.nrows()];
    let mut before = norm(w.as_slice());
    for _ in 0..PASSES {
        project_out(basis, w.as_mut_slice());
        let left = norm(w.as_slice());
        // Kahan's criterion: a pass that leaves most of the vector leaves it orthogonal.
        let orthogonal = left > 0.5_f64.sqrt() * before;
        before = left;
        if orthogonal || left <= threshold || !left.is_finite() {
            return left;
        }
    }
    // Every pass took most of what was left: the vector lies in the span.
    0.0
}
