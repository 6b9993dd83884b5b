//! The expected number of critical points of each index at any N, by sampling tridiagonal Gaussian
//! orthogonal matrices.
//!
//! The weight exp(-(q - 1) lambda_k^2/(4 (q + 1))) prefers eigenvalues far inside the spectrum when
//! q > 1, far outside when q < 1: events that plain samples miss. The samples therefore come in
//! equal parts from the ensemble itself and from tilted ones, and each is weighted by the density
//! of the ensemble over that of the mixture of all parts (the balance heuristic of Veach and Guibas
//! 1995), a ratio that never exceeds the number of parts.

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use statrs::function::gamma::ln_gamma;

use crate::error::{Error, Result};
use crate::linalg::{Trouble, symmetric_eigen, tridiagonal_eigen};
use crate::random::{Stream, Streams};
use crate::rmt::{LANES, chi, largest_eigenvalues};
use crate::spinglass::Mixture;
use crate::spinglass::index_counts::linear;
use crate::spinglass::kac_rice::{check_dimension, ln_expected_total, ln_prefactor};

/// Samples that share one random stream: results do not depend on how threads share the chunks.
const CHUNK: usize = 50;

/// Tilted ensembles beside the plain one when q > 1: thirds of the largest tilt. Chosen here: the
/// densities of neighbours overlap well up to q = 10^4 and N = 200.
const INWARD: usize = 3;

/// The largest number of eigenvalues that a tilt pulls out of the spectrum when q < 1.
const OUTWARD: usize = 6;

/// Expected numbers of critical points by index, estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledCounts {
    /// The estimate for index 0, ..., N - 1.
    pub counts: Vec<f64>,
    /// The standard error of each.
    pub standard_errors: Vec<f64>,
    /// The number of matrices behind them.
    pub samples: usize,
}

/// Estimates the expected number of critical points of every index from about `samples` tridiagonal
/// matrices (rounded up to full chunks for every tilt), with the random numbers of `seed`.
///
/// Index k and index N - 1 - k have the same expectation (H -> -H) and get the same estimate. Minima and
/// maxima also are half of what the other indices leave of the total, which is known: they get this estimate
/// where its standard error is less, as for q < 1, where they hang on one eigenvalue far outside. Where
/// the true number is less than about 10^-6 of the largest, the standard error itself may be
/// too small.
///
/// # Errors
/// A spec error for a dimension below 2 or no samples; a capacity error when N is too large for
/// [`ln_expected_total`], or an eigenvalue iteration does not converge.
pub fn sampled_by_index(
    mixture: &Mixture,
    dimension: usize,
    samples: usize,
    seed: u64,
) -> Result<SampledCounts> {
    sampled_by_index_watched(mixture, dimension, samples, seed, &|_, _| {})
}

/// The same, and tells `watch` of every chunk: how many matrices it had, and how many there will be in all.
///
/// # Errors
/// As [`sampled_by_index`].
pub fn sampled_by_index_watched(
    mixture: &Mixture,
    dimension: usize,
    samples: usize,
    seed: u64,
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<SampledCounts> {
    check_dimension(dimension)?;
    if samples == 0 {
        return Err(Error::spec("samples: expected at least 1, found 0"));
    }
    let contrast = mixture.contrast();
    if contrast < 0.0 && contrast * contrast >= 1.0 {
        // q is 0, or so small that nothing but the minimum and the maximum counts
        let standard_errors = vec![0.0; dimension];
        return Ok(SampledCounts { counts: linear(dimension), standard_errors, samples: 0 });
    }
    let trouble = |trouble: Trouble| Error::capacity(format!("sampled counts: {trouble}"));
    let tilts = tilts(mixture, dimension).map_err(trouble)?;
    let ln_total = ln_expected_total(mixture, dimension)?;
    let ensemble = Ensemble {
        dimension,
        weight: -0.25 * mixture.contrast(),
        // as a share of the total, so that nothing overflows
        ln_scale: ln_prefactor(mixture, dimension) - ln_total,
        tilts,
    };
    let chunks = samples.div_ceil(CHUNK * ensemble.tilts.len());
    let parts: Vec<(usize, usize)> =
        (0..ensemble.tilts.len()).flat_map(|tilt| (0..chunks).map(move |c| (tilt, c))).collect();
    let sums = parts
        .par_iter()
        .map(|&(tilt, chunk)| {
            let streams = Streams::new(seed, "complexity", chunk as u64);
            let rng = &mut streams.stream("tridiagonal", &format!("tilt {tilt}"));
            let sums = ensemble.chunk(tilt, rng);
            watch(CHUNK as u64, (CHUNK * parts.len()) as u64);
            sums
        })
        .collect::<std::result::Result<Vec<_>, Trouble>>()
        .map_err(trouble)?;
    Ok(ensemble.estimate(&sums, chunks, ln_total))
}

/// Estimates ln of the expected number of minima (index 0) from about `samples` tridiagonal matrices,
/// rounded up to eights for every tilt: for N where all eigenvalues would cost too much.
///
/// With n samples the number, not its logarithm, is unbiased; its relative error is a few times
/// 1/sqrt n.
///
/// # Errors
/// A spec error for a dimension below 2, no samples or a linear Hamiltonian; a capacity error when N is beyond
/// [`DIMENSION_LIMIT`](crate::spinglass::DIMENSION_LIMIT) or a tilt cannot be found.
pub fn sampled_ln_minima(
    mixture: &Mixture,
    dimension: usize,
    samples: usize,
    rng: &mut Stream,
) -> Result<f64> {
    check_dimension(dimension)?;
    if samples == 0 || mixture.nu_second() == 0.0 {
        return Err(Error::spec(
            "sampled minima: expected a sample or more, and a term of degree 2 or more",
        ));
    }
    let tilts = tilts(mixture, dimension)
        .map_err(|trouble| Error::capacity(format!("sampled minima: {trouble}")))?;
    let ln_scale = ln_prefactor(mixture, dimension);
    let ensemble = Ensemble { dimension, weight: -0.25 * mixture.contrast(), ln_scale, tilts };
    let rounds = samples.div_ceil(LANES * ensemble.tilts.len());
    let mut logs = Vec::with_capacity(rounds * LANES * ensemble.tilts.len());
    for law in &ensemble.tilts {
        for _ in 0..rounds {
            for (ln_balance, value) in ensemble.largest_of_eight(law, rng) {
                logs.push(ln_balance + ensemble.weight * value * value);
            }
        }
    }
    let top = logs.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let mean = logs.iter().map(|log| (log - top).exp()).sum::<f64>() / logs.len() as f64;
    Ok(ensemble.ln_scale + top + mean.ln())
}

/// A change of the law of the matrix: normal entries moved, degrees of freedom changed.
struct Tilt {
    /// The mean of each diagonal entry.
    means: Vec<f64>,
    /// The degrees of freedom of each coupling.
    freedoms: Vec<f64>,
    /// The part of ln(density over the ensemble's) that does not depend on the matrix.
    constant: f64,
}

impl Tilt {
    fn new(dimension: usize, means: Vec<f64>, freedoms: Vec<f64>) -> Self {
        let squares: f64 = means.iter().map(|mean| 0.25 * mean * mean).sum();
        let chis = freedoms.iter().zip(plain_freedoms(dimension)).map(|(changed, plain)| {
            0.5 * (plain - changed) * 2_f64.ln() + ln_gamma(0.5 * plain) - ln_gamma(0.5 * changed)
        });
        let constant = chis.sum::<f64>() - squares;
        Self { means, freedoms, constant }
    }

    fn plain(dimension: usize) -> Self {
        Self::new(dimension, vec![0.0; dimension], plain_freedoms(dimension).collect())
    }

    /// ln of the density of this law over that of the ensemble, at a matrix.
    fn ln_ratio(&self, diagonal: &[f64], ln_couplings: &[f64]) -> f64 {
        let normals: f64 = self.means.iter().zip(diagonal).map(|(mean, x)| 0.5 * mean * x).sum();
        let plain = plain_freedoms(diagonal.len());
        let chis: f64 = plain
            .zip(&self.freedoms)
            .zip(ln_couplings)
            .map(|((plain, changed), ln)| (changed - plain) * ln)
            .sum();
        self.constant + normals + chis
    }
}

/// n - 1, ..., 1 (Dumitriu and Edelman 2002).
fn plain_freedoms(dimension: usize) -> impl Iterator<Item = f64> {
    (1..dimension).rev().map(|freedom| freedom as f64)
}

/// The ensemble itself, then its tilts.
fn tilts(mixture: &Mixture, dimension: usize) -> std::result::Result<Vec<Tilt>, Trouble> {
    let mut tilts = vec![Tilt::plain(dimension)];
    let contrast = mixture.contrast();
    if contrast > 0.0 {
        // Maximal 4 c N^{1/3} s - s^3/24, c = (q - 1)/(4 (q + 1)): gain of moving the edge inwards
        // by s N^{-1/6} against its cost, the left tail of Tracy and Widom's law.
        let deepest = (8.0 * contrast * (dimension as f64).cbrt()).sqrt();
        for part in 1..=INWARD {
            tilts.push(inward(dimension, deepest * part as f64 / INWARD as f64));
        }
    } else if contrast < 0.0 {
        for count in 1..=OUTWARD.min(dimension / 2) {
            tilts.push(outward(dimension, -contrast / count as f64, count)?);
        }
    }
    Ok(tilts)
}

/// The upper edge moved inwards by s N^{-1/6}: in the scaling of the stochastic Airy operator the
/// cheapest way is to add (s - x)_+ to its potential x, x = i N^{-1/3}; the move is shared by
/// diagonal and couplings in the ratio of their variances (Ramirez, Rider and Virag 2011).
fn inward(dimension: usize, s: f64) -> Tilt {
    let n = dimension as f64;
    let depth = |row: usize| (s - row as f64 / n.cbrt()).max(0.0) / n.powf(1.0 / 6.0);
    let means = (0..dimension).map(|row| -0.5 * depth(row)).collect();
    let freedoms = plain_freedoms(dimension)
        .enumerate()
        // chi has mean sqrt(freedom) nearly: a quarter of the depth less; never less than half
        .map(|(row, plain)| (plain - 0.5 * depth(row) * plain.sqrt()).max(0.5 * plain))
        .collect();
    Tilt::new(dimension, means, freedoms)
}

/// `count` eigenvalues pulled above the spectrum to s sqrt N, s = 2/sqrt(1 - d^2), by the factor
/// exp(t/2 tr P T) in the density, P the projector on their eigenvectors in the mean of the tilted
/// law itself, t = sqrt(N (s^2 - 4)) the slope of the cost there.
fn outward(dimension: usize, d: f64, count: usize) -> std::result::Result<Tilt, Trouble> {
    let strength = (dimension as f64).sqrt() * 2.0 * d / (1.0 - d * d).sqrt();
    let mut means = vec![0.0; dimension];
    let mut couplings: Vec<f64> = plain_freedoms(dimension).map(f64::sqrt).collect();
    // chosen here: a start in the first rows, and more rounds than the fixed point needs to settle
    let mut projector =
        DMatrix::from_fn(dimension, dimension, |i, j| f64::from(i == j && i < count));
    for _ in 0..20 {
        for (row, mean) in means.iter_mut().enumerate() {
            *mean = strength * projector[(row, row)];
        }
        for (row, (coupling, plain)) in
            couplings.iter_mut().zip(plain_freedoms(dimension)).enumerate()
        {
            *coupling = plain.sqrt() + 0.5 * strength * projector[(row, row + 1)];
        }
        let mean_matrix = DMatrix::from_fn(dimension, dimension, |i, j| match i.abs_diff(j) {
            0 => means[i],
            1 => couplings[i.min(j)],
            _ => 0.0,
        });
        let (_, vectors) = symmetric_eigen(&mean_matrix)?;
        let top = vectors.columns(dimension - count, count);
        projector = top * top.transpose();
    }
    let freedoms = couplings
        .iter()
        .zip(plain_freedoms(dimension))
        .map(|(coupling, plain)| (coupling * coupling).max(0.5 * plain))
        .collect();
    Ok(Tilt::new(dimension, means, freedoms))
}

struct Ensemble {
    dimension: usize,
    /// -(q - 1)/(4 (q + 1)).
    weight: f64,
    /// ln of the prefactor of the counts, over their total.
    ln_scale: f64,
    tilts: Vec<Tilt>,
}

/// Sums over a chunk, for each eigenvalue of the upper half from the top, and last for all eigenvalues but
/// the two at the ends.
struct Sums {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Ensemble {
    fn chunk(&self, tilt: usize, rng: &mut Stream) -> std::result::Result<Sums, Trouble> {
        let n = self.dimension;
        let half = n.div_ceil(2);
        let law = &self.tilts[tilt];
        let mut sums = Sums { first: vec![0.0; half + 1], second: vec![0.0; half + 1] };
        for _ in 0..CHUNK {
            let (diagonal, couplings, ln_balance) = self.draw(law, rng);
            let values = tridiagonal_eigen(&diagonal, &couplings)?.values;
            let mut inner = 0.0;
            for (place, value) in values.iter().rev().take(half).enumerate() {
                let share = (self.ln_scale + ln_balance + self.weight * value * value).exp();
                sums.first[place] += share;
                sums.second[place] += share * share;
                // an index and its mirror image, unless it is its own
                let times = if 2 * place + 1 == n { 1.0 } else { 2.0 };
                inner += if place == 0 { 0.0 } else { times * share };
            }
            sums.first[half] += inner;
            sums.second[half] += inner * inner;
        }
        Ok(sums)
    }

    /// A tridiagonal matrix of this law, with ln of the density of the ensemble over that of the
    /// mixture of all parts.
    fn draw(&self, law: &Tilt, rng: &mut Stream) -> (Vec<f64>, Vec<f64>, f64) {
        let diagonal: Vec<f64> = law
            .means
            .iter()
            .map(|mean| {
                let normal: f64 = StandardNormal.sample(rng);
                mean + 2_f64.sqrt() * normal
            })
            .collect();
        let couplings: Vec<f64> = law.freedoms.iter().map(|&nu| chi(nu, rng)).collect();
        let logs: Vec<f64> = couplings.iter().map(|coupling| coupling.ln()).collect();
        let ratios: Vec<f64> =
            self.tilts.iter().map(|tilt| tilt.ln_ratio(&diagonal, &logs)).collect();
        let largest = ratios.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        let mixed: f64 = ratios.iter().map(|ratio| (ratio - largest).exp()).sum();
        (diagonal, couplings, (self.tilts.len() as f64).ln() - largest - mixed.ln())
    }

    /// Eight matrices of this law: ln(balance) of each, and its largest eigenvalue.
    fn largest_of_eight(&self, law: &Tilt, rng: &mut Stream) -> [(f64, f64); LANES] {
        let mut diagonals = vec![[0.0; LANES]; self.dimension];
        let mut couplings = vec![[0.0; LANES]; self.dimension - 1];
        let mut balances = [0.0; LANES];
        for (lane, balance) in balances.iter_mut().enumerate() {
            let (diagonal, coupling, ln_balance) = self.draw(law, rng);
            diagonals.iter_mut().zip(diagonal).for_each(|(row, value)| row[lane] = value);
            couplings.iter_mut().zip(coupling).for_each(|(row, value)| row[lane] = value);
            *balance = ln_balance;
        }
        let largest = largest_eigenvalues(&diagonals, &couplings);
        std::array::from_fn(|lane| (balances[lane], largest[lane]))
    }

    /// Means over all parts; the variance is that within the parts, each of `chunks` chunks.
    fn estimate(&self, sums: &[Sums], chunks: usize, ln_total: f64) -> SampledCounts {
        let n = self.dimension;
        let parts = self.tilts.len() as f64;
        let size = (chunks * CHUNK) as f64;
        let of_place = |place: usize| {
            let (mut mean, mut variance) = (0.0, 0.0);
            for part in sums.chunks(chunks) {
                let first: f64 = part.iter().map(|sums| sums.first[place]).sum::<f64>() / size;
                let second: f64 = part.iter().map(|sums| sums.second[place]).sum::<f64>() / size;
                mean += first / parts;
                variance += (second - first * first).max(0.0) / (size - 1.0) / (parts * parts);
            }
            (mean * ln_total.exp(), variance.sqrt() * ln_total.exp())
        };
        let half = n.div_ceil(2);
        let mut halves: Vec<(f64, f64)> = (0..half).map(of_place).collect();
        let (inner, error) = of_place(half);
        // both are 0 where all of them underflow
        if 0.5 * error <= halves[0].1 {
            halves[0] = (0.5 * (ln_total.exp() - inner), 0.5 * error);
        }
        let of_index = |index: usize| halves[index.min(n - 1 - index)];
        SampledCounts {
            counts: (0..n).map(|index| of_index(index).0).collect(),
            standard_errors: (0..n).map(|index| of_index(index).1).collect(),
            samples: sums.len() * CHUNK,
        }
    }
}
