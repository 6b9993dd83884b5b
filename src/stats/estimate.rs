//! An estimate and its interval.

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

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

    /// The mean of independent samples with Student's interval (Student 1908):
    /// mean +- t_{(1 + level)/2, n - 1} s / sqrt(n).
    ///
    /// One sample has an infinite interval, so that it decides nothing; none has NaN everywhere.
    ///
    /// ```
    /// let mean = hessian::stats::Estimate::mean(&[1.0, 2.0, 3.0], 0.95);
    /// // t_{0.975, 2} = 4.302653, s = 1
    /// assert!((mean.high - (2.0 + 4.302653 / 3.0_f64.sqrt())).abs() < 1e-6);
    /// ```
    ///
    /// # Panics
    /// When the level is not between 0 and 1.
    pub fn mean(samples: &[f64], level: f64) -> Self {
        let value = mean(samples);
        let spread = standard_error(samples);
        Self::student(value, spread, samples.len(), samples.len().saturating_sub(1), level)
    }

    /// The mean of `to - from` over pairs that share their random numbers.
    ///
    /// ```
    /// let change = hessian::stats::Estimate::paired_change(&[1.0, 2.0], &[4.0, 6.0], 0.95);
    /// assert_eq!(change.value, 3.5);
    /// ```
    ///
    /// # Panics
    /// When the two have different lengths, or the level is not between 0 and 1.
    pub fn paired_change(from: &[f64], to: &[f64], level: f64) -> Self {
        assert_same_length(from, to);
        let differences: Vec<f64> = from.iter().zip(to).map(|(a, b)| b - a).collect();
        Self::mean(&differences, level)
    }

    /// The ratio of the means of two independent samples, with the standard error to first order in that of
    /// the second mean (Fieller 1954 without his second order): sqrt(e_a^2 + ratio^2 e_b^2) over the second
    /// mean, e the standard error of each. Student's interval takes the degrees of freedom of the smaller sample:
    /// those of Welch (1947) are no fewer.
    ///
    /// ```
    /// // means 2 and 4, standard errors 1 and 1: sqrt(1 + 1/4) / 4
    /// let ratio = hessian::stats::Estimate::ratio(&[1.0, 3.0], &[3.0, 5.0], 0.95);
    /// // t_{0.975, 1} = 12.7062
    /// assert!((ratio.high - (0.5 + 12.7062 * 1.25_f64.sqrt() / 4.0)).abs() < 1e-4);
    /// ```
    ///
    /// # Panics
    /// When the level is not between 0 and 1.
    pub fn ratio(above: &[f64], below: &[f64], level: f64) -> Self {
        let value = mean(above) / mean(below);
        let spread = standard_error(above).hypot(value * standard_error(below)) / mean(below).abs();
        let count = above.len().min(below.len());
        Self::student(value, spread, count, count.saturating_sub(1), level)
    }

    /// A probability from `successes` among `trials`, with the interval of Clopper and Pearson
    /// (1934), whose coverage is at least the level whatever the probability.
    ///
    /// ```
    /// let p = hessian::stats::Estimate::proportion(0, 10, 0.95);
    /// assert_eq!((p.value, p.low), (0.0, 0.0));
    /// assert!((p.high - (1.0 - 0.025_f64.powf(0.1))).abs() < 1e-12); // (1 - p)^10 = 0.025
    /// ```
    ///
    /// # Panics
    /// When there are more successes than trials, or the level is not between 0 and 1.
    pub fn proportion(successes: usize, trials: usize, level: f64) -> Self {
        assert_level(level);
        assert!(successes <= trials, "{successes} successes among {trials} trials");
        let (k, n) = (successes as f64, trials as f64);
        let tail = (1.0 - level) / 2.0;
        let quantile = |a: f64, b: f64, p: f64| {
            Beta::new(a, b).map_or(f64::NAN, |beta| invert(|x| beta.cdf(x), p))
        };
        let low = if successes == 0 { 0.0 } else { quantile(k, n - k + 1.0, tail) };
        let high = if successes == trials { 1.0 } else { quantile(k + 1.0, n - k, 1.0 - tail) };
        Self { value: k / n, low, high, level, count: trials }
    }

    /// The q-quantile of the law of independent samples, with the interval between two order
    /// statistics (Conover 1999, section 3.2), which covers it at least at the level whatever the
    /// law.
    ///
    /// X_(l) to X_(u) with the largest l such that P(B < l) <= (1 - level)/2 and the smallest u such
    /// that P(B >= u) <= (1 - level)/2, B binomial (n, q); an end that no order statistic reaches is
    /// infinite. The estimate interpolates linearly (definition 7 of Hyndman & Fan 1996).
    ///
    /// ```
    /// let nine: Vec<f64> = (1..=9).map(f64::from).collect();
    /// let median = hessian::stats::Estimate::quantile(&nine, 0.5, 0.95);
    /// // P(B < 2) = 10/512 <= 0.025 < P(B < 3)
    /// assert_eq!((median.value, median.low, median.high), (5.0, 2.0, 8.0));
    /// ```
    ///
    /// # Panics
    /// When q or the level is not between 0 and 1.
    pub fn quantile(samples: &[f64], q: f64, level: f64) -> Self {
        assert_level(level);
        assert!(q > 0.0 && q < 1.0, "a quantile lies between 0 and 1, not at {q}");
        let n = samples.len();
        if n == 0 || samples.iter().any(|x| x.is_nan()) {
            return Self { value: f64::NAN, low: f64::NAN, high: f64::NAN, level, count: n };
        }
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let place = q * (n - 1) as f64;
        let (below, share) = (place.floor() as usize, place.fract());
        let value = sorted[below] + share * (sorted[(below + 1).min(n - 1)] - sorted[below]);
        let tail = (1.0 - level) / 2.0;
        let Ok(binomial) = Binomial::new(q, n as u64) else {
            return Self { value, low: f64::NAN, high: f64::NAN, level, count: n };
        };
        // P(B < l) = cdf(l - 1) and P(B >= u) = sf(u - 1)
        let low = (1..=n).take_while(|l| binomial.cdf(*l as u64 - 1) <= tail).last();
        let high = (1..=n).find(|u| binomial.sf(*u as u64 - 1) <= tail);
        Self {
            value,
            low: low.map_or(f64::NEG_INFINITY, |l| sorted[l - 1]),
            high: high.map_or(f64::INFINITY, |u| sorted[u - 1]),
            level,
            count: n,
        }
    }

    /// The slope of the least-squares line through (x, y), with Student's interval on n - 2 degrees
    /// of freedom.
    ///
    /// The interval holds for independent errors of one variance; for series within a replicate
    /// take the slope of each replicate and the mean of the slopes. Two points have an infinite
    /// interval; equal abscissae have no slope (NaN).
    ///
    /// ```
    /// let slope = hessian::stats::Estimate::slope(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0], 0.95);
    /// assert_eq!((slope.low, slope.high), (2.0, 2.0)); // the points lie on a line
    /// ```
    ///
    /// # Panics
    /// When the two have different lengths, or the level is not between 0 and 1.
    pub fn slope(x: &[f64], y: &[f64], level: f64) -> Self {
        assert_same_length(x, y);
        let n = x.len();
        let (centre_x, centre_y) = (mean(x), mean(y));
        let sxx: f64 = x.iter().map(|x| (x - centre_x).powi(2)).sum();
        let sxy: f64 = x.iter().zip(y).map(|(x, y)| (x - centre_x) * (y - centre_y)).sum();
        if n < 2 || sxx == 0.0 {
            return Self { value: f64::NAN, low: f64::NAN, high: f64::NAN, level, count: n };
        }
        let value = sxy / sxx;
        let left = |(x, y): (&f64, &f64)| (y - centre_y - value * (x - centre_x)).powi(2);
        let rest: f64 = x.iter().zip(y).map(left).sum();
        let spread = if n == 2 { f64::INFINITY } else { (rest / (n - 2) as f64 / sxx).sqrt() };
        Self::student(value, spread, n, n.saturating_sub(2), level)
    }

    /// value +- t_{(1 + level)/2, freedom} spread for an estimate whose standard error was measured on
    /// `freedom` degrees of freedom; an unknown or absurd spread gives an interval that decides nothing.
    ///
    /// # Panics
    /// When the level is not between 0 and 1.
    pub fn student(value: f64, spread: f64, count: usize, freedom: usize, level: f64) -> Self {
        assert_level(level);
        if !value.is_finite() {
            return Self { value, low: f64::NAN, high: f64::NAN, level, count };
        }
        let reach = if freedom == 0 || !spread.is_finite() {
            f64::INFINITY
        } else {
            student_quantile((1.0 + level) / 2.0, freedom) * spread
        };
        Self { value, low: value - reach, high: value + reach, level, count }
    }
}

/// The arithmetic mean, summed in order; NaN without samples.
pub fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / samples.len() as f64
}

/// s / sqrt(n), the standard error of the mean of independent samples, with
/// s^2 = sum (x - mean)^2 / (n - 1); infinite for one sample, NaN without samples.
///
/// ```
/// // also where squares overflow or vanish
/// let error = |unit: f64| hessian::stats::standard_error(&[unit, 3.0 * unit]) / unit;
/// assert_eq!([0, 600, -600].map(|power| error(2.0_f64.powi(power))), [1.0; 3]);
/// ```
pub fn standard_error(samples: &[f64]) -> f64 {
    let n = samples.len();
    match n {
        0 => f64::NAN,
        1 => f64::INFINITY,
        _ => {
            let of = |scale: f64| {
                let centre = samples.iter().map(|x| x * scale).sum::<f64>() / n as f64;
                let squares: f64 = samples.iter().map(|x| (x * scale - centre).powi(2)).sum();
                (squares / (n - 1) as f64 / n as f64).sqrt() / scale
            };
            let plain = of(1.0);
            if plain.is_finite() && plain > 0.0 {
                return plain;
            }
            // squares end at 1e154 on one side and 1e-162 on the other: near 1 by a power of two
            let largest = samples.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
            if largest > 0.0 && largest.is_finite() {
                of(2.0_f64.powi(-largest.log2().floor().clamp(-1000.0, 1000.0) as i32))
            } else {
                plain
            }
        }
    }
}

/// The quantile of Student's t with `freedom` degrees of freedom.
///
/// # Panics
/// When `p` is not between 0 and 1, or `freedom` is 0.
pub fn student_quantile(p: f64, freedom: usize) -> f64 {
    assert!(p > 0.0 && p < 1.0 && freedom > 0, "t quantile at {p} with {freedom} degrees");
    // F(t) = 1 - I_{f/(f + t^2)}(f/2, 1/2) / 2 for t > 0; inverted in u = f/(f + t^2).
    let f = freedom as f64;
    let tail = 2.0 * p.min(1.0 - p);
    let Ok(beta) = Beta::new(f / 2.0, 0.5) else { return f64::NAN };
    let u = invert(|u| beta.cdf(u), tail);
    let t = (f * (1.0 - u) / u).sqrt();
    if p < 0.5 { -t } else { t }
}

/// The law of Student's t with `freedom` degrees of freedom: P(T <= t).
///
/// ```
/// // one degree of freedom is Cauchy's law, 1/2 + arctan(t) / pi
/// assert!((hessian::stats::student_cdf(1.0, 1) - 0.75).abs() < 1e-15);
/// ```
///
/// # Panics
/// When `freedom` is 0.
pub fn student_cdf(t: f64, freedom: usize) -> f64 {
    assert!(freedom > 0, "Student's law has at least one degree of freedom");
    if t.is_nan() {
        return f64::NAN;
    }
    let f = freedom as f64;
    // P(|T| > |t|) = I_{f/(f + t^2)}(f/2, 1/2): small tails keep their digits
    let tail =
        Beta::new(f / 2.0, 0.5).map_or(f64::NAN, |beta| 0.5 * beta.cdf(1.0 / (1.0 + t * t / f)));
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// The point of [0, 1] where an increasing function passes `target`, to the last bit.
fn invert(function: impl Fn(f64) -> f64, target: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // From 1 down to the smallest normal number there are fewer than 1100 halvings.
    for _ in 0..1100 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if function(middle) < target { low = middle } else { high = middle }
    }
    high
}

fn assert_level(level: f64) {
    assert!(level > 0.0 && level < 1.0, "a confidence level lies between 0 and 1, not at {level}");
}

#[track_caller]
pub(super) fn assert_same_length(first: &[f64], second: &[f64]) {
    assert!(
        first.len() == second.len(),
        "{} numbers paired with {}; need as many of both",
        first.len(),
        second.len()
    );
}
