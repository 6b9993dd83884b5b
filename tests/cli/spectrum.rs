//! The verb `spectrum`, from outside: the cases of PyTorch, the methods, and what it refuses.

use std::path::{Path, PathBuf};
use std::process::Output;

use hessian::data::{NamedTensor, read_tensors, tensors_to_bytes};
use nalgebra::DMatrix;
use serde_json::Value;

pub fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/interop").join(name)
}

pub fn spectrum(case: &Path, out: &Path, more: &[&str]) -> Output {
    let file = |name: &str| case.join(name).into_os_string();
    assert_cmd::cargo::cargo_bin_cmd!("hessian")
        .arg("spectrum")
        .args(["--network".into(), file("network.toml")])
        .args(["--weights".into(), file("weights.safetensors")])
        .args(["--data".into(), file("data.safetensors")])
        .args(["--out".into(), out.as_os_str().to_owned()])
        .args(more)
        .output()
        .unwrap()
}

pub fn answer(case: &Path, more: &[&str]) -> (Value, tempfile::TempDir) {
    let out = tempfile::tempdir().unwrap();
    let run = spectrum(case, out.path(), more);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let bytes = std::fs::read(out.path().join("spectrum.json")).unwrap();
    (serde_json::from_slice(&bytes).unwrap(), out)
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Largest difference relative to the largest entry of the second.
fn distance(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let size = expected.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    found.iter().zip(expected).fold(0.0_f64, |a, (x, y)| a.max((x - y).abs())) / size
}

/// What PyTorch found by double backward in float64, read by the built binary; rounding at 1e-16 over
/// a few hundred operations stays below 1e-10.
#[test]
fn exact_spectra_are_those_of_pytorch() {
    for name in
        ["single-bn-batch", "single-bn-frozen", "conv-bn-running", "residual-projection-batch"]
    {
        let folder = case(name);
        let expected = std::fs::read(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let word = expected["normalization"].as_str().unwrap();
        let arguments = ["--normalization", word, "--method", "exact", "--matrix"];
        let (found, out) = answer(&folder, &arguments);
        for key in ["names", "normalization", "parameters"] {
            let wanted = match key {
                "parameters" => Value::from(numbers(&expected["gradient"]).len()),
                _ => expected[key].clone(),
            };
            assert_eq!(found[key], wanted, "{name}: {key}");
        }
        let close = |what: &str, found: f64, expected: f64, scale: f64| {
            assert!((found - expected).abs() < 1e-10 * scale, "{name}, {what}: {found} {expected}");
        };
        let number = |value: &Value| value.as_f64().unwrap();
        let frobenius = number(&expected["frobenius_squared"]);
        close("loss", number(&found["loss"]), number(&expected["loss"]), 1.0);
        let trace = &found["trace"];
        assert_eq!(trace["standard_error"], Value::Null);
        close("trace", number(&trace["value"]), number(&expected["trace"]), frobenius.sqrt());
        close("norm", number(&found["frobenius_squared"]["value"]), frobenius, frobenius);
        let eigenvalues = numbers(&expected["eigenvalues"]);
        assert!(distance(&numbers(&found["eigenvalues"]), &eigenvalues) < 1e-10, "{name}");
        assert_eq!(number(&found["products"]), eigenvalues.len() as f64);
        let top = &found["top"][0];
        close("top", number(&top["eigenvalue"]), eigenvalues[eigenvalues.len() - 1], 10.0);
        assert_eq!((number(&top["residual"]), &top["converged"]), (0.0, &Value::Bool(true)));

        let arrays = std::fs::read(out.path().join("arrays.safetensors")).unwrap();
        let arrays = read_tensors(&arrays, "arrays").unwrap();
        let array = |name: &str| arrays.iter().find(|tensor| tensor.name == name).unwrap();
        assert!(distance(&array("gradient").entries, &numbers(&expected["gradient"])) < 1e-10);
        let n = eigenvalues.len();
        assert_eq!(array("hessian").shape, [n, n]);
        let matrix = DMatrix::from_vec(n, n, array("hessian").entries.clone());
        let trace = number(&expected["trace"]);
        close("trace of the array", matrix.trace(), trace, frobenius.sqrt());
        let figure = std::fs::read_to_string(out.path().join("spectrum.svg")).unwrap();
        assert!(figure.contains("eigenvalue") && figure.contains("density"), "{figure}");
    }
}

#[test]
fn lanczos_finds_the_ends_of_the_exact_spectrum_in_either_precision() {
    let folder = case("single-bn-batch");
    let (exact, _out) = answer(&folder, &["--normalization", "batch", "--method", "exact"]);
    for (precision, tolerance) in [("f64", 1e-6), ("f32", 1e-4)] {
        let more = ["--normalization", "batch", "--method", "lanczos", "--precision", precision];
        let (found, _out) = answer(&folder, &more);
        assert_eq!(found["precision"], precision);
        for end in ["top", "bottom"] {
            let value = |list: &Value| -> Vec<f64> {
                let list = list[end].as_array().unwrap();
                list.iter().map(|pair| pair["eigenvalue"].as_f64().unwrap()).collect()
            };
            assert!(distance(&value(&found), &value(&exact)) < tolerance, "{precision}, {end}");
            for pair in found[end].as_array().unwrap() {
                assert_eq!(pair["converged"], true);
                let residual = pair["residual"].as_f64().unwrap();
                assert!(residual > 0.0 && residual < 1e-5, "{precision}: residual {residual}");
            }
        }
        assert_eq!(found["eigenvalues"], Value::Array(vec![]));
    }
}

/// The exact trace and norm lie within five standard errors: false-fail rate below 1e-3 per run of
/// random probes, and none here, since the probes are those of one seed.
#[test]
fn quadrature_gives_trace_and_norm_within_their_errors_on_any_number_of_threads() {
    let folder = case("single-bn-batch");
    let (exact, _out) = answer(&folder, &["--normalization", "batch", "--method", "exact"]);
    let more = ["--normalization", "batch", "--method", "slq", "--probes", "6", "--steps", "20"];
    let (one, _out) = answer(&folder, &[&more[..], &["--threads", "1"]].concat());
    let (two, _out) = answer(&folder, &[&more[..], &["--threads", "2"]].concat());
    for key in ["trace", "frobenius_squared", "density"] {
        assert_eq!(one[key], two[key], "{key}");
    }
    for key in ["trace", "frobenius_squared"] {
        let number = |value: &Value, part: &str| value[key][part].as_f64().unwrap();
        let miss = (number(&one, "value") - number(&exact, "value")).abs();
        let error = number(&one, "standard_error");
        assert!(error > 0.0 && miss < 5.0 * error, "{key}: off by {miss}, standard error {error}");
    }
    // one step is one node, which has no second moment: the norm is that of the same products
    let short = ["--normalization", "batch", "--method", "slq", "--probes", "6", "--steps", "1"];
    let (short, _out) = answer(&folder, &short);
    for part in ["value", "standard_error"] {
        assert_eq!(short["frobenius_squared"][part], one["frobenius_squared"][part]);
    }
    let weights = one["density"]["weights"].as_array().unwrap();
    assert_eq!((weights.len(), &one["products"]), (6, &Value::from(120)));
    for weights in weights {
        let weights = numbers(weights);
        assert_eq!(weights.len(), 20);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

/// A restricted spectrum is that of the submatrix.
#[test]
fn layers_choose_a_diagonal_block() {
    let folder = case("single-bn-batch");
    let more = ["--normalization", "batch", "--matrix"];
    let (whole, out) = answer(&folder, &more);
    let arrays = std::fs::read(out.path().join("arrays.safetensors")).unwrap();
    let arrays = read_tensors(&arrays, "arrays").unwrap();
    let matrix = arrays.iter().find(|tensor| tensor.name == "hessian").unwrap();
    let n = matrix.shape[0];
    let matrix = DMatrix::from_vec(n, n, matrix.entries.clone());
    // 0.weight [7, 5] and 0.bias [7], then 2.scale and 2.branch.0.weight [7, 7]
    assert_eq!(whole["names"][2], "2.scale");
    let block: Vec<usize> = (0..35).chain(42..43).collect();
    let small = matrix.select_rows(&block).select_columns(&block);
    let mut expected = small.symmetric_eigenvalues().as_slice().to_vec();
    expected.sort_by(f64::total_cmp);
    let chosen = [&more[..], &["--layers", "0.weight,2.scale"]].concat();
    let (found, _out) = answer(&folder, &chosen);
    assert_eq!(found["names"], serde_json::json!(["0.weight", "2.scale"]));
    assert!(distance(&numbers(&found["eigenvalues"]), &expected) < 1e-12);
    let (inside, _out) = answer(&folder, &["--normalization", "batch", "--layers", "2.branch.*"]);
    assert_eq!(inside["parameters"], 49 + 7 + 7);
}

/// H = G + (H - G), as traces; G is positive semidefinite.
#[test]
fn operators_add_up() {
    let folder = case("residual-projection-batch");
    let of = |operator: &str| {
        let more = ["--normalization", "batch", "--operator", operator, "--method", "exact"];
        let (found, _out) = answer(&folder, &more);
        (found["trace"]["value"].as_f64().unwrap(), numbers(&found["eigenvalues"])[0])
    };
    let (hessian, gauss_newton, residual) = (of("hessian"), of("gauss-newton"), of("residual"));
    assert!((hessian.0 - gauss_newton.0 - residual.0).abs() < 1e-10 * gauss_newton.0);
    assert!(gauss_newton.1 > -1e-10 && hessian.1 < -1e-6);
    assert_eq!(of("fisher"), gauss_newton);
}

/// Exit code 2, a message that holds these words, and no folder.
#[track_caller]
pub fn refused(folder: &Path, more: &[&str], words: &[&str]) {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let run = spectrum(folder, &out, more);
    let message = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{message}");
    for word in words {
        assert!(message.contains(word), "no `{word}` in {message}");
    }
    assert!(!out.exists(), "{} was made", out.display());
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let folder = case("single-bn-batch");
    refused(&folder, &[], &["--normalization batch", "frozen", "running"]);
    let batch = ["--normalization", "batch"];
    let with = |more: &[&'static str]| [&batch[..], more].concat();
    refused(&folder, &with(&["--layers", "0.wieght"]), &["0.wieght", "did you mean `0.weight`"]);
    refused(&folder, &with(&["--matrix", "--method", "slq"]), &["--matrix", "--method exact"]);
    refused(&folder, &with(&["--init", "1"]), &["--weights", "--init"]);
    refused(&folder, &with(&["--probes", "0"]), &["--probes"]);
}

/// A case with one file replaced.
pub fn changed(file: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = case("single-bn-batch");
    for name in ["network.toml", "weights.safetensors", "data.safetensors"] {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join(file), bytes).unwrap();
    folder
}

pub fn with_weights(change: impl FnOnce(&mut Vec<NamedTensor>)) -> tempfile::TempDir {
    let bytes = std::fs::read(case("single-bn-batch").join("weights.safetensors")).unwrap();
    let mut tensors = read_tensors(&bytes, "weights").unwrap();
    change(&mut tensors);
    changed("weights.safetensors", &tensors_to_bytes(&tensors).unwrap())
}

#[test]
fn weights_that_do_not_fit_are_refused_by_name() {
    let batch = ["--normalization", "batch"];
    let at = |tensors: &[NamedTensor], name: &str| {
        tensors.iter().position(|tensor| tensor.name == name).unwrap()
    };
    let nan = with_weights(|t| {
        let i = at(t, "2.scale");
        t[i].entries[0] = f64::NAN;
    });
    refused(nan.path(), &batch, &["2.scale", "NaN", "finite"]);
    let missing = with_weights(|t| drop(t.remove(at(t, "0.bias"))));
    refused(missing.path(), &batch, &["0.bias", "[7]", "missing"]);
    let extra = with_weights(|t| {
        t.push(NamedTensor { name: "9.weight".into(), shape: vec![1], entries: vec![0.0] });
    });
    refused(extra.path(), &batch, &["9.weight"]);
    let shape = with_weights(|t| {
        let i = at(t, "0.weight");
        t[i].shape.reverse();
    });
    refused(shape.path(), &batch, &["0.weight", "[7, 5]", "[5, 7]"]);
    refused(changed("weights.safetensors", b"no tensors").path(), &batch, &["safetensors"]);
    refused(changed("network.toml", b"input = ").path(), &batch, &["toml"]);
}

/// Images [5, 2, 5, 4] with channels last have as many numbers; floats for the hinge are signs.
#[test]
fn images_and_targets_that_do_not_fit_are_refused() {
    let frozen = ["--normalization", "frozen"];
    let from = case("conv-bn-frozen");
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    };
    ["network.toml", "weights.safetensors", "data.safetensors"].into_iter().for_each(copy);
    let text = std::fs::read_to_string(from.join("network.toml")).unwrap();
    std::fs::write(folder.path().join("network.toml"), text.replace("squared", "hinge")).unwrap();
    refused(folder.path(), &frozen, &["data.safetensors", "hinge", "-1 and 1"]);

    copy("network.toml");
    let bytes = std::fs::read(from.join("data.safetensors")).unwrap();
    let mut tensors = read_tensors(&bytes, "data").unwrap();
    let inputs = tensors.iter_mut().find(|tensor| tensor.name == "inputs").unwrap();
    assert_eq!(inputs.shape, [5, 2, 5, 4]);
    inputs.shape = vec![5, 5, 4, 2];
    let bytes = tensors_to_bytes(&tensors).unwrap();
    std::fs::write(folder.path().join("data.safetensors"), bytes).unwrap();
    refused(folder.path(), &frozen, &["`inputs`", "[5, 4, 2]", "[2, 5, 4]"]);
}

/// 60,000 parameters as a whole matrix: told before any work, with the bytes.
#[test]
fn a_matrix_that_does_not_fit_is_refused_with_its_bytes() {
    let folder = changed(
        "network.toml",
        br#"
input = 5
loss = "cross_entropy"
layers = [{ kind = "linear", out = 20000 }, { kind = "tanh" }, { kind = "linear", out = 10 }]
"#,
    );
    let file = |name: &str| folder.path().join(name).into_os_string();
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let run = assert_cmd::cargo::cargo_bin_cmd!("hessian")
        .args(["spectrum", "--init", "1", "--method", "exact", "--network"])
        .args([file("network.toml"), "--data".into(), file("data.safetensors")])
        .args(["--out".into(), out.clone().into_os_string()])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{message}");
    // 3 n^2 + 4 n 64 doubles at n = 5 * 20000 + 20000 + 10 * 20000 + 10
    let n: u64 = 320_010;
    assert!(message.contains(&(8 * (3 * n * n + 256 * n)).to_string()), "{message}");
    assert!(!out.exists());
}
