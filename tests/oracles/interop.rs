//! The library against PyTorch: networks whose loss, gradient and Hessian were computed by double
//! backward in float64 (those of images by `make_interop.py` beside this file).

use std::path::Path;

use hessian::data::{Dataset, read_dataset, read_tensors};
use hessian::network::{
    Batch, Descent, Description, Normalization, Point, Program, State, Training,
};
use hessian::random::Streams;
use nalgebra::{DMatrix, DVector};
use serde_json::Value;

struct Case {
    program: Program,
    state: State<f64>,
    data: Dataset,
    expected: Value,
}

fn case(name: &str) -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/interop").join(name);
    let bytes = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let text = String::from_utf8(bytes("network.toml")).unwrap();
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let tensors = read_tensors(&bytes("weights.safetensors"), "weights").unwrap();
    let state = State::from_tensors(&program, &tensors, "weights").unwrap();
    let data = read_dataset(&bytes("data.safetensors"), "data").unwrap();
    let expected = serde_json::from_slice(&bytes("expected.json")).unwrap();
    Case { program, state, data, expected }
}

fn numbers(value: &Value) -> DVector<f64> {
    let list: Vec<f64> = value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    list.into()
}

fn relative(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected.abs()
}

/// PyTorch and this library both round at 1e-16 per operation; over a few hundred operations the
/// difference stays below 1e-13 relative, so 1e-10 fails for anything but rounding.
const TOLERANCE: f64 = 1e-10;

fn agrees(name: &str) {
    let Case { program, state, data, expected } = case(name);
    let batch = Batch::all(&data);
    let word = expected["normalization"].as_str().unwrap();
    let normalization = *Normalization::ALL.iter().find(|kind| kind.word() == word).unwrap();
    let names: Vec<&str> = program.layout.tensors().iter().map(|t| t.name.as_str()).collect();
    let wanted: Vec<&str> =
        expected["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names, wanted);
    let point = Point::new(&program, &state, normalization, &batch).unwrap().with_curvature();
    assert!(relative(point.loss(), expected["loss"].as_f64().unwrap()) < TOLERANCE);
    let gradient = numbers(&expected["gradient"]);
    let found = DVector::from_column_slice(point.gradient());
    assert!((found - &gradient).norm() < TOLERANCE * gradient.norm());

    let parameters = program.parameters();
    let mut hessian = DMatrix::zeros(parameters, parameters);
    for j in 0..parameters {
        let mut unit = vec![0.0; parameters];
        unit[j] = 1.0;
        hessian.set_column(j, &DVector::from_vec(point.hessian_product(&unit)));
    }
    // The columns are products with directions within one layer, where the zero parts are skipped;
    // a direction that turns every layer has nothing to skip.
    let dense = DVector::from_fn(parameters, |i, _| (1.0 + i as f64).sin());
    let product = DVector::from_vec(point.hessian_product(dense.as_slice()));
    let distance = (&hessian * &dense - product).norm();
    assert!(
        distance < TOLERANCE * hessian.norm() * dense.norm(),
        "products differ by {distance:e}"
    );
    let asymmetry = (&hessian - hessian.transpose()).norm();
    assert!(asymmetry < TOLERANCE * hessian.norm(), "asymmetry {asymmetry:e}");
    // A trace may cancel, so its rounding is relative to the norm.
    let trace = expected["trace"].as_f64().unwrap();
    assert!((hessian.trace() - trace).abs() < TOLERANCE * hessian.norm());
    let frobenius = expected["frobenius_squared"].as_f64().unwrap();
    assert!(relative(hessian.norm_squared(), frobenius) < TOLERANCE);
    let mut found = hessian.symmetric_eigenvalues().as_slice().to_vec();
    found.sort_by(f64::total_cmp);
    let wanted = numbers(&expected["eigenvalues"]);
    let distance = (DVector::from_vec(found) - &wanted).norm();
    assert!(distance < TOLERANCE * wanted.norm(), "eigenvalues differ by {distance:e}");
}

#[test]
fn plain_net_with_batch_statistics_agrees_with_pytorch() {
    agrees("plain-bn-batch");
}

#[test]
fn residual_net_with_batch_statistics_agrees_with_pytorch() {
    agrees("single-bn-batch");
}

#[test]
fn residual_net_with_frozen_statistics_agrees_with_pytorch() {
    agrees("single-bn-frozen");
}

#[test]
fn convolutions_with_batch_statistics_agree_with_pytorch() {
    agrees("conv-bn-batch");
}

#[test]
fn convolutions_with_frozen_statistics_agree_with_pytorch() {
    agrees("conv-bn-frozen");
}

#[test]
fn convolutions_with_running_statistics_agree_with_pytorch() {
    agrees("conv-bn-running");
}

#[test]
fn a_batch_of_one_image_agrees_with_pytorch() {
    agrees("conv-bn-one-sample");
}

#[test]
fn a_projection_shortcut_with_batch_statistics_agrees_with_pytorch() {
    agrees("residual-projection-batch");
}

#[test]
fn a_projection_shortcut_with_frozen_statistics_agrees_with_pytorch() {
    agrees("residual-projection-frozen");
}

#[test]
fn weights_and_images_in_single_precision_agree_with_pytorch() {
    agrees("residual-projection-float32");
}

#[test]
fn a_parameter_free_shortcut_after_learned_scales_agrees_with_pytorch() {
    agrees("residual-subsample-batch");
}

#[test]
fn flattened_images_under_uneven_stride_and_padding_agree_with_pytorch() {
    agrees("flatten-batch");
}

#[test]
fn the_hinge_loss_agrees_with_pytorch() {
    agrees("flatten-hinge-frozen");
}

#[test]
fn a_feature_without_variance_agrees_with_pytorch() {
    agrees("constant-feature-batch");
}

#[test]
fn batch_and_frozen_statistics_differ() {
    let Case { program, state, data, expected } = case("single-bn-batch");
    let batch = Batch::all(&data);
    let frozen = Point::new(&program, &state, Normalization::Frozen, &batch).unwrap();
    let gradient = numbers(&expected["gradient"]);
    let found = DVector::from_column_slice(frozen.gradient());
    assert!((found - &gradient).norm() > 0.1 * gradient.norm());
}

/// Steps of `torch.optim.SGD` with momentum and weight decay on a residual network of images, with
/// its running statistics: every batch holds all samples, so that their order changes nothing but
/// rounding, which a few steps through batch norm and ReLU do not grow beyond 1e-10.
#[test]
fn training_on_images_agrees_with_pytorch() {
    let Case { program, mut state, data, expected } = case("training-projection");
    let number = |key: &str| expected[key].as_f64().unwrap();
    let descent = Descent {
        batch: data.samples(),
        rate: number("lr"),
        momentum: number("momentum"),
        weight_decay: number("weight_decay"),
        drops: Vec::new(),
    };
    descent.check(&program, data.samples()).unwrap();
    let start = state.clone();
    let mut training = Training::new(&program, &data, &descent);
    let mut order = Streams::new(1, "interop", 0).stream("order", "");
    for loss in numbers(&expected["losses"]).iter() {
        let found = training.step(&mut state, &mut order).unwrap();
        assert!(relative(found, *loss) < TOLERANCE, "{found} against {loss}");
    }
    for (found, start, key) in [
        (&state.parameters, &start.parameters, "parameters"),
        (&state.running_mean, &start.running_mean, "running_mean"),
        (&state.running_variance, &start.running_variance, "running_var"),
    ] {
        let found = DVector::from_column_slice(found);
        let distance = (&found - numbers(&expected[key])).norm();
        let path = (&found - DVector::from_column_slice(start)).norm();
        assert!(distance < TOLERANCE * path, "{key}: {distance:e} of {path:e}");
    }
}
