//! N = 2: critical points on the circle are the zeros of a trigonometric polynomial, eigenvalues of a
//! companion matrix.

use std::f64::consts::TAU;

use nalgebra::{Complex, DMatrix, Schur};

use crate::spinglass::critical_points::Polynomial;

type C = Complex<f64>;

/// Sweeps allowed for all eigenvalues together: chosen here, ten times what they need.
const SWEEPS: usize = 1000;

/// Approximations of all complex critical points (x, lambda) on the circle x.x = 1, of a polynomial
/// of degree p in two variables: 2p of them. None if the eigenvalues were not found.
///
/// With w = e^{i phi}, x = (cos phi, sin phi), the derivative of f along phi is
/// sum of c_k w^k over |k| <= p, and w^p times it a polynomial of degree 2p in w.
pub(super) fn circle_points(f: &Polynomial) -> Option<Vec<Vec<C>>> {
    let p = f.degree() as i32;
    let count = 2 * p + 1;
    let slopes: Vec<f64> = (0..count)
        .map(|j| {
            let (sin, cos) = (TAU * f64::from(j) / f64::from(count)).sin_cos();
            let gradient = f.jet(&[cos, sin]).gradient;
            gradient[1] * cos - gradient[0] * sin
        })
        .collect();
    let coefficient = |k: i32| -> C {
        let terms = (0..).zip(&slopes).map(|(j, slope)| {
            // j k is reduced first, so that the angle keeps its digits
            let turn = f64::from((j * k).rem_euclid(count)) / f64::from(count);
            C::from_polar(*slope, -TAU * turn)
        });
        terms.sum::<C>() / f64::from(count)
    };
    let size = 2 * p as usize;
    let leading = coefficient(p);
    let mut companion = DMatrix::<C>::zeros(size, size);
    for row in 0..size {
        companion[(row, size - 1)] = -coefficient(row as i32 - p) / leading;
        if row > 0 {
            companion[(row, row - 1)] = C::from(1.0);
        }
    }
    let roots = Schur::try_new(companion, f64::EPSILON, SWEEPS)?.eigenvalues()?;
    let point = |w: &C| {
        let inverse = w.inv();
        let x = [(w + inverse) * 0.5, (w - inverse) * C::new(0.0, -0.5)];
        let gradient = f.jet(&x).gradient;
        vec![x[0], x[1], x[0] * gradient[0] + x[1] * gradient[1]]
    };
    Some(roots.iter().map(point).collect())
}
