//! Stochastic Lanczos quadrature (Golub and Welsch 1969; Lin, Saad and Yang 2016; Ghorbani,
//! Krishnan and Xiao 2019).

use nalgebra::{DMatrix, DVectorView};
use rayon::prelude::*;

use crate::linalg::tridiagonal_eigen;
use crate::operator::SymmetricOperator;
use crate::spectrum::Trouble;
use crate::spectrum::krylov::Process;
use crate::stats::{Estimate, standard_error};

/// Gauss quadratures of the spectral measures of some probes.
///
/// For a unit vector v the measure puts the weight (v'u_i)^2 on eigenvalue l_i; its quadrature with
/// m nodes is exact for polynomials of degree at most 2m - 1. Averaged over random directions the
/// measure is the spectral density. Smoothing is a view of the nodes, which are what is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Slq {
    /// Nodes of each probe, ascending.
    pub nodes: Vec<Vec<f64>>,
    /// Weights of each probe, which sum to 1.
    pub weights: Vec<Vec<f64>>,
    /// Steps after which each probe's Krylov space was invariant, if it was: its quadrature is then
    /// the whole measure of that probe.
    pub breakdowns: Vec<Option<usize>>,
    /// |A v|^2 of each probe, v normalised: the second moment of its measure, which a quadrature of one
    /// node does not have.
    pub squares: Vec<f64>,
    /// The dimension n.
    pub dimension: usize,
    /// Number of products with A.
    pub products: u64,
}

/// A smoothed density on a grid, with its doubt.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// Fraction of eigenvalues per unit of the eigenvalue, at each grid point; the mean over probes.
    pub mean: Vec<f64>,
    /// Standard error of the mean over probes; infinite for one probe.
    pub standard_error: Vec<f64>,
}

/// `steps` Lanczos steps from each column of `probes` (n x k), which need not be normalised; all
/// probes advance together, so that A multiplies blocks.
///
/// The quadrature of a probe has the same bits whatever the other probes are.
///
/// ```
/// use hessian::{operator::Dense, spectrum::slq};
/// let a = Dense::new(nalgebra::DMatrix::from_row_slice(2, 2, &[3.0, 0.0, 0.0, 5.0]))?;
/// let spectrum = slq(&a, &nalgebra::DMatrix::from_row_slice(2, 1, &[1.0, 1.0]), 2).unwrap();
/// assert!((spectrum.nodes[0][1] - 5.0).abs() < 1e-14);
/// assert!((spectrum.weights[0][1] - 0.5).abs() < 1e-14);
/// # Ok::<(), hessian::Error>(())
/// ```
///
/// # Errors
/// [`Trouble::NonFinite`] when a probe or a product is; [`Trouble::NoConvergence`] from QL.
///
/// # Panics
/// When the number of rows of `probes` is not the dimension.
pub fn slq(
    operator: &dyn SymmetricOperator,
    probes: &DMatrix<f64>,
    steps: usize,
) -> Result<Slq, Trouble> {
    let n = operator.dimension();
    assert!(probes.nrows() == n, "probes of length {} for dimension {n}", probes.nrows());
    let mut processes = probes
        .column_iter()
        .map(|probe| Process::new(probe, steps))
        .collect::<Result<Vec<_>, _>>()?;
    let mut products = 0;
    let (mut block, mut image) = (DMatrix::zeros(n, 0), DMatrix::zeros(n, 0));
    loop {
        let active: Vec<usize> =
            (0..processes.len()).filter(|&j| processes[j].next().is_some()).collect();
        if active.is_empty() {
            break;
        }
        if block.ncols() != active.len() {
            block = DMatrix::zeros(n, active.len());
            image = DMatrix::zeros(n, active.len());
        }
        for (mut column, &j) in block.column_iter_mut().zip(&active) {
            if let Some(vector) = processes[j].next() {
                column.copy_from(&vector);
            }
        }
        operator.apply_block(&block, &mut image);
        // Each probe by one thread: the bits do not depend on how many there are.
        let going: Vec<&mut Process> =
            processes.iter_mut().filter(|process| process.next().is_some()).collect();
        let images = image.as_slice().par_chunks_exact(n);
        let outcomes: Vec<Result<(), Trouble>> = going
            .into_par_iter()
            .zip(images)
            .map(|(process, image)| process.absorb(DVectorView::from_slice(image, n)))
            .collect();
        outcomes.into_iter().collect::<Result<(), Trouble>>()?;
        products += active.len() as u64;
    }
    let mut result = Slq {
        nodes: Vec::new(),
        weights: Vec::new(),
        breakdowns: Vec::new(),
        squares: Vec::new(),
        dimension: n,
        products,
    };
    for process in &processes {
        let (alpha, beta) = process.tridiagonal();
        let eigen = tridiagonal_eigen(alpha, beta)?;
        result.nodes.push(eigen.values);
        result.weights.push(eigen.first.iter().map(|z| z * z).collect());
        result.breakdowns.push(process.breakdown());
        result.squares.push(process.first_square());
    }
    Ok(result)
}

impl Slq {
    /// The density smoothed by a Gaussian of standard deviation `width`, at each point of `grid`:
    /// mean over probes of sum_i w_i N(t; node_i, width^2).
    ///
    /// The doubt is that over probes; the bias of the smoothing is the caller's choice of width.
    pub fn density(&self, grid: &[f64], width: f64) -> Density {
        let height = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt());
        let at = |t: f64| {
            let smooth = |node: f64| height * (-0.5 * ((t - node) / width).powi(2)).exp();
            self.per_probe(smooth)
        };
        let values: Vec<Vec<f64>> = grid.iter().map(|&t| at(t)).collect();
        Density {
            mean: values.iter().map(|v| v.iter().sum::<f64>() / v.len() as f64).collect(),
            standard_error: values.iter().map(|v| standard_error(v)).collect(),
        }
    }

    /// tr f(A) = n times the mean over probes of sum_i w_i f(node_i), with a Student interval over
    /// probes at `level`.
    pub fn sum(&self, f: impl Fn(f64) -> f64, level: f64) -> Estimate {
        let n = self.dimension as f64;
        let values: Vec<f64> = self.per_probe(f).iter().map(|value| n * value).collect();
        Estimate::mean(&values, level)
    }

    /// tr A with an interval; for Rademacher probes the same number as Hutchinson's.
    pub fn trace(&self, level: f64) -> Estimate {
        self.sum(|node| node, level)
    }

    /// ln det(A + shift I) with a Student interval over probes at `level` (Ubaru, Chen and Saad
    /// 2017).
    ///
    /// # Errors
    /// [`Trouble::NonFinite`] when a node lies at -shift or below: A + shift I is then not positive
    /// definite, and its log-determinant not a number.
    pub fn log_determinant(&self, shift: f64, level: f64) -> Result<Estimate, Trouble> {
        match self.range() {
            Some((least, _)) if least + shift <= 0.0 => Err(Trouble::NonFinite {
                at: format!("the log-determinant at shift {shift}: a node lies at {least}"),
            }),
            _ => Ok(self.sum(|node| (node + shift).ln(), level)),
        }
    }

    /// The smallest and largest node of all probes: bounds from inside on the spectrum.
    pub fn range(&self) -> Option<(f64, f64)> {
        let nodes = || self.nodes.iter().flatten().copied();
        Some((nodes().reduce(f64::min)?, nodes().reduce(f64::max)?))
    }

    fn per_probe(&self, f: impl Fn(f64) -> f64) -> Vec<f64> {
        let quadrature = |(nodes, weights): (&Vec<f64>, &Vec<f64>)| {
            nodes.iter().zip(weights).map(|(&node, weight)| weight * f(node)).sum()
        };
        self.nodes.iter().zip(&self.weights).map(quadrature).collect()
    }
}
