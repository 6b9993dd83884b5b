//! Mean and interval over replicates.

use crate::stats::student_quantile;

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
    /// Means of series, entry by entry: `visit` shows every number once, with its series and its
    /// index. It is called twice, first for the means and then for the deviations from them, so that
    /// the numbers are never held together. No mean without a number, or if they are too large to
    /// add.
    pub(super) fn of(
        mut visit: impl FnMut(&mut dyn FnMut(usize, usize, f64)),
    ) -> Vec<Vec<Option<Mean>>> {
        let mut all: Vec<Vec<Sums>> = Vec::new();
        visit(&mut |series, index, x| {
            if all.len() <= series {
                all.resize(series + 1, Vec::new());
            }
            if all[series].len() <= index {
                all[series].resize(index + 1, Sums::default());
            }
            let sums = &mut all[series][index];
            sums.count += 1;
            sums.sum += x;
        });
        for sums in all.iter_mut().flatten() {
            sums.sum /= sums.count as f64;
        }
        visit(&mut |series, index, x| {
            if let Some(sums) = all.get_mut(series).and_then(|sums| sums.get_mut(index)) {
                sums.squares += (x - sums.sum).powi(2);
            }
        });
        all.iter().map(|series| series.iter().map(Sums::mean).collect()).collect()
    }

    /// Student's interval at 95 %; none for one replicate.
    pub(super) fn interval(&self) -> Option<(f64, f64)> {
        let error = self.standard_error?;
        let half = student_quantile(0.5 + LEVEL / 2.0, self.count - 1) * error;
        Some((self.value - half, self.value + half))
    }
}

/// What the two passes add up: the sum, which the first pass turns into the mean, and the squares
/// around it.
#[derive(Debug, Clone, Default)]
struct Sums {
    count: usize,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn mean(&self) -> Option<Mean> {
        let count = self.count as f64;
        let (value, squares) = (self.sum, self.squares);
        let standard_error = (self.count > 1).then(|| (squares / (count - 1.0) / count).sqrt());
        let finite = value.is_finite() && standard_error.is_none_or(f64::is_finite);
        (self.count > 0 && finite).then_some(Mean { count: self.count, value, standard_error })
    }
}

#[cfg(test)]
mod tests {
    use super::Mean;

    fn of(numbers: &[f64]) -> Option<Mean> {
        let means = Mean::of(|put| numbers.iter().for_each(|x| put(0, 0, *x)));
        means.first().and_then(|series| series[0])
    }

    /// t(0.975) with 2 degrees of freedom is 4.302652729911275 (any table of Student's law), and
    /// 1, 2, 3 has mean 2 and standard error 1/sqrt(3).
    #[test]
    fn student() {
        let mean = of(&[1.0, 2.0, 3.0]).unwrap();
        let half = 4.302_652_729_911_275 / 3f64.sqrt();
        let (low, high) = mean.interval().unwrap();
        assert!((low - (2.0 - half)).abs() < 1e-9 && (high - (2.0 + half)).abs() < 1e-9);
    }

    #[test]
    fn no_interval_from_one_replicate() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[5.0]).unwrap().interval(), None);
        assert_eq!(of(&[1e308, 1e308]), None);
    }
}
