//! Identities of the passes by path length, on networks of every shape.

use hessian::depth::{
    Gains, fitted_beta, forward_lengths, path_gradient, reverse_lengths, sample_paths,
    tagged_forward, tagged_reverse,
};
use hessian::linalg::Real;
use hessian::network::{
    Batch, BatchTargets, Description, Normalization, Point, Program, Shape, State,
};
use hessian::random::Streams;
use rand_distr::{Distribution, StandardNormal};

const SAMPLES: usize = 7;

/// Layer lists: pre- and post-activation branches, every activation, learned scales, layers
/// between blocks, a residual inside a branch, blocks that read the network's input.
const NETS: [&str; 7] = [
    r#"[{kind="linear", out=5}, {kind="batch_norm"}, {kind="relu"},
        {kind="residual", repeat=5, branch=[{kind="linear", out=5, bias=false}, {kind="batch_norm"}, {kind="relu"}]},
        {kind="linear", out=3}]"#,
    r#"[{kind="linear", out=5},
        {kind="residual", repeat=6, scale={learned=0.4}, branch=[{kind="batch_norm"}, {kind="relu"}, {kind="linear", out=5}]},
        {kind="batch_norm"}, {kind="relu"}, {kind="linear", out=3}]"#,
    r#"[{kind="linear", out=4},
        {kind="residual", repeat=3, scale={fixed=0.5}, branch=[{kind="linear", out=6}, {kind="tanh"}, {kind="linear", out=4}]},
        {kind="linear", out=5}, {kind="batch_norm"}, {kind="softplus"},
        {kind="residual", repeat=2, branch=[{kind="linear", out=5}, {kind="softplus"}]},
        {kind="identity"},
        {kind="residual", branch=[{kind="linear", out=5}]},
        {kind="linear", out=3}]"#,
    r#"[{kind="linear", out=4},
        {kind="residual", repeat=3, branch=[{kind="linear", out=4}, {kind="relu"},
          {kind="residual", scale={learned=0.3}, branch=[{kind="linear", out=4}, {kind="batch_norm"}, {kind="tanh"}]}]},
        {kind="linear", out=3}]"#,
    r#"[{kind="residual", repeat=4, branch=[{kind="linear", out=3}, {kind="batch_norm"}, {kind="relu"}]},
        {kind="linear", out=3}]"#,
    r#"[{kind="residual", repeat=3, branch=[{kind="batch_norm"}, {kind="tanh"}]}]"#,
    r#"[{kind="linear", out=8}, {kind="batch_norm"}, {kind="relu"}, {kind="linear", out=3}]"#,
];

/// The same on images [2, 4, 3]: shortcuts with and without parameters, blocks that read the input.
const IMAGE_NETS: [&str; 2] = [
    r#"[{kind="conv2d", out=3, kernel=3, padding=1}, {kind="batch_norm"}, {kind="relu"},
        {kind="residual", repeat=2, branch=[{kind="conv2d", out=3, kernel=3, padding=1}, {kind="batch_norm"}, {kind="relu"}]},
        {kind="residual", scale={learned=0.6}, branch=[{kind="conv2d", out=4, kernel=3, stride=2, padding=1}, {kind="tanh"}],
          shortcut=[{kind="conv2d", out=4, kernel=1, stride=2, bias=false}, {kind="batch_norm"}]},
        {kind="softplus"},
        {kind="residual", branch=[{kind="conv2d", out=4, kernel=1}, {kind="batch_norm"}]},
        {kind="global_average_pool"}, {kind="flatten"}, {kind="linear", out=3}]"#,
    r#"[{kind="residual", branch=[{kind="conv2d", out=4, kernel=3, stride=2, padding=1}, {kind="tanh"}],
          shortcut=[{kind="subsample_pad", out=4, stride=2}]},
        {kind="residual", branch=[{kind="tanh"}, {kind="conv2d", out=4, kernel=2, padding=1, stride=2}],
          shortcut=[{kind="conv2d", out=4, kernel=2, padding=1, stride=2, bias=false}]},
        {kind="flatten"}, {kind="linear", out=3}]"#,
];

fn program(layers: &str) -> Program {
    let input = if IMAGE_NETS.contains(&layers) { "[2, 4, 3]" } else { "3" };
    let text =
        format!("input = {input}\nloss = \"squared\"\nlayers = {}", layers.replace('\n', " "));
    Program::new(&Description::from_toml(&text).unwrap()).unwrap()
}

/// A network away from its start: every parameter random, shifts and biases too.
fn drawn<T: Real>(program: &Program) -> (State<T>, Batch<T>) {
    let mut rng = Streams::new(5, "laws", 0).stream("weights", "tagged passes");
    let mut numbers = |count: usize| -> Vec<f64> {
        (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
    };
    let narrow = |x: Vec<f64>| x.into_iter().map(T::narrow).collect::<Vec<T>>();
    let mut state = State::initial(program, &mut Streams::new(5, "laws", 0).stream("init", ""));
    for (x, z) in state.parameters.iter_mut().zip(numbers(program.parameters())) {
        *x += T::narrow(0.3 * z);
    }
    let features = program.layout.features();
    state.running_mean = narrow(numbers(features).iter().map(|z| 0.5 * z).collect());
    state.running_variance = narrow(numbers(features).iter().map(|z| 0.5 + z * z).collect());
    let features = program.widths[0];
    let batch = Batch {
        features,
        samples: SAMPLES,
        inputs: narrow(numbers(features * SAMPLES)),
        targets: BatchTargets::Values(narrow(numbers(3 * SAMPLES))),
    };
    (state, batch)
}

fn each_point<T: Real>(mut check: impl FnMut(&str, &Point<'_, T>)) {
    for (number, layers) in NETS.iter().chain(&IMAGE_NETS).enumerate() {
        let program = program(layers);
        let (state, batch) = drawn::<T>(&program);
        for kind in Normalization::ALL {
            let point = Point::new(&program, &state, kind, &batch).unwrap();
            check(&format!("net {number}, {}", kind.word()), &point);
        }
    }
}

/// The largest difference relative to the largest of the summed magnitudes that cancel.
fn error<T: Real>(found: &[T], expected: &[T], parts: &[&[T]]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let size = |i: usize| parts.iter().map(|part| part[i].wide().abs()).sum::<f64>();
    let largest = (0..found.len()).map(size).fold(f64::MIN_POSITIVE, f64::max);
    let difference = found.iter().zip(expected).map(|(f, e)| (f.wide() - e.wide()).abs());
    difference.fold(0.0, f64::max) / largest
}

fn forward_parts_sum<T: Real>(tolerance: f64) {
    each_point::<T>(|name, point| {
        let blocks = &point.program().blocks;
        let mut visited = 0;
        let branches = tagged_forward(point, |stream, parts| {
            let slot = match (stream, blocks.first()) {
                (0, None) => point.program().output(),
                (0, Some(first)) => first.skip,
                (b, _) => blocks[b - 1].output,
            };
            assert_eq!((stream, parts.longest()), (visited, stream), "{name}");
            visited += 1;
            let mut all: Vec<&[T]> = (0..=stream).map(|k| parts.of_length(k)).collect();
            all.push(parts.constant());
            let error = error(&parts.sum(), point.value(slot), &all);
            assert!(error < tolerance, "{name}, stream {stream}: {error:e}");
        });
        assert_eq!(visited, blocks.len() + 1, "{name}");
        assert_eq!(branches, (blocks.len() * (blocks.len() + 3) / 2) as u64, "{name}");
    });
}

/// All parts of a stream add up to its true values: to rounding (2e-16) times some 20 layers.
#[test]
fn forward_parts_add_up_to_every_stream() {
    forward_parts_sum::<f64>(1e-14);
    forward_parts_sum::<f32>(1e-5);
}

#[test]
fn gradient_parts_add_up_to_the_gradient() {
    each_point::<f64>(|name, point| {
        let blocks = &point.program().blocks;
        let (parts, branches) = tagged_reverse(point);
        assert_eq!(branches, (blocks.len() * (blocks.len() + 1) / 2) as u64, "{name}");
        assert_eq!(parts.len(), blocks.len() + 1, "{name}");
        let stream = blocks.first().map_or(point.program().output(), |first| first.skip);
        if stream != 0 {
            let all: Vec<&[f64]> = parts.iter().map(Vec::as_slice).collect();
            let error = error(&summed(&parts), point.adjoint(stream), &all);
            assert!(error < 1e-14, "{name}: {error:e}");
        }
    });
}

/// Where the first block reads the input, against central differences of the loss in the inputs.
/// Step 1e-5: truncation about 1e-10, rounding about 1e-11.
#[test]
fn gradient_parts_at_the_input() {
    for layers in [
        r#"[{kind="residual", repeat=4, branch=[{kind="linear", out=3}, {kind="tanh"}]}, {kind="linear", out=3}]"#,
        r#"[{kind="residual", repeat=3, branch=[{kind="batch_norm"}, {kind="tanh"}]}]"#,
        IMAGE_NETS[1],
    ] {
        let program = program(layers);
        let (state, batch) = drawn::<f64>(&program);
        let loss = |batch: &Batch<f64>| {
            Point::new(&program, &state, Normalization::Batch, batch).unwrap().loss()
        };
        let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();
        let gradient = summed(&tagged_reverse(&point).0);
        let gradient = in_order_of_the_data(&gradient, program.shapes[0]);
        for (i, found) in gradient.iter().enumerate() {
            let moved = |step: f64| {
                let mut batch = batch.clone();
                batch.inputs[i] += step;
                loss(&batch)
            };
            let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((found - expected).abs() < 1e-8, "{i}: {found} {expected}");
        }
    }
}

/// Veit et al. (2016): the sum over all sets of k blocks of the gradient along one path is G_k.
#[test]
fn paths_add_up_to_gradient_parts() {
    each_point::<f64>(|name, point| {
        let count = point.program().blocks.len();
        let (parts, _) = tagged_reverse(point);
        let mut sums = vec![vec![0.0; parts[0].len()]; count + 1];
        for subset in 0_u32..1 << count {
            let taken: Vec<bool> = (0..count).map(|block| subset >> block & 1 == 1).collect();
            let gradient = path_gradient(point, &taken).unwrap();
            let sum = &mut sums[subset.count_ones() as usize];
            sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g);
        }
        for (k, (sum, part)) in sums.iter().zip(&parts).enumerate() {
            let error = error(sum, part, &[part]);
            assert!(error < 1e-12, "{name}, G_{k}: {error:e}");
        }
    });
}

/// The numbers in the summaries follow from the parts.
#[test]
fn summaries_follow_from_the_parts() {
    each_point::<f64>(|name, point| {
        let count = point.program().blocks.len();
        let lengths = forward_lengths(point);
        assert_eq!(lengths.energy.len(), count + 1, "{name}");
        let total: f64 = lengths.energy.iter().sum();
        let mean: f64 = lengths.energy.iter().zip(1..).map(|(e, r)| e * f64::from(r)).sum();
        assert!((lengths.mean - mean / total).abs() < 1e-12, "{name}");
        assert!((0.0..=1.0).contains(&lengths.constant_share), "{name}");
        if count == 0 {
            plain_network(name, point);
            return;
        }
        let reverse = reverse_lengths(point);
        let adjoint = summed(&tagged_reverse(point).0);
        let square: f64 = adjoint.iter().map(|g| g * g).sum();
        assert!((reverse.gram.sum() / square - 1.0).abs() < 1e-9, "{name}");
        // The gradient grows over the blocks by what each does to it, where they are adjacent.
        let blocks = &point.program().blocks;
        let adjacent = blocks.windows(2).all(|pair| pair[0].output == pair[1].skip);
        if adjacent && blocks.iter().all(|block| block.shortcut.is_empty()) {
            let gains = Gains::measure(point);
            let last: f64 = point.adjoint(blocks[count - 1].output).iter().map(|g| g * g).sum();
            let growth: f64 = gains.backward_total.iter().product();
            assert!((growth * last / square - 1.0).abs() < 1e-11, "{name}");
        }
    });
}

/// One path, through no branch, whatever the number of layers.
fn plain_network(name: &str, point: &Point<'_, f64>) {
    let forward = forward_lengths(point);
    assert_eq!((forward.mean, forward.sd), (1.0, 0.0), "{name}");
    let reverse = reverse_lengths(point);
    assert_eq!((reverse.energy.len(), reverse.mean, reverse.sd), (1, 0.0, 0.0), "{name}");
    let mut rng = Streams::new(1, "laws", 0).stream("paths", "");
    let sampled = sample_paths(point, &mut rng, 10).unwrap();
    assert_eq!((sampled.mean, sampled.mean_error, sampled.branches), (0.0, 0.0, 0), "{name}");
    let gains = Gains::measure(point);
    let depths = (gains.backward_depth(), gains.forward_depth(), gains.health());
    assert_eq!(depths, (0.0, 0.0, 1.0), "{name}");
    assert!(fitted_beta(0, forward.mean).is_nan(), "{name}");
}

/// A number that is not finite comes out as such: nothing hides it and nothing panics.
#[test]
fn trouble_passes_through() {
    let program = program(NETS[0]);
    let (mut state, batch) = drawn::<f64>(&program);
    state.parameters[0] = f64::NAN;
    let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();
    assert!(forward_lengths(&point).mean.is_nan());
    assert!(reverse_lengths(&point).mean.is_nan());
    assert!(Gains::measure(&point).backward_depth().is_nan());
}

/// From position after position to channel, row, column, sample by sample.
fn in_order_of_the_data(x: &[f64], shape: Shape) -> Vec<f64> {
    let (channels, positions) = (shape.channels(), shape.positions());
    let sample = |x: &[f64]| -> Vec<f64> {
        let place = |i: usize| i % positions * channels + i / positions;
        (0..x.len()).map(|i| x[place(i)]).collect()
    };
    x.chunks(shape.size()).flat_map(sample).collect()
}

fn summed(parts: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; parts[0].len()];
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    sum
}
