//! Operators made of operators.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVectorView, DVectorViewMut};

use crate::error::{Error, Result};
use crate::linalg::{View, ViewMut, gemm};
use crate::operator::SymmetricOperator;

/// A symmetric matrix that is held in memory, n x n.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    matrix: DMatrix<f64>,
}

impl Dense {
    /// The operator of a symmetric matrix.
    ///
    /// # Errors
    /// A data error for a matrix that is not square, or whose entries (i, j) and (j, i) differ;
    /// NaN differs from itself.
    pub fn new(matrix: DMatrix<f64>) -> Result<Self> {
        let (rows, cols) = matrix.shape();
        if rows != cols {
            return Err(Error::data(format!(
                "a symmetric matrix is square, this one is {rows} x {cols}"
            )));
        }
        for j in 0..cols {
            for i in j..rows {
                let (below, above) = (matrix[(i, j)], matrix[(j, i)]);
                if below.is_nan() || below != above {
                    return Err(Error::data(format!(
                        "a symmetric matrix has equal entries ({i}, {j}) and ({j}, {i}), this one \
                         has {below} and {above}; pass (A + A') / 2 if the difference is rounding"
                    )));
                }
            }
        }
        Ok(Self { matrix })
    }

    /// The matrix.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }
}

impl SymmetricOperator for Dense {
    fn dimension(&self) -> usize {
        self.matrix.nrows()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let n = self.dimension();
        let column = View::new(x.as_slice(), n, 1);
        gemm(1.0, View::of(&self.matrix), column, 0.0, ViewMut::new(y.as_mut_slice(), n, 1));
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        gemm(1.0, View::of(&self.matrix), View::of(x), 0.0, ViewMut::of(y));
    }
}

/// A + B.
pub struct Sum<'a> {
    /// A.
    pub first: &'a dyn SymmetricOperator,
    /// B, of the same dimension.
    pub second: &'a dyn SymmetricOperator,
}

impl SymmetricOperator for Sum<'_> {
    fn dimension(&self) -> usize {
        let (n, other) = (self.first.dimension(), self.second.dimension());
        assert!(n == other, "a sum of operators of dimensions {n} and {other}; need equal ones");
        n
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let mut other = nalgebra::DVector::zeros(self.dimension());
        self.first.apply(x, y.as_view_mut());
        self.second.apply(x, other.as_view_mut());
        y += other;
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        let mut other = DMatrix::zeros(x.nrows(), x.ncols());
        self.first.apply_block(x, y);
        self.second.apply_block(x, &mut other);
        *y += other;
    }
}

/// c A.
pub struct Scaled<'a> {
    /// A.
    pub inner: &'a dyn SymmetricOperator,
    /// c.
    pub factor: f64,
}

impl SymmetricOperator for Scaled<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        self.inner.apply(x, y.as_view_mut());
        y *= self.factor;
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        self.inner.apply_block(x, y);
        *y *= self.factor;
    }
}

/// A + c I: every eigenvalue moved by c.
pub struct Shifted<'a> {
    /// A.
    pub inner: &'a dyn SymmetricOperator,
    /// c.
    pub shift: f64,
}

impl SymmetricOperator for Shifted<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        self.inner.apply(x, y.as_view_mut());
        y.zip_apply(&x, |y, x| *y += self.shift * x);
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        self.inner.apply_block(x, y);
        y.zip_apply(x, |y, x| *y += self.shift * x);
    }
}

/// The principal submatrix of A on some index ranges, such as the parameters of one layer: P' A P,
/// with P the columns of the identity at those indices.
pub struct Restricted<'a> {
    inner: &'a dyn SymmetricOperator,
    ranges: Vec<Range<usize>>,
    dimension: usize,
}

impl<'a> Restricted<'a> {
    /// Restricts A to the indices of `ranges`, in their order.
    ///
    /// # Errors
    /// A spec error for ranges that leave the dimension of A, are out of order or overlap.
    pub fn new(inner: &'a dyn SymmetricOperator, ranges: &[Range<usize>]) -> Result<Self> {
        let n = inner.dimension();
        let mut end = 0;
        for range in ranges {
            if range.start < end || range.end < range.start || range.end > n {
                return Err(Error::spec(format!(
                    "index ranges are ascending, without overlap and at most {n}, found {range:?} \
                     after an end at {end}"
                )));
            }
            end = range.end;
        }
        let dimension = ranges.iter().map(Range::len).sum();
        Ok(Self { inner, ranges: ranges.to_vec(), dimension })
    }

    /// Columns of A's own dimension that a block is multiplied by at a time: one for each thread, and as many as
    /// 64 MiB hold beside their images.
    pub fn together(&self) -> usize {
        let room = (64 << 20) / (2 * size_of::<f64>());
        (room / self.inner.dimension().max(1)).max(rayon::current_num_threads())
    }

    /// The rows of `small` at the indices of `whole`.
    fn spread(&self, small: DMatrixView<'_, f64>, whole: &mut DMatrix<f64>) {
        let mut from = 0;
        for range in &self.ranges {
            whole.rows_mut(range.start, range.len()).copy_from(&small.rows(from, range.len()));
            from += range.len();
        }
    }

    /// The rows of `whole` at the indices.
    fn gather(&self, whole: &DMatrix<f64>, mut small: DMatrixViewMut<'_, f64>) {
        let mut from = 0;
        for range in &self.ranges {
            small.rows_mut(from, range.len()).copy_from(&whole.rows(range.start, range.len()));
            from += range.len();
        }
    }
}

impl SymmetricOperator for Restricted<'_> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let n = self.inner.dimension();
        let (mut whole, mut image) = (DMatrix::zeros(n, 1), DMatrix::zeros(n, 1));
        self.spread(x.as_view(), &mut whole);
        self.inner.apply(whole.column(0), image.column_mut(0));
        self.gather(&image, y.as_view_mut());
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        let (n, columns) = (self.inner.dimension(), x.ncols());
        let together = self.together().min(columns);
        let mut arrays = [DMatrix::zeros(n, together), DMatrix::zeros(n, together)];
        for from in (0..columns).step_by(together.max(1)) {
            let count = together.min(columns - from);
            if count < together {
                arrays = [DMatrix::zeros(n, count), DMatrix::zeros(n, count)];
            }
            let [whole, image] = &mut arrays;
            self.spread(x.columns(from, count).as_view(), whole);
            self.inner.apply_block(whole, image);
            self.gather(image, y.columns_mut(from, count).as_view_mut());
        }
    }
}

/// The diagonal blocks of A on some index ranges, zero elsewhere: sum over ranges of P P' A P P', with
/// P the columns of the identity at a range. Costs a product with A for each range.
///
/// Blocks per layer are what layer-wise approximations of curvature keep (Martens and Grosse 2015).
pub struct DiagonalBlocks<'a> {
    inner: &'a dyn SymmetricOperator,
    ranges: Vec<Range<usize>>,
}

impl<'a> DiagonalBlocks<'a> {
    /// Keeps of A the blocks on `ranges`.
    ///
    /// # Errors
    /// A spec error for ranges that leave the dimension of A, are out of order or overlap.
    pub fn new(inner: &'a dyn SymmetricOperator, ranges: &[Range<usize>]) -> Result<Self> {
        Restricted::new(inner, ranges)?;
        Ok(Self { inner, ranges: ranges.to_vec() })
    }
}

impl SymmetricOperator for DiagonalBlocks<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let block = DMatrix::from_column_slice(x.len(), 1, x.as_slice());
        let mut image = DMatrix::zeros(x.len(), 1);
        self.apply_block(&block, &mut image);
        y.copy_from(&image.column(0));
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        y.fill(0.0);
        let mut image = DMatrix::zeros(x.nrows(), x.ncols());
        for range in &self.ranges {
            let mut part = DMatrix::zeros(x.nrows(), x.ncols());
            let rows = (range.start, range.len());
            part.rows_mut(rows.0, rows.1).copy_from(&x.rows(rows.0, rows.1));
            self.inner.apply_block(&part, &mut image);
            y.rows_mut(rows.0, rows.1).copy_from(&image.rows(rows.0, rows.1));
        }
    }
}

/// A, with a count of the vectors that it multiplied.
pub struct Counted<'a> {
    inner: &'a dyn SymmetricOperator,
    products: AtomicU64,
}

impl<'a> Counted<'a> {
    /// Starts counting at zero.
    pub fn new(inner: &'a dyn SymmetricOperator) -> Self {
        Self { inner, products: AtomicU64::new(0) }
    }

    /// Number of vectors multiplied so far; a block of k counts k.
    pub fn products(&self) -> u64 {
        self.products.load(Ordering::Relaxed)
    }
}

impl SymmetricOperator for Counted<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, y: DVectorViewMut<'_, f64>) {
        self.products.fetch_add(1, Ordering::Relaxed);
        self.inner.apply(x, y);
    }

    fn apply_block(&self, x: &DMatrix<f64>, y: &mut DMatrix<f64>) {
        self.products.fetch_add(x.ncols() as u64, Ordering::Relaxed);
        self.inner.apply_block(x, y);
    }
}
