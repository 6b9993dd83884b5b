//! Tables: a row for each claim and finding, means that a hand computes, faults that are counted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use hessian::lab::{Observables, Outcome, Records, Value};

use crate::sample::{HOSTILE, sample};

fn read(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join("tables").join(name)).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn a_row_for_each_claim_and_each_finding() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(4);
    sample.write(folder.path());
    let rows = read(folder.path(), "verdicts.csv");
    let count = |kind| rows.iter().filter(|row| row["row"] == kind).count();
    assert_eq!((count("claim"), count("finding")), (5, 11));
    let claim = |id: &str| rows.iter().find(|r| r["row"] == "claim" && r["claim"] == id).unwrap();
    assert_eq!(claim("T1")["verdict"], "confirmed");
    assert_eq!(claim("T1")["surprise"], "false");
    assert_eq!(claim("T2")["verdict"], "refuted");
    assert_eq!(claim("T2")["surprise"], "true");
    assert_eq!(claim("T4")["expected"], "");
    assert_eq!(claim("T4")["surprise"], "false");
    let finding = rows.iter().find(|r| r["row"] == "finding" && r["claim"] == "T2").unwrap();
    assert_eq!(finding["slice"], HOSTILE);
    assert_eq!((&finding["predicted"][..], &finding["margin"][..]), ("equal", "0.1"));
    assert_eq!(finding["estimate"].parse::<f64>().unwrap(), 0.8);

    let text = std::fs::read_to_string(folder.path().join("tables/verdicts.md")).unwrap();
    assert!(!text.contains("<script"));
    for line in text.lines().filter(|line| !line.is_empty()) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!(bars == 6 || bars == 8, "{line}");
    }
}

/// 1, 2, 4 have mean 7/3 and standard error sqrt(7/9): squares of the deviations sum to 42/9.
#[test]
fn mean_and_standard_error_over_replicates() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = sample(3);
    let records = sample.records.iter().map(Cow::into_owned).map(|mut record| {
        let x = [1.0, 2.0, 4.0][record.replicate as usize];
        if record.cell == 0 {
            record.outcome = Outcome::Done(Observables::from_iter([
                ("accuracy".to_owned(), Value::Number(x)),
                ("depth.d5".to_owned(), Value::Vector(vec![0.0, x])),
            ]));
        }
        record
    });
    sample.records = Records::new(records.collect());
    sample.write(folder.path());
    let rows = read(folder.path(), "observables.csv");
    for (observable, index) in [("accuracy", ""), ("depth.d5", "1")] {
        let row = rows
            .iter()
            .find(|r| r["cell"] == "0" && r["observable"] == observable && r["index"] == index)
            .unwrap();
        assert!((row["mean"].parse::<f64>().unwrap() - 7.0 / 3.0).abs() < 1e-15);
        let error = row["standard_error"].parse::<f64>().unwrap();
        assert!((error - (7.0f64 / 9.0).sqrt()).abs() < 1e-15, "{error}");
        assert_eq!((&row["replicates"][..], &row["parameter.data"][..]), ("3", "gaussians"));
    }
    // an array with two axes stays in the records
    assert!(rows.iter().all(|row| row["observable"] != "gains"));
}

#[test]
fn one_replicate_has_no_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    sample(1).write(folder.path());
    let rows = read(folder.path(), "observables.csv");
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| row["standard_error"].is_empty() && row["replicates"] == "1"));
}

#[test]
fn faults_have_a_table_only_while_there_are_any() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = sample(4);
    sample.write(folder.path());
    let rows = read(folder.path(), "faults.csv");
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["cell"][..], &rows[0]["replicate"][..]), ("5", "3"));
    assert!(rows[0]["fault"].ends_with("diverged"));
    let done = sample
        .records
        .iter()
        .filter(|r| matches!(r.outcome, Outcome::Done(_)))
        .map(Cow::into_owned)
        .collect();
    sample.records = Records::new(done);
    let written = sample.write(folder.path());
    assert!(!folder.path().join("tables/faults.csv").exists());
    assert!(written.iter().all(|path| path.exists()));
}
