//! Effective depth from what each block adds to the signal and to its gradient.

use crate::depth::law::beta_of_mean;
use crate::depth::parts::norm_squared;
use crate::depth::pull::Pull;
use crate::linalg::Real;
use crate::network::Point;

/// The mean-square gain of every block's branch relative to its skip, first block to last.
#[derive(Debug, Clone, PartialEq)]
pub struct Gains {
    /// a_l = ||J_l' g||^2/||g||^2, with g the adjoint of the block's output and J_l the derivative
    /// of its branch; relative to ||K_l' g||^2 where the block has a shortcut with derivative K_l.
    pub backward: Vec<f64>,
    /// ||g + J_l' g||^2/||g||^2, or ||K_l' g + J_l' g||^2/||K_l' g||^2: what the block as a whole does
    /// to the gradient, beyond its shortcut. It is 1 + a_l when the branch's share is orthogonal to
    /// the skip's.
    pub backward_total: Vec<f64>,
    /// ||F_l||^2/||h_l||^2, with F_l what the branch adds to the stream h_l (to the end of
    /// its shortcut, where there is one).
    pub forward: Vec<f64>,
}

impl Gains {
    /// Measures the gains at a point, with one branch derivative for each block.
    ///
    /// Numbers that are not finite pass through into the result.
    pub fn measure<T: Real>(point: &Point<'_, T>) -> Self {
        let blocks = &point.program().blocks;
        let mut pull = Pull::new(point);
        let mut gains = Self {
            backward: Vec::with_capacity(blocks.len()),
            backward_total: Vec::with_capacity(blocks.len()),
            forward: Vec::with_capacity(blocks.len()),
        };
        for block in blocks {
            let adjoint = point.adjoint(block.output);
            let mut moved = pull.branch(block, adjoint);
            let skipped = pull.shortcut(block, adjoint.to_vec());
            let before = norm_squared(&skipped);
            gains.backward.push(norm_squared(&moved) / before);
            moved.iter_mut().zip(&skipped).for_each(|(moved, g)| *moved += *g);
            gains.backward_total.push(norm_squared(&moved) / before);
            let factor = point.factor(block.factor).wide();
            let branch = factor * factor * norm_squared(point.value(block.branch));
            gains.forward.push(branch / norm_squared(point.value(block.carried)));
        }
        gains
    }

    /// D1 = sum_l a_l/(1 + a_l): the mean number of branches of a gradient path if branches are
    /// uncorrelated, as they are in wide networks at initialisation.
    pub fn backward_depth(&self) -> f64 {
        depth(&self.backward)
    }

    /// D5 = sum_l ||F_l||^2/(||F_l||^2 + ||h_l||^2): the same from the forward signal.
    pub fn forward_depth(&self) -> f64 {
        depth(&self.forward)
    }

    /// The growth of the squared gradient over all blocks, relative to prod_l (1 + a_l): 1 when
    /// branches are uncorrelated, as D1 assumes.
    pub fn health(&self) -> f64 {
        let blocks = self.backward.iter().zip(&self.backward_total);
        blocks.map(|(branch, total)| total / (1.0 + branch)).product()
    }
}

/// sum a/(1 + a), where an infinite gain (nothing on the skip) is one whole branch.
fn depth(gains: &[f64]) -> f64 {
    let share = |a: &f64| if *a == f64::INFINITY { 1.0 } else { a / (1.0 + a) };
    // Folded from +0: the empty sum of doubles is -0.
    gains.iter().map(share).fold(0.0, std::ops::Add::add)
}

/// D6: the beta of Littwin and Wolf (2016), read off a network of `blocks` residual blocks whose
/// signal has the given mean path length (in their count, 1..=blocks + 1).
///
/// It is the beta at which the epsilon series of blocks + 1 layers has this mean: 0 for a mean of
/// 1, infinite for blocks + 1, NaN outside or without a block.
///
/// ```
/// use hessian::depth::fitted_beta;
/// assert_eq!(fitted_beta(10, 1.0), 0.0);
/// assert!((fitted_beta(10, 6.0) - 1.0).abs() < 1e-12); // the middle of 1..=11
/// assert!(fitted_beta(10, 11.5).is_nan());
/// ```
pub fn fitted_beta(blocks: usize, mean: f64) -> f64 {
    let layers = blocks + 1;
    if blocks > 0 && mean == 1.0 {
        0.0
    } else if blocks > 0 && mean == layers as f64 {
        f64::INFINITY
    } else {
        beta_of_mean(layers, mean).unwrap_or(f64::NAN)
    }
}
