//! What a data set is, its split into training and test part, and its standardisation.

use nalgebra::{DMatrix, DVector};
use rand::Rng;

use crate::error::{Error, Result};

/// Inputs and what is to be predicted from them; sample i is column i of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Features x samples.
    pub inputs: DMatrix<f64>,
    /// The targets, one per sample.
    pub targets: Targets,
}

/// What is to be predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// One class per sample.
    Classes {
        /// The class of each sample, in `0..classes`.
        labels: Vec<usize>,
        /// The number of classes.
        classes: usize,
    },
    /// Real values: outputs x samples.
    Values(DMatrix<f64>),
}

impl Dataset {
    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.inputs.ncols()
    }

    /// The number of features of a sample.
    pub fn features(&self) -> usize {
        self.inputs.nrows()
    }

    /// The samples with the given indices, in the order given.
    ///
    /// # Panics
    /// If an index is not below [`samples`](Self::samples).
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Dataset {
        let targets = match &self.targets {
            Targets::Classes { labels, classes } => Targets::Classes {
                labels: indices.iter().map(|&i| labels[i]).collect(),
                classes: *classes,
            },
            Targets::Values(values) => Targets::Values(values.select_columns(indices)),
        };
        Dataset { inputs: self.inputs.select_columns(indices), targets }
    }

    /// The first `train` samples for training, the rest for testing.
    ///
    /// # Errors
    /// A data error unless `0 < train < samples`: neither part may be empty.
    pub fn split(&self, train: usize) -> Result<Split> {
        let samples = self.samples();
        check_split(samples, train)?;
        let (first, rest): (Vec<usize>, Vec<usize>) = (0..samples).partition(|&i| i < train);
        Ok(Split { train: self.select(&first), test: self.select(&rest) })
    }
}

/// Whether `samples` samples can be split after the first `train`.
///
/// # Errors
/// A data error unless `0 < train < samples`: neither part may be empty.
pub fn check_split(samples: usize, train: usize) -> Result<()> {
    if train == 0 || train >= samples {
        return Err(Error::data(format!(
            "expected a number of training samples between 1 and {}, found {train}: of {samples} \
             samples neither the training nor the test part may be empty",
            samples.saturating_sub(1)
        )));
    }
    Ok(())
}

/// A training and a test part with the same features and targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// What is learned from.
    pub train: Dataset,
    /// What is only measured on.
    pub test: Dataset,
}

/// How [`Split::standardise`] changed the features: `x -> (x - mean) / scale`.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardisation {
    /// Mean of each feature over the training samples.
    pub mean: DVector<f64>,
    /// Standard deviation of each feature over the training samples (divisor: their number); 1 for
    /// a constant feature.
    pub scale: DVector<f64>,
    /// The features that are constant over the training samples: centred, not scaled.
    pub constant: Vec<usize>,
}

impl Split {
    /// Brings every feature to mean 0 and variance 1 over the training samples, and moves the test
    /// samples by the same map.
    ///
    /// Only training statistics enter. A feature that is constant in training has no scale of its
    /// own (a pixel at the border, say): it is centred, left unscaled and listed in the result, so
    /// that a table with such a feature can be used and the caller can still say so.
    pub fn standardise(&mut self) -> Standardisation {
        let features = self.train.features();
        let mut mean = DVector::zeros(features);
        let mut scale = DVector::repeat(features, 1.0);
        let mut constant = Vec::new();
        for j in 0..features {
            let row = self.train.inputs.row(j);
            let count = row.len() as f64;
            let first = row[0];
            if row.iter().all(|&x| x == first) {
                mean[j] = first;
                constant.push(j);
            } else {
                mean[j] = row.iter().sum::<f64>() / count;
                // Relative to the largest deviation no square over- or underflows.
                let largest = row.iter().map(|x| (x - mean[j]).abs()).fold(0.0, f64::max);
                let square = |x: &f64| ((x - mean[j]) / largest).powi(2);
                scale[j] = largest * (row.iter().map(square).sum::<f64>() / count).sqrt();
            }
            for part in [&mut self.train, &mut self.test] {
                part.inputs.row_mut(j).apply(|x| *x = (*x - mean[j]) / scale[j]);
            }
        }
        Standardisation { mean, scale, constant }
    }
}

/// `count` different indices below `available`, drawn uniformly, in increasing order.
///
/// The samples on which a Hessian is taken: drawn once, then fixed.
///
/// # Errors
/// A spec error when more are asked for than there are, or none.
///
/// ```
/// use hessian::random::Streams;
/// let mut stream = Streams::new(1, "demo", 0).stream("subset", "");
/// assert_eq!(hessian::data::subset(&mut stream, 4, 4)?, [0, 1, 2, 3]);
/// assert!(hessian::data::subset(&mut stream, 4, 5).is_err());
/// # Ok::<(), hessian::Error>(())
/// ```
pub fn subset<R: Rng + ?Sized>(rng: &mut R, available: usize, count: usize) -> Result<Vec<usize>> {
    if count == 0 || count > available {
        return Err(Error::spec(format!(
            "expected a subset of 1 to {available} samples, found {count}: lower the number or use \
             more data"
        )));
    }
    let mut indices = rand::seq::index::sample(rng, available, count).into_vec();
    indices.sort_unstable();
    Ok(indices)
}
