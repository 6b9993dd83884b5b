//! An estimate and its interval.

/// A point estimate with a confidence interval at a stated level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Level of the interval, such as 0.95; 1 for an exact quantity, whose interval is a point.
    pub level: f64,
    /// Number of independent replicates behind it.
    pub count: usize,
}

impl Estimate {
    /// An exact quantity: its interval is the point itself.
    pub fn exact(value: f64, count: usize) -> Self {
        Self { value, low: value, high: value, level: 1.0, count }
    }
}
