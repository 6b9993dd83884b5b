//! The calculator of the landscape, as a program calls it.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

fn hessian(arguments: &str) -> assert_cmd::assert::Assert {
    Command::cargo_bin("hessian").unwrap().args(arguments.split(' ')).assert()
}

fn json(arguments: &str) -> Value {
    serde_json::from_slice(&hessian(arguments).success().get_output().stdout).unwrap()
}

const KEYS: [&str; 15] = [
    "mixture",
    "nu_prime",
    "nu_second",
    "q",
    "alpha_squared",
    "class",
    "theta",
    "g",
    "threshold_energy",
    "edge_energy",
    "algorithmic_energy",
    "annealed_ground_state",
    "level_energies",
    "theta_at_energy",
    "critical_points",
];

#[test]
fn every_key_is_there_for_every_class() {
    for (mixture, class) in [
        ("3:1", "pure"),
        ("3:0.5,4:0.5", "pure-like"),
        ("1:0.75,3:0.25", "critical"),
        ("2:0.9,20:0.1", "full"),
        ("1:0.9,3:0.1", "trivial"),
        ("1:1", "trivial"),
    ] {
        let found = json(&format!("complexity --mixture {mixture} --json"));
        for key in KEYS {
            assert!(found.get(key).is_some(), "{mixture}: {key} is missing");
        }
        assert_eq!(found["class"], class, "{mixture}");
        assert_eq!(found["theta"].is_null(), class == "trivial", "{mixture}");
        assert_eq!(found["level_energies"].is_null(), class != "pure", "{mixture}");
        assert_eq!(found["algorithmic_energy"].is_null(), class == "trivial", "{mixture}");
        assert!(found["theta_at_energy"].is_null() && found["critical_points"].is_null());
    }
}

#[test]
fn numbers_are_those_of_the_library() {
    let found =
        json("complexity --mixture 3:0.5,4:0.5 --dimension 5 --energy -1.69 --index 0 --json");
    assert_eq!(found["mixture"], serde_json::json!([[3, 0.5], [4, 0.5]]));
    for (key, value, digits) in [
        ("nu_prime", 3.5, 0.0),
        ("nu_second", 9.0, 0.0),
        ("q", 2.5714286, 5e-8),
        ("alpha_squared", 0.25, 1e-15),
        ("theta", 0.032230804, 5e-10),
        ("g", 0.05897408, 5e-9),
        ("threshold_energy", 1.6904762, 5e-8),
        ("edge_energy", 1.68, 1e-14),
        ("algorithmic_energy", 1.6995223, 5e-8),
        ("annealed_ground_state", 1.7330696, 5e-8),
        // 0.01 beyond E_edge: theta - 12.5/(2 alpha^2) 0.01^2, no eigenvalue leaving the bulk
        ("theta_at_energy", 0.032230804 - 0.0025, 5e-10),
    ] {
        let number = found[key].as_f64().unwrap();
        assert!((number - value).abs() <= digits, "{key} = {number}, expected {value}");
    }
    let points = &found["critical_points"];
    assert_eq!(points["dimension"], 5);
    let sum: f64 = points["by_index"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).sum();
    assert!((points["total"].as_f64().unwrap() / sum - 1.0).abs() < 1e-11);
}

/// Beyond quadrature there are standard errors, and a seed that changes the sample.
#[test]
fn larger_dimensions_are_sampled() {
    let of = |seed: u64| {
        json(&format!(
            "complexity --mixture 3:1 --dimension 20 --samples 2000 --seed {seed} --json"
        ))["critical_points"]
            .clone()
    };
    let found = of(1);
    assert!((found["total"].as_f64().unwrap() - 13842.22607).abs() < 5e-6);
    assert_eq!(found["by_index"].as_array().unwrap().len(), 20);
    let error = found["standard_error"][0].as_f64().unwrap();
    assert!(error > 0.0 && error < 0.1 * found["by_index"][0].as_f64().unwrap());
    assert_eq!(found, of(1));
    assert_ne!(found["by_index"], of(2)["by_index"]);
}

/// Near q = 0 minima hang on events that few samples hold; what the other indices leave of the total gives
/// them. Two critical points, a minimum and a maximum, are what a strong field leaves.
#[test]
fn minima_of_a_strong_field_are_found_by_few_samples() {
    let mixture = "--mixture 1:0.99833,3:0.00167 --dimension 40 --samples 500 --json";
    let run = hessian(&format!("complexity {mixture}")).success();
    let found: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let points = &found["critical_points"];
    assert!((points["total"].as_f64().unwrap() - 2.0).abs() < 1e-6);
    assert!((points["by_index"][0].as_f64().unwrap() - 1.0).abs() < 1e-6, "{points}");
    assert!(points["standard_error"][0].as_f64().unwrap() < 1e-6, "{points}");
}

/// A field alone, or with next to nothing beside it, leaves a minimum and a maximum at every dimension.
#[test]
fn a_linear_landscape_has_a_minimum_and_a_maximum() {
    for (mixture, dimension) in
        [("1:1", 2), ("1:1", 20), ("1:1,2:1e-30", 13), ("1:1,2:1e-50", 5), ("1:1,3:1e-6", 100)]
    {
        let run = format!("complexity --mixture {mixture} --dimension {dimension} --json");
        let run = hessian(&run).success();
        let found: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
        let counts = found["critical_points"]["by_index"].as_array().expect("numbers by index");
        assert_eq!(counts.len(), dimension);
        for (k, count) in counts.iter().enumerate() {
            let expected = f64::from(k == 0) + f64::from(k + 1 == dimension);
            assert!((count.as_f64().unwrap() - expected).abs() < 1e-12, "{mixture}: {counts:?}");
        }
    }
}

/// A total beyond the largest double has its logarithm, and everything else is there.
#[test]
fn a_total_beyond_doubles_has_its_logarithm() {
    let run = hessian("complexity --mixture 10001:1 --dimension 200 --json")
        .success()
        .stderr(contains("beyond the largest double"));
    let found: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let points = &found["critical_points"];
    assert!(points["total"].is_null() && points["by_index"].is_null());
    assert!((points["ln_total"].as_f64().unwrap() - 920.2360737673).abs() < 1e-6, "{points}");
    assert_eq!(found["q"], 10_000.0);
}

/// Weights whose sum is beyond doubles have shares; G at q = 1 is 0 and has no sign; half a term is none.
#[test]
fn mixtures_at_the_edge_of_doubles() {
    let json = |mixture: &str| -> Value {
        let run = hessian(&format!("complexity --mixture {mixture} --json")).success();
        serde_json::from_slice(&run.get_output().stdout).unwrap()
    };
    assert_eq!(json("3:1e308,4:1e308")["mixture"], serde_json::json!([[3, 0.5], [4, 0.5]]));
    let g = json("1:0.75,3:0.25")["g"].as_f64().unwrap();
    assert!(g == 0.0 && g.is_sign_positive());
    hessian("complexity --mixture 3:0.5,").code(2).stderr(contains("no colon"));
}

#[test]
fn weights_are_normalised_with_a_notice() {
    let run = hessian("complexity --mixture 3:2,4:2 --json").success().stderr(contains("sum to 4"));
    let found: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(found["mixture"], serde_json::json!([[3, 0.5], [4, 0.5]]));
    hessian("complexity --mixture 3:0.1,4:0.2,5:0.7 --json")
        .success()
        .stderr(contains("sum").not());
}

#[test]
fn the_depth_law_is_a_mixture() {
    let found = json("complexity --layers 10 --beta 0.5 --json");
    assert_eq!(found["mixture"].as_array().unwrap().len(), 10);
    assert!((found["theta"].as_f64().unwrap() - 0.057001433).abs() < 5e-10);
    assert!((found["algorithmic_energy"].as_f64().unwrap() - 1.7560851).abs() < 5e-8);
}

#[test]
fn people_read_levels_and_counts() {
    hessian("complexity --mixture 3:1 --dimension 6 --energy -1.65 --index 0")
        .success()
        .stdout(contains("class         pure").and(contains("E_4")).and(contains("theta_0(-1.65)")))
        .stdout(contains("index 5    4.41178106e0"));
}

#[test]
fn bad_values_are_refused_by_name() {
    let refused = |arguments: &str, name: &str| {
        hessian(format!("complexity {arguments}").trim()).code(2).stderr(contains(name));
    };
    refused("--mixture 3:-0.5", "-0.5");
    refused("--mixture 3:NaN", "NaN");
    refused("--mixture 3:inf", "inf");
    refused("--mixture 0:1", "r = 0");
    refused("--mixture ,", "empty mixture");
    refused("--mixture=", "empty mixture");
    refused("--mixture 3:0", "sum 0");
    refused("--mixture 2.5:1", "2.5");
    refused("--mixture 3:1,3:1", "r = 3 twice");
    refused("--mixture 3", "colon");
    refused("--mixture 3:1 --dimension 1", "found 1");
    refused("--mixture 3:1 --dimension -4", "-4");
    refused("--mixture 3:1 --dimension 100000", "100000");
    refused("--mixture 3:1 --energy NaN", "NaN");
    refused("--layers 10 --beta -1", "-1");
    refused("--layers 0 --beta 1", "found 0");
    refused("", "--layers P with --beta B");
}
