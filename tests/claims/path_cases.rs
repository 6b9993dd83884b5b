//! The claims about single paths, gates, tied weights and frozen scales, on the stages of
//! `sims/paths.toml`.

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
    for layers in [4, 6] {
        for width in [2, 4] {
            cells.push(json!({"stage": "counts", "layers": layers, "width": width}));
        }
    }
    for width in [2, 3] {
        cells.push(json!({"stage": "sums", "layers": 4, "width": width}));
    }
    for tying in ["incoming", "outgoing"] {
        cells.push(json!({"stage": "multiplicities", "tying": tying}));
    }
    cells.push(json!({"stage": "untied", "tying": "none"}));
    cells.push(json!({"stage": "gates", "width": 64}));
    cells.push(json!({"stage": "small-gates", "width": 4}));
    for relu in [false, true] {
        for distinct in [0, 4, 16, 64] {
            cells.push(json!({"stage": "tied", "relu": relu, "distinct": distinct}));
        }
    }
    for scale in [1.0, 4.0] {
        for width in [64, 128, 256] {
            cells.push(json!({"stage": "frozen", "layers": 32, "scale": scale, "width": width}));
        }
    }
    for samples in [4, 256] {
        cells.push(json!({"stage": "norm-backward", "width": 32, "samples": samples}));
    }
    for branch in ["bn-relu", "relu"] {
        for shortcut in [0.5, 1.1] {
            for blocks in [6, 18, 54] {
                cells.push(json!({"stage": "shortcuts", "branch": branch, "shortcut": shortcut,
                    "blocks": blocks}));
            }
        }
    }
    cells
}

/// A little noise around 1.
pub fn noise(replicate: f64) -> f64 {
    1.0 + 1e-4 * (replicate - 1.5)
}

pub fn list(count: usize, value: impl Fn(f64) -> f64) -> Value {
    (0..count).map(|i| value(i as f64)).collect::<Vec<f64>>().into()
}

fn counted(p: &Parameters, _: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "counts" => vec![("path.count.deviation", 0.0.into()), ("path.sum.bits", 0.0.into())],
        "sums" => vec![("path.sum.error", 1e-15.into())],
        _ => vec![],
    }
}

fn bounded(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "multiplicities" => vec![
            ("coupling.low", list(4, |r| 1.0 + r * (1.0 + replicate))),
            ("coupling.high", list(4, |r| 1.0 / (1.0 + r))),
            ("coupling.low.negative", list(4, |r| 0.1 + 0.1 * r)),
        ],
        _ => vec![],
    }
}

/// A3 and independent couplings, whatever the tying.
pub fn uniform(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "multiplicities" | "untied" => vec![
            ("multiplicity.distance", list(4, |r| 1e-3 * r * noise(replicate))),
            ("coupling.correlation", list(4, |r| 1e-3 * r * noise(replicate))),
            ("coupling.correlation.next", list(3, |r| -1e-3 * r * noise(replicate))),
            ("coupling.rank.share", list(4, |r| noise(replicate) - 1e-3 * r)),
        ],
        _ => vec![],
    }
}

fn coins(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "gates" | "small-gates" => vec![
            ("path.open.scaled", list(10, |r| noise(replicate) + 1e-3 * r)),
            ("gate.correlation", list(10, |l| 1e-3 * l * noise(replicate))),
            ("gate.arc", list(10, |l| 0.5 + 0.04 * l)),
            ("gate.joint", list(10, |l| (0.5 + 0.04 * l) * noise(replicate))),
        ],
        _ => vec![],
    }
}

fn moments(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "sums" => vec![
            ("path.first", list(4, |r| 1e-3 * r * noise(replicate))),
            ("path.second", list(4, |r| noise(replicate) + 1e-3 * r)),
            ("output.neighbour", list(3, |r| (0.9 - 0.1 * r) * noise(replicate))),
            ("output.mean", list(4, |r| (0.6 - 0.1 * r) * noise(replicate))),
        ],
        _ => vec![],
    }
}

fn squared(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "tied" => {
            let exponent = if number(p, "distinct") == 0.0 { 1.0 } else { 2.0 };
            vec![("length.exponent", (exponent * noise(replicate)).into())]
        }
        _ => vec![],
    }
}

/// 1 + sum over l = 2..32 of t^2 / (t^2 + l - 1), with an excess in 1/n.
fn deepened(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "frozen" {
        return vec![];
    }
    let odds = number(p, "scale").powi(2);
    let mean = 1.0 + (1..32).map(|k| odds / (odds + f64::from(k))).sum::<f64>();
    let excess = 1.0 + (1.0 + replicate) / number(p, "width");
    vec![("length.mean", (mean * excess).into())]
}

fn projected(p: &Parameters, _: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "norm-backward" => vec![("norm.identity", 1e-14.into())],
        _ => vec![],
    }
}

fn multiplied(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "shortcuts" => {
            let rest = number(p, "blocks") * number(p, "shortcut").ln() * noise(replicate);
            vec![
                ("gradient.log.rest", (rest + replicate).into()),
                ("gradient.log", (rest + 0.01 * replicate).into()),
            ]
        }
        _ => vec![],
    }
}

const COUNTS: At = &[("stage", "counts")];
const LARGEST: At = &[("stage", "counts"), ("layers", "6"), ("width", "4")];
const SUMS: At = &[("stage", "sums")];
const SUMS_3: At = &[("stage", "sums"), ("width", "3")];
const TIED_TO_FIT: At = &[("stage", "multiplicities"), ("tying", "incoming")];
const EQUALITY: At = &[("stage", "multiplicities"), ("tying", "outgoing")];
const UNTIED: At = &[("stage", "untied")];
const GATES: At = &[("stage", "gates")];
const SMALL_GATES: At = &[("stage", "small-gates")];
const AVERAGED_64: At = &[("stage", "tied"), ("relu", "false"), ("distinct", "64")];
const AVERAGED_4: At = &[("stage", "tied"), ("relu", "false"), ("distinct", "4")];
const AVERAGED_UNTIED: At = &[("stage", "tied"), ("relu", "false"), ("distinct", "0")];
const KEPT: At = &[("stage", "tied"), ("relu", "true")];
const FROZEN_4: At = &[("stage", "frozen"), ("scale", "4.0")];
const FROZEN_1: At = &[("stage", "frozen"), ("scale", "1.0")];
const NORM: At = &[("stage", "norm-backward")];
const NORM_256: At = &[("stage", "norm-backward"), ("samples", "256")];
const SHORT_RELU: At = &[("stage", "shortcuts"), ("branch", "relu"), ("shortcut", "0.5")];
const LONG_BN_54: At =
    &[("stage", "shortcuts"), ("branch", "bn-relu"), ("shortcut", "1.1"), ("blocks", "54")];
const SHORT_BN_54: At =
    &[("stage", "shortcuts"), ("branch", "bn-relu"), ("shortcut", "0.5"), ("blocks", "54")];

pub const CASES: &[Case] = &[
    Case {
        id: "P06",
        truth: counted,
        identity: true,
        refuted_by: &[
            edit(COUNTS, "path.count.deviation", shift!(1.0)),
            edit(LARGEST, "path.count.deviation", shift!(1.0)),
        ],
        unmoved_by: &[edit(COUNTS, "path.sum.bits", shift!(1.0))],
        compared: &[],
        needs: &[COUNTS, LARGEST],
    },
    Case {
        id: "P07",
        truth: counted,
        identity: true,
        refuted_by: &[
            edit(SUMS_3, "path.sum.error", scale!(2e3)),
            edit(LARGEST, "path.sum.bits", shift!(1.0)),
        ],
        unmoved_by: &[
            edit(SUMS, "path.sum.error", scale!(900.0)),
            edit(COUNTS, "path.count.deviation", shift!(1.0)),
        ],
        compared: &[],
        needs: &[COUNTS, SUMS_3],
    },
    Case {
        id: "P08",
        truth: bounded,
        identity: true,
        refuted_by: &[
            edit(TIED_TO_FIT, "coupling.low", |v| v[3] = 0.99),
            edit(EQUALITY, "coupling.high", |v| v[0] = 1.01),
        ],
        unmoved_by: &[
            edit(TIED_TO_FIT, "coupling.low", scale!(3.0)),
            edit(EQUALITY, "coupling.high", scale!(0.5)),
        ],
        compared: &[edit(EQUALITY, "coupling.low.negative", scale!(0.5))],
        needs: &[TIED_TO_FIT, EQUALITY],
    },
    Case {
        id: "P09",
        truth: uniform,
        identity: false,
        refuted_by: &[
            edit(EQUALITY, "coupling.correlation", |v| v.fill(1.0)),
            edit(EQUALITY, "coupling.correlation", |v| v[3] = -0.2),
        ],
        unmoved_by: &[
            edit(EQUALITY, "coupling.correlation", shift!(0.09)),
            edit(EQUALITY, "coupling.correlation", |v| v[0] = 1.0),
        ],
        compared: &[edit(TIED_TO_FIT, "coupling.correlation", shift!(0.5))],
        needs: &[EQUALITY],
    },
    Case {
        id: "P17",
        truth: coins,
        identity: false,
        refuted_by: &[
            edit(GATES, "gate.correlation", |v| v[9] = 0.85),
            edit(GATES, "path.open.scaled", |v| v[5] = 1.1),
            edit(SMALL_GATES, "path.open.scaled", |v| v[1] = 0.9),
        ],
        unmoved_by: &[
            edit(GATES, "gate.correlation", |v| v[..9].fill(1.0)),
            edit(GATES, "path.open.scaled", shift!(0.02)),
            edit(SMALL_GATES, "gate.correlation", shift!(1.0)),
        ],
        compared: &[edit(GATES, "gate.joint", scale!(0.9))],
        needs: &[GATES, SMALL_GATES],
    },
    Case {
        id: "P18",
        truth: moments,
        identity: false,
        refuted_by: &[
            edit(SUMS, "path.first", shift!(0.2)),
            edit(SUMS_3, "path.second", |v| v[2] = 0.9),
            edit(SUMS_3, "output.neighbour", scale!(0.0)),
        ],
        unmoved_by: &[
            edit(SUMS, "path.first", shift!(-0.04)),
            edit(SUMS, "path.second", shift!(0.04)),
            edit(SUMS, "path.second", |v| v[3] = 7.0),
            edit(SUMS, "output.neighbour", scale!(0.2)),
        ],
        compared: &[],
        needs: &[SUMS, SUMS_3],
    },
    Case {
        id: "P19",
        truth: uniform,
        identity: false,
        refuted_by: &[
            edit(UNTIED, "multiplicity.distance", |v| v.fill(0.99)),
            edit(UNTIED, "multiplicity.distance", |v| v[1] = 0.2),
        ],
        unmoved_by: &[
            edit(UNTIED, "multiplicity.distance", shift!(0.09)),
            edit(UNTIED, "multiplicity.distance", |v| v[0] = 1.0),
        ],
        compared: &[edit(TIED_TO_FIT, "multiplicity.distance", shift!(0.5))],
        needs: &[UNTIED],
    },
    Case {
        id: "P20",
        truth: squared,
        identity: false,
        refuted_by: &[
            edit(AVERAGED_64, "length.exponent", scale!(0.7)),
            edit(AVERAGED_4, "length.exponent", scale!(1.1)),
        ],
        unmoved_by: &[
            edit(AVERAGED_64, "length.exponent", shift!(-0.09)),
            edit(AVERAGED_4, "length.exponent", shift!(0.09)),
        ],
        compared: &[
            edit(KEPT, "length.exponent", scale!(0.5)),
            edit(AVERAGED_UNTIED, "length.exponent", scale!(2.0)),
        ],
        needs: &[AVERAGED_64, AVERAGED_4],
    },
    Case {
        id: "P27",
        truth: deepened,
        identity: false,
        refuted_by: &[
            edit(FROZEN_4, "length.mean", scale!(0.5)),
            edit(FROZEN_1, "length.mean", scale!(1.1)),
        ],
        unmoved_by: &[edit(FROZEN_4, "length.mean", scale!(0.96))],
        compared: &[],
        needs: &[FROZEN_4, FROZEN_1],
    },
    Case {
        id: "O-13",
        truth: projected,
        identity: true,
        refuted_by: &[
            edit(NORM, "norm.identity", scale!(2e4)),
            edit(NORM_256, "norm.identity", shift!(1e-3)),
        ],
        unmoved_by: &[edit(NORM, "norm.identity", scale!(9e3))],
        compared: &[],
        needs: &[NORM, NORM_256],
    },
    Case {
        id: "O-15",
        truth: multiplied,
        identity: false,
        refuted_by: &[
            edit(SHORT_RELU, "gradient.log.rest", scale!(1.1)),
            edit(LONG_BN_54, "gradient.log.rest", shift!(2.0)),
        ],
        unmoved_by: &[
            edit(SHORT_RELU, "gradient.log.rest", scale!(0.96)),
            edit(SHORT_RELU, "gradient.log.rest", shift!(9.0)),
        ],
        compared: &[
            edit(SHORT_BN_54, "gradient.log", shift!(60.0)),
            edit(LONG_BN_54, "gradient.log", shift!(-20.0)),
        ],
        needs: &[SHORT_RELU, LONG_BN_54],
    },
];
