//! Matrix products with few rows, such as those of narrow layers.
//!
//! A tile of the result, three registers by four columns, stays in registers while the inner
//! index runs. So every entry is one sum in the order of k, rounded once per term, whatever tile it
//! lies in and however large the matrices are.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::gemm::{Real, View, ViewMut};

/// Columns of a tile.
const COLUMNS: usize = 4;

/// The most numbers in a register, of any machine.
const WIDEST: usize = 16;

/// Whether this machine has fused multiply-add on vectors, which [`product`] lives on.
pub(super) fn is_fast() -> bool {
    !matches!(Arch::new(), Arch::Scalar)
}

/// C <- alpha A B, added to C or in its place, for alpha = 1 or -1; the columns of C lie without
/// gaps between their entries, and those of B or its rows.
pub(super) fn product<T: Real>(
    alpha: T,
    a: View<'_, T>,
    b: View<'_, T>,
    add: bool,
    c: ViewMut<'_, T>,
) {
    Arch::new().dispatch(Product { alpha, a, b, add, c });
}

struct Product<'a, T> {
    alpha: T,
    a: View<'a, T>,
    b: View<'a, T>,
    add: bool,
    c: ViewMut<'a, T>,
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (m, k) = (self.a.shape.rows, self.a.shape.cols);
        let width = T::width::<S>();
        let shape = self.a.shape;
        let mut packed = Vec::new();
        let mut row = 0;
        while row < m {
            let rows = (3 * width).min(m - row);
            let padded = rows.next_multiple_of(width);
            let data = &self.a.data[row..];
            // Where rows end within a register, the rest of it reads on into the next column; what
            // that gives lies below the rows that are stored. The last columns have no next one.
            let direct = if shape.row_stride == 1 {
                let fitting = (data.len() + shape.col_stride).saturating_sub(padded);
                (fitting / shape.col_stride.max(1)).min(k)
            } else {
                0
            };
            pack(&self.a, row, rows, padded, direct, &mut packed);
            let (stride, packed) = (shape.col_stride, &packed[..]);
            let panel = Panel { data, stride, direct, packed, padded, row, rows, k };
            match padded / width {
                1 => self.c.panel::<S, 1>(simd, self.alpha, panel, &self.b, self.add),
                2 => self.c.panel::<S, 2>(simd, self.alpha, panel, &self.b, self.add),
                _ => self.c.panel::<S, 3>(simd, self.alpha, panel, &self.b, self.add),
            }
            row += rows;
        }
    }
}

/// Some rows of A: column l starts at `data[l * stride]` for the first `direct` columns, the others
/// follow one another in `packed`.
#[derive(Clone, Copy)]
struct Panel<'a, T> {
    data: &'a [T],
    stride: usize,
    direct: usize,
    packed: &'a [T],
    padded: usize,
    row: usize,
    rows: usize,
    k: usize,
}

/// Copies rows of A, from column `start` on, with zeros up to a whole number of registers.
#[inline(always)]
fn pack<T: Real>(
    a: &View<'_, T>,
    row: usize,
    rows: usize,
    padded: usize,
    start: usize,
    packed: &mut Vec<T>,
) {
    let shape = a.shape;
    packed.clear();
    packed.resize(padded * (shape.cols - start), T::zero());
    for (l, column) in packed.chunks_exact_mut(padded).enumerate() {
        let from = &a.data[row * shape.row_stride + (start + l) * shape.col_stride..];
        for (to, from) in column[..rows].iter_mut().zip(from.iter().step_by(shape.row_stride)) {
            *to = *from;
        }
    }
}

impl<T: Real> ViewMut<'_, T> {
    #[inline(always)]
    fn panel<S: Simd, const M: usize>(
        &mut self,
        simd: S,
        alpha: T,
        a: Panel<'_, T>,
        b: &View<'_, T>,
        add: bool,
    ) {
        let n = b.shape.cols;
        let mut j = 0;
        while j + COLUMNS <= n {
            let tile = tile::<T, S, M, COLUMNS>(simd, a, b, j);
            self.store(simd, alpha, &tile, a, j, add);
            j += COLUMNS;
        }
        while j < n {
            let tile = tile::<T, S, M, 1>(simd, a, b, j);
            self.store(simd, alpha, &tile, a, j, add);
            j += 1;
        }
    }

    #[inline(always)]
    fn store<S: Simd, const M: usize, const N: usize>(
        &mut self,
        simd: S,
        alpha: T,
        tile: &[[T::Lanes<S>; M]; N],
        a: Panel<'_, T>,
        j: usize,
        add: bool,
    ) {
        let zero = T::filled(simd, T::zero());
        let alpha = T::filled(simd, alpha);
        for (n, registers) in tile.iter().enumerate() {
            let column = &mut self.data[a.row + (j + n) * self.shape.col_stride..][..a.rows];
            let mut room = [T::zero(); 3 * WIDEST];
            let whole = a.rows == M * T::width::<S>();
            let target = if whole {
                T::lanes_mut::<S>(&mut *column)
            } else {
                room[..a.rows].copy_from_slice(column);
                T::lanes_mut::<S>(&mut room)
            };
            for (to, sum) in target.iter_mut().zip(registers) {
                *to = T::fused(simd, alpha, *sum, if add { *to } else { zero });
            }
            if !whole {
                column.copy_from_slice(&room[..column.len()]);
            }
        }
    }
}

/// N columns of A B from column j on.
#[inline(always)]
fn tile<T: Real, S: Simd, const M: usize, const N: usize>(
    simd: S,
    a: Panel<'_, T>,
    b: &View<'_, T>,
    j: usize,
) -> [[T::Lanes<S>; M]; N] {
    let mut sums = [[T::filled(simd, T::zero()); M]; N];
    accumulate(simd, &mut sums, a.data, a.stride, 0..a.direct, b, j);
    if a.direct < a.k {
        accumulate(simd, &mut sums, a.packed, a.padded, a.direct..a.k, b, j);
    }
    sums
}

/// Adds columns of A, one every `stride` numbers, times the rows of B in `inner`.
///
/// Where a slice could be too short these loops end rather than panic, which never happens but would
/// keep the sums in memory.
#[inline(always)]
fn accumulate<T: Real, S: Simd, const M: usize, const N: usize>(
    simd: S,
    sums: &mut [[T::Lanes<S>; M]; N],
    a: &[T],
    stride: usize,
    inner: Range<usize>,
    b: &View<'_, T>,
    j: usize,
) {
    let shape = b.shape;
    let length = inner.len();
    let columns_of_a =
        (0..length).map_while(|l| T::lanes::<S>(a.get(l * stride..)?).first_chunk::<M>());
    if shape.row_stride == 1 {
        let mut columns = [&b.data[..0]; N];
        for (n, column) in columns.iter_mut().enumerate() {
            *column = &b.data[(j + n) * shape.col_stride + inner.start..][..length];
        }
        'inner: for (l, rows) in columns_of_a.enumerate() {
            for n in 0..N {
                let Some(x) = columns[n].get(l) else { break 'inner };
                let x = T::filled(simd, *x);
                for m in 0..M {
                    sums[n][m] = T::fused(simd, rows[m], x, sums[n][m]);
                }
            }
        }
    } else {
        for (l, rows) in columns_of_a.enumerate() {
            let from = (inner.start + l) * shape.row_stride + j;
            let row = b.data.get(from..).and_then(|row| row.first_chunk::<N>());
            let Some(row) = row else { break };
            for n in 0..N {
                let x = T::filled(simd, row[n]);
                for m in 0..M {
                    sums[n][m] = T::fused(simd, rows[m], x, sums[n][m]);
                }
            }
        }
    }
}
