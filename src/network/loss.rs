//! The objective: a mean over samples of cross-entropy, half the squared distance or the hinge.

use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::network::batch::BatchTargets;
use crate::network::description::Loss;

/// From this probability of one class on, what is left to the others is added up by itself: 1 - p has lost
/// its digits where a sample is fitted. Chosen here: below it at most one digit is lost.
const NEARLY_ALL: f64 = 0.9;

/// The loss and its first derivative at the outputs of a batch.
#[derive(Debug, Clone)]
pub struct Objective<T> {
    /// Which one.
    pub kind: Loss,
    /// Mean over samples.
    pub loss: f64,
    /// d loss / d outputs, outputs x samples.
    pub adjoint: Vec<T>,
    /// Softmax probabilities for cross-entropy, which its second derivative needs; else empty.
    pub probabilities: Vec<T>,
    /// Samples whose largest output is that of their class; 0 for targets without classes.
    pub correct: usize,
}

impl<T> Objective<T> {
    /// Before any outputs are known.
    pub fn empty(kind: Loss) -> Self {
        Self { kind, loss: 0.0, adjoint: Vec::new(), probabilities: Vec::new(), correct: 0 }
    }
}

/// Refuses targets that a loss cannot take.
pub fn check_targets<T: Real>(loss: Loss, targets: &BatchTargets<T>) -> Result<()> {
    match (loss, targets) {
        (Loss::CrossEntropy, BatchTargets::Values(_)) => Err(Error::data(
            "cross-entropy needs a class per sample, found vectors; use loss = \"squared\"",
        )),
        (Loss::Hinge, BatchTargets::Values(values)) => {
            match values.iter().find(|y| y.wide().abs() != 1.0) {
                None => Ok(()),
                Some(y) => Err(Error::data(format!(
                    "the hinge loss needs classes or targets of -1 and 1, found {}",
                    y.wide()
                ))),
            }
        }
        _ => Ok(()),
    }
}

/// Evaluates the objective.
///
/// # Panics
/// On targets that [`check_targets`] refuses.
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
                total += softmax(column, *label).wide();
            }
            probabilities = adjoint.clone();
            for (column, label) in adjoint.chunks_exact_mut(width).zip(labels) {
                column[*label] = if column[*label].wide() < NEARLY_ALL {
                    column[*label] - T::one()
                } else {
                    -all_but(column, *label)
                };
                column.iter_mut().for_each(|x| *x *= weight);
            }
        }
        (Loss::CrossEntropy, BatchTargets::Values(_)) => {
            unreachable!("cross-entropy takes classes; Point::new refuses anything else")
        }
        (Loss::Hinge, targets) => {
            for (s, column) in adjoint.chunks_exact_mut(width).enumerate() {
                total += match targets {
                    BatchTargets::Classes(labels) => hinge_of_class(column, labels[s]),
                    BatchTargets::Values(values) => {
                        hinge_of_signs(column, &values[s * width..][..width])
                    }
                };
                column.iter_mut().for_each(|x| *x *= weight);
            }
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
    Objective { kind: loss, loss: total / samples as f64, adjoint, probabilities, correct }
}

/// Replaces the tangent of some samples' outputs by that of their adjoint: the loss's second derivative
/// in the outputs applied to it, (p . r - p (p' r)) / B for cross-entropy, r / B for the squared
/// distance and 0 for the hinge, which is piecewise linear. `first` is the first sample's number.
///
/// The first of these is the same for r + constant: where one class has nearly all of the probability, r counts
/// from its entry there, so that what is left to it is no difference of numbers close to 1.
pub fn second_derivative<T: Real>(
    objective: &Objective<T>,
    width: usize,
    first: usize,
    r: &mut [T],
) {
    let samples = objective.adjoint.len() / width;
    let weight = T::one() / T::narrow(samples as f64);
    match objective.kind {
        Loss::Hinge => r.fill(T::zero()),
        Loss::Squared => r.iter_mut().for_each(|x| *x *= weight),
        Loss::CrossEntropy => {
            let probabilities = objective.probabilities[first * width..].chunks_exact(width);
            for (r, p) in r.chunks_exact_mut(width).zip(probabilities) {
                let likeliest = largest(p);
                if p[likeliest].wide() >= NEARLY_ALL {
                    let from = r[likeliest];
                    r.iter_mut().for_each(|r| *r -= from);
                }
                let along = r.iter().zip(p).fold(T::zero(), |sum, (r, p)| sum + *r * *p);
                for (r, p) in r.iter_mut().zip(p) {
                    *r = *p * (*r - along) * weight;
                }
            }
        }
    }
}

/// Replaces logits by probabilities and returns log sum exp of the logits less the label's.
fn softmax<T: Real>(column: &mut [T], label: usize) -> T {
    let likeliest = largest(column);
    let (top, logit) = (column[likeliest], column[label]);
    let mut sum = T::zero();
    for x in column.iter_mut() {
        *x = (*x - top).exp();
        sum += *x;
    }
    let rest = all_but(column, likeliest);
    for x in column.iter_mut() {
        *x /= sum;
    }
    if column[likeliest].wide() < NEARLY_ALL {
        top + sum.ln() - logit
    } else {
        top - logit + rest.ln_1p()
    }
}

/// The sum of all entries but one.
fn all_but<T: Real>(column: &[T], one: usize) -> T {
    let (before, behind) = (&column[..one], &column[one + 1..]);
    before.iter().chain(behind).fold(T::zero(), |sum, x| sum + *x)
}

/// Replaces outputs by the derivative of sum over j != y of max(0, 1 - f_y + f_j) / k, which is
/// returned.
fn hinge_of_class<T: Real>(column: &mut [T], label: usize) -> f64 {
    let share = T::one() / T::narrow(column.len() as f64);
    let own = column[label];
    let (mut total, mut violations) = (0.0, T::zero());
    for (j, f) in column.iter_mut().enumerate() {
        let excess = T::one() - own + *f;
        // asked this way round, a NaN counts instead of turning into a healthy 0
        let met = excess <= T::zero();
        let counts = j != label && !met;
        *f = if counts { share } else { T::zero() };
        if counts {
            total += (excess * share).wide();
            violations += share;
        }
    }
    column[label] = -violations;
    total
}

/// Replaces outputs by the derivative of sum over j of max(0, 1 - y_j f_j), which is returned.
fn hinge_of_signs<T: Real>(column: &mut [T], signs: &[T]) -> f64 {
    let mut total = 0.0;
    for (f, y) in column.iter_mut().zip(signs) {
        let excess = T::one() - *y * *f;
        let met = excess <= T::zero();
        *f = if met { T::zero() } else { -*y };
        if !met {
            total += excess.wide();
        }
    }
    total
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
