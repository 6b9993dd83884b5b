//! Statistics: estimates with intervals, tests of equality, trends, many tests at once.
//!
//! Sums run in the order of the samples, so that their bits are those of the records' order.

mod equivalence;
mod estimate;
mod law;
mod trend;

pub use equivalence::{
    Equivalence, equivalence, equivalence_power, holm, replicates_needed, replicates_to_decide,
};
pub use estimate::{Estimate, mean, standard_error, student_cdf, student_quantile};
pub use law::{kolmogorov, kolmogorov_to};
pub use trend::{kendall, kendall_trend, spearman};
