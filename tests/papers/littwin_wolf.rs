//! Littwin and Wolf (2016), "The Loss Surface of Residual Networks", arXiv 1611.02525v1.

use hessian::depth::DepthLaw;

fn law(layers: usize, beta: f64) -> DepthLaw {
    DepthLaw::new(layers, beta).unwrap()
}

/// Figures 1(a-c) and 1(f) at p = 100: largest weight, moments and critical-point rate, from exact
/// sums; each to half a unit of its last digit here.
#[test]
fn figure_1_at_100_layers() {
    // beta, mean, sd, q, theta
    let rows = [
        [0.05, 5.4810704, 1.50341, 4.8934403, 0.13330815],
        [0.1, 9.7921736, 2.02814, 9.2122372, 0.30610984],
        [0.25, 20.648796, 2.82147, 20.034325, 0.59380620],
        [0.5, 33.916190, 3.32505, 33.242168, 0.81031712],
        [2.0, 67.083810, 3.32505, 66.248619, 1.1264477],
    ];
    let largest: [&[usize]; 5] = [&[5], &[10], &[20, 21], &[34], &[67]];
    for ([beta, mean, sd, q, theta], argmax) in rows.into_iter().zip(largest) {
        let law = law(100, beta);
        assert_eq!(law.argmax, argmax, "beta {beta}");
        for (name, found, printed, half_unit) in [
            ("mean", law.mean, mean, if mean < 10.0 { 5.1e-8 } else { 5.1e-7 }),
            ("sd", law.sd, sd, 5.1e-6),
            ("q", law.q, q, if q < 10.0 { 5.1e-8 } else { 5.1e-7 }),
            ("theta", law.theta.unwrap(), theta, if theta < 1.0 { 5.1e-9 } else { 5.1e-8 }),
        ] {
            assert!((found - printed).abs() < half_unit, "beta {beta}: {name} {found}, {printed}");
        }
    }
    let example = law(100, 0.5);
    assert!((example.nu_second - 1127.4477).abs() < 5.1e-5, "{}", example.nu_second);
    assert!((example.alpha_squared - 11.055955).abs() < 5.1e-7, "{}", example.alpha_squared);
}

/// Theorem 1, for every finite p: argmax = floor(beta p/(1 + beta)) + 1, two of them at an integer.
/// On a grid of rational beta = a/b the floor is integer arithmetic: floor(a p/(a + b)).
#[test]
fn theorem_1_largest_weight() {
    for layers in [1_usize, 2, 3, 10, 97, 100, 1000, 5000] {
        for a in 1..=12 {
            for b in 1..=12 {
                let (product, sum) = (a * layers, a + b);
                let expected = match (product / sum, product % sum) {
                    (r, 0) => vec![r, r + 1],
                    (r, _) => vec![r + 1],
                };
                let found = law(layers, a as f64 / b as f64).argmax;
                assert_eq!(found, expected, "p {layers}, beta {a}/{b}");
            }
        }
    }
}

/// Lemma 4: argmax = k if and only if (k-1)/(p-k+1) <= beta <= k/(p-k).
#[test]
fn lemma_4_every_depth_has_its_beta() {
    for layers in [2_usize, 7, 50, 200] {
        for k in 1..layers {
            let above = (k - 1) as f64 / (layers - k + 1) as f64;
            let below = k as f64 / (layers - k) as f64;
            let inside = above + 0.5 * (below - above);
            assert_eq!(law(layers, inside).argmax, [k], "p {layers}");
            assert_eq!(law(layers, below).argmax, [k, k + 1], "p {layers}");
            assert_eq!(law(layers, below.next_down()).argmax, [k], "p {layers}");
            assert_eq!(law(layers, below.next_up()).argmax, [k + 1], "p {layers}");
        }
    }
}

/// Theorem 2 with its rate: the mass of eps^2 outside [a1 p, a2 p] is exp(-2 p KL + O(ln p)).
///
/// Between p = 2000 and 4000 the O(ln p) is a constant plus -ln p up to O(1/p), so the slope, with
/// that term taken out, is -2 KL within 1 %. A rate of -KL (a law without the square) is 50 % off.
#[test]
fn theorem_2_rate_of_concentration() {
    let (low, high, fraction) = (0.25_f64, 0.55_f64, 1.0 / 3.0);
    let divergence =
        |a: f64| a * (a / fraction).ln() + (1.0 - a) * ((1.0 - a) / (1.0 - fraction)).ln();
    let rate = 2.0 * divergence(low).min(divergence(high));
    let ln_outside = |layers: usize| {
        let inside = (low * layers as f64) as usize..=(high * layers as f64) as usize;
        let logs: Vec<f64> = (1..)
            .zip(law(layers, 0.5).ln_epsilon())
            .filter(|(r, _)| !inside.contains(r))
            .map(|(_, ln)| 2.0 * ln)
            .collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        largest + logs.iter().map(|ln| (ln - largest).exp()).sum::<f64>().ln()
    };
    let slope = (ln_outside(4000) - ln_outside(2000) + 0.5 * 2_f64.ln()) / 2000.0;
    assert!((slope / -rate - 1.0).abs() < 0.01, "slope {slope}, rate {rate}");
}

/// Eq. 16: the standard deviation of r tends to sqrt(p pi (1 - pi)/2), pi = beta/(1 + beta); the
/// relative difference falls like 1/p.
#[test]
fn width_of_the_series() {
    for beta in [0.5, 1.0, 3.0] {
        let fraction = beta / (1.0 + beta);
        let difference = |layers: usize| {
            let limit = (layers as f64 * fraction * (1.0 - fraction) / 2.0).sqrt();
            law(layers, beta).sd / limit - 1.0
        };
        assert!(difference(100).abs() < 0.01);
        let fall = difference(1000) / difference(100_000);
        assert!((fall / 100.0 - 1.0).abs() < 0.05, "beta {beta}: {fall}");
    }
}

/// Figure 1(f): the rate of critical points increases with beta, up to the pure model's.
#[test]
fn critical_points_increase_with_beta() {
    let mut last = 0.0;
    for step in 0..60 {
        let theta = law(100, 0.02 * 1.25_f64.powi(step)).theta.unwrap();
        assert!(theta > last, "step {step}");
        last = theta;
    }
    let pure = 0.5 * 99_f64.ln() - 98.0 / 100.0;
    assert!((pure - 1.31755993).abs() < 5.1e-9);
    assert!(last < pure && pure - last < 1e-4, "{last}");
}

/// q < 1: the landscape is trivial, and the formula's negative value is no growth rate.
#[test]
fn no_rate_where_the_landscape_is_trivial() {
    let shallow = law(100, 1e-4);
    assert!(shallow.q < 1.0 && shallow.theta.is_none());
    let single = law(1, 3.0);
    assert_eq!((single.epsilon[0], single.mean, single.sd, single.q), (1.0, 1.0, 0.0, 0.0));
}
