//! Convolutions against the sum that defines them, over every kind of window and batches that are
//! worked through in several blocks of samples.

use hessian::network::{
    Batch, BatchTargets, Description, Normalization, Point, Program, State, Window,
};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

/// y[o, i, j] = b[o] + sum over c, u, v of W[o, c, u, v] x[c, stride i + u - padding, ...], for one
/// image in the order channel, row, column; `visit(o, position, place in W, place in x)` for every
/// product.
fn products(w: &Window, sides: [usize; 2], mut visit: impl FnMut(usize, usize, usize, usize)) {
    let on_image = |at: usize, side: usize| at.checked_sub(w.padding).filter(|at| *at < side);
    for o in 0..w.out {
        for (i, j) in (0..sides[0]).flat_map(|i| (0..sides[1]).map(move |j| (i, j))) {
            for c in 0..w.channels {
                for (u, v) in (0..w.kernel).flat_map(|u| (0..w.kernel).map(move |v| (u, v))) {
                    let row = on_image(w.stride * i + u, w.height);
                    let column = on_image(w.stride * j + v, w.width);
                    if let (Some(row), Some(column)) = (row, column) {
                        let weight = ((o * w.channels + c) * w.kernel + u) * w.kernel + v;
                        let pixel = (c * w.height + row) * w.width + column;
                        visit(o, i * sides[1] + j, weight, pixel);
                    }
                }
            }
        }
    }
}

fn check(w: Window, samples: usize) {
    let text = format!(
        "input = [{}, {}, {}]\nloss = \"squared\"\nlayers = [\n\
         {{ kind = \"conv2d\", out = {}, kernel = {}, stride = {}, padding = {} }},\n\
         {{ kind = \"flatten\" }}]",
        w.channels, w.height, w.width, w.out, w.kernel, w.stride, w.padding
    );
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let mut rng = ChaCha12Rng::seed_from_u64(31);
    let mut draw =
        |count: usize| -> Vec<f64> { (0..count).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let mut state = State::initial(&program, &mut ChaCha12Rng::seed_from_u64(1));
    state.parameters = draw(program.parameters());
    let (weight, bias) = state.parameters.split_at(w.weights());
    let side = |side: usize| (side + 2 * w.padding - w.kernel) / w.stride + 1;
    let sides = [side(w.height), side(w.width)];
    let positions = sides[0] * sides[1];
    assert_eq!(program.outputs(), w.out * positions);

    let (features, outputs) = (program.widths[0], program.outputs());
    let inputs = draw(features * samples);
    let mut expected: Vec<f64> =
        (0..outputs * samples).map(|at| bias[at % outputs / positions]).collect();
    let mut gradient = vec![0.0; program.parameters()];
    for (x, y) in inputs.chunks(features).zip(expected.chunks_mut(outputs)) {
        products(&w, sides, |o, at, k, pixel| y[o * positions + at] += weight[k] * x[pixel]);
        // the loss is the mean of half the squared output
        let share = |y: f64| y / samples as f64;
        products(&w, sides, |o, at, k, pixel| {
            gradient[k] += share(y[o * positions + at]) * x[pixel];
        });
        for (o, plane) in y.chunks(positions).enumerate() {
            gradient[w.weights() + o] += plane.iter().map(|y| share(*y)).sum::<f64>();
        }
    }
    let targets = BatchTargets::Values(vec![0.0; outputs * samples]);
    let batch = Batch { features, samples, inputs, targets };
    let point = Point::new(&program, &state, Normalization::Running, &batch).unwrap();
    let close = |found: &[f64], expected: &[f64], what: &str| {
        assert_eq!(found.len(), expected.len());
        let size = expected.iter().fold(1.0_f64, |a, x| a.max(x.abs()));
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-12 * size, "{w:?}, {samples} samples, {what}: {f} {e}");
        }
    };
    close(point.value(program.output()), &expected, "outputs");
    close(point.gradient(), &gradient, "gradient");

    // the adjoint in the input: <dy, A x> = <A' dy, x> for any x and dy
    let (x, dy) = (draw(features * samples), draw(outputs * samples));
    let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
    program.apply_linear(0, &state.parameters, &x, &mut y);
    program.reverse_linear(0, &state.parameters, &dy, &mut dx);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let size = dot(&y, &y).sqrt() * dot(&dy, &dy).sqrt();
    assert!((dot(&dy, &y) - dot(&dx, &x)).abs() < 1e-13 * size, "{w:?}: not the adjoint");
}

#[test]
fn convolutions_are_the_sum_that_defines_them() {
    let window = |kernel, stride, padding| Window {
        channels: 3,
        height: 6,
        width: 5,
        out: 4,
        kernel,
        stride,
        padding,
    };
    for (kernel, stride, padding) in [
        (1, 1, 0),
        (1, 2, 0),
        (1, 1, 1),
        (3, 1, 1),
        (3, 2, 1),
        (2, 3, 2),
        (5, 1, 0),
        (5, 4, 3),
        (3, 1, 7),
        (9, 2, 3),
    ] {
        for samples in [1, 4] {
            check(window(kernel, stride, padding), samples);
        }
    }
    check(Window { channels: 1, height: 1, width: 1, out: 1, ..window(1, 1, 0) }, 1);
    check(Window { height: 1, width: 11, ..window(2, 1, 1) }, 3);
}

/// A sample has 9216 numbers in its patches, a block at most 65536: 7, 7 and 3 samples.
#[test]
fn a_batch_may_take_several_blocks() {
    let wide =
        Window { channels: 4, height: 16, width: 16, out: 3, kernel: 3, stride: 1, padding: 1 };
    check(wide, 17);
    check(Window { kernel: 1, padding: 0, channels: 64, ..wide }, 9);
}
