//! The constants of the landscape against the intervals that the proof assistant certifies.

use hessian::spinglass::{Mixture, level_energy, theta, threshold_energy};

#[test]
fn constants_lie_in_their_certified_enclosures() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/proofs/constants.toml");
    let table: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let mut seen = std::collections::BTreeMap::new();
    for constant in table["constant"].as_array().unwrap() {
        let name = constant["name"].as_str().unwrap();
        let symbol = constant["symbol"].as_str().unwrap();
        let number = |key: &str| constant[key].as_str().unwrap().parse::<f64>().unwrap();
        let p = usize::try_from(constant["p"].as_integer().unwrap()).unwrap();
        let mixture = Mixture::pure(p).unwrap();
        let value = match symbol {
            "E_inf" => threshold_energy(&mixture),
            "E_k" => {
                let index = constant["k"].as_integer().unwrap();
                level_energy(&mixture, usize::try_from(index).unwrap())
            }
            "complexity" => theta(&mixture),
            // other constants are not of the landscape
            _ => continue,
        };
        let value = value.unwrap();
        let (low, high) = (number("lo"), number("hi"));
        assert!(low < value && value < high, "{name}: {value} is not between {low} and {high}");
        *seen.entry(symbol.to_owned()).or_insert(0) += 1;
    }
    for symbol in ["E_inf", "E_k", "complexity"] {
        assert!(seen.get(symbol).is_some_and(|count| *count >= 6), "{symbol}: {seen:?}");
    }
}
