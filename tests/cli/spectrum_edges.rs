//! The verb `spectrum` at the edges of what it takes, and beyond them.

use std::path::Path;

use hessian::data::{NamedTensor, read_tensors, tensors_to_bytes};
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::Value;

use crate::spectrum::{answer, case, changed, numbers, refused, with_weights};

/// A case made here: description, weights by name and shape, inputs by sample, targets.
fn made(
    network: &str,
    weights: &[(&str, &[usize], &[f64])],
    inputs: (&[usize], &[f64]),
    targets: Target,
) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("network.toml", network.as_bytes());
    let tensors: Vec<NamedTensor> = weights
        .iter()
        .map(|(name, shape, entries)| NamedTensor {
            name: (*name).to_owned(),
            shape: shape.to_vec(),
            entries: entries.to_vec(),
        })
        .collect();
    put("weights.safetensors", &tensors_to_bytes(&tensors).unwrap());
    let floats =
        |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let (dtype, shape, bytes) = match targets {
        Target::Classes(labels) => {
            let bytes = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
            (Dtype::I64, vec![labels.len()], bytes)
        }
        Target::Values(shape, values) => (Dtype::F64, shape.to_vec(), floats(values)),
    };
    let inputs_bytes = floats(inputs.1);
    let views = [
        ("inputs", TensorView::new(Dtype::F64, inputs.0.to_vec(), &inputs_bytes).unwrap()),
        ("targets", TensorView::new(dtype, shape, &bytes).unwrap()),
    ];
    put("data.safetensors", &serialize(views, None).unwrap());
    folder
}

enum Target<'a> {
    Classes(&'a [i64]),
    Values(&'a [usize], &'a [f64]),
}

const METHODS: [&str; 3] = ["exact", "lanczos", "slq"];

/// 1/2 mean (w x - y)^2: the Hessian is the number mean x^2.
#[test]
fn one_parameter_has_one_eigenvalue() {
    let folder = made(
        "input = 1\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 1, bias = false }]",
        &[("0.weight", &[1, 1], &[0.5])],
        (&[4, 1], &[1.0, 2.0, -1.0, 0.5]),
        Target::Values(&[4, 1], &[0.0, 1.0, 1.0, 0.0]),
    );
    let second = (1.0 + 4.0 + 1.0 + 0.25) / 4.0;
    for method in METHODS {
        let (found, _out) = answer(folder.path(), &["--method", method]);
        let close = |value: &Value| {
            let value = value.as_f64().unwrap();
            assert!((value - second).abs() < 1e-14, "{method}: {value}");
        };
        assert_eq!((&found["parameters"], &found["normalization"]), (&1.into(), &Value::Null));
        close(&found["trace"]["value"]);
        match method {
            "slq" => close(&found["density"]["nodes"][0][0]),
            _ => {
                close(&found["top"][0]["eigenvalue"]);
                close(&found["bottom"][0]["eigenvalue"]);
                assert_eq!(found["top"].as_array().unwrap().len(), 1);
            }
        }
    }
}

/// PyTorch's softplus is the identity above 20: half of (w x)^2 has the second derivative x^2 there. Below,
/// ln(1 + e^-z) and the slope count.
#[test]
fn softplus_is_the_identity_above_20() {
    for x in [19.5_f64, 20.5] {
        let folder = made(
            "input = 1\nloss = \"squared\"\n\
             layers = [{ kind = \"linear\", out = 1, bias = false }, { kind = \"softplus\" }]",
            &[("0.weight", &[1, 1], &[1.0])],
            (&[1, 1], &[x]),
            Target::Values(&[1, 1], &[0.0]),
        );
        let (found, _out) = answer(folder.path(), &["--method", "exact"]);
        let tail = if x > 20.0 { 0.0 } else { (-x).exp() };
        // to first order in the tail: y = x + tail, y' = 1 - tail, y'' = tail
        let (loss, second) = (0.5 * x * x + x * tail, x * x * (1.0 - 2.0 * tail + x * tail));
        for (key, found, expected) in
            [("loss", &found["loss"], loss), ("trace", &found["trace"]["value"], second)]
        {
            let relative = found.as_f64().unwrap() / expected - 1.0;
            assert!(relative.abs() < 1e-14, "{key} at {x}: {relative}");
        }
    }
}

/// A ReLU that is off for every sample: the loss does not depend on the weights around.
#[test]
fn a_hessian_of_zero_is_zero_by_every_method() {
    let folder = made(
        "input = 2\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 30 }, { kind = \"relu\" }]",
        &[("0.weight", &[30, 2], &[0.0; 60]), ("0.bias", &[30], &[-1.0; 30])],
        (&[3, 2], &[1.0, 2.0, -1.0, 0.5, 0.0, 1.0]),
        Target::Values(&[3, 30], &[1.0; 90]),
    );
    for method in METHODS {
        let (found, out) = answer(folder.path(), &["--method", method]);
        assert_eq!((&found["loss"], &found["gradient_norm"]), (&15.0.into(), &0.0.into()));
        for key in ["trace", "frobenius_squared"] {
            assert_eq!(found[key]["value"], 0.0, "{method}: {key}");
        }
        let zeros = |list: &Value| assert!(numbers(list).iter().all(|x| *x == 0.0), "{method}");
        zeros(&found["eigenvalues"]);
        for nodes in found["density"]["nodes"].as_array().unwrap() {
            zeros(nodes);
        }
        for pair in found["top"].as_array().unwrap() {
            assert_eq!((&pair["eigenvalue"], &pair["converged"]), (&0.0.into(), &true.into()));
        }
        let figure = std::fs::read_to_string(out.path().join("spectrum.svg")).unwrap();
        assert!(figure.contains("</svg>") && !figure.contains("NaN"));
    }
}

const NORMED: &str = "input = 2\nloss = \"cross_entropy\"\n\
                      layers = [{ kind = \"batch_norm\" }, { kind = \"linear\", out = 2 }]";

fn normed(samples: usize, labels: &[i64]) -> tempfile::TempDir {
    scaled(1.0, samples, labels)
}

fn scaled(scale: f64, samples: usize, labels: &[i64]) -> tempfile::TempDir {
    let inputs: Vec<f64> = (0..2 * samples).map(|i| scale * (i as f64).sin()).collect();
    made(
        NORMED,
        &[
            ("0.weight", &[2], &[1.0, 1.0]),
            ("0.bias", &[2], &[0.0, 0.0]),
            ("1.weight", &[2, 2], &[1.0, -1.0, 0.5, 2.0]),
            ("1.bias", &[2], &[0.0, 0.0]),
        ],
        (&[samples, 2], &inputs),
        Target::Classes(labels),
    )
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let one = normed(1, &[0]);
    refused(one.path(), &["--normalization", "batch"], &["batch", "at least 2"]);
    refused(one.path(), &["--normalization", "frozen"], &["frozen", "at least 2"]);
    let high = normed(3, &[0, 2, 1]);
    refused(
        high.path(),
        &["--normalization", "batch"],
        &["targets", "[1]", "class 2", "2 outputs"],
    );
    let negative = normed(3, &[0, 1, -1]);
    refused(negative.path(), &["--normalization", "batch"], &["targets", "[2]", "-1"]);
    // running averages are part of the function: without them it is not the user's
    let three = normed(3, &[0, 1, 1]);
    refused(three.path(), &["--normalization", "running"], &["0.running_mean", "[2]", "missing"]);
    let nothing =
        changed("network.toml", b"input = 5\nloss = \"squared\"\nlayers = [{ kind = \"relu\" }]");
    refused(nothing.path(), &[], &["no parameter"]);
    let values = made(
        "input = 1\nloss = \"cross_entropy\"\nlayers = [{ kind = \"linear\", out = 2 }]",
        &[("0.weight", &[2, 1], &[1.0, 2.0]), ("0.bias", &[2], &[0.0, 0.0])],
        (&[2, 1], &[1.0, 2.0]),
        Target::Values(&[2, 2], &[1.0; 4]),
    );
    refused(values.path(), &[], &["targets", "floats", "classes"]);
}

/// Squares beyond the largest number would make every normalised value 0, and the answer that of
/// another function; below it the scale of the data does not matter to a batch norm.
#[test]
fn variances_that_overflow_are_refused() {
    let labels = [0, 1, 1];
    for kind in ["batch", "frozen"] {
        let huge = scaled(1e200, 3, &labels);
        refused(huge.path(), &["--normalization", kind], &["`0`", "feature 0", "overflows"]);
        let loss = |scale: f64| {
            let (found, _out) =
                answer(scaled(scale, 3, &labels).path(), &["--normalization", kind]);
            found["loss"].as_f64().unwrap()
        };
        assert!((loss(1e100) - loss(1e10)).abs() < 1e-12);
    }
}

/// Numbers beyond the range are told by their cause: which feature, or which precision.
#[test]
fn losses_that_are_not_finite_are_told_by_their_cause() {
    let network = NORMED.replace("\"batch_norm\"", "\"batch_norm\", eps = 0.0");
    let constant = |network: &str, weight: f64| {
        made(
            network,
            &[
                ("0.weight", &[2], &[1.0, 1.0]),
                ("0.bias", &[2], &[0.0, 0.0]),
                ("1.weight", &[2, 2], &[weight, -weight, weight, weight]),
                ("1.bias", &[2], &[0.0, 0.0]),
            ],
            (&[3, 2], &[0.5, 2.0, 1.5, 2.0, -1.0, 2.0]),
            Target::Classes(&[0, 1, 1]),
        )
    };
    let without = constant(&network, 1.0);
    let words = ["network.toml", "batch norm `0`", "feature 1", "no variance", "eps"];
    refused(without.path(), &["--normalization", "batch"], &words);
    refused(without.path(), &["--normalization", "frozen"], &words);
    let large = constant(NORMED, 3e38);
    let single = ["--normalization", "batch", "--precision", "f32"];
    refused(large.path(), &single, &["finite loss", "--precision f64"]);
    answer(large.path(), &["--normalization", "batch"]);
}

/// A number that single precision turns into infinity is told by its place: behind a tanh the loss would be
/// finite all the same.
#[test]
fn numbers_beyond_single_precision_are_refused_by_name() {
    let network = "input = 2\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 1 }, \
                   { kind = \"tanh\" }]";
    let with = |weight: f64, input: f64, target: f64| {
        made(
            network,
            &[("0.weight", &[1, 2], &[1.0, weight]), ("0.bias", &[1], &[0.0])],
            (&[3, 2], &[0.5, 2.0, 1.5, 2.0, -1.0, input]),
            Target::Values(&[3, 1], &[0.0, target, 1.0]),
        )
    };
    for (folder, words) in [
        (with(-1e39, 2.0, 1.0), ["tensor `0.weight`", "-1e39", "entry 1", "--precision f64"]),
        (with(1.0, 1e40, 1.0), ["`inputs`", "1e40", "sample 2, feature 1", "--precision f64"]),
        (with(1.0, 2.0, 1e41), ["`targets`", "1e41", "sample 1, feature 0", "--precision f64"]),
    ] {
        refused(folder.path(), &["--precision", "f32"], &words);
        answer(folder.path(), &[]);
    }
}

/// One probe has no spread: the trace says so instead of looking exact.
#[test]
fn a_single_probe_has_no_standard_error() {
    let folder = normed(5, &[0, 1, 1, 0, 1]);
    let out = tempfile::tempdir().unwrap();
    let more = ["--normalization", "batch", "--method", "slq", "--probes", "1"];
    let run = crate::spectrum::spectrum(folder.path(), out.path(), &more);
    assert!(String::from_utf8(run.stdout).unwrap().contains("one probe, without a standard error"));
    let (found, _out) = answer(folder.path(), &more);
    assert_eq!(found["trace"]["standard_error"], Value::Null);
}

#[test]
fn variances_below_zero_are_refused() {
    let negative = with_weights(|tensors| {
        let at = tensors.iter().position(|t| t.name == "2.branch.1.running_var").unwrap();
        tensors[at].entries[3] = -0.25;
    });
    let words = ["2.branch.1.running_var", "-0.25", "entry 3"];
    refused(negative.path(), &["--normalization", "running"], &words);
}

/// Types that PyTorch saves without being asked: refused with the name of the tensor and the type.
#[test]
fn tensors_that_are_no_floats_are_refused_by_name() {
    for (dtype, size, word) in
        [(Dtype::I64, 8, "I64"), (Dtype::F16, 2, "F16"), (Dtype::BF16, 2, "BF16")]
    {
        let folder = with_raw(|all| {
            let bias = all.iter_mut().find(|(name, ..)| name == "0.bias").unwrap();
            let entries = bias.2.iter().product::<usize>();
            (bias.1, bias.3) = (dtype, vec![0; size * entries]);
        });
        let words = ["0.bias", word, "F64 or F32"];
        refused(folder.path(), &["--normalization", "batch"], &words);
    }
}

/// PyTorch counts the batches of a batch norm beside its statistics; a count of no layer is too much.
#[test]
fn counts_of_batches_are_skipped_beside_their_layer_only() {
    let count =
        |layer: &str| (format!("{layer}.num_batches_tracked"), Dtype::I64, vec![], vec![7; 8]);
    let beside = with_raw(|all| all.push(count("2.branch.1")));
    let normalization = ["--normalization", "batch"];
    answer(beside.path(), &normalization);
    let alone = with_raw(|all| all.push(count("9")));
    let words = ["`9.num_batches_tracked`", "I64", "remove it"];
    refused(alone.path(), &normalization, &words);
}

/// A tensor as it lies in a file: name, type, shape, bytes.
type Raw = (String, Dtype, Vec<usize>, Vec<u8>);

/// A case whose weights were changed as they lie in the file.
fn with_raw(change: impl Fn(&mut Vec<Raw>)) -> tempfile::TempDir {
    let bytes = std::fs::read(case("single-bn-batch").join("weights.safetensors")).unwrap();
    let tensors = read_tensors(&bytes, "weights").unwrap();
    let raw = |tensor: &NamedTensor| {
        let bytes = tensor.entries.iter().flat_map(|x| x.to_le_bytes()).collect();
        (tensor.name.clone(), Dtype::F64, tensor.shape.clone(), bytes)
    };
    let mut all: Vec<Raw> = tensors.iter().map(raw).collect();
    change(&mut all);
    let views = all.iter().map(|(name, dtype, shape, bytes)| {
        (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    changed("weights.safetensors", &serialize(views, None).unwrap())
}

/// An output folder that cannot be made is told before the work, and so is a file in its place.
#[test]
fn an_output_folder_that_cannot_be_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    std::fs::write(&file, "here").unwrap();
    for out in [file.clone(), file.join("below")] {
        let run = crate::spectrum::spectrum(
            &case("single-bn-batch"),
            Path::new(&out),
            &["--normalization", "batch"],
        );
        assert_eq!(run.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&run.stderr).contains("file"));
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "here");
}

/// The residual of each pair bounds its distance to the spectrum, at both ends, for every operator.
#[test]
fn operators_agree_by_lanczos_and_by_the_matrix() {
    for operator in ["hessian", "gauss_newton", "residual"] {
        let common =
            ["--normalization", "batch", "--operator", operator, "--probes", "40", "--method"];
        let folder = case("single-bn-batch");
        let (exact, _out) = answer(&folder, &[&common[..], &["exact"]].concat());
        let (found, _out) = answer(&folder, &[&common[..], &["lanczos"]].concat());
        assert_eq!(found["operator"], operator);
        let values = numbers(&exact["eigenvalues"]);
        for pair in
            found["top"].as_array().unwrap().iter().chain(found["bottom"].as_array().unwrap())
        {
            let (value, residual) =
                (pair["eigenvalue"].as_f64().unwrap(), pair["residual"].as_f64().unwrap());
            let off = values.iter().map(|v| (v - value).abs()).fold(f64::INFINITY, f64::min);
            assert!(off <= residual + 1e-12, "{operator}: {value} is {off} off, said {residual}");
        }
        let number = |value: &Value, part: &str| value["trace"][part].as_f64();
        let miss = (number(&found, "value").unwrap() - number(&exact, "value").unwrap()).abs();
        // Student's t on 39 degrees of freedom lies beyond 8 with probability 1e-9
        assert!(miss < 8.0 * number(&found, "standard_error").unwrap(), "{operator}: {miss}");
    }
}

/// A folder that has the name of one of the files: nothing of the other files may be left beside it.
#[test]
fn a_folder_in_a_files_place_is_refused_before_any_file_appears() {
    for name in ["spectrum.json", "spectrum.svg", "arrays.safetensors"] {
        let out = tempfile::tempdir().unwrap();
        std::fs::create_dir(out.path().join(name)).unwrap();
        let arguments = ["--normalization", "batch", "--method", "exact"];
        let run = crate::spectrum::spectrum(&case("single-bn-batch"), out.path(), &arguments);
        let message = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{message}");
        assert!(message.contains(name) && message.contains("remove the folder"), "{message}");
        let left: Vec<_> =
            std::fs::read_dir(out.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [name], "{message}");
    }
}

/// Squares of 1e160 and of 1e-200 are not numbers: refused by every method, and not taken for zero.
#[test]
fn entries_whose_squares_are_no_numbers_are_not_lost() {
    let last = |factor: f64| {
        with_weights(|tensors| {
            let weight = tensors.iter_mut().find(|tensor| tensor.name == "6.weight").unwrap();
            weight.entries.iter_mut().for_each(|w| *w *= factor);
        })
    };
    for method in METHODS {
        let arguments = ["--normalization", "batch", "--method", method];
        refused(last(1e160).path(), &arguments, &["not finite"]);
    }
    let arguments = ["--normalization", "batch", "--method", "exact", "--layers", "0.weight"];
    let (found, out) = answer(last(1e-200).path(), &arguments);
    let arrays =
        read_tensors(&std::fs::read(out.path().join("arrays.safetensors")).unwrap(), "arrays");
    let arrays = arrays.unwrap();
    let gradient = &arrays.iter().find(|tensor| tensor.name == "gradient").unwrap().entries;
    let largest = gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
    assert!(largest > 0.0 && largest * largest == 0.0, "{largest} does not test it");
    let norm = found["gradient_norm"].as_f64().unwrap();
    assert!(
        norm >= largest && norm <= largest * (gradient.len() as f64).sqrt(),
        "{norm}, {largest}"
    );
}

/// The Hessian of a linear regression with three outputs holds every eigenvalue three times; both methods
/// list them as often. An eigenvalue listed once or twice would move the tenth by a twentieth at least.
#[test]
fn lanczos_lists_multiple_eigenvalues_as_often_as_they_are() {
    let network = "input = 30\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 3 }]";
    let weights: [(&str, &[usize], &[f64]); 2] =
        [("0.weight", &[3, 30], &[0.1; 90]), ("0.bias", &[3], &[0.0; 3])];
    let inputs: Vec<f64> = (0..40 * 30).map(|i| f64::from(i * i % 101) / 50.0 - 1.0).collect();
    let targets: Vec<f64> = (0..40 * 3).map(|i| f64::from(i % 7)).collect();
    let folder = made(network, &weights, (&[40, 30], &inputs), Target::Values(&[40, 3], &targets));
    let (exact, _out) = answer(folder.path(), &["--method", "exact"]);
    let (found, _out) = answer(folder.path(), &["--method", "lanczos"]);
    for end in ["top", "bottom"] {
        let values = |answer: &Value| -> Vec<f64> {
            let pairs = answer[end].as_array().unwrap();
            pairs.iter().map(|pair| pair["eigenvalue"].as_f64().unwrap()).collect()
        };
        let (exact, found) = (values(&exact), values(&found));
        assert_eq!((exact.len(), found.len()), (10, 10));
        assert!((exact[0] - exact[2]).abs() < 1e-12 && (exact[0] - exact[9]).abs() > 0.01);
        for (e, f) in exact.iter().zip(&found) {
            assert!((e - f).abs() < 1e-5, "{end}: {found:?}, exactly {exact:?}");
        }
    }
}

/// One linear unit of as many inputs as parameters.
#[cfg(unix)]
fn of_dimension(inputs: usize) -> tempfile::TempDir {
    let network = format!(
        "input = {inputs}\nloss = \"squared\"\nlayers = [{{ kind = \"linear\", out = 1, bias = false }}]"
    );
    let ones = vec![1.0; inputs];
    made(
        &network,
        &[("0.weight", &[1, inputs], &ones)],
        (&[1, inputs], &ones),
        Target::Values(&[1, 1], &[1.0]),
    )
}

/// A signal that comes while files are written waits until they are whole: all of them, or none, and nothing
/// beside them.
#[cfg(unix)]
#[test]
fn a_signal_leaves_all_files_or_none() {
    let folder = of_dimension(1500);
    for signal in ["-TERM", "-INT", "-HUP"] {
        let out = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).into_os_string();
        let run = std::process::Command::new(assert_cmd::cargo::cargo_bin!("hessian"))
            .args(["spectrum", "--method", "exact", "--matrix", "--quiet"])
            .args(["--network".into(), file("network.toml")])
            .args(["--weights".into(), file("weights.safetensors")])
            .args(["--data".into(), file("data.safetensors")])
            .args(["--out".into(), out.path().as_os_str().to_owned()])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let names = || -> Vec<String> {
            let entries = std::fs::read_dir(out.path()).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        // the probe that asks whether the folder can be written to has no ending
        let begun = std::time::Instant::now();
        while !names().iter().any(|name| name.contains('.') && name.ends_with(".safetensors")) {
            assert!(begun.elapsed().as_secs() < 120, "no file in two minutes");
        }
        let sent =
            std::process::Command::new("kill").args([signal, &run.id().to_string()]).status();
        assert!(sent.unwrap().success());
        let ended = run.wait_with_output().unwrap();
        let message = String::from_utf8_lossy(&ended.stderr).into_owned();
        let mut names = names();
        names.sort();
        assert_eq!(names, ["arrays.safetensors", "spectrum.json", "spectrum.svg"], "{message}");
        match ended.status.code() {
            Some(0) => {}
            Some(130) => assert!(message.contains("interrupted"), "{message}"),
            other => panic!("{other:?}: {message}"),
        }
    }
}

/// A limit of the address space is met before the work, by a refusal: beyond it the process would be aborted.
#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_the_address_space_counts() {
    let folder = of_dimension(6000);
    // three matrices of 288 MB
    let run = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 800000; exec \"$@\"", "sh"])
        .arg(assert_cmd::cargo::cargo_bin!("hessian"))
        .args("spectrum --method exact --threads 1 --network network.toml".split(' '))
        .args("--weights weights.safetensors --data data.safetensors --out out".split(' '))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{message}");
    assert!(message.contains("6000 x 6000") && message.contains("lanczos"), "{message}");
    assert!(!folder.path().join("out").exists());
}

/// Squares of what is found leave the range of doubles long before the numbers do: at inputs of 1e40 the
/// spread of |.|_F^2 over probes still has a standard error, at 3e77 |.|_F^2 itself overflows.
#[test]
fn squares_beyond_doubles_are_told_by_every_method() {
    let scaled = |scale: f64| {
        let (samples, outputs) = (20, 12);
        let mut numbers = (0_u32..).map(|i| f64::from(i * i % 97) / 97.0 - 0.4);
        let inputs: Vec<f64> = numbers.by_ref().take(2 * samples).map(|x| x * scale).collect();
        let targets: Vec<f64> = numbers.by_ref().take(outputs * samples).collect();
        made(
            "input = 2\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 12 }]",
            &[("0.weight", &[outputs, 2], &[0.0; 24]), ("0.bias", &[outputs], &[0.0; 12])],
            (&[samples, 2], &inputs),
            Target::Values(&[samples, outputs], &targets),
        )
    };
    let (fine, large, beyond) = (scaled(1.0), scaled(1e40), scaled(2.8e77));
    for method in METHODS {
        let more = ["--method", method, "--top", "2", "--probes", "5", "--steps", "9"];
        let error = |folder: &tempfile::TempDir| {
            let (found, _out) = answer(folder.path(), &more);
            found["frobenius_squared"]["standard_error"].as_f64()
        };
        let errors = [&fine, &large].map(error);
        assert_eq!(errors.map(|error| error.is_some()), [method != "exact"; 2], "{method}");
        assert!(errors[1].is_none_or(|error| error > 1e150 && error < 1e161), "{errors:?}");
        refused(beyond.path(), &more, &["sum of the squares", "--precision f64"]);
    }
}

/// While another process writes into the folder, files of this one wait.
#[cfg(unix)]
#[test]
fn files_wait_for_those_of_another_process() {
    let folder = normed(5, &[0, 1, 1, 0, 1]);
    let out = tempfile::tempdir().unwrap();
    let held = std::fs::File::open(out.path()).unwrap();
    held.lock().unwrap();
    let more = ["--normalization", "batch"];
    std::thread::scope(|scope| {
        let running = scope.spawn(|| crate::spectrum::spectrum(folder.path(), out.path(), &more));
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
        held.unlock().unwrap();
        assert!(running.join().unwrap().status.success());
    });
    assert!(out.path().join("spectrum.json").is_file());
}
