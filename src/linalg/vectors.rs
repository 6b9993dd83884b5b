//! Sums over long vectors, in an order that vector registers can run: the same bits on every machine.

use std::array::from_fn;

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

/// The sum of a power of two numbers, by halves.
#[inline(always)]
pub fn total<const N: usize>(mut sums: [f64; N]) -> f64 {
    let mut half = N / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// |x|, also where squares overflow or vanish; NaN and infinite as the entries are.
///
/// ```
/// let norm = |unit: f64| hessian::linalg::norm(&[3.0 * unit, 4.0 * unit]) / unit;
/// assert_eq!([0, 600, -600].map(|power| norm(2.0_f64.powi(power))), [5.0; 3]);
/// ```
pub fn norm(x: &[f64]) -> f64 {
    let mut square = 0.0;
    vectorised(
        #[inline(always)]
        || square = dot(x, x),
    );
    if square.is_nan() || (ROUNDED..f64::INFINITY).contains(&square) {
        return square.sqrt();
    }
    let largest = x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    // near 1 by a power of two
    let scale = 2.0_f64.powi(-largest.log2().floor().clamp(-1000.0, 1000.0) as i32);
    x.iter().map(|x| (x * scale).powi(2)).sum::<f64>().sqrt() / scale
}

/// From here on a sum of squares has lost nothing to those that underflow, up to 10^11 of them.
const ROUNDED: f64 = 1e-280;

/// Columns that are projected out together.
const FOUR: usize = 4;

/// Numbers added up side by side in their overlaps.
const WIDE: usize = 8;

/// Entries of a column up to which four are removed while the next four are measured: the nine columns
/// at work then stay in a second cache of half a megabyte.
const SHORT: usize = 6 << 10;

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
    vectorised(
        #[inline(always)]
        || {
            let fours = basis.chunks_exact(FOUR * n);
            let rest = fours.remainder();
            let mut last: Option<Four<'_>> = None;
            let mut shares = [0.0; FOUR];
            for four in fours.map(|four| Four::new(four, n)) {
                shares = match last {
                    Some(last) if n <= SHORT => last.exchanged(shares, four, w),
                    Some(last) => {
                        last.removed(shares, w);
                        four.overlaps(w)
                    }
                    None => four.overlaps(w),
                };
                last = Some(four);
            }
            if let Some(last) = last {
                last.removed(shares, w);
            }
            for column in rest.chunks_exact(n) {
                let overlap = dot(column, w);
                w.iter_mut().zip(column).for_each(|(w, q)| *w -= overlap * q);
            }
        },
    );
}

/// Four columns, in chunks and what is left over.
#[derive(Clone, Copy)]
struct Four<'a> {
    chunks: [&'a [[f64; WIDE]]; FOUR],
    ends: [&'a [f64]; FOUR],
}

impl<'a> Four<'a> {
    #[inline(always)]
    fn new(columns: &'a [f64], n: usize) -> Self {
        let columns: [_; FOUR] = from_fn(|j| columns[j * n..][..n].as_chunks::<WIDE>());
        Self { chunks: columns.map(|column| column.0), ends: columns.map(|column| column.1) }
    }

    /// The shares of w in the columns.
    #[inline(always)]
    fn overlaps(self, w: &[f64]) -> [f64; FOUR] {
        let (chunks, end) = w.as_chunks::<WIDE>();
        let mut sums = [[0.0; WIDE]; FOUR];
        let [p, q, r, s] = self.chunks;
        for ((((w, p), q), r), s) in chunks.iter().zip(p).zip(q).zip(r).zip(s) {
            measure(w, [p, q, r, s], &mut sums);
        }
        self.totals(sums, end)
    }

    /// Removes the columns, with their shares, from w.
    #[inline(always)]
    fn removed(self, shares: [f64; FOUR], w: &mut [f64]) {
        let (chunks, end) = w.as_chunks_mut::<WIDE>();
        let [p, q, r, s] = self.chunks;
        for ((((w, p), q), r), s) in chunks.iter_mut().zip(p).zip(q).zip(r).zip(s) {
            remove(w, [p, q, r, s], shares);
        }
        self.end_removed(shares, end);
    }

    /// Removes the columns and returns the shares of what is left in `next`, in one pass over w.
    #[inline(always)]
    fn exchanged(self, shares: [f64; FOUR], next: Four<'_>, w: &mut [f64]) -> [f64; FOUR] {
        let (chunks, end) = w.as_chunks_mut::<WIDE>();
        let mut sums = [[0.0; WIDE]; FOUR];
        let ([p, q, r, s], [e, f, g, h]) = (self.chunks, next.chunks);
        let old = p.iter().zip(q).zip(r).zip(s);
        let new = e.iter().zip(f).zip(g).zip(h);
        for ((w, (((p, q), r), s)), (((e, f), g), h)) in chunks.iter_mut().zip(old).zip(new) {
            remove(w, [p, q, r, s], shares);
            measure(w, [e, f, g, h], &mut sums);
        }
        self.end_removed(shares, end);
        next.totals(sums, end)
    }

    #[inline(always)]
    fn end_removed(self, [a, b, c, d]: [f64; FOUR], end: &mut [f64]) {
        let [p, q, r, s] = self.ends;
        for (i, w) in end.iter_mut().enumerate() {
            *w -= (a * p[i] + b * q[i]) + (c * r[i] + d * s[i]);
        }
    }

    #[inline(always)]
    fn totals(self, sums: [[f64; WIDE]; FOUR], end: &[f64]) -> [f64; FOUR] {
        let mut overlaps = sums.map(total);
        for (overlap, column) in overlaps.iter_mut().zip(self.ends) {
            *overlap += end.iter().zip(column).map(|(w, q)| w * q).sum::<f64>();
        }
        overlaps
    }
}

// The four written out: a loop over them runs a third slower.
#[inline(always)]
fn measure(w: &[f64; WIDE], [p, q, r, s]: [&[f64; WIDE]; FOUR], sums: &mut [[f64; WIDE]; FOUR]) {
    for i in 0..WIDE {
        sums[0][i] += w[i] * p[i];
        sums[1][i] += w[i] * q[i];
        sums[2][i] += w[i] * r[i];
        sums[3][i] += w[i] * s[i];
    }
}

#[inline(always)]
fn remove(w: &mut [f64; WIDE], [p, q, r, s]: [&[f64; WIDE]; FOUR], [a, b, c, d]: [f64; FOUR]) {
    for i in 0..WIDE {
        w[i] -= (a * p[i] + b * q[i]) + (c * r[i] + d * s[i]);
    }
}
