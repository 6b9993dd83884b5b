//! Hypotheses of a specification on records whose statistics are known in closed form.

use std::path::Path;

use hessian::lab::{Finding, Record, Records, Spec, Value, Verdict};
use serde_json::json;

use crate::records::{extended, failed, made, number, without};

/// The findings of a `[[claim]]` with these lines.
fn found(lines: &str, records: Vec<Record>) -> Vec<Finding> {
    let text = format!(
        "id = 'h'\ntitle = 'h'\nsummary = 'h'\nsimulator = 'gaussian-mean'\nseed = 1\n\
         [profile.quick]\nreplicates = 4\n\
         [[claim]]\nid = 'H'\nsource = 's'\nstatement = 's'\nreason = 'r'\n{lines}"
    );
    let spec = Spec::parse(text, Path::new(""), "h.toml").unwrap();
    spec.hypotheses[0].evaluate(&Records::new(records))
}

/// Three depths L and two arms; y = L^2 (1 + replicate), ten times that in the arm `b`, and a series
/// of squares.
fn squares() -> Vec<Record> {
    let mut cells = Vec::new();
    for arm in ["a", "b"] {
        for depth in [4, 1, 2] {
            let serde_json::Value::Object(map) = json!({ "arm": arm, "depth": depth }) else {
                unreachable!()
            };
            cells.push(map.into_iter().collect());
        }
    }
    made(&cells, 4, |parameters, replicate| {
        let depth = number(parameters, "depth");
        let factor = if crate::records::word(parameters, "arm") == "b" { 10.0 } else { 1.0 };
        let series: Vec<f64> = (1..=5).map(|k| f64::from(k * k) * (1.0 + replicate)).collect();
        let rows: Vec<Vec<f64>> = series.iter().map(|x| vec![*x, 3.0 * *x]).collect();
        vec![
            ("y", (factor * depth * depth * (1.0 + replicate)).into()),
            ("series", Value::Vector(series)),
            ("rows", Value::Matrix(rows)),
            ("k", Value::Vector((1..=5).map(f64::from).collect())),
        ]
    })
}

#[track_caller]
fn one(lines: &str, estimate: f64) -> Finding {
    let found = found(lines, squares());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!((found[0].estimate - estimate).abs() < 1e-12, "{found:#?}");
    assert_eq!(found[0].replicates, 4);
    found[0].clone()
}

#[test]
fn every_statistic_is_what_its_name_says() {
    let at = "observable = 'y'\nwhere = { arm = 'a', depth = 2 }\n";
    one(&format!("{at}statistic = 'mean'\nprediction = {{ at_least = 0 }}"), 10.0);
    one(
        &format!("{at}statistic = 'quantile'\nquantile = 0.5\nprediction = {{ at_least = 0 }}"),
        10.0,
    );
    let event =
        "statistic = 'proportion'\nevent = { at_least = 12.0 }\nprediction = { at_least = 0 }";
    one(&format!("{at}{event}"), 0.5);
    let law = "statistic = 'equality_in_law'\nprediction = { law = { uniform = { low = 0, high = 16 } } }\nmargin = 0.9";
    one(&format!("{at}{law}"), 0.25);

    let arms =
        "observable = 'y'\nwhere = { depth = 2 }\nfrom = { arm = 'a' }\nto = { arm = 'b' }\n";
    one(&format!("{arms}statistic = 'paired_difference'\nprediction = {{ at_least = 0 }}"), 90.0);
    let ratio =
        format!("{arms}statistic = 'log_ratio'\nprediction = {{ equal = 2.3 }}\nmargin = 0.1");
    let ratio = one(&ratio, 10.0_f64.ln());
    assert!(ratio.verdict == Verdict::Confirmed && ratio.high - ratio.low < 1e-12, "{ratio:?}");
    let depths = arms
        .replace("where = { depth = 2 }", "where = { arm = 'a' }")
        .replace("from = { arm = 'a' }", "from = { depth = 1 }")
        .replace("to = { arm = 'b' }", "to = { depth = 2 }");
    let same = "statistic = 'equality_in_law'\nprediction = { law = 'same' }\nmargin = 0.9";
    one(&format!("{depths}{same}"), 0.75); // 1, 2, 3, 4 against 4, 8, 12, 16

    let along = "observable = 'y'\nwhere = { arm = 'a' }\nagainst = 'depth'\n";
    let slope = "statistic = 'slope'\naxes = 'log-log'\nprediction = { slope = 2 }\nmargin = 0.1";
    one(&format!("{along}{slope}"), 2.0);
    let tau = "statistic = 'rank_correlation'\nprediction = { monotone = 'rising' }\nmargin = 0.1";
    assert_eq!(one(&format!("{along}{tau}"), 1.0).verdict, Verdict::Confirmed);
    let falling = tau.replace("rising", "falling");
    assert_eq!(one(&format!("{along}{falling}"), 1.0).verdict, Verdict::Refuted);
}

#[test]
fn series_are_read_along_their_axis_or_reduced() {
    let at = "where = { arm = 'a', depth = 1 }\n";
    for (reduction, value) in [
        ("'first'", 1.0),
        ("'last'", 25.0),
        ("'mean'", 11.0),
        ("'least'", 1.0),
        ("'most'", 25.0),
        ("2", 9.0),
    ] {
        let lines = format!(
            "{at}observable = 'series'\nat = {reduction}\nstatistic = 'mean'\nprediction = {{ at_least = 0 }}"
        );
        one(&lines, 2.5 * value);
    }
    let rows = "observable = 'rows'\nat = ['last', 'mean']\nstatistic = 'mean'\nprediction = { at_least = 0 }";
    one(&format!("{at}{rows}"), 2.5 * 50.0);
    let slope = "statistic = 'slope'\naxes = 'log-log'\nprediction = { slope = 2 }\nmargin = 0.1\nagainst = 'k'";
    one(&format!("{at}observable = 'series'\n{slope}"), 2.0);
    one(&format!("{at}observable = 'rows'\nat = 1\n{slope}"), 2.0);
    let tau = "statistic = 'rank_correlation'\nagainst = 'index'\nprediction = { at_least = 0 }";
    one(&format!("{at}observable = 'series'\n{tau}"), 1.0);
}

#[test]
fn an_order_is_a_finding_per_step_from_small_to_large() {
    let lines = "observable = 'y'\nstatistic = 'mean'\nagainst = 'depth'\nby = ['arm']\nprediction = { ordered = 'rising' }";
    let found = found(lines, squares());
    let slices: Vec<&str> = found.iter().map(|f| f.slice.as_str()).collect();
    assert_eq!(
        slices,
        [
            "arm = a: from 1 to 2",
            "arm = a: from 2 to 4",
            "arm = b: from 1 to 2",
            "arm = b: from 2 to 4"
        ]
    );
    let steps: Vec<f64> = found.iter().map(|f| f.estimate).collect();
    assert_eq!(steps, [7.5, 30.0, 75.0, 300.0]);
}

#[test]
fn an_identity_is_decided_by_its_largest_deviation() {
    let lines = "observable = 'y'\nwhere = { arm = 'a', depth = 1 }\nstatistic = 'mean'\nprediction = { identity = 4.0 }";
    assert_eq!(one(lines, 4.0).verdict, Verdict::Confirmed);
    assert_eq!(one(&lines.replace("4.0", "3.9"), 4.0).verdict, Verdict::Refuted);
}

/// Cells that are absent, doubled or failed leave the hypothesis undecided, with the reason.
#[test]
fn absent_and_doubled_cells_are_undecided_and_say_why() {
    let along = "observable = 'y'\nwhere = { arm = 'a' }\nagainst = 'depth'\nstatistic = 'slope'\naxes = 'log-log'\nprediction = { slope = 2 }\nmargin = 0.1";
    let arms = "observable = 'y'\nwhere = { depth = 2 }\nfrom = { arm = 'a' }\nto = { arm = 'b' }\nstatistic = 'paired_difference'\nprediction = { at_least = 0 }";
    #[track_caller]
    fn undecided(lines: &str, records: Vec<Record>, why: &str) {
        for finding in found(lines, records) {
            assert_eq!(finding.verdict, Verdict::Undecided, "{finding:#?}");
            assert!(finding.why.contains(why), "{finding:#?}");
        }
    }
    undecided(along, extended(squares()), "they differ in `temperature`");
    undecided(arms, extended(squares()), "they differ in `temperature`");
    undecided(
        arms,
        without(squares(), |r| r.level("arm").as_deref() == Some("b")),
        "no cell has this value",
    );
    // each value once, although every one of them has several cells
    let absent = found(&along.replace("arm = 'a'", "depth = 99, arm = 'a'"), squares());
    let depths = absent[0].why.split("there are: ").nth(1).expect("a list of depths").split(", ");
    let mut seen = std::collections::BTreeSet::new();
    assert!(depths.clone().count() > 1 && depths.clone().all(|depth| seen.insert(depth)));
    undecided(
        along,
        failed(squares(), |r| r.level("depth").as_deref() == Some("4")),
        "no replicate",
    );
    undecided(arms, failed(squares(), |r| r.replicate > 0), "one replicate");
    // a replicate that one depth lacks is left out, not fitted through the others
    let gap = failed(squares(), |r| r.replicate == 0 && r.level("depth").as_deref() == Some("4"));
    assert_eq!(found(along, gap)[0].replicates, 3);
}
