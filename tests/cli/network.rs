//! The verb that writes network descriptions, and the files under sims/networks/ that it wrote.

use assert_cmd::Command;
use hessian::network::{Description, Program};
use predicates::str::contains;
use serde_json::Value;

fn hessian(arguments: &str) -> assert_cmd::assert::Assert {
    Command::cargo_bin("hessian").unwrap().args(arguments.split(' ')).assert()
}

#[test]
fn shipped_descriptions_are_what_the_verb_prints() {
    for version in ["v1", "v2"] {
        for shortcut in ["a", "b"] {
            let path = format!(
                "{}/sims/networks/resnet20-{version}-{shortcut}.toml",
                env!("CARGO_MANIFEST_DIR")
            );
            let text = std::fs::read_to_string(&path).unwrap();
            let printed = hessian(&format!("network resnet-{version} --shortcut {shortcut}"));
            printed.success().stdout(text.clone());
            let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
            assert_eq!((program.widths[0], program.outputs()), (256, 10));
            assert_eq!(program.blocks.len(), 9);
        }
    }
}

#[test]
fn the_document_counts_layers_and_parameters() {
    let output = hessian(
        "network resnet-v2 --blocks 2 --width 4 --input 3,8,8 --classes 5 --shortcut b --json",
    );
    let found: Value = serde_json::from_slice(&output.success().get_output().stdout).unwrap();
    let description = Description::from_toml(found["toml"].as_str().unwrap()).unwrap();
    let parameters = Program::new(&description).unwrap().parameters();
    assert_eq!((&found["depth"], &found["parameters"]), (&14.into(), &parameters.into()));
}

#[test]
fn numbers_that_make_no_network_are_refused() {
    for (arguments, words) in [
        ("--blocks 0", "found 0 blocks"),
        ("--input 3,32", "--input C,H,W"),
        ("--input 1,0,5", "[1, 0, 5]"),
        ("--width 99999999", "99999999 channels"),
        ("--blocks 99999999999", "99999999999 blocks"),
    ] {
        let refused = hessian(&format!("network resnet-v1 {arguments}"));
        refused.code(2).stderr(contains(words)).stdout("");
    }
}
