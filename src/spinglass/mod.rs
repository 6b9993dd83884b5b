//! Spherical mixed spin glasses: the landscape that the paper puts in place of the loss.
//!
//! | what | where |
//! |---|---|
//! | the mixture nu(x) = sum eps_r^2 x^r and its class | [`Mixture`], [`class`] |
//! | complexity: growth rates of numbers of critical points, and where they vanish | [`theta`], [`theta_at_energy`], [`g`], [`level_energy`] |
//! | energies that mark the landscape | [`threshold_energy`], [`edge_energy`], [`algorithmic_energy`] |
//! | one sample of the Hamiltonian: energy, gradient, Hessian, also on the sphere | [`Hamiltonian`], [`RiemannianHessian`] |
//! | where gradient descent ends, Langevin dynamics, descent by Hessians | [`descend`], [`langevin`], [`descend_by_hessians`] |
//! | expected number of critical points at finite N, and of each index | [`ln_expected_total`], [`expected_by_index`], [`sampled_by_index`] |
//! | expected number of critical points at finite N, and of each index | [`ln_expected_total`], [`expected_by_index`], [`sampled_by_index`], [`sampled_ln_minima`] |
//! | law of their energies | [`expected_shares_below`] |
//! | all critical points of one sample, for small N, with a certificate | [`critical_points`], [`Polynomial`] |
//!
//! On the sphere |s|^2 = N the Hamiltonian H has covariance E H(s) H(t) = N nu(s.t/N), nu(1) = 1.
//! The index of a critical point is the number of negative eigenvalues of its Hessian; energies
//! are per spin.

mod complexity;
mod critical_points;
mod descent;
mod hamiltonian;
mod index_counts;
mod index_sampling;
mod kac_rice;
mod mixture;
mod packed;
mod quadrature;
mod tangent;

pub use complexity::{
    Class, algorithmic_energy, algorithmic_energy_with_field, class, edge_cost, edge_energy, g,
    level_energy, theta, theta_at_energy, threshold_energy,
};
pub use critical_points::{
    COMPLEX_LIMIT, Census, CriticalPoint, Incomplete, Polynomial, complex_count, critical_points,
    critical_points_by_continuation, newton_critical_points,
};
pub use descent::{Minimum, descend, descend_by_hessians, langevin, step_size};
pub use hamiltonian::{COUPLING_BYTES, Curvature, DEGREE_LIMIT, Hamiltonian};
pub use index_counts::{EXACT_LIMIT, expected_by_index};
pub use index_sampling::{SampledCounts, sampled_by_index, sampled_ln_minima};
pub use kac_rice::{DIMENSION_LIMIT, expected_shares_below, ln_expected_total};
pub use mixture::Mixture;
pub use tangent::{RiemannianHessian, TangentSpace};
