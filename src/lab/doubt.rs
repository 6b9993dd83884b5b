//! How sure an interval is of what it says about a prediction: p-value, power, and how many
//! replicates would decide.

use crate::lab::Prediction;
use crate::stats::{
    Estimate, equivalence_power, replicates_to_decide, student_cdf, student_quantile,
};

/// Standard error and degrees of freedom behind Student's interval of a mean.
fn spread(estimate: &Estimate) -> Option<(f64, usize)> {
    let Estimate { value, low, high, level, count } = *estimate;
    let finite = value.is_finite() && low.is_finite() && high.is_finite();
    if !finite || count < 2 || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let freedom = count - 1;
    Some(((high - low) / 2.0 / student_quantile((1.0 + level) / 2.0, freedom), freedom))
}

impl Prediction {
    /// How far the value lies outside the prediction; negative inside.
    fn outside(&self, value: f64) -> Option<f64> {
        match *self {
            Prediction::Equal { value: centre, margin } => Some((value - centre).abs() - margin),
            Prediction::AtLeast(bound) => Some(bound - value),
            Prediction::AtMost(bound) => Some(value - bound),
            Prediction::Identity { .. } => None,
        }
    }

    /// The p-value against "the prediction does not hold": F(outside / standard error), F the law
    /// of Student's t. For an equality it is the larger of the two one-sided tests' (Schuirmann
    /// 1987).
    pub(super) fn p(&self, estimate: &Estimate) -> Option<f64> {
        let (error, freedom) = spread(estimate)?;
        let outside = self.outside(estimate.value)?;
        Some(if error > 0.0 {
            student_cdf(outside / error, freedom)
        } else if outside <= 0.0 {
            0.0
        } else {
            1.0
        })
    }

    /// The power of an equality at its margin: the probability that the interval lies inside when
    /// the truth is the predicted value.
    pub(super) fn power(&self, estimate: &Estimate) -> Option<f64> {
        let (error, freedom) = spread(estimate)?;
        match *self {
            Prediction::Equal { margin, .. } => {
                Some(equivalence_power(error, freedom, margin, estimate.level))
            }
            _ => None,
        }
    }

    /// How many replicates decide with this probability if the estimate is the truth; none when it
    /// lies on a bound, or would take more than a million.
    pub(super) fn needed(&self, estimate: &Estimate, power: f64) -> Option<u64> {
        let (error, _) = spread(estimate)?;
        let distance = self.outside(estimate.value)?.abs();
        let deviation = error * (estimate.count as f64).sqrt();
        replicates_to_decide(deviation, distance, estimate.level, power).map(|n| n as u64)
    }

    /// Why an interval does not decide.
    pub(super) fn why_undecided(&self, estimate: &Estimate, needed: Option<u64>) -> String {
        let Estimate { value, low, high, count, .. } = *estimate;
        match (count, needed) {
            (0, _) => "no replicate has a number here".to_owned(),
            (1, _) if value.is_finite() => "one replicate has no interval".to_owned(),
            _ if value.is_finite()
                && low <= value
                && high >= value
                && !(low.is_finite() && high.is_finite()) =>
            {
                "too few replicates for an interval at this level".to_owned()
            }
            _ if !(value.is_finite() && low.is_finite() && high.is_finite()) => {
                "the estimate is not finite: a number is not, or two cells stand where one is read"
                    .to_owned()
            }
            (_, Some(needed)) => format!("about {needed} replicates would decide"),
            (_, None) => "more than a million replicates would be needed".to_owned(),
        }
    }
}
