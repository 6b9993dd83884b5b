//! Statistics: estimates with intervals.

mod estimate;

pub use estimate::Estimate;
