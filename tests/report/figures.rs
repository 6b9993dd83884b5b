//! Figures: in both formats, with numbers only, and honest about what they leave out.

use std::borrow::Cow;
use std::sync::Arc;

use hessian::lab::{Finding, Observables, Outcome, Prediction, Records, Value, ViewKind};
use hessian::stats::Estimate;

use crate::sample::{Sample, sample};

fn svg(sample: &Sample, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    sample.write(folder.path());
    std::fs::read_to_string(folder.path().join(format!("figures/{name}.svg"))).unwrap()
}

/// The sample with another outcome for each task that is done.
fn with(sample: &mut Sample, change: impl Fn(u64, &mut Observables)) {
    let records = sample.records.iter().map(Cow::into_owned).map(|mut record| {
        let replicate = record.replicate;
        if let Outcome::Done(observables) = &mut record.outcome {
            change(replicate, observables);
        }
        record
    });
    sample.records = Records::new(records.collect());
}

/// Text of the svg outside of tags, entities kept, one space between words.
fn words(svg: &str) -> String {
    let mut words = String::new();
    for part in svg.split('<').filter_map(|part| part.split_once('>')) {
        words.push_str(part.1);
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every attribute that is a coordinate parses as an integer; a NaN or infinity would not.
fn assert_numbers(svg: &str) {
    for name in ["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height"] {
        for value in svg.split(&format!(" {name}=\"")).skip(1) {
            let value = value.split('"').next().unwrap();
            assert!(value.parse::<i32>().is_ok(), "{name} = {value}");
        }
    }
    for points in svg.split(" points=\"").skip(1) {
        for number in points.split('"').next().unwrap().split([',', ' ']).filter(|n| !n.is_empty())
        {
            assert!(number.parse::<i32>().is_ok(), "point {number}");
        }
    }
}

#[test]
fn every_view_is_drawn_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(4);
    let written = sample.write(folder.path());
    for view in &sample.views {
        for ending in ["svg", "png"] {
            let path = folder.path().join(format!("figures/{}.{ending}", view.id));
            assert!(written.contains(&path));
            assert!(path.metadata().unwrap().len() > 5_000, "{}", path.display());
        }
        let svg = svg(&sample, view.id);
        assert_numbers(&svg);
        assert!(svg.contains("DejaVu Sans, sans-serif"));
        let words = words(&svg);
        for word in ["data = gaussians", "data = letter", "arm", "residual-bn"] {
            assert!(words.contains(word), "{}: {word}", view.id);
        }
    }
    let png = std::fs::read(folder.path().join("figures/depth.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_numbers(&svg(&sample, "verdicts"));
}

#[test]
fn the_interval_is_student_s() {
    // replicates 1, 2, 3 and an ordinate at checkpoints 0 and 1: bars exist, and for a single
    // replicate none does
    let words = |n: u64| words(&svg(&sample(n), "depth"));
    assert!(words(3).contains("95 % t-intervals over"));
    assert!(words(1).contains("one replicate, hence no interval"));
    let lines = |n: u64| svg(&sample(n), "depth").matches("stroke-width=\"2\"").count();
    assert!(lines(3) > 3 * 9);
    assert_eq!(lines(1), 0);
}

#[test]
fn non_positive_points_leave_a_logarithmic_axis_and_are_counted() {
    let mut sample = sample(4);
    with(&mut sample, |_, observables| {
        if let Some(Value::Vector(loss)) = observables.get_mut("loss.train") {
            loss[3] = 0.0;
            loss[4] = -1.0;
        }
    });
    let svg = svg(&sample, "loss");
    assert_numbers(&svg);
    assert!(words(&svg).contains("12 points are not positive"), "{}", words(&svg));
}

#[test]
fn without_records_a_figure_says_so() {
    let mut sample = sample(4);
    sample.records = Records::default();
    for name in ["loss", "depth", "gains", "density", "verdicts"] {
        let svg = svg(&sample, name);
        assert_numbers(&svg);
        if name != "verdicts" {
            assert!(words(&svg).contains("no data"), "{name}");
        }
    }
}

/// Cells without the parameter of the colours, or of the panels, have a colour and a panel of their own.
#[test]
fn cells_without_the_parameter_are_drawn() {
    // cells that differ in the other parameter lose this one
    for (parameter, cells, word) in [("arm", [0, 3], "none"), ("data", [0, 1], "without data")] {
        let mut sample = sample(4);
        let records = sample.records.iter().map(Cow::into_owned).map(|mut record| {
            if cells.contains(&record.cell) {
                let mut parameters = (*record.parameters).clone();
                parameters.remove(parameter);
                record.parameters = parameters.into();
            }
            record
        });
        sample.records = Records::new(records.collect());
        let svg = svg(&sample, "depth");
        assert!(format!(" {} ", words(&svg)).contains(&format!(" {word} ")), "{}", words(&svg));
        // six cells, six lines of nine points each
        assert!(!words(&svg).contains("no data"));
        assert_eq!(lines_of(&svg, 9), 6, "{parameter}");
    }
}

/// How many lines the figure has with so many points.
fn lines_of(svg: &str, points: usize) -> usize {
    let lists = svg.split(" points=\"").skip(1);
    lists
        .filter(|list| list.split('"').next().unwrap().split_whitespace().count() == points)
        .count()
}

#[test]
fn what_no_record_holds_is_named_and_not_drawn() {
    let mut sample = sample(4);
    with(&mut sample, |_, observables| drop(observables.remove("gains")));
    let folder = tempfile::tempdir().unwrap();
    // a drawing of earlier records would be believed
    std::fs::create_dir(folder.path().join("figures")).unwrap();
    std::fs::write(folder.path().join("figures/gains.svg"), "old").unwrap();
    let written = sample.write(folder.path());
    for ending in ["svg", "png"] {
        let path = folder.path().join(format!("figures/gains.{ending}"));
        assert!(!written.contains(&path) && !path.exists());
    }
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("Not drawn, as no record holds it: "));
}

#[test]
fn extreme_and_ragged_values_are_drawn() {
    let mut sample = sample(4);
    with(&mut sample, |replicate, observables| {
        let scale = [1e308, 1e-308, 5e-324, -1e308][replicate as usize % 4];
        observables.insert("depth.d5".into(), Value::Vector(vec![scale; 3 + replicate as usize]));
        observables.insert("loss.train".into(), Value::Number(scale));
        observables.insert("gains".into(), Value::Matrix(vec![vec![], vec![scale]]));
        observables.insert("density".into(), Value::Matrix(vec![vec![scale; 7], vec![1.0]]));
        observables.insert("grid".into(), Value::Matrix(vec![vec![scale; 9], vec![1.0]]));
    });
    for name in ["loss", "depth", "gains", "density"] {
        assert_numbers(&svg(&sample, name));
    }
}

#[test]
fn findings_without_finite_numbers_are_drawn() {
    let mut sample = sample(1);
    let numbers = [f64::NAN, f64::INFINITY, f64::MIN, 0.0, 5e-324];
    for judgement in &mut sample.judgements {
        judgement.findings.clear();
        for (i, x) in numbers.into_iter().enumerate() {
            for y in numbers {
                let estimate = Estimate { value: x, low: y, high: x, level: 0.95, count: 3 };
                let prediction = match i % 4 {
                    0 => Prediction::Equal { value: y, margin: x },
                    1 => Prediction::AtLeast(y),
                    2 => Prediction::AtMost(x),
                    _ => Prediction::Identity { tolerance: y },
                };
                judgement.findings.push(Finding::new("slice", &estimate, prediction, true));
            }
        }
    }
    sample.judgements[1].findings.truncate(1);
    for finding in &mut sample.judgements[2].findings {
        finding.prediction = Prediction::Identity { tolerance: finding.low };
    }
    assert_numbers(&svg(&sample, "verdicts"));
}

#[test]
fn replicates_with_grids_of_their_own_are_interpolated() {
    let mut sample = sample(4);
    with(&mut sample, |replicate, observables| {
        if let Some(Value::Matrix(rows)) = observables.get_mut("grid") {
            rows.iter_mut().flatten().for_each(|x| *x += 0.01 * replicate as f64);
        }
    });
    let svg = svg(&sample, "density");
    assert_numbers(&svg);
    assert!(words(&svg).contains("linear interpolation"));
}

#[test]
fn many_panels_and_colours_fit_and_the_rest_is_counted() {
    let mut sample = sample(4);
    let records =
        sample.records.iter().map(Cow::into_owned).enumerate().map(|(index, mut record)| {
            let parameters = Arc::make_mut(&mut record.parameters);
            parameters.insert("data".into(), format!("set {}", index % 13).into());
            parameters.insert("arm".into(), format!("arm {index}").into());
            record
        });
    sample.records = Records::new(records.collect());
    let svg = svg(&sample, "depth");
    assert_numbers(&svg);
    let words = words(&svg);
    assert!(words.contains("data = set 11") && !words.contains("data = set 12"));
    assert!(words.contains("the first 12 of 13 values of data are drawn"));
    assert!(words.contains("arm 13") && !words.contains("arm 14"));
    assert!(words.contains("the first 14 of 24 values of arm are drawn"));
}

#[test]
fn records_of_another_simulator_have_no_panel_and_no_legend_but_keep_their_colour() {
    let mut sample = sample(3);
    let records = sample.records.iter().map(Cow::into_owned).map(|mut record| {
        if record.cell == 0 {
            let parameters = Arc::make_mut(&mut record.parameters);
            parameters.insert("data".into(), "elsewhere".into());
            parameters.insert("arm".into(), "another".into());
            record.outcome =
                Outcome::Done(Observables::from_iter([("x".into(), Value::Number(1.0))]));
        }
        record
    });
    sample.records = Records::new(records.collect());
    let svg = svg(&sample, "depth");
    let words = words(&svg);
    assert!(!words.contains("elsewhere") && !words.contains("another"));
    // the first colour belongs to the arm that this figure does not show
    assert!(!svg.contains("#0072B2") && svg.contains("#D55E00"));
}

#[test]
fn views_with_the_same_name_get_a_file_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = sample(1);
    for (view, id) in sample.views.iter_mut().zip(["same", "same", "verdicts", "../up"]) {
        view.id = id;
    }
    sample.write(folder.path());
    for name in ["same", "same-2", "verdicts", "verdicts-2", "..-up"] {
        assert!(folder.path().join(format!("figures/{name}.svg")).exists(), "{name}");
    }
}

#[test]
fn a_view_of_one_group_needs_no_parameter() {
    let mut sample = sample(3);
    for view in &mut sample.views {
        view.panels = "";
        view.colours = "";
        assert!(matches!(
            view.kind,
            ViewKind::Curve { .. }
                | ViewKind::Profile { .. }
                | ViewKind::Trend { .. }
                | ViewKind::Density { .. }
        ));
    }
    let words = words(&svg(&sample, "depth"));
    assert!(words.contains("a series joins the replicates of up to 6 cells"), "{words}");
}
