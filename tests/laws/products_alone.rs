//! A point that gave back what products do not read has the same products, bit for bit.

use hessian::data::{Dataset, Targets};
use hessian::network::{Batch, Description, Footprint, Normalization, Point, Program, State};
use hessian::random::Streams;
use nalgebra::DMatrix;
use rand::RngExt;

/// Every kind of layer, and each activation before and behind a batch norm, a linear layer and a sum.
const NETWORKS: [&str; 4] = [
    r#"
    input = 4
    loss = "cross_entropy"
    layers = [
        { kind = "linear", out = 5 },
        { kind = "residual", repeat = 2, scale = { learned = 0.5 }, branch = [
            { kind = "linear", out = 5, bias = false }, { kind = "batch_norm" }, { kind = "relu" },
            { kind = "linear", out = 5 }, { kind = "batch_norm" } ] },
        { kind = "tanh" },
        { kind = "linear", out = 3 },
    ]"#,
    r#"
    input = 4
    loss = "squared"
    layers = [
        { kind = "batch_norm" },
        { kind = "softplus" },
        { kind = "residual", repeat = 2, scale = { fixed = 0.5 }, branch = [
            { kind = "batch_norm" }, { kind = "softplus" }, { kind = "linear", out = 4 },
            { kind = "tanh" }, { kind = "identity" } ] },
        { kind = "linear", out = 3 },
        { kind = "relu" },
    ]"#,
    r#"
    input = [1, 4, 4]
    loss = "hinge"
    layers = [
        { kind = "conv2d", out = 2, kernel = 3, padding = 1 }, { kind = "batch_norm" }, { kind = "relu" },
        { kind = "residual", scale = { learned = 0.5 }, branch = [
            { kind = "conv2d", out = 2, kernel = 3, padding = 1 }, { kind = "tanh" } ] },
        { kind = "subsample_pad", out = 4, stride = 2 },
        { kind = "global_average_pool" }, { kind = "flatten" }, { kind = "linear", out = 3 },
    ]"#,
    r#"
    input = 4
    loss = "cross_entropy"
    layers = [
        { kind = "residual", scale = { learned = 0.5 }, branch = [
            { kind = "linear", out = 4 }, { kind = "relu" }, { kind = "linear", out = 4 } ] },
        { kind = "relu" },
        { kind = "linear", out = 3 },
        { kind = "batch_norm" },
    ]"#,
];

#[test]
fn arrays_that_products_do_not_read_change_nothing() {
    const SAMPLES: usize = 7;
    for text in NETWORKS {
        let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
        let mut rng = Streams::new(5, "products alone", 0).stream("numbers", text);
        let state = State::<f64>::initial(&program, &mut rng);
        let inputs =
            DMatrix::from_fn(program.widths[0], SAMPLES, |_, _| rng.random_range(-1.0..1.0));
        let labels = (0..SAMPLES).map(|sample| sample % 3).collect();
        let batch =
            Batch::all(&Dataset { inputs, targets: Targets::Classes { labels, classes: 3 } });
        let direction: Vec<f64> =
            (0..program.parameters()).map(|_| rng.random_range(-1.0..1.0)).collect();
        for kind in Normalization::ALL {
            let whole = Point::new(&program, &state, kind, &batch).unwrap().with_curvature();
            let slim = Point::new(&program, &state, kind, &batch).unwrap();
            let slim = slim.with_curvature().for_products();
            assert_eq!(
                slim.hessian_product(&direction),
                whole.hessian_product(&direction),
                "{text}"
            );
            assert_eq!(
                slim.gauss_newton_product(&direction),
                whole.gauss_newton_product(&direction),
                "{text}"
            );
            assert_eq!((slim.gradient(), slim.loss()), (whole.gradient(), whole.loss()));
            // what is said to be kept is kept, and nothing else
            let Footprint { making, kept, .. } = Footprint::of(&program);
            assert_eq!(slim.stored(), SAMPLES * kept, "{text}");
            assert!(kept < making);
        }
    }
}

/// A point of a small network that has given back what products do not read, passed on.
fn slim(use_it: impl FnOnce(&Program, Point<'_, f64>)) {
    let text = NETWORKS[0];
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let mut rng = Streams::new(5, "products alone", 0).stream("numbers", text);
    let state = State::<f64>::initial(&program, &mut rng);
    let inputs = DMatrix::from_fn(4, 7, |_, _| rng.random_range(-1.0..1.0));
    let labels = (0..7).map(|sample| sample % 3).collect();
    let batch = Batch::all(&Dataset { inputs, targets: Targets::Classes { labels, classes: 3 } });
    let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();
    use_it(&program, point.for_products());
}

#[test]
#[should_panic(expected = "gave back values")]
fn a_reverse_pass_without_its_values_is_refused() {
    slim(|_, point| {
        point.pull_back(vec![0.0; 21]);
    });
}

#[test]
#[should_panic(expected = "for_products gave this array back")]
fn a_value_that_was_given_back_is_refused() {
    slim(|program, point| {
        (0..program.widths.len()).for_each(|slot| {
            point.value(slot);
        })
    });
}

#[test]
#[should_panic(expected = "for_products gave this array back")]
fn an_adjoint_that_was_given_back_is_refused() {
    slim(|program, point| {
        (0..program.widths.len()).for_each(|slot| {
            point.adjoint(slot);
        })
    });
}

/// The inputs, which the first layer reads in every product.
#[test]
fn what_is_kept_can_be_read() {
    slim(|program, point| assert_eq!(point.value(0).len(), 7 * program.widths[0]));
}
