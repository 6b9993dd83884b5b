//! The claims about the ensemble before training, on the stages of `sims/ensemble.toml`.

use std::f64::consts::PI;

use hessian::lab::{Parameters, Value};
use serde_json::json;

use crate::cases::Case;
use crate::records::{At, Edit, number, word};

const fn edit(at: At, observable: &'static str, change: fn(&mut [f64])) -> Edit {
    Edit { at, observable, change }
}

macro_rules! scale {
    ($factor:expr) => {
        |v| v.iter_mut().for_each(|x| *x *= $factor)
    };
}

macro_rules! shift {
    ($distance:expr) => {
        |v| v.iter_mut().for_each(|x| *x += $distance)
    };
}

/// The least grid of each stage on which the claims can be judged.
pub fn design() -> Vec<serde_json::Value> {
    let mut cells = Vec::new();
    for layers in [20, 100] {
        for sigma_squared in [0.0625, 1.0, 2.0, 4.0, 8.0] {
            cells.push(json!({"stage": "laws", "law": "network", "layers": layers,
                "sigma_squared": sigma_squared}));
        }
    }
    for sigma_squared in [0.25, 1.0, 2.0] {
        for width in [256, 512, 1024] {
            cells.push(json!({"stage": "widths", "law": "network", "layers": 20,
                "sigma_squared": sigma_squared, "width": width}));
        }
    }
    for sigma_squared in [0.5, 1.0, 2.0] {
        for width in [256, 512, 1024] {
            cells.push(json!({"stage": "linear", "law": "linear-network", "layers": 20,
                "sigma_squared": sigma_squared, "width": width}));
        }
    }
    for span in [1, 2, 3] {
        for sigma_squared in [0.5, 2.0] {
            cells.push(json!({"stage": "spans", "law": "linear-network", "layers": 25,
                "sigma_squared": sigma_squared, "span": span}));
        }
    }
    cells.push(json!({"stage": "tails", "law": "network", "layers": 16, "width": 32}));
    for relu in [false, true] {
        for split in ["even", "early", "late"] {
            for overlap in [0.25, 0.5] {
                cells.push(json!({"stage": "overlap", "relu": relu, "split": split,
                    "overlap": overlap}));
            }
        }
    }
    cells
}

/// An excess in 1/n that is another in each replicate, and gone at infinite width.
fn excess(p: &Parameters, replicate: f64) -> f64 {
    1.0 + (2.0 + replicate) / number(p, "width")
}

/// A little noise around 1.
fn noise(replicate: f64) -> f64 {
    1.0 + 1e-4 * (replicate - 1.5)
}

/// The mean of eps_r^2 over p at sigma^2 = 4 beta^2, from its definition with binomials.
pub fn coherent_fraction(layers: usize, beta: f64) -> f64 {
    let mut weight = 1.0;
    let (mut total, mut mean) = (0.0, 0.0);
    for r in 1..=layers {
        total += weight;
        mean += r as f64 * weight;
        let ratio = beta * (layers - r) as f64 / r as f64;
        weight *= ratio * ratio;
    }
    mean / total / layers as f64
}

fn fractions(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let beta = number(p, "sigma_squared").sqrt() / 2.0;
    let layers = number(p, "layers") as usize;
    match word(p, "stage") {
        "widths" => {
            vec![(
                "length.fraction",
                (coherent_fraction(layers, beta) * excess(p, replicate)).into(),
            )]
        }
        // the paper's limit law, which crosses a half at sigma^2 = 4
        "laws" => vec![("length.fraction", (beta / (1.0 + beta) * noise(replicate)).into())],
        _ => vec![],
    }
}

fn odds(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "laws" => {
            vec![("length.odds", (number(p, "sigma_squared").sqrt() * (1.0 + replicate)).into())]
        }
        _ => vec![],
    }
}

fn binomial(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let b = number(p, "sigma_squared");
    match word(p, "stage") {
        "linear" => vec![
            ("length.mean", ((1.0 + 19.0 * b / (1.0 + b)) * excess(p, replicate)).into()),
            ("stream.incoherent", excess(p, replicate).into()),
        ],
        "spans" => {
            let span = number(p, "span");
            let odds = b.powf(span);
            let branches = 24.0 / span * odds / (1.0 + odds);
            vec![("length.mean", (1.0 + branches * noise(replicate)).into())]
        }
        _ => vec![],
    }
}

fn uncorrelated(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "widths" => vec![("stream.incoherent", excess(p, replicate).into())],
        _ => vec![],
    }
}

/// The recursion of second moments, written for the whole net rather than relative to its energy.
fn recursion(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "widths" {
        return vec![];
    }
    let (layers, variance) = (number(p, "layers") as usize, number(p, "sigma_squared"));
    let mut q = vec![vec![0.0; layers + 1]; layers + 1];
    let mut m = vec![0.0; layers + 1];
    (q[1][1], m[1]) = (1.0, 1.0 / PI.sqrt());
    let mut growth = 1.0;
    for _ in 1..layers {
        let s: f64 = q.iter().flatten().sum();
        let u: Vec<f64> = q
            .iter()
            .map(|row| variance.sqrt() * row.iter().sum::<f64>() / (2.0 * PI * s).sqrt())
            .collect();
        let (old, mean) = (q.clone(), m.clone());
        for r in 1..=layers {
            for t in 1..=layers {
                q[r][t] +=
                    variance / 2.0 * old[r - 1][t - 1] + mean[r] * u[t - 1] + mean[t] * u[r - 1];
            }
            m[r] += u[r - 1];
        }
        growth = q.iter().flatten().sum::<f64>() / s;
    }
    let s: f64 = q.iter().flatten().sum();
    let own: f64 = (1..=layers).map(|r| q[r][r]).sum();
    let mean = (1..=layers).map(|r| r as f64 * q[r][r]).sum::<f64>() / own;
    let square = (1..=layers).map(|r| (r as f64 - mean).powi(2) * q[r][r]).sum::<f64>() / own;
    let e = excess(p, replicate);
    let at = |step: usize| -> Value {
        (1..=layers - step).map(|r| e * q[r][r + step] / s).collect::<Vec<f64>>().into()
    };
    vec![
        ("length.mean", (e * mean).into()),
        ("length.sd", (e * square.sqrt()).into()),
        ("stream.incoherent", (e * own / s).into()),
        ("stream.growth", (e * growth).into()),
        ("stream.own", at(0)),
        ("stream.neighbour", at(2)),
    ]
}

pub fn gaussian(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "tails" => {
            let values: Vec<f64> =
                (0..16).map(|r| 1e-4 * f64::from(r) * (replicate - 1.5)).collect();
            vec![("output.kurtosis", values.into())]
        }
        _ => vec![],
    }
}

/// Whatever the split, with a factor of its own in each replicate.
pub fn isotropic(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "overlap" => {
            vec![("output.correlation", (number(p, "overlap") * (1.0 + replicate)).into())]
        }
        _ => vec![],
    }
}

fn product(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "overlap" => {
            let predicted = number(p, "overlap") * (1.0 + replicate);
            vec![
                ("output.correlation", (predicted * noise(replicate)).into()),
                ("output.prediction", predicted.into()),
            ]
        }
        _ => vec![],
    }
}

const LAWS: At = &[("stage", "laws")];
const LAWS_20: At = &[("stage", "laws"), ("layers", "20")];
const WIDTHS: At = &[("stage", "widths")];
const WIDTHS_1: At = &[("stage", "widths"), ("sigma_squared", "1.0")];
const LINEAR: At = &[("stage", "linear")];
const LINEAR_2: At = &[("stage", "linear"), ("sigma_squared", "2.0")];
const SPANS: At = &[("stage", "spans")];
const TAILS: At = &[("stage", "tails")];
const RELU_EARLY: At = &[("relu", "true"), ("overlap", "0.5"), ("split", "early")];
const RELU_LATE: At = &[("relu", "true"), ("overlap", "0.5"), ("split", "late")];
const RELU_EVEN: At = &[("relu", "true"), ("overlap", "0.5"), ("split", "even")];
const RELU_SMALL: At = &[("relu", "true"), ("overlap", "0.25"), ("split", "late")];
const LINEAR_EARLY: At = &[("relu", "false"), ("overlap", "0.5"), ("split", "early")];
const LINEAR_NETS: At = &[("relu", "false")];

pub const CASES: &[Case] = &[
    Case {
        id: "P10",
        truth: fractions,
        identity: false,
        refuted_by: &[
            edit(WIDTHS_1, "length.fraction", shift!(0.035)),
            edit(WIDTHS_1, "length.fraction", shift!(-0.02)),
        ],
        unmoved_by: &[
            edit(WIDTHS_1, "length.fraction", shift!(0.009)),
            edit(LAWS, "length.fraction", scale!(2.0)),
        ],
        compared: &[],
        needs: &[WIDTHS_1],
    },
    Case {
        id: "P11",
        truth: odds,
        identity: false,
        refuted_by: &[
            edit(LAWS, "length.odds", |v| v[0] = v[0].powi(2)),
            edit(LAWS_20, "length.odds", |v| v[0] = v[0].powf(0.9)),
        ],
        unmoved_by: &[
            edit(LAWS, "length.odds", scale!(7.0)),
            edit(LAWS, "length.odds", |v| v[0] = v[0].powf(1.04)),
        ],
        compared: &[],
        needs: &[LAWS],
    },
    Case {
        id: "P12",
        truth: fractions,
        identity: false,
        refuted_by: &[
            edit(LAWS, "length.fraction", scale!(1.1)),
            edit(LAWS_20, "length.fraction", scale!(0.9)),
        ],
        unmoved_by: &[edit(WIDTHS, "length.fraction", scale!(2.0))],
        compared: &[],
        needs: &[LAWS],
    },
    Case {
        id: "P13",
        truth: binomial,
        identity: false,
        refuted_by: &[
            edit(LINEAR_2, "length.mean", scale!(0.9)),
            edit(LINEAR, "stream.incoherent", scale!(0.9)),
            edit(LINEAR, "stream.incoherent", scale!(1.1)),
        ],
        unmoved_by: &[
            edit(LINEAR, "length.mean", scale!(1.009)),
            edit(LINEAR, "stream.incoherent", scale!(0.975)),
            edit(SPANS, "length.mean", scale!(2.0)),
        ],
        compared: &[],
        needs: &[LINEAR],
    },
    Case {
        id: "P14",
        truth: uncorrelated,
        identity: false,
        refuted_by: &[
            edit(WIDTHS, "stream.incoherent", scale!(0.13)),
            edit(WIDTHS_1, "stream.incoherent", scale!(1.2)),
        ],
        unmoved_by: &[edit(WIDTHS, "stream.incoherent", scale!(0.92))],
        compared: &[],
        needs: &[WIDTHS],
    },
    Case {
        id: "P15",
        truth: recursion,
        identity: false,
        refuted_by: &[
            edit(WIDTHS_1, "length.mean", scale!(0.95)),
            edit(WIDTHS_1, "length.sd", scale!(1.1)),
            edit(WIDTHS, "stream.incoherent", scale!(0.9)),
            edit(WIDTHS, "stream.growth", scale!(1.05)),
            edit(WIDTHS, "stream.own", scale!(1.2)),
            edit(WIDTHS_1, "stream.neighbour", scale!(0.8)),
        ],
        unmoved_by: &[
            edit(WIDTHS, "length.sd", scale!(1.04)),
            edit(WIDTHS, "stream.growth", scale!(0.992)),
        ],
        compared: &[],
        needs: &[WIDTHS],
    },
    Case {
        id: "P16",
        truth: recursion,
        identity: false,
        refuted_by: &[
            edit(WIDTHS, "stream.growth", scale!(0.75)),
            edit(WIDTHS_1, "stream.growth", scale!(1.03)),
        ],
        unmoved_by: &[
            edit(WIDTHS, "stream.growth", scale!(1.008)),
            edit(WIDTHS, "length.mean", scale!(3.0)),
        ],
        compared: &[],
        needs: &[WIDTHS],
    },
    Case {
        id: "P21",
        truth: gaussian,
        identity: false,
        refuted_by: &[
            edit(TAILS, "output.kurtosis", |v| v[15] = 1.0 + 0.01 * v[15]),
            edit(TAILS, "output.kurtosis", |v| v[7] = -0.5),
        ],
        unmoved_by: &[
            edit(TAILS, "output.kurtosis", |v| v[1] += 0.2),
            edit(TAILS, "output.kurtosis", |v| v[10] = 99.0),
        ],
        compared: &[],
        needs: &[TAILS],
    },
    Case {
        id: "P62",
        truth: isotropic,
        identity: false,
        refuted_by: &[
            edit(RELU_EARLY, "output.correlation", scale!(0.9)),
            edit(RELU_LATE, "output.correlation", scale!(1.1)),
            edit(RELU_EVEN, "output.correlation", scale!(0.9)),
        ],
        unmoved_by: &[edit(RELU_LATE, "output.correlation", scale!(1.04))],
        compared: &[
            edit(RELU_SMALL, "output.correlation", scale!(1.5)),
            edit(LINEAR_EARLY, "output.correlation", scale!(0.79)),
        ],
        needs: &[RELU_EVEN, RELU_EARLY, RELU_LATE],
    },
    Case {
        id: "P63",
        truth: product,
        identity: false,
        refuted_by: &[
            edit(LINEAR_EARLY, "output.correlation", scale!(0.79)),
            edit(LINEAR_NETS, "output.prediction", scale!(0.9)),
        ],
        unmoved_by: &[
            edit(LINEAR_NETS, "output.correlation", scale!(1.02)),
            edit(RELU_LATE, "output.correlation", scale!(3.0)),
        ],
        compared: &[],
        needs: &[LINEAR_NETS],
    },
    Case {
        id: "P67",
        truth: binomial,
        identity: false,
        refuted_by: &[
            edit(&[("span", "2"), ("sigma_squared", "0.5")], "length.mean", scale!(1.3)),
            edit(SPANS, "length.mean", scale!(0.8)),
        ],
        unmoved_by: &[
            edit(SPANS, "length.mean", scale!(1.01)),
            edit(LINEAR, "length.mean", scale!(2.0)),
        ],
        compared: &[],
        needs: &[SPANS],
    },
];
