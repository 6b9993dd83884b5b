//! The gradient at the first residual stream, split exactly by the number of branches that it came
//! back through: L^2/2 branch derivatives instead of 2^L paths.

use nalgebra::DMatrix;

use crate::depth::parts::moments;
use crate::depth::pull::Pull;
use crate::linalg::Real;
use crate::network::{Point, axpy};

/// How the gradient at the first residual stream is spread over path lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct ReverseLengths {
    /// ||G_k||^2, summed over features and samples, for k = 0..=L branches.
    pub energy: Vec<f64>,
    /// <G_r, G_s>, (L + 1) x (L + 1); its diagonal is `energy`, its sum the squared norm of the
    /// gradient.
    pub gram: DMatrix<f64>,
    /// The mean number of branches, sum k ||G_k||^2 / sum ||G_k||^2.
    pub mean: f64,
    /// The standard deviation of the number of branches under the same weights.
    pub sd: f64,
    /// Branch derivatives applied, one for each block and part: L (L + 1)/2.
    pub branches: u64,
}

/// Splits the gradient at the first residual stream by path length: see [`tagged_reverse`].
///
/// Numbers that are not finite pass through into the result.
pub fn reverse_lengths<T: Real>(point: &Point<'_, T>) -> ReverseLengths {
    let (parts, branches) = tagged_reverse(point);
    let entries = parts.iter().flatten().map(|x| x.wide());
    let matrix = DMatrix::from_iterator(parts[0].len(), parts.len(), entries);
    let gram = matrix.tr_mul(&matrix);
    let energy: Vec<f64> = gram.diagonal().iter().copied().collect();
    let (mean, sd) = moments(&energy);
    ReverseLengths { energy, gram, mean, sd, branches }
}

/// G_k for k = 0..=L and the number of branch derivatives applied.
///
/// G_k (width x samples) is the part of d loss / d h_0, at the stream h_0 that the first block
/// reads, that came back through exactly k branches; sum_k G_k is the gradient. With the derivative
/// P_b = I + J_b' of block b it is the coefficient of t^k in prod_b (I + t J_b') g, with g the
/// adjoint of the last stream (where a block has a shortcut its derivative takes the place of I); J_b
/// is the true derivative of the branch, so that batch statistics
/// are differentiated through if and only if the point does so. Layers between two blocks belong to
/// every path. A network without blocks has the stream of its output alone, and G_0 is the gradient
/// there.
pub fn tagged_reverse<T: Real>(point: &Point<'_, T>) -> (Vec<Vec<T>>, u64) {
    let blocks = &point.program().blocks;
    let mut pull = Pull::new(point);
    let mut parts = vec![pull.start()];
    for (number, block) in blocks.iter().enumerate().rev() {
        if number + 1 < blocks.len() {
            parts = parts.into_iter().map(|part| pull.between(number, part)).collect();
        }
        let stream = point.program().widths[block.skip] * point.samples();
        parts.push(vec![T::zero(); stream]);
        // From the longest part down, so that each is read before it is added to.
        for k in (0..parts.len() - 1).rev() {
            let moved = pull.branch(block, &parts[k]);
            axpy(T::one(), &moved, &mut parts[k + 1]);
            let part = std::mem::take(&mut parts[k]);
            parts[k] = pull.shortcut(block, part);
        }
    }
    (parts, pull.branches)
}
