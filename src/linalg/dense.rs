//! Eigenvalues of dense symmetric matrices, single-threaded.

use std::borrow::Cow;

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, MatRef, Par};
use nalgebra::DMatrix;

use crate::linalg::tridiagonal::{NOTHING, tridiagonal_eigenvalues};
use crate::linalg::{Trouble, band, chase};

/// The dimension from which eigenvalues alone are found in two stages: measured, here the lower
/// triangle outgrows a megabyte of cache, and a reduction in one stage waits for memory.
const TWO_STAGES: usize = 512;

/// Eigenvalues of a symmetric matrix, ascending; only its lower triangle is read.
///
/// The error of each is a small multiple of the rounding unit times the norm. Small matrices go
/// through faer (Householder tridiagonalisation and implicit QR); from dimension 512 on the reduction
/// has two stages, to a band and from there to a tridiagonal (Bischof, Lang and Sun 2000).
///
/// ```
/// let a = nalgebra::DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
/// let values = hessian::linalg::symmetric_eigenvalues(&a)?;
/// assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), hessian::linalg::Trouble>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] for a NaN or an infinity; [`Trouble::NoConvergence`] when QR reaches its
/// limit.
///
/// # Panics
/// When the matrix is not square.
pub fn symmetric_eigenvalues(a: &DMatrix<f64>) -> Result<Vec<f64>, Trouble> {
    if a.nrows() < TWO_STAGES {
        return solve(a, None);
    }
    checked(a)?;
    let n = a.nrows();
    let lower = (0..n).flat_map(|j| &a.as_slice()[j * n + j..(j + 1) * n]);
    let scale = lower.fold(0.0_f64, |most, entry| most.max(entry.abs()));
    if scale == 0.0 {
        return Ok(vec![0.0; n]);
    }
    // Scaled to at most 1, so that no square over- or underflows.
    let mut entries: Vec<f64> = a.iter().map(|entry| entry / scale).collect();
    band::reduce(&mut entries, n);
    let (alpha, beta) = chase::tridiagonal(&entries, n);
    let values = tridiagonal_eigenvalues(&alpha, &beta)?;
    Ok(values.into_iter().map(|value| value * scale).collect())
}

/// Eigenvalues, ascending, and the normalised eigenvectors as columns in the same order; only the
/// lower triangle is read.
///
/// # Errors
/// As [`symmetric_eigenvalues`].
///
/// # Panics
/// When the matrix is not square.
pub fn symmetric_eigen(a: &DMatrix<f64>) -> Result<(Vec<f64>, DMatrix<f64>), Trouble> {
    let n = a.nrows();
    let mut vectors = Mat::zeros(n, n);
    let values = solve(a, Some(&mut vectors))?;
    Ok((values, DMatrix::from_fn(n, n, |i, j| vectors[(i, j)])))
}

/// A matrix that is square, with a finite lower triangle.
fn checked(a: &DMatrix<f64>) -> Result<(), Trouble> {
    let n = a.nrows();
    assert!(a.is_square(), "eigenvalues of a {n} x {} matrix; need a square one", a.ncols());
    match (0..n).any(|j| (j..n).any(|i| !a[(i, j)].is_finite())) {
        true => Err(Trouble::NonFinite { at: "an entry of a symmetric matrix".into() }),
        false => Ok(()),
    }
}

fn solve(a: &DMatrix<f64>, vectors: Option<&mut Mat<f64>>) -> Result<Vec<f64>, Trouble> {
    checked(a)?;
    let n = a.nrows();
    if n < 2 {
        if let Some(vectors) = vectors {
            vectors.fill(1.0);
        }
        return Ok(a.iter().copied().collect());
    }
    let a = without_dust(a);
    let wanted = if vectors.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let scratch = self_adjoint_evd_scratch::<f64>(n, wanted, Par::Seq, Default::default());
    let mut values = Diag::<f64>::zeros(n);
    self_adjoint_evd(
        MatRef::from_column_major_slice(a.as_slice(), n, n),
        values.as_mut(),
        vectors.map(|vectors| vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Trouble::NoConvergence {
        // The limit of faer 0.24's QR.
        algorithm: "dense symmetric QR",
        limit: 30 * (n as u64).pow(2),
    })?;
    Ok(values.column_vector().iter().copied().collect())
}

/// The matrix with entries that are nothing beside its largest one set to zero, copied only if
/// there are any (saturated probabilities make them): faer 0.24's QR circles on couplings whose
/// squares underflow.
fn without_dust(a: &DMatrix<f64>) -> Cow<'_, DMatrix<f64>> {
    // Subnormal entries have no reciprocal, by which faer scales.
    let dust = (NOTHING * a.amax()).max(f64::MIN_POSITIVE);
    let is_dust = |x: f64| x != 0.0 && x.abs() < dust;
    if a.iter().any(|x| is_dust(*x)) {
        Cow::Owned(a.map(|x| if is_dust(x) { 0.0 } else { x }))
    } else {
        Cow::Borrowed(a)
    }
}
