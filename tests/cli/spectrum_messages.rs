//! What the verb `spectrum` says about files that do not fit: the mistake itself, not its consequence.

use std::path::Path;

use hessian::data::NamedTensor;

use crate::spectrum::{case, changed, refused, with_weights};

const BATCH: [&str; 2] = ["--normalization", "batch"];

fn description_with(from: &str, to: &str) -> tempfile::TempDir {
    let text = std::fs::read_to_string(case("single-bn-batch").join("network.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    changed("network.toml", text.replacen(from, to, 1).as_bytes())
}

/// A misspelt key leaves a needed one missing; the message is about the misspelling.
#[test]
fn unknown_keys_are_named_before_missing_ones() {
    for (from, to, words) in [
        ("out = 7", "outt = 7", ["layers[0]", "key `outt`", "did you mean `out`"]),
        ("out = 7", "units = 7", ["layers[0]", "key `units`", "did you mean `out`"]),
        ("kind = \"linear\"", "knid = \"linear\"", ["layers[0]", "`knid`", "`kind`"]),
        ("branch = ", "brnach = ", ["layers[2]", "key `brnach`", "did you mean `branch`"]),
        ("loss", "los", ["network", "key `los`", "did you mean `loss`"]),
        ("input", "inputs", ["network", "key `inputs`", "did you mean `input`"]),
        ("out = 7", "bias = true", ["layers[0]", "`out`", "found nothing"]),
    ] {
        refused(description_with(from, to).path(), &BATCH, &words);
    }
}

fn renamed(name: impl Fn(&str) -> String) -> tempfile::TempDir {
    with_weights(|tensors| tensors.iter_mut().for_each(|tensor| tensor.name = name(&tensor.name)))
}

/// A tensor is rarely absent: it goes by another name.
#[test]
fn a_missing_tensor_is_looked_for_under_other_names() {
    let wrapped = renamed(|name| format!("module.{name}"));
    let words = ["`0.weight` of shape [7, 5] is missing", "begin with `module.`"];
    refused(wrapped.path(), &BATCH, &words);
    let misspelt = renamed(|name| name.replace("2.branch.0.weight", "2.branch.0.wieght"));
    let words = ["`2.branch.0.weight` of shape [7, 7]", "found `2.branch.0.wieght`", "rename"];
    refused(misspelt.path(), &BATCH, &words);
    let few = with_weights(|tensors| tensors.truncate(3));
    refused(few.path(), &BATCH, &["of shape", "is missing", "found 3 tensors", "state_dict"]);
    let half = with_weights(|tensors| tensors.retain(|t| t.name != "2.branch.1.running_var"));
    let words = ["`2.branch.1.running_var` of shape [7] is missing", "`2.branch.1.running_mean`"];
    refused(half.path(), &BATCH, &words);
    let more = with_weights(|tensors| {
        let (name, shape) = ("9.weight".to_owned(), vec![1]);
        tensors.push(NamedTensor { name, shape, entries: vec![0.0] });
    });
    refused(more.path(), &BATCH, &["`9.weight`", "none of the network's", "remove"]);
}

#[test]
fn files_of_other_programs_are_told_how_to_be_saved() {
    let pickled = changed("weights.safetensors", b"PK\x03\x04 as torch.save begins its files");
    let words = ["not a whole safetensors file", "safetensors.torch.save_file"];
    refused(pickled.path(), &BATCH, &words);
}

#[test]
fn absent_weights_are_told_of_both_ways_to_give_them() {
    let (folder, parent) = (case("single-bn-batch"), tempfile::tempdir().unwrap());
    let run = assert_cmd::cargo::cargo_bin_cmd!("hessian")
        .args(["spectrum", "--normalization", "batch", "--network"])
        .arg(folder.join("network.toml"))
        .arg("--data")
        .arg(folder.join("data.safetensors"))
        .arg("--out")
        .arg(parent.path().join("out"))
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{message}");
    assert!(message.contains("--weights FILE") && message.contains("--init SEED"), "{message}");
    assert!(!Path::new(&parent.path().join("out")).exists());
}
