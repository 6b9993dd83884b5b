//! Matrix products with few rows, such as those of narrow layers.
//!
//! A tile of the result, up to three registers by four columns, stays in registers while the inner
//! index runs. So every entry is one sum in the order of k, rounded once per term, whatever tile it
//! lies in and however large the matrices are.

use std::array::from_fn;

use pulp::{Arch, Simd, WithSimd};

use super::gemm::{Real, View, ViewMut};

/// Columns of a tile.
const COLUMNS: usize = 4;

/// Registers of a tile's column.
const REGISTERS: usize = 3;

/// Whether this machine has fused multiply-add on vectors, which [`product`] lives on.
pub(super) fn is_fast() -> bool {
    !matches!(Arch::new(), Arch::Scalar)
}

/// C <- the sum of A B over the terms, added to C or in its place; the columns of C lie without gaps
/// between their entries, and those of every B or its rows, which then do not overlap.
pub(super) fn product<T: Real, const L: usize>(
    terms: [(View<'_, T>, View<'_, T>); L],
    add: bool,
    c: ViewMut<'_, T>,
) {
    Arch::new().dispatch(Product { terms, add, c });
}

struct Product<'a, T, const L: usize> {
    terms: [(View<'a, T>, View<'a, T>); L],
    add: bool,
    c: ViewMut<'a, T>,
}

impl<T: Real, const L: usize> WithSimd for Product<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { terms, add, mut c } = self;
        let (m, width) = (c.shape.rows, T::width::<S>());
        if m < width {
            return wide_enough(simd, terms, add, c, width);
        }
        // Panels of about equal height: one of a single register would wait for its own sums.
        let registers = m.div_ceil(width);
        let panels = registers.div_ceil(REGISTERS);
        let mut room = [const { Vec::new() }; L];
        for panel in 0..panels {
            let first = panel * registers / panels;
            let end = (panel + 1) * registers / panels;
            let rows = first * width..(end * width).min(m);
            let mut room = room.iter_mut();
            let sides =
                terms.map(|(a, b)| (Panel::new(&a, &rows, room.next().expect("one per term")), b));
            let mut target = Target { add, first: rows.start, rows: rows.len(), c: c.reborrow() };
            match end - first {
                1 => target.fill::<S, 1, L>(simd, &sides),
                2 => target.fill::<S, 2, L>(simd, &sides),
                _ => target.fill::<S, 3, L>(simd, &sides),
            }
        }
    }
}

/// The same for fewer rows than a register has places: rows of zeros make up for them.
#[inline(always)]
fn wide_enough<T: Real, S: Simd, const L: usize>(
    simd: S,
    terms: [(View<'_, T>, View<'_, T>); L],
    add: bool,
    c: ViewMut<'_, T>,
    width: usize,
) {
    let (m, n) = (c.shape.rows, c.shape.cols);
    let padded = terms.map(|(a, _)| raised(&a, width));
    let terms: [_; L] =
        from_fn(|i| (View::new(&padded[i], width, terms[i].0.shape.cols), terms[i].1));
    let mut whole = if add { raised(&c.as_view(), width) } else { vec![T::zero(); width * n] };
    let target = ViewMut::new(&mut whole, width, n);
    Product { terms, add, c: target }.with_simd(simd);
    for (j, whole) in whole.chunks_exact(width).enumerate() {
        c.data[j * c.shape.col_stride..][..m].copy_from_slice(&whole[..m]);
    }
}

/// A copy with rows of zeros below.
fn raised<T: Real>(a: &View<'_, T>, rows: usize) -> Vec<T> {
    let shape = a.shape;
    let mut raised = vec![T::zero(); rows * shape.cols];
    for (l, column) in raised.chunks_exact_mut(rows).enumerate() {
        for (i, entry) in column[..shape.rows].iter_mut().enumerate() {
            *entry = a.data[i * shape.row_stride + l * shape.col_stride];
        }
    }
    raised
}

/// Some rows of A: column l starts at `data[l * stride]`.
#[derive(Clone, Copy)]
struct Panel<'a, T> {
    data: &'a [T],
    stride: usize,
}

impl<'a, T: Real> Panel<'a, T> {
    /// Rows of A where they lie, or copied to `room` where neighbours in a column lie apart.
    #[inline(always)]
    fn new(a: &View<'a, T>, rows: &std::ops::Range<usize>, room: &'a mut Vec<T>) -> Self {
        let (shape, height) = (a.shape, rows.len());
        if shape.row_stride == 1 && shape.col_stride >= height {
            let last = (shape.cols - 1) * shape.col_stride + rows.end;
            return Self { data: &a.data[rows.start..last], stride: shape.col_stride };
        }
        room.clear();
        room.resize(height * shape.cols, T::zero());
        for (i, row) in rows.clone().enumerate() {
            let from = a.data[row * shape.row_stride..].iter().step_by(shape.col_stride.max(1));
            for (to, from) in room[i..].iter_mut().step_by(height).zip(from) {
                *to = *from;
            }
        }
        Self { data: room, stride: height }
    }
}

/// Rows of C to be written.
struct Target<'a, T> {
    add: bool,
    first: usize,
    rows: usize,
    c: ViewMut<'a, T>,
}

impl<T: Real> Target<'_, T> {
    #[inline(always)]
    fn fill<S: Simd, const M: usize, const L: usize>(
        &mut self,
        simd: S,
        sides: &[(Panel<'_, T>, View<'_, T>); L],
    ) {
        let n = self.c.shape.cols;
        let mut j = 0;
        while j + COLUMNS <= n {
            self.tile::<S, M, COLUMNS, L>(simd, sides, j);
            j += COLUMNS;
        }
        while j < n {
            self.tile::<S, M, 1, L>(simd, sides, j);
            j += 1;
        }
    }

    /// N columns from column j on.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize, const L: usize>(
        &mut self,
        simd: S,
        sides: &[(Panel<'_, T>, View<'_, T>); L],
        j: usize,
    ) {
        let mut sums = [[T::filled(simd, T::zero()); M]; N];
        if self.add {
            for (n, sums) in sums.iter_mut().enumerate() {
                let rows = self.rows;
                *sums = column::<T, S, M>(self.column(j + n), rows);
            }
        }
        for (a, b) in sides {
            sums = added::<T, S, M, N>(simd, sums, *a, b, self.rows, j);
        }
        for (n, sums) in sums.iter().enumerate() {
            let rows = self.rows;
            let column = self.column(j + n);
            for (m, sum) in sums.iter().enumerate() {
                T::lanes_mut::<S>(&mut column[start::<T, S, M>(m, rows)..])[0] = *sum;
            }
        }
    }

    #[inline(always)]
    fn column(&mut self, j: usize) -> &mut [T] {
        &mut self.c.data[self.first + j * self.c.shape.col_stride..][..self.rows]
    }
}

/// Where register m of a column starts: the last one ends with the column, and so may share rows with
/// the one before, which hold the same numbers in both.
#[inline(always)]
fn start<T: Real, S: Simd, const M: usize>(m: usize, rows: usize) -> usize {
    if m + 1 == M { rows - T::width::<S>() } else { m * T::width::<S>() }
}

/// The registers of a column.
#[inline(always)]
fn column<T: Real, S: Simd, const M: usize>(column: &[T], rows: usize) -> [T::Lanes<S>; M] {
    let column = &column[..rows];
    from_fn(|m| T::lanes::<S>(&column[start::<T, S, M>(m, rows)..])[0])
}

/// The sums with columns of A times rows of B added.
#[inline(always)]
fn added<T: Real, S: Simd, const M: usize, const N: usize>(
    simd: S,
    mut sums: [[T::Lanes<S>; M]; N],
    a: Panel<'_, T>,
    b: &View<'_, T>,
    rows: usize,
    j: usize,
) -> [[T::Lanes<S>; M]; N] {
    let shape = b.shape;
    let columns_of_a = a.data.chunks(a.stride);
    if shape.row_stride == 1 {
        let columns: [&[T]; N] = from_fn(|n| &b.data[(j + n) * shape.col_stride..][..shape.rows]);
        for (l, column_of_a) in (0..shape.rows).zip(columns_of_a) {
            let a = column::<T, S, M>(column_of_a, rows);
            for n in 0..N {
                let x = T::filled(simd, columns[n][l]);
                for m in 0..M {
                    sums[n][m] = T::fused(simd, a[m], x, sums[n][m]);
                }
            }
        }
    } else {
        for (row, column_of_a) in b.data[j..].chunks(shape.row_stride).zip(columns_of_a) {
            let a = column::<T, S, M>(column_of_a, rows);
            let Some(row) = row.first_chunk::<N>() else { break };
            for n in 0..N {
                let x = T::filled(simd, row[n]);
                for m in 0..M {
                    sums[n][m] = T::fused(simd, a[m], x, sums[n][m]);
                }
            }
        }
    }
    sums
}
