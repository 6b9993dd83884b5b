//! Scale invariance in front of a batch norm (Ioffe & Szegedy 2015; van Laarhoven 2017).

use crate::claims::littwin_wolf::largest;
use crate::lab::Claim;

/// The claims of this file.
pub const CLAIMS: &[Claim] = &[Claim {
    id: "O-16",
    paper: "van Laarhoven 2017",
    source: "Sec. 2, scale invariance",
    statement: "In front of a batch norm without stabiliser H(c w) = H(w) / c^2 and g . w = 0.",
    statistic: "largest relative deviation over layers and replicates, each diagonal block of the \
                Hessian whole",
    prediction: "identities: within 1e-8",
    margin: "rounding of a Hessian block, about 1e-12 of its largest entry",
    simulator: "scale-invariance",
    observables: &["euler.hessian", "euler.gradient"],
    code: "src/claims/scale_invariance.rs",
    evaluate: |records| {
        vec![
            largest(records, "c^2 H(c w) - H(w)", "euler.hessian", 1e-8),
            largest(records, "g . w", "euler.gradient", 1e-8),
        ]
    },
}];
