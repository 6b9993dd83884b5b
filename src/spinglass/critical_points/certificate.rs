//! Which approximate solutions are near true ones, which of those are distinct, and which are real.
//!
//! A critical point of f on the sphere x.x = 1 is a zero of F(x, lambda) = (grad f(x) - lambda x,
//! (1 - x.x)/2). At an approximate zero z let beta = |F'(z)^{-1} F(z)|, kappa = |F'(z)^{-1}|, and K a
//! Lipschitz constant of F' around z. If h = beta kappa K <= 1/2, there is a zero within 2 beta of z,
//! and no other within 1/(kappa K) (Kantorovich 1948; Ortega and Rheinboldt 1970, 12.6.2). Computed in
//! double precision, this is a test and not a proof.

use nalgebra::{Complex, ComplexField, DMatrix, DVector};

use crate::spinglass::critical_points::Polynomial;

/// Rounding of F in the units of its terms: chosen here, a few times what sums of N^2 terms have.
const ROUNDING: f64 = 32.0 * f64::EPSILON;

/// A point x of the quadric x.x = 1 with its multiplier lambda, and what Newton's method says there,
/// with x in units of |x| and lambda in units of a bound of it.
#[derive(Debug, Clone)]
pub(super) struct Approximation {
    /// x, then lambda.
    pub z: Vec<Complex<f64>>,
    /// |x|, the unit of x.
    length: f64,
    /// The unit of lambda.
    unit: f64,
    /// A bound of the distance to the zero: 2 beta.
    reach: f64,
    /// No other zero is nearer than this: 1/(kappa K).
    domain: f64,
}

/// F(x, lambda) and its symmetric derivative.
pub(super) fn system<T: ComplexField<RealField = f64> + Copy>(
    f: &Polynomial,
    z: &[T],
) -> (DVector<T>, DMatrix<T>) {
    let n = f.dimension();
    let (x, lambda) = (&z[..n], z[n]);
    let jet = f.jet(x);
    bordered(x, lambda, &jet.gradient, &jet.hessian)
}

/// (g - lambda x, (1 - x.x)/2) and ((A - lambda, -x), (-x', 0)).
pub(super) fn bordered<T: ComplexField<RealField = f64> + Copy>(
    x: &[T],
    lambda: T,
    gradient: &[T],
    hessian: &DMatrix<T>,
) -> (DVector<T>, DMatrix<T>) {
    let n = x.len();
    let mut value = DVector::zeros(n + 1);
    let mut derivative = DMatrix::zeros(n + 1, n + 1);
    let mut square = T::zero();
    for i in 0..n {
        value[i] = gradient[i] - lambda * x[i];
        square += x[i] * x[i];
        for j in 0..n {
            derivative[(j, i)] = hessian[(j, i)];
        }
        derivative[(i, i)] -= lambda;
        derivative[(n, i)] = -x[i];
        derivative[(i, n)] = -x[i];
    }
    value[n] = (T::one() - square).scale(0.5);
    (value, derivative)
}

/// Newton's method from z until its steps stop to shrink; none if they do not become small.
pub(super) fn refined<T: ComplexField<RealField = f64> + Copy>(
    f: &Polynomial,
    z: &[T],
) -> Option<Vec<T>> {
    // chosen here: quadratic convergence needs five steps, a start that is far off a few more
    const STEPS: usize = 25;
    let mut z = z.to_vec();
    let mut last = f64::INFINITY;
    for _ in 0..STEPS {
        let (value, derivative) = system(f, &z);
        let step = derivative.lu().solve(&value)?;
        let size = step.norm() / norm(&z);
        if !size.is_finite() {
            return None;
        }
        z.iter_mut().zip(step.iter()).for_each(|(z, step)| *z -= *step);
        // no smaller than a few roundings, and no longer shrinking
        if size < 1e-9 && size > 0.25 * last || size < 4.0 * f64::EPSILON {
            return Some(z);
        }
        last = size;
    }
    None
}

pub(super) fn norm<T: ComplexField<RealField = f64> + Copy>(z: &[T]) -> f64 {
    z.iter().map(|z| z.modulus_squared()).sum::<f64>().sqrt()
}

impl Approximation {
    /// Tests an approximate zero; none if Kantorovich's h exceeds 1/2.
    pub fn new(f: &Polynomial, z: Vec<Complex<f64>>) -> Option<Self> {
        let n = f.dimension();
        let (mut value, mut derivative) = system(f, &z);
        // in units of |x| and of what bounds lambda: complex points may lie far out
        let length = norm(&z[..n]);
        let slope = f.derivative_bound(1, length);
        let unit = slope / length;
        for i in 0..=n {
            let (row, column) = if i < n { (slope, length) } else { (length * length, unit) };
            value[i] /= Complex::from(row);
            derivative.row_mut(i).scale_mut(1.0 / row);
            derivative.column_mut(i).scale_mut(column);
        }
        let inverse = derivative.try_inverse()?;
        let kappa = inverse.norm();
        // in these units the terms of the value are at most 1 or so: some units of their rounding
        let beta = (&inverse * value).norm() + kappa * ROUNDING;
        // F'' is D^3 f beside the bilinear (x, lambda) -> -(lambda x, x.x/2), of norm at most 2
        let third = f.derivative_bound(3, length * (1.0 + 2.0 * beta));
        let lipschitz = third * length * length / slope + 2.0;
        (beta * kappa * lipschitz <= 0.5).then(|| Self {
            z,
            length,
            unit,
            reach: 2.0 * beta,
            domain: 1.0 / (kappa * lipschitz),
        })
    }

    /// How far the zero's x may be from that of the approximation.
    pub fn radius(&self) -> f64 {
        self.reach * self.length
    }

    /// Whether the zeros of the two are certainly different, by their x.
    pub fn differs(&self, other: &Self) -> bool {
        let n = self.z.len() - 1;
        distance(&self.z[..n], &other.z[..n]) > self.radius() + other.radius()
    }

    /// Whether the zero is real; none if neither is certain. The system is real, so that conjugate
    /// points have conjugate zeros.
    pub fn is_real(&self) -> Option<bool> {
        let n = self.z.len() - 1;
        let x: f64 = self.z[..n].iter().map(|x| x.im * x.im).sum::<f64>().sqrt() / self.length;
        let gap = 2.0 * x.hypot(self.z[n].im / self.unit);
        if gap + self.reach < self.domain {
            Some(true)
        } else if gap > 2.0 * self.reach {
            Some(false)
        } else {
            None
        }
    }

    /// The zero at -x: lambda stays where f is even, and changes its sign where f is odd.
    pub fn antipode(&self, even: bool) -> Self {
        let mut opposite = self.clone();
        let n = self.z.len() - 1;
        opposite.z[..n].iter_mut().for_each(|x| *x = -*x);
        if !even {
            opposite.z[n] = -opposite.z[n];
        }
        opposite
    }
}

fn distance(a: &[Complex<f64>], b: &[Complex<f64>]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).norm_sqr()).sum::<f64>().sqrt()
}
