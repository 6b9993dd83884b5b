//! Copies of multiple eigenvalues, which a Krylov space from one start does not hold.

use nalgebra::{DMatrix, DVector, DVectorView, DVectorViewMut};

use crate::linalg::project_out;
use crate::operator::SymmetricOperator;
use crate::spectrum::extremes::{Within, search};
use crate::spectrum::krylov::orthogonalise;
use crate::spectrum::{Extremes, Options, Pair, Trouble, extremes, room};

/// Adds to pairs that [`extremes`] found the copies of multiple eigenvalues that it missed, and drops those
/// that thereby leave the list.
///
/// A search for one pair at each end, from a fresh direction orthogonal to all pairs, goes on until it has
/// converged or lies within the list by more than its residual. If it ends beyond the list, up to the
/// tolerance, a search for as many pairs as the list has follows on the same orthogonal complement, and the
/// next look, until nothing lies beyond or `options.max_products` are spent.
/// `direction` draws the starts, of the operator's dimension. A list that a complete basis gave is
/// complete, and comes back as it is.
///
/// ```
/// use hessian::{operator::Dense, spectrum::{Options, extremes, with_copies}};
/// use nalgebra::{DMatrix, DVector};
/// let mut numbers = (0_u32..).map(|i| f64::from(i * i % 97) - 48.0);
/// let mut direction = || DVector::from_fn(60, |_, _| numbers.next().unwrap());
/// let a = Dense::new(DMatrix::from_fn(60, 60, |i, j| if i == j { (i / 2) as f64 } else { 0.0 }))?;
/// let options = Options { tolerance: 1e-9, max_products: 1000 };
/// let found = extremes(&a, 3, 0, &direction(), options).unwrap();
/// let all = with_copies(&a, found, &mut direction, options).unwrap();
/// let top: Vec<f64> = all.top.iter().map(|pair| pair.eigenvalue.round()).collect();
/// assert_eq!(top, [29.0, 29.0, 28.0]);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when a direction or a product is.
pub fn with_copies(
    operator: &dyn SymmetricOperator,
    mut found: Extremes,
    mut direction: impl FnMut() -> DVector<f64>,
    options: Options,
) -> Result<Extremes, Trouble> {
    let n = operator.dimension();
    let (top, bottom) = (found.top.len(), found.bottom.len());
    if top + bottom == 0 || n <= room(n, top + bottom).0 {
        return Ok(found);
    }
    let pairs = || found.top.iter().chain(&found.bottom);
    let size = pairs().fold(0.0, |size: f64, pair| size.max(pair.eigenvalue.abs()));
    let limit = options.tolerance * size;
    let vectors: Vec<DVector<f64>> = pairs().map(|pair| pair.vector.clone()).collect();
    let mut rest = Complement { operator, basis: DMatrix::from_columns(&vectors), place: 0.0 };
    while rest.basis.ncols() < n && found.products < options.max_products {
        let ends = [&found.bottom, &found.top].map(|end| end.last().map(|pair| pair.eigenvalue));
        rest.place = match ends {
            [Some(low), Some(high)] => 0.5 * (low + high),
            [None, Some(high)] => high - size,
            [Some(low), None] => low + size,
            [None, None] => unreachable!("there is a pair at one end"),
        };
        let mut start = direction();
        if orthogonalise(&rest.basis, rest.basis.ncols(), &mut start, 0.0) == 0.0 {
            break;
        }
        let [low, high] = ends;
        let within =
            Within { low: low.unwrap_or(f64::INFINITY), high: high.unwrap_or(f64::NEG_INFINITY) };
        let one = [high, low].map(|end| usize::from(end.is_some()));
        let after = |spent: u64| Options {
            max_products: options.max_products.saturating_sub(spent),
            ..options
        };
        let look = search(&rest, one, &start, after(found.products), within)?;
        found.products += look.products;
        let first = |pairs: &[Pair]| pairs.first().map(|pair| pair.eigenvalue);
        let beyond = [
            low.zip(first(&look.bottom)).is_some_and(|(low, value)| value < low - limit),
            high.zip(first(&look.top)).is_some_and(|(high, value)| value > high + limit),
        ];
        if beyond == [false; 2] {
            break;
        }
        let wanted = |beyond: bool, count: usize| if beyond { count } else { 0 };
        let (high, low) = (wanted(beyond[1], top), wanted(beyond[0], bottom));
        let more = extremes(&rest, high, low, &start, after(found.products))?;
        found.products += more.products;
        let news: Vec<DVector<f64>> =
            more.top.iter().chain(&more.bottom).map(|pair| pair.vector.clone()).collect();
        rest.add(&news);
        merge(&mut found.top, more.top, top, |a, b| b.eigenvalue.total_cmp(&a.eigenvalue));
        merge(&mut found.bottom, more.bottom, bottom, |a, b| a.eigenvalue.total_cmp(&b.eigenvalue));
    }
    Ok(found)
}

/// The first `count` of both lists, in an order.
fn merge(
    list: &mut Vec<Pair>,
    more: Vec<Pair>,
    count: usize,
    order: impl Fn(&Pair, &Pair) -> std::cmp::Ordering,
) {
    list.extend(more);
    list.sort_by(order);
    list.truncate(count);
}

/// P A P + c (1 - P), where P projects away the columns of an orthonormal basis: A on their complement,
/// with the columns themselves at the eigenvalue c.
struct Complement<'a> {
    operator: &'a dyn SymmetricOperator,
    basis: DMatrix<f64>,
    place: f64,
}

impl Complement<'_> {
    /// Takes unit vectors that are nearly orthogonal to the basis into it.
    fn add(&mut self, vectors: &[DVector<f64>]) {
        for vector in vectors {
            let mut vector = vector.clone();
            let count = self.basis.ncols();
            let norm = orthogonalise(&self.basis, count, &mut vector, 0.0);
            // a vector of the basis itself is no news
            if norm > 0.5 {
                let basis = std::mem::replace(&mut self.basis, DMatrix::zeros(0, 0));
                self.basis = basis.resize_horizontally(count + 1, 0.0);
                self.basis.column_mut(count).copy_from(&(vector / norm));
            }
        }
    }
}

impl SymmetricOperator for Complement<'_> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn apply(&self, x: DVectorView<'_, f64>, mut y: DVectorViewMut<'_, f64>) {
        let mut outside = x.into_owned();
        project_out(self.basis.as_slice(), outside.as_mut_slice());
        self.operator.apply(outside.as_view(), y.as_view_mut());
        project_out(self.basis.as_slice(), y.as_mut_slice());
        for ((y, x), outside) in y.iter_mut().zip(x.iter()).zip(outside.iter()) {
            *y += self.place * (x - outside);
        }
    }
}
