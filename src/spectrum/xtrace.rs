//! The trace and the Frobenius norm by exchangeable sketches (Epperly, Tropp and Webber 2024).

use nalgebra::{DMatrix, DVector};

use crate::operator::SymmetricOperator;
use crate::spectrum::Trouble;
use crate::spectrum::krylov::orthogonalise;
use crate::spectrum::trace::{Moments, finite_squares};
use crate::stats::{Estimate, mean, standard_error};

/// Trace and squared Frobenius norm from probes w_i with E w w' = I, the columns of `probes`
/// (n x m), with Student intervals over probes at `level`; 2 m products.
///
/// With Q_i an orthonormal basis of the images A w_j of the *other* probes and P_i = I - Q_i Q_i',
/// probe i gives the unbiased estimates
///
/// > tr A = tr(Q_i' A Q_i) + (P_i w_i)' A (P_i w_i), |A|_F^2 = |A Q_i|_F^2 + |A P_i w_i|^2,
///
/// whose means are returned (Epperly, Tropp and Webber 2024, section 2.1, for the trace; the norm
/// follows in the same way from A^2). What the images hold, the large eigenvalues above all,
/// is counted exactly: for a matrix of rank below m both are exact, and for a network's Hessian with
/// its outliers the spread is far below that of [`hutchinson`](crate::spectrum::hutchinson).
///
/// The estimates t_i of the probes share images, so s / sqrt(m) is too small (by up to sqrt 2 where
/// two probes share the rest). Their covariance is measured instead: with t_ij what probe i gives without the
/// image of probe j too, both t_ij and t_ji are uncorrelated with each other and with t_j and t_i (given
/// all probes but one, what that probe gives has mean tr A), hence
///
/// > Cov(t_i, t_j) = E (t_i - t_ij)(t_j - t_ji), Var(mean) = s^2 / m + Cov(t_i, t_j) without bias
///
/// (derived here). A measured covariance below zero counts as zero. A few large eigenvalues that a single image
/// lets go make it noisy, so it counts at most 2 s^2 / (m - 3), which is what a term of t_i in three probes,
/// shared evenly, gives; where there are as many such eigenvalues as probes, that can be too little.
///
/// With 2 m >= n probes the n products with the coordinate vectors are cheaper, and exact: they are
/// taken instead, with spread 0.
///
/// ```
/// use hessian::{operator::Dense, spectrum::xtrace};
/// let a = Dense::new(nalgebra::DMatrix::from_row_slice(2, 2, &[3.0, 1.0, 1.0, 4.0]))?;
/// let moments = xtrace(&a, &nalgebra::DMatrix::from_element(2, 1, 1.0), 0.95).unwrap();
/// assert_eq!((moments.trace.value, moments.trace_error), (7.0, 0.0)); // two products suffice
/// assert_eq!(moments.frobenius_squared.value, 27.0);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when a product or the squared norm is.
///
/// # Panics
/// When the number of rows of `probes` is not the dimension.
pub fn xtrace(
    operator: &dyn SymmetricOperator,
    probes: &DMatrix<f64>,
    level: f64,
) -> Result<Moments, Trouble> {
    let (n, m) = (operator.dimension(), probes.ncols());
    assert!(probes.nrows() == n, "probes of length {} for dimension {n}", probes.nrows());
    if 2 * m >= n {
        let image = multiplied(operator, &DMatrix::identity(n, n))?;
        let squares = finite_squares(image.norm_squared())?;
        let count = n;
        return Ok(Moments {
            trace: Estimate::exact(image.trace(), count),
            trace_error: 0.0,
            frobenius_squared: Estimate::exact(squares, count),
            frobenius_squared_error: 0.0,
            products: n as u64,
        });
    }
    let sketch = multiplied(operator, probes)?;
    let basis = Basis::of(&sketch);
    let image = multiplied(operator, &basis.vectors)?;
    let inside = basis.vectors.tr_mul(&image);
    let (whole_trace, whole_square) = (inside.trace(), image.norm_squared());
    let coordinates = basis.vectors.tr_mul(probes);
    let (mut traces, mut squares) = (Vec::with_capacity(m), Vec::with_capacity(m));
    let mut shared = basis.lost.as_ref().map(|lost| {
        let gram = image.tr_mul(&image);
        [Shared::new(lost, &inside), Shared::new(lost, &gram)]
    });
    for i in 0..m {
        // Q_i spans what Q spans but for the direction s; all of it when the images were dependent
        let mut kept: DVector<f64> = coordinates.column(i).into_owned();
        let (mut lost_trace, mut lost_square) = (0.0, 0.0);
        if let Some(directions) = &basis.lost {
            let s = directions.column(i);
            kept -= s * s.dot(&kept);
            lost_trace = s.dot(&(&inside * s));
            lost_square = (&image * s).norm_squared();
        }
        let outside = probes.column(i) - &basis.vectors * &kept;
        let outside_image = sketch.column(i) - &image * &kept;
        traces.push(whole_trace - lost_trace + outside.dot(&outside_image));
        squares.push(whole_square - lost_square + outside_image.norm_squared());
        if let Some([of_trace, of_square]) = &mut shared {
            of_trace.add(i, &kept, &basis.vectors.tr_mul(&outside_image));
            of_square.add(i, &kept, &image.tr_mul(&outside_image));
        }
    }
    finite_squares(squares.iter().sum())?;
    let covariances = shared.map_or([0.0; 2], |shared| shared.map(|shared| shared.covariance()));
    let error = |samples: &[f64], covariance: f64| {
        let alone = standard_error(samples);
        let own = alone.powi(2);
        if !own.is_normal() {
            // without a spread, or beyond the range in which a covariance could be told
            return alone;
        }
        let most = if m > 3 { 2.0 * own * m as f64 / (m - 3) as f64 } else { f64::INFINITY };
        (own + covariance.clamp(0.0, most)).sqrt()
    };
    let (trace_error, square_error) =
        (error(&traces, covariances[0]), error(&squares, covariances[1]));
    let estimate = |samples: &[f64], error: f64| {
        Estimate::student(mean(samples), error, m, m.saturating_sub(1), level)
    };
    Ok(Moments {
        trace: estimate(&traces, trace_error),
        trace_error,
        frobenius_squared: estimate(&squares, square_error),
        frobenius_squared_error: square_error,
        products: (m + basis.vectors.ncols()) as u64,
    })
}

/// What the estimates of two probes have in common, for a form F in the coordinates of Q: Q' A Q for the
/// trace, (A Q)' A Q for the squared norm.
///
/// Without the image of probe j, Q_i loses one more direction: b, what s_j has beside s_i. With k the
/// coordinates of w_i within Q_i and g = F's part of A (w_i - Q_i k), probe i then gives less by
///
/// > t_i - t_ij = (1 - (b' k)^2) b' F b - 2 (b' k) (b' g).
struct Shared<'a> {
    /// Column i is s_i.
    lost: &'a DMatrix<f64>,
    /// s_i' s_j.
    angles: DMatrix<f64>,
    /// s_i' F s_j.
    form: DMatrix<f64>,
    /// t_i - t_ij in row i, column j; NaN on the diagonal and where it cannot be told.
    changes: DMatrix<f64>,
}

impl<'a> Shared<'a> {
    fn new(lost: &'a DMatrix<f64>, form: &DMatrix<f64>) -> Self {
        let m = lost.ncols();
        Self {
            lost,
            angles: lost.tr_mul(lost),
            form: lost.tr_mul(&(form * lost)),
            changes: DMatrix::from_element(m, m, f64::NAN),
        }
    }

    /// Probe i, with its k and g.
    fn add(&mut self, i: usize, kept: &DVector<f64>, outside: &DVector<f64>) {
        let (along_kept, along_outside) = (self.lost.tr_mul(kept), self.lost.tr_mul(outside));
        for j in (0..self.lost.ncols()).filter(|j| *j != i) {
            let cosine = self.angles[(i, j)];
            let square = 1.0 - cosine * cosine;
            // Where directions agree in half of their digits, the one they differ in is a rounding error.
            if square < f64::EPSILON.sqrt() {
                continue;
            }
            let within = along_kept[j] / square.sqrt();
            let beyond = (along_outside[j] - cosine * along_outside[i]) / square.sqrt();
            let form = &self.form;
            let size = form[(j, j)] - 2.0 * cosine * form[(i, j)] + cosine * cosine * form[(i, i)];
            let size = size / square;
            self.changes[(i, j)] = (1.0 - within * within) * size - 2.0 * within * beyond;
        }
    }

    /// The mean of (t_i - t_ij)(t_j - t_ji) over the pairs that have it; 0 without pairs.
    fn covariance(&self) -> f64 {
        let products = self.changes.component_mul(&self.changes.transpose());
        let known = products.iter().filter(|product| !product.is_nan());
        let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), p| (sum + p, count + 1));
        sum / f64::from(count.max(1))
    }
}

fn multiplied(operator: &dyn SymmetricOperator, x: &DMatrix<f64>) -> Result<DMatrix<f64>, Trouble> {
    let mut image = DMatrix::zeros(x.nrows(), x.ncols());
    operator.apply_block(x, &mut image);
    match image.iter().all(|entry| entry.is_finite()) {
        true => Ok(image),
        false => Err(Trouble::NonFinite { at: "the product with a trace probe".into() }),
    }
}

/// An orthonormal basis Q of the span of a sketch Y.
struct Basis {
    /// Q, n x r.
    vectors: DMatrix<f64>,
    /// Column i is the unit vector s_i with Q s_i orthogonal to all columns of Y but the i-th, in
    /// the coordinates of Q; none when the columns of Y are dependent up to rounding, for then each of
    /// them is generically in the span of the others.
    lost: Option<DMatrix<f64>>,
}

impl Basis {
    fn of(sketch: &DMatrix<f64>) -> Self {
        let (n, m) = sketch.shape();
        let mut vectors = DMatrix::zeros(n, m);
        let mut rank = 0;
        let largest = sketch.column_iter().map(|y| y.norm()).fold(0.0, f64::max);
        for column in sketch.column_iter() {
            // Below the rounding error of a product a column has no direction of its own.
            let threshold = n as f64 * f64::EPSILON * largest;
            let mut rest = column.into_owned();
            let norm = orthogonalise(&vectors, rank, &mut rest, threshold);
            if norm > threshold {
                vectors.column_mut(rank).copy_from(&(rest / norm));
                rank += 1;
            }
        }
        let vectors = vectors.columns(0, rank).into_owned();
        // Y = Q R; the columns of the inverse of R' are orthogonal to all columns of R but one
        let lost = (rank == m)
            .then(|| vectors.tr_mul(sketch).transpose().try_inverse())
            .flatten()
            .map(|mut inverse| {
                inverse.column_iter_mut().for_each(|mut s| {
                    s.normalize_mut();
                });
                inverse
            });
        Self { vectors, lost }
    }
}
