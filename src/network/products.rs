//! Products with the Hessian and the generalised Gauss-Newton matrix: a tangent through the forward and
//! the reverse pass, in the order of a [`Plan`].
//!
//! A layer W x + b takes six products, two each for the tangents of its output, of its input's adjoint
//! and of its gradient: V x + W r_x, W' r_dy + V' dy and r_dy x' + dy r_x'. Each pair is one sum in
//! registers. Batch norms, activations and sums pass over a block of samples while it is in cache.

use std::ops::Range;
use std::sync::PoisonError;

use rayon::prelude::*;

use crate::linalg::Real;
use crate::network::description::Activation;
use crate::network::layers::batch_norm::{Bend, reverse_affine};
use crate::network::layers::conv::{self, Conv};
use crate::network::layers::linear::{
    Linear, forward_sum, reverse_bias, reverse_input_sum, reverse_weight_sum,
};
use crate::network::layers::{activation, add};
use crate::network::loss::second_derivative;
use crate::network::plan::Plan;
use crate::network::point::Point;
use crate::network::program::{Factor, Op, Slot};
use crate::network::workspace::{Part, Workspace};

/// Entries that are a thread's share of a long array. Chosen here, because passing that many takes a
/// hundred times as long as waking a thread.
const SHARE: usize = 1 << 18;

/// What all parts read.
struct Pass<'p, 'a, T> {
    point: &'p Point<'a, T>,
    plan: &'p Plan,
    direction: &'p [T],
    turned: &'p [bool],
    moved: &'p [bool],
    /// Whether the curvature of the network counts (the Hessian), or that of the loss alone.
    curved: bool,
}

impl<T: Real> Point<'_, T> {
    /// H v: the tangent of the gradient along v (Pearlmutter 1994), six products per linear layer.
    ///
    /// A layer whose part of the direction is zero takes half the products, a slot that no such part
    /// reaches none: directions within one layer, such as the columns of the identity, cost about half.
    ///
    /// # Panics
    /// When `direction` does not have P entries, or the point was made without
    /// [`Point::with_curvature`].
    pub fn hessian_product(&self, direction: &[T]) -> Vec<T> {
        self.product(direction, true)
    }

    /// G v with the generalised Gauss-Newton matrix G = J' L'' J, where L'' is the loss's second
    /// derivative in the outputs (Schraudolph 2002). For cross-entropy it is the Fisher matrix.
    ///
    /// # Panics
    /// When `direction` does not have P entries.
    pub fn gauss_newton_product(&self, direction: &[T]) -> Vec<T> {
        self.product(direction, false)
    }

    fn product(&self, direction: &[T], curved: bool) -> Vec<T> {
        let mut product = vec![T::zero(); direction.len()];
        let mut work = self.workspace();
        self.multiply(&mut work, direction, curved, &mut product);
        self.keep(work);
        product
    }

    /// The product of a direction with the Hessian (`curved`) or the Gauss-Newton matrix: vectors of the
    /// algorithms are f64 whatever the precision of the network.
    pub(super) fn wide_product(&self, direction: &[f64], curved: bool, product: &mut [f64]) {
        let mut work = self.workspace();
        if let (Some(direction), Some(product)) = (T::same(direction), T::same_mut(product)) {
            self.multiply(&mut work, direction, curved, product);
        } else {
            let mut narrow = std::mem::take(&mut work.narrow);
            for numbers in &mut narrow {
                numbers.resize(direction.len(), T::zero());
            }
            let [from, to] = &mut narrow;
            entrywise(from, direction, |from, v| *from = T::narrow(*v));
            self.multiply(&mut work, from, curved, to);
            entrywise(product, to, |p, to| *p = to.wide());
            work.narrow = narrow;
        }
        self.keep(work);
    }

    /// A workspace that no other product uses.
    fn workspace(&self) -> Workspace<T> {
        let kept = self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.unwrap_or_else(|| Workspace::new(self))
    }

    /// Keeps a workspace for the next product.
    fn keep(&self, work: Workspace<T>) {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(work);
    }

    fn multiply(&self, work: &mut Workspace<T>, direction: &[T], curved: bool, product: &mut [T]) {
        let nodes = self.program().nodes.len();
        assert!(!curved || self.shares.len() == nodes, "call with_curvature first");
        assert_eq!(direction.len(), self.program().parameters(), "a direction has P entries");
        work.turn(self, direction);
        let Workspace { plan, parts, means, rest, turned, moved, .. } = work;
        for share in rest.iter_mut() {
            share.resize(direction.len(), T::zero());
        }
        let mut shares = vec![&mut *product];
        shares.extend(rest.iter_mut().map(|share| &mut share[..]));
        let mut parts: Vec<_> = parts.iter_mut().zip(shares).collect();
        let pass = Pass { point: self, plan, direction, turned, moved, curved };
        pass.forward(&mut parts, means);
        pass.reverse(&mut parts, means);
    }
}

/// A part and its samples' share of the product.
type Share<'w, T> = (&'w mut Part<T>, &'w mut [T]);

impl<T: Real> Pass<'_, '_, T> {
    /// The tangents of all slots.
    fn forward(&self, parts: &mut [Share<'_, T>], means: &mut [[Vec<T>; 2]]) {
        let nodes = &self.point.program().nodes;
        for stretch in &self.plan.stretches {
            let norm = nodes.get(stretch.end).map(|node| match node.op {
                Op::BatchNorm { features, .. } => (node, features),
                _ => unreachable!("a stretch ends at a batch norm"),
            });
            let before: &[[Vec<T>; 2]] = means;
            each(parts, |(part, _)| {
                let features = norm.map_or(0, |(_, features)| features);
                for sum in &mut part.sums {
                    sum.clear();
                    sum.resize(features, T::zero());
                }
                for block in self.blocks(part) {
                    if let Some(index) = stretch.start.checked_sub(1) {
                        self.normalise(index, part, &block, &before[index]);
                    }
                    for index in stretch.clone() {
                        self.tangent(index, part, &block);
                    }
                    if let Some((node, _)) = norm
                        && self.moved[node.input]
                    {
                        let unit = &self.point.kept(stretch.end).unit;
                        let r_x = &part.tangents[self.plan.tangents.of[node.input]];
                        let [first, second] = &mut part.sums;
                        let r_x = &r_x[self.local(node.input, &block)];
                        let unit = &unit[self.global(node.input, part.samples.start, &block)];
                        reverse_affine(r_x, unit, second, first);
                    }
                }
            });
            if let Some((node, features)) = norm {
                let totals = &mut means[stretch.end];
                for (which, total) in totals.iter_mut().enumerate() {
                    summed(parts.iter().map(|(part, _)| &part.sums[which][..]), features, total);
                }
                let kept = self.point.kept(stretch.end);
                kept.finish_tangent(totals, self.columns(node.output));
            }
        }
    }

    /// The tangents of all adjoints, and the product.
    fn reverse(&self, parts: &mut [Share<'_, T>], means: &[[Vec<T>; 2]]) {
        let program = self.point.program();
        let mut bend = Bend::empty();
        let [mut d_gain, mut d_shift] = [Vec::new(), Vec::new()];
        for stretch in self.plan.stretches.iter().rev() {
            let before = &bend;
            each(parts, |(part, share)| {
                self.clear(stretch, share);
                for block in self.blocks(part) {
                    if stretch.end < program.nodes.len() {
                        self.r_normalise(stretch.end, part, &block, before);
                    } else {
                        self.r_loss(part, &block);
                    }
                    for index in stretch.clone().rev() {
                        self.r_reverse(index, part, share, &block);
                    }
                    if let Some(index) = stretch.start.checked_sub(1) {
                        self.r_sums(index, part, share, &block);
                    }
                }
            });
            self.gather(stretch, parts);
            let Some(index) = stretch.start.checked_sub(1) else { continue };
            let node = &program.nodes[index];
            let Op::BatchNorm { features, gain, shift, .. } = node.op else {
                unreachable!("a stretch starts after a batch norm")
            };
            for (from, total) in [(gain, &mut d_gain), (shift, &mut d_shift)] {
                total.clear();
                total.extend_from_slice(&parts[0].1[from..from + features]);
            }
            let gains = &self.point.parameters()[gain..gain + features];
            let kept = self.point.kept(index);
            let columns = self.columns(node.output);
            if self.curved {
                let gradient = self.point.gradient();
                let g_gain = &gradient[gain..gain + features];
                let g_shift = &gradient[shift..shift + features];
                let r_gain = &self.direction[gain..gain + features];
                let gradients = [g_gain, g_shift, &d_gain, &d_shift];
                kept.bend([gains, r_gain], gradients, &means[index][1], columns, &mut bend);
            } else {
                let zeros = &vec![T::zero(); features][..];
                let gradients = [zeros, zeros, &d_gain, &d_shift];
                kept.bend([gains, zeros], gradients, zeros, columns, &mut bend);
            }
        }
    }

    /// The parameters of a stretch and of the batch norm before it; true for those that a product of matrices
    /// writes without reading them.
    fn ranges(&self, stretch: &Range<usize>) -> impl Iterator<Item = (Range<usize>, bool)> {
        let program = self.point.program();
        let from = stretch.start.saturating_sub(1);
        program.nodes[from..stretch.end].iter().flat_map(|node| {
            let [first, second] = match node.op {
                Op::Linear { weight, bias } => {
                    let (out, inputs) = (program.widths[node.output], program.widths[node.input]);
                    [Some((weight..weight + inputs * out, true)), bias.map(|b| (b..b + out, false))]
                }
                Op::Conv2d { weight, bias, window } => [
                    Some((weight..weight + window.weights(), false)),
                    bias.map(|b| (b..b + window.out, false)),
                ],
                Op::BatchNorm { features, gain, shift, .. } => {
                    [Some((gain..gain + features, false)), Some((shift..shift + features, false))]
                }
                Op::Add { factor: Factor::Learned(at), .. } => [Some((at..at + 1, false)), None],
                Op::Add { .. } | Op::Map(_) | Op::Activation(_) => [None, None],
            };
            first.into_iter().chain(second)
        })
    }

    /// Zeros where a part's share of the product is added up. The first block writes over the rest, of which a
    /// wide network has more than a cache holds.
    fn clear(&self, stretch: &Range<usize>, share: &mut [T]) {
        let added = self.ranges(stretch).filter(|(_, written)| !written);
        added.for_each(|(range, _)| share[range].fill(T::zero()));
    }

    /// Adds the parts' shares of a stretch up, in their order, while they are in cache.
    fn gather(&self, stretch: &Range<usize>, parts: &mut [Share<'_, T>]) {
        let Some(((_, sum), rest)) = parts.split_first_mut() else { return };
        for (range, _) in self.ranges(stretch) {
            for (_, share) in rest.iter() {
                entrywise(&mut sum[range.clone()], &share[range.clone()], |sum, share| {
                    *sum += *share;
                });
            }
        }
    }

    /// The second half of a batch norm's tangent, once the sums over the batch are known.
    fn normalise(
        &self,
        index: usize,
        part: &mut Part<T>,
        block: &Range<usize>,
        means: &[Vec<T>; 2],
    ) {
        let node = &self.point.program().nodes[index];
        let Op::BatchNorm { features, gain, shift, .. } = node.op else {
            unreachable!("a stretch starts after a batch norm")
        };
        self.carry(node.input, node.output, part, block);
        let local = self.local(node.output, block);
        let from = self.global(node.output, part.samples.start, block).start;
        let r = &mut part.tangents[self.plan.tangents.of[node.output]][local.clone()];
        let r_unit = &mut part.units[index][local];
        if !self.moved[node.output] {
            r.fill(T::zero());
            return r_unit.fill(T::zero());
        }
        let weights = [
            &self.point.parameters()[gain..gain + features],
            &self.direction[gain..gain + features],
            &self.direction[shift..shift + features],
        ];
        self.point.kept(index).tangent(weights, [&means[0], &means[1]], from, r, r_unit);
    }

    /// The tangent of a node's output.
    fn tangent(&self, index: usize, part: &mut Part<T>, block: &Range<usize>) {
        let program = self.point.program();
        let node = &program.nodes[index];
        let (input, output) = (node.input, node.output);
        let homes = &self.plan.tangents.of;
        if matches!(node.op, Op::Activation(_)) {
            self.carry(input, output, part, block);
        }
        let first = part.samples.start;
        let mut whole = std::mem::take(&mut part.tangents[homes[output]]);
        let r_y = &mut whole[self.local(output, block)];
        let (turned, moved) = (self.turned[index], self.moved[input]);
        let x = || self.value(input, first, block);
        let r_x = || &part.tangents[homes[input]][self.local(input, block)];
        match node.op {
            _ if !self.moved[output] => r_y.fill(T::zero()),
            Op::Linear { .. } => {
                let weights = program.linear(node, self.point.parameters());
                let weights = Linear { bias: None, ..weights };
                let direction = program.linear(node, self.direction);
                match (turned, moved) {
                    (true, true) => forward_sum([(direction, x()), (weights, r_x())], r_y),
                    (true, false) => forward_sum([(direction, x())], r_y),
                    (false, _) => forward_sum([(weights, r_x())], r_y),
                }
            }
            Op::Conv2d { .. } => {
                if turned {
                    program.conv(node, self.direction).forward(x(), r_y, false);
                }
                if moved {
                    let weights = program.conv(node, self.point.parameters());
                    Conv { bias: None, ..weights }.forward(r_x(), r_y, turned);
                }
            }
            Op::Map(map) => map.forward(r_x(), r_y),
            Op::Activation(kind) => {
                activation::scale_by_slope(kind, x(), self.value(output, first, block), r_y);
            }
            Op::Add { branch, factor } => {
                let c = self.point.factor(factor);
                if homes[output] == homes[branch] {
                    add::forward_over(r_x(), c, r_y);
                } else {
                    let r_branch = &part.tangents[homes[branch]][self.local(branch, block)];
                    add::forward(r_x(), r_branch, c, r_y);
                }
                if let Factor::Learned(offset) = factor {
                    let value = self.value(branch, first, block);
                    add::axpy(self.direction[offset], value, r_y);
                }
            }
            Op::BatchNorm { .. } => unreachable!("a stretch holds no batch norm"),
        }
        part.tangents[homes[output]] = whole;
    }

    /// Copies a tangent to where an entrywise operation works on it, unless it is there.
    fn carry(&self, input: Slot, output: Slot, part: &mut Part<T>, block: &Range<usize>) {
        let homes = &self.plan.tangents.of;
        if homes[input] != homes[output] {
            let range = self.local(input, block);
            let pair = part.tangents.get_disjoint_mut([homes[input], homes[output]]);
            let [from, to] = pair.expect("two homes");
            to[range.clone()].copy_from_slice(&from[range]);
        }
    }

    /// The tangent of the loss's adjoint.
    fn r_loss(&self, part: &mut Part<T>, block: &Range<usize>) {
        let program = self.point.program();
        let output = program.output();
        let range = self.local(output, block);
        let r = &mut part.adjoints[self.plan.adjoints.of[output]][range.clone()];
        r.copy_from_slice(&part.tangents[self.plan.tangents.of[output]][range]);
        let first = part.samples.start + block.start;
        second_derivative(&self.point.objective, program.outputs(), first, r);
    }

    /// This block's share of the gradients of gain and shift, and of what a batch norm needs next.
    fn r_sums(&self, index: usize, part: &mut Part<T>, share: &mut [T], block: &Range<usize>) {
        let node = &self.point.program().nodes[index];
        let Op::BatchNorm { features, gain, shift, .. } = node.op else {
            unreachable!("a stretch starts after a batch norm")
        };
        let local = self.local(node.output, block);
        let global = self.global(node.output, part.samples.start, block);
        let r_dy = &part.adjoints[self.plan.adjoints.of[node.output]][local.clone()];
        let [d_gain, d_shift] = share
            .get_disjoint_mut([gain..gain + features, shift..shift + features])
            .expect("gains and shifts lie apart");
        let kept = self.point.kept(index);
        if self.curved {
            let dy = &self.point.adjoints[node.output][global.clone()];
            let r_unit = &part.units[index][local];
            kept.r_reverse_sums(global.start, [dy, r_unit, r_dy], [d_gain, d_shift]);
        } else {
            reverse_affine(r_dy, &kept.unit[global], d_gain, d_shift);
        }
    }

    /// The second half of a batch norm's reverse pass, once the sums over the batch are known.
    fn r_normalise(&self, index: usize, part: &mut Part<T>, block: &Range<usize>, bend: &Bend<T>) {
        let node = &self.point.program().nodes[index];
        let local = self.local(node.output, block);
        let global = self.global(node.output, part.samples.start, block);
        let dy = &self.point.adjoints[node.output][global.clone()];
        let dx = match self.point.shares.get(index) {
            Some(share) if !share.is_empty() => &share[global.clone()],
            _ => &self.point.adjoints[node.input][global.clone()],
        };
        let r = &mut part.adjoints[self.plan.adjoints.of[node.output]][local.clone()];
        let r_unit = &part.units[index][local];
        self.point.kept(index).r_reverse(bend, global.start, [dy, r_unit, dx], r);
        self.hand_on(index, part, block);
    }

    /// Adds what an entrywise operation left in its output's array to the adjoint of its input, unless
    /// they are one array.
    fn hand_on(&self, index: usize, part: &mut Part<T>, block: &Range<usize>) {
        let node = &self.point.program().nodes[index];
        let homes = &self.plan.adjoints.of;
        if !self.plan.first[index][0] {
            let range = self.local(node.input, block);
            let pair = part.adjoints.get_disjoint_mut([homes[node.output], homes[node.input]]);
            let [own, into] = pair.expect("two homes");
            add::axpy(T::one(), &own[range.clone()], &mut into[range]);
        }
    }

    /// The tangent of [`Point::reverse_node`].
    fn r_reverse(&self, index: usize, part: &mut Part<T>, share: &mut [T], block: &Range<usize>) {
        let program = self.point.program();
        let node = &program.nodes[index];
        let (input, output) = (node.input, node.output);
        let homes = &self.plan.adjoints.of;
        let first_sample = part.samples.start;
        let [first, first_branch] = self.plan.first[index];
        let turned = self.curved && self.turned[index];
        let moved = self.curved && self.moved[input];
        let x = self.value(input, first_sample, block);
        let dy = self.adjoint(output, first_sample, block);
        let r_x = &part.tangents[self.plan.tangents.of[input]];
        let mut whole = std::mem::take(&mut part.adjoints[homes[output]]);
        let r_dy = &mut whole[self.local(output, block)];
        match node.op {
            Op::Linear { weight, bias } => {
                let layer = program.linear(node, self.point.parameters());
                let shape = [layer.inputs, layer.out];
                if input != 0 {
                    let r_dx = &mut part.adjoints[homes[input]][self.local(input, block)];
                    if turned {
                        let direction = program.linear(node, self.direction);
                        reverse_input_sum([(layer, &*r_dy), (direction, dy)], !first, r_dx);
                    } else {
                        reverse_input_sum([(layer, &*r_dy)], !first, r_dx);
                    }
                }
                let dw = &mut share[weight..weight + layer.weight.len()];
                let add = block.start > 0;
                if moved {
                    let r_x = &r_x[self.local(input, block)];
                    reverse_weight_sum([(&*r_dy, x), (dy, r_x)], shape, add, dw);
                } else {
                    reverse_weight_sum([(&*r_dy, x)], shape, add, dw);
                }
                if let Some(bias) = bias {
                    reverse_bias(r_dy, &mut share[bias..bias + layer.out]);
                }
            }
            Op::Conv2d { weight, bias, window } => {
                if input != 0 {
                    let r_dx = &mut part.adjoints[homes[input]][self.local(input, block)];
                    if first {
                        r_dx.fill(T::zero());
                    }
                    program.conv(node, self.point.parameters()).reverse_input(r_dy, r_dx);
                    if turned {
                        program.conv(node, self.direction).reverse_input(dy, r_dx);
                    }
                }
                let dw = &mut share[weight..weight + window.weights()];
                conv::reverse_weight(&window, r_dy, x, dw);
                if moved {
                    conv::reverse_weight(&window, dy, &r_x[self.local(input, block)], dw);
                }
                if let Some(bias) = bias {
                    reverse_bias(r_dy, &mut share[bias..bias + window.out]);
                }
            }
            Op::Map(map) => {
                let r_dx = &mut part.adjoints[homes[input]][self.local(input, block)];
                if first {
                    r_dx.fill(T::zero());
                }
                map.reverse(r_dy, r_dx);
            }
            Op::Activation(kind) => {
                let y = self.value(output, first_sample, block);
                activation::scale_by_slope(kind, x, y, r_dy);
                if moved && matches!(kind, Activation::Tanh | Activation::Softplus) {
                    let r_x = &r_x[self.local(input, block)];
                    activation::add_bend(kind, x, y, r_x, dy, r_dy);
                }
            }
            Op::Add { branch, factor } => {
                let c = self.point.factor(factor);
                let local = self.local(branch, block);
                if let Factor::Learned(offset) = factor {
                    let value = self.value(branch, first_sample, block);
                    share[offset] += add::dot(r_dy, value);
                    if self.curved {
                        let r_branch = &part.tangents[self.plan.tangents.of[branch]];
                        share[offset] += add::dot(dy, &r_branch[local.clone()]);
                    }
                }
                if !first {
                    add::axpy(T::one(), r_dy, &mut part.adjoints[homes[input]][local.clone()]);
                }
                let r_branch = if homes[branch] == homes[output] {
                    r_dy.iter_mut().for_each(|r| *r *= c);
                    r_dy
                } else {
                    let r_branch = &mut part.adjoints[homes[branch]][local];
                    if first_branch {
                        add::scaled(c, r_dy, r_branch);
                    } else {
                        add::axpy(c, r_dy, r_branch);
                    }
                    r_branch
                };
                if let Factor::Learned(offset) = factor
                    && turned
                {
                    add::axpy(self.direction[offset], dy, r_branch);
                }
            }
            Op::BatchNorm { .. } => unreachable!("a stretch holds no batch norm"),
        }
        part.adjoints[homes[output]] = whole;
        if matches!(node.op, Op::Activation(_)) {
            self.hand_on(index, part, block);
        }
    }

    /// Blocks of a part's samples, counted within the part.
    fn blocks(&self, part: &Part<T>) -> impl Iterator<Item = Range<usize>> + use<T> {
        let (samples, size) = (part.samples.len(), self.plan.block);
        (0..samples).step_by(size).map(move |from| from..(from + size).min(samples))
    }

    /// Where a block of a slot lies in the arrays of its part.
    fn local(&self, slot: Slot, block: &Range<usize>) -> Range<usize> {
        let width = self.point.program().widths[slot];
        width * block.start..width * block.end
    }

    /// Where it lies in the arrays of the point, for a part that starts with sample `first`.
    fn global(&self, slot: Slot, first: usize, block: &Range<usize>) -> Range<usize> {
        let width = self.point.program().widths[slot];
        width * (first + block.start)..width * (first + block.end)
    }

    /// The value of a slot over a block. Empty where [`Point::for_products`] gave it back: nothing reads it then.
    fn value(&self, slot: Slot, first: usize, block: &Range<usize>) -> &[T] {
        self.point.values[slot].get(self.global(slot, first, block)).unwrap_or_default()
    }

    /// The same of its adjoint.
    fn adjoint(&self, slot: Slot, first: usize, block: &Range<usize>) -> &[T] {
        self.point.adjoints[slot].get(self.global(slot, first, block)).unwrap_or_default()
    }

    /// The number of columns over which a batch norm averages.
    fn columns(&self, slot: Slot) -> usize {
        self.point.samples() * self.point.program().shapes[slot].positions()
    }
}

/// Does the same for every pair of entries. Long arrays are shared out among threads: beside the layers'
/// products on two threads a pass over all parameters on one would count.
pub(super) fn entrywise<A: Send, B: Sync>(
    to: &mut [A],
    from: &[B],
    change: impl Fn(&mut A, &B) + Sync,
) {
    let all = |(to, from): (&mut [A], &[B])| {
        to.iter_mut().zip(from).for_each(|(to, from)| change(to, from));
    };
    match from.len() <= SHARE {
        true => all((to, from)),
        false => to.par_chunks_mut(SHARE).zip(from.par_chunks(SHARE)).for_each(all),
    }
}

/// Writes the sum of the parts' shares, in their order, to `total`.
fn summed<'p, T: Real>(shares: impl Iterator<Item = &'p [T]>, features: usize, total: &mut Vec<T>) {
    total.clear();
    total.resize(features, T::zero());
    shares.for_each(|share| add::axpy(T::one(), share, total));
}

/// Does the same for every part, each on one thread.
fn each<'w, T: Real>(parts: &mut [Share<'w, T>], work: impl Fn(&mut Share<'w, T>) + Sync + Send) {
    match parts {
        [part] => work(part),
        parts => parts.par_iter_mut().for_each(work),
    }
}
