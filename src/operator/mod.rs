//! Symmetric linear operators: the narrow waist between what a matrix is and what is computed
//! from it.
//!
//! A [`SymmetricOperator`] knows its dimension and how to multiply a vector. Spectra, traces and
//! densities are functions over `&dyn SymmetricOperator` ([`crate::spectrum`]); nothing is ever
//! added to the trait. Operators combine: [`Sum`], [`Scaled`], [`Shifted`], [`Restricted`] to index
//! ranges, cut down to [`DiagonalBlocks`], [`Counted`].

mod combinators;

use nalgebra::{DMatrix, DVector, DVectorView, DVectorViewMut};

pub use combinators::{Counted, Dense, DiagonalBlocks, Restricted, Scaled, Shifted, Sum};

/// A real symmetric operator on R^n, known by its products.
///
/// `apply` is pure: the same input gives the same bits, and no call changes a later one.
pub trait SymmetricOperator: Sync {
    /// The dimension n.
    fn dimension(&self) -> usize;

    /// Writes A x into `y`; both have n entries.
    fn apply(&self, x: DVectorView<'_, f64>, y: DVectorViewMut<'_, f64>);

    /// Writes A X into `y` for a block of vectors, the columns of `x` (n x k).
    ///
    /// Column j of the result has the same bits as `apply` on column j.
    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        for j in 0..x.ncols() {
            self.apply(x.column(j), y.column_mut(j));
        }
    }
}

/// A x as a new vector.
pub fn product(operator: &dyn SymmetricOperator, x: &DVector<f64>) -> DVector<f64> {
    let mut y = DVector::zeros(operator.dimension());
    operator.apply(x.as_view(), y.as_view_mut());
    y
}
