//! Euler's identities for weights in front of a batch norm without stabiliser (eps = 0): the loss
//! does not see their length, so g . w = 0, H w = -g on that block, and H(c w) = H(w) / c^2.

use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

fn program(eps: f64) -> Program {
    let text = format!(
        r#"
        input = 3
        loss = "cross_entropy"
        layers = [
          {{ kind = "linear", out = 4, bias = false }}, {{ kind = "batch_norm", eps = {eps:?} }},
          {{ kind = "relu" }},
          {{ kind = "linear", out = 4, bias = false }}, {{ kind = "batch_norm", eps = {eps:?} }},
          {{ kind = "tanh" }},
          {{ kind = "linear", out = 3 }},
        ]"#
    );
    Program::new(&Description::from_toml(&text).unwrap()).unwrap()
}

fn setup(seed: u64, eps: f64) -> (Program, State<f64>, Batch<f64>) {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    let program = program(eps);
    let state = State::initial(&program, &mut rng);
    let inputs = (0..3 * 12).map(|_| rng.random_range(-1.0..1.0)).collect();
    let targets = BatchTargets::Classes((0..12).map(|s| s % 3).collect());
    (program, state, Batch { features: 3, samples: 12, inputs, targets })
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn gradient_is_orthogonal_to_normalised_weights(seed in 0_u64..1 << 32) {
        let (program, state, batch) = setup(seed, 0.0);
        let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap().with_curvature();
        for name in ["0.weight", "3.weight"] {
            let range = program.layout.find(name).unwrap().range();
            let (w, g) = (&state.parameters[range.clone()], &point.gradient()[range]);
            let scale = dot(w, w).sqrt() * dot(g, g).sqrt();
            prop_assert!(dot(w, g).abs() < 1e-12 * scale.max(1e-3));
        }
    }

    #[test]
    fn hessian_times_normalised_weights_is_minus_gradient(seed in 0_u64..1 << 32) {
        let (program, state, batch) = setup(seed, 0.0);
        let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap().with_curvature();
        let range = program.layout.find("3.weight").unwrap().range();
        let mut direction = vec![0.0; program.parameters()];
        direction[range.clone()].copy_from_slice(&state.parameters[range.clone()]);
        let product = &point.hessian_product(&direction)[range.clone()];
        let g = &point.gradient()[range];
        let miss: f64 = product.iter().zip(g).map(|(p, g)| (p + g) * (p + g)).sum();
        prop_assert!(miss.sqrt() < 1e-10 * dot(g, g).sqrt().max(1e-3));
    }

    #[test]
    fn hessian_scales_as_the_inverse_square(seed in 0_u64..1 << 32, c in 0.3_f64..3.0) {
        let (program, state, batch) = setup(seed, 0.0);
        let range = program.layout.find("0.weight").unwrap().range();
        let mut scaled = state.clone();
        scaled.parameters[range.clone()].iter_mut().for_each(|w| *w *= c);
        let mut rng = ChaCha12Rng::seed_from_u64(seed ^ 1);
        let mut direction = vec![0.0; program.parameters()];
        direction[range.clone()].iter_mut().for_each(|d| *d = rng.random_range(-1.0..1.0));
        let product = |state: &State<f64>| {
            let point = Point::new(&program, state, Normalization::Batch, &batch).unwrap().with_curvature();
            point.hessian_product(&direction)[range.clone()].to_vec()
        };
        let (here, there) = (product(&state), product(&scaled));
        let miss: f64 = here.iter().zip(&there).map(|(h, t)| (t * c * c - h).powi(2)).sum();
        prop_assert!(miss.sqrt() < 1e-10 * dot(&here, &here).sqrt());
    }

    /// The bad fixture: with a stabiliser the invariance is broken, and the identity must say so.
    #[test]
    fn stabiliser_breaks_the_orthogonality(seed in 0_u64..1 << 32) {
        let (program, state, batch) = setup(seed, 0.1);
        let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap().with_curvature();
        let range = program.layout.find("0.weight").unwrap().range();
        let (w, g) = (&state.parameters[range.clone()], &point.gradient()[range]);
        prop_assert!(dot(w, g).abs() > 1e-9 * dot(w, w).sqrt() * dot(g, g).sqrt());
    }
}
