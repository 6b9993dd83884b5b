//! Matrix products over strided views, single-threaded.

use std::array::from_fn;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, Dyn};

use super::lanes::{Vector, is_fused};
use super::narrow;

/// A floating-point number in which the network arithmetic may run: f32 or f64.
pub trait Real: Copy + Vector + nalgebra::RealField + faer::traits::RealField {
    /// The number nearest to `x`.
    fn narrow(x: f64) -> Self;

    /// The same number in double precision, exactly.
    fn wide(self) -> f64;

    /// Numbers in double precision where that is this type: none that need conversion.
    fn same(x: &[f64]) -> Option<&[Self]>;

    /// [`Real::same`], to be written.
    fn same_mut(x: &mut [f64]) -> Option<&mut [Self]>;
}

impl Real for f64 {
    #[inline]
    fn same(x: &[f64]) -> Option<&[Self]> {
        Some(x)
    }

    #[inline]
    fn same_mut(x: &mut [f64]) -> Option<&mut [Self]> {
        Some(x)
    }

    #[inline]
    fn narrow(x: f64) -> Self {
        x
    }

    #[inline]
    fn wide(self) -> f64 {
        self
    }
}

impl Real for f32 {
    #[inline]
    fn same(_: &[f64]) -> Option<&[Self]> {
        None
    }

    #[inline]
    fn same_mut(_: &mut [f64]) -> Option<&mut [Self]> {
        None
    }

    #[inline]
    fn narrow(x: f64) -> Self {
        x as f32
    }

    #[inline]
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

/// A matrix that lies in a slice: entry (i, j) at `i * row_stride + j * col_stride`.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, T> {
    pub(super) data: &'a [T],
    pub(super) shape: Shape,
}

/// A matrix that lies in a slice and may be written: see [`View`].
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    pub(super) data: &'a mut [T],
    pub(super) shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
    pub(super) col_stride: usize,
}

impl Shape {
    /// Checks that the last entry lies within `len` items.
    #[track_caller]
    fn checked(self, len: usize) -> Self {
        let needed = self.span();
        assert!(
            needed <= len,
            "a {} x {} view with strides ({}, {}) needs {needed} numbers, the slice has {len}",
            self.rows,
            self.cols,
            self.row_stride,
            self.col_stride
        );
        self
    }

    /// Number of items from the first entry to the last.
    fn span(self) -> usize {
        if self.rows == 0 || self.cols == 0 {
            return 0;
        }
        (self.rows - 1) * self.row_stride + (self.cols - 1) * self.col_stride + 1
    }

    /// True when no two entries share a place, by the layouts that occur here: the columns (or
    /// the rows) follow one another without overlap.
    fn is_injective(self) -> bool {
        let Shape { rows, cols, row_stride, col_stride } = self;
        let columns = col_stride > (rows - 1) * row_stride || cols == 1;
        let rowwise = row_stride > (cols - 1) * col_stride || rows == 1;
        (row_stride > 0 || rows == 1) && (col_stride > 0 || cols == 1) && (columns || rowwise)
    }

    fn transposed(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }
}

impl<'a, T> View<'a, T> {
    /// A rows x cols matrix stored column by column without gaps.
    #[track_caller]
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, 1, rows)
    }

    /// A rows x cols matrix with the given distances between neighbours in a column
    /// (`row_stride`) and in a row (`col_stride`).
    #[track_caller]
    pub fn strided(
        data: &'a [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Self {
        let shape = Shape { rows, cols, row_stride, col_stride }.checked(data.len());
        Self { data, shape }
    }

    /// The whole of a nalgebra matrix.
    pub fn of(matrix: &'a DMatrix<T>) -> Self {
        let shape = Shape {
            rows: matrix.nrows(),
            cols: matrix.ncols(),
            row_stride: 1,
            col_stride: matrix.nrows(),
        };
        Self { data: matrix.as_slice(), shape }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shape.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.shape.cols
    }

    /// The transpose: the same numbers, the strides exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { data: self.data, shape: self.shape.transposed() }
    }

    /// The columns of a range.
    #[must_use]
    #[track_caller]
    pub fn columns(self, range: Range<usize>) -> Self {
        let (start, shape) = self.shape.columns(range);
        Self { data: &self.data[start.min(self.data.len())..], shape }
    }
}

impl Shape {
    #[track_caller]
    fn columns(self, range: Range<usize>) -> (usize, Self) {
        assert!(
            range.start <= range.end && range.end <= self.cols,
            "columns {range:?} of a matrix with {} columns",
            self.cols
        );
        (range.start * self.col_stride, Self { cols: range.len(), ..self })
    }
}

impl<'a, T> ViewMut<'a, T> {
    /// A rows x cols matrix stored column by column without gaps.
    #[track_caller]
    pub fn new(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, 1, rows)
    }

    /// A rows x cols matrix with the given distances between neighbours in a column
    /// (`row_stride`) and in a row (`col_stride`); no two entries may share a place.
    #[track_caller]
    pub fn strided(
        data: &'a mut [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Self {
        let shape = Shape { rows, cols, row_stride, col_stride }.checked(data.len());
        assert!(
            rows == 0 || cols == 0 || shape.is_injective(),
            "a {rows} x {cols} view with strides ({row_stride}, {col_stride}) would write two \
             entries to one place"
        );
        Self { data, shape }
    }

    /// The whole of a nalgebra matrix.
    pub fn of(matrix: &'a mut DMatrix<T>) -> Self {
        let (rows, cols) = matrix.shape();
        Self {
            data: matrix.as_mut_slice(),
            shape: Shape { rows, cols, row_stride: 1, col_stride: rows },
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shape.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.shape.cols
    }

    /// The transpose: the same numbers, the strides exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { data: self.data, shape: self.shape.transposed() }
    }

    /// The columns of a range.
    #[must_use]
    #[track_caller]
    pub fn columns(self, range: Range<usize>) -> Self {
        let (start, shape) = self.shape.columns(range);
        let start = start.min(self.data.len());
        Self { data: &mut self.data[start..], shape }
    }

    /// A shorter loan of the same matrix.
    pub fn reborrow(&mut self) -> ViewMut<'_, T> {
        ViewMut { data: self.data, shape: self.shape }
    }

    /// The same matrix, to be read.
    pub fn as_view(&self) -> View<'_, T> {
        View { data: self.data, shape: self.shape }
    }
}

/// Up to this many rows of A (and of the result) the product runs in [`narrow`], above in faer.
///
/// Chosen here by measurement on AMD Zen 4 and Intel Sapphire Rapids: faer spends up to 45 ns on
/// each column of the result besides its arithmetic, which narrow layers feel and wide ones do not.
const NARROW: usize = 48;

/// Where a machine has no fused multiply-add on vectors, faer takes products from this many entries
/// of A on, matrixmultiply those below.
const LARGE: usize = 2048;

/// The smallest m, k and n with which nalgebra hands a product to matrixmultiply; smaller
/// operands are padded with zeros.
const SMALLEST: [usize; 3] = [6, 6, 6];

/// The same for faer, which sums a matrix times a single vector in another order.
const SMALLEST_LARGE: [usize; 3] = [1, 1, 2];

/// C <- alpha A B + beta C, with A (m x k), B (k x n) and C (m x n); with beta = 0 the old content
/// of C is not read, so it may be NaN.
///
/// Single-threaded, and column j of the result has the same bits whatever the other columns are
/// and however many: which kernel runs depends on m and k alone.
///
/// ```
/// use hessian::linalg::{View, ViewMut, gemm};
/// let (a, b) = ([1.0, 3.0, 2.0, 4.0], [1.0, 1.0]); // [[1, 2], [3, 4]] and (1, 1)'
/// let mut c = [f64::NAN; 2];
/// gemm(1.0, View::new(&a, 2, 2), View::new(&b, 2, 1), 0.0, ViewMut::new(&mut c, 2, 1));
/// assert_eq!(c, [3.0, 7.0]);
/// ```
///
/// # Panics
/// When the shapes do not fit together.
#[track_caller]
pub fn gemm<T: Real>(alpha: T, a: View<'_, T>, b: View<'_, T>, beta: T, mut c: ViewMut<'_, T>) {
    assert!(
        a.cols() == b.rows() && a.rows() == c.rows() && b.cols() == c.cols(),
        "gemm: A is {} x {}, B is {} x {}, C is {} x {}; need m x k, k x n, m x n",
        a.rows(),
        a.cols(),
        b.rows(),
        b.cols(),
        c.rows(),
        c.cols()
    );
    let (m, k, n) = (a.rows(), a.cols(), b.cols());
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        return scale(beta, c);
    }
    // The kernels round a general alpha and beta differently at the edges of their tiles, so that
    // a column's bits would depend on its neighbours; 1 and -1 are exact everywhere.
    if alpha.abs() != T::one() {
        let scaled = a.nalgebra() * alpha;
        return gemm(T::one(), View::of(&scaled), b, beta, c);
    }
    if beta != T::zero() && beta != T::one() {
        scale(beta, c.reborrow());
    }
    let add = beta != T::zero();
    if m <= NARROW && is_fused() {
        if alpha != T::one() {
            let scaled = a.nalgebra() * alpha;
            return product_narrow([(View::of(&scaled), b)], add, c);
        }
        return product_narrow([(a, b)], add, c);
    }
    let large = is_fused() || m * k >= LARGE;
    let smallest = if large { SMALLEST_LARGE } else { SMALLEST };
    let kernel = if large { product_large } else { product_small };
    if [m, k, n].iter().zip(smallest).all(|(size, least)| *size >= least) {
        kernel(alpha, a, b, add, c);
    } else {
        let [up_m, up_k, up_n] = [m.max(smallest[0]), k.max(smallest[1]), n.max(smallest[2])];
        let (mut room_a, mut room_b) = (DMatrix::zeros(0, 0), DMatrix::zeros(0, 0));
        let wide_a = padded(a, up_m, up_k, &mut room_a);
        let wide_b = padded(b, up_k, up_n, &mut room_b);
        let mut wide_c = DMatrix::zeros(up_m, up_n);
        if add {
            wide_c.view_mut((0, 0), (m, n)).copy_from(&c.as_view().nalgebra());
        }
        kernel(alpha, wide_a, wide_b, add, ViewMut::of(&mut wide_c));
        c.nalgebra().copy_from(&wide_c.view((0, 0), (m, n)));
    }
}

/// The matrix with zeros below and to its right, in `room` unless it is wide enough as it is.
fn padded<'a, T: Real>(
    matrix: View<'a, T>,
    rows: usize,
    cols: usize,
    room: &'a mut DMatrix<T>,
) -> View<'a, T> {
    if (matrix.rows(), matrix.cols()) == (rows, cols) {
        return matrix;
    }
    *room = DMatrix::zeros(rows, cols);
    room.view_mut((0, 0), (matrix.rows(), matrix.cols())).copy_from(&matrix.nalgebra());
    View::of(room)
}

/// C <- A B + A' B' + ..., added to C or in its place: the products of [`gemm`] in one pass over C where
/// A is narrow, one after the other elsewhere.
///
/// ```
/// use hessian::linalg::{View, ViewMut, gemm_sum};
/// let (two, three) = ([2.0], [3.0]);
/// let (two, three) = (View::new(&two, 1, 1), View::new(&three, 1, 1));
/// let mut c = [f64::NAN];
/// gemm_sum([(two, three), (three, three)], false, ViewMut::new(&mut c, 1, 1));
/// assert_eq!(c, [15.0]);
/// ```
///
/// # Panics
/// When the shapes do not fit together.
#[track_caller]
pub fn gemm_sum<T: Real, const L: usize>(
    terms: [(View<'_, T>, View<'_, T>); L],
    add: bool,
    mut c: ViewMut<'_, T>,
) {
    let (m, n) = (c.rows(), c.cols());
    let fit = |(a, b): &(View<'_, T>, View<'_, T>)| {
        a.cols() == b.rows() && (a.rows(), b.cols()) == (m, n)
    };
    assert!(terms.iter().all(fit), "gemm_sum: a product does not fit C, which is {m} x {n}");
    let deep = terms.iter().all(|(a, _)| a.cols() > 0);
    if m <= NARROW && m * n > 0 && deep && is_fused() {
        return product_narrow(terms, add, c);
    }
    for (index, (a, b)) in terms.into_iter().enumerate() {
        let beta = if add || index > 0 { T::one() } else { T::zero() };
        gemm(T::one(), a, b, beta, c.reborrow());
    }
}

/// C <- A B + ..., added to C or in its place, in [`narrow`]: transposed where that makes the columns
/// of C contiguous; other layouts are copied.
fn product_narrow<T: Real, const L: usize>(
    terms: [(View<'_, T>, View<'_, T>); L],
    add: bool,
    mut c: ViewMut<'_, T>,
) {
    if c.shape.row_stride != 1 && c.shape.col_stride != 1 {
        let mut whole = c.reborrow().nalgebra().clone_owned();
        product_narrow(terms, add, ViewMut::of(&mut whole));
        return c.nalgebra().copy_from(&whole);
    }
    let turned = c.shape.row_stride != 1;
    let side = |i: usize| {
        let (a, b): (View<'_, T>, View<'_, T>) = terms[i];
        if turned { (b.transposed(), a.transposed()) } else { (a, b) }
    };
    let unit = |b: Shape| b.row_stride == 1 || b.col_stride == 1 && b.row_stride >= b.cols;
    let copies: [_; L] = from_fn(|i| {
        let b = side(i).1;
        (!unit(b.shape)).then(|| b.nalgebra().into_owned())
    });
    let sides: [_; L] = from_fn(|i| (side(i).0, copies[i].as_ref().map_or(side(i).1, View::of)));
    narrow::product(sides, add, if turned { c.transposed() } else { c });
}

/// C <- alpha A B, added to C or in its place, through matrixmultiply.
fn product_small<T: Real>(alpha: T, a: View<'_, T>, b: View<'_, T>, add: bool, c: ViewMut<'_, T>) {
    let beta = if add { T::one() } else { T::zero() };
    c.nalgebra().gemm(alpha, &a.nalgebra(), &b.nalgebra(), beta);
}

/// The same through faer, whose safe views need a unit stride; other layouts are copied.
fn product_large<T: Real>(alpha: T, a: View<'_, T>, b: View<'_, T>, add: bool, c: ViewMut<'_, T>) {
    let unit = |view: View<'_, T>| view.shape.has_unit_stride();
    if !unit(a) {
        return product_large(alpha, View::of(&a.nalgebra().into_owned()), b, add, c);
    }
    if !unit(b) {
        return product_large(alpha, a, View::of(&b.nalgebra().into_owned()), add, c);
    }
    if !c.shape.has_unit_stride() {
        let mut c = c.nalgebra();
        let mut whole = c.clone_owned();
        product_large(alpha, a, b, add, ViewMut::of(&mut whole));
        c.copy_from(&whole);
        return;
    }
    let accum = if add { Accum::Add } else { Accum::Replace };
    matmul(c.faer(), accum, a.faer(), b.faer(), alpha, Par::Seq);
}

/// C <- beta C, without reading C when beta = 0.
fn scale<T: Real>(beta: T, c: ViewMut<'_, T>) {
    let mut c = c.nalgebra();
    if beta == T::zero() { c.fill(T::zero()) } else { c.scale_mut(beta) }
}

impl Shape {
    fn has_unit_stride(self) -> bool {
        self.row_stride == 1 && self.col_stride >= self.rows
            || self.col_stride == 1 && self.row_stride >= self.cols
    }
}

impl<'a, T: Real> View<'a, T> {
    fn faer(self) -> MatRef<'a, T> {
        let Shape { rows, cols, row_stride, col_stride } = self.shape;
        let data = &self.data[..self.shape.span()];
        if row_stride == 1 && col_stride >= rows {
            MatRef::from_column_major_slice_with_stride(data, rows, cols, col_stride)
        } else {
            MatRef::from_row_major_slice_with_stride(data, rows, cols, row_stride)
        }
    }

    fn nalgebra(self) -> DMatrixView<'a, T, Dyn, Dyn> {
        let Shape { rows, cols, row_stride, col_stride } = self.shape;
        DMatrixView::from_slice_with_strides_generic(
            self.data,
            Dyn(rows),
            Dyn(cols),
            Dyn(row_stride),
            Dyn(col_stride),
        )
    }
}

impl<'a, T: Real> ViewMut<'a, T> {
    fn faer(self) -> MatMut<'a, T> {
        let Shape { rows, cols, row_stride, col_stride } = self.shape;
        let data = &mut self.data[..self.shape.span()];
        if row_stride == 1 && col_stride >= rows {
            MatMut::from_column_major_slice_with_stride_mut(data, rows, cols, col_stride)
        } else {
            // faer 0.24's from_row_major_slice_with_stride_mut mistakes rows for columns.
            MatMut::from_column_major_slice_with_stride_mut(data, cols, rows, row_stride)
                .transpose_mut()
        }
    }

    fn nalgebra(self) -> DMatrixViewMut<'a, T, Dyn, Dyn> {
        let Shape { rows, cols, row_stride, col_stride } = self.shape;
        DMatrixViewMut::from_slice_with_strides_generic(
            self.data,
            Dyn(rows),
            Dyn(cols),
            Dyn(row_stride),
            Dyn(col_stride),
        )
    }
}
