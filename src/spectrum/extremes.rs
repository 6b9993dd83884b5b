//! The largest and the smallest eigenpairs: Lanczos with thick restart (Wu and Simon 2000).

use nalgebra::{DMatrix, DVector};

use crate::linalg::{View, ViewMut, gemm, norm, symmetric_eigen, tridiagonal_eigen};
use crate::operator::SymmetricOperator;
use crate::spectrum::Trouble;
use crate::spectrum::krylov::orthogonalise;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// A pair has converged when |A v - l v| is at most this times the largest |A q| met, which
    /// bounds |A| from below.
    pub tolerance: f64,
    /// Products after which the iteration ends with what it has; the final check of the residuals
    /// spends one more for each pair.
    pub max_products: u64,
}

/// An eigenvalue with its normalised vector and the doubt about both.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// l = v' A v: some eigenvalue of A lies within `residual` of it.
    pub eigenvalue: f64,
    /// v, with |v| = 1 up to rounding and of either sign.
    pub vector: DVector<f64>,
    /// |A v - l v|, from a product with v at the end.
    pub residual: f64,
    /// Whether the residual meets the tolerance; never where A is so small that residuals underflow.
    pub converged: bool,
}

/// Pairs at both ends of the spectrum.
#[derive(Debug, Clone, PartialEq)]
pub struct Extremes {
    /// The largest eigenvalues, largest first.
    pub top: Vec<Pair>,
    /// The smallest eigenvalues, smallest first.
    pub bottom: Vec<Pair>,
    /// Number of products with A, the final check included.
    pub products: u64,
    /// The limit of products that the iteration had.
    pub max_products: u64,
}

impl Extremes {
    /// Whether every pair has converged.
    pub fn converged(&self) -> bool {
        self.top.iter().chain(&self.bottom).all(|pair| pair.converged)
    }

    /// The same, if every pair has converged.
    ///
    /// # Errors
    /// [`Trouble::NoConvergence`] otherwise.
    pub fn require_converged(self) -> Result<Self, Trouble> {
        if self.converged() {
            Ok(self)
        } else {
            let limit = self.max_products;
            Err(Trouble::NoConvergence { algorithm: "thick-restart Lanczos", limit })
        }
    }
}

/// |P g|^2 / |g|^2, the share of `g` in the span of the pairs' vectors; NaN for g = 0.
pub fn share(pairs: &[Pair], g: &DVector<f64>) -> f64 {
    pairs.iter().map(|pair| pair.vector.dot(g).powi(2)).sum::<f64>() / g.norm_squared()
}

/// The `top` largest and `bottom` smallest eigenpairs from one Krylov space that starts at `start`.
///
/// At most n pairs are returned at each end; in a space of small dimension the two ends overlap.
/// The iteration never hangs: at its limit it returns what it has, with `converged` false.
///
/// **Multiplicities.** In exact arithmetic a Krylov space holds one vector of each eigenspace, so a
/// multiple eigenvalue may be listed fewer times than its multiplicity although every pair has
/// converged, unless the Krylov space became invariant: then the search goes on from a new
/// direction, orthogonal to all earlier ones. Up to 40 dimensions (or twice the pairs plus 20) the
/// basis is complete and the list with it; above,
/// [`with_copies`](crate::spectrum::with_copies) looks for what is missing.
///
/// ```
/// use hessian::{operator::Dense, spectrum::{Options, extremes}};
/// let a = Dense::new(nalgebra::DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]))?;
/// let start = nalgebra::DVector::from_vec(vec![1.0, 0.3]);
/// let options = Options { tolerance: 1e-10, max_products: 100 };
/// let pairs = extremes(&a, 1, 1, &start, options).unwrap().require_converged().unwrap();
/// assert!((pairs.top[0].eigenvalue - 3.0).abs() < 1e-14);
/// assert!((pairs.bottom[0].eigenvalue - 1.0).abs() < 1e-14);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when the start or a product is.
///
/// # Panics
/// When the length of `start` is not the dimension.
pub fn extremes(
    operator: &dyn SymmetricOperator,
    top: usize,
    bottom: usize,
    start: &DVector<f64>,
    options: Options,
) -> Result<Extremes, Trouble> {
    let never = Within { low: f64::INFINITY, high: f64::NEG_INFINITY };
    search(operator, [top, bottom], start, options, never)
}

/// An interval in which nothing is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// [`extremes`], which counts a pair as found also once its eigenvalue lies within the interval by more than
/// its residual.
pub(super) fn search(
    operator: &dyn SymmetricOperator,
    [top, bottom]: [usize; 2],
    start: &DVector<f64>,
    options: Options,
    within: Within,
) -> Result<Extremes, Trouble> {
    let n = operator.dimension();
    assert!(start.len() == n, "a start of length {} for dimension {n}", start.len());
    let (top, bottom) = (top.min(n), bottom.min(n));
    let wanted = Wanted { top, bottom };
    if top + bottom == 0 {
        let max_products = options.max_products;
        return Ok(Extremes { top: Vec::new(), bottom: Vec::new(), products: 0, max_products });
    }
    let (first, room) = room(n, top + bottom);
    let mut space = Space::new(operator, start, room)?;
    let mut goal = first;
    loop {
        space.extend(goal, options.max_products)?;
        // An invariant space leaves no residuals and says nothing of the rest, which is searched as long.
        let beyond = space.invariant.map_or(0, |size| size + first).min(room);
        if space.size < beyond {
            space.extend(beyond, options.max_products)?;
        }
        let (size, limit) = (space.size, options.tolerance * space.scale);
        let small = |values: &[f64], ends: &[f64]| {
            wanted.indices(size).all(|i| {
                let residual = (space.remainder_norm * ends[i]).abs();
                residual <= limit
                    || i < bottom && values[i] - residual >= within.low
                    || i >= bottom && values[i] + residual <= within.high
            })
        };
        let ended = size == n || space.products >= options.max_products;
        let found = |(values, last): (Vec<f64>, Vec<f64>)| small(&values, &last);
        if ended || size == room || found(space.ends()?) {
            let (values, vectors) = symmetric_eigen(&space.projection())?;
            // Copies of a multiple eigenvalue may come in another order here: these are judged.
            let last: Vec<f64> = vectors.row(size - 1).iter().copied().collect();
            if ended || small(&values, &last) {
                return space.pairs(&values, &vectors, wanted, options);
            }
            if size == room {
                space.restart(&values, &vectors, wanted);
            }
        }
        goal = (space.size + CHECK.max(space.size / CHECK_SHARE)).min(room);
    }
}

/// The smallest |A q| that tells residuals: rounding of less, u |A q|, is no normal number, and residuals
/// would be 0.
const SMALLEST: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// Steps between two looks at the residuals. Chosen here: a look costs less than a product.
const CHECK: usize = 4;

/// In a large basis one step for so many vectors: a look costs their number squared, cubed after a restart.
/// Chosen here, so that looks before one cost less than the steps between them.
const CHECK_SHARE: usize = 64;

/// The size of the basis at which [`extremes`] first looks for `pairs` pairs in dimension n, room for
/// them twice and 20 more directions to tell them apart; and the size at which it restarts, twice
/// as many, since every restart costs products.
pub fn room(n: usize, pairs: usize) -> (usize, usize) {
    let first = (2 * pairs + 20).max(40).min(n);
    (first, (2 * first).min(n))
}

/// How many pairs at each end.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    top: usize,
    bottom: usize,
}

impl Wanted {
    /// Their indices among `size` ascending Ritz values, each once.
    fn indices(self, size: usize) -> impl Iterator<Item = usize> {
        let bottom = self.bottom.min(size);
        (0..bottom).chain(size.saturating_sub(self.top).max(bottom)..size)
    }

    /// More of the same: the pairs that a restart keeps, about half of the room left.
    fn generous(self, size: usize) -> Self {
        let extra = (size - (self.top + self.bottom).min(size)) / 2;
        let upper = extra * self.top / (self.top + self.bottom);
        Self { top: self.top + upper, bottom: self.bottom + extra - upper }
    }
}

/// A V = V T + r e_k' with V orthonormal (n x k) and T symmetric, but arrow-shaped after a restart.
struct Space<'a> {
    operator: &'a dyn SymmetricOperator,
    /// V in its first `size` columns; its width is the room.
    basis: DMatrix<f64>,
    /// T in its upper left corner.
    projection: DMatrix<f64>,
    size: usize,
    /// Whether T has lost its tridiagonal form in a restart.
    restarted: bool,
    /// The size at which the space was invariant for the first time since the last restart.
    invariant: Option<usize>,
    /// Coupling of the next column to the earlier ones, when it is not |r| to the last alone.
    arrow: Option<Vec<f64>>,
    /// r / |r|: the next column.
    remainder: DVector<f64>,
    remainder_norm: f64,
    /// The largest |A q| met: a lower bound of |A|.
    scale: f64,
    products: u64,
}

impl<'a> Space<'a> {
    fn new(
        operator: &'a dyn SymmetricOperator,
        start: &DVector<f64>,
        room: usize,
    ) -> Result<Self, Trouble> {
        let norm = start.norm();
        if !norm.is_finite() {
            return Err(Trouble::NonFinite { at: "the starting vector of Lanczos".into() });
        }
        let basis = DMatrix::zeros(operator.dimension(), room);
        let remainder = if norm > 0.0 { start / norm } else { fresh_direction(&basis, 0) };
        Ok(Self {
            operator,
            basis,
            projection: DMatrix::zeros(room, room),
            size: 0,
            restarted: false,
            invariant: None,
            arrow: None,
            remainder,
            remainder_norm: 0.0,
            scale: 0.0,
            products: 0,
        })
    }

    fn projection(&self) -> DMatrix<f64> {
        self.projection.view((0, 0), (self.size, self.size)).into_owned()
    }

    /// Eigenvalues of T, ascending, and the last components of their eigenvectors.
    fn ends(&self) -> Result<(Vec<f64>, Vec<f64>), Trouble> {
        let last = self.size - 1;
        if self.restarted {
            let (values, vectors) = symmetric_eigen(&self.projection())?;
            Ok((values, vectors.row(last).iter().copied().collect()))
        } else {
            // tridiagonal, and the last component is the first of the matrix turned round
            let alpha: Vec<f64> = (0..=last).rev().map(|j| self.projection[(j, j)]).collect();
            let beta: Vec<f64> = (0..last).rev().map(|j| self.projection[(j + 1, j)]).collect();
            let eigen = tridiagonal_eigen(&alpha, &beta)?;
            Ok((eigen.values, eigen.first))
        }
    }

    /// Adds columns until there are `goal`, at least one.
    fn extend(&mut self, goal: usize, max_products: u64) -> Result<(), Trouble> {
        let n = self.basis.nrows();
        while self.size < goal && (self.size == 0 || self.products < max_products) {
            let j = self.size;
            let coupling = self.arrow.take().unwrap_or_else(|| {
                let mut last = vec![0.0; j];
                if let Some(last) = last.last_mut() {
                    *last = self.remainder_norm;
                }
                last
            });
            for (i, value) in coupling.iter().enumerate() {
                self.projection[(i, j)] = *value;
                self.projection[(j, i)] = *value;
            }
            self.basis.column_mut(j).copy_from(&self.remainder);
            self.operator.apply(self.basis.column(j), self.remainder.as_view_mut());
            self.products += 1;
            self.size += 1;
            let alpha = self.basis.column(j).dot(&self.remainder);
            self.projection[(j, j)] = alpha;
            self.scale = self.scale.max(norm(self.remainder.as_slice()));
            if !(alpha.is_finite() && self.scale.is_finite()) {
                let at = format!("product {} of thick-restart Lanczos", self.products);
                return Err(Trouble::NonFinite { at });
            }
            // What is known to lie in the space goes first, so that one pass is enough for the rest.
            self.remainder.axpy(-alpha, &self.basis.column(j), 1.0);
            for (i, value) in coupling.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                self.remainder.axpy(-value, &self.basis.column(i), 1.0);
            }
            // Below the rounding error of a product the remainder has no direction of its own.
            let threshold = n as f64 * f64::EPSILON * self.scale;
            let norm = orthogonalise(&self.basis, self.size, &mut self.remainder, threshold);
            if self.size == n {
                self.remainder_norm = 0.0;
            } else if norm <= threshold {
                self.remainder = fresh_direction(&self.basis, self.size);
                self.remainder_norm = 0.0;
                self.invariant.get_or_insert(self.size);
            } else {
                self.remainder /= norm;
                self.remainder_norm = norm;
            }
        }
        Ok(())
    }

    /// V times some columns of the Ritz vectors' coordinates.
    fn ritz_vectors(&self, coordinates: &DMatrix<f64>) -> DMatrix<f64> {
        let mut vectors = DMatrix::zeros(self.basis.nrows(), coordinates.ncols());
        let basis = View::of(&self.basis).columns(0..self.size);
        gemm(1.0, basis, View::of(coordinates), 0.0, ViewMut::of(&mut vectors));
        vectors
    }

    /// Keeps the Ritz vectors at both ends and the remainder, drops the rest.
    fn restart(&mut self, values: &[f64], vectors: &DMatrix<f64>, wanted: Wanted) {
        let last = self.size - 1;
        let kept: Vec<usize> = wanted.generous(self.size - 1).indices(self.size).collect();
        let columns = self.ritz_vectors(&vectors.select_columns(&kept));
        self.basis.columns_mut(0, kept.len()).copy_from(&columns);
        self.projection.fill(0.0);
        for (place, &i) in kept.iter().enumerate() {
            self.projection[(place, place)] = values[i];
        }
        self.arrow = Some(kept.iter().map(|&i| self.remainder_norm * vectors[(last, i)]).collect());
        self.size = kept.len();
        self.restarted = true;
        self.invariant = None;
    }

    /// The wanted pairs, with their residuals measured.
    fn pairs(
        mut self,
        values: &[f64],
        vectors: &DMatrix<f64>,
        wanted: Wanted,
        options: Options,
    ) -> Result<Extremes, Trouble> {
        let chosen: Vec<usize> = wanted.indices(self.size).collect();
        let ritz = self.ritz_vectors(&vectors.select_columns(&chosen));
        let mut images = DMatrix::zeros(ritz.nrows(), ritz.ncols());
        self.operator.apply_block(&ritz, &mut images);
        self.products += chosen.len() as u64;
        let tolerance = options.tolerance * self.scale;
        let pair = |place: usize| {
            let (vector, image) = (ritz.column(place), images.column(place));
            let eigenvalue = values[chosen[place]];
            let residual = norm((image - vector * eigenvalue).as_slice());
            let resolved = image.amax() == 0.0 || self.scale >= SMALLEST;
            let converged = resolved && residual <= tolerance;
            Pair { eigenvalue, vector: vector.into_owned(), residual, converged }
        };
        let count = chosen.len();
        let result = Extremes {
            top: (0..count).rev().take(wanted.top).map(pair).collect(),
            bottom: (0..count).take(wanted.bottom).map(pair).collect(),
            products: self.products,
            max_products: options.max_products,
        };
        if result.top.iter().chain(&result.bottom).any(|pair| !pair.residual.is_finite()) {
            return Err(Trouble::NonFinite { at: "the product with a Ritz vector".into() });
        }
        Ok(result)
    }
}

/// A unit vector orthogonal to the first `count` < n columns: the coordinate axis least in their
/// span, orthogonalised. It takes no random number, so that the result is a function of the
/// operator and the start.
fn fresh_direction(basis: &DMatrix<f64>, count: usize) -> DVector<f64> {
    let n = basis.nrows();
    let inside = |i: usize| -> f64 { (0..count).map(|j| basis[(i, j)].powi(2)).sum() };
    let axis = (0..n).map(|i| (i, inside(i))).min_by(|a, b| a.1.total_cmp(&b.1));
    let mut direction = DVector::zeros(n);
    if let Some((axis, _)) = axis {
        direction[axis] = 1.0;
    }
    let norm = orthogonalise(basis, count, &mut direction, 0.0);
    direction / norm
}
