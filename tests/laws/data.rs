//! Laws of data sets and of the table reader, and what each kind of damage says.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use hessian::data::{self, Targets, gaussian_mixture, subset, table};
use hessian::random::{Stream, Streams};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;

fn stream(role: &str) -> Stream {
    Streams::new(7, "laws", 0).stream(role, "data")
}

fn letter_bytes() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/sims/data/letter.csv.gz")).unwrap()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn labels(data: &data::Dataset) -> (&[usize], usize) {
    match &data.targets {
        Targets::Classes { labels, classes } => (labels, *classes),
        Targets::Values(_) => panic!("expected classes"),
    }
}

proptest! {
    #[test]
    fn standardised_training_features_have_mean_0_and_variance_1(
        values in prop::collection::vec(-1e3_f64..1e3, 24), scale in -200_i32..200,
    ) {
        let inputs = DMatrix::from_vec(3, 8, values) * 10_f64.powi(scale);
        let mut split = data::Dataset { inputs: inputs.clone(), targets: Targets::Values(inputs.clone()) }
            .split(6).unwrap();
        let map = split.standardise();
        for j in 0..3 {
            let row = split.train.inputs.row(j);
            prop_assert!(row.mean().abs() < 1e-13);
            prop_assert!((row.variance() - 1.0).abs() < 1e-12);
            // The test samples go through the same map, whatever their own statistics are.
            for i in 6..8 {
                let expected = (inputs[(j, i)] - map.mean[j]) / map.scale[j];
                prop_assert_eq!(split.test.inputs[(j, i - 6)], expected);
            }
        }
    }

    #[test]
    fn a_table_is_read_back(rows in prop::collection::vec((-1e9_f64..1e9, 0_u32..99, "[a-d]"), 1..30)) {
        let mut text = "x,\"y, counted\",class\n".to_owned();
        for (x, y, class) in &rows {
            text.push_str(&format!("{x}, {y} ,{class}\n"));
        }
        let table = table::read(text.as_bytes(), "memory").unwrap();
        prop_assert_eq!(&table, &table::read(&gzip(&text), "memory").unwrap());
        prop_assert_eq!(&table.features, &["x", "y, counted"]);
        prop_assert!(table.classes.is_sorted());
        for (i, (x, y, class)) in rows.iter().enumerate() {
            prop_assert_eq!(table.inputs[(0, i)], *x);
            prop_assert_eq!(table.inputs[(1, i)], f64::from(*y));
            prop_assert_eq!(&table.classes[table.labels[i]], class);
        }
    }

    /// No bytes whatever bring the reader down.
    #[test]
    fn noise_is_an_error_or_a_table(mut bytes in prop::collection::vec(any::<u8>(), 0..200), packed: bool) {
        if packed {
            bytes.splice(0..0, [0x1f, 0x8b, 8, 0]);
        }
        if let Err(error) = table::read(&bytes, "noise") {
            prop_assert!(error.is_data() && error.to_string().starts_with("noise: "));
        }
    }

    #[test]
    fn subsets_are_sorted_and_distinct(available in 1_usize..200, share in 0.0_f64..1.0) {
        let count = 1 + (share * (available - 1) as f64) as usize;
        let indices = subset(&mut stream("subset"), available, count).unwrap();
        prop_assert_eq!(indices.len(), count);
        prop_assert!(indices.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(indices[count - 1] < available);
    }
}

#[test]
fn more_samples_leave_the_first_as_they_are() {
    let few = gaussian_mixture(&mut stream("data"), 3, 5, 7, 2.0).unwrap();
    let many = gaussian_mixture(&mut stream("data"), 3, 5, 20, 2.0).unwrap();
    assert_eq!(few.inputs, many.inputs.columns(0, 7));
    assert_eq!(labels(&few), (&[0, 1, 2, 0, 1, 2, 0][..], 3));
}

#[test]
fn a_mixture_that_cannot_be_drawn_is_refused() {
    for (classes, dimension, samples, separation) in [
        (0, 5, 7, 1.0),
        (3, 0, 7, 1.0),
        (3, 5, 2, 1.0),
        (3, 5, 7, -1.0),
        (3, 5, 7, f64::NAN),
        (3, 5, 7, f64::INFINITY),
    ] {
        let drawn = gaussian_mixture(&mut stream("data"), classes, dimension, samples, separation);
        assert!(drawn.unwrap_err().is_spec());
    }
    let error = subset(&mut stream("subset"), 20, 21).unwrap_err();
    assert!(
        error.is_spec() && error.to_string().contains("20") && error.to_string().contains("21")
    );
    assert!(subset(&mut stream("subset"), 20, 0).unwrap_err().is_spec());
}

#[test]
fn selecting_and_splitting_keep_inputs_and_targets_together() {
    let data = data::Dataset {
        inputs: dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0],
        targets: Targets::Values(dmatrix![10.0, 20.0, 30.0]),
    };
    let chosen = data.select(&[2, 0]);
    assert_eq!(chosen.inputs, dmatrix![3.0, 1.0; 6.0, 4.0]);
    assert_eq!(chosen.targets, Targets::Values(dmatrix![30.0, 10.0]));
    let split = data.split(2).unwrap();
    assert_eq!(split.train, data.select(&[0, 1]));
    assert_eq!(split.test, data.select(&[2]));
    for train in [0, 3, 4] {
        let error = data.split(train).unwrap_err();
        assert!(error.is_data() && error.to_string().contains(&train.to_string()), "{error}");
    }
}

#[test]
fn a_constant_feature_is_centred_and_named() {
    let inputs = dmatrix![7.0, 7.0, 9.0; 1.0, 3.0, 2.0];
    let mut split = data::Dataset { inputs: inputs.clone(), targets: Targets::Values(inputs) }
        .split(2)
        .unwrap();
    let map = split.standardise();
    assert_eq!(map.constant, [0]);
    assert_eq!(split.train.inputs, dmatrix![0.0, 0.0; -1.0, 1.0]);
    assert_eq!(split.test.inputs, dmatrix![2.0; 0.0]);
}

#[test]
fn the_letter_table() {
    let table = table::read(&letter_bytes(), "letter").unwrap();
    assert_eq!((table.rows(), table.features.len(), table.classes.len()), (20_000, 16, 26));
    let first = [2.0, 8.0, 3.0, 5.0, 1.0, 8.0, 13.0, 0.0, 6.0, 6.0, 10.0, 8.0, 0.0, 8.0, 0.0, 8.0];
    assert_eq!(table.inputs.column(0).as_slice(), first);
    assert_eq!(table.classes[table.labels[0]], "T");
    assert_eq!(table.classes[table.labels[19_999]], "A");

    let all = table::letter(&letter_bytes(), "letter", 26).unwrap();
    assert_eq!((all.train.samples(), all.test.samples()), (15_000, 5_000));
    // Reducing the classes moves no row between the parts.
    let ten = table::letter(&letter_bytes(), "letter", 10).unwrap();
    for (part, whole) in [(&ten.train, &all.train), (&ten.test, &all.test)] {
        let kept = labels(whole).0.iter().filter(|label| **label < 10).count();
        assert_eq!(labels(part).1, 10);
        assert_eq!(part.samples(), kept);
        assert!(labels(part).0.iter().all(|label| *label < 10));
    }

    let error = table::letter(&letter_bytes(), "letter", 27).unwrap_err();
    assert!(
        error.is_spec() && error.to_string().contains("26") && error.to_string().contains("27")
    );
    assert!(table::letter(&letter_bytes(), "letter", 0).unwrap_err().is_spec());
    assert!(table::letter(b"x,class\n1,a\n2,b\n", "other", 2).unwrap_err().is_data());
}

/// Every kind of damage is a data error that names the place.
#[test]
fn damage_says_where_and_what() {
    let letter = letter_bytes();
    let mut flipped = letter.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let cases: [(&str, Vec<u8>, &[&str]); 14] = [
        ("empty", Vec::new(), &["empty file"]),
        ("truncated", letter[..letter.len() / 2].to_vec(), &["truncated"]),
        ("checksum cut", letter[..letter.len() - 4].to_vec(), &["truncated"]),
        ("flipped", flipped, &["gzip"]),
        ("trailing", [letter.clone(), b"rubbish".to_vec()].concat(), &["gzip"]),
        ("header only", b"x,y,class\n".to_vec(), &["at least one row"]),
        ("one column", b"class\na\n".to_vec(), &["line 1", "at least one feature"]),
        ("no header", b"1,2,a\n3,4,b\n".to_vec(), &["line 1", "header"]),
        ("short row", b"x,y,class\n1,2,a\n3,b\n".to_vec(), &["line 3", "3 columns", "found 2"]),
        ("long row", b"x,y,class\n1,2,3,a\n".to_vec(), &["line 2", "3 columns", "found 4"]),
        ("word", b"x,y,class\n1,two,a\n".to_vec(), &["line 2", "`y`", "`two`"]),
        ("hole", b"x,y,class\n1,2,a\n,2,a\n".to_vec(), &["line 3", "`x`", "finite number"]),
        ("infinity", b"x,y,class\n1,inf,a\n".to_vec(), &["line 2", "`y`", "`inf`"]),
        ("no class", b"x,y,class\n1,2,\n".to_vec(), &["line 2", "`class`", "name of a class"]),
    ];
    for (name, bytes, words) in cases {
        let error = table::read(&bytes, "file.csv").unwrap_err();
        let message = error.to_string();
        assert!(error.is_data() && message.starts_with("file.csv: "), "{name}: {message}");
        for word in words {
            assert!(message.contains(word), "{name}: `{word}` is not in: {message}");
        }
    }
    let error = table::read(b"x,class\n\xff\xfe,a\n", "file.csv").unwrap_err();
    assert!(error.is_data() && error.to_string().contains("UTF-8"), "{error}");
}

#[test]
fn a_cut_that_leaves_nothing_is_refused() {
    let table = table::read(b"x,class\n1,a\n2,b\n3,a\n", "demo").unwrap();
    assert_eq!(table.split(2, 2).unwrap().test.samples(), 1);
    for train_rows in [0, 3, 99] {
        let error = table.split(train_rows, 2).unwrap_err();
        assert!(error.is_data() && error.to_string().contains("3 rows"), "{error}");
    }
}
