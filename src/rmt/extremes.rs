//! The largest eigenvalues of eight symmetric tridiagonal matrices at once, by bisection of Sturm
//! counts (Barth, Martin and Wilkinson 1967).
//!
//! The recurrence of one matrix is a chain of divisions, each waiting for the one before; eight
//! matrices side by side fill the vector unit.

/// Matrices that are treated together.
pub const LANES: usize = 8;

/// One number for each of the matrices.
pub type Lanes = [f64; LANES];

/// The largest eigenvalue of each of eight symmetric tridiagonal matrices: row i of `diagonals` holds
/// their i-th diagonal entries, row i of `couplings` the entries between rows i and i + 1.
///
/// The error is a small multiple of the rounding unit times the norm. An entry that is not finite
/// makes its matrix's result NaN.
///
/// ```
/// let top = hessian::rmt::largest_eigenvalues(&[[2.0; 8], [2.0; 8]], &[[1.0; 8]]);
/// assert!((top[7] - 3.0).abs() < 1e-15);
/// ```
///
/// # Panics
/// When there is no row, or `couplings` is not one row shorter than `diagonals`.
pub fn largest_eigenvalues(diagonals: &[Lanes], couplings: &[Lanes]) -> Lanes {
    assert!(
        !diagonals.is_empty() && couplings.len() + 1 == diagonals.len(),
        "{} rows of diagonals have {} rows of couplings between them, not {}",
        diagonals.len(),
        diagonals.len().saturating_sub(1),
        couplings.len()
    );
    let norm = norms(diagonals, couplings);
    let squares: Vec<Lanes> = couplings.iter().map(|row| row.map(|b| b * b)).collect();
    // a vanishing pivot is replaced by one whose quotient cannot overflow
    let mut tiny = [f64::MIN_POSITIVE; LANES];
    for row in &squares {
        for lane in 0..LANES {
            tiny[lane] = tiny[lane].max(row[lane] * f64::MIN_POSITIVE);
        }
    }
    // Gershgorin's circles hold every eigenvalue; the largest is not below the largest diagonal entry
    let (mut low, mut high) = (diagonals[0], norm);
    for row in diagonals {
        for lane in 0..LANES {
            low[lane] = low[lane].max(row[lane]);
        }
    }
    for lane in 0..LANES {
        low[lane] -= 4.0 * f64::EPSILON * norm[lane];
        high[lane] += 4.0 * f64::EPSILON * norm[lane];
    }
    // from a width of at most twice the norm to a quarter of the rounding unit
    for _ in 0..56 {
        let mut middle = low;
        for lane in 0..LANES {
            middle[lane] += 0.5 * (high[lane] - low[lane]);
        }
        let above = any_above(diagonals, &squares, &middle, &tiny);
        for lane in 0..LANES {
            let up = above[lane] != 0.0;
            low[lane] = if up { middle[lane] } else { low[lane] };
            high[lane] = if up { high[lane] } else { middle[lane] };
        }
        // a comparison with NaN is false: a matrix that is not finite keeps nobody waiting
        let open = |lane: usize| high[lane] - low[lane] > 0.5 * f64::EPSILON * norm[lane];
        if !(0..LANES).any(open) {
            break;
        }
    }
    std::array::from_fn(|lane| {
        if norm[lane].is_finite() { 0.5 * (low[lane] + high[lane]) } else { f64::NAN }
    })
}

/// 1 for each matrix with an eigenvalue above its `x`, else 0: a pivot of T - x is then positive.
fn any_above(diagonals: &[Lanes], squares: &[Lanes], x: &Lanes, tiny: &Lanes) -> Lanes {
    let mut above = [0.0; LANES];
    let mut pivot = [0.0; LANES];
    let mut step = |diagonal: &Lanes, square: &Lanes, first: bool| {
        for lane in 0..LANES {
            let coupling = if first { 0.0 } else { square[lane] / pivot[lane] };
            let next = diagonal[lane] - x[lane] - coupling;
            let next = if next.abs() < tiny[lane] { -tiny[lane] } else { next };
            above[lane] = if next > 0.0 { 1.0 } else { above[lane] };
            pivot[lane] = next;
        }
    };
    step(&diagonals[0], &[0.0; LANES], true);
    for (diagonal, square) in diagonals[1..].iter().zip(squares) {
        step(diagonal, square, false);
    }
    above
}

/// The largest row sum of |T| of each matrix.
fn norms(diagonals: &[Lanes], couplings: &[Lanes]) -> Lanes {
    let mut norm = [0.0_f64; LANES];
    for (i, diagonal) in diagonals.iter().enumerate() {
        for lane in 0..LANES {
            let before = if i > 0 { couplings[i - 1][lane].abs() } else { 0.0 };
            let after = couplings.get(i).map_or(0.0, |row| row[lane].abs());
            let sum = diagonal[lane].abs() + before + after;
            // a NaN must not be lost in a maximum
            norm[lane] = if sum > norm[lane] || sum.is_nan() { sum } else { norm[lane] };
        }
    }
    norm
}
