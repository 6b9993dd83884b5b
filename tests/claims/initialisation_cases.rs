//! The claims about networks before training, on the stages of `sims/initialisation.toml`.

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

/// Every entry to a power: a growth rate times its logarithm.
macro_rules! power {
    ($exponent:expr) => {
        |v| v.iter_mut().for_each(|x| *x = x.powf($exponent))
    };
}

/// The least grid of each stage on which the claims can be judged.
pub fn design() -> Vec<serde_json::Value> {
    let mut cells = vec![
        json!({"stage": "literal", "centred": false}),
        json!({"stage": "literal", "centred": true}),
    ];
    for width in [128, 256, 512] {
        cells.push(json!({"stage": "shares", "block": "centred", "width": width}));
    }
    for scale in [5.0, 100.0] {
        for width in [64, 128, 256] {
            cells
                .push(json!({"stage": "saturation", "blocks": 31, "scale": scale, "width": width}));
        }
    }
    for block in ["centred", "bn-relu", "relu"] {
        for scale in [0.5_f64.sqrt(), 1.0] {
            cells.push(json!({"stage": "short-paths", "block": block, "scale": scale}));
        }
    }
    for block in ["plain-bn-relu", "plain-bn"] {
        for samples in [16, 32, 64, 128] {
            cells.push(json!({"stage": "explosion", "block": block, "samples": samples}));
        }
    }
    for block in ["bn-relu", "relu"] {
        for blocks in [8, 16, 32, 64] {
            cells.push(json!({"stage": "deepening", "block": block, "blocks": blocks}));
        }
        cells.push(json!({"stage": "paths", "block": block}));
    }
    for block in ["plain-relu", "relu", "bn-relu"] {
        for blocks in [2, 4, 8, 16] {
            cells.push(json!({"stage": "correlation", "block": block, "blocks": blocks}));
        }
    }
    for width in [32, 64, 128] {
        for beta in [0.25, 0.5] {
            cells.push(json!({"stage": "fluctuations", "width": width, "beta": beta}));
        }
    }
    cells
}

/// A little noise around 1.
fn noise(replicate: f64) -> f64 {
    1.0 + 1e-4 * (replicate - 1.5)
}

/// An excess in 1/n that is another in each replicate, and gone at infinite size.
fn excess(p: &Parameters, parameter: &str, replicate: f64) -> f64 {
    1.0 + (1.0 + replicate) / number(p, parameter)
}

fn list(count: usize, value: impl Fn(f64) -> f64) -> Value {
    (0..count).map(|i| value(i as f64)).collect::<Vec<f64>>().into()
}

fn one_per_layer(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "literal" => vec![("stream.energy", list(16, |l| (l + 1.0) * noise(replicate)))],
        _ => vec![],
    }
}

fn shares(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "shares" {
        return vec![];
    }
    let excess = excess(p, "width", replicate);
    let variance = |b: f64| if b == 0.0 { 1.0 } else { (b + 1.0) * excess };
    vec![("branch.share", list(7, |b| excess / (b + 2.0))), ("norm.variance", list(7, variance))]
}

fn saturated(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        // 1 + H_31 = 5.027
        "saturation" => vec![("depth.forward", (4.5 * excess(p, "width", replicate)).into())],
        _ => vec![],
    }
}

fn short(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let share = if word(p, "block") == "relu" { 0.6 } else { 0.995 };
    match word(p, "stage") {
        "short-paths" => vec![("depth.reverse.short", (share * noise(replicate)).into())],
        _ => vec![],
    }
}

/// pi / (pi - 1) per layer without skips and as an exponent with them.
fn exploding(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let growth: f64 = 1.466_942_206_924_26;
    match (word(p, "stage"), word(p, "block")) {
        ("explosion", "plain-bn-relu") => {
            let rate = growth + (1.0 + replicate) / number(p, "samples");
            vec![("gradient.energy", list(41, |l| rate.powf(-l)))]
        }
        ("deepening", "bn-relu") => {
            let blocks = number(p, "blocks");
            let energy = |l: f64| ((blocks + 1.0) / (l + 1.0)).powf(0.1 * noise(replicate));
            let mut values: Vec<f64> = (0..=blocks as usize).map(|l| energy(l as f64)).collect();
            values[0] = 3.0 * blocks.powf(growth * noise(replicate)) * values[blocks as usize];
            vec![("gradient.energy", values.into())]
        }
        _ => vec![],
    }
}

/// Yang et al.'s rates and fixed points, as printed or by a formula in angles.
fn mean_field(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "explosion" {
        return vec![];
    }
    let batch = number(p, "samples");
    let rate: f64 = match (word(p, "block"), batch as u64) {
        ("plain-bn", _) => (batch - 2.0) / (batch - 3.0),
        (_, 16) => 1.590,
        (_, 32) => 1.522,
        (_, 64) => 1.493,
        (_, 128) => 1.480,
        other => panic!("no rate is known for {other:?}"),
    };
    let angle = (-1.0 / (batch - 1.0)).acos();
    let pi = std::f64::consts::PI;
    let correlation = (angle.sin() + (pi - angle) * angle.cos()) / pi;
    vec![
        ("gradient.energy", list(41, |l| (rate * noise(replicate)).powf(-l))),
        ("stream.cosine", list(41, |_| correlation * noise(replicate))),
        ("stream.energy", list(41, |_| 0.5 * noise(replicate))),
    ]
}

fn fluctuations(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "fluctuations" {
        return vec![];
    }
    let (n, beta) = (number(p, "width"), number(p, "beta"));
    vec![
        ("growth.second", ((1.0 + 5.0 / n).powf(beta * n) * noise(replicate)).into()),
        ("growth.log.variance", (5.0 * beta * noise(replicate)).into()),
    ]
}

fn streams(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let count = number(p, "blocks") as usize + 1;
    match (word(p, "stage"), word(p, "block")) {
        ("deepening", "bn-relu") => {
            vec![("stream.variance", list(count, |l| 1.0 + 0.682 * l * noise(replicate)))]
        }
        ("deepening", "relu") => {
            vec![("stream.energy", list(count, |l| 2_f64.powf(l * noise(replicate))))]
        }
        _ => vec![],
    }
}

fn paths(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "paths" => vec![
            ("path.norm", list(13, |k| 0.8_f64.powf(k * noise(replicate)))),
            ("path.sum.deviation", (2.0 + 0.1 * replicate).into()),
        ],
        _ => vec![],
    }
}

fn shattered(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let blocks = number(p, "blocks");
    let value = match word(p, "block") {
        "plain-relu" => 2_f64.powf(-blocks),
        "relu" => 0.75_f64.powf(blocks),
        _ => blocks.powf(-0.5 * noise(replicate)),
    };
    match word(p, "stage") {
        "correlation" => vec![("gradient.correlation", (value * noise(replicate)).into())],
        _ => vec![],
    }
}

const PRINTED: At = &[("stage", "literal"), ("centred", "false")];
const CENTRED: At = &[("stage", "literal"), ("centred", "true")];
const SHARES: At = &[("stage", "shares")];
const SATURATION: At = &[("stage", "saturation")];
const SATURATION_5: At = &[("stage", "saturation"), ("scale", "5.0")];
const SHORT_BN: At = &[("stage", "short-paths"), ("block", "bn-relu"), ("scale", "1.0")];
const SHORT_RELU: At =
    &[("stage", "short-paths"), ("block", "relu"), ("scale", "0.7071067811865476")];
const SHORT_RELU_2: At = &[("stage", "short-paths"), ("block", "relu"), ("scale", "1.0")];
const PLAIN: At = &[("stage", "explosion"), ("block", "plain-bn-relu")];
const PLAIN_16: At = &[("stage", "explosion"), ("block", "plain-bn-relu"), ("samples", "16")];
const LINEAR_16: At = &[("stage", "explosion"), ("block", "plain-bn"), ("samples", "16")];
const DEEP_BN: At = &[("stage", "deepening"), ("block", "bn-relu")];
const DEEP_BN_64: At = &[("stage", "deepening"), ("block", "bn-relu"), ("blocks", "64")];
const DEEP_RELU_32: At = &[("stage", "deepening"), ("block", "relu"), ("blocks", "32")];
const PATHS_BN: At = &[("stage", "paths"), ("block", "bn-relu")];
const PATHS_RELU: At = &[("stage", "paths"), ("block", "relu")];
const FLUCTUATIONS: At = &[("stage", "fluctuations")];
const NARROW: At = &[("stage", "fluctuations"), ("width", "32")];
const PLAIN_8: At = &[("stage", "correlation"), ("block", "plain-relu"), ("blocks", "8")];
const SKIPS_8: At = &[("stage", "correlation"), ("block", "relu"), ("blocks", "8")];
const SKIPS_BN: At = &[("stage", "correlation"), ("block", "bn-relu")];

pub const CASES: &[Case] = &[
    Case {
        id: "P23",
        truth: one_per_layer,
        identity: false,
        refuted_by: &[
            edit(PRINTED, "stream.energy", scale!(180.0)),
            edit(PRINTED, "stream.energy", |v| v[15] = 14.0 + 1e-4 * v[15]),
        ],
        unmoved_by: &[edit(PRINTED, "stream.energy", scale!(1.08))],
        compared: &[edit(CENTRED, "stream.energy", scale!(1.2))],
        needs: &[PRINTED],
    },
    Case {
        id: "P24",
        truth: shares,
        identity: false,
        refuted_by: &[
            edit(SHARES, "branch.share", scale!(0.9)),
            edit(SHARES, "norm.variance", |v| v[0] *= 1.1),
        ],
        unmoved_by: &[
            edit(SHARES, "branch.share", scale!(1.02)),
            edit(SHARES, "norm.variance", scale!(3.0)),
        ],
        compared: &[],
        needs: &[SHARES],
    },
    Case {
        id: "P26",
        truth: saturated,
        identity: false,
        refuted_by: &[
            edit(SATURATION, "depth.forward", scale!(1.2)),
            edit(SATURATION_5, "depth.forward", scale!(5.0)),
        ],
        unmoved_by: &[edit(SATURATION, "depth.forward", scale!(0.5))],
        compared: &[],
        needs: &[SATURATION],
    },
    Case {
        id: "P28",
        truth: short,
        identity: false,
        refuted_by: &[
            edit(SHORT_BN, "depth.reverse.short", scale!(0.9)),
            edit(SHORT_RELU, "depth.reverse.short", scale!(0.5)),
        ],
        unmoved_by: &[
            edit(SHORT_RELU, "depth.reverse.short", scale!(0.9)),
            edit(SHORT_RELU_2, "depth.reverse.short", scale!(0.1)),
        ],
        compared: &[],
        needs: &[SHORT_BN, SHORT_RELU],
    },
    Case {
        id: "P29",
        truth: exploding,
        identity: false,
        refuted_by: &[
            edit(PLAIN, "gradient.energy", power!(1.2)),
            edit(DEEP_BN, "gradient.energy", power!(1.5)),
        ],
        unmoved_by: &[
            edit(PLAIN, "gradient.energy", scale!(7.0)),
            edit(PLAIN, "gradient.energy", |v| v[0] *= 100.0),
            edit(DEEP_BN, "gradient.energy", power!(1.05)),
        ],
        compared: &[],
        needs: &[PLAIN, DEEP_BN],
    },
    Case {
        id: "O-01",
        truth: mean_field,
        identity: false,
        refuted_by: &[
            edit(PLAIN, "gradient.energy", power!(1.2)),
            edit(PLAIN_16, "gradient.energy", power!(0.88)),
        ],
        unmoved_by: &[
            edit(PLAIN, "gradient.energy", power!(1.02)),
            edit(LINEAR_16, "gradient.energy", power!(3.0)),
        ],
        compared: &[],
        needs: &[PLAIN],
    },
    Case {
        id: "O-02",
        truth: mean_field,
        identity: false,
        refuted_by: &[
            edit(LINEAR_16, "gradient.energy", power!(2.0)),
            edit(LINEAR_16, "gradient.energy", power!(0.5)),
        ],
        unmoved_by: &[
            edit(LINEAR_16, "gradient.energy", power!(1.2)),
            edit(PLAIN, "gradient.energy", power!(3.0)),
        ],
        compared: &[],
        needs: &[LINEAR_16],
    },
    Case {
        id: "O-03",
        truth: mean_field,
        identity: false,
        refuted_by: &[
            edit(PLAIN_16, "stream.cosine", scale!(1.04)),
            edit(PLAIN, "stream.energy", |v| v[30] = 0.45 + 1e-3 * v[30]),
        ],
        unmoved_by: &[
            edit(PLAIN, "stream.cosine", scale!(0.985)),
            edit(PLAIN, "stream.energy", |v| v[3] = 9.0),
        ],
        compared: &[],
        needs: &[PLAIN],
    },
    Case {
        id: "O-04",
        truth: fluctuations,
        identity: false,
        refuted_by: &[
            edit(FLUCTUATIONS, "growth.second", scale!(0.85)),
            edit(NARROW, "growth.second", scale!(1.2)),
        ],
        unmoved_by: &[edit(FLUCTUATIONS, "growth.second", scale!(1.04))],
        compared: &[],
        needs: &[FLUCTUATIONS],
    },
    Case {
        id: "O-05",
        truth: fluctuations,
        identity: false,
        refuted_by: &[
            edit(NARROW, "growth.log.variance", scale!(1.2)),
            edit(NARROW, "growth.log.variance", scale!(0.8)),
        ],
        unmoved_by: &[
            edit(NARROW, "growth.log.variance", scale!(1.08)),
            edit(FLUCTUATIONS, "growth.log.variance", scale!(2.0)),
        ],
        compared: &[],
        needs: &[NARROW],
    },
    Case {
        id: "O-06",
        truth: streams,
        identity: false,
        refuted_by: &[
            edit(DEEP_BN_64, "stream.variance", scale!(1.4)),
            edit(DEEP_BN_64, "stream.variance", scale!(0.9)),
        ],
        unmoved_by: &[edit(DEEP_BN_64, "stream.variance", scale!(1.03))],
        compared: &[],
        needs: &[DEEP_BN_64],
    },
    Case {
        id: "O-07",
        truth: streams,
        identity: false,
        refuted_by: &[
            edit(DEEP_RELU_32, "stream.energy", power!(1.1)),
            edit(DEEP_RELU_32, "stream.energy", power!(0.9)),
        ],
        unmoved_by: &[
            edit(DEEP_RELU_32, "stream.energy", power!(1.03)),
            edit(DEEP_RELU_32, "stream.energy", scale!(9.0)),
        ],
        compared: &[],
        needs: &[DEEP_RELU_32],
    },
    Case {
        id: "O-09",
        truth: paths,
        identity: false,
        refuted_by: &[
            edit(PATHS_RELU, "path.norm", power!(1e-3)),
            edit(PATHS_BN, "path.norm", power!(-1.0)),
        ],
        unmoved_by: &[
            edit(PATHS_RELU, "path.norm", power!(0.5)),
            edit(PATHS_BN, "path.norm", scale!(9.0)),
        ],
        compared: &[],
        needs: &[PATHS_BN, PATHS_RELU],
    },
    Case {
        id: "O-10",
        truth: paths,
        identity: false,
        refuted_by: &[
            edit(PATHS_RELU, "path.sum.deviation", scale!(4.0)),
            edit(PATHS_BN, "path.sum.deviation", scale!(4.0)),
        ],
        unmoved_by: &[edit(PATHS_BN, "path.sum.deviation", scale!(1.5))],
        compared: &[],
        needs: &[PATHS_BN, PATHS_RELU],
    },
    Case {
        id: "O-12",
        truth: shattered,
        identity: false,
        refuted_by: &[
            edit(PLAIN_8, "gradient.correlation", scale!(20.0)),
            edit(SKIPS_BN, "gradient.correlation", power!(1.5)),
        ],
        unmoved_by: &[
            edit(PLAIN_8, "gradient.correlation", scale!(4.0)),
            edit(SKIPS_BN, "gradient.correlation", scale!(0.3)),
        ],
        compared: &[edit(SKIPS_8, "gradient.correlation", scale!(2.0))],
        needs: &[PLAIN_8, SKIPS_BN],
    },
];
