//! The sphere through a point: its tangent space in coordinates, and Hessians on it.

use nalgebra::{DMatrix, DVector, DVectorView, DVectorViewMut};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::operator::SymmetricOperator;

/// A uniform point of the sphere |s|^2 = N in R^N.
///
/// ```
/// let mut rng = hessian::random::Streams::new(1, "demo", 0).stream("start", "");
/// let s = hessian::spinglass::uniform_point(9, &mut rng);
/// assert!((s.norm() - 3.0).abs() < 1e-14);
/// ```
pub fn uniform_point(n: usize, rng: &mut impl Rng) -> DVector<f64> {
    let s = DVector::from_fn(n, |_, _| StandardNormal.sample(rng));
    let norm: f64 = s.norm();
    s * ((n as f64).sqrt() / norm)
}

/// Orthonormal coordinates of the vectors orthogonal to a point s of R^N: all but the first
/// coordinate after the reflection that takes s to a multiple of the first axis (Householder 1958).
#[derive(Debug, Clone, PartialEq)]
pub struct TangentSpace {
    /// Unit normal of the reflection.
    normal: DVector<f64>,
}

impl TangentSpace {
    /// The tangent space of the sphere through s.
    ///
    /// ```
    /// use hessian::spinglass::TangentSpace;
    /// let s = nalgebra::DVector::from_vec(vec![1.0, 2.0, 2.0]);
    /// let v = TangentSpace::at(&s).lifted(&nalgebra::DVector::from_vec(vec![3.0, -4.0]));
    /// assert!(v.dot(&s).abs() < 1e-14 && (v.norm() - 5.0).abs() < 1e-14);
    /// ```
    ///
    /// # Panics
    /// When s is 0 or has fewer than two entries.
    pub fn at(s: &DVector<f64>) -> Self {
        let norm = s.norm();
        assert!(norm > 0.0 && s.len() >= 2, "no sphere of dimension 1 or more through {s:?}");
        let mut normal = s / norm;
        // away from s, so that nothing cancels
        normal[0] += if normal[0] < 0.0 { -1.0 } else { 1.0 };
        normal.normalize_mut();
        Self { normal }
    }

    /// N - 1.
    pub fn dimension(&self) -> usize {
        self.normal.len() - 1
    }

    fn reflect(&self, x: &mut DVector<f64>) {
        let along = self.normal.dot(x);
        x.axpy(-2.0 * along, &self.normal, 1.0);
    }

    /// The vector of R^N with these N - 1 coordinates.
    pub fn lifted(&self, coordinates: &DVector<f64>) -> DVector<f64> {
        let mut x = coordinates.clone().insert_row(0, 0.0);
        self.reflect(&mut x);
        x
    }

    /// The N - 1 coordinates of the tangent part of a vector of R^N.
    pub fn coordinates(&self, x: &DVector<f64>) -> DVector<f64> {
        let mut x = x.clone();
        self.reflect(&mut x);
        x.remove_row(0)
    }

    /// A symmetric N x N matrix between tangent vectors: (N - 1) x (N - 1).
    pub fn restricted(&self, matrix: &DMatrix<f64>) -> DMatrix<f64> {
        // (1 - 2 n n') A (1 - 2 n n') = A - n w' - w n' with w = 2 A n - 2 (n' A n) n
        let image = matrix * &self.normal;
        let w = 2.0 * (&image - &self.normal * self.normal.dot(&image));
        let n = self.dimension();
        DMatrix::from_fn(n, n, |i, j| {
            let (i, j) = (i + 1, j + 1);
            matrix[(i, j)] - (self.normal[i] * w[j] + w[i] * self.normal[j])
        })
    }
}

/// The Hessian on the sphere through s of a function on R^N with Hessian A and gradient g there, as an
/// operator in the coordinates of the tangent space: A between tangent vectors, less s.g/|s|^2.
pub struct RiemannianHessian<'a> {
    hessian: &'a dyn SymmetricOperator,
    space: TangentSpace,
    slope: f64,
}

impl<'a> RiemannianHessian<'a> {
    /// From the point, the gradient on R^N there and the Hessian on R^N there.
    ///
    /// # Panics
    /// When s is 0, or the lengths differ.
    pub fn new(
        s: &DVector<f64>,
        gradient: &DVector<f64>,
        hessian: &'a dyn SymmetricOperator,
    ) -> Self {
        assert!(hessian.dimension() == s.len(), "a Hessian of another dimension than the point");
        let slope = s.dot(gradient) / s.norm_squared();
        Self { hessian, space: TangentSpace::at(s), slope }
    }

    /// The coordinates in which the operator acts.
    pub fn space(&self) -> &TangentSpace {
        &self.space
    }
}

impl SymmetricOperator for RiemannianHessian<'_> {
    fn dimension(&self) -> usize {
        self.space.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let lifted = self.space.lifted(&x.into_owned());
        let mut image = DVector::zeros(lifted.len());
        self.hessian.apply(lifted.as_view(), image.as_view_mut());
        y.copy_from(&(self.space.coordinates(&image) - x * self.slope));
    }
}
