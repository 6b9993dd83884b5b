//! IDX files: what is read, and what is refused with a reason and without a large allocation.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use hessian::data::{Dataset, Targets, idx};

fn file(sides: &[u32], entries: &[u8]) -> Vec<u8> {
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

#[test]
fn plain_and_zipped_files_hold_the_same() {
    let entries: Vec<u8> = (0..24).map(|i| 10 * i).collect();
    let plain = file(&[4, 2, 3], &entries);
    let array = idx::read(&plain, "images").unwrap();
    assert_eq!((&array.sides[..], &array.entries), (&[4, 2, 3][..], &entries));
    assert_eq!(idx::read(&zipped(&plain), "images").unwrap(), array);

    let labels = idx::read(&file(&[4], &[2, 0, 1, 2]), "labels").unwrap();
    let data = idx::images(&array, &labels, 3).unwrap();
    assert_eq!(data.inputs.shape(), (6, 3));
    assert_eq!(data.inputs.column(1)[2], 80.0 / 255.0);
    assert_eq!(data.targets, Targets::Classes { labels: vec![2, 0, 1], classes: 3 });
}

#[test]
fn damage_is_named() {
    let good = file(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    let mut flipped = zipped(&good);
    let at = flipped.len() - 6;
    flipped[at] ^= 1;
    let packed = zipped(&good);
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        ("empty", Vec::new(), &["magic number", "end"]),
        ("a header cut", good[..7].to_vec(), &["sides", "end"]),
        ("entries cut", good[..good.len() - 1].to_vec(), &["6 entries", "[2, 3]", "found 5"]),
        ("too long", [good.clone(), vec![0]].concat(), &["6 entries", "found more"]),
        ("magic", b"PNG image".to_vec(), &["00 00 08", "50 4e 47"]),
        ("doubles", [&[0, 0, 14, 1][..], &good].concat(), &["type 14", "convert"]),
        ("no sides", vec![0, 0, 8, 0, 1], &["1 to 4 sides", "0"]),
        ("255 sides", vec![0, 0, 8, 255, 0, 0], &["1 to 4 sides", "255"]),
        ("a side of 0", file(&[3, 0], &[]), &["[3, 0]"]),
        ("gzip cut", packed[..packed.len() - 9].to_vec(), &["gzip", "truncated"]),
        ("gzip header cut", packed[..12].to_vec(), &["gzip", "truncated"]),
        ("checksum", flipped, &["gzip", "damaged"]),
    ];
    for (name, bytes, words) in cases {
        let error = idx::read(&bytes, "file").unwrap_err();
        assert!(error.is_data() && error.to_string().starts_with("file: "), "{name}: {error}");
        for word in words {
            assert!(error.to_string().contains(word), "{name}: `{word}` is not in: {error}");
        }
    }
}

/// A header of a few bytes that promises 4 GB to 2^128 bytes is refused before anything of that
/// size is set aside: the test would be killed otherwise.
#[test]
fn a_header_beyond_memory_is_refused_at_once() {
    for sides in [&[u32::MAX][..], &[u32::MAX; 4], &[1 << 16, 1 << 16, 2]] {
        for bytes in [file(sides, &[1]), zipped(&file(sides, &[1]))] {
            let error = idx::read(&bytes, "file").unwrap_err();
            assert!(error.is_capacity() && error.to_string().contains("entries"), "{error}");
        }
    }
}

#[test]
fn images_and_labels_must_belong_together() {
    let array = |sides: &[u32]| {
        let size = sides.iter().product::<u32>() as usize;
        idx::read(&file(sides, &vec![1; size]), "file").unwrap()
    };
    let message = |images, labels, count| {
        idx::images(&array(images), &array(labels), count).unwrap_err().to_string()
    };
    assert!(message(&[2, 3], &[2], 1).contains("found [2, 3] and [2]"));
    assert!(message(&[2, 3, 3], &[3], 1).contains("3 for 2 images"));
    assert!(message(&[2, 3, 3], &[2], 3).contains("between 1 and 2"));
    assert!(message(&[2, 3, 3], &[2], 0).contains("found 0"));
}

/// A folder with the names of Debian's package, two training images and one for testing.
#[test]
fn fashion_mnist_is_read_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), zipped(bytes)).unwrap();
    };
    put("train-images-idx3-ubyte.gz", &file(&[2, 1, 2], &[0, 255, 51, 0]));
    put("train-labels-idx1-ubyte.gz", &file(&[2], &[9, 3]));
    put("t10k-images-idx3-ubyte.gz", &file(&[1, 1, 2], &[255, 0]));
    let error = idx::fashion_mnist(folder.path(), 2, 1).unwrap_err();
    let words = ["t10k-labels-idx1-ubyte.gz", "install", "dataset-fashion-mnist"];
    assert!(error.is_io() && words.iter().all(|word| error.to_string().contains(word)), "{error}");
    put("t10k-labels-idx1-ubyte.gz", &file(&[1], &[9]));
    let split = idx::fashion_mnist(folder.path(), 2, 1).unwrap();
    assert_eq!(split.train.inputs.as_slice(), [0.0, 1.0, 0.2, 0.0]);
    assert_eq!(split.train.targets, Targets::Classes { labels: vec![9, 3], classes: 10 });
    assert_eq!(split.test.inputs.as_slice(), [1.0, 0.0]);
}

/// The whole of Fashion-MNIST where Debian's package is installed: 6000 and 1000 images per class.
/// Without the package the reader says what to install.
#[test]
fn fashion_mnist_of_debian() {
    let folder = std::path::Path::new(idx::FASHION_MNIST);
    let read = idx::fashion_mnist(folder, 600, 10_000);
    if !folder.exists() {
        let error = read.unwrap_err();
        assert!(error.is_io() && error.to_string().contains("dataset-fashion-mnist"), "{error}");
        return;
    }
    let split = read.unwrap();
    assert_eq!((split.train.features(), split.train.samples()), (784, 600));
    let counts = |data: &Dataset| match &data.targets {
        Targets::Classes { labels, classes } => {
            (0..*classes).map(|class| labels.iter().filter(|l| **l == class).count()).collect()
        }
        Targets::Values(_) => Vec::new(),
    };
    assert_eq!(counts(&split.test), [1000; 10]);
}

#[test]
fn averaging_keeps_the_mean_of_what_it_pads() {
    let array = idx::read(&file(&[1, 4, 6], &(0..24).collect::<Vec<u8>>()), "file").unwrap();
    let labels = idx::read(&file(&[1], &[0]), "labels").unwrap();
    let data = idx::images(&array, &labels, 1).unwrap();
    let halved = idx::averaged(&data, [1, 4, 6], 0, 2).unwrap();
    assert!((halved.inputs[0] - (0.0 + 1.0 + 6.0 + 7.0) / 4.0 / 255.0).abs() < 1e-16);
    let padded = idx::averaged(&data, [1, 4, 6], 1, 2).unwrap();
    assert_eq!(padded.features(), 12);
    assert!((4.0 * padded.inputs.sum() - data.inputs.sum()).abs() < 1e-14);
    // channels do not mix
    let channels = idx::averaged(&data, [2, 2, 6], 0, 2).unwrap();
    let second = (12.0 + 13.0 + 18.0 + 19.0) / 4.0 / 255.0;
    assert!((channels.inputs[3] - second).abs() < 1e-15);
    for (sides, factor) in [([1, 4, 5], 1), ([1, 4, 6], 5), ([1, 4, 6], 0)] {
        assert!(idx::averaged(&data, sides, 0, factor).unwrap_err().is_spec());
    }
}
