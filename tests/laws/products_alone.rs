//! A point that gave back what products do not read has the same products, bit for bit.

use hessian::data::{Dataset, Targets};
use hessian::network::{Batch, Description, Footprint, Normalization, Op, Point, Program, State};
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
            let held: usize = (0..program.widths.len())
                .map(|slot| slim.value(slot).len() + slim.adjoint(slot).len())
                .sum();
            let normed = |node: usize| slim.normalised(node).map_or(0, |kept| kept.unit.len());
            let units: usize = (0..program.nodes.len()).map(normed).sum();
            let readers = |slot: usize| {
                let reads = |node: &&hessian::network::Node| {
                    node.input == slot
                        || matches!(node.op, Op::Add { branch, .. } if branch == slot)
                };
                program.nodes.iter().filter(reads).count()
            };
            let shared = program
                .nodes
                .iter()
                .filter(|node| matches!(node.op, Op::BatchNorm { .. }) && readers(node.input) > 1);
            let shares: usize = shared.map(|node| program.widths[node.output]).sum();
            let Footprint { making, kept, .. } = Footprint::of(&program);
            assert_eq!(held + units + SAMPLES * shares, SAMPLES * kept, "{text}");
            assert!(kept < making);
        }
    }
}

#[test]
#[should_panic(expected = "gave back values")]
fn a_reverse_pass_without_its_values_is_refused() {
    let text = NETWORKS[0];
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let mut rng = Streams::new(5, "products alone", 0).stream("numbers", text);
    let state = State::<f64>::initial(&program, &mut rng);
    let inputs = DMatrix::from_fn(4, 7, |_, _| rng.random_range(-1.0..1.0));
    let labels = (0..7).map(|sample| sample % 3).collect();
    let batch = Batch::all(&Dataset { inputs, targets: Targets::Classes { labels, classes: 3 } });
    let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap().for_products();
    point.pull_back(vec![0.0; 21]);
}
