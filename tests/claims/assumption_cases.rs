//! The audit of the paper's assumptions, on the stages of `sims/assumptions.toml`.

use hessian::lab::{Parameters, Value};
use serde_json::json;

use crate::cases::Case;
use crate::ensemble_cases::{coherent_fraction, gaussian, isotropic};
use crate::path_cases::{list, noise, uniform};
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

/// The cells of stages that no other sim has.
pub fn design() -> Vec<serde_json::Value> {
    let mut cells = vec![json!({"stage": "loss", "layers": 6})];
    for arm in ["residual-bn", "residual"] {
        cells.push(json!({"stage": "short", "arm": arm}));
    }
    for sigma_squared in [0.25, 1.0, 4.0] {
        cells.push(json!({"stage": "lambda", "layers": 20, "sigma_squared": sigma_squared}));
    }
    for statistics in ["frozen", "batch"] {
        cells.push(json!({"stage": "statistics", "statistics": statistics}));
    }
    cells
}

fn coined(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "gates" => vec![
            ("gate.correlation", list(10, |l| 1e-3 * l * noise(replicate))),
            ("gate.neighbour", (1e-3 * noise(replicate)).into()),
            ("coin.variance", (0.01 * noise(replicate)).into()),
            ("subset.correlation", noise(replicate).into()),
            ("subset.correlation.linear", noise(replicate).into()),
        ],
        _ => vec![],
    }
}

/// Training that changes nothing.
fn unmoved(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "short" => vec![
            ("gate.range", list(5, |k| 1e-3 * k * noise(replicate))),
            ("gate.stuck", list(5, |k| 1e-3 * k * noise(replicate))),
            ("weights.ratio", list(5, |k| noise(replicate) + 1e-3 * k)),
            ("length.first", list(5, |k| 1e-4 * k * noise(replicate))),
        ],
        _ => vec![],
    }
}

fn affine(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "loss" => vec![
            ("fit.hinge", (0.99 * noise(replicate)).into()),
            ("fit.absolute", (0.98 * noise(replicate)).into()),
        ],
        _ => vec![],
    }
}

/// The paper's law at Lambda = n, give or take.
fn one_lambda(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "lambda" => {
            let lambda = 1.0 + 0.01 * (replicate - 1.5);
            let beta = (number(p, "sigma_squared") / lambda).sqrt() / 2.0;
            let fraction = coherent_fraction(20, beta);
            vec![("length.mean", (20.0 * fraction * (1.0 + 1e-6 * replicate)).into())]
        }
        _ => vec![],
    }
}

/// The same whatever the statistics, another in each replicate.
fn constant(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match (word(p, "stage"), word(p, "statistics")) {
        ("statistics", "frozen") => {
            vec![("length.mean", (5.0 * (1.0 + replicate) * noise(replicate)).into())]
        }
        ("statistics", _) => vec![("length.mean", (5.0 * (1.0 + replicate)).into())],
        _ => vec![],
    }
}

const TIED_TO_FIT: At = &[("stage", "multiplicities"), ("tying", "incoming")];
const EQUALITY: At = &[("stage", "multiplicities"), ("tying", "outgoing")];
const UNTIED: At = &[("stage", "untied")];
const GATES: At = &[("stage", "gates")];
const SHORT: At = &[("stage", "short")];
const SHORT_BN: At = &[("stage", "short"), ("arm", "residual-bn")];
const SHORT_WITHOUT: At = &[("stage", "short"), ("arm", "residual")];
const LOSS: At = &[("stage", "loss")];
const RELU_LATE: At = &[("relu", "true"), ("overlap", "0.5"), ("split", "late")];
const RELU_EVEN: At = &[("relu", "true"), ("overlap", "0.5"), ("split", "even")];
const LINEAR_EARLY: At = &[("relu", "false"), ("overlap", "0.5"), ("split", "early")];
const TAILS: At = &[("stage", "tails")];
const SMALL_SCALE: At = &[("stage", "lambda"), ("sigma_squared", "0.25")];
const USUAL_SCALE: At = &[("stage", "lambda"), ("sigma_squared", "1.0")];
const LARGE_SCALE: At = &[("stage", "lambda"), ("sigma_squared", "4.0")];
const FROZEN: At = &[("stage", "statistics"), ("statistics", "frozen")];
const BATCH: At = &[("stage", "statistics"), ("statistics", "batch")];

pub const CASES: &[Case] = &[
    Case {
        id: "A-01",
        truth: uniform,
        identity: false,
        refuted_by: &[
            edit(TIED_TO_FIT, "coupling.rank.share", scale!(0.1)),
            edit(TIED_TO_FIT, "coupling.rank.share", |v| v[3] = 0.5),
        ],
        unmoved_by: &[
            edit(TIED_TO_FIT, "coupling.rank.share", scale!(0.93)),
            edit(EQUALITY, "coupling.rank.share", scale!(0.1)),
        ],
        compared: &[],
        needs: &[TIED_TO_FIT],
    },
    Case {
        id: "A-02",
        truth: uniform,
        identity: false,
        refuted_by: &[
            edit(EQUALITY, "coupling.correlation", |v| v.fill(1.0)),
            edit(EQUALITY, "coupling.correlation.next", |v| v.fill(1.0)),
        ],
        unmoved_by: &[
            edit(EQUALITY, "coupling.correlation", shift!(0.09)),
            edit(TIED_TO_FIT, "coupling.correlation", |v| v.fill(1.0)),
        ],
        compared: &[],
        needs: &[EQUALITY],
    },
    Case {
        id: "A-03",
        truth: coined,
        identity: false,
        refuted_by: &[edit(GATES, "gate.correlation", |v| v[9] = 0.85)],
        unmoved_by: &[
            edit(GATES, "gate.correlation", |v| v[..9].fill(0.5)),
            edit(GATES, "gate.correlation", shift!(0.03)),
        ],
        compared: &[edit(GATES, "gate.neighbour", shift!(0.2))],
        needs: &[GATES],
    },
    Case {
        id: "A-04",
        truth: unmoved,
        identity: false,
        refuted_by: &[
            edit(SHORT, "gate.range", shift!(0.2)),
            edit(SHORT_WITHOUT, "gate.range", |v| v[4] = 0.2),
        ],
        unmoved_by: &[
            edit(SHORT, "gate.range", |v| v[..4].fill(1.0)),
            edit(SHORT, "gate.range", shift!(0.04)),
        ],
        compared: &[edit(SHORT_BN, "gate.stuck", shift!(0.2))],
        needs: &[SHORT_BN, SHORT_WITHOUT],
    },
    Case {
        id: "A-05",
        truth: coined,
        identity: false,
        refuted_by: &[edit(GATES, "coin.variance", shift!(9.0))],
        unmoved_by: &[edit(GATES, "coin.variance", scale!(9.0))],
        compared: &[],
        needs: &[GATES],
    },
    Case {
        id: "A-06",
        truth: uniform,
        identity: false,
        refuted_by: &[edit(UNTIED, "multiplicity.distance", |v| v.fill(0.99))],
        unmoved_by: &[edit(UNTIED, "multiplicity.distance", shift!(0.09))],
        compared: &[edit(TIED_TO_FIT, "multiplicity.distance", shift!(0.5))],
        needs: &[UNTIED],
    },
    Case {
        id: "A-07",
        truth: coined,
        identity: false,
        refuted_by: &[edit(GATES, "subset.correlation", scale!(0.15))],
        unmoved_by: &[edit(GATES, "subset.correlation", scale!(0.92))],
        compared: &[edit(GATES, "subset.correlation.linear", scale!(0.0))],
        needs: &[GATES],
    },
    Case {
        id: "A-08",
        truth: unmoved,
        identity: false,
        refuted_by: &[
            edit(SHORT_BN, "weights.ratio", |v| v[4] = 1.2),
            edit(SHORT_WITHOUT, "weights.ratio", |v| v[4] = 0.9),
        ],
        unmoved_by: &[
            edit(SHORT, "weights.ratio", |v| v[3] = 2.0),
            edit(SHORT, "weights.ratio", shift!(0.04)),
        ],
        compared: &[],
        needs: &[SHORT_BN, SHORT_WITHOUT],
    },
    Case {
        id: "A-09",
        truth: affine,
        identity: false,
        refuted_by: &[
            edit(LOSS, "fit.hinge", scale!(0.5)),
            edit(LOSS, "fit.absolute", scale!(0.1)),
        ],
        unmoved_by: &[edit(LOSS, "fit.absolute", scale!(0.93))],
        compared: &[],
        needs: &[LOSS],
    },
    Case {
        id: "A-10",
        truth: isotropic,
        identity: false,
        refuted_by: &[
            edit(RELU_LATE, "output.correlation", scale!(1.1)),
            edit(RELU_EVEN, "output.correlation", scale!(1.1)),
        ],
        unmoved_by: &[edit(RELU_LATE, "output.correlation", scale!(1.04))],
        compared: &[edit(LINEAR_EARLY, "output.correlation", scale!(0.79))],
        needs: &[RELU_LATE, RELU_EVEN],
    },
    Case {
        id: "A-11",
        truth: unmoved,
        identity: false,
        refuted_by: &[
            edit(SHORT_BN, "length.first", |v| v[0] = 0.05),
            edit(SHORT_WITHOUT, "length.first", shift!(0.05)),
        ],
        unmoved_by: &[edit(SHORT, "length.first", |v| v[0] = 0.009)],
        compared: &[edit(SHORT, "length.first", |v| v[4] = 0.5)],
        needs: &[SHORT_BN, SHORT_WITHOUT],
    },
    Case {
        id: "A-12",
        truth: gaussian,
        identity: false,
        refuted_by: &[edit(TAILS, "output.kurtosis", |v| v[15] = 10.0)],
        unmoved_by: &[edit(TAILS, "output.kurtosis", shift!(0.2))],
        compared: &[],
        needs: &[TAILS],
    },
    Case {
        id: "A-13",
        truth: one_lambda,
        identity: false,
        refuted_by: &[
            edit(SMALL_SCALE, "length.mean", scale!(1.2)),
            edit(LARGE_SCALE, "length.mean", scale!(1.2)),
        ],
        unmoved_by: &[edit(SMALL_SCALE, "length.mean", scale!(1.005))],
        compared: &[edit(USUAL_SCALE, "length.mean", scale!(1.2))],
        needs: &[SMALL_SCALE, LARGE_SCALE],
    },
    Case {
        id: "A-14",
        truth: constant,
        identity: false,
        refuted_by: &[
            edit(FROZEN, "length.mean", scale!(3.0)),
            edit(BATCH, "length.mean", scale!(1.2)),
        ],
        unmoved_by: &[edit(BATCH, "length.mean", scale!(1.04))],
        compared: &[],
        needs: &[FROZEN, BATCH],
    },
];
