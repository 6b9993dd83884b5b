//! The gradient along random paths of a given length (Veit, Wilber and Belongie 2016, Sec. 5).

use rand::Rng;

use crate::depth::parts::norm_squared;
use crate::depth::pull::Pull;
use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::network::Point;

/// Gradient norms along paths through exactly k branches, by random choice of the branches.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledPaths {
    /// The mean of ||g_S|| over draws, for k = 0..=L branches: the g(k) of Veit et al.
    pub mean_norm: Vec<f64>,
    /// The mean of ||g_S||^2 over draws, for k = 0..=L.
    pub mean_square: Vec<f64>,
    /// The standard error of `mean_square`; 0 for k = 0 and k = L, which are a single path.
    pub standard_error: Vec<f64>,
    /// D2, the mean of k under the weights C(L, k) times `mean_square`.
    pub mean: f64,
    /// The standard error of `mean`, to first order in those of `mean_square`.
    pub mean_error: f64,
    /// Branch derivatives applied.
    pub branches: u64,
}

/// Draws `draws` sets of k blocks for every k and pulls the gradient through each.
///
/// Without residual blocks there is one path, of length 0. Numbers that are not finite pass through
/// into the result.
///
/// # Errors
/// A spec error for fewer than 2 draws, which have no standard error.
pub fn sample_paths<T: Real, R: Rng + ?Sized>(
    point: &Point<'_, T>,
    rng: &mut R,
    draws: usize,
) -> Result<SampledPaths> {
    let count = point.program().blocks.len();
    if draws < 2 {
        return Err(Error::spec(format!(
            "expected at least 2 draws for a standard error, found {draws}"
        )));
    }
    let mut pull = Pull::new(point);
    let mut sampled = SampledPaths {
        mean_norm: Vec::with_capacity(count + 1),
        mean_square: Vec::with_capacity(count + 1),
        standard_error: Vec::with_capacity(count + 1),
        mean: 0.0,
        mean_error: 0.0,
        branches: 0,
    };
    for k in 0..=count {
        let single = k == 0 || k == count;
        let squares: Vec<f64> = (0..if single { 1 } else { draws })
            .map(|_| {
                let mut taken = vec![false; count];
                rand::seq::index::sample(rng, count, k).into_iter().for_each(|b| taken[b] = true);
                norm_squared(&along(point, &mut pull, &taken))
            })
            .collect();
        let drawn = squares.len() as f64;
        let mean = squares.iter().sum::<f64>() / drawn;
        let spread: f64 = squares.iter().map(|square| (square - mean).powi(2)).sum();
        sampled.mean_norm.push(squares.iter().map(|square| square.sqrt()).sum::<f64>() / drawn);
        sampled.mean_square.push(mean);
        let error = if single { 0.0 } else { (spread / (drawn - 1.0) / drawn).sqrt() };
        sampled.standard_error.push(error);
    }
    (sampled.mean, sampled.mean_error) = depth(&sampled.mean_square, &sampled.standard_error);
    sampled.branches = pull.branches;
    Ok(sampled)
}

/// The gradient at the first residual stream along one path: through the branch of the blocks that
/// are `taken`, through the skip of the others; width x samples.
///
/// Summed over all sets of k blocks it is G_k of [`tagged_reverse`](crate::depth::tagged_reverse).
///
/// # Errors
/// A spec error when `taken` does not have one entry for each block.
pub fn path_gradient<T: Real>(point: &Point<'_, T>, taken: &[bool]) -> Result<Vec<T>> {
    let count = point.program().blocks.len();
    if taken.len() != count {
        return Err(Error::spec(format!(
            "expected one choice for each of the {count} residual blocks, found {}",
            taken.len()
        )));
    }
    Ok(along(point, &mut Pull::new(point), taken))
}

fn along<T: Real>(point: &Point<'_, T>, pull: &mut Pull<'_, '_, T>, taken: &[bool]) -> Vec<T> {
    let blocks = &point.program().blocks;
    let mut gradient = pull.start();
    for (number, block) in blocks.iter().enumerate().rev() {
        if number + 1 < blocks.len() {
            gradient = pull.between(number, gradient);
        }
        gradient = match taken[number] {
            true => pull.branch(block, &gradient),
            false => pull.shortcut(block, gradient),
        };
    }
    gradient
}

/// The mean of k under C(L, k) m_k, and its standard error from those of the m_k.
fn depth(mean_square: &[f64], standard_error: &[f64]) -> (f64, f64) {
    let count = mean_square.len() - 1;
    // Binomials relative to the largest, so that none overflows at any L.
    let mut ln_binomial = vec![0.0; count + 1];
    for k in 0..count {
        ln_binomial[k + 1] = ln_binomial[k] + ((count - k) as f64 / (k + 1) as f64).ln();
    }
    let largest = ln_binomial.iter().copied().fold(0.0, f64::max);
    let binomial: Vec<f64> = ln_binomial.iter().map(|ln| (ln - largest).exp()).collect();
    let weights = || binomial.iter().zip(mean_square).map(|(b, m)| b * m);
    let total: f64 = weights().sum();
    let mean = weights().enumerate().map(|(k, weight)| k as f64 * weight).sum::<f64>() / total;
    let variance: f64 = binomial
        .iter()
        .zip(standard_error)
        .enumerate()
        .map(|(k, (b, error))| ((k as f64 - mean) * b * error / total).powi(2))
        .sum();
    (mean, variance.sqrt())
}
