//! Every eigenvalue, from the matrix written out.

use nalgebra::DMatrix;

use crate::error::{Error, Result};
use crate::linalg::symmetric_eigenvalues;
use crate::operator::SymmetricOperator;
use crate::spectrum::Trouble;

/// Columns of the identity multiplied at once. Chosen here: wide enough for wide products, narrow
/// enough that two blocks are small beside the matrix.
pub(crate) const BLOCK: usize = 64;

/// Every eigenvalue of an operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// Eigenvalues, ascending.
    pub eigenvalues: Vec<f64>,
    /// The largest |A_ij - A_ji| of the products, relative to the largest |A_ij|: how far rounding
    /// (or a wrong product) made the matrix asymmetric. The eigenvalues are of (A + A') / 2.
    pub asymmetry: f64,
    /// Number of products with A.
    pub products: u64,
}

/// Bytes that [`exact`] needs at most at dimension n: the matrix, its copy and its
/// tridiagonalisation, and blocks.
pub fn exact_bytes(n: usize) -> u64 {
    let n = n as u64;
    n.saturating_mul(3 * n + 4 * BLOCK as u64).saturating_mul(8)
}

/// Whether every eigenvalue of an n x n operator can be had within `memory_limit` bytes; to be
/// asked before long work.
///
/// # Errors
/// A capacity error that says the bytes needed and the ways out.
pub fn exact_fits(n: usize, memory_limit: u64) -> Result<()> {
    let needed = exact_bytes(n);
    if needed <= memory_limit {
        return Ok(());
    }
    Err(Error::capacity(format!(
        "the exact spectrum of a {n} x {n} matrix needs {needed} bytes, more than the {memory_limit} \
         allowed; take lanczos for the extremes or slq for the density, restrict it with --layers, \
         or run it where more memory is free"
    )))
}

/// Every eigenvalue: n products with blocks of the identity, then the dense eigenproblem.
///
/// ```
/// use hessian::{operator::Dense, spectrum::exact};
/// let a = Dense::new(nalgebra::DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]))?;
/// let spectrum = exact(&a, 1 << 20).unwrap();
/// assert!((spectrum.eigenvalues[1] - 3.0).abs() < 1e-15);
/// assert_eq!((spectrum.products, spectrum.asymmetry), (2, 0.0));
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::TooLarge`] beyond `memory_limit` bytes, before anything is allocated;
/// [`Trouble::NonFinite`] when a product is; [`Trouble::NoConvergence`] from the eigenproblem.
pub fn exact(
    operator: &dyn SymmetricOperator,
    memory_limit: u64,
) -> std::result::Result<Exact, Trouble> {
    exact_fits(operator.dimension(), memory_limit)?;
    let (matrix, asymmetry) = materialise(operator)?;
    let eigenvalues = symmetric_eigenvalues(&matrix)?;
    Ok(Exact { eigenvalues, asymmetry, products: operator.dimension() as u64 })
}

/// The matrix (A + A') / 2 of an operator, by n products with blocks of the identity, and the
/// largest |A_ij - A_ji| relative to the largest |A_ij|. Ask [`exact_fits`] before.
///
/// ```
/// use hessian::{operator::{Dense, Shifted}, spectrum::materialise};
/// let zero = Dense::new(nalgebra::DMatrix::zeros(3, 3))?;
/// let (matrix, asymmetry) = materialise(&Shifted { inner: &zero, shift: 2.0 }).unwrap();
/// assert_eq!((matrix.trace(), asymmetry), (6.0, 0.0));
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when a product is.
pub fn materialise(
    operator: &dyn SymmetricOperator,
) -> std::result::Result<(DMatrix<f64>, f64), Trouble> {
    let n = operator.dimension();
    let mut matrix = DMatrix::zeros(n, n);
    for from in (0..n).step_by(BLOCK) {
        let width = BLOCK.min(n - from);
        let mut identity = DMatrix::zeros(n, width);
        for j in 0..width {
            identity[(from + j, j)] = 1.0;
        }
        let mut image = DMatrix::zeros(n, width);
        operator.apply_block(&identity, &mut image);
        matrix.columns_mut(from, width).copy_from(&image);
    }
    let asymmetry = symmetrise(&mut matrix)?;
    Ok((matrix, asymmetry))
}

/// Rows and columns of a tile in which a matrix meets its transpose: two tiles fit the first cache.
const TILE: usize = 32;

/// A <- (A + A') / 2; returns the largest |A_ij - A_ji| relative to the largest |A_ij|.
fn symmetrise(matrix: &mut DMatrix<f64>) -> std::result::Result<f64, Trouble> {
    let n = matrix.nrows();
    let (mut largest, mut difference) = (0.0_f64, 0.0_f64);
    let tiles = (0..n).step_by(TILE).flat_map(|j| (j..n).step_by(TILE).map(move |i| (i, j)));
    for (first_row, first_column) in tiles {
        for j in first_column..(first_column + TILE).min(n) {
            for i in first_row.max(j)..(first_row + TILE).min(n) {
                let (below, above) = (matrix[(i, j)], matrix[(j, i)]);
                if !(below.is_finite() && above.is_finite()) {
                    return Err(Trouble::NonFinite {
                        at: format!("entry ({i}, {j}) of the operator"),
                    });
                }
                largest = largest.max(below.abs()).max(above.abs());
                difference = difference.max((below - above).abs());
                let mean = below / 2.0 + above / 2.0;
                matrix[(i, j)] = mean;
                matrix[(j, i)] = mean;
            }
        }
    }
    Ok(if largest == 0.0 { 0.0 } else { difference / largest })
}
