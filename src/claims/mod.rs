//! Claims: one file per paper; the registry lists them.

mod depth_law;
mod effective_depth;
mod ensembles;
mod ghorbani;
mod littwin_wolf;
mod scale_invariance;
mod select;
mod self_test;

use crate::lab::Claim;

/// Every claim of this crate, in the order of the papers.
pub fn registry() -> Vec<Claim> {
    [
        depth_law::CLAIMS,
        littwin_wolf::CLAIMS,
        ensembles::CLAIMS,
        effective_depth::CLAIMS,
        ghorbani::CLAIMS,
        scale_invariance::CLAIMS,
        self_test::CLAIMS,
    ]
    .concat()
}
