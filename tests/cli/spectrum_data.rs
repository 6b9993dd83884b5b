//! The data that the verb `spectrum` takes beside safetensors, and how much of it.

use std::io::Write;
use std::path::Path;
use std::process::Output;

use flate2::{Compression, write::GzEncoder};
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::Value;

const NETWORK: &str = r#"
input = [1, 3, 2]
loss = "cross_entropy"
layers = [
  { kind = "conv2d", out = 2, kernel = 2 },
  { kind = "tanh" },
  { kind = "flatten" },
  { kind = "linear", out = 3 },
]
"#;

const SAMPLES: usize = 7;

fn pixel(at: usize) -> u8 {
    (at * at * 37 % 251) as u8
}

fn label(sample: usize) -> u8 {
    (sample % 3) as u8
}

fn idx(sides: &[u32], entries: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sides.len() as u8];
    sides.iter().for_each(|side| bytes.extend(side.to_be_bytes()));
    bytes.extend(entries);
    bytes
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The same images and classes in three formats.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("network.toml", NETWORK.as_bytes());
    let pixels: Vec<u8> = (0..SAMPLES * 6).map(pixel).collect();
    let labels: Vec<u8> = (0..SAMPLES).map(label).collect();
    let images = idx(&[SAMPLES as u32, 3, 2], &pixels);
    put("images.idx", &images);
    put("images.gz", &zipped(&images));
    put("labels.idx", &idx(&[SAMPLES as u32], &labels));
    put("fewer.idx", &idx(&[SAMPLES as u32 - 1], &labels[1..]));
    put("beyond.idx", &idx(&[SAMPLES as u32], &[0, 1, 2, 3, 0, 1, 2]));
    let inputs: Vec<u8> =
        pixels.iter().flat_map(|byte| (f64::from(*byte) / 255.0).to_le_bytes()).collect();
    let targets: Vec<u8> = labels.iter().flat_map(|l| i64::from(*l).to_le_bytes()).collect();
    let views = [
        ("inputs", TensorView::new(Dtype::F64, vec![SAMPLES, 1, 3, 2], &inputs).unwrap()),
        ("targets", TensorView::new(Dtype::I64, vec![SAMPLES], &targets).unwrap()),
    ];
    put("data.safetensors", &serialize(views, None).unwrap());
    folder
}

fn spectrum(folder: &Path, data: &str, more: &[&str]) -> (Output, tempfile::TempDir) {
    let out = tempfile::tempdir().unwrap();
    let run = assert_cmd::cargo::cargo_bin_cmd!("hessian")
        .current_dir(folder)
        .args(["spectrum", "--network", "network.toml", "--init", "3", "--data", data, "--out"])
        .arg(out.path().join("out"))
        .args(more)
        .output()
        .unwrap();
    (run, out)
}

fn found(folder: &Path, data: &str, more: &[&str]) -> Value {
    let (run, out) = spectrum(folder, data, more);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let bytes = std::fs::read(out.path().join("out/spectrum.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn refused(folder: &Path, data: &str, more: &[&str], words: &[&str]) {
    let (run, out) = spectrum(folder, data, more);
    let message = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(2), "{message}");
    for word in words {
        assert!(message.contains(word), "no `{word}` in: {message}");
    }
    assert!(!out.path().join("out").exists(), "something was written");
}

#[test]
fn images_and_labels_are_the_same_data_in_every_format() {
    let folder = folder();
    let expected = found(folder.path(), "data.safetensors", &[]);
    assert_eq!(expected["parameters"], 10 + 4 * 3 + 3);
    for images in ["images.idx", "images.gz"] {
        let same = found(folder.path(), images, &["--targets", "labels.idx"]);
        for key in ["loss", "gradient_norm", "eigenvalues"] {
            assert_eq!(same[key], expected[key], "{images}: {key}");
        }
    }
}

#[test]
fn samples_are_the_first_ones() {
    let folder = folder();
    let few = ["--samples", "4"];
    let expected = found(folder.path(), "data.safetensors", &few);
    let same =
        found(folder.path(), "images.idx", &[&few[..], &["--targets", "labels.idx"]].concat());
    assert_eq!(same["eigenvalues"], expected["eigenvalues"]);
    assert_ne!(expected["loss"], found(folder.path(), "data.safetensors", &[])["loss"]);
    let all = ["--samples", "7"];
    assert_eq!(
        found(folder.path(), "data.safetensors", &all)["loss"],
        found(folder.path(), "data.safetensors", &[])["loss"]
    );
    let many = ["--samples", "8"];
    refused(folder.path(), "data.safetensors", &many, &["--samples 8", "holds 7"]);
    let images = [&many[..], &["--targets", "labels.idx"]].concat();
    refused(folder.path(), "images.idx", &images, &["--samples 8", "holds 7"]);
}

#[test]
fn images_without_their_classes_are_refused() {
    let folder = folder();
    for images in ["images.idx", "images.gz"] {
        refused(folder.path(), images, &[], &[images, "--targets"]);
    }
    let with = |labels| ["--targets", labels];
    refused(folder.path(), "images.idx", &with("fewer.idx"), &["fewer.idx", "6 for 7"]);
    refused(folder.path(), "images.idx", &with("beyond.idx"), &["class 3", "3 outputs"]);
    refused(folder.path(), "images.idx", &with("images.idx"), &["labels [samples]"]);
    refused(folder.path(), "images.idx", &with("nowhere.idx"), &["nowhere.idx"]);
}

/// Debian's package is read where it is; where it is not, the answer says what to install.
#[test]
fn fashion_mnist_goes_by_its_word() {
    let folder = folder();
    let network = NETWORK.replace("[1, 3, 2]", "[1, 28, 28]").replace("out = 3", "out = 10");
    std::fs::write(folder.path().join("network.toml"), network).unwrap();
    let few = ["--samples", "20", "--method", "lanczos", "--top", "1", "--probes", "1"];
    if Path::new(hessian::data::idx::FASHION_MNIST).exists() {
        let loss = found(folder.path(), "fashion-mnist", &few)["loss"].as_f64().unwrap();
        assert!((loss - 10_f64.ln()).abs() < 2.0, "{loss}");
    } else {
        refused(folder.path(), "fashion-mnist", &few, &["dataset-fashion-mnist"]);
    }
}

/// Sixteen million values for each of 200,000 samples: told before any of them is computed.
#[test]
fn values_that_do_not_fit_are_refused_with_their_bytes() {
    let folder = folder();
    let network = "input = 1\nloss = \"squared\"\nlayers = [{ kind = \"linear\", out = 16000000 }, \
                   { kind = \"linear\", out = 1 }]";
    std::fs::write(folder.path().join("network.toml"), network).unwrap();
    let samples = 200_000;
    let zeros = vec![0; 8 * samples];
    let view = || TensorView::new(Dtype::F64, vec![samples, 1], &zeros).unwrap();
    let bytes = serialize([("inputs", view()), ("targets", view())], None).unwrap();
    std::fs::write(folder.path().join("data.safetensors"), bytes).unwrap();
    // values and their tangents in three slots, adjoints and theirs in two: a spare array serves the third
    let values = 2 * (16_000_002 + 16_000_001) * 8 * samples;
    // the inputs as read; the weights as read, at work, their gradient, that of the answer, and the share of a
    // second part of the samples
    let needed = values + 8 * samples + 5 * 8 * 48_000_001;
    let one = ["--threads", "1", "--method", "lanczos"];
    refused(
        folder.path(),
        "data.safetensors",
        &one,
        &[&needed.to_string(), "200000 samples", "--samples", "f32"],
    );
}

/// A table of one feature with these classes, and the same data as tensors.
fn table(classes: &[&str], labels: &[i64]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put(
        "network.toml",
        b"input = 1\nloss = \"cross_entropy\"\nlayers = [{ kind = \"linear\", out = 12 }]",
    );
    let rows: String = classes.iter().enumerate().map(|(i, c)| format!("{i},{c}\n")).collect();
    put("data.csv", format!("x,class\n{rows}").as_bytes());
    put("DATA.CSV", format!("x,class\n{rows}").as_bytes());
    let inputs: Vec<u8> = (0..labels.len()).flat_map(|i| (i as f64).to_le_bytes()).collect();
    let targets: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
    let views = [
        ("inputs", TensorView::new(Dtype::F64, vec![labels.len(), 1], &inputs).unwrap()),
        ("targets", TensorView::new(Dtype::I64, vec![labels.len()], &targets).unwrap()),
    ];
    put("data.safetensors", &serialize(views, None).unwrap());
    folder
}

/// Classes that are numbers are those of the network's outputs: in the alphabet 10 comes before 2, and
/// a class without a sample would shift all behind it.
#[test]
fn numbers_in_a_table_are_the_classes_themselves() {
    for (classes, labels) in [
        (&["0", "2", "11", "10", "9"][..], &[0, 2, 11, 10, 9][..]),
        (&["3", "3", "1"][..], &[3, 3, 1][..]),
        // as numpy.savetxt writes them
        (&["2.000000000000000000e+00", "0.0", "5"][..], &[2, 0, 5][..]),
        // names go by the alphabet
        (&["ten", "two", "a", "two"][..], &[1, 2, 0, 2][..]),
    ] {
        let folder = table(classes, labels);
        let expected = found(folder.path(), "data.safetensors", &[]);
        for data in ["data.csv", "DATA.CSV"] {
            let same = found(folder.path(), data, &[]);
            for key in ["loss", "gradient_norm", "eigenvalues"] {
                assert_eq!(same[key], expected[key], "{classes:?}: {key}");
            }
        }
    }
    let beyond = table(&["1", "12"], &[1, 2]);
    refused(beyond.path(), "data.csv", &[], &["class 12", "12 outputs"]);
    for wrong in ["-1", "0.25", "nan", "1e300"] {
        let folder = table(&["1", wrong], &[0, 1]);
        refused(folder.path(), "data.csv", &[], &["row 2", "whole number", wrong, "safetensors"]);
    }
}

/// A row without a class makes no other rows change theirs, and none vanishes in a quotation.
#[test]
fn one_bad_row_does_not_change_the_others() {
    let mixed = table(&["0", "2", "NA"], &[0, 1, 2]);
    refused(mixed.path(), "data.csv", &[], &["row 3", "`NA`", "whole numbers", "names"]);
    let open = table(&["\"0", "1", "2"], &[0, 1, 2]);
    refused(open.path(), "data.csv", &[], &["line 2", "quotation mark"]);
    // digits and letters, each in its place of the alphabet
    let digits = table(&["1", "A", "0", "b"], &[1, 2, 0, 3]);
    let expected = found(digits.path(), "data.safetensors", &[]);
    assert_eq!(found(digits.path(), "data.csv", &[])["loss"], expected["loss"]);
}

#[test]
fn data_of_an_unknown_format_is_told_what_there_is() {
    let folder = table(&["1", "2"], &[1, 2]);
    std::fs::copy(folder.path().join("data.csv"), folder.path().join("data.txt")).unwrap();
    refused(folder.path(), "data.txt", &[], &["data.txt", ".csv", "safetensors", "IDX"]);
    for data in ["data.csv", "data.safetensors"] {
        refused(folder.path(), data, &["--targets", "labels.idx"], &[data, "--targets", "IDX"]);
    }
}
