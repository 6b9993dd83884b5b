//! The R-operator against central differences of the gradient, and the gradient against central
//! differences of the loss.
//!
//! A central difference d(h) errs by h^2 f''' / 6 and more; d* = (4 d(h) - d(2h)) / 3 removes that
//! term (Richardson) and errs by 4 h^4 f^(5) / 120 from truncation and about eps |f| / h from
//! rounding. A batch norm over few samples has derivatives of order sigma^-k, so the truncation
//! error is not known beforehand; it is far below the predicted error of d(h) itself, which is
//! |d(2h) - d(h)| / 3. The bound adds a tenth of that to 1e-8 for rounding at h = 1e-5. A forgotten
//! term errs by order one. ReLU nets are tested away from kinks: none is crossed within 2h, or the
//! difference would be far off.

use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

const STEP: f64 = 1e-5;
const ROUNDING: f64 = 1e-8;

fn net(activation: &str, loss: &str) -> Program {
    let text = format!(
        r#"
        input = 4
        loss = "{loss}"
        layers = [
          {{ kind = "linear", out = 5 }},
          {{ kind = "batch_norm" }},
          {{ kind = "{activation}" }},
          {{ kind = "residual", repeat = 2, scale = {{ learned = 0.7 }}, branch = [
            {{ kind = "batch_norm" }}, {{ kind = "{activation}" }}, {{ kind = "linear", out = 5 }},
            {{ kind = "residual", scale = {{ fixed = 0.5 }}, branch = [
              {{ kind = "linear", out = 5, bias = false }}, {{ kind = "{activation}" }} ] }} ] }},
          {{ kind = "linear", out = 3 }},
        ]"#
    );
    Program::new(&Description::from_toml(&text).unwrap()).unwrap()
}

fn batch(loss: &str, samples: usize, rng: &mut ChaCha12Rng) -> Batch<f64> {
    let uniform = |rng: &mut ChaCha12Rng| rng.random_range(-1.5..1.5);
    let targets = match loss {
        "squared" => BatchTargets::Values((0..3 * samples).map(|_| uniform(rng)).collect()),
        _ => BatchTargets::Classes((0..samples).map(|s| s % 3).collect()),
    };
    Batch {
        features: 4,
        samples,
        inputs: (0..4 * samples).map(|_| uniform(rng)).collect(),
        targets,
    }
}

fn state(program: &Program, rng: &mut ChaCha12Rng) -> State<f64> {
    let mut state = State::initial(program, rng);
    for p in &mut state.parameters {
        *p += rng.random_range(-0.2..0.2);
    }
    for v in &mut state.running_variance {
        *v += rng.random_range(0.0..1.0);
    }
    state
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Statistics frozen at the centre stay constants only if the centre's are used at both ends of
/// the difference: then the same net in running mode with these statistics is the function.
fn as_running(program: &Program, point: &Point<'_, f64>, state: &State<f64>) -> State<f64> {
    let mut state = state.clone();
    let mut at = 0;
    for index in 0..program.nodes.len() {
        if let Some(normalised) = point.normalised(index) {
            let width = normalised.mean.len();
            state.running_mean[at..at + width].copy_from_slice(&normalised.mean);
            state.running_variance[at..at + width].copy_from_slice(&normalised.variance);
            at += width;
        }
    }
    state
}

fn check(activation: &str, loss: &str, kind: Normalization, samples: usize) {
    let mut rng = ChaCha12Rng::seed_from_u64(7);
    let program = net(activation, loss);
    let batch = batch(loss, samples, &mut rng);
    let centre = state(&program, &mut rng);
    let direction: Vec<f64> =
        (0..program.parameters()).map(|_| rng.random_range(-1.0..1.0)).collect();
    let point = Point::new(&program, &centre, kind, &batch).unwrap().with_curvature();
    let (frame, frame_kind) = match kind {
        Normalization::Frozen => (as_running(&program, &point, &centre), Normalization::Running),
        other => (centre.clone(), other),
    };
    let shifted = |h: f64| {
        let mut state = frame.clone();
        for (p, d) in state.parameters.iter_mut().zip(&direction) {
            *p += h * d;
        }
        let point = Point::new(&program, &state, frame_kind, &batch).unwrap().with_curvature();
        (point.loss(), point.gradient().to_vec())
    };
    let difference = |h: f64| {
        let ((up, up_gradient), (down, down_gradient)) = (shifted(h), shifted(-h));
        let gradient = up_gradient.iter().zip(&down_gradient).map(|(u, d)| (u - d) / (2.0 * h));
        ((up - down) / (2.0 * h), gradient.collect::<Vec<f64>>())
    };
    let ((near, near_gradient), (far, far_gradient)) = (difference(STEP), difference(2.0 * STEP));
    let richardson = |near: f64, far: f64| (4.0 * near - far) / 3.0;

    let along: f64 = point.gradient().iter().zip(&direction).map(|(g, d)| g * d).sum();
    let bound = ROUNDING * along.abs().max(1.0) + (far - near).abs() / 30.0;
    let error = (richardson(near, far) - along).abs();
    assert!(error < bound, "{activation} {loss} {kind:?}: slope off by {error:e}, bound {bound:e}");

    let product = point.hessian_product(&direction);
    let zip = near_gradient.iter().zip(&far_gradient).zip(&product);
    let miss: Vec<f64> =
        zip.clone().map(|((near, far), product)| richardson(*near, *far) - product).collect();
    let spread: Vec<f64> = zip.map(|((near, far), _)| near - far).collect();
    let bound = ROUNDING * norm(&product).max(1.0) + norm(&spread) / 30.0;
    let error = norm(&miss);
    assert!(error < bound, "{activation} {loss} {kind:?}: off by {error:e}, bound {bound:e}");
}

#[test]
fn products_agree_with_central_differences() {
    for activation in ["relu", "tanh", "softplus", "identity"] {
        for loss in ["cross_entropy", "squared"] {
            for kind in Normalization::ALL {
                for samples in [2, 7, 33] {
                    check(activation, loss, kind, samples);
                }
            }
        }
    }
}

/// G = J' L'' J against central differences of the outputs along a direction: v' G v is the mean of
/// |J v|^2 for the squared loss, and that of J v under diag p - p p' for cross-entropy.
#[test]
fn gauss_newton_products_of_images_agree_with_central_differences() {
    let layers = r#"[
        { kind = "conv2d", out = 3, kernel = 3, padding = 1 }, { kind = "batch_norm" }, { kind = "tanh" },
        { kind = "residual", scale = { learned = 0.7 },
          branch = [{ kind = "conv2d", out = 4, kernel = 3, stride = 2, padding = 1 }, { kind = "softplus" }],
          shortcut = [{ kind = "subsample_pad", out = 4, stride = 2 }] },
        { kind = "global_average_pool" }, { kind = "flatten" }, { kind = "linear", out = 3 }]"#;
    for (loss, kind) in ["cross_entropy", "squared"]
        .into_iter()
        .flat_map(|loss| [Normalization::Batch, Normalization::Running].map(|kind| (loss, kind)))
    {
        let text = format!("input = [2, 5, 4]\nloss = \"{loss}\"\nlayers = {layers}");
        let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
        let mut rng = ChaCha12Rng::seed_from_u64(9);
        let mut batch = batch(loss, 7, &mut rng);
        batch.features = 40;
        batch.inputs = (0..40 * 7).map(|_| rng.random_range(-1.5..1.5)).collect();
        let centre = state(&program, &mut rng);
        let direction: Vec<f64> =
            (0..program.parameters()).map(|_| rng.random_range(-1.0..1.0)).collect();
        let outputs = |h: f64| {
            let mut state = centre.clone();
            state.parameters.iter_mut().zip(&direction).for_each(|(p, d)| *p += h * d);
            let point = Point::new(&program, &state, kind, &batch).unwrap();
            point.value(program.output()).to_vec()
        };
        let (up, down) = (outputs(STEP), outputs(-STEP));
        let moved: Vec<f64> = up.iter().zip(&down).map(|(u, d)| (u - d) / (2.0 * STEP)).collect();
        let square = |(f, j): (&[f64], &[f64])| -> f64 {
            let sum: f64 = f.iter().map(|f| f.exp()).sum();
            let mean =
                |k: i32| f.iter().zip(j).map(|(f, j)| f.exp() / sum * j.powi(k)).sum::<f64>();
            match loss {
                "squared" => j.iter().map(|j| j * j).sum(),
                _ => mean(2) - mean(1) * mean(1),
            }
        };
        let expected = outputs(0.0).chunks(3).zip(moved.chunks(3)).map(square).sum::<f64>() / 7.0;
        let point = Point::new(&program, &centre, kind, &batch).unwrap();
        let product = point.gauss_newton_product(&direction);
        let found: f64 = product.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let error = (found - expected).abs();
        assert!(error < 1e-7 * expected, "{loss} {kind:?}: {found} against {expected}");
    }
}

/// Without curvature in the network, Gauss-Newton is the Hessian: identity activations, no batch
/// norm, one linear layer.
#[test]
fn gauss_newton_of_a_linear_model_is_its_hessian() {
    let text = "input = 4\nloss = \"cross_entropy\"\nlayers = [{ kind = \"linear\", out = 3 }]";
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let mut rng = ChaCha12Rng::seed_from_u64(8);
    let batch = batch("cross_entropy", 9, &mut rng);
    let state = state(&program, &mut rng);
    let point =
        Point::new(&program, &state, Normalization::Batch, &batch).unwrap().with_curvature();
    let v: Vec<f64> = (0..program.parameters()).map(|_| rng.random_range(-1.0..1.0)).collect();
    let (h, g) = (point.hessian_product(&v), point.gauss_newton_product(&v));
    let difference: Vec<f64> = h.iter().zip(&g).map(|(h, g)| h - g).collect();
    assert!(norm(&difference) < 1e-13 * norm(&h));
}
