//! How far two laws lie apart, from samples: Kolmogorov's distance with an interval that holds for
//! every law.

use crate::stats::Estimate;

/// Kolmogorov's distance sup_x |F(x) - G(x)| between the laws of two samples, with the interval of
/// Dvoretzky, Kiefer & Wolfowitz (1956) with Massart's constant (1990).
///
/// Each empirical law lies within sqrt(ln(2 / a) / (2 n)) of the true one with probability at least
/// 1 - a; with a = (1 - level) / 2 for each sample both hold together at the level, whether or not
/// the samples depend on each other. The distance of the true laws lies within the sum of the two
/// of the distance of the empirical ones. The count is the smaller of the two sizes; an empty
/// sample has no distance (NaN).
///
/// ```
/// let distance = hessian::stats::kolmogorov(&[1.0, 2.0, 3.0], &[2.5, 4.0, 5.0], 0.95);
/// assert_eq!(distance.value, 2.0 / 3.0); // at x = 2: two thirds against none
/// ```
///
/// # Panics
/// When the level is not between 0 and 1.
pub fn kolmogorov(first: &[f64], second: &[f64], level: f64) -> Estimate {
    assert!(level > 0.0 && level < 1.0, "a confidence level lies between 0 and 1, not at {level}");
    let share =
        |sample: &[f64], x: f64| sample.partition_point(|s| *s <= x) as f64 / sample.len() as f64;
    let (first, second) = (sorted(first), sorted(second));
    let value = (first.iter().chain(&second))
        .map(|x| (share(&first, *x) - share(&second, *x)).abs())
        .fold(0.0, f64::max);
    let reach = band(first.len(), 0.5 * (1.0 - level)) + band(second.len(), 0.5 * (1.0 - level));
    between(value, reach, level, &[&first, &second])
}

/// Kolmogorov's distance between the law of a sample and the continuous law `cdf`, with the
/// interval of Dvoretzky, Kiefer & Wolfowitz (1956) with Massart's constant (1990).
///
/// ```
/// let uniform = |x: f64| x.clamp(0.0, 1.0);
/// let distance = hessian::stats::kolmogorov_to(&[0.5], uniform, 0.95);
/// assert_eq!(distance.value, 0.5);
/// ```
///
/// # Panics
/// When the level is not between 0 and 1.
pub fn kolmogorov_to(sample: &[f64], cdf: impl Fn(f64) -> f64, level: f64) -> Estimate {
    assert!(level > 0.0 && level < 1.0, "a confidence level lies between 0 and 1, not at {level}");
    let sample = sorted(sample);
    let n = sample.len() as f64;
    let value = (0_u32..)
        .zip(&sample)
        .map(|(i, x)| {
            let law = cdf(*x);
            (law - f64::from(i) / n).abs().max((f64::from(i + 1) / n - law).abs())
        })
        .fold(0.0, f64::max);
    between(value, band(sample.len(), 1.0 - level), level, &[&sample])
}

/// Half the width of the band around an empirical law that holds the true one but with probability
/// at most `error`.
fn band(n: usize, error: f64) -> f64 {
    ((2.0 / error).ln() / (2.0 * n as f64)).sqrt()
}

fn between(value: f64, reach: f64, level: f64, samples: &[&[f64]]) -> Estimate {
    let count = samples.iter().map(|sample| sample.len()).min().unwrap_or(0);
    if count == 0 || samples.iter().any(|sample| sample.iter().any(|x| x.is_nan())) {
        return Estimate { value: f64::NAN, low: f64::NAN, high: f64::NAN, level, count };
    }
    Estimate { value, low: (value - reach).max(0.0), high: (value + reach).min(1.0), level, count }
}

fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
