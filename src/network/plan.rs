//! How a product with the Hessian goes through a program: stretch by stretch, block by block, with
//! slots that share arrays.
//!
//! Batch norm needs sums over the whole batch, everything else one sample at a time. So the nodes
//! between two batch norms form a *stretch*, which is run for one block of samples after the other: a
//! block's arrays stay in cache from the product that writes them to the last pass over them.
//!
//! Operations that work entry by entry write over what they read wherever nobody else reads it, so
//! that batch norm, activation and sum cost no arrays of their own.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::network::description::Activation;
use crate::network::program::{Factor, Op, Program};

/// Numbers in one slot of a block, about: chosen here by measurement, so that a block's arrays fit
/// the second cache.
const BLOCK: usize = 8192;

/// Samples that a block has at least: products with fewer columns are slower.
const FEWEST: usize = 256;

/// The arrays of one pass and who uses them.
#[derive(Debug, Clone)]
pub(super) struct Homes {
    /// Per slot the number of its array.
    pub(super) of: Vec<usize>,
    /// Per array its entries per sample.
    pub(super) widths: Vec<usize>,
}

/// The order and the arrays of a product with the Hessian.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Runs of nodes without batch norm, in the order of the forward pass. Between a stretch and the
    /// next lies one batch norm, the node `stretch.end`.
    pub(super) stretches: Vec<Range<usize>>,
    /// Where the tangents lie.
    pub(super) tangents: Homes,
    /// Where the tangents of the adjoints lie.
    pub(super) adjoints: Homes,
    /// Per node, whether it is the first in the reverse pass to write the adjoint of its input, and
    /// that of its branch.
    pub(super) first: Vec<[bool; 2]>,
    /// Samples per block.
    pub(super) block: usize,
}

impl Plan {
    pub(super) fn new(program: &Program) -> Self {
        let nodes = &program.nodes;
        let mut stretches = Vec::new();
        let mut start = 0;
        for (index, node) in nodes.iter().enumerate() {
            if matches!(node.op, Op::BatchNorm { .. }) {
                stretches.push(start..index);
                start = index + 1;
            }
        }
        stretches.push(start..nodes.len());
        let (adjoints, first) = adjoints(program);
        let widest = program.widths.iter().max().map_or(1, |width| (*width).max(1));
        Self {
            stretches,
            tangents: tangents(program),
            adjoints,
            first,
            block: (BLOCK / widest).max(FEWEST),
        }
    }
}

/// The slots that a node reads.
fn reads(program: &Program, node: usize) -> [Option<usize>; 2] {
    let node = &program.nodes[node];
    match node.op {
        Op::Add { branch, .. } => [Some(node.input), Some(branch)],
        _ => [Some(node.input), None],
    }
}

/// Per slot how many nodes read it.
pub(crate) fn readers(program: &Program) -> Vec<usize> {
    let mut readers = vec![0; program.widths.len()];
    for index in 0..program.nodes.len() {
        for slot in reads(program, index).into_iter().flatten() {
            readers[slot] += 1;
        }
    }
    readers
}

/// A tangent's array is that of the slot which an entrywise operation reads, unless another node or
/// the reverse pass reads that one too.
fn tangents(program: &Program) -> Homes {
    let readers = readers(program);
    let mut kept = vec![false; program.widths.len()];
    kept[0] = true;
    for node in &program.nodes {
        match node.op {
            Op::Linear { .. } | Op::Conv2d { .. } => kept[node.input] = true,
            Op::Activation(Activation::Tanh | Activation::Softplus) => kept[node.input] = true,
            Op::Add { branch, factor: Factor::Learned(_) } => kept[branch] = true,
            _ => {}
        }
    }
    let mut homes = Homes { of: vec![0], widths: vec![program.widths[0]] };
    for node in &program.nodes {
        let over = match node.op {
            Op::BatchNorm { .. } | Op::Activation(_) => Some(node.input),
            Op::Add { branch, .. } => Some(branch),
            _ => None,
        };
        let home = match over {
            Some(slot) if readers[slot] == 1 && !kept[slot] => homes.of[slot],
            _ => {
                homes.widths.push(program.widths[node.output]);
                homes.widths.len() - 1
            }
        };
        homes.of.push(home);
    }
    homes
}

/// An adjoint's array is free again once the node that wrote the slot has been reversed; entrywise
/// operations hand it on to what they read. Only arrays of one width take each other's place: blocks of
/// samples lie elsewhere in others.
fn adjoints(program: &Program) -> (Homes, Vec<[bool; 2]>) {
    let mut of: Vec<Option<usize>> = vec![None; program.widths.len()];
    let mut first = vec![[false; 2]; program.nodes.len()];
    let mut free: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut widths = Vec::new();
    let mut fresh = |width: usize, free: &mut BTreeMap<usize, Vec<usize>>| {
        free.entry(width).or_default().pop().unwrap_or_else(|| {
            widths.push(width);
            widths.len() - 1
        })
    };
    of[program.output()] = Some(fresh(program.outputs(), &mut free));
    for index in (0..program.nodes.len()).rev() {
        let node = &program.nodes[index];
        let own = of[node.output].expect("every slot but the output is read by a later node");
        let mut handed_on = false;
        for (which, slot) in reads(program, index).into_iter().enumerate() {
            let Some(slot) = slot else { continue };
            first[index][which] = of[slot].is_none();
            if of[slot].is_none() {
                let over = !handed_on
                    && matches!(node.op, Op::BatchNorm { .. } | Op::Activation(_) | Op::Add { .. });
                handed_on |= over;
                of[slot] = Some(if over { own } else { fresh(program.widths[slot], &mut free) });
            }
        }
        if !handed_on {
            free.entry(program.widths[node.output]).or_default().push(own);
        }
    }
    let of = of.into_iter().map(|home| home.unwrap_or(0)).collect();
    (Homes { of, widths }, first)
}
