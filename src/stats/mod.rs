//! Statistics: estimates with intervals, tests of equality, trends, many tests at once.
//!
//! Sums run in the order of the samples, so that their bits are those of the records' order.

mod equivalence;
mod estimate;
mod trend;

pub use equivalence::{Equivalence, equivalence, holm, replicates_needed};
pub use estimate::{Estimate, mean, standard_error, student_quantile};
pub use trend::{kendall, kendall_trend, spearman};
