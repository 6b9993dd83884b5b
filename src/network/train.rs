//! Training: stochastic gradient descent with momentum, weight decay and a schedule.

use rand::Rng;
use rand::seq::SliceRandom;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::network::batch::Batch;
use crate::network::point::{Buffers, Normalization, Point};
use crate::network::program::{Op, Program};
use crate::network::state::State;

/// How parameters move, in PyTorch's convention: g <- gradient + decay w, v <- momentum v + g,
/// w <- w - rate v.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// Samples per step; the last batch of an epoch may be smaller.
    pub batch: usize,
    /// Learning rate at the start.
    pub rate: f64,
    /// Share of the last step that the next one keeps.
    pub momentum: f64,
    /// Pull of every parameter towards 0.
    pub weight_decay: f64,
    /// From this step on, the rate is multiplied by this factor.
    pub drops: Vec<(u64, f64)>,
}

impl Descent {
    /// The learning rate of a step, counted from 0.
    pub fn rate_at(&self, step: u64) -> f64 {
        let passed = self.drops.iter().filter(|(from, _)| step >= *from);
        passed.fold(self.rate, |rate, (_, factor)| rate * factor)
    }

    /// Checks the numbers against a data set and a network.
    ///
    /// # Errors
    /// A spec error for a batch of 0 or beyond the data, for a last batch of one sample under
    /// batch norm, and for a rate, momentum or decay out of range.
    pub fn check(&self, program: &Program, samples: usize) -> Result<()> {
        let refuse = |what: String| Err(Error::spec(what));
        if self.batch == 0 || self.batch > samples {
            return refuse(format!(
                "batch = {} should lie between 1 and the {samples} training samples",
                self.batch
            ));
        }
        let smallest =
            if samples.is_multiple_of(self.batch) { self.batch } else { samples % self.batch };
        if program.fewest_normalised(smallest) == Some(1) {
            return refuse(format!(
                "batch = {} leaves a batch of one of {samples} samples, whose variance is 0; \
                 choose another batch size",
                self.batch
            ));
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return refuse(format!("rate = {} should be a positive number", self.rate));
        }
        if !(0.0..1.0).contains(&self.momentum) {
            return refuse(format!("momentum = {} should lie in [0, 1)", self.momentum));
        }
        if !(self.weight_decay.is_finite() && self.weight_decay >= 0.0) {
            return refuse(format!("weight_decay = {} should be 0 or more", self.weight_decay));
        }
        if let Some((step, factor)) =
            self.drops.iter().find(|(_, factor)| !(factor.is_finite() && *factor > 0.0))
        {
            return refuse(format!(
                "drops: the factor {factor} from step {step} should be a positive number"
            ));
        }
        Ok(())
    }
}

/// A training run in progress: the order of the samples and the momentum.
#[derive(Debug, Clone)]
pub struct Training<'a, T> {
    program: &'a Program,
    data: &'a Dataset,
    descent: &'a Descent,
    order: Vec<usize>,
    next: usize,
    velocity: Vec<T>,
    step: u64,
    buffers: Buffers<T>,
}

impl<'a, T: Real> Training<'a, T> {
    /// A run at its start.
    pub fn new(program: &'a Program, data: &'a Dataset, descent: &'a Descent) -> Self {
        Self {
            program,
            data,
            descent,
            order: (0..data.inputs.ncols()).collect(),
            next: 0,
            velocity: vec![T::zero(); program.parameters()],
            step: 0,
            buffers: Buffers::default(),
        }
    }

    /// Number of steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Takes one step on the next batch; a new epoch begins with a new order of the samples.
    /// Running statistics follow with each batch norm's own momentum, by the unbiased variance.
    /// Returns the loss of the batch before the step.
    ///
    /// # Errors
    /// As [`Point::new`].
    pub fn step(&mut self, state: &mut State<T>, order: &mut impl Rng) -> Result<f64> {
        if self.next == 0 {
            self.order.shuffle(order);
        }
        let end = (self.next + self.descent.batch).min(self.order.len());
        let batch = Batch::gather(self.data, &self.order[self.next..end]);
        self.next = if end == self.order.len() { 0 } else { end };
        let buffers = std::mem::take(&mut self.buffers);
        let point = Point::reusing(buffers, self.program, state, Normalization::Batch, &batch)?;
        let loss = point.loss();
        let (mean, variance) = followed(&point, state);
        self.buffers = point.into_buffers();
        (state.running_mean, state.running_variance) = (mean, variance);

        let rate = T::narrow(self.descent.rate_at(self.step));
        let (momentum, decay) =
            (T::narrow(self.descent.momentum), T::narrow(self.descent.weight_decay));
        for ((w, v), g) in
            state.parameters.iter_mut().zip(&mut self.velocity).zip(&self.buffers.gradient)
        {
            *v = momentum * *v + (*g + decay * *w);
            *w -= rate * *v;
        }
        self.step += 1;
        Ok(loss)
    }
}

/// The running statistics after one more batch.
fn followed<T: Real>(point: &Point<'_, T>, state: &State<T>) -> (Vec<T>, Vec<T>) {
    let (mut mean, mut variance) = (state.running_mean.clone(), state.running_variance.clone());
    for (index, node) in point.program().nodes.iter().enumerate() {
        let (Op::BatchNorm { momentum, statistics, .. }, Some(normalised)) =
            (&node.op, point.normalised(index))
        else {
            continue;
        };
        let count = point.samples() * point.program().shapes[node.output].positions();
        let unbiased = T::narrow(count as f64 / (count as f64 - 1.0));
        let (new, old) = (T::narrow(*momentum), T::narrow(1.0 - momentum));
        for (f, (m, v)) in normalised.mean.iter().zip(&normalised.variance).enumerate() {
            let at = statistics + f;
            mean[at] = old * mean[at] + new * *m;
            variance[at] = old * variance[at] + new * unbiased * *v;
        }
    }
    (mean, variance)
}
