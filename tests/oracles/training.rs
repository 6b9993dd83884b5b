//! Training against the update written out by hand, on batches that hold all samples (so that
//! their order changes nothing but rounding).

use hessian::data::{Dataset, gaussian_mixture};
use hessian::network::{
    Batch, Descent, Description, Normalization, Point, Program, State, Training,
};
use hessian::random::Streams;

const SAMPLES: usize = 10;

fn setup() -> (Program, State<f64>, Dataset) {
    let text = r#"
        input = 3
        loss = "cross_entropy"
        layers = [{ kind = "linear", out = 4 }, { kind = "batch_norm", momentum = 0.3 },
                  { kind = "tanh" }, { kind = "linear", out = 2 }]"#;
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let streams = Streams::new(3, "training", 0);
    let state = State::initial(&program, &mut streams.stream("weights", ""));
    let data = gaussian_mixture(&mut streams.stream("data", ""), 2, 3, SAMPLES, 1.0).unwrap();
    (program, state, data)
}

fn descent(batch: usize) -> Descent {
    Descent { batch, rate: 0.1, momentum: 0.9, weight_decay: 0.01, drops: vec![(2, 0.5)] }
}

/// v <- 0.9 v + g + 0.01 w, w <- w - rate v, with the rate halved from step 2 on; running
/// statistics by 0.7 old + 0.3 new with the variance over n - 1.
#[test]
fn steps_are_those_of_the_written_out_update() {
    let (program, start, data) = setup();
    let descent = descent(SAMPLES);
    let mut training = Training::new(&program, &data, &descent);
    let mut order = Streams::new(3, "training", 0).stream("order", "");
    let mut found = start.clone();
    let (mut w, mut velocity) = (start.parameters.clone(), vec![0.0; start.parameters.len()]);
    let (mut mean, mut variance) = (start.running_mean.clone(), start.running_variance.clone());
    for rate in [0.1, 0.1, 0.05, 0.05] {
        let state = State { parameters: w.clone(), ..start.clone() };
        let all = Batch::all(&data);
        let point = Point::new(&program, &state, Normalization::Batch, &all).unwrap();
        let hidden = point.value(1);
        for unit in 0..4 {
            let z: Vec<f64> = (0..SAMPLES).map(|s| hidden[s * 4 + unit]).collect();
            let m = z.iter().sum::<f64>() / 10.0;
            let v = z.iter().map(|z| (z - m) * (z - m)).sum::<f64>() / 9.0;
            mean[unit] = 0.7 * mean[unit] + 0.3 * m;
            variance[unit] = 0.7 * variance[unit] + 0.3 * v;
        }
        for ((w, v), g) in w.iter_mut().zip(&mut velocity).zip(point.gradient()) {
            *v = 0.9 * *v + g + 0.01 * *w;
            *w -= rate * *v;
        }
        training.step(&mut found, &mut order).unwrap();
    }
    assert_eq!(training.steps(), 4);
    let close = |found: &[f64], expected: &[f64]| {
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-12, "{f} against {e}");
        }
    };
    close(&found.parameters, &w);
    close(&found.running_mean, &mean);
    close(&found.running_variance, &variance);
}

/// With a rate near 0 the three batches of an epoch of 10 samples hold 4, 4 and 2 of them: their
/// losses, weighted by their sizes, add up to that of all samples only if each sample is seen once.
/// Batch norm would couple the samples of a batch, so the network here has none.
#[test]
fn an_epoch_sees_every_sample_once_with_a_ragged_last_batch() {
    let (_, _, data) = setup();
    let text = "input = 3\nloss = \"cross_entropy\"\nlayers = [{ kind = \"linear\", out = 2 }]";
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let streams = Streams::new(4, "training", 0);
    let start = State::<f64>::initial(&program, &mut streams.stream("weights", ""));
    let descent = Descent { rate: 1e-300, momentum: 0.0, weight_decay: 0.0, ..descent(4) };
    let mut training = Training::new(&program, &data, &descent);
    let mut order = streams.stream("order", "");
    let mut state = start.clone();
    let whole = Point::new(&program, &start, Normalization::Batch, &Batch::all(&data)).unwrap();
    let mut epochs = Vec::new();
    for _ in 0..2 {
        let losses = [4.0, 4.0, 2.0].map(|n| n * training.step(&mut state, &mut order).unwrap());
        assert!((losses.iter().sum::<f64>() / 10.0 - whole.loss()).abs() < 1e-14);
        epochs.push(losses);
    }
    assert_ne!(epochs[0], epochs[1], "a new epoch has a new order");
}

#[test]
fn settings_that_cannot_train_are_refused() {
    let (program, _, _) = setup();
    let message = |descent: Descent, samples: usize| {
        descent.check(&program, samples).unwrap_err().to_string()
    };
    assert!(message(descent(11), 10).contains("10 training samples"));
    assert!(message(descent(3), 10).contains("batch of one"));
    assert!(message(Descent { rate: 0.0, ..descent(5) }, 10).contains("rate"));
    assert!(message(Descent { momentum: 1.0, ..descent(5) }, 10).contains("momentum"));
    assert!(message(Descent { weight_decay: -1.0, ..descent(5) }, 10).contains("weight_decay"));
    assert!(message(Descent { drops: vec![(7, 0.0)], ..descent(5) }, 10).contains("step 7"));
    assert!(descent(5).check(&program, 10).is_ok());
}
