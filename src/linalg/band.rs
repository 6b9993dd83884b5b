//! Reduction of a dense symmetric matrix to a band, the first of two stages to a tridiagonal one
//! (Bischof, Lang and Sun 2000): its work is wide matrix products, where the usual reduction in one
//! stage spends half of it on products with single vectors, as fast as memory delivers the matrix.

use super::gemm::{View, ViewMut, gemm};
use super::lanes::vectorised;
use super::vectors::dot;

/// Columns reduced at once and the width of the band: b. Chosen here by measurement: the second
/// stage costs 6 n^2 b operations, and products with fewer columns slow the first stage down.
pub(super) const BAND: usize = 32;

/// Columns of the trailing matrix that a product takes at once; chosen here by measurement.
const WIDE: usize = 128;

/// Reduces the symmetric n x n matrix in the lower triangle of `a`, by columns, to one with at most
/// [`BAND`] entries below the diagonal in each column, with the same eigenvalues up to rounding.
/// The rest of `a` is left with no meaning; its entries are at most about 1.
pub(super) fn reduce(a: &mut [f64], n: usize) {
    let mut room = Room::default();
    for from in (0..n).step_by(BAND) {
        // a block of fewer than two rows lies in the band already
        if from + BAND + 1 >= n {
            break;
        }
        let start = from + BAND;
        let rows = n - start;
        let count = BAND.min(rows - 1);
        room.resize(rows, count);
        factor(a, n, from, &mut room);
        multiply(&a[start * n + start..], n, &mut room);
        update(&mut a[start * n + start..], n, &room);
    }
}

/// A panel's reflectors I - V T V', and what multiplies them.
#[derive(Default)]
struct Room {
    rows: usize,
    count: usize,
    /// [V W]: rows x 2 count.
    left: Vec<f64>,
    /// [W V].
    right: Vec<f64>,
    /// T, upper triangular: count x count.
    t: Vec<f64>,
    /// A V: rows x count.
    product: Vec<f64>,
    /// A block of A on the diagonal, both triangles.
    block: Vec<f64>,
}

impl Room {
    fn resize(&mut self, rows: usize, count: usize) {
        (self.rows, self.count) = (rows, count);
        self.left.resize(2 * rows * count, 0.0);
        self.right.resize(2 * rows * count, 0.0);
        self.product.resize(rows * count, 0.0);
        self.t.resize(count * count, 0.0);
    }
}

/// Householder's QR of the panel below the band: R stays in `a`, V and T go to `room`.
fn factor(a: &mut [f64], n: usize, from: usize, room: &mut Room) {
    let (rows, count) = (room.rows, room.count);
    let start = from + BAND;
    let panel = &mut room.product; // free until the product is made
    panel.resize(rows * BAND, 0.0);
    for (j, column) in panel.chunks_exact_mut(rows).enumerate() {
        let place = (from + j) * n + start;
        column.copy_from_slice(&a[place..place + rows]);
    }
    let mut factors = [0.0; BAND];
    for j in 0..count {
        let (done, rest) = panel.split_at_mut((j + 1) * rows);
        let v = &mut done[j * rows + j..];
        let (factor, end) = reflector(v);
        factors[j] = factor;
        vectorised(
            #[inline(always)]
            || {
                for column in rest.chunks_exact_mut(rows) {
                    let column = &mut column[j..];
                    let inner = factor * dot(v, column);
                    column.iter_mut().zip(v.iter()).for_each(|(x, v)| *x -= inner * v);
                }
            },
        );
        // the column is done: its end, and above it rows of R
        let place = (from + j) * n + start;
        a[place..place + j].copy_from_slice(&done[j * rows..j * rows + j]);
        a[place + j] = end;
        a[place + j + 1..place + rows].fill(0.0);
    }
    // columns that are wider than high keep what the reflectors made of them
    for j in count..BAND {
        let place = (from + j) * n + start;
        a[place..place + rows].copy_from_slice(&panel[j * rows..(j + 1) * rows]);
    }
    for (j, v) in panel.chunks_exact(rows).take(count).enumerate() {
        let column = &mut room.left[j * rows..(j + 1) * rows];
        column[..j].fill(0.0);
        column[j..].copy_from_slice(&v[j..]);
    }
    room.product.truncate(rows * count);
    triangle(room, &factors);
}

/// T of I - V T V' = H_1 ... H_k with H_j = I - f_j v_j v_j' (Schreiber and Van Loan 1989).
fn triangle(room: &mut Room, factors: &[f64; BAND]) {
    let (rows, count) = (room.rows, room.count);
    let mut gram = [0.0; BAND * BAND];
    let v = View::new(&room.left, rows, count);
    gemm(1.0, v.transposed(), v, 0.0, ViewMut::new(&mut gram, count, count));
    room.t.fill(0.0);
    for j in 0..count {
        for i in 0..j {
            let sum: f64 = (i..j).map(|l| room.t[i + l * count] * gram[l + j * count]).sum();
            room.t[i + j * count] = -factors[j] * sum;
        }
        room.t[j + j * count] = factors[j];
    }
}

/// W = Y - V (T' V' Y) / 2 with Y = A V T, so that Q' A Q = A - V W' - W V'.
fn multiply(a: &[f64], n: usize, room: &mut Room) {
    let (rows, count) = (room.rows, room.count);
    room.product.fill(0.0);
    for from in (0..rows).step_by(WIDE) {
        let to = (from + WIDE).min(rows);
        let wide = to - from;
        room.block.resize(wide * wide, 0.0);
        for j in 0..wide {
            for i in j..wide {
                let entry = a[(from + j) * n + from + i];
                room.block[j * wide + i] = entry;
                room.block[i * wide + j] = entry;
            }
        }
        let part = |data, first, rows_of| View::strided(data, rows_of, count, 1, first);
        let v = part(&room.left[from..], rows, wide);
        let x = ViewMut::strided(&mut room.product[from..], wide, count, 1, rows);
        gemm(1.0, View::new(&room.block, wide, wide), v, 1.0, x);
        if to == rows {
            break;
        }
        let below = View::strided(&a[from * n + to..], rows - to, wide, 1, n);
        let x = ViewMut::strided(&mut room.product[to..], rows - to, count, 1, rows);
        gemm(1.0, below, v, 1.0, x);
        let v = part(&room.left[to..], rows, rows - to);
        let x = ViewMut::strided(&mut room.product[from..], wide, count, 1, rows);
        gemm(1.0, below.transposed(), v, 1.0, x);
    }
    let square = |data| View::new(data, count, count);
    let (mut inner, mut turned) = ([0.0; BAND * BAND], [0.0; BAND * BAND]);
    let (v, w) = room.left.split_at_mut(rows * count);
    let v = View::new(v, rows, count);
    let mut w = ViewMut::new(w, rows, count);
    gemm(1.0, View::new(&room.product, rows, count), square(&room.t), 0.0, w.reborrow());
    let small = ViewMut::new(&mut inner, count, count);
    gemm(1.0, v.transposed(), w.as_view(), 0.0, small);
    let small = ViewMut::new(&mut turned, count, count);
    gemm(0.5, square(&room.t).transposed(), square(&inner), 0.0, small);
    gemm(-1.0, v, square(&turned), 1.0, w);
    let (w, v) = room.right.split_at_mut(rows * count);
    v.copy_from_slice(&room.left[..rows * count]);
    w.copy_from_slice(&room.left[rows * count..]);
}

/// A <- A - [V W] [W V]' in the lower triangle (and in blocks on the diagonal).
fn update(a: &mut [f64], n: usize, room: &Room) {
    let (rows, inner) = (room.rows, 2 * room.count);
    for from in (0..rows).step_by(WIDE) {
        let wide = WIDE.min(rows - from);
        let left = View::strided(&room.left[from..], rows - from, inner, 1, rows);
        let right = View::strided(&room.right[from..], wide, inner, 1, rows);
        let block = ViewMut::strided(&mut a[from * n + from..], rows - from, wide, 1, n);
        gemm(-1.0, left, right.transposed(), 1.0, block);
    }
}

/// Makes of x the vector v, with v_0 = 1, of the reflector H = I - f v v' for which H x lies on the
/// first axis; returns f and the first entry of H x.
pub(super) fn reflector(x: &mut [f64]) -> (f64, f64) {
    let mut square = 0.0;
    vectorised(
        #[inline(always)]
        || square = dot(&x[1..], &x[1..]),
    );
    let first = x[0];
    x[0] = 1.0;
    // In a matrix of norm 1 such a rest is nothing, and its reciprocal might overflow.
    if square <= f64::MIN_POSITIVE {
        x[1..].fill(0.0);
        return (0.0, first);
    }
    let end = -(first * first + square).sqrt().copysign(first);
    let scale = 1.0 / (first - end);
    x[1..].iter_mut().for_each(|x| *x *= scale);
    ((end - first) / end, end)
}
