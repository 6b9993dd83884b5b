//! A batch several times over has the curvature of the batch: its mean loss and its batch statistics are the
//! same. Long batches go through products block by block, and large ones part by part.

use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use hessian::random::Streams;
use rand::RngExt;

/// Hessian and Gauss-Newton product of a net of some width, for its batch of 37 samples `times` over.
fn products(width: usize, times: usize) -> [Vec<f64>; 2] {
    let text = format!(
        r#"
        input = 6
        loss = "cross_entropy"
        layers = [
            {{ kind = "linear", out = {width} }},
            {{ kind = "residual", repeat = 2, scale = {{ learned = 0.5 }}, branch = [
                {{ kind = "linear", out = {width}, bias = false }}, {{ kind = "batch_norm" }}, {{ kind = "softplus" }},
                {{ kind = "linear", out = {width}, bias = false }}, {{ kind = "batch_norm" }} ] }},
            {{ kind = "linear", out = 3 }},
        ]"#
    );
    let program = Program::new(&Description::from_toml(&text).expect("a network")).expect("valid");
    let mut stream = Streams::new(5, "repeated batch", 0).stream("numbers", "");
    let state = State::<f64>::initial(&program, &mut stream);
    let mut numbers =
        |count: usize| -> Vec<f64> { (0..count).map(|_| stream.random_range(-1.0..1.0)).collect() };
    let direction = numbers(program.parameters());
    let samples = 37 * times;
    let batch = Batch {
        features: 6,
        samples,
        inputs: numbers(6 * 37).repeat(times),
        targets: BatchTargets::Classes((0..samples).map(|s| s % 37 % 3).collect()),
    };
    let point = Point::new(&program, &state, Normalization::Batch, &batch).expect("a point");
    let point = point.with_curvature();
    [point.hessian_product(&direction), point.gauss_newton_product(&direction)]
}

/// 1036 samples are three blocks of a net 20 wide, five of one 64 wide, and two parts of one 130 wide,
/// none of which divides evenly. Sums over 1036 samples round to 1e-13 or better; a block left out
/// or taken twice would move a product by a hundredth at least.
#[test]
fn a_batch_several_times_over_has_the_products_of_the_batch() {
    for width in [20, 64, 130] {
        let [once, often] = [products(width, 1), products(width, 28)];
        for (once, often) in once.iter().zip(&often) {
            let size = once.iter().map(|x| x * x).sum::<f64>().sqrt();
            let apart = once.iter().zip(often).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
            assert!(size > 1e-3, "{size}");
            assert!(apart < 1e-11 * size, "{width} wide: {apart:e} of {size:e}");
        }
    }
}
