//! Mean and interval over replicates.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Level of every interval in a figure.
const LEVEL: f64 = 0.95;

/// Mean of `count` replicates with its doubt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mean {
    pub(super) count: usize,
    pub(super) value: f64,
    /// Sample standard deviation over the square root of the count; none for one replicate.
    pub(super) standard_error: Option<f64>,
}

impl Mean {
    /// Mean and standard error; none without a number, or if they are too large to add.
    pub(super) fn of(numbers: &[f64]) -> Option<Mean> {
        if numbers.is_empty() {
            return None;
        }
        let count = numbers.len() as f64;
        let value = numbers.iter().sum::<f64>() / count;
        let squares = numbers.iter().map(|x| (x - value).powi(2)).sum::<f64>();
        let standard_error = (numbers.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt());
        (value.is_finite() && standard_error.is_none_or(f64::is_finite)).then_some(Mean {
            count: numbers.len(),
            value,
            standard_error,
        })
    }

    /// Student's interval at 95 %; none for one replicate.
    pub(super) fn interval(&self) -> Option<(f64, f64)> {
        let freedom = (self.count.checked_sub(1)?) as f64;
        let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.5 + LEVEL / 2.0);
        let half = quantile * self.standard_error?;
        Some((self.value - half, self.value + half))
    }
}

#[cfg(test)]
mod tests {
    use super::Mean;

    /// t(0.975) with 2 degrees of freedom is 4.302652729911275 (any table of Student's law), and
    /// 1, 2, 3 has mean 2 and standard error 1/sqrt(3).
    #[test]
    fn student() {
        let mean = Mean::of(&[1.0, 2.0, 3.0]).unwrap();
        let half = 4.302_652_729_911_275 / 3f64.sqrt();
        let (low, high) = mean.interval().unwrap();
        assert!((low - (2.0 - half)).abs() < 1e-9 && (high - (2.0 + half)).abs() < 1e-9);
    }

    #[test]
    fn no_interval_from_one_replicate() {
        assert_eq!(Mean::of(&[]), None);
        assert_eq!(Mean::of(&[5.0]).unwrap().interval(), None);
        assert_eq!(Mean::of(&[1e308, 1e308]), None);
    }
}
