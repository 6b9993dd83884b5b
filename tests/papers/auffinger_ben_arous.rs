//! Auffinger, Ben Arous and Cerny (2013), "Random matrices and complexity of spin glasses", and
//! Auffinger and Ben Arous (2013), "Complexity of random smooth functions on the high-dimensional
//! sphere": their constants and counts, to the digits printed here.

use hessian::depth::DepthLaw;
use hessian::spinglass::{
    Mixture, algorithmic_energy, edge_energy, expected_by_index, g, level_energy,
    ln_expected_total, theta, threshold_energy,
};

fn close(what: &str, found: f64, printed: f64, half_unit: f64) {
    assert!((found - printed).abs() <= half_unit, "{what}: {found}, printed {printed}");
}

/// E_inf, E_0, ..., E_4, theta_k(R) of pure models (2013a, Theorem 2.5 and Eq. 2.22).
#[test]
fn layers_of_pure_models() {
    let rows: [(usize, f64, [f64; 5], f64); 6] = [
        (3, 1.63299316, [1.65699836, 1.65287320, 1.65025313, 1.64839902, 1.64699857], 0.01324026),
        (4, 1.73205081, [1.79408503, 1.78330030, 1.77647761, 1.77166217, 1.76803187], 0.04930614),
        (6, 1.82574186, [1.95866600, 1.93511181, 1.92030964, 1.90990790, 1.90209093], 0.13805229),
        (8, 1.87082869, [2.06150406, 2.02724188, 2.00581703, 1.99081014, 1.97955867], 0.22295507),
        (10, 1.89736660, [2.13536380, 2.09214249, 2.06521860, 2.04640685, 2.03232785], 0.29861229),
        (50, 1.97989899, [2.57390771, 2.45908242, 2.38921860, 2.34113597, 2.30553447], 0.98591015),
    ];
    for (p, threshold, levels, rate) in rows {
        let mixture = Mixture::pure(p).unwrap();
        close("E_inf", threshold_energy(&mixture).unwrap(), threshold, 5.1e-9);
        close("E_edge", edge_energy(&mixture).unwrap(), threshold, 5.1e-9);
        close("E_ALG", algorithmic_energy(&mixture).unwrap().unwrap(), threshold, 5.1e-9);
        close("theta", theta(&mixture).unwrap(), rate, 5.1e-9);
        for (index, level) in levels.into_iter().enumerate() {
            close("E_k", level_energy(&mixture, index).unwrap(), level, 5.1e-9);
        }
    }
}

/// theta_k(R), E_th, E_edge, G, E_ALG and the annealed ground state of mixtures (2013b, Cor. 1.1,
/// Thm. 1.4 and Def. 1.6; Subag 2021 for E_ALG).
#[test]
fn energies_of_mixtures() {
    let two = |a: usize, x: f64, b: usize, y: f64| Mixture::new(&[(a, x), (b, y)]).unwrap();
    let depth = |layers: usize, beta: f64| {
        let law = DepthLaw::new(layers, beta).unwrap();
        let terms: Vec<_> = (1..).zip(&law.epsilon).map(|(r, e)| (r, e * e)).collect();
        Mixture::new(&terms).unwrap()
    };
    let rows = [
        (
            two(3, 0.5, 4, 0.5),
            [0.032230804, 1.6904762, 1.6800000, 0.05897408, 1.6995223, 1.7330696],
        ),
        (two(2, 0.5, 3, 0.5), [0.0042325839, 1.55, 1.5384615, 0.0050036292, 1.5555556, 1.5570944]),
        (
            two(2, 0.7, 6, 0.3),
            [0.059915733, 1.6899733, 1.5176015, -0.00043154, 1.6868914, 1.6896637],
        ),
        (
            two(2, 0.9, 20, 0.1),
            [0.34874485, 2.1040204, 1.0996859, -0.81069929, 1.7108874, 1.7826838],
        ),
        (depth(10, 0.5), [0.057001433, 1.7271772, 1.6870658, 0.089191506, 1.7560851, 1.7840777]),
        (depth(10, 1.0), [0.12540140, 1.8095677, 1.7819222, 0.23062964, 1.8391549, 1.9255371]),
        (depth(10, 2.0), [0.19167709, 1.8537140, 1.8374322, 0.37052844, 1.8719366, 2.0194427]),
        (depth(100, 0.1), [0.30610984, 1.8956441, 1.8600782, 0.58146771, 1.9333084, 2.1286031]),
        (depth(100, 0.5), [0.81031712, 1.9703189, 1.9611777, 1.6118565, 1.9797169, 2.4792792]),
        (depth(100, 2.0), [1.1264477, 1.9850388, 1.9826402, 2.2505477, 1.9874731, 2.6422222]),
    ];
    for (mixture, [rate, threshold, edge, capital_g, ascent, ground]) in rows {
        close("theta", theta(&mixture).unwrap(), rate, if rate < 1.0 { 5.1e-9 } else { 5.1e-8 });
        close("E_th", threshold_energy(&mixture).unwrap(), threshold, 5.1e-8);
        close("E_edge", edge_energy(&mixture).unwrap(), edge, 5.1e-8);
        close("G", g(&mixture).unwrap(), capital_g, if capital_g < 1.0 { 5.1e-9 } else { 5.1e-8 });
        close("E_ALG", algorithmic_energy(&mixture).unwrap().unwrap(), ascent, 5.1e-8);
        close("E_0", level_energy(&mixture, 0).unwrap(), ground, 5.1e-8);
    }
}

/// With r = 1 kept the paper's mixture is trivial below beta_c, where q = 1 and there are exactly
/// two critical points of each index.
#[test]
fn the_depth_law_trivialises_at_beta_c() {
    for (layers, beta) in [
        (3, 0.75983569),
        (4, 0.43280694),
        (5, 0.30225172),
        (6, 0.23216310),
        (10, 0.12040732),
        (20, 0.05463395),
        (100, 0.01017268),
        (200, 0.00504280),
    ] {
        let law = |beta: f64| DepthLaw::new(layers, beta).unwrap();
        assert!(law(beta * (1.0 - 1e-6)).q < 1.0, "p {layers}");
        assert!(law(beta * (1.0 + 1e-6)).q > 1.0, "p {layers}");
    }
}

/// The mean number of critical points of pure models at finite N. Half of each is the mean number
/// of real eigenvectors of a random symmetric tensor of order p (Breiding 2017).
#[test]
fn mean_numbers_of_pure_models() {
    let rows = [
        (3, 3, 10.55235974, 5.1e-9),
        (3, 5, 31.49691421, 5.1e-9),
        (4, 4, 32.50821435, 5.1e-9),
        (6, 3, 24.36067977, 5.1e-9),
        (6, 8, 2590.69714355, 5.1e-9),
        (3, 12, 642.62382983, 5.1e-9),
        (6, 12, 81737.99050632, 5.1e-8),
        (3, 20, 13842.22607, 5.1e-6),
        (4, 50, 1.331567101e13, 5.1e3),
        (3, 100, 3.55707005e16, 5.1e7),
        (4, 100, 1.607904232e25, 5.1e15),
    ];
    for (p, n, printed, half_unit) in rows {
        let found = ln_expected_total(&Mixture::pure(p).unwrap(), n).unwrap().exp();
        close("total", found, printed, half_unit);
    }
}

/// The mean number of critical points of each index depends on the mixture through q alone.
#[test]
fn mean_numbers_by_index() {
    let rows: [(f64, &[f64]); 12] = [
        (2.0, &[2.6457513]),
        (2.0, &[3.1380899, 4.2761799]),
        (2.0, &[3.5795245, 5.8155924]),
        (2.0, &[3.9998120, 7.3742286, 8.7488331]),
        (2.0, &[4.4117811, 8.9912483, 12.0335389]),
        (3.0, &[4.2863353, 6.5726707]),
        (3.0, &[5.4813023, 10.7728049]),
        (3.0, &[6.7910710, 15.9715898, 20.3610376]),
        (3.0, &[8.2443733, 22.3611535, 33.8891260]),
        (0.5, &[1.4472136, 0.8944272]),
        (0.5, &[1.3241693, 0.5411285, 0.4339182]),
        (0.5, &[1.2880312, 0.4590452, 0.3174956]),
    ];
    let dimensions = [2, 3, 4, 5, 6, 3, 4, 5, 6, 3, 5, 6];
    for ((q, printed), n) in rows.into_iter().zip(dimensions) {
        // of degrees 1 and 5: 20 w = q (5 w + 1 - w)
        let weight = q / (20.0 - 4.0 * q);
        let mixture = Mixture::new(&[(1, 1.0 - weight), (5, weight)]).unwrap();
        let counts = expected_by_index(&mixture, n).unwrap();
        assert_eq!(counts.len(), n);
        for (found, printed) in counts.iter().zip(printed) {
            close(&format!("q {q}, N {n}"), *found, *printed, 5.1e-8);
        }
    }
}
