//! Eigenvalues of symmetric tridiagonal matrices: all of them by implicit QL or without square
//! roots, selected ones by Sturm counts.
//!
//! A matrix T is given by its diagonal alpha (n numbers) and its off-diagonal beta (n - 1).

use crate::linalg::Trouble;

/// Sweeps allowed for each eigenvalue; EISPACK's limit (Smith et al. 1976, imtql2), which needs
/// about two on average.
const SWEEPS: u64 = 30;

/// A coupling that is nothing beside a norm of 1. Chosen here: the fourth power of the rounding unit
/// is far below what any eigenvalue's error bound sees, and its square still does not underflow,
/// without which a block of tiny couplings may circle for ever.
pub(super) const NOTHING: f64 = f64::EPSILON * f64::EPSILON * f64::EPSILON * f64::EPSILON;

/// Eigenvalues of a symmetric tridiagonal matrix with the first components of its eigenvectors.
#[derive(Debug, Clone, PartialEq)]
pub struct TridiagonalEigen {
    /// Eigenvalues, ascending.
    pub values: Vec<f64>,
    /// First component of the normalised eigenvector of each, up to its sign. The squares sum
    /// to 1: they are the weights of Gauss quadrature (Golub and Welsch 1969).
    pub first: Vec<f64>,
}

/// All eigenvalues with the first components of the normalised eigenvectors, by the implicit QL
/// iteration with Wilkinson's shift (Dubrulle, Martin and Wilkinson 1968).
///
/// The error of an eigenvalue is a small multiple of the rounding unit times the norm of T.
///
/// ```
/// use hessian::linalg::tridiagonal_eigen;
/// let eigen = tridiagonal_eigen(&[2.0, 2.0], &[1.0])?;
/// assert!((eigen.values[0] - 1.0).abs() < 1e-15 && (eigen.values[1] - 3.0).abs() < 1e-15);
/// assert!((eigen.first[0].powi(2) - 0.5).abs() < 1e-15);
/// # Ok::<(), hessian::linalg::Trouble>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] for a NaN or an infinity in T; [`Trouble::NoConvergence`] when an
/// eigenvalue needs more than 30 sweeps.
///
/// # Panics
/// When beta is not one shorter than alpha.
pub fn tridiagonal_eigen(alpha: &[f64], beta: &[f64]) -> Result<TridiagonalEigen, Trouble> {
    let scale = norm(alpha, beta)?;
    let n = alpha.len();
    let mut first = vec![0.0; n];
    if n > 0 {
        first[0] = 1.0;
    }
    if scale == 0.0 {
        return Ok(TridiagonalEigen { values: vec![0.0; n], first });
    }
    // Scaled to norm 1, so that no square over- or underflows.
    let mut d: Vec<f64> = alpha.iter().map(|x| x / scale).collect();
    let mut e: Vec<f64> = beta.iter().map(|x| x / scale).chain([0.0]).collect();
    for l in 0..n {
        isolate(&mut d, &mut e, &mut first, l)?;
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| d[i].total_cmp(&d[j]));
    Ok(TridiagonalEigen {
        values: order.iter().map(|&i| d[i] * scale).collect(),
        first: order.iter().map(|&i| first[i]).collect(),
    })
}

/// Sweeps until entry l stands alone: the QL step of the block l..=m, whose last coupling is
/// negligible, with the rotations applied to the row `z` as well.
fn isolate(d: &mut [f64], e: &mut [f64], z: &mut [f64], l: usize) -> Result<(), Trouble> {
    let n = d.len();
    let negligible = |d: &[f64], e: &[f64], m: usize| {
        e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs()) + NOTHING
    };
    let mut sweeps = 0;
    loop {
        let m = (l..n - 1).find(|&m| negligible(d, e, m)).unwrap_or(n - 1);
        if m == l {
            return Ok(());
        }
        if sweeps == SWEEPS {
            return Err(Trouble::NoConvergence { algorithm: "tridiagonal QL", limit: SWEEPS });
        }
        sweeps += 1;
        let slope = (d[l + 1] - d[l]) / (2.0 * e[l]);
        let mut g = d[m] - d[l] + e[l] / (slope + slope.hypot(1.0).copysign(slope));
        let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
        let mut split = false;
        for i in (l..m).rev() {
            let (f, b) = (s * e[i], c * e[i]);
            let r = f64::hypot(f, g);
            e[i + 1] = r;
            if r == 0.0 {
                // The rotation is undefined because the block has split here by itself.
                d[i + 1] -= p;
                e[m] = 0.0;
                split = true;
                break;
            }
            s = f / r;
            c = g / r;
            g = d[i + 1] - p;
            let t = (d[i] - g) * s + 2.0 * c * b;
            p = s * t;
            d[i + 1] = g + p;
            g = c * t - b;
            (z[i], z[i + 1]) = (c * z[i] - s * z[i + 1], s * z[i] + c * z[i + 1]);
        }
        if !split {
            d[l] -= p;
            e[l] = g;
            e[m] = 0.0;
        }
    }
}

/// All eigenvalues, ascending, by the QL iteration without square roots (Pal, Walker and Kahan;
/// Parlett 1998, section 8.15).
///
/// The error of an eigenvalue is a small multiple of the rounding unit times the norm of T.
///
/// ```
/// let values = hessian::linalg::tridiagonal_eigenvalues(&[2.0, 2.0], &[1.0])?;
/// assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), hessian::linalg::Trouble>(())
/// ```
///
/// # Errors
/// As [`tridiagonal_eigen`].
///
/// # Panics
/// When beta is not one shorter than alpha.
pub fn tridiagonal_eigenvalues(alpha: &[f64], beta: &[f64]) -> Result<Vec<f64>, Trouble> {
    let scale = norm(alpha, beta)?;
    let n = alpha.len();
    if scale == 0.0 {
        return Ok(vec![0.0; n]);
    }
    let mut d: Vec<f64> = alpha.iter().map(|x| x / scale).collect();
    let mut squares: Vec<f64> = beta.iter().map(|x| (x / scale).powi(2)).collect();
    // QL finds the values from the first entry on, soonest where small entries come first.
    if n > 0 && d[0].abs() > d[n - 1].abs() {
        d.reverse();
        squares.reverse();
    }
    squares.push(0.0);
    for l in 0..n {
        isolate_value(&mut d, &mut squares, l)?;
    }
    d.sort_by(f64::total_cmp);
    Ok(d.into_iter().map(|x| x * scale).collect())
}

/// [`isolate`] on the squares of the couplings, without vectors.
fn isolate_value(d: &mut [f64], squares: &mut [f64], l: usize) -> Result<(), Trouble> {
    let n = d.len();
    let negligible = |d: &[f64], squares: &[f64], m: usize| {
        let small = f64::EPSILON * (d[m].abs() + d[m + 1].abs()) + NOTHING;
        squares[m] <= small * small
    };
    let mut sweeps = 0;
    loop {
        let m = (l..n - 1).find(|&m| negligible(d, squares, m)).unwrap_or(n - 1);
        squares[m] = 0.0;
        if m == l {
            return Ok(());
        }
        if sweeps == SWEEPS {
            return Err(Trouble::NoConvergence { algorithm: "tridiagonal QL", limit: SWEEPS });
        }
        sweeps += 1;
        let coupling = squares[l].sqrt();
        let slope = (d[l + 1] - d[l]) / (2.0 * coupling);
        let shift = d[l] - coupling / (slope + slope.hypot(1.0).copysign(slope));
        let (mut c, mut s) = (1.0, 0.0);
        let mut gamma = d[m] - shift;
        let mut p = gamma * gamma;
        for i in (l..m).rev() {
            let square = squares[i];
            let r = p + square;
            squares[i + 1] = s * r;
            let previous = (c, gamma);
            c = p / r;
            s = square / r;
            gamma = c * (d[i] - shift) - s * gamma;
            d[i + 1] = previous.1 + (d[i] - gamma);
            // gamma^2 / c, or its limit where c vanishes
            p = if c < f64::MIN_POSITIVE { previous.0 * square } else { gamma * gamma * (r / p) };
        }
        squares[l] = s * p;
        d[l] = shift + gamma;
        squares[m] = 0.0;
    }
}

/// Number of eigenvalues of T below `x`, from the signs of the pivots of T - x (Sylvester's law
/// of inertia; Wilkinson 1965, section 5.38).
///
/// ```
/// assert_eq!(hessian::linalg::sturm_count(&[2.0, 2.0], &[1.0], 2.0), 1); // 1 and 3
/// ```
///
/// # Panics
/// When beta is not one shorter than alpha.
pub fn sturm_count(alpha: &[f64], beta: &[f64], x: f64) -> usize {
    assert_lengths(alpha, beta);
    let largest = beta.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    // A vanishing pivot is replaced by one whose quotient cannot overflow.
    let tiny = (f64::MIN_POSITIVE * largest.max(1.0) * largest.max(1.0)).max(f64::MIN_POSITIVE);
    let mut count = 0;
    let mut pivot = 1.0;
    for (i, a) in alpha.iter().enumerate() {
        let coupling = if i == 0 { 0.0 } else { beta[i - 1] * (beta[i - 1] / pivot) };
        pivot = a - x - coupling;
        if pivot.abs() < tiny {
            pivot = -tiny;
        }
        count += usize::from(pivot < 0.0);
    }
    count
}

/// The eigenvalue with `index` others below it (0 for the smallest), by bisection of Sturm counts
/// down to an interval of a quarter of the rounding unit times the norm of T (Barth, Martin and
/// Wilkinson 1967).
///
/// ```
/// let top = hessian::linalg::tridiagonal_eigenvalue(&[2.0, 2.0], &[1.0], 1)?;
/// assert!((top - 3.0).abs() < 1e-15);
/// # Ok::<(), hessian::linalg::Trouble>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] for a NaN or an infinity in T.
///
/// # Panics
/// When beta is not one shorter than alpha, or `index` is not below n.
pub fn tridiagonal_eigenvalue(alpha: &[f64], beta: &[f64], index: usize) -> Result<f64, Trouble> {
    let n = alpha.len();
    assert!(index < n, "eigenvalue {index} of a {n} x {n} matrix; need an index below {n}");
    let scale = norm(alpha, beta)?;
    if scale == 0.0 {
        return Ok(0.0);
    }
    let d: Vec<f64> = alpha.iter().map(|x| x / scale).collect();
    let e: Vec<f64> = beta.iter().map(|x| x / scale).collect();
    // Gershgorin: the norm bounds every eigenvalue; a little more lets the counts be strict.
    let (mut low, mut high) = (-1.0 - 4.0 * f64::EPSILON, 1.0 + 4.0 * f64::EPSILON);
    while high - low > f64::EPSILON / 4.0 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if sturm_count(&d, &e, middle) > index { high = middle } else { low = middle }
    }
    Ok((low + (high - low) / 2.0) * scale)
}

/// The largest row sum of |T|, which bounds the eigenvalues.
fn norm(alpha: &[f64], beta: &[f64]) -> Result<f64, Trouble> {
    assert_lengths(alpha, beta);
    if alpha.iter().chain(beta).any(|x| !x.is_finite()) {
        return Err(Trouble::NonFinite { at: "an entry of a tridiagonal matrix".into() });
    }
    let side = |i: Option<usize>| i.and_then(|i| beta.get(i)).map_or(0.0, |b| b.abs());
    Ok(alpha
        .iter()
        .enumerate()
        .map(|(i, a)| a.abs() + side(i.checked_sub(1)) + side(Some(i)))
        .fold(0.0, f64::max))
}

fn assert_lengths(alpha: &[f64], beta: &[f64]) {
    assert!(
        beta.len() == alpha.len().saturating_sub(1),
        "a tridiagonal matrix with {} diagonal entries has {} beside it, not {}",
        alpha.len(),
        alpha.len().saturating_sub(1),
        beta.len()
    );
}
