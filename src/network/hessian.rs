//! The curvature of a network at a point, as operators on parameter space.

use nalgebra::{DMatrix, DVectorView, DVectorViewMut};
use rayon::prelude::*;

use crate::linalg::Real;
use crate::network::point::Point;
use crate::operator::SymmetricOperator;

/// The Hessian of the loss in the parameters; the point needs [`Point::with_curvature`].
pub struct Hessian<'p, 'a, T>(pub &'p Point<'a, T>);

/// The generalised Gauss-Newton matrix of the loss in the parameters.
pub struct GaussNewton<'p, 'a, T>(pub &'p Point<'a, T>);

impl<T: Real> SymmetricOperator for Hessian<'_, '_, T> {
    fn dimension(&self) -> usize {
        self.0.program().parameters()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        self.0.wide_product(x.as_slice(), true, y.as_mut_slice());
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        blocked(self.0, x, y, true);
    }
}

impl<T: Real> SymmetricOperator for GaussNewton<'_, '_, T> {
    fn dimension(&self) -> usize {
        self.0.program().parameters()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        self.0.wide_product(x.as_slice(), false, y.as_mut_slice());
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        blocked(self.0, x, y, false);
    }
}

/// The products with the columns of `x`, each by one thread: the bits do not depend on how many
/// threads there are.
fn blocked<T: Real>(point: &Point<'_, T>, x: &DMatrix<f64>, y: &mut DMatrix<f64>, curved: bool) {
    let n = x.nrows().max(1);
    let columns = x.as_slice().par_chunks_exact(n);
    y.as_mut_slice().par_chunks_exact_mut(n).zip(columns).for_each(|(y, x)| {
        point.wide_product(x, curved, y);
    });
}
