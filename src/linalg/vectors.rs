//! Sums over long vectors, in an order that vector registers can run: the same bits on every machine.

use super::lanes::vectorised;

/// Numbers added up side by side.
const LANES: usize = 16;

/// x' y over the shorter of both.
#[inline(always)]
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (ys, y_rest) = y.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (x, y) in xs.iter().zip(ys) {
        for i in 0..LANES {
            sums[i] += x[i] * y[i];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    total(sums) + rest
}

/// The sum, by halves.
#[inline(always)]
fn total<const N: usize>(mut sums: [f64; N]) -> f64 {
    let mut half = N / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// |x|, for squares that neither overflow nor vanish together.
pub fn norm(x: &[f64]) -> f64 {
    let mut square = 0.0;
    vectorised(|| square = dot(x, x));
    square.sqrt()
}

/// w <- w - Q (Q' w), by columns of Q four at a time, each four read from memory once (Gram and
/// Schmidt's projection, modified between the fours): Q is n x k with orthonormal columns that
/// follow one another in `basis`, w has n entries.
///
/// ```
/// let (basis, mut w) = ([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], [3.0, 4.0, 5.0]);
/// hessian::linalg::project_out(&basis, &mut w);
/// assert_eq!(w, [0.0, 0.0, 5.0]);
/// ```
pub fn project_out(basis: &[f64], w: &mut [f64]) {
    let n = w.len();
    if n == 0 {
        return;
    }
    vectorised(|| {
        let mut fours = basis.chunks_exact(4 * n);
        for four in &mut fours {
            let (p, rest) = four.split_at(n);
            let (q, rest) = rest.split_at(n);
            let (r, s) = rest.split_at(n);
            remove_four(w, [p, q, r, s]);
        }
        for column in fours.remainder().chunks_exact(n) {
            let overlap = dot(column, w);
            w.iter_mut().zip(column).for_each(|(w, q)| *w -= overlap * q);
        }
    });
}

#[inline(always)]
fn remove_four(w: &mut [f64], columns: [&[f64]; 4]) {
    const WIDE: usize = 8;
    let [p, q, r, s] = columns.map(|column| column.as_chunks::<WIDE>());
    let mut sums = [[0.0; WIDE]; 4];
    let (chunks, rest) = w.as_chunks_mut::<WIDE>();
    for ((((w, p), q), r), s) in chunks.iter().zip(p.0).zip(q.0).zip(r.0).zip(s.0) {
        for i in 0..WIDE {
            sums[0][i] += w[i] * p[i];
            sums[1][i] += w[i] * q[i];
            sums[2][i] += w[i] * r[i];
            sums[3][i] += w[i] * s[i];
        }
    }
    let ends = [p.1, q.1, r.1, s.1];
    let mut overlaps = sums.map(total);
    for (overlap, end) in overlaps.iter_mut().zip(ends) {
        *overlap += rest.iter().zip(end).map(|(w, q)| w * q).sum::<f64>();
    }
    let [a, b, c, d] = overlaps;
    for ((((w, p), q), r), s) in chunks.iter_mut().zip(p.0).zip(q.0).zip(r.0).zip(s.0) {
        for i in 0..WIDE {
            w[i] -= (a * p[i] + b * q[i]) + (c * r[i] + d * s[i]);
        }
    }
    for (i, w) in rest.iter_mut().enumerate() {
        *w -= (a * ends[0][i] + b * ends[1][i]) + (c * ends[2][i] + d * ends[3][i]);
    }
}
