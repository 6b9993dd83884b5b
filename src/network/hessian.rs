//! The curvature of a network at a point, as operators on parameter space.

use nalgebra::{DVectorView, DVectorViewMut};

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

    fn apply(&self, x: DVectorView<'_, f64>, y: DVectorViewMut<'_, f64>) {
        widened(x, y, |v| self.0.hessian_product(v));
    }
}

impl<T: Real> SymmetricOperator for GaussNewton<'_, '_, T> {
    fn dimension(&self) -> usize {
        self.0.program().parameters()
    }

    fn apply(&self, x: DVectorView<'_, f64>, y: DVectorViewMut<'_, f64>) {
        widened(x, y, |v| self.0.gauss_newton_product(v));
    }
}

/// Vectors of the algorithms are f64 whatever the precision of the network.
fn widened<T: Real>(
    x: DVectorView<'_, f64>,
    mut y: DVectorViewMut<'_, f64>,
    product: impl Fn(&[T]) -> Vec<T>,
) {
    let x: Vec<T> = x.iter().map(|x| T::narrow(*x)).collect();
    for (y, p) in y.iter_mut().zip(product(&x)) {
        *y = p.wide();
    }
}
