//! Hessians that can be written down: linear and softmax regression, deep linear networks, one
//! parameter, and a network whose Hessian is zero.

use hessian::linalg::Real;
use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

const SAMPLES: usize = 13;

struct Case {
    program: Program,
    state: State<f64>,
    batch: Batch<f64>,
    /// features x samples
    inputs: DMatrix<f64>,
    /// outputs x samples; empty for classes
    targets: DMatrix<f64>,
}

fn case(input: usize, loss: &str, layers: &str) -> Case {
    let text = format!("input = {input}\nloss = \"{loss}\"\nlayers = [{layers}]");
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let mut rng = ChaCha12Rng::seed_from_u64(11);
    let mut matrix =
        |rows: usize| DMatrix::from_fn(rows, SAMPLES, |_, _| rng.random_range(-1.5..1.5));
    let (inputs, targets) = (matrix(input), matrix(program.outputs()));
    let mut state = State::initial(&program, &mut ChaCha12Rng::seed_from_u64(12));
    state.parameters.iter_mut().for_each(|p| *p += 0.1);
    let batch = Batch {
        features: input,
        samples: SAMPLES,
        inputs: inputs.as_slice().to_vec(),
        targets: match loss {
            "squared" => BatchTargets::Values(targets.as_slice().to_vec()),
            _ => BatchTargets::Classes((0..SAMPLES).map(|s| s % program.outputs()).collect()),
        },
    };
    Case { program, state, batch, inputs, targets }
}

impl Case {
    /// The weight matrix of that name.
    fn weight(&self, name: &str) -> DMatrix<f64> {
        let tensor = self.program.layout.find(name).unwrap();
        let [rows, columns] = tensor.shape[..] else { panic!("{name} is a matrix") };
        DMatrix::from_row_slice(rows, columns, &self.state.parameters[tensor.range()])
    }

    fn point(&self) -> Point<'_, f64> {
        Point::new(&self.program, &self.state, Normalization::Batch, &self.batch)
            .unwrap()
            .with_curvature()
    }

    /// Compares every entry of H and of G.
    fn check(&self, hessian: &DMatrix<f64>, gauss_newton: &DMatrix<f64>) {
        let point = self.point();
        let found = |product: &dyn Fn(&[f64]) -> Vec<f64>| {
            let columns = (0..self.program.parameters()).map(|j| {
                let mut unit = vec![0.0; self.program.parameters()];
                unit[j] = 1.0;
                DVector::from_vec(product(&unit))
            });
            DMatrix::from_columns(&columns.collect::<Vec<_>>())
        };
        let error = (found(&|v| point.hessian_product(v)) - hessian).amax();
        assert!(error < 1e-13 * hessian.amax().max(1.0), "H is off by {error:e}");
        let error = (found(&|v| point.gauss_newton_product(v)) - gauss_newton).amax();
        assert!(error < 1e-13 * gauss_newton.amax().max(1.0), "G is off by {error:e}");
    }
}

/// f = W x + b: H = I (x) mean z z' on the weights and biases of each output, z = (x, 1).
#[test]
fn linear_regression() {
    let case = case(3, "squared", r#"{ kind = "linear", out = 2 }"#);
    // the parameters are W row by row, then b
    let place = |output: usize, j: usize| if j < 3 { 3 * output + j } else { 6 + output };
    let z = case.inputs.clone().insert_row(3, 1.0);
    let gram = &z * z.transpose() / SAMPLES as f64;
    let mut hessian = DMatrix::zeros(8, 8);
    for output in 0..2 {
        for (i, j) in (0..16).map(|entry| (entry / 4, entry % 4)) {
            hessian[(place(output, i), place(output, j))] = gram[(i, j)];
        }
    }
    case.check(&hessian, &hessian);
}

/// H = mean (diag p - p p') (x) x x', and the loss is log sum exp f - f_y.
#[test]
fn softmax_regression() {
    let case = case(3, "cross_entropy", r#"{ kind = "linear", out = 4, bias = false }"#);
    let outputs = case.weight("0.weight") * &case.inputs;
    let mut hessian = DMatrix::zeros(12, 12);
    let mut loss = 0.0;
    for (s, (f, x)) in outputs.column_iter().zip(case.inputs.column_iter()).enumerate() {
        let sum = f.map(f64::exp).sum();
        loss += (sum.ln() - f[s % 4]) / SAMPLES as f64;
        let p = f.map(f64::exp) / sum;
        let curvature = DMatrix::from_diagonal(&p) - &p * p.transpose();
        hessian += curvature.kronecker(&(x * x.transpose())) / SAMPLES as f64;
    }
    assert!((case.point().loss() - loss).abs() < 1e-14);
    case.check(&hessian, &hessian);
}

/// Three logits m, 0 and -1 as parameters: loss, gradient and H = diag p - p p' keep their digits where
/// next to nothing is left to improve, and where the label is one of the others.
fn fitted_softmax<T: Real>(margins: &[f64], epsilon: f64) {
    let text = "input = 1\nloss = \"cross_entropy\"\n\
                layers = [{ kind = \"linear\", out = 3, bias = false }]";
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    for (&m, label) in margins.iter().flat_map(|m| [(m, 0), (m, 1)]) {
        let mut state = State::<T>::initial(&program, &mut ChaCha12Rng::seed_from_u64(12));
        let logits = [m, 0.0, -1.0];
        state.parameters = logits.iter().map(|x| T::narrow(*x)).collect();
        let targets = BatchTargets::Classes(vec![label]);
        let batch = Batch { features: 1, samples: 1, inputs: vec![T::one()], targets };
        let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();
        let point = point.with_curvature();
        let powers = logits.map(|x| (x - m).exp());
        let rest = powers[1] + powers[2];
        let p = powers.map(|power| power / (1.0 + rest));
        let loss = m - logits[label] + rest.ln_1p();
        let left = [rest / (1.0 + rest), 1.0 - p[1]];
        let close = |found: f64, expected: f64, what: &str| {
            let error = (found - expected).abs() / expected.abs();
            assert!(error < 16.0 * epsilon, "{what} at m = {m}, label {label}: off by {error:e}");
        };
        close(point.loss(), loss, "loss");
        for (j, gradient) in point.gradient().iter().enumerate() {
            let expected = if j == label { -left[label] } else { p[j] };
            close(gradient.wide(), expected, "gradient");
        }
        for j in 0..3 {
            let mut unit = vec![T::zero(); 3];
            unit[j] = T::one();
            let column = point.hessian_product(&unit);
            close(column[0].wide(), if j == 0 { p[0] * left[0] } else { -p[0] * p[j] }, "H");
            let own = [left[0], 1.0 - p[1], 1.0 - p[2]][j];
            close(column[j].wide(), p[j] * own, "H");
        }
    }
}

#[test]
fn fitted_softmax_keeps_its_digits() {
    fitted_softmax::<f64>(&[0.5, 2.0, 3.0, 10.0, 40.0, 300.0], f64::EPSILON);
    fitted_softmax::<f32>(&[0.5, 2.0, 3.0, 10.0, 40.0], f32::EPSILON.into());
}

/// f = W_3 W_2 W_1 x with the squared loss: with A_l the product of the layers above l and x_l its
/// input, G holds mean (A_l' A_m) (x) x_l x_m' and H adds mean x_l (A_l' r)' terms between different
/// layers: d^2 f / dW_l dW_m applied to the residual r = f - y.
#[test]
fn deep_linear_network() {
    let layers =
        [3, 4, 2].map(|out| format!(r#"{{ kind = "linear", out = {out}, bias = false }}"#));
    let case = case(3, "squared", &layers.join(", "));
    let w = [0, 1, 2].map(|l| case.weight(&format!("{l}.weight")));
    let identity = |n| DMatrix::<f64>::identity(n, n);
    let above = [&w[2] * &w[1], w[2].clone(), identity(2)];
    let inputs = [case.inputs.clone(), &w[0] * &case.inputs, &w[1] * &w[0] * &case.inputs];
    let residual = &w[2] * &inputs[2] - &case.targets;
    // what lies between the output of layer l and the input of layer m > l
    let between =
        |l: usize, m: usize| if m == l + 1 { identity(w[l].nrows()) } else { w[1].clone() };
    let parameters = case.program.parameters();
    let offsets = [0, w[0].len(), w[0].len() + w[1].len()];
    let (mut gauss_newton, mut second) =
        (DMatrix::zeros(parameters, parameters), DMatrix::<f64>::zeros(parameters, parameters));
    for (l, m) in (0..9).map(|pair| (pair / 3, pair % 3)) {
        let block = (above[l].transpose() * &above[m])
            .kronecker(&(&inputs[l] * inputs[m].transpose() / SAMPLES as f64));
        let (rows, columns) = block.shape();
        gauss_newton.view_mut((offsets[l], offsets[m]), (rows, columns)).copy_from(&block);
        if l >= m {
            continue;
        }
        // sum over samples of r' A_m dW_m B dW_l x_l = dW_m[i, j] dW_l[p, q] (A_m' r x_l')[i, q] B[j, p]
        let pulled = above[m].transpose() * &residual * inputs[l].transpose() / SAMPLES as f64;
        let b = between(l, m);
        for (i, j) in (0..w[m].len()).map(|at| (at / w[m].ncols(), at % w[m].ncols())) {
            for (p, q) in (0..w[l].len()).map(|at| (at / w[l].ncols(), at % w[l].ncols())) {
                let row = offsets[m] + i * w[m].ncols() + j;
                let column = offsets[l] + p * w[l].ncols() + q;
                second[(row, column)] = pulled[(i, q)] * b[(j, p)];
                second[(column, row)] = second[(row, column)];
            }
        }
    }
    case.check(&(&gauss_newton + &second), &gauss_newton);
}

/// A convolution with one weight, f = w mean x: H is the mean of the squared mean.
#[test]
fn one_parameter() {
    let conv = r#"{ kind = "conv2d", out = 1, kernel = 1, bias = false }"#;
    let layers = format!(r#"{conv}, {{ kind = "global_average_pool" }}, {{ kind = "flatten" }}"#);
    let text = format!("input = [1, 2, 3]\nloss = \"squared\"\nlayers = [{layers}]");
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let state = State::initial(&program, &mut ChaCha12Rng::seed_from_u64(1));
    let batch = Batch {
        features: 6,
        samples: 2,
        inputs: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0, -1.0, 0.0, 0.0, -2.0],
        targets: BatchTargets::Values(vec![1.0, 0.0]),
    };
    let point =
        Point::new(&program, &state, Normalization::Batch, &batch).unwrap().with_curvature();
    let expected: f64 = (3.5 * 3.5 + 0.5 * 0.5) / 2.0;
    assert_eq!(program.parameters(), 1);
    assert!((point.hessian_product(&[1.0])[0] - expected).abs() < 1e-14);
    assert!((point.gauss_newton_product(&[2.0])[0] - 2.0 * expected).abs() < 1e-14);
}

/// The hinge of a linear model is piecewise linear: its gradient is not zero, its Hessian is.
#[test]
fn a_hessian_that_is_zero() {
    let case = case(3, "hinge", r#"{ kind = "linear", out = 4 }"#);
    assert!(case.point().gradient().iter().any(|g| g.abs() > 0.01));
    let zero = DMatrix::zeros(16, 16);
    case.check(&zero, &zero);
}
