//! Pulling an adjoint back through stretches of a network's main stream.

use std::ops::Range;

use crate::linalg::Real;
use crate::network::{Block, Op, Point, Slot};

/// Pulls adjoints back, reusing one set of buffers, and counts the branches that it went through.
pub(super) struct Pull<'p, 'a, T> {
    point: &'p Point<'a, T>,
    adjoints: Vec<Vec<T>>,
    /// Branches pulled through so far.
    pub(super) branches: u64,
}

impl<'p, 'a, T: Real> Pull<'p, 'a, T> {
    pub(super) fn new(point: &'p Point<'a, T>) -> Self {
        let adjoints = point.program().widths.iter().map(|_| Vec::new()).collect();
        Self { point, adjoints, branches: 0 }
    }

    /// The adjoint of the last residual stream; of the output when there is no block.
    pub(super) fn start(&self) -> Vec<T> {
        let program = self.point.program();
        let slot = program.blocks.last().map_or(program.output(), |block| block.output);
        self.point.adjoint(slot).to_vec()
    }

    /// factor J' dy, with J the derivative of the block's branch.
    pub(super) fn branch(&mut self, block: &Block, dy: &[T]) -> Vec<T> {
        self.branches += 1;
        let factor = self.point.factor(block.factor);
        let scaled = dy.iter().map(|dy| factor * *dy).collect();
        self.through(block.nodes.clone(), block.skip, block.branch, scaled)
    }

    /// K' dy, with K the derivative of the block's shortcut: dy itself where the stream is added as
    /// it is.
    pub(super) fn shortcut(&mut self, block: &Block, dy: Vec<T>) -> Vec<T> {
        if block.shortcut.is_empty() {
            return dy;
        }
        self.through(block.shortcut.clone(), block.skip, block.carried, dy)
    }

    /// The adjoint at what block `number` writes, pulled from what the next block reads: they are
    /// the same slot unless layers lie between the two blocks.
    pub(super) fn between(&mut self, number: usize, dy: Vec<T>) -> Vec<T> {
        let blocks = &self.point.program().blocks;
        let (block, next) = (&blocks[number], &blocks[number + 1]);
        self.through(block.shortcut.end + 1..next.nodes.start, block.output, next.skip, dy)
    }

    /// Pulls `dy`, the adjoint of slot `end`, back to slot `start` through these nodes.
    fn through(&mut self, nodes: Range<usize>, start: Slot, end: Slot, dy: Vec<T>) -> Vec<T> {
        let program = self.point.program();
        let written = program.nodes[nodes.clone()].iter().map(|node| node.output);
        for slot in written.chain([start]) {
            self.adjoints[slot].clear();
            self.adjoints[slot].resize(program.widths[slot] * self.point.samples(), T::zero());
        }
        self.adjoints[end] = dy;
        for index in nodes.rev() {
            let output = program.nodes[index].output;
            let dy = std::mem::take(&mut self.adjoints[output]);
            self.node(index, &dy);
            self.adjoints[output] = dy;
        }
        std::mem::take(&mut self.adjoints[start])
    }

    fn node(&mut self, index: usize, dy: &[T]) {
        self.point.reverse_node(index, dy, &mut self.adjoints, None);
        // A point pulls nothing back to the network's input, for no parameter lies before it; as
        // the first residual stream the input has an adjoint like any other.
        let program = self.point.program();
        let node = &program.nodes[index];
        if matches!(node.op, Op::Linear { .. } | Op::Conv2d { .. }) && node.input == 0 {
            program.reverse_linear(index, self.point.parameters(), dy, &mut self.adjoints[0]);
        }
    }
}
