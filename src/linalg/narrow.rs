//! Matrix products with few rows, such as those of narrow layers.
//!
//! A tile of the result, such as three registers by three columns, stays in registers while the inner
//! index runs. So every entry is one sum in the order of k, rounded once per term, whatever tile it
//! lies in, however wide registers are and however large the matrices.
//!
//! Tiles leave some of the registers free, of which AVX-512 has 32 and AVX2 sixteen: with three by four
//! columns, which need all of AVX2's, the compiler at times kept a sum in memory, at half the speed. NEON
//! takes the tiles of AVX2.

use std::ops::Range;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom};

use super::gemm::{Real, Shape, View, ViewMut};
use super::lanes::{Kernel, Vector, fused};

/// Registers of a tile's column, at most.
const REGISTERS: usize = 3;

/// Bytes of A and B together that a block of the inner index may have, so that it stays in the first
/// cache beside a tile.
const BLOCK: usize = 24 << 10;

/// C <- the sum of A B over the terms, added to C or in its place; the columns of C lie without gaps
/// between their entries, and those of every B or its rows, which then do not overlap.
///
/// # Panics
/// Where the machine has no fused multiply-add on vectors: see [`is_fused`](super::lanes::is_fused).
pub(super) fn product<T: Real, const L: usize>(
    terms: [(View<'_, T>, View<'_, T>); L],
    add: bool,
    c: ViewMut<'_, T>,
) {
    let done = fused(Level::new(), Product { terms, add, c });
    assert!(done.is_ok(), "a narrow product without fused multiply-add");
}

struct Product<'a, T, const L: usize> {
    terms: [(View<'a, T>, View<'a, T>); L],
    add: bool,
    c: ViewMut<'a, T>,
}

impl<T: Real, const L: usize> Kernel for Product<'_, T, L> {
    #[cfg(target_arch = "x86_64")]
    fn fills(&self) -> usize {
        self.c.shape.rows * size_of::<T>()
    }

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { terms, add, c } = self;
        let (m, n, width) = (c.shape.rows, c.shape.cols, width::<T, S>());
        if m >= width {
            return blocks(simd, terms, add, c);
        }
        // Rows of zeros make up for those that a register has places for.
        let mut sides = terms;
        let copies = terms.map(|(a, _)| raised(&a, width));
        for ((a, _), raised) in sides.iter_mut().zip(&copies) {
            *a = View::new(raised, width, a.shape.cols);
        }
        let mut whole =
            if add { self::raised(&c.as_view(), width) } else { vec![T::zero(); width * n] };
        blocks(simd, sides, add, ViewMut::new(&mut whole, width, n));
        for (j, whole) in whole.chunks_exact(width).enumerate() {
            c.data[j * c.shape.col_stride..][..m].copy_from_slice(&whole[..m]);
        }
    }
}

/// Numbers per register.
#[inline(always)]
fn width<T: Real, S: Simd>() -> usize {
    <T as Vector>::Lanes::<S>::LEN
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

/// The product for at least as many rows as a register has places: all terms at once, or where they
/// are deep one block of the inner index after the other, each of which stays in the first cache.
#[inline(always)]
fn blocks<T: Real, S: Simd, const L: usize>(
    simd: S,
    terms: [(View<'_, T>, View<'_, T>); L],
    mut add: bool,
    mut c: ViewMut<'_, T>,
) {
    let count = |a: &View<'_, T>, b: &View<'_, T>| {
        let bytes = a.shape.cols * (a.shape.rows + b.shape.cols) * size_of::<T>();
        // no block without a term, however long one is
        if a.shape.cols > b.shape.cols { bytes.div_ceil(BLOCK).min(a.shape.cols) } else { 1 }
    };
    if terms.iter().all(|(a, b)| count(a, b) == 1) {
        return panels(simd, terms, add, c);
    }
    for (a, b) in &terms {
        let (deep, count) = (a.shape.cols, count(a, b));
        for piece in 0..count {
            let from = piece * deep / count;
            let depth = (piece + 1) * deep / count - from;
            let (columns, rows) =
                (&a.data[from * a.shape.col_stride..], &b.data[from * b.shape.row_stride..]);
            let a = View { data: columns, shape: Shape { cols: depth, ..a.shape } };
            let b = View { data: rows, shape: Shape { rows: depth, ..b.shape } };
            panels(simd, [(a, b)], add, c.reborrow());
            add = true;
        }
    }
}

/// One pass over C.
///
/// Panels of about equal height: one of a single register would wait for its own sums.
#[inline(always)]
fn panels<T: Real, S: Simd, const L: usize>(
    simd: S,
    terms: [(View<'_, T>, View<'_, T>); L],
    add: bool,
    mut c: ViewMut<'_, T>,
) {
    let (m, width) = (c.shape.rows, width::<T, S>());
    let registers = m.div_ceil(width);
    let panels = registers.div_ceil(REGISTERS);
    let mut rooms = [const { Vec::new() }; L];
    for panel in 0..panels {
        let first = panel * registers / panels;
        let end = (panel + 1) * registers / panels;
        let rows = first * width..(end * width).min(m);
        let mut sides = [(Panel { data: &[], stride: 0, first: 0 }, terms[0].1); L];
        for ((side, (a, b)), room) in sides.iter_mut().zip(&terms).zip(&mut rooms) {
            *side = (Panel::new(a, &rows, room), *b);
        }
        let mut target = Target { add, first: rows.start, rows: rows.len(), c: c.reborrow() };
        match (end - first, width * size_of::<T>()) {
            (1, 64) => target.fill::<S, L, 1, 12>(simd, &sides),
            (2, 64) => target.fill::<S, L, 2, 8>(simd, &sides),
            (_, 64) => target.fill::<S, L, 3, 6>(simd, &sides),
            (1, _) => target.fill::<S, L, 1, 8>(simd, &sides),
            (2, _) => target.fill::<S, L, 2, 4>(simd, &sides),
            (_, _) => target.fill::<S, L, 3, 3>(simd, &sides),
        }
    }
}

/// Some rows of A: column l starts at `data[l * stride + first]`, and `data` ends with a stride.
#[derive(Clone, Copy)]
struct Panel<'a, T> {
    data: &'a [T],
    stride: usize,
    first: usize,
}

impl<'a, T: Real> Panel<'a, T> {
    /// Rows of A where they lie, or copied to `room` where neighbours in a column lie apart.
    #[inline(always)]
    fn new(a: &View<'a, T>, rows: &Range<usize>, room: &'a mut Vec<T>) -> Self {
        let (shape, height) = (a.shape, rows.len());
        let (stride, size) = (shape.col_stride, shape.cols * shape.col_stride);
        if shape.row_stride == 1 && stride >= rows.end && size <= a.data.len() {
            return Self { data: &a.data[..size], stride, first: rows.start };
        }
        room.clear();
        room.resize(height * shape.cols, T::zero());
        for (i, row) in rows.clone().enumerate() {
            let from = &a.data[row * shape.row_stride..];
            let to = room[i..].iter_mut().step_by(height);
            if stride == 1 {
                to.zip(from).for_each(|(to, x)| *to = *x);
            } else {
                to.zip(from.iter().step_by(stride.max(1))).for_each(|(to, x)| *to = *x);
            }
        }
        Self { data: room, stride: height, first: 0 }
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
    /// Tiles of M registers by N columns, and narrower ones at the end.
    #[inline(always)]
    fn fill<S: Simd, const L: usize, const M: usize, const N: usize>(
        &mut self,
        simd: S,
        sides: &[(Panel<'_, T>, View<'_, T>); L],
    ) {
        let n = self.c.shape.cols;
        let mut j = 0;
        while j + N <= n {
            self.tile::<S, L, M, N>(simd, sides, j);
            j += N;
        }
        while j + 4 <= n {
            self.tile::<S, L, M, 4>(simd, sides, j);
            j += 4;
        }
        while j + 2 <= n {
            self.tile::<S, L, M, 2>(simd, sides, j);
            j += 2;
        }
        if j < n {
            self.tile::<S, L, M, 1>(simd, sides, j);
        }
    }

    /// N columns from column j on.
    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "constant bounds that run over several arrays at once unroll into registers"
    )]
    fn tile<S: Simd, const L: usize, const M: usize, const N: usize>(
        &mut self,
        simd: S,
        sides: &[(Panel<'_, T>, View<'_, T>); L],
        j: usize,
    ) {
        let rows = self.rows;
        let mut sums = [[filled(simd, T::zero()); M]; N];
        if self.add {
            for n in 0..N {
                let column = self.column(j + n);
                for m in 0..M {
                    sums[n][m] = register(simd, column, start::<T, S, M>(m, rows));
                }
            }
        }
        for (a, b) in sides {
            added::<T, S, M, N>(simd, &mut sums, *a, b, rows, j);
        }
        for n in 0..N {
            let column = self.column(j + n);
            for m in 0..M {
                let from = start::<T, S, M>(m, rows);
                sums[n][m].store_slice(&mut column[from..from + width::<T, S>()]);
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
    if m + 1 == M { rows - width::<T, S>() } else { m * width::<T, S>() }
}

/// The numbers of a register from `from` on.
#[inline(always)]
fn register<T: Real, S: Simd>(simd: S, column: &[T], from: usize) -> T::Lanes<S> {
    T::Lanes::<S>::from_slice(simd, &column[from..from + width::<T, S>()])
}

/// x in every place.
#[inline(always)]
fn filled<T: Real, S: Simd>(simd: S, x: T) -> T::Lanes<S> {
    T::Lanes::<S>::simd_from(simd, x)
}

/// Adds columns of A times rows of B to the sums.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "constant bounds that run over several arrays at once unroll into registers"
)]
fn added<T: Real, S: Simd, const M: usize, const N: usize>(
    simd: S,
    sums: &mut [[T::Lanes<S>; M]; N],
    a: Panel<'_, T>,
    b: &View<'_, T>,
    rows: usize,
    j: usize,
) {
    let shape = b.shape;
    let mut at = [0; M];
    for m in 0..M {
        at[m] = a.first + start::<T, S, M>(m, rows);
        // known before the loop, so that nothing is checked within it
        assert!(at[m] + width::<T, S>() <= a.stride, "a panel's rows lie within a stride");
    }
    let mut moved = *sums;
    // Split off one by one: to count columns by `chunks_exact` is a division per tile.
    let mut rest = a.data;
    if shape.row_stride == 1 {
        let mut columns = [&b.data[..0]; N];
        for n in 0..N {
            columns[n] = &b.data[(j + n) * shape.col_stride..][..shape.rows];
        }
        for l in 0..shape.rows {
            let Some((column, next)) = rest.split_at_checked(a.stride) else { break };
            let mut row = [T::zero(); N];
            for n in 0..N {
                row[n] = columns[n][l];
            }
            step::<T, S, M, N>(simd, &mut moved, column, &at, &row);
            rest = next;
        }
    } else {
        let mut rows_of_b = &b.data[j..];
        for _ in 0..shape.rows {
            let Some((column, next)) = rest.split_at_checked(a.stride) else { break };
            let Some(row) = rows_of_b.first_chunk::<N>() else { break };
            step::<T, S, M, N>(simd, &mut moved, column, &at, row);
            rest = next;
            rows_of_b = rows_of_b.get(shape.row_stride..).unwrap_or_default();
        }
    }
    *sums = moved;
}

/// Adds a column of A times a row of B.
#[inline(always)]
fn step<T: Real, S: Simd, const M: usize, const N: usize>(
    simd: S,
    sums: &mut [[T::Lanes<S>; M]; N],
    column: &[T],
    at: &[usize; M],
    row: &[T; N],
) {
    let mut a = [filled(simd, T::zero()); M];
    for m in 0..M {
        a[m] = register(simd, column, at[m]);
    }
    for n in 0..N {
        let x = filled::<T, S>(simd, row[n]);
        for m in 0..M {
            sums[n][m] = a[m].mul_add_precise(x, sums[n][m]);
        }
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    use fearless_simd::Simd;

    use super::super::gemm::{Real, Shape, View, ViewMut};
    use super::super::lanes::{fused, is_fused};
    use super::Product;

    /// The levels of instructions with fused multiply-add that this machine has.
    fn levels() -> Vec<Level> {
        let best = Level::new();
        #[cfg(target_arch = "x86_64")]
        let all = [best.as_avx512().map(Simd::level), best.as_avx2().map(Simd::level)];
        #[cfg(target_arch = "aarch64")]
        let all = [best.as_neon().map(Simd::level)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let all = [None; 0];
        let levels: Vec<Level> = all.into_iter().flatten().collect();
        assert_eq!(levels.is_empty(), !is_fused());
        levels
    }

    fn numbers<T: Real>(count: usize, step: f64) -> Vec<T> {
        (0..count).map(|i| T::narrow((i as f64 * step).fract() - 0.5)).collect()
    }

    /// The sum of some products at every level, in a C with gaps between its columns: to the bit what one
    /// fused multiply-add after the other gives.
    fn holds<T: Real>(
        [m, k, n]: [usize; 3],
        turned: bool,
        terms: usize,
        add: bool,
        fused_add: impl Fn(T, T, T) -> T,
    ) {
        let stride = m + 1;
        let (a, b) = (numbers::<T>(m * k, 0.613), numbers(k * n, 0.417));
        let c = numbers::<T>(stride * n, 0.391);
        let (a, b) = match turned {
            false => (View::new(&a, m, k), View::new(&b, k, n)),
            true => (View::strided(&a, m, k, k, 1), View::strided(&b, k, n, n, 1)),
        };
        let entry = |view: View<'_, T>, i: usize, j: usize| {
            let Shape { row_stride, col_stride, .. } = view.shape;
            view.data[i * row_stride + j * col_stride]
        };
        let bits = |c: Vec<T>| -> Vec<u64> { c.iter().map(|c| c.wide().to_bits()).collect() };
        let mut expected = c.clone();
        for j in 0..n {
            for i in 0..m {
                let c = &mut expected[j * stride + i];
                let start = if add { *c } else { T::zero() };
                *c = (0..terms * k)
                    .fold(start, |sum, l| fused_add(entry(a, i, l % k), entry(b, l % k, j), sum));
            }
        }
        let expected = bits(expected);
        for level in levels() {
            let mut found = c.clone();
            let c = ViewMut::strided(&mut found, m, n, 1, stride);
            let done = match terms {
                1 => fused(level, Product { terms: [(a, b)], add, c }).is_ok(),
                _ => fused(level, Product { terms: [(a, b); 2], add, c }).is_ok(),
            };
            assert!(done, "{level:?} has no fused multiply-add");
            let what = format!("{level:?}: {m} x {k} x {n}, turned: {turned}, add: {add}");
            assert_eq!(bits(found), expected, "{what}");
        }
    }

    /// Whatever the width of registers; heights that fill no register, one and several panels of them,
    /// columns that fill no tile, and sums so deep that they are cut into blocks, of one term at least.
    #[test]
    fn registers_of_every_width_give_the_same_bits() {
        for m in [1, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 24, 31, 33, 48, 80] {
            for (k, n) in [(1, 1), (5, 3), (20, 31), (700, 7)] {
                for (turned, terms, add) in
                    [(false, 2, true), (true, 2, true), (false, 1, false), (true, 2, false)]
                {
                    holds::<f64>([m, k, n], turned, terms, add, f64::mul_add);
                    holds::<f32>([m, k, n], turned, terms, add, f32::mul_add);
                }
            }
        }
        // a single term is longer than a block
        holds::<f64>([3100, 9, 7], true, 2, false, f64::mul_add);
        holds::<f32>([6200, 9, 7], true, 1, true, f32::mul_add);
    }
}
