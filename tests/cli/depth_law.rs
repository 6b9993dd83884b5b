//! The calculator of the depth law, as a program calls it.

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

fn hessian(arguments: &str) -> assert_cmd::assert::Assert {
    Command::cargo_bin("hessian").unwrap().args(arguments.split(' ')).assert()
}

fn json(arguments: &str) -> Value {
    serde_json::from_slice(&hessian(arguments).success().get_output().stdout).unwrap()
}

/// The numbers of Fig. 1(b) of the paper, to the digits that its exact sums are printed with.
#[test]
fn series_prints_every_key_of_the_contract() {
    let law = json("depth-law --layers 100 --beta 0.5 --json");
    assert_eq!(law["layers"], 100);
    assert_eq!(law["argmax"], serde_json::json!([34]));
    assert_eq!(law["epsilon"].as_array().unwrap().len(), 100);
    let expected = [
        ("beta", 0.5, 0.0),
        ("mean", 33.916190, 5e-7),
        ("sd", 3.32505, 5e-6),
        ("nu_prime", 33.916190, 5e-7),
        ("nu_second", 1127.4477, 5e-5),
        ("q", 33.242168, 5e-7),
        ("alpha_squared", 11.055955, 5e-7),
        ("theta", 0.81031712, 5e-9),
    ];
    for (key, value, digits) in expected {
        let found = law[key].as_f64().unwrap();
        assert!((found - value).abs() <= digits, "{key} = {found}, expected {value}");
    }
}

#[test]
fn ties_depth_and_trivial_landscapes_are_said() {
    assert_eq!(
        json("depth-law --layers 100 --beta 0.25 --json")["argmax"],
        serde_json::json!([20, 21])
    );
    let deep = json("depth-law --layers 100000 --beta 0.5 --json");
    assert_eq!(deep["argmax"], serde_json::json!([33334]));
    let sum: f64 =
        deep["epsilon"].as_array().unwrap().iter().map(|e| e.as_f64().unwrap().powi(2)).sum();
    assert!((sum - 1.0).abs() < 1e-9, "sum of squares {sum}");
    assert_eq!(json("depth-law --layers 10 --beta 0.05 --json")["theta"], Value::Null);
}

/// Two fair blocks: lengths 0, 1, 2 with probabilities 1/4, 1/2, 1/4.
#[test]
fn gains_print_the_poisson_binomial_law() {
    let law = json("depth-law --gains 1,1 --json");
    assert_eq!(law["probability"], serde_json::json!([0.25, 0.5, 0.25]));
    assert_eq!(law["mean"], 1.0);
    assert!((law["sd"].as_f64().unwrap() - 0.5_f64.sqrt()).abs() < 1e-15);
}

#[test]
fn bad_values_are_refused_by_name() {
    hessian("depth-law --layers 0 --beta 0.5").code(2).stderr(contains("found 0"));
    hessian("depth-law --layers 10 --beta -1").code(2).stderr(contains("beta"));
    hessian("depth-law --layers 10 --beta NaN").code(2).stderr(contains("beta"));
    hessian("depth-law --gains 1,-2").code(2).stderr(contains("-2"));
    hessian("depth-law --layers 10").code(2).stderr(contains("--beta"));
    hessian("depth-law").code(2).stderr(contains("--layers <P>|--gains <A,B,...>"));
    hessian("depth-law --layers 3 --beta 1 --gains 1").code(2).stderr(contains("--gains"));
}
