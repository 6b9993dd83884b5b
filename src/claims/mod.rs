//! Claims: one file per paper; the registry lists them.

mod assumptions;
mod batch_norm_start;
mod critical_points;
mod depth_law;
mod descent;
mod effective_depth;
mod ensembles;
mod ghorbani;
mod langevin;
mod layering;
mod littwin_wolf;
mod paths;
mod scale_invariance;
mod select;
mod self_test;
mod signal_propagation;

use crate::lab::Claim;

/// Every claim of this crate, in the order of the papers.
pub fn registry() -> Vec<Claim> {
    [
        depth_law::CLAIMS,
        littwin_wolf::CLAIMS,
        ensembles::CLAIMS,
        paths::CLAIMS,
        batch_norm_start::CLAIMS,
        signal_propagation::CLAIMS,
        effective_depth::CLAIMS,
        ghorbani::CLAIMS,
        descent::CLAIMS,
        scale_invariance::CLAIMS,
        assumptions::CLAIMS,
        critical_points::CLAIMS,
        layering::CLAIMS,
        langevin::CLAIMS,
        self_test::CLAIMS,
    ]
    .concat()
}
