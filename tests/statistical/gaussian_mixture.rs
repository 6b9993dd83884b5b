//! The law of the Gaussian clusters.

use hessian::data::gaussian_mixture;
use hessian::random::Streams;

/// Centres of variance separation^2 and noise of variance 1 in every coordinate.
///
/// With k d = 20,000 centre coordinates and 2 samples per cluster, half the squared difference of the
/// two samples of a cluster is a chi-square variable with mean 1 and variance 2, and so is the
/// square of their mean over separation^2 + 1/2. Averages of 20,000 of them have standard error
/// 0.01; the bounds are 6 of these. False-fail rate: 2 x 2e-9. Smallest discrepancy caught with
/// 98 %: 0.08, that is a factor 1.04 in either standard deviation.
#[test]
fn variance_of_centres_and_noise() {
    let (classes, dimension, separation) = (400, 50, 3.0);
    let mut stream = Streams::new(20_161_108, "statistical", 0).stream("data", "mixture");
    let data = gaussian_mixture(&mut stream, classes, dimension, 2 * classes, separation).unwrap();
    let (first, second) = (data.inputs.columns(0, classes), data.inputs.columns(classes, classes));
    let count = (classes * dimension) as f64;
    let noise = (first - second).norm_squared() / 2.0 / count;
    let centres = (first + second).norm_squared() / 4.0 / (separation * separation + 0.5) / count;
    for (name, ratio) in [("noise", noise), ("centres", centres)] {
        assert!((ratio - 1.0).abs() < 0.06, "{name}: {ratio}");
    }
}
