//! Spherical mixed spin glasses: the landscape that the paper puts in place of the loss.
//!
//! | what | where |
//! |---|---|
//! | the mixture nu(x) = sum eps_r^2 x^r and its class | [`Mixture`], [`class`] |
//! | complexity: growth rates of numbers of critical points, and where they vanish | [`theta`], [`theta_at_energy`], [`g`], [`level_energy`] |
//! | energies that mark the landscape | [`threshold_energy`], [`edge_energy`], [`algorithmic_energy`] |
//! | one sample of the Hamiltonian: energy, gradient, Hessian, also on the sphere | [`Hamiltonian`], [`RiemannianHessian`] |
//! | where gradient descent ends, descent by Hessians | [`descend`], [`descend_by_hessians`] |
//! | Langevin dynamics, its transition and its energies | [`langevin`], [`dynamic_temperature`], [`equilibrium_overlap`], [`ageing_energy`] |
//! | expected number of critical points at finite N, and of each index | [`ln_expected_total`], [`expected_by_index`], [`sampled_by_index`], [`sampled_ln_minima`] |
//! | law of their energies; those of index 0 or 1 in the lowest bands | [`expected_shares_below`], [`sampled_ln_below`] |
//! | all critical points of one sample, for small N, with a certificate | [`critical_points`], [`Polynomial`] |
//!
//! On the sphere |s|^2 = N the Hamiltonian H has covariance E H(s) H(t) = N nu(s.t/N), nu(1) = 1.
//! The index of a critical point is the number of negative eigenvalues of its Hessian; energies
//! are per spin.

mod bands;
mod complexity;
mod critical_points;
mod descent;
mod dynamics;
mod hamiltonian;
mod index_counts;
mod index_sampling;
mod kac_rice;
mod langevin;
mod mixture;
mod packed;
mod quadrature;
mod tangent;

pub use bands::{OUTER_ENERGIES, SampledLn, sampled_ln_below};
pub use complexity::{
    Class, algorithmic_energy, algorithmic_energy_with_field, class, edge_cost, edge_energy, g,
    level_energy, theta, theta_at_energy, threshold_energy,
};
pub use critical_points::{
    CENSUS_DIMENSION, COMPLEX_LIMIT, Census, CriticalPoint, Incomplete, Polynomial, complex_count,
    critical_points, critical_points_by_continuation, newton_critical_points,
};
pub use descent::{Minimum, descend, descend_by_hessians, step_size};
pub use dynamics::{ageing_energy, dynamic_temperature, equilibrium_overlap};
pub use hamiltonian::{COUPLING_BYTES, Curvature, DEGREE_LIMIT, Hamiltonian};
pub use index_counts::{EXACT_LIMIT, expected_by_index};
pub use index_sampling::{
    SampledCounts, sampled_by_index, sampled_by_index_watched, sampled_ln_minima,
};
pub use kac_rice::{DIMENSION_LIMIT, expected_shares_below, ln_expected_total};
pub use langevin::{Thermostat, langevin};
pub use mixture::Mixture;
pub use tangent::{RiemannianHessian, TangentSpace, uniform_point};
