//! The objective: a mean over samples of cross-entropy or half the squared distance.

use crate::linalg::Real;
use crate::network::batch::BatchTargets;
use crate::network::description::Loss;

/// The loss and its first derivative at the outputs of a batch.
#[derive(Debug, Clone)]
pub struct Objective<T> {
    /// Mean over samples.
    pub loss: f64,
    /// d loss / d outputs, outputs x samples.
    pub adjoint: Vec<T>,
    /// Softmax probabilities for cross-entropy, which its second derivative needs; else empty.
    pub probabilities: Vec<T>,
    /// Samples whose largest output is that of their class; 0 for targets without classes.
    pub correct: usize,
}

/// Evaluates the objective.
///
/// # Panics
/// When cross-entropy meets targets that are no classes: refused when the point is made.
pub fn objective<T: Real>(
    loss: Loss,
    outputs: &[T],
    width: usize,
    targets: &BatchTargets<T>,
) -> Objective<T> {
    let samples = outputs.len() / width;
    let weight = T::one() / T::narrow(samples as f64);
    let mut adjoint = outputs.to_vec();
    let mut total = 0.0;
    let mut probabilities = Vec::new();
    match (loss, targets) {
        (Loss::CrossEntropy, BatchTargets::Classes(labels)) => {
            for (column, label) in adjoint.chunks_exact_mut(width).zip(labels) {
                let logit = column[*label];
                total += (softmax(column) - logit).wide();
            }
            probabilities = adjoint.clone();
            for (column, label) in adjoint.chunks_exact_mut(width).zip(labels) {
                column[*label] -= T::one();
                column.iter_mut().for_each(|x| *x *= weight);
            }
        }
        (Loss::CrossEntropy, BatchTargets::Values(_)) => {
            unreachable!("cross-entropy takes classes; Point::new refuses anything else")
        }
        (Loss::Squared, targets) => {
            for (s, column) in adjoint.chunks_exact_mut(width).enumerate() {
                match targets {
                    BatchTargets::Classes(labels) => column[labels[s]] -= T::one(),
                    BatchTargets::Values(values) => {
                        for (x, y) in column.iter_mut().zip(&values[s * width..]) {
                            *x -= *y;
                        }
                    }
                }
                total += column.iter().map(|x| x.wide() * x.wide()).sum::<f64>() / 2.0;
                column.iter_mut().for_each(|x| *x *= weight);
            }
        }
    }
    let correct = match targets {
        BatchTargets::Classes(labels) => {
            let columns = outputs.chunks_exact(width).zip(labels);
            columns.filter(|(column, label)| largest(column) == **label).count()
        }
        BatchTargets::Values(_) => 0,
    };
    Objective { loss: total / samples as f64, adjoint, probabilities, correct }
}

/// The tangent of the adjoint: the loss's second derivative in the outputs applied to `r_outputs`,
/// (p . r - p (p' r)) / B for cross-entropy and r / B for the squared distance.
pub fn second_derivative<T: Real>(
    objective: &Objective<T>,
    width: usize,
    r_outputs: &[T],
) -> Vec<T> {
    let samples = r_outputs.len() / width;
    let weight = T::one() / T::narrow(samples as f64);
    let mut out = r_outputs.to_vec();
    if objective.probabilities.is_empty() {
        out.iter_mut().for_each(|x| *x *= weight);
    } else {
        let columns = out.chunks_exact_mut(width).zip(objective.probabilities.chunks_exact(width));
        for (r, p) in columns {
            let along = r.iter().zip(p).fold(T::zero(), |sum, (r, p)| sum + *r * *p);
            for (r, p) in r.iter_mut().zip(p) {
                *r = *p * (*r - along) * weight;
            }
        }
    }
    out
}

/// Replaces logits by probabilities and returns log sum exp of the logits.
fn softmax<T: Real>(column: &mut [T]) -> T {
    let top = column.iter().fold(column[0], |top, x| if *x > top { *x } else { top });
    let mut sum = T::zero();
    for x in column.iter_mut() {
        *x = (*x - top).exp();
        sum += *x;
    }
    for x in column.iter_mut() {
        *x /= sum;
    }
    top + sum.ln()
}

/// Index of the largest entry, the first at a tie.
fn largest<T: Real>(column: &[T]) -> usize {
    let mut best = 0;
    for (index, x) in column.iter().enumerate() {
        if *x > column[best] {
            best = index;
        }
    }
    best
}
