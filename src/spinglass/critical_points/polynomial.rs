//! A polynomial on R^N or C^N as a sum of symmetric tensors, each in full: for N up to eight or so.

use std::collections::BTreeMap;

use nalgebra::{ComplexField, DMatrix};

use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::spinglass::Hamiltonian;

/// The most entries of one tensor: chosen here, 8 MB.
const ENTRIES: usize = 1 << 20;

/// f(x) = sum over r of T_r(x, ..., x), T_r symmetric with N^r entries.
///
/// ```
/// use hessian::spinglass::Polynomial;
/// // 2 x y
/// let f = Polynomial::new(2, vec![(2, vec![0.0, 1.0, 1.0, 0.0])])?;
/// assert_eq!(f.value(&[3.0, 5.0]), 30.0);
/// # Ok::<(), hessian::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Polynomial {
    dimension: usize,
    /// Degrees r ascending, each with its tensor, the last index running fastest.
    tensors: Vec<(usize, Vec<f64>)>,
}

/// A polynomial's value, gradient and Hessian at a point.
#[derive(Debug, Clone)]
pub(super) struct Jet<T> {
    pub value: T,
    pub gradient: Vec<T>,
    pub hessian: DMatrix<T>,
}

impl Polynomial {
    /// The polynomial with these tensors: pairs of a degree r >= 1 and N^r entries that are
    /// symmetric in all indices.
    ///
    /// # Errors
    /// A spec error for N = 0, no tensor, a degree of 0 or given twice, or a wrong number of entries;
    /// a capacity error for more than a million entries; a data error for an entry that is not
    /// finite.
    pub fn new(dimension: usize, mut tensors: Vec<(usize, Vec<f64>)>) -> Result<Self> {
        tensors.sort_by_key(|tensor| tensor.0);
        if dimension == 0 || tensors.is_empty() {
            return Err(Error::spec("polynomial: expected a variable and a tensor at least"));
        }
        if tensors[0].0 == 0 || tensors.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::spec("polynomial: expected degrees above 0, each once"));
        }
        for (degree, entries) in &tensors {
            let expected = entries_of(dimension, *degree)?;
            if entries.len() != expected {
                return Err(Error::spec(format!(
                    "polynomial: expected {expected} entries in the tensor of degree {degree}, found \
                     {}",
                    entries.len()
                )));
            }
            if entries.iter().any(|entry| !entry.is_finite()) {
                return Err(Error::data(format!(
                    "polynomial: an entry of the tensor of degree {degree} is not finite"
                )));
            }
        }
        Ok(Self { dimension, tensors })
    }

    /// f(x) = H(sqrt N x)/sqrt N, of variance 1 on the unit sphere: where x is critical for f, s =
    /// sqrt N x is for H, with the same index, and the energy per spin is H/N = f/sqrt N.
    ///
    /// # Errors
    /// A capacity error for more than a million entries.
    pub fn of_hamiltonian<T: Real>(hamiltonian: &Hamiltonian<T>) -> Result<Self> {
        let n = hamiltonian.dimension();
        let mut tuples: BTreeMap<usize, Vec<(Vec<usize>, f64)>> = BTreeMap::new();
        hamiltonian.for_each_coefficient(|tuple, coefficient| {
            tuples.entry(tuple.len()).or_default().push((tuple.to_vec(), coefficient));
        });
        let tensor = |(degree, tuples): (usize, Vec<(Vec<usize>, f64)>)| {
            let mut entries = vec![0.0; entries_of(n, degree)?];
            let scale = (n as f64).powf(0.5 * (degree as f64 - 1.0));
            for (mut tuple, coefficient) in tuples {
                let mut orders = Vec::new();
                each_order(&mut tuple, 0, n, &mut orders);
                let share = scale * coefficient / orders.len() as f64;
                orders.into_iter().for_each(|place| entries[place] = share);
            }
            Ok((degree, entries))
        };
        Self::new(n, tuples.into_iter().map(tensor).collect::<Result<_>>()?)
    }

    /// The number of variables N.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The largest degree.
    pub fn degree(&self) -> usize {
        self.tensors[self.tensors.len() - 1].0
    }

    /// Whether f(-x) = f(x) or f(-x) = -f(x): all degrees are even, or all are odd.
    pub fn has_parity(&self) -> bool {
        self.tensors.iter().all(|tensor| tensor.0 % 2 == self.tensors[0].0 % 2)
    }

    /// f(x).
    ///
    /// # Panics
    /// When x has not N entries.
    pub fn value(&self, x: &[f64]) -> f64 {
        self.jet(x).value
    }

    /// A bound of |D^k f(y)[v, ..., v]| for |y| <= radius and |v| = 1, by the Frobenius norms of the
    /// tensors.
    pub(super) fn derivative_bound(&self, order: usize, radius: f64) -> f64 {
        let bound = |(degree, entries): &(usize, Vec<f64>)| {
            if *degree < order {
                return 0.0;
            }
            let norm = entries.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
            let falling: f64 = (0..order).map(|i| (degree - i) as f64).product();
            falling * norm * radius.powi((degree - order) as i32)
        };
        self.tensors.iter().map(bound).sum()
    }

    /// Value, gradient and Hessian at a real or complex point.
    pub(super) fn jet<T: ComplexField<RealField = f64> + Copy>(&self, x: &[T]) -> Jet<T> {
        let n = self.dimension;
        assert_eq!(x.len(), n, "a polynomial of {n} variables at a point with {}", x.len());
        let mut jet =
            Jet { value: T::zero(), gradient: vec![T::zero(); n], hessian: DMatrix::zeros(n, n) };
        for (degree, entries) in &self.tensors {
            let r = *degree as f64;
            match degree {
                1 => {
                    for (i, entry) in entries.iter().enumerate() {
                        jet.value += x[i].scale(*entry);
                        jet.gradient[i] += T::from_real(*entry);
                    }
                }
                2 => jet.add_form(
                    r,
                    x,
                    &entries.iter().map(|e| T::from_real(*e)).collect::<Vec<T>>(),
                ),
                _ => {
                    let mut form = contract(entries, x, |entry, x| x.scale(entry));
                    for _ in 3..*degree {
                        form = contract(&form, x, |entry, x| entry * x);
                    }
                    jet.add_form(r, x, &form);
                }
            }
        }
        jet
    }
}

impl<T: ComplexField<RealField = f64> + Copy> Jet<T> {
    /// Adds the part of degree r whose tensor was contracted with x down to a matrix.
    fn add_form(&mut self, r: f64, x: &[T], form: &[T]) {
        let n = x.len();
        for (i, row) in form.chunks_exact(n).enumerate() {
            let mut product = T::zero();
            for (j, entry) in row.iter().enumerate() {
                product += *entry * x[j];
                self.hessian[(i, j)] += entry.scale(r * (r - 1.0));
            }
            self.gradient[i] += product.scale(r);
            self.value += product * x[i];
        }
    }
}

/// The sum over the first index of a tensor times x.
fn contract<A: Copy, T: ComplexField + Copy>(
    tensor: &[A],
    x: &[T],
    times: impl Fn(A, T) -> T,
) -> Vec<T> {
    let length = tensor.len() / x.len();
    let mut sums = vec![T::zero(); length];
    for (slice, x) in tensor.chunks_exact(length).zip(x) {
        for (sum, entry) in sums.iter_mut().zip(slice) {
            *sum += times(*entry, *x);
        }
    }
    sums
}

/// The places of the distinct orders of these indices, which are sorted, in a tensor behind the
/// indices that led to `offset`.
fn each_order(indices: &mut Vec<usize>, offset: usize, n: usize, places: &mut Vec<usize>) {
    if indices.is_empty() {
        places.push(offset);
    }
    for place in 0..indices.len() {
        if place > 0 && indices[place] == indices[place - 1] {
            continue;
        }
        let index = indices.remove(place);
        each_order(indices, offset * n + index, n, places);
        indices.insert(place, index);
    }
}

/// N^r, if that is not too much.
pub(super) fn entries_of(dimension: usize, degree: usize) -> Result<usize> {
    let entries = dimension.checked_pow(degree as u32).filter(|entries| *entries <= ENTRIES);
    entries.ok_or_else(|| {
        Error::capacity(format!(
            "polynomial: expected at most {ENTRIES} entries in a tensor, found {dimension}^{degree}"
        ))
    })
}
