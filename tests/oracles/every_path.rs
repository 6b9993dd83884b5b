//! Paths one by one against the length-tagged pass, bit for bit where weights are whole numbers.

use hessian::depth::{SkipNet, each_path, tagged_forward};
use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use nalgebra::{DMatrix, DVector};

/// Whole numbers from -3 to 3 without a pattern.
fn whole(i: usize) -> f64 {
    ((i * i * 31 + i * 17 + 5) % 7) as f64 - 3.0
}

fn net(layers: usize, width: usize, inputs: usize) -> (SkipNet, DVector<f64>) {
    let mut count = 0;
    let mut next = || {
        count += 1;
        whole(count)
    };
    let weights = (0..layers).map(|layer| {
        DMatrix::from_fn(width, if layer == 0 { inputs } else { width }, |_, _| next())
    });
    let weights = weights.collect();
    (SkipNet { weights }, DVector::from_fn(inputs, |_, _| next()))
}

/// The parts of the last stream, length after length, by the pass that takes p^2 / 2 branches.
fn tagged(net: &SkipNet, x: &DVector<f64>) -> Vec<f64> {
    let (layers, width) = (net.weights.len(), net.weights[0].nrows());
    let text = format!(
        r#"
        input = {}
        loss = "squared"
        layers = [
          {{ kind = "linear", out = {width}, bias = false }}, {{ kind = "relu" }},
          {{ kind = "residual", repeat = {},
             branch = [{{ kind = "linear", out = {width}, bias = false }}, {{ kind = "relu" }}] }},
        ]"#,
        x.len(),
        layers - 1
    );
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let parameters: Vec<f64> =
        net.weights.iter().flat_map(|w| w.transpose().as_slice().to_vec()).collect();
    let state = State { parameters, running_mean: vec![], running_variance: vec![] };
    let batch = Batch {
        features: x.len(),
        samples: 1,
        inputs: x.as_slice().to_vec(),
        targets: BatchTargets::Values(vec![0.0; width]),
    };
    let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();
    let mut lengths = Vec::new();
    tagged_forward(&point, |stream, parts| {
        if stream + 1 == layers {
            lengths = (0..layers).flat_map(|k| parts.of_length(k).to_vec()).collect();
        }
    });
    lengths
}

#[test]
fn the_length_tagged_pass_is_the_sum_over_paths_bit_for_bit() {
    for (layers, width, inputs) in [(2, 1, 1), (3, 2, 2), (5, 3, 2), (6, 4, 2)] {
        let (net, x) = net(layers, width, inputs);
        let by_paths = net.lengths_by_paths(&x);
        let by_pass = tagged(&net, &x);
        let bits = |x: &[f64]| x.iter().map(|x| (x + 0.0).to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(by_paths.as_slice()), bits(&by_pass), "p = {layers}, n = {width}");
        let longest = by_paths.column(layers - 1).norm();
        assert!(layers < 5 || longest > 0.0, "no path of full length is open: not much of a test");
        // and the lengths add up to the stream
        let stream = net.pass(&x).streams.pop().unwrap();
        assert_eq!(by_paths.column_sum(), stream);
        // a wrong weight is seen
        let mut other = net.clone();
        other.weights[0] *= 2.0;
        assert_ne!(bits(other.lengths_by_paths(&x).as_slice()), bits(&by_pass));
    }
}

/// Eq. (8): C(p - 1, r - 1) n^r paths of length r from every input, none twice.
#[test]
fn paths_are_counted_by_binomials() {
    let binomial = |n: u64, k: u64| (0..k).fold(1, |c, i| c * (n - i) / (i + 1));
    for (layers, inputs, width) in [(1, 3, 2), (4, 1, 3), (6, 2, 2)] {
        let mut seen = std::collections::BTreeMap::new();
        each_path(layers, inputs, width, |path| {
            let steps: Vec<_> = path.iter().map(|s| (s.layer, s.from, s.to)).collect();
            assert!(steps.windows(2).all(|two| two[0].0 < two[1].0 && two[0].2 == two[1].1));
            assert_eq!(steps[0].0, 0);
            *seen.entry((path.len(), steps)).or_insert(0) += 1;
        });
        assert!(seen.values().all(|times| *times == 1));
        for r in 1..=layers {
            let count = seen.keys().filter(|(length, _)| *length == r).count() as u64;
            let paths = binomial(layers as u64 - 1, r as u64 - 1) * (width as u64).pow(r as u32);
            assert_eq!(count, inputs as u64 * paths, "p = {layers}, r = {r}");
        }
    }
}
