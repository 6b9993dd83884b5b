//! A point: a network with its parameters on a batch, forward and reverse pass done once.
//!
//! Everything that is evaluated at the point shares these two passes: the loss, the gradient, and
//! products with the Hessian or the generalised Gauss-Newton matrix.

use std::sync::Mutex;

use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::network::batch::Batch;
use crate::network::footprint::Reads;
use crate::network::layers::batch_norm::{Normalised, reverse_affine};
use crate::network::layers::conv;
use crate::network::layers::linear::{reverse_bias, reverse_weight};
use crate::network::layers::map::by_position;
use crate::network::layers::{activation, add};
use crate::network::loss::{Objective, check_targets, objective};
use crate::network::plan::readers;
use crate::network::program::{Factor, Op, Program, Slot};
use crate::network::state::State;
use crate::network::workspace::Workspace;

/// Where batch norm takes its statistics from, and whether they are differentiated through.
///
/// There is no default: the three kinds give three different functions of the parameters, and so
/// three different Hessians. A network without batch norm is the same under each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Normalization {
    /// Statistics of the batch, differentiated through: the function that training sees.
    Batch,
    /// The current statistics of the batch, held constant.
    Frozen,
    /// Running averages: the function of evaluation mode.
    Running,
}

impl Normalization {
    /// The three kinds.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Frozen, Self::Running];

    /// Its word in records and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Frozen => "frozen",
            Self::Running => "running",
        }
    }
}

/// A network evaluated on a batch: values and adjoints of every slot.
#[derive(Debug)]
pub struct Point<'a, T> {
    program: &'a Program,
    parameters: &'a [T],
    pub(super) values: Vec<Vec<T>>,
    pub(super) adjoints: Vec<Vec<T>>,
    normalised: Vec<Option<Normalised<T>>>,
    /// Per node the adjoint that a batch norm gives its input, where that is not the input's whole
    /// adjoint.
    pub(super) shares: Vec<Vec<T>>,
    pub(super) workspaces: Mutex<Vec<Workspace<T>>>,
    pub(super) objective: Objective<T>,
    gradient: Vec<T>,
    samples: usize,
    normalization: Normalization,
    /// Whether all values and adjoints are there.
    whole: bool,
}

/// The arrays of a point, to be filled again by the next one: see [`Point::reusing`].
#[derive(Debug, Clone)]
pub struct Buffers<T> {
    pub(super) gradient: Vec<T>,
    values: Vec<Vec<T>>,
    adjoints: Vec<Vec<T>>,
    normalised: Vec<Option<Normalised<T>>>,
}

impl<T> Default for Buffers<T> {
    fn default() -> Self {
        Self {
            gradient: Vec::new(),
            values: Vec::new(),
            adjoints: Vec::new(),
            normalised: Vec::new(),
        }
    }
}

impl<'a, T: Real> Point<'a, T> {
    /// Runs the forward and the reverse pass.
    ///
    /// # Errors
    /// A data error when the batch does not fit the network, when cross-entropy meets targets that
    /// are no classes, or when batch statistics are asked of a single sample.
    pub fn new(
        program: &'a Program,
        state: &'a State<T>,
        normalization: Normalization,
        batch: &Batch<T>,
    ) -> Result<Self> {
        Self::reusing(Buffers::default(), program, state, normalization, batch)
    }

    /// The same in the arrays of another point, of any network on any batch: fresh ones cost a small
    /// network more than its arithmetic.
    ///
    /// ```
    /// use hessian::data::{Dataset, Targets};
    /// use hessian::network::{Batch, Description, Normalization, Point, Program, State};
    /// # fn main() -> hessian::Result<()> {
    /// let text = "input = 1\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 1, bias = false }]";
    /// let program = Program::new(&Description::from_toml(text)?)?;
    /// let [inputs, targets] = [2.0, 4.0].map(|x| nalgebra::DMatrix::from_element(1, 1, x));
    /// let batch = Batch::all(&Dataset { inputs, targets: Targets::Values(targets) });
    /// let mut state = State { parameters: vec![0.0], running_mean: vec![], running_variance: vec![] };
    /// let first = Point::new(&program, &state, Normalization::Batch, &batch)?;
    /// assert_eq!(first.gradient(), [-8.0]);
    /// let buffers = first.into_buffers();
    /// state.parameters[0] = 1.0;
    /// let second = Point::reusing(buffers, &program, &state, Normalization::Batch, &batch)?;
    /// assert_eq!(second.gradient(), [-4.0]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Point::new`].
    pub fn reusing(
        buffers: Buffers<T>,
        program: &'a Program,
        state: &'a State<T>,
        normalization: Normalization,
        batch: &Batch<T>,
    ) -> Result<Self> {
        batch.check(program.widths[0], program.outputs())?;
        check_targets(program.loss, &batch.targets)?;
        let fewest = program.fewest_normalised(batch.samples);
        if normalization != Normalization::Running && fewest == Some(1) {
            return Err(Error::data(format!(
                "normalization `{}` needs at least 2 samples: the variance of one is 0; \
                 give more samples or use `running`",
                normalization.word()
            )));
        }
        let Buffers { mut gradient, mut values, mut adjoints, mut normalised } = buffers;
        values.resize_with(program.widths.len(), Vec::new);
        normalised.resize_with(program.nodes.len(), || None);
        let mut point = Self {
            program,
            parameters: &state.parameters,
            values,
            adjoints: Vec::new(),
            normalised,
            shares: Vec::new(),
            workspaces: Mutex::new(Vec::new()),
            objective: Objective::empty(program.loss),
            gradient: Vec::new(),
            samples: batch.samples,
            normalization,
            whole: true,
        };
        point.forward(state, normalization, batch);
        let outputs = &point.values[program.output()];
        point.objective = objective(program.loss, outputs, program.outputs(), &batch.targets);
        point.pull_into(&point.objective.adjoint, &mut adjoints, &mut gradient);
        (point.adjoints, point.gradient) = (adjoints, gradient);
        Ok(point)
    }

    /// Its arrays, for the next point.
    pub fn into_buffers(self) -> Buffers<T> {
        let Self { gradient, values, adjoints, normalised, .. } = self;
        Buffers { gradient, values, adjoints, normalised }
    }

    /// The network.
    pub fn program(&self) -> &'a Program {
        self.program
    }

    /// The parameters.
    pub fn parameters(&self) -> &'a [T] {
        self.parameters
    }

    /// Number of samples B.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Where batch norm took its statistics from.
    pub fn normalization(&self) -> Normalization {
        self.normalization
    }

    /// The loss, a mean over samples.
    pub fn loss(&self) -> f64 {
        self.objective.loss
    }

    /// The share of samples whose largest output is that of their class.
    pub fn accuracy(&self) -> f64 {
        self.objective.correct as f64 / self.samples as f64
    }

    /// d loss / d parameters, P entries.
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// The value of a slot, width x samples; an image position after position.
    ///
    /// # Panics
    /// Where [`Point::for_products`] gave it back.
    #[track_caller]
    pub fn value(&self, slot: Slot) -> &[T] {
        self.held(&self.values[slot])
    }

    /// d loss / d value of a slot, width x samples.
    ///
    /// # Panics
    /// Where [`Point::for_products`] gave it back.
    #[track_caller]
    pub fn adjoint(&self, slot: Slot) -> &[T] {
        self.held(&self.adjoints[slot])
    }

    /// Numbers in values, adjoints and what batch norms keep for each sample: after
    /// [`Point::with_curvature`] and [`Point::for_products`] as many per sample as
    /// [`Footprint`](crate::network::Footprint) says.
    pub fn stored(&self) -> usize {
        let arrays = |arrays: &[Vec<T>]| -> usize { arrays.iter().map(Vec::len).sum() };
        let units: usize = self.normalised.iter().flatten().map(|kept| kept.unit.len()).sum();
        arrays(&self.values) + arrays(&self.adjoints) + arrays(&self.shares) + units
    }

    #[track_caller]
    fn held<'b>(&self, array: &'b [T]) -> &'b [T] {
        assert!(self.whole || !array.is_empty(), "for_products gave this array back");
        array
    }

    /// What the batch norm at this node kept; none for other nodes.
    pub fn normalised(&self, node: usize) -> Option<&Normalised<T>> {
        self.normalised[node].as_ref()
    }

    /// The factor on a block's branch.
    pub fn factor(&self, factor: Factor) -> T {
        factor_in(factor, self.parameters)
    }

    fn forward(&mut self, state: &State<T>, normalization: Normalization, batch: &Batch<T>) {
        self.values[0] = by_position(&batch.inputs, self.program.shapes[0]);
        for (index, node) in self.program.nodes.iter().enumerate() {
            let width = self.program.widths[node.output];
            // every operation writes all of its output
            let mut y = std::mem::take(&mut self.values[node.output]);
            y.resize(width * batch.samples, T::zero());
            let x = &self.values[node.input];
            if !matches!(node.op, Op::BatchNorm { .. }) {
                self.normalised[index] = None;
            }
            match node.op {
                Op::Linear { .. } => {
                    self.program.linear(node, self.parameters).forward(x, &mut y, false)
                }
                Op::Conv2d { .. } => {
                    self.program.conv(node, self.parameters).forward(x, &mut y, false)
                }
                Op::Map(map) => map.forward(x, &mut y),
                Op::BatchNorm { features, gain, shift, eps, statistics, .. } => {
                    let kept = &mut self.normalised[index];
                    let normalised = kept.get_or_insert_with(Normalised::empty);
                    if normalization == Normalization::Running {
                        let range = statistics..statistics + features;
                        let (mean, variance) = (&state.running_mean, &state.running_variance);
                        normalised.hold(x, &mean[range.clone()], &variance[range]);
                    } else {
                        normalised.measure(x, features, normalization == Normalization::Batch);
                    }
                    let part = |from: usize| &self.parameters[from..from + features];
                    normalised.finish(eps, part(gain), part(shift), &mut y);
                }
                Op::Activation(kind) => activation::forward(kind, x, &mut y),
                Op::Add { branch, factor } => {
                    add::forward(x, &self.values[branch], self.factor(factor), &mut y);
                }
            }
            self.values[node.output] = y;
        }
    }

    /// Pulls an adjoint of the outputs back: adjoints of every slot, and J' applied to it.
    ///
    /// The adjoint of the input slot stays zero: see [`Point::reverse_node`].
    ///
    /// # Panics
    /// After [`Point::for_products`], which gives back values that this pass reads.
    pub fn pull_back(&self, outputs: Vec<T>) -> (Vec<Vec<T>>, Vec<T>) {
        let (mut adjoints, mut gradient) = (Vec::new(), Vec::new());
        self.pull_into(&outputs, &mut adjoints, &mut gradient);
        (adjoints, gradient)
    }

    /// The same into given arrays, whatever they hold.
    fn pull_into(&self, outputs: &[T], adjoints: &mut Vec<Vec<T>>, gradient: &mut Vec<T>) {
        let widths = &self.program.widths;
        gradient.clear();
        gradient.resize(self.program.parameters(), T::zero());
        adjoints.resize_with(widths.len(), Vec::new);
        let output = self.program.output();
        adjoints[output].clear();
        adjoints[output].extend_from_slice(outputs);
        // An adjoint starts at zero only when its first reader is reversed: the zeros are in cache then.
        let mut started = vec![false; widths.len()];
        started[output] = true;
        let mut start = |slot: Slot, adjoints: &mut [Vec<T>]| {
            if !std::mem::replace(&mut started[slot], true) {
                adjoints[slot].clear();
                adjoints[slot].resize(widths[slot] * self.samples, T::zero());
            }
        };
        for (index, node) in self.program.nodes.iter().enumerate().rev() {
            start(node.input, adjoints);
            if let Op::Add { branch, .. } = node.op {
                start(branch, adjoints);
            }
            let dy = std::mem::take(&mut adjoints[node.output]);
            self.reverse_node(index, &dy, adjoints, Some(gradient));
            adjoints[node.output] = dy;
        }
    }

    /// Adds one node's share to the adjoints of what it reads, and to the gradient if given.
    ///
    /// The input of the network gets no adjoint from a layer with weights: no parameter lies before
    /// it.
    ///
    /// # Panics
    /// As [`Point::pull_back`].
    pub fn reverse_node(
        &self,
        index: usize,
        dy: &[T],
        adjoints: &mut [Vec<T>],
        gradient: Option<&mut [T]>,
    ) {
        assert!(self.whole, "for_products gave back values that the reverse pass reads");
        let node = &self.program.nodes[index];
        let x = &self.values[node.input];
        match node.op {
            Op::Linear { weight, bias } => {
                let layer = self.program.linear(node, self.parameters);
                if node.input != 0 {
                    layer.reverse_input(dy, &mut adjoints[node.input]);
                }
                if let Some(gradient) = gradient {
                    let (inputs, out) = (layer.inputs, layer.out);
                    let dw = &mut gradient[weight..weight + inputs * out];
                    reverse_weight(dy, x, inputs, out, dw);
                    if let Some(bias) = bias {
                        reverse_bias(dy, &mut gradient[bias..bias + out]);
                    }
                }
            }
            Op::Conv2d { weight, bias, window } => {
                if node.input != 0 {
                    let layer = self.program.conv(node, self.parameters);
                    layer.reverse_input(dy, &mut adjoints[node.input]);
                }
                if let Some(gradient) = gradient {
                    let dw = &mut gradient[weight..weight + window.weights()];
                    conv::reverse_weight(&window, dy, x, dw);
                    if let Some(bias) = bias {
                        reverse_bias(dy, &mut gradient[bias..bias + window.out]);
                    }
                }
            }
            Op::Map(map) => map.reverse(dy, &mut adjoints[node.input]),
            Op::BatchNorm { features, gain, shift, .. } => {
                let normalised = self.kept(index);
                let gains = &self.parameters[gain..gain + features];
                normalised.reverse(dy, gains, &mut adjoints[node.input]);
                if let Some(gradient) = gradient {
                    let [d_gain, d_shift] = gradient
                        .get_disjoint_mut([gain..gain + features, shift..shift + features])
                        .expect("gains and shifts lie apart");
                    reverse_affine(dy, &normalised.unit, d_gain, d_shift);
                }
            }
            Op::Activation(kind) => {
                let y = &self.values[node.output];
                activation::reverse(kind, x, y, dy, &mut adjoints[node.input]);
            }
            Op::Add { branch, factor } => {
                add::axpy(T::one(), dy, &mut adjoints[node.input]);
                add::axpy(self.factor(factor), dy, &mut adjoints[branch]);
                if let (Factor::Learned(offset), Some(gradient)) = (factor, gradient) {
                    gradient[offset] += add::dot(dy, &self.values[branch]);
                }
            }
        }
    }

    /// Prepares products with the Hessian: what batch norms need of the reverse pass, once.
    #[must_use]
    pub fn with_curvature(mut self) -> Self {
        let readers = readers(self.program);
        let nodes = self.program.nodes.iter().enumerate();
        self.shares = nodes
            .map(|(index, node)| match node.op {
                Op::BatchNorm { features, gain, .. } if readers[node.input] > 1 => {
                    let gain = &self.parameters[gain..gain + features];
                    let dy = &self.adjoints[node.output];
                    let mut share = vec![T::zero(); dy.len()];
                    self.kept(index).reverse(dy, gain, &mut share);
                    share
                }
                _ => Vec::new(),
            })
            .collect();
        self
    }

    /// Gives back the values and adjoints that products with the Hessian and the Gauss-Newton matrix do not
    /// read: half of a residual network's, such as what batch norms take in and what blocks add up to.
    ///
    /// ```
    /// use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
    /// # fn main() -> hessian::Result<()> {
    /// let text = "input = 1\nloss = \"squared\"\nlayers = [
    ///     { kind = \"linear\", out = 1 }, { kind = \"batch_norm\" }, { kind = \"linear\", out = 1 }]";
    /// let program = Program::new(&Description::from_toml(text)?)?;
    /// let state = State::<f64>::initial(&program, &mut hessian::random::Streams::new(1, "demo", 0).stream("w", ""));
    /// let targets = BatchTargets::Values(vec![1.0, 0.0]);
    /// let batch = Batch { features: 1, samples: 2, inputs: vec![3.0, 4.0], targets };
    /// let whole = || Point::new(&program, &state, Normalization::Batch, &batch);
    /// let direction = vec![1.0; program.parameters()];
    /// let expected = whole()?.with_curvature().hessian_product(&direction);
    /// let slim = whole()?.with_curvature().for_products();
    /// assert_eq!(slim.hessian_product(&direction), expected);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn for_products(mut self) -> Self {
        let Reads { values, adjoints } = Reads::of(self.program);
        let unread = |arrays: &mut Vec<Vec<T>>, reads: &[bool]| {
            let unread = arrays.iter_mut().zip(reads).filter(|(_, read)| !**read);
            unread.for_each(|(array, _)| *array = Vec::new());
        };
        unread(&mut self.values, &values);
        unread(&mut self.adjoints, &adjoints);
        self.whole = false;
        self
    }

    pub(super) fn kept(&self, index: usize) -> &Normalised<T> {
        self.normalised[index].as_ref().expect("the forward pass filled every batch norm")
    }
}

fn factor_in<T: Real>(factor: Factor, parameters: &[T]) -> T {
    match factor {
        Factor::Fixed(c) => T::narrow(c),
        Factor::Learned(offset) => parameters[offset],
    }
}
