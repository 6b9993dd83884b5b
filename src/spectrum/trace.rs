//! The trace and the Frobenius norm from random probes (Girard 1989; Hutchinson 1990).

use nalgebra::DMatrix;
use rand::Rng;

use crate::operator::SymmetricOperator;
use crate::spectrum::Trouble;
use crate::stats::Estimate;

/// Independent signs +1 and -1 (n x k), each with probability 1/2: the entries of Rademacher
/// probes, for which E v v' = I.
///
/// Column j takes its 64-bit words after those of column j - 1, so that more probes never change
/// the first ones.
pub fn rademacher(rng: &mut impl Rng, n: usize, k: usize) -> DMatrix<f64> {
    let mut signs = DMatrix::zeros(n, k);
    for mut column in signs.column_iter_mut() {
        let mut word = 0;
        for (i, entry) in column.iter_mut().enumerate() {
            if i % 64 == 0 {
                word = rng.next_u64();
            }
            *entry = if word >> (i % 64) & 1 == 1 { 1.0 } else { -1.0 };
        }
    }
    signs
}

/// |A|_F^2 as it is, or the trouble that it overflows: so it does from entries of 1e154 on.
pub(crate) fn finite_squares(squares: f64) -> Result<f64, Trouble> {
    match squares.is_finite() {
        true => Ok(squares),
        false => Err(Trouble::NonFinite { at: "the sum of the squares of its entries".into() }),
    }
}

/// First and second spectral moment from the same products.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// tr A, the mean of v' A v.
    pub trace: Estimate,
    /// Standard error of the trace; infinite for one probe.
    pub trace_error: f64,
    /// |A|_F^2 = tr A^2, the mean of |A v|^2.
    pub frobenius_squared: Estimate,
    /// Standard error of the squared Frobenius norm; infinite for one probe.
    pub frobenius_squared_error: f64,
    /// Number of products with A.
    pub products: u64,
}

/// Trace and squared Frobenius norm from probes v with E v v' = I, the columns of `probes` (n x k),
/// with Student intervals over probes at `level`.
///
/// For Rademacher probes the variance of v' A v is 2 (|A|_F^2 - sum A_ii^2) (Hutchinson 1990).
///
/// ```
/// use hessian::{operator::Dense, spectrum::hutchinson};
/// let a = Dense::new(nalgebra::DMatrix::from_row_slice(2, 2, &[3.0, 1.0, 1.0, 4.0]))?;
/// let probes = nalgebra::DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 1.0, -1.0]);
/// let moments = hutchinson(&a, &probes, 0.95).unwrap();
/// assert_eq!(moments.trace.value, 7.0); // (9 + 5) / 2
/// assert_eq!(moments.frobenius_squared.value, 27.0); // 9 + 1 + 1 + 16
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when a product is.
///
/// # Panics
/// When the number of rows of `probes` is not the dimension.
pub fn hutchinson(
    operator: &dyn SymmetricOperator,
    probes: &DMatrix<f64>,
    level: f64,
) -> Result<Moments, Trouble> {
    let n = operator.dimension();
    assert!(probes.nrows() == n, "probes of length {} for dimension {n}", probes.nrows());
    let mut images = DMatrix::zeros(n, probes.ncols());
    operator.apply_block(probes, &mut images);
    let columns = || probes.column_iter().zip(images.column_iter());
    let first: Vec<f64> = columns().map(|(v, image)| v.dot(&image)).collect();
    let second: Vec<f64> = columns().map(|(_, image)| image.norm_squared()).collect();
    if first.iter().chain(&second).any(|x| !x.is_finite()) {
        return Err(Trouble::NonFinite { at: "the product with a trace probe".into() });
    }
    Ok(Moments {
        trace: Estimate::mean(&first, level),
        trace_error: crate::stats::standard_error(&first),
        frobenius_squared: Estimate::mean(&second, level),
        frobenius_squared_error: crate::stats::standard_error(&second),
        products: probes.ncols() as u64,
    })
}
