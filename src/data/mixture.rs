//! Gaussian clusters: the classification task whose number of classes is known by construction.

use nalgebra::DMatrix;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::data::{Dataset, Targets};
use crate::error::{Error, Result};

/// Most numbers that clusters may hold, 8 bytes each: chosen here because 2 GiB is far above any
/// data set of this laboratory, and a slip of the pen in a specification should not ask for more.
const MAX_NUMBERS: usize = 1 << 28;

/// Samples from a mixture of Gaussian clusters of unit variance, one class per cluster.
///
/// The centres are c_0, ..., c_{k-1} ~ N(0, separation^2 I) in `dimension` dimensions, sample i is
/// c_{i mod k} + N(0, I) with label i mod k: every run of consecutive samples, such as the training
/// part of [`Dataset::split`], has balanced labels within one. Littwin and Wolf (2016) train on
/// such clusters (10 of them in 50 dimensions, Fig. 1d).
///
/// Draws come in the order centres, then sample after sample, so asking for more samples leaves the
/// first ones as they are.
///
/// # Errors
/// Those of [`check_mixture`].
///
/// ```
/// use hessian::{data, random::Streams};
/// let mut stream = Streams::new(1, "demo", 0).stream("data", "");
/// let clusters = data::gaussian_mixture(&mut stream, 10, 50, 10_000, 1.0)?;
/// assert_eq!((clusters.features(), clusters.samples()), (50, 10_000));
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn gaussian_mixture<R: Rng + ?Sized>(
    rng: &mut R,
    classes: usize,
    dimension: usize,
    samples: usize,
    separation: f64,
) -> Result<Dataset> {
    check_mixture(classes, dimension, samples, separation)?;
    let centres = standard_normal(rng, dimension, classes) * separation;
    let mut inputs = standard_normal(rng, dimension, samples);
    for (i, mut sample) in inputs.column_iter_mut().enumerate() {
        sample += centres.column(i % classes);
    }
    let labels = (0..samples).map(|i| i % classes).collect();
    Ok(Dataset { inputs, targets: Targets::Classes { labels, classes } })
}

/// Whether [`gaussian_mixture`] can be drawn at these sizes, without drawing it.
///
/// # Errors
/// A spec error unless `classes >= 1`, `dimension >= 1`, `samples >= classes` and `separation` is
/// finite and not negative; a capacity error for more than 2 GiB of numbers.
pub fn check_mixture(
    classes: usize,
    dimension: usize,
    samples: usize,
    separation: f64,
) -> Result<()> {
    if classes == 0 || dimension == 0 || samples < classes {
        return Err(Error::spec(format!(
            "expected at least 1 class, 1 dimension and as many samples as classes, found {classes} \
             classes, {dimension} dimensions, {samples} samples"
        )));
    }
    if !(separation.is_finite() && separation >= 0.0) {
        return Err(Error::spec(format!(
            "expected a separation that is finite and at least 0, found {separation}"
        )));
    }
    if dimension.checked_mul(samples).is_none_or(|numbers| numbers > MAX_NUMBERS) {
        return Err(Error::capacity(format!(
            "{samples} samples in {dimension} dimensions are more than the {MAX_NUMBERS} numbers \
             (8 bytes each) that clusters may hold; ask for fewer"
        )));
    }
    Ok(())
}

/// A matrix of independent N(0, 1), drawn column by column.
fn standard_normal<R: Rng + ?Sized>(rng: &mut R, rows: usize, columns: usize) -> DMatrix<f64> {
    let draws = (0..rows * columns).map(|_| StandardNormal.sample(rng));
    DMatrix::from_iterator(rows, columns, draws)
}
