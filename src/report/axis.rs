//! An axis: the range it shows, and the values it names.

use crate::report::text;

/// An axis over an interval of values, linear or logarithmic.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// Ends in values, or in decades on a logarithmic axis.
    low: f64,
    high: f64,
    log: bool,
    /// Value and label of every tick, in ascending order.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// The axis that holds all finite values (all positive ones if logarithmic) with a little room
    /// around; from 0 to 1, or from 1 to 10, if there is none.
    pub(super) fn new(values: impl IntoIterator<Item = f64>, log: bool, most: usize) -> Axis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            let place = if log { value.log10() } else { value };
            if place.is_finite() {
                low = low.min(place);
                high = high.max(place);
            }
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if high - low <= 1e-9 * low.abs().max(high.abs()) {
            // one value only: room of a tenth of it (a tenth of a decade) on both sides
            let room = if log || low == 0.0 { 0.1 } else { 0.1 * low.abs() };
            (low, high) = (low - room, high + room);
        }
        // half of each first, so that the width of the whole range of f64 does not overflow
        let room = (0.5 * high - 0.5 * low) * 0.1;
        (low, high) = ((low - room).max(f64::MIN), (high + room).min(f64::MAX));
        let ticks = if log { decades(low, high, most) } else { steps(low, high, most) };
        Axis { low, high, log, ticks }
    }

    /// Where a value lies between the pixels of both ends; values beyond an end lie on it, as do
    /// the non-positive ones of a logarithmic axis.
    pub(super) fn place(&self, value: f64, from: i32, to: i32) -> i32 {
        let place = if self.log { value.log10() } else { value };
        let share = (0.5 * place - 0.5 * self.low) / (0.5 * self.high - 0.5 * self.low);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        from + (share * f64::from(to - from)).round() as i32
    }

    /// Whether a value lies beyond the lower (-1) or the upper (1) end, or inside (0).
    pub(super) fn beyond(&self, value: f64) -> i32 {
        let place = if self.log { value.log10() } else { value };
        if place > self.high {
            1
        } else if place >= self.low {
            0
        } else {
            -1
        }
    }
}

/// At most `most` round values of a linear axis, at distance 1, 2 or 5 times a power of ten.
fn steps(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let raw = (high / most as f64 - low / most as f64).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw).unwrap_or(raw);
    let first = (low / step).ceil();
    // four digits, and as many as tell neighbours apart
    let digits = (low.abs().max(high.abs()) / step).log10().floor().clamp(2.0, 14.0) as usize + 2;
    (0..=most)
        .map(|i| (first + i as f64) * step)
        .filter(|tick| tick.is_finite() && *tick <= high)
        // the product of a small step and its count may leave a residue near zero
        .map(|tick| if tick.abs() < step * 1e-6 { 0.0 } else { tick })
        .map(|tick| (tick, text::figure_digits(tick, digits)))
        .collect()
}

/// At most `most` powers of ten, or 1-2-5 multiples if the axis is shorter than two decades.
fn decades(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    let powers = (last - first + 1).max(0) as usize;
    let named = |value: f64| (value, text::figure_number(value));
    if powers >= 3 {
        let stride = powers.div_ceil(most.max(1));
        return (first..=last).step_by(stride).map(|k| named(10f64.powi(k))).collect();
    }
    let within: Vec<f64> = (first - 1..=last + 1)
        .flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(k)))
        .filter(|value| (low..=high).contains(&value.log10()))
        .collect();
    if within.len() >= 2 {
        return within.into_iter().map(named).collect();
    }
    steps(10f64.powf(low), 10f64.powf(high), most)
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn linear_ticks_are_round() {
        let axis = Axis::new([0.0, 0.93], false, 6);
        let labels: Vec<&str> = axis.ticks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["0", "0.2", "0.4", "0.6", "0.8"]);
    }

    #[test]
    fn neighbouring_ticks_have_different_labels() {
        for values in [[2.2156, 2.2171], [99_999.1, 99_999.4], [-1.000_001, -1.0], [1e300, 1.1e300]]
        {
            let axis = Axis::new(values, false, 6);
            let mut labels: Vec<&String> = axis.ticks.iter().map(|(_, label)| label).collect();
            assert!(labels.len() >= 2);
            labels.dedup();
            assert_eq!(labels.len(), axis.ticks.len(), "{labels:?}");
        }
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        let axis = Axis::new([1e-3, 1e2], true, 6);
        let labels: Vec<&str> = axis.ticks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["0.001", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(axis.place(0.0, 400, 0), 400);
        assert_eq!(axis.place(10f64.powf(-0.5), 400, 0), 200);
    }

    #[test]
    fn extreme_values_have_an_axis() {
        for values in [
            vec![],
            vec![f64::NAN],
            vec![3.0],
            vec![0.0],
            vec![f64::MIN, f64::MAX],
            vec![5e-324, 1e-323],
            vec![1e300, 1.1e300],
        ] {
            for log in [false, true] {
                let axis = Axis::new(values.iter().copied(), log, 5);
                assert!(axis.ticks.len() <= 8, "{values:?}: {:?}", axis.ticks);
                for value in &values {
                    let pixel = axis.place(*value, 0, 100);
                    assert!((0..=100).contains(&pixel), "{values:?}");
                }
            }
        }
    }
}
