//! Made-up records and judgements, with text that tries to break out of every file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hessian::lab::{
    Claim, Fault, Finding, Judgement, Observable, Observables, Outcome, Parameters, Prediction,
    Record, Records, SCHEMA, Value, Verdict, View, ViewKind,
};
use hessian::report::{self, Input};
use hessian::stats::Estimate;

/// Text that would run, close an attribute, open an element, a comment or a table cell.
pub const HOSTILE: &str = "</script><script>window.broken = 1</script> <img src=x onerror='window.broken=2'> \"'`|&amp; \u{0}\u{7} λ₁ ∇²L 你好 --> ]]>";

/// What a test may change before it writes.
pub struct Sample {
    pub title: String,
    pub summary: String,
    pub command: String,
    pub records: Records,
    pub judgements: Vec<Judgement>,
    pub expected: BTreeMap<String, Verdict>,
    pub views: Vec<View>,
    pub observables: Vec<Observable>,
    pub provenance: BTreeMap<String, String>,
}

impl Sample {
    /// Writes the report into a folder.
    pub fn write(&self, folder: &Path) -> Vec<PathBuf> {
        report::write(
            folder,
            &Input {
                title: &self.title,
                summary: &self.summary,
                command: &self.command,
                records: &self.records,
                judgements: &self.judgements,
                expected: &self.expected,
                views: &self.views,
                observables: &self.observables,
                provenance: &self.provenance,
            },
        )
        .unwrap()
    }
}

/// Two data sets, three arms, nine checkpoints, `replicates` each; one failed task.
pub fn sample(replicates: u64) -> Sample {
    Sample {
        title: "A made-up loss surface".into(),
        summary: format!("Does the effective depth rise in training? {HOSTILE}"),
        command: "hessian run sims/made-up.toml --profile quick".into(),
        records: records(replicates),
        judgements: judgements(),
        expected: BTreeMap::from([
            ("T1".to_owned(), Verdict::Confirmed),
            ("T2".to_owned(), Verdict::Confirmed),
            ("T3".to_owned(), Verdict::Undecided),
        ]),
        views: views(),
        observables: observables(),
        provenance: BTreeMap::from([
            ("seed".to_owned(), "1".to_owned()),
            (HOSTILE.to_owned(), HOSTILE.to_owned()),
        ]),
    }
}

fn records(replicates: u64) -> Records {
    let mut records = Vec::new();
    let mut cell = 0;
    for data in ["gaussians", "letter"] {
        for (arm, rate) in [("residual-bn", 0.35), ("residual", 0.2), (HOSTILE, 0.1)] {
            for replicate in 0..replicates {
                let parameters: Parameters = BTreeMap::from([
                    ("data".to_owned(), data.into()),
                    ("arm".to_owned(), arm.into()),
                    ("width".to_owned(), 20.into()),
                ]);
                records.push(Record {
                    schema: SCHEMA,
                    task: cell * replicates + replicate,
                    cell,
                    replicate,
                    parameters: parameters.into(),
                    outcome: outcome(rate, cell, replicate, replicates),
                    cost: BTreeMap::from([("products".to_owned(), 400)]).into(),
                });
            }
            cell += 1;
        }
    }
    Records::new(records)
}

fn outcome(rate: f64, cell: u64, replicate: u64, replicates: u64) -> Outcome {
    if cell == 5 && replicate + 1 == replicates && replicates > 1 {
        return Outcome::Failed(Fault::Diverged { at: format!("loss {HOSTILE}") });
    }
    // any smooth wobble that differs between replicates will do
    let wobble = |k: f64| (1.7 * replicate as f64 + 0.9 * cell as f64 + k).sin();
    let epochs: Vec<f64> = (0..9).map(|k| k as f64 * 2.5).collect();
    let loss: Vec<f64> =
        epochs.iter().map(|t| 2.3 * (-rate * t).exp() * (1.0 + 0.1 * wobble(*t)) + 1e-3).collect();
    let depth: Vec<f64> =
        epochs.iter().map(|t| 3.0 + rate * t + 0.3 * wobble(*t) + cell as f64 * 0.1).collect();
    let gains: Vec<Vec<f64>> = epochs
        .iter()
        .map(|t| {
            (1..=10).map(|l| (0.5 + 0.02 * t) / f64::from(l) * (1.0 + 0.2 * wobble(*t))).collect()
        })
        .collect();
    let grid: Vec<f64> = (0..300).map(|i| -2.0 + 0.05 * f64::from(i)).collect();
    let density: Vec<Vec<f64>> = epochs
        .iter()
        .map(|t| {
            let width = 0.2 + 0.03 * t + 0.02 * wobble(0.0);
            grid.iter()
                .map(|x| {
                    let bulk = (-0.5 * (x / width).powi(2)).exp() / width;
                    bulk + 0.002 * (-0.5 * ((x - 6.0 - 0.2 * t) / 0.3).powi(2)).exp()
                })
                .collect()
        })
        .collect();
    Outcome::Done(Observables::from_iter([
        ("epoch".to_owned(), Value::Vector(epochs.clone())),
        ("loss.train".to_owned(), Value::Vector(loss)),
        ("depth.d5".to_owned(), Value::Vector(depth)),
        ("gains".to_owned(), Value::Matrix(gains)),
        ("grid".to_owned(), Value::Matrix(vec![grid; 9])),
        ("density".to_owned(), Value::Matrix(density)),
        ("accuracy".to_owned(), Value::Number(0.9 + 0.02 * wobble(3.0))),
    ]))
}

fn views() -> Vec<View> {
    let view = |id, title, caption, kind| View {
        id,
        title,
        caption,
        at: &[],
        panels: "data",
        colours: "arm",
        kind,
    };
    vec![
        view(
            "loss",
            "Training loss falls at a rate that depends on the arm",
            "The loss of all arms falls",
            ViewKind::Curve {
                x: "epoch",
                y: "loss.train",
                x_title: "epoch",
                y_title: "training loss (nats)",
                log_y: true,
            },
        ),
        view(
            "depth",
            "Effective depth through training",
            "Depth rises.",
            ViewKind::Curve {
                x: "epoch",
                y: "depth.d5",
                x_title: "epoch",
                y_title: "effective depth (blocks)",
                log_y: false,
            },
        ),
        view(
            "gains",
            HOSTILE,
            HOSTILE,
            ViewKind::Profile {
                y: "gains",
                first: 1,
                x_title: "block (number)",
                y_title: "gain λ_l (1)",
                log_y: true,
            },
        ),
        view(
            "density",
            "Spectral density of the Hessian",
            "The bulk widens.",
            ViewKind::Density {
                grid: "grid",
                density: "density",
                x_title: "eigenvalue (nats)",
                y_title: "density (1/nats)",
            },
        ),
    ]
}

fn observables() -> Vec<Observable> {
    let observable = |name, axes, unit, definition| Observable { name, axes, unit, definition };
    vec![
        observable("epoch", &["checkpoint"], "epoch", "Epochs trained."),
        observable(
            "loss.train",
            &["checkpoint"],
            "nats",
            "Mean cross-entropy on the training set.",
        ),
        observable("depth.d5", &["checkpoint"], "blocks", HOSTILE),
        observable("gains", &["checkpoint", "block"], "1", "Gain of each block."),
        observable("grid", &["checkpoint", "point"], "nats", "Grid of the density."),
        observable("density", &["checkpoint", "point"], "1/nats", "Spectral density."),
        observable("accuracy", &[], "1", "Share of test samples that are classified correctly."),
    ]
}

fn claim(id: &'static str, paper: &'static str, statement: &'static str) -> Claim {
    Claim {
        id,
        paper,
        source: "equation 7 & figure <2>",
        statement,
        statistic: "Mean difference of depth.d5 between the last and the first checkpoint.",
        prediction: "At least 0; refuted if the whole interval lies below.",
        margin: "None is needed for a sign.",
        simulator: "made-up",
        observables: &["depth.d5", "gains"],
        code: "src/claims/made_up.rs",
        evaluate: |_| Vec::new(),
    }
}

fn estimate(value: f64, half: f64) -> Estimate {
    Estimate { value, low: value - half, high: value + half, level: 0.95, count: 20 }
}

fn judgement(claim: Claim, findings: Vec<Finding>) -> Judgement {
    Judgement::new((&claim).into(), findings)
}

fn judgements() -> Vec<Judgement> {
    let at_least = Prediction::AtLeast(0.0);
    let equal = Prediction::Equal { value: 0.5, margin: 0.1 };
    let identity = Prediction::Identity { tolerance: 1e-10 };
    vec![
        judgement(
            claim("T1", "Littwin-Wolf 2016", "The effective depth rises in training."),
            vec![
                Finding::new("gaussians, residual-bn, D5", &estimate(2.4, 0.5), at_least, true),
                Finding::new("letter, residual-bn, D5", &estimate(1.1, 0.8), at_least, true),
                Finding::new("letter, residual, D5", &estimate(-3.0, 40.0), at_least, false),
            ],
        ),
        judgement(
            claim("T2", "Veit 2016 <b>\"quoted\"</b>", HOSTILE),
            vec![
                Finding::new(HOSTILE, &estimate(0.8, 0.1), equal, true),
                Finding::new("gaussians, all", &estimate(0.51, 0.03), equal, true),
                Finding::new("letter, all", &estimate(0.55, 0.1), equal, false),
            ],
        ),
        judgement(
            claim("T3", "Littwin-Wolf 2016", "The share stays below one half."),
            vec![
                Finding::new("gaussians", &estimate(0.48, 0.05), Prediction::AtMost(0.5), true),
                Finding::new("letter", &estimate(f64::NAN, 1.0), Prediction::AtMost(0.5), true),
            ],
        ),
        judgement(
            claim("T4", "Dauphin 2014", "The Hessian is symmetric to rounding."),
            vec![
                Finding::new("gaussians", &Estimate::exact(3e-15, 20), identity, true),
                Finding::new("letter", &Estimate::exact(0.0, 20), identity, true),
                Finding::new("letter, half precision", &Estimate::exact(2e-4, 20), identity, false),
            ],
        ),
        judgement(claim("T5", "Dauphin 2014", "Nothing was measured."), Vec::new()),
    ]
}

/// Writes the page that the browser opens into the folder `REPORT_SAMPLE`.
#[test]
fn the_sample_writes_a_page_where_it_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let told = std::env::var_os("REPORT_SAMPLE").map(std::path::PathBuf::from);
    let folder = told.unwrap_or_else(|| scratch.path().to_owned());
    sample(4).write(&folder);
    assert!(folder.join("report.html").metadata().unwrap().len() > 10_000);
}
