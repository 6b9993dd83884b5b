//! A point in another point's arrays is the point in fresh ones, bit for bit.

use hessian::data::{Dataset, Targets};
use hessian::network::{
    Batch, Buffers, Description, GaussNewton, Hessian, Normalization, Point, Program, State,
};
use hessian::operator::SymmetricOperator;
use hessian::random::Streams;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;

fn case(text: &str, features: usize, samples: usize) -> (Program, State<f64>, Batch<f64>) {
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let mut stream = Streams::new(3, "reused arrays", 0).stream("numbers", text);
    let state = State::initial(&program, &mut stream);
    let inputs = DMatrix::from_fn(features, samples, |_, _| stream.random_range(-1.0..1.0));
    let targets = Targets::Classes { labels: (0..samples).map(|s| s % 3).collect(), classes: 3 };
    let batch = Batch::all(&Dataset { inputs, targets });
    (program, state, batch)
}

fn bits(point: &Point<'_, f64>, direction: &[f64]) -> Vec<u64> {
    let program = point.program();
    let slots = 0..program.widths.len();
    let mut all = vec![point.loss()];
    for slot in slots {
        all.extend_from_slice(point.value(slot));
        all.extend_from_slice(point.adjoint(slot));
    }
    all.extend_from_slice(point.gradient());
    all.extend(point.hessian_product(direction));
    all.into_iter().map(f64::to_bits).collect()
}

/// Three networks, of unlike widths, lengths and places of batch norms, take turns in one set of arrays
/// under all three kinds of statistics: an entry left from the point before would change bits.
#[test]
fn arrays_of_another_point_leave_no_trace() {
    let wide = r#"
        input = 7
        loss = "cross_entropy"
        layers = [
            { kind = "linear", out = 13 },
            { kind = "residual", repeat = 2, scale = { learned = 0.5 }, branch = [
                { kind = "linear", out = 13, bias = false }, { kind = "batch_norm" }, { kind = "relu" } ] },
            { kind = "linear", out = 3 },
        ]"#;
    let short = r#"
        input = 7
        loss = "cross_entropy"
        layers = [{ kind = "batch_norm" }, { kind = "tanh" }, { kind = "linear", out = 3 }]"#;
    let image = r#"
        input = [1, 4, 4]
        loss = "hinge"
        layers = [
            { kind = "conv2d", out = 2, kernel = 3, padding = 1 }, { kind = "batch_norm" },
            { kind = "softplus" }, { kind = "subsample_pad", out = 4, stride = 2 },
            { kind = "identity" }, { kind = "global_average_pool" }, { kind = "flatten" },
            { kind = "linear", out = 3 },
        ]"#;
    let cases = [case(wide, 7, 9), case(short, 7, 21), case(image, 16, 5), case(wide, 7, 30)];
    let mut buffers = Buffers::default();
    for kind in Normalization::ALL {
        for (program, state, batch) in &cases {
            let direction: Vec<f64> =
                (0..program.parameters()).map(|i| (0.7 * i as f64).cos()).collect();
            let fresh = Point::new(program, state, kind, batch).unwrap().with_curvature();
            let reused = Point::reusing(buffers, program, state, kind, batch).unwrap();
            let reused = reused.with_curvature();
            assert_eq!(bits(&reused, &direction), bits(&fresh, &direction));
            assert!(fresh.gradient().iter().any(|g| *g != 0.0));
            buffers = reused.into_buffers();
        }
    }
}

/// A product does not read what it writes to, nor what the product before it left: by blocks of samples and by
/// parts of the batch (of the 1036 samples of the wide network), for every kind of parameter.
#[test]
fn what_a_product_writes_over_leaves_no_trace() {
    let residual = r#"
        input = 7
        loss = "cross_entropy"
        layers = [
            { kind = "linear", out = WIDTH },
            { kind = "residual", repeat = 4, scale = { learned = 0.5 }, branch = [
                { kind = "linear", out = WIDTH }, { kind = "batch_norm" }, { kind = "relu" } ] },
            { kind = "linear", out = 3 },
        ]"#;
    let image = r#"
        input = [1, 4, 4]
        loss = "hinge"
        layers = [
            { kind = "conv2d", out = 2, kernel = 3, padding = 1 }, { kind = "batch_norm" },
            { kind = "softplus" }, { kind = "flatten" }, { kind = "linear", out = 3 },
        ]"#;
    let cases = [
        case(&residual.replace("WIDTH", "20"), 7, 1036),
        case(&residual.replace("WIDTH", "130"), 7, 1036),
        case(image, 16, 300),
    ];
    for (program, state, batch) in &cases {
        let point = Point::new(program, state, Normalization::Batch, batch).unwrap();
        let point = point.with_curvature();
        let n = program.parameters();
        let mut stream = Streams::new(4, "written over", 0).stream("directions", "");
        let mut direction = || DVector::from_fn(n, |_, _| stream.random_range(-1.0..1.0));
        let (first, second) = (direction(), direction());
        let operators: [&dyn SymmetricOperator; 2] = [&Hessian(&point), &GaussNewton(&point)];
        for operator in operators {
            let product = |start: f64| {
                let mut y = DVector::from_element(n, start);
                operator.apply(first.as_view(), y.as_view_mut());
                y
            };
            let clean = product(0.0);
            operator.apply(second.as_view(), DVector::zeros(n).as_view_mut());
            assert_eq!(product(f64::NAN), clean);
        }
    }
}
