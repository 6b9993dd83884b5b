//! Reduction of a symmetric band to a tridiagonal, the second of two stages (Lang 1993): each column
//! is cleared by a reflector, whose fill-in further reflectors chase down the band and out.

use super::band::{BAND, reflector};
use super::lanes::vectorised;
use super::vectors::dot;

/// Entries kept of each column: from BAND above the diagonal to 2 BAND - 1 below it.
const HEIGHT: usize = 3 * BAND;

/// From a column's entry to the one beside it.
const STEP: usize = HEIGHT - 1;

/// Diagonal and off-diagonal of a tridiagonal matrix with the eigenvalues, up to rounding, of the
/// symmetric n x n band with [`BAND`] entries below the diagonal in each column of `a`.
pub(super) fn tridiagonal(a: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut band = Band::new(a, n);
    vectorised(
        #[inline(always)]
        || (0..n.saturating_sub(2)).for_each(|column| band.sweep(column)),
    );
    let alpha = (0..n).map(|j| band.entries[place(j)]).collect();
    let beta = (1..n).map(|j| band.entries[place(j - 1) + 1]).collect();
    (alpha, beta)
}

/// Where the diagonal entry of column j is.
#[inline(always)]
fn place(j: usize) -> usize {
    j * HEIGHT + BAND
}

/// A band with room for the fill-in below, a mirror of what lies near the diagonal above, and zeros
/// after its end, so that every block is a whole one.
struct Band {
    entries: Vec<f64>,
    n: usize,
}

type Vector = [f64; BAND];

impl Band {
    fn new(a: &[f64], n: usize) -> Self {
        let mut entries = vec![0.0; (n + 2 * BAND) * HEIGHT];
        for j in 0..n {
            let below = BAND.min(n - 1 - j);
            let column = &a[j * n + j..=j * n + j + below];
            entries[place(j)..=place(j) + below].copy_from_slice(column);
            for (i, entry) in column.iter().enumerate().take(BAND).skip(1) {
                entries[place(j + i) - i] = *entry;
            }
        }
        Self { entries, n }
    }

    /// Clears a column below its first entry beside the diagonal.
    #[inline(always)]
    fn sweep(&mut self, column: usize) {
        let under = place(column) + 1;
        let mut v: Vector = [0.0; BAND];
        v.copy_from_slice(&self.entries[under..under + BAND]);
        let (mut factor, end) = reflector(&mut v);
        self.entries[under..under + BAND].fill(0.0);
        self.entries[under] = end;
        for start in (column + 1..self.n).step_by(BAND) {
            (v, factor) = self.chase(start, &v, factor);
        }
    }

    /// Applies the reflector I - f v v' from both sides at the rows and columns from `start` on, and
    /// gives the next one, which has cleared the first column of the fill-in below.
    #[inline(always)]
    fn chase(&mut self, start: usize, v: &Vector, factor: f64) -> (Vector, f64) {
        let from = place(start);
        let block = &mut self.entries[from..from + (BAND - 1) * STEP + 2 * BAND];
        // The last sweep left this row without its mirror.
        for c in 0..BAND - 1 {
            block[(BAND - 1) * STEP + c] = block[c * STEP + BAND - 1];
        }
        let (mut w, mut y) = products(block, v);
        let half = 0.5 * factor * factor * dot(&w, v);
        for i in 0..BAND {
            w[i] = factor * w[i] - half * v[i];
            y[i] *= factor;
        }
        let (diagonal, below) = column(block, 0);
        rank_two(diagonal, v, &w, 0);
        rank_one(below, &y, v[0]);
        let mut next = *below;
        let (next_factor, end) = reflector(&mut next);
        *below = [0.0; BAND];
        below[0] = end;
        for c in 1..BAND {
            let (diagonal, below) = column(block, c);
            rank_two(diagonal, v, &w, c);
            rank_one(below, &y, v[c]);
            let inner = next_factor * dot(below, &next);
            rank_one(below, &next, inner);
        }
        (next, next_factor)
    }
}

/// A column's part on the diagonal, and the part below it.
#[inline(always)]
fn column(block: &mut [f64], c: usize) -> (&mut Vector, &mut Vector) {
    let (diagonal, rest) = block[c * STEP..].split_first_chunk_mut().expect("whole blocks");
    (diagonal, rest.first_chunk_mut().expect("whole blocks"))
}

/// Both parts times v, four columns at a time.
#[inline(always)]
fn products(block: &[f64], v: &Vector) -> (Vector, Vector) {
    let mut sums = [0.0; 2 * BAND];
    for c in (0..BAND).step_by(4) {
        let column = |c: usize| -> &[f64; 2 * BAND] {
            block[c * STEP..].first_chunk().expect("whole blocks")
        };
        let (p, q, r, s) = (column(c), column(c + 1), column(c + 2), column(c + 3));
        let (a, b, d, e) = (v[c], v[c + 1], v[c + 2], v[c + 3]);
        for i in 0..2 * BAND {
            sums[i] += (p[i] * a + q[i] * b) + (r[i] * d + s[i] * e);
        }
    }
    let (mut w, mut y) = ([0.0; BAND], [0.0; BAND]);
    w.copy_from_slice(&sums[..BAND]);
    y.copy_from_slice(&sums[BAND..]);
    (w, y)
}

/// x <- x - v w_c - w v_c.
#[inline(always)]
fn rank_two(x: &mut Vector, v: &Vector, w: &Vector, c: usize) {
    let (vc, wc) = (v[c], w[c]);
    for i in 0..BAND {
        x[i] -= v[i] * wc + w[i] * vc;
    }
}

/// x <- x - c y.
#[inline(always)]
fn rank_one(x: &mut Vector, y: &Vector, c: f64) {
    for i in 0..BAND {
        x[i] -= y[i] * c;
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use crate::linalg::{band, symmetric_eigenvalues, tridiagonal_eigenvalues};

    /// Every number of rows left over by bands and blocks, against faer.
    #[test]
    fn two_stages_keep_the_eigenvalues_of_every_size() {
        let mut x = 1_u64;
        let mut next = || {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        for n in (1..=140).chain([180, 257, 300, 401]) {
            let half = DMatrix::from_fn(n, n, |_, _| next());
            let mut matrix = &half + half.transpose();
            let expected = symmetric_eigenvalues(&matrix).unwrap();
            // only the lower triangle is read
            matrix.fill_upper_triangle(f64::NAN, 1);
            band::reduce(matrix.as_mut_slice(), n);
            let (alpha, beta) = super::tridiagonal(matrix.as_slice(), n);
            let found = tridiagonal_eigenvalues(&alpha, &beta).unwrap();
            let bound = 30.0 * n as f64 * f64::EPSILON * half.norm();
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= bound, "{n}: {found} for {expected}");
            }
        }
    }
}
