//! Claims: one file per paper; the registry lists them.

mod self_test;

use crate::lab::Claim;

/// Every claim of this crate, in the order of the papers.
pub fn registry() -> Vec<Claim> {
    [self_test::CLAIMS].concat()
}
