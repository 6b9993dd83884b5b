//! The claims with records that follow their statements, and changes that break them or do not.
//!
//! Wherever cells are paired, replicates differ by far more than the effect: only pairs by the
//! replicate's number find it.

use hessian::lab::{Parameters, Value};

use crate::records::{At, Edit, Truth, number, word};

/// A claim, records on which it holds, and what changes of them must do to its verdict.
pub struct Case {
    pub id: &'static str,
    pub truth: Truth,
    /// An identity is decided by its largest deviation, from one replicate on.
    pub identity: bool,
    /// Each of these refutes it.
    pub refuted_by: &'static [Edit],
    /// None of these moves it: within the margin, at the bound, or where it does not look.
    pub unmoved_by: &'static [Edit],
    /// Each of these refutes a finding that is for comparison only.
    pub compared: &'static [Edit],
    /// Without any of these slices it is undecided.
    pub needs: &'static [At],
}

/// Another name for brevity in the tables below.
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

const REVERSE: fn(&mut [f64]) = |v| v.reverse();

/// Eight checkpoints.
fn series(value: impl Fn(f64) -> f64) -> Value {
    (0..8).map(|k| value(f64::from(k))).collect::<Vec<f64>>().into()
}

fn has_batch_norm(p: &Parameters) -> bool {
    word(p, "arm").ends_with("-bn")
}

const GAUSSIANS_BN: At = &[("data", "gaussians"), ("arm", "residual-bn")];
const GAUSSIANS_WITHOUT: At = &[("data", "gaussians"), ("arm", "residual")];
const LETTER_BN: At = &[("data", "letter"), ("arm", "residual-bn")];
const LETTER_WITHOUT: At = &[("data", "letter"), ("arm", "residual")];
const LETTER_PLAIN: At = &[("data", "letter"), ("arm", "plain-bn")];
const BN: At = &[("arm", "residual-bn")];
const WITHOUT: At = &[("arm", "residual")];
const PLAIN: At = &[("arm", "plain-bn")];
const CENTRED: At = &[("stage", "centred")];
const CENTRED_8: At = &[("stage", "centred"), ("blocks", "7")];
const CENTRED_32: At = &[("stage", "centred"), ("blocks", "31")];
const STREAM: At = &[("stage", "stream")];
const EVERY_BLOCK: [At; 3] =
    [&[("block", "bn-relu")], &[("block", "relu")], &[("block", "relu-scaled")]];
const NARROW: At = &[("stage", "invariance"), ("width", "8")];
const INVARIANCE: At = &[("stage", "invariance")];

/// Energies that grow by one per layer, with an excess in 1/n that is another in each replicate.
fn stream(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let excess = match word(p, "stage") {
        "stream" => (5.0 + replicate) / number(p, "width"),
        "centred" => 0.0,
        _ => return vec![],
    };
    let energy = |l: u64| 1.0 + l as f64 * (1.0 + excess);
    vec![("stream.energy", (0..=number(p, "blocks") as u64).map(energy).collect::<Vec<_>>().into())]
}

/// A mean path length at infinite width with an excess in 1/n that is another in each replicate.
fn centred_depth(p: &Parameters, replicate: f64, limit: [f64; 3]) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "centred" {
        return vec![];
    }
    let limit = match number(p, "blocks") as u64 {
        7 => limit[0],
        15 => limit[1],
        31 => limit[2],
        other => panic!("no length is known for {other} blocks"),
    };
    let excess = (2.0 + replicate) / number(p, "width");
    vec![("depth.forward", (limit * (1.0 + excess)).into())]
}

/// 1 + 1/2 + ... + 1/p at p = 8, 16, 32.
const HARMONIC: [f64; 3] = [2.717_857_142_857, 3.380_728_993_229, 4.058_495_195_437];

/// The means of correlated lengths at p = 8, 16, 32, from a separate implementation.
const CORRELATED: [f64; 3] = [3.016_673_856_409, 3.936_344_218_255, 4.907_846_027_694];

/// Batch norm: logarithmic; none: half the blocks; scaled: near 1 at the largest L alone.
fn growth(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "growth" {
        return vec![];
    }
    let (blocks, jitter) = (number(p, "blocks"), 0.001 * (replicate - 1.5));
    let depth = match word(p, "block") {
        "bn-relu" => 0.2 + 10.0 * jitter + 1.4669 * blocks.ln(),
        "relu" => blocks * (0.5 + jitter),
        "relu-scaled" => 1.0 + jitter - 4.0 / blocks,
        _ => return vec![],
    };
    vec![("depth.gains", depth.into())]
}

fn log_ratios(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    // the first checkpoint says the opposite, and does not count
    let ratio = |first: f64, later: f64| {
        series(|k| if k == 0.0 { first } else { later + 0.1 * k + 10.0 * replicate })
    };
    match word(p, "arm") {
        "residual" => vec![("hessian.batch.log_ratio", ratio(-50.0, 2.0))],
        "residual-bn" => vec![
            ("hessian.batch.log_ratio", ratio(50.0, 1.0)),
            ("hessian.frozen.log_ratio", ratio(50.0, 1.0)),
            ("hessian.running.log_ratio", ratio(50.0, 1.0)),
        ],
        _ => vec![],
    }
}

fn depths(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if !word(p, "arm").starts_with("residual") {
        return vec![];
    }
    let rise = || series(|k| 2.0 + 0.1 * k + 10.0 * replicate);
    vec![
        ("depth.forward", series(|k| 4.0 + 0.2 * k + 0.01 * replicate)),
        ("depth.reverse", rise()),
        ("depth.gains", rise()),
        ("depth.signal", rise()),
    ]
}

fn identities(p: &Parameters, _: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "invariance" {
        return vec![];
    }
    vec![
        ("euler.gradient", 1e-13.into()),
        ("euler.growth", 1e-8.into()),
        ("euler.hessian", 1e-12.into()),
    ]
}

/// All cases: of the loss-surface sim and of the ensemble sim.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let before = crate::ensemble_cases::CASES.iter().chain(crate::initialisation_cases::CASES);
    let paths = crate::path_cases::CASES.iter().chain(crate::assumption_cases::CASES);
    CASES
        .iter()
        .chain(before)
        .chain(paths)
        .chain(crate::descent_cases::CASES)
        .chain(crate::critical_cases::CASES)
        .chain(crate::langevin_cases::CASES)
}

/// The cases of the loss-surface sim.
pub const CASES: &[Case] = &[
    Case {
        id: "P22",
        truth: stream,
        identity: false,
        refuted_by: &[
            edit(CENTRED_32, "stream.energy", scale!(0.9)),
            edit(CENTRED_32, "stream.energy", scale!(1.1)),
            edit(CENTRED_32, "stream.energy", REVERSE),
        ],
        unmoved_by: &[
            edit(CENTRED_32, "stream.energy", scale!(0.985)),
            edit(CENTRED_32, "stream.energy", scale!(1.015)),
            edit(CENTRED_32, "stream.energy", shift!(7.0)),
        ],
        compared: &[edit(STREAM, "stream.energy", scale!(1.3))],
        needs: &[CENTRED_32],
    },
    Case {
        id: "P25",
        truth: |p, replicate| centred_depth(p, replicate, HARMONIC),
        identity: false,
        refuted_by: &[
            edit(CENTRED, "depth.forward", scale!(0.93)),
            edit(CENTRED_8, "depth.forward", scale!(1.07)),
            edit(CENTRED_32, "depth.forward", scale!(4.908 / 4.058)),
        ],
        unmoved_by: &[
            edit(CENTRED, "depth.forward", scale!(0.96)),
            edit(CENTRED, "depth.forward", scale!(1.04)),
        ],
        compared: &[],
        needs: &[CENTRED_8, CENTRED_32],
    },
    Case {
        id: "D-01",
        truth: |p, replicate| centred_depth(p, replicate, CORRELATED),
        identity: false,
        refuted_by: &[
            edit(CENTRED, "depth.forward", scale!(1.03)),
            edit(CENTRED_8, "depth.forward", scale!(0.97)),
            edit(CENTRED_32, "depth.forward", scale!(4.058 / 4.908)),
        ],
        unmoved_by: &[
            edit(CENTRED, "depth.forward", scale!(0.985)),
            edit(CENTRED, "depth.forward", scale!(1.015)),
        ],
        compared: &[],
        needs: &[CENTRED_8, CENTRED_32],
    },
    Case {
        id: "P35",
        truth: |p, replicate| match has_batch_norm(p) {
            true => vec![("lambda.mean", series(|k| 1.0 + 0.1 * k + 0.01 * replicate))],
            false => vec![],
        },
        identity: false,
        refuted_by: &[
            edit(GAUSSIANS_BN, "lambda.mean", scale!(0.5)), // rises, and stays below 1
            edit(GAUSSIANS_BN, "lambda.mean", REVERSE),     // stays above 1, and falls
        ],
        unmoved_by: &[edit(GAUSSIANS_BN, "lambda.mean", |v| {
            let end = v[v.len() - 1];
            v.iter_mut().for_each(|x| *x -= end - 1.0);
        })],
        compared: &[
            edit(LETTER_BN, "lambda.mean", REVERSE),
            edit(PLAIN, "lambda.mean", scale!(0.5)),
        ],
        needs: &[GAUSSIANS_BN],
    },
    Case {
        id: "P36",
        truth: |p, replicate| match word(p, "stage") {
            "training" => vec![("weights.norm", series(|k| 1.0 + 0.1 * k + 100.0 * replicate))],
            _ => vec![],
        },
        identity: false,
        refuted_by: &[
            edit(WITHOUT, "weights.norm", REVERSE),
            edit(LETTER_WITHOUT, "weights.norm", REVERSE),
            // one discordant pair: tau = 26 / 28
            edit(WITHOUT, "weights.norm", |v| v.swap(0, 1)),
        ],
        unmoved_by: &[edit(WITHOUT, "weights.norm", scale!(3.0))],
        compared: &[edit(BN, "weights.norm", REVERSE), edit(PLAIN, "weights.norm", REVERSE)],
        needs: &[GAUSSIANS_WITHOUT, LETTER_WITHOUT],
    },
    Case {
        id: "P37",
        truth: depths,
        identity: false,
        refuted_by: &[
            edit(WITHOUT, "depth.forward", REVERSE),
            edit(LETTER_WITHOUT, "depth.reverse", REVERSE),
            edit(BN, "depth.reverse", REVERSE),
            edit(GAUSSIANS_BN, "depth.forward", REVERSE),
            edit(LETTER_BN, "depth.forward", scale!(0.5)), // rises to 2.7, below H_11 = 3.02
        ],
        unmoved_by: &[
            edit(WITHOUT, "depth.forward", scale!(0.5)),
            edit(BN, "depth.reverse", |v| v.fill(v[0])), // a difference of exactly 0
        ],
        compared: &[edit(BN, "depth.gains", REVERSE), edit(WITHOUT, "depth.signal", REVERSE)],
        needs: &[GAUSSIANS_BN, GAUSSIANS_WITHOUT, LETTER_BN, LETTER_WITHOUT],
    },
    Case {
        id: "P41",
        truth: identities,
        identity: true,
        refuted_by: &[
            edit(NARROW, "euler.gradient", scale!(1.1e3)),
            edit(NARROW, "euler.gradient", scale!(-1.1e3)),
            edit(INVARIANCE, "euler.growth", scale!(110.0)),
        ],
        unmoved_by: &[
            edit(INVARIANCE, "euler.gradient", scale!(900.0)),
            edit(INVARIANCE, "euler.growth", scale!(-90.0)),
            edit(INVARIANCE, "euler.hessian", scale!(1e9)),
        ],
        compared: &[],
        needs: &[INVARIANCE],
    },
    Case {
        id: "O-16",
        truth: identities,
        identity: true,
        refuted_by: &[
            edit(NARROW, "euler.hessian", scale!(1.1e4)),
            edit(NARROW, "euler.hessian", scale!(-1.1e4)),
            edit(INVARIANCE, "euler.gradient", scale!(1.1e5)),
        ],
        unmoved_by: &[
            edit(INVARIANCE, "euler.hessian", scale!(9e3)),
            edit(INVARIANCE, "euler.growth", scale!(1e9)),
        ],
        compared: &[],
        needs: &[INVARIANCE],
    },
    Case {
        id: "O-08",
        truth: growth,
        identity: false,
        refuted_by: &[
            edit(EVERY_BLOCK[0], "depth.gains", scale!(0.85)),
            edit(EVERY_BLOCK[0], "depth.gains", scale!(1.15)),
            edit(EVERY_BLOCK[0], "depth.gains", scale!(-1.0)),
            edit(EVERY_BLOCK[1], "depth.gains", scale!(0.9)),
            edit(&[("block", "relu"), ("blocks", "64")], "depth.gains", scale!(1.1)),
            edit(EVERY_BLOCK[2], "depth.gains", shift!(0.1)),
            edit(&[("block", "relu-scaled"), ("blocks", "256")], "depth.gains", shift!(-0.1)),
        ],
        unmoved_by: &[
            edit(EVERY_BLOCK[0], "depth.gains", scale!(0.92)),
            edit(EVERY_BLOCK[0], "depth.gains", scale!(1.08)),
            edit(EVERY_BLOCK[0], "depth.gains", shift!(3.0)),
            edit(EVERY_BLOCK[1], "depth.gains", scale!(1.03)),
            edit(EVERY_BLOCK[2], "depth.gains", shift!(0.04)),
            edit(&[("block", "relu-scaled"), ("blocks", "64")], "depth.gains", shift!(-0.5)),
        ],
        compared: &[],
        needs: &[
            EVERY_BLOCK[0],
            &[("block", "relu"), ("blocks", "8")],
            &[("block", "relu-scaled"), ("blocks", "256")],
        ],
    },
    Case {
        id: "O-22",
        truth: log_ratios,
        identity: false,
        refuted_by: &[
            edit(WITHOUT, "hessian.batch.log_ratio", shift!(-2.0)),
            edit(LETTER_WITHOUT, "hessian.batch.log_ratio", shift!(-2.0)),
            edit(BN, "hessian.batch.log_ratio", shift!(2.0)),
            edit(&[], "hessian.batch.log_ratio", scale!(-1.0)),
        ],
        unmoved_by: &[
            edit(WITHOUT, "hessian.batch.log_ratio", shift!(-0.9)),
            edit(BN, "hessian.batch.log_ratio", |v| v[0] = 1e6),
        ],
        compared: &[
            edit(BN, "hessian.frozen.log_ratio", shift!(2.0)),
            edit(LETTER_BN, "hessian.running.log_ratio", shift!(2.0)),
        ],
        needs: &[GAUSSIANS_BN, GAUSSIANS_WITHOUT, LETTER_BN, LETTER_WITHOUT],
    },
    Case {
        id: "O-28",
        truth: |p, replicate| match word(p, "stage") {
            "training" => vec![(
                "hessian.batch.negative",
                series(|k| (0.5 + 0.01 * replicate) * 0.01_f64.powf(k / 7.0)),
            )],
            _ => vec![],
        },
        identity: false,
        refuted_by: &[
            edit(&[], "hessian.batch.negative", REVERSE),
            edit(LETTER_PLAIN, "hessian.batch.negative", REVERSE),
            edit(GAUSSIANS_BN, "hessian.batch.negative", |v| v[7] = 0.12 * v[0]),
        ],
        unmoved_by: &[
            edit(&[], "hessian.batch.negative", |v| v[7] = 0.09 * v[0]),
            edit(&[], "hessian.batch.negative", scale!(100.0)),
        ],
        compared: &[],
        needs: &[GAUSSIANS_BN, GAUSSIANS_WITHOUT, LETTER_PLAIN],
    },
];
