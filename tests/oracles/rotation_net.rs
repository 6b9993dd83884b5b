//! A network whose every depth is known in closed form: h + c Q h, with Q a quarter turn.
//!
//! A branch is orthogonal to its skip, forwards and backwards, and all paths of one length agree:
//! V_k = C(L, k) c^k Q^k x. So E_k/|x|^2 = C(L, k)^2 c^(2k) is the epsilon series of Littwin and
//! Wolf (2016) with beta = c, squared, while single paths and gains follow the binomial law with
//! odds c^2.

use hessian::depth::{
    DepthLaw, Gains, PathLengthLaw, fitted_beta, forward_lengths, path_gradient, reverse_lengths,
    sample_paths,
};
use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use hessian::random::Streams;

const BLOCKS: usize = 9;
const C: f64 = 0.6;

fn program() -> Program {
    let text = format!(
        r#"
        input = 2
        loss = "squared"
        layers = [{{ kind = "residual", repeat = {BLOCKS}, scale = {{ fixed = {C} }},
                     branch = [{{ kind = "linear", out = 2, bias = false }}] }}]"#
    );
    Program::new(&Description::from_toml(&text).unwrap()).unwrap()
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < 1e-12, "{what}: found {found}, expected {expected}");
}

#[test]
fn all_depths_in_closed_form() {
    let program = program();
    let state = State {
        parameters: [0.0, -1.0, 1.0, 0.0].repeat(BLOCKS),
        running_mean: Vec::new(),
        running_variance: Vec::new(),
    };
    let batch = Batch {
        features: 2,
        samples: 2,
        inputs: vec![1.0, 2.0, -0.5, 0.25],
        targets: BatchTargets::Values(vec![0.0, 1.0, 2.0, -1.0]),
    };
    let point = Point::new(&program, &state, Normalization::Batch, &batch).unwrap();
    let coherent = DepthLaw::new(BLOCKS + 1, C).unwrap();
    let single = PathLengthLaw::of_gains(&[C * C; BLOCKS]).unwrap();

    let forward = forward_lengths(&point);
    let total: f64 = forward.energy.iter().sum();
    for (energy, epsilon) in forward.energy.iter().zip(&coherent.epsilon) {
        close(energy / total, epsilon * epsilon, "E_k");
    }
    close(forward.mean, coherent.mean, "mean length forward");
    close(forward.sd, coherent.sd, "sd forward");
    assert_eq!(forward.constant_share, 0.0);
    assert!((fitted_beta(BLOCKS, forward.mean) - C).abs() < 1e-11);
    // The parts of even and odd lengths are orthogonal: Q^2 = -1.
    assert!(forward.gram[(2, 5)].abs() < 1e-12 * total);
    close(forward.gram[(1, 3)].powi(2), forward.energy[1] * forward.energy[3], "<V_1, V_3>");
    assert!(forward.gram[(1, 3)] < 0.0);

    let reverse = reverse_lengths(&point);
    close(reverse.mean, coherent.mean - 1.0, "mean length back");
    close(reverse.sd, coherent.sd, "sd back");

    let gains = Gains::measure(&point);
    for l in 0..BLOCKS {
        close(gains.backward[l], C * C, "a_l");
        close(gains.forward[l], C * C, "forward gain");
        close(gains.backward_total[l], 1.0 + C * C, "1 + a_l");
    }
    close(gains.backward_depth(), single.mean, "D1");
    close(gains.forward_depth(), single.mean, "D5");
    close(gains.health(), 1.0, "health");

    let mut stream = Streams::new(3, "rotation", 0).stream("paths", "");
    let sampled = sample_paths(&point, &mut stream, 5).unwrap();
    let norm = point.adjoint(program.output()).iter().map(|g| g * g).sum::<f64>();
    for k in 0..=BLOCKS {
        close(sampled.mean_square[k], C.powi(2 * k as i32) * norm, "||g_S||^2");
        close(sampled.mean_norm[k], (C.powi(2 * k as i32) * norm).sqrt(), "||g_S||");
        assert!(sampled.standard_error[k] < 1e-14 * norm);
    }
    close(sampled.mean, single.mean, "D2");
    assert!(sampled.mean_error < 1e-13);
    // Two single paths of k = 0 and k = L, and 5 draws each of 1, ..., L - 1 branches.
    assert_eq!(sampled.branches, (5 * (1..BLOCKS).sum::<usize>() + BLOCKS) as u64);
    assert_eq!(forward.branches, (BLOCKS * (BLOCKS + 3) / 2) as u64);
    assert_eq!(reverse.branches, (BLOCKS * (BLOCKS + 1) / 2) as u64);

    assert!(sample_paths(&point, &mut stream, 1).unwrap_err().is_spec());
    assert!(path_gradient(&point, &[true; BLOCKS - 1]).unwrap_err().is_spec());
}
