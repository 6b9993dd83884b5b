//! Veit, Wilber and Belongie (2016), "Residual Networks Behave Like Ensembles of Relatively Shallow
//! Networks", held against the closed form for independent branches.

use hessian::depth::{Gains, PathLengthLaw, path_gradient, reverse_lengths, sample_paths};
use hessian::network::{Batch, BatchTargets, Description, Normalization, Point, Program, State};
use hessian::random::Streams;
use rand_distr::{Distribution, StandardNormal};

const WIDTH: usize = 128;
const SAMPLES: usize = 64;

/// A network h + c W relu(h), or h + c W relu(BN h), at He initialisation with a linear head.
fn at_start<R>(
    blocks: usize,
    batch_norm: bool,
    c: f64,
    net: u64,
    measure: impl FnOnce(&Point<'_, f64>) -> R,
) -> R {
    let normalise = if batch_norm { r#"{ kind = "batch_norm" }, "# } else { "" };
    let text = format!(
        r#"
        input = {WIDTH}
        loss = "cross_entropy"
        layers = [
          {{ kind = "residual", repeat = {blocks}, scale = {{ fixed = {c:?} }},
             branch = [{normalise}{{ kind = "relu" }}, {{ kind = "linear", out = {WIDTH}, bias = false }}] }},
          {{ kind = "linear", out = 10 }},
        ]"#
    );
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let streams = Streams::new(1605, "papers", net);
    let state = State::<f64>::initial(&program, &mut streams.stream("weights", ""));
    let mut data = streams.stream("data", "");
    let batch = Batch {
        features: WIDTH,
        samples: SAMPLES,
        inputs: (0..WIDTH * SAMPLES).map(|_| StandardNormal.sample(&mut data)).collect(),
        targets: BatchTargets::Classes((0..SAMPLES).map(|i| i % 10).collect()),
    };
    measure(&Point::new(&program, &state, Normalization::Batch, &batch).unwrap())
}

/// Effective depth at the start, with v_l = 1 + l (1 - 1/pi) the variance of the stream: with batch
/// norm a_l = 1/v_l and D = sum 1/(1 + v_l), about 1.467 ln L; without it a_l = 1 and D = L/2; with
/// the branch scaled by 1/sqrt L, D = L/(L + 1). So it is batch norm (or a scaled branch) and not
/// the skip that makes the paths of the gradient short (De and Smith 2020).
///
/// Margins: 15 % with batch norm, 5 % of L without, 0.2 with scaled branches, for D1 and for the
/// exact split of the gradient, averaged over 3 networks; each is at least 6 times the average's
/// spread over networks plus its finite-width bias. For D2 five of its standard errors more.
/// False-fail rate below 1e-6. D = L/2 with batch norm, or ln L without, is off by a factor of 2.
#[test]
fn effective_depth_at_the_start() {
    let nets = 3;
    for blocks in [16_usize, 40] {
        let count = blocks as f64;
        let variance = |l: usize| 1.0 + l as f64 * (1.0 - 1.0 / std::f64::consts::PI);
        let normalised: f64 = (0..blocks).map(|l| 1.0 / (1.0 + variance(l))).sum();
        for (batch_norm, c, expected, margin) in [
            (true, 1.0, normalised, 0.15 * normalised),
            (false, 1.0, count / 2.0, 0.05 * count),
            (false, 1.0 / count.sqrt(), count / (count + 1.0), 0.2),
        ] {
            let (mut by_gains, mut by_split) = (0.0, 0.0);
            for net in 0..nets {
                at_start(blocks, batch_norm, c, net, |point| {
                    let sum = |number: f64| number / nets as f64;
                    by_gains += sum(Gains::measure(point).backward_depth());
                    by_split += sum(reverse_lengths(point).mean);
                    if blocks == 16 {
                        let mut rng = Streams::new(1605, "papers", net).stream("paths", "");
                        let sampled = sample_paths(point, &mut rng, 40).unwrap();
                        let margin = margin + 5.0 * sampled.mean_error;
                        assert!((sampled.mean - expected).abs() < margin, "D2 {sampled:?}");
                    }
                });
            }
            for (name, found) in [("D1", by_gains), ("split", by_split)] {
                assert!(
                    (found - expected).abs() < margin,
                    "L {blocks}, batch norm {batch_norm}, c {c}: {name} {found}, expected {expected}"
                );
            }
        }
    }
}

/// The squared gradients along all paths of k branches add up to the elementary symmetric polynomial
/// e_k(a_1, ..., a_L): every one of the 2^6 paths, averaged over 10 networks.
///
/// The margin is 8 standard errors (Student's t with 9 degrees of freedom: 2e-5 for each of 12
/// ratios) and 5 % for the finite width; it came out as 0.11 to 0.15 for k up to 3. Gains off by a
/// factor c change the ratios by c^k: a quarter too much or too little is caught.
#[test]
fn path_energies_are_symmetric_polynomials() {
    let blocks = 6;
    for batch_norm in [true, false] {
        let ratios: Vec<Vec<f64>> = (0..10)
            .map(|net| at_start(blocks, batch_norm, 1.0, 100 + net, symmetric_ratios))
            .collect();
        for k in 1..=blocks {
            let count = ratios.len() as f64;
            let mean = ratios.iter().map(|ratio| ratio[k]).sum::<f64>() / count;
            let spread: f64 = ratios.iter().map(|ratio| (ratio[k] - mean).powi(2)).sum();
            let margin = 8.0 * (spread / (count - 1.0) / count).sqrt() + 0.05;
            assert!((mean - 1.0).abs() < margin, "k {k}, batch norm {batch_norm}: {mean} {margin}");
        }
    }
}

/// Sum over the sets of k blocks of ||g_S||^2, over e_k(a) ||g||^2.
fn symmetric_ratios(point: &Point<'_, f64>) -> Vec<f64> {
    let gains = Gains::measure(point).backward;
    let law = PathLengthLaw::of_gains(&gains).unwrap();
    let total: f64 = gains.iter().map(|a| 1.0 + a).product();
    let mut energy = vec![0.0; gains.len() + 1];
    for subset in 0_u32..1 << gains.len() {
        let taken: Vec<bool> = (0..gains.len()).map(|block| subset >> block & 1 == 1).collect();
        let gradient = path_gradient(point, &taken).unwrap();
        energy[subset.count_ones() as usize] += gradient.iter().map(|g| g * g).sum::<f64>();
    }
    let expected = law.probability.iter().map(|p| p * total * energy[0]);
    energy.iter().zip(expected).map(|(energy, expected)| energy / expected).collect()
}
