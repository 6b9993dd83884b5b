//! One large Hessian product is split over threads by samples; its bits do not depend on how many
//! threads there are.

use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use hessian::random::Streams;
use rand::RngExt;

/// Parameters times samples are beyond what one thread does alone, and the samples do not split evenly.
#[test]
fn one_product_has_the_same_bits_on_one_and_three_threads() {
    let text = r#"
        input = 256
        loss = "cross_entropy"
        layers = [
            { kind = "linear", out = 256 },
            { kind = "residual", branch = [
                { kind = "linear", out = 256, bias = false }, { kind = "batch_norm" }, { kind = "relu" } ] },
            { kind = "linear", out = 3 },
        ]"#;
    let program = Program::new(&Description::from_toml(text).expect("a network")).expect("valid");
    let samples = 521;
    assert!(program.parameters() * samples >= 1 << 26);
    let mut stream = Streams::new(3, "shared products", 0).stream("numbers", "");
    let state = State::<f64>::initial(&program, &mut stream);
    let mut numbers =
        |count: usize| -> Vec<f64> { (0..count).map(|_| stream.random_range(-1.0..1.0)).collect() };
    let batch = Batch {
        features: 256,
        samples,
        inputs: numbers(256 * samples),
        targets: BatchTargets::Classes((0..samples).map(|s| s % 3).collect()),
    };
    let direction = numbers(program.parameters());
    let product = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let point =
                Point::new(&program, &state, Normalization::Batch, &batch).expect("a point");
            point.with_curvature().hessian_product(&direction)
        })
    };
    let bits = |product: Vec<f64>| product.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let one = product(1);
    assert!(one.iter().any(|x| *x != 0.0));
    assert_eq!(bits(one), bits(product(3)));
}
