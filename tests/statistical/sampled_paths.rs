//! The law of the sampled paths, against all paths of a small network.

use hessian::depth::{SampledPaths, path_gradient, sample_paths};
use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use hessian::random::Streams;
use rand_distr::{Distribution, StandardNormal};

const BLOCKS: usize = 5;
const RUNS: u64 = 400;
const DRAWS: usize = 20;

/// Mean and variance over runs.
fn spread(runs: &[SampledPaths], number: impl Fn(&SampledPaths) -> f64) -> (f64, f64) {
    let count = runs.len() as f64;
    let mean = runs.iter().map(&number).sum::<f64>() / count;
    (mean, runs.iter().map(|run| (number(run) - mean).powi(2)).sum::<f64>() / (count - 1.0))
}

/// Over 400 runs of 20 draws: the mean of `mean_square` is that of all paths, and the stated
/// standard errors, of `mean_square` and of D2, are the spread over runs.
///
/// The mean is allowed 6 of its standard errors. A variance over 400 runs has relative standard
/// deviation 0.07; it is allowed 0.42, and 0.1 more for D2, whose error is of first order only.
/// False-fail rate about 2e-8. Errors off by a factor 1.25 are caught, as is a bias of the mean of
/// 6/sqrt(8000) = 7 % of the spread of single paths.
#[test]
fn standard_errors_of_sampled_paths() {
    let text = format!(
        r#"
        input = 6
        loss = "squared"
        layers = [
          {{ kind = "linear", out = 6 }},
          {{ kind = "residual", repeat = {BLOCKS},
             branch = [{{ kind = "batch_norm" }}, {{ kind = "relu" }}, {{ kind = "linear", out = 6 }}] }},
          {{ kind = "linear", out = 2 }},
        ]"#
    );
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let streams = Streams::new(1605, "statistical", 0);
    let state = State::<f64>::initial(&program, &mut streams.stream("weights", ""));
    let mut data = streams.stream("data", "");
    let mut numbers =
        |count: usize| (0..count).map(|_| StandardNormal.sample(&mut data)).collect::<Vec<f64>>();
    let batch = Batch {
        features: 6,
        samples: 8,
        inputs: numbers(48),
        targets: BatchTargets::Values(numbers(16)),
    };
    let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();

    let mut rng = streams.stream("paths", "");
    let runs: Vec<SampledPaths> =
        (0..RUNS).map(|_| sample_paths(&point, &mut rng, DRAWS).unwrap()).collect();
    let mut exact = [0.0; BLOCKS + 1];
    let mut paths = [0.0; BLOCKS + 1];
    for subset in 0_u32..1 << BLOCKS {
        let taken: Vec<bool> = (0..BLOCKS).map(|block| subset >> block & 1 == 1).collect();
        let k = subset.count_ones() as usize;
        exact[k] += path_gradient(&point, &taken).unwrap().iter().map(|g| g * g).sum::<f64>();
        paths[k] += 1.0;
    }
    for k in 1..BLOCKS {
        let (mean, variance) = spread(&runs, |run| run.mean_square[k]);
        let error = (variance / RUNS as f64).sqrt();
        assert!((mean - exact[k] / paths[k]).abs() < 6.0 * error, "k {k}: {mean} +- {error}");
        let (stated, _) = spread(&runs, |run| run.standard_error[k].powi(2));
        assert!((variance / stated - 1.0).abs() < 0.42, "k {k}: {variance} {stated}");
    }
    let (_, variance) = spread(&runs, |run| run.mean);
    let (stated, _) = spread(&runs, |run| run.mean_error.powi(2));
    assert!((variance / stated - 1.0).abs() < 0.52, "D2: {variance} {stated}");
    for k in [0, BLOCKS] {
        assert!((runs[0].mean_square[k] / exact[k] - 1.0).abs() < 1e-12, "k {k} is a single path");
        assert_eq!(runs[0].standard_error[k], 0.0);
    }
}
