//! The claims about descents in spin glasses, on the stages of `sims/descent.toml`.

use hessian::lab::{Parameters, Value};
use serde_json::json;

use crate::cases::Case;
use crate::records::{At, Edit, number, word};

const fn edit(at: At, observable: &'static str, change: fn(&mut [f64])) -> Edit {
    Edit { at, observable, change }
}

macro_rules! shift {
    ($distance:expr) => {
        |v| v.iter_mut().for_each(|x| *x += $distance)
    };
}

/// The least grid of each stage on which the claims can be judged.
pub fn design() -> Vec<serde_json::Value> {
    let mut cells = Vec::new();
    let mut stage = |stage: &str, sizes: &[u64]| {
        for spins in sizes {
            cells.push(json!({"stage": stage, "spins": spins}));
        }
    };
    stage("pure", &[50, 100, 200, 400]);
    stage("slow", &[100]);
    stage("mixed", &[32, 50, 71, 100]);
    stage("warm", &[32, 50, 71, 100]);
    stage("hessians", &[25, 50, 100]);
    stage("hessians-mixed", &[25, 50, 71]);
    stage("annealing", &[16, 24, 32]);
    stage("minima-3", &[20, 40, 80]);
    stage("minima-4", &[12, 24, 48]);
    for beta in [0.5, 1.0, 2.0] {
        cells.push(json!({"stage": "depth", "spins": 32, "beta": beta}));
    }
    cells
}

/// Final energies: a limit, an excess in N^{-2/3} that is another in each replicate, and the spread
/// of replicates around the limit.
fn energies(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let excess = (1.0 + 0.1 * replicate) * number(p, "spins").powf(-2.0 / 3.0);
    let noise = 1e-3 * (replicate - 1.5);
    let limit = match word(p, "stage") {
        "pure" | "slow" | "hessians" => -1.632_993_16,
        "mixed" => -1.691,
        "warm" => -1.71,
        "hessians-mixed" => -1.699_522_3,
        // far apart in level, close in their changes
        "depth" => {
            return vec![("energy", (-1.3 - 0.05 * number(p, "beta") + replicate).into())];
        }
        _ => return vec![],
    };
    vec![("energy", (limit + excess + noise).into())]
}

fn concentrated(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let mut all = energies(p, replicate);
    if word(p, "stage") == "pure" {
        let exponent = -1.5 - 0.01 * replicate;
        all.push((
            "energy.variance",
            ((1.0 + replicate) * number(p, "spins").powf(exponent)).into(),
        ));
    }
    all
}

fn marginal(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "pure" {
        return vec![];
    }
    let gap = (3.0 + replicate) * number(p, "spins").powf(-2.0 / 3.0) + 1e-3 * (replicate - 1.5);
    vec![("index", 0.0.into()), ("eigenvalue.lowest", gap.into())]
}

fn lowest(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let ground = match word(p, "stage") {
        "minima-3" => -1.656_998_36,
        "minima-4" => -1.794_085_03,
        _ => return vec![],
    };
    let n = number(p, "spins");
    let excess = (1.0 + replicate) * n.ln() / n + 1e-3 * (replicate - 1.5);
    vec![("energy.lowest", (ground + excess).into())]
}

fn annealed(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "annealing" => vec![("difference", (-0.05 + 1e-3 * replicate).into())],
        _ => vec![],
    }
}

fn semicircles(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match word(p, "stage") {
        "pure" | "mixed" => {
            let distance = 0.001 + (2.0 + replicate) / number(p, "spins") + 1e-4 * replicate;
            vec![("spectrum.distance", distance.into())]
        }
        _ => vec![],
    }
}

const PURE: At = &[("stage", "pure")];
const PURE_400: At = &[("stage", "pure"), ("spins", "400")];
const SLOW: At = &[("stage", "slow")];
const MIXED: At = &[("stage", "mixed")];
const MIXED_100: At = &[("stage", "mixed"), ("spins", "100")];
const WARM: At = &[("stage", "warm")];
const HESSIANS: At = &[("stage", "hessians")];
const HESSIANS_MIXED: At = &[("stage", "hessians-mixed")];
const DEEPEST: At = &[("stage", "depth"), ("beta", "2.0")];
const SHALLOWEST: At = &[("stage", "depth"), ("beta", "0.5")];
const ANNEALING_16: At = &[("stage", "annealing"), ("spins", "16")];
const ANNEALING_32: At = &[("stage", "annealing"), ("spins", "32")];
const MINIMA_3: At = &[("stage", "minima-3")];
const MINIMA_4: At = &[("stage", "minima-4")];

pub const CASES: &[Case] = &[
    Case {
        id: "P52",
        truth: lowest,
        identity: false,
        refuted_by: &[
            // the threshold in place of the ground state
            edit(MINIMA_3, "energy.lowest", shift!(0.024)),
            edit(MINIMA_4, "energy.lowest", shift!(0.062)),
            edit(MINIMA_4, "energy.lowest", shift!(-0.062)),
        ],
        unmoved_by: &[
            edit(MINIMA_3, "energy.lowest", shift!(0.006)),
            edit(MINIMA_4, "energy.lowest", shift!(-0.02)),
        ],
        compared: &[],
        needs: &[MINIMA_3, MINIMA_4],
    },
    Case {
        id: "P53",
        truth: energies,
        identity: false,
        refuted_by: &[edit(PURE, "energy", shift!(-0.024)), edit(PURE, "energy", shift!(0.02))],
        unmoved_by: &[edit(PURE, "energy", shift!(0.006)), edit(WARM, "energy", shift!(1.0))],
        compared: &[edit(SLOW, "energy", shift!(-0.03))],
        needs: &[PURE],
    },
    Case {
        id: "P54",
        truth: concentrated,
        identity: false,
        refuted_by: &[
            edit(PURE, "energy.variance", |v| v[0] = v[0].powf(0.3)),
            edit(PURE, "energy", shift!(-0.06)),
            edit(PURE, "energy", shift!(0.03)),
        ],
        unmoved_by: &[
            edit(PURE, "energy.variance", |v| v[0] *= 100.0),
            edit(PURE, "energy", shift!(-0.02)),
        ],
        compared: &[],
        needs: &[PURE],
    },
    Case {
        id: "P55",
        truth: marginal,
        identity: false,
        refuted_by: &[
            edit(PURE_400, "index", shift!(1.0)),
            edit(PURE, "eigenvalue.lowest", shift!(0.072)),
            edit(PURE, "eigenvalue.lowest", shift!(-0.05)),
        ],
        unmoved_by: &[edit(PURE, "eigenvalue.lowest", shift!(0.02))],
        compared: &[],
        needs: &[PURE],
    },
    Case {
        id: "P56",
        truth: energies,
        identity: false,
        refuted_by: &[
            // to the threshold from above, and no deeper than random starts
            edit(WARM, "energy", shift!(0.03)),
            edit(MIXED_100, "energy", shift!(-0.1)),
        ],
        unmoved_by: &[edit(WARM, "energy", shift!(0.01)), edit(PURE, "energy", shift!(1.0))],
        compared: &[edit(MIXED, "energy", shift!(0.018))],
        needs: &[WARM, MIXED_100],
    },
    Case {
        id: "P57",
        truth: energies,
        identity: false,
        refuted_by: &[
            edit(HESSIANS, "energy", shift!(0.02)),
            edit(HESSIANS_MIXED, "energy", shift!(0.02)),
            edit(PURE, "energy", shift!(-0.02)),
            edit(MIXED, "energy", shift!(-0.03)),
        ],
        unmoved_by: &[edit(HESSIANS, "energy", shift!(-0.1)), edit(MIXED, "energy", shift!(0.1))],
        compared: &[],
        needs: &[PURE, MIXED, HESSIANS, HESSIANS_MIXED],
    },
    Case {
        id: "P58",
        truth: energies,
        identity: false,
        refuted_by: &[
            edit(DEEPEST, "energy", shift!(0.1)),
            edit(SHALLOWEST, "energy", shift!(-0.1)),
        ],
        unmoved_by: &[edit(DEEPEST, "energy", shift!(-1.0))],
        compared: &[],
        needs: &[DEEPEST, SHALLOWEST],
    },
    Case {
        id: "P59",
        truth: annealed,
        identity: false,
        refuted_by: &[edit(ANNEALING_32, "difference", shift!(0.1))],
        unmoved_by: &[edit(ANNEALING_32, "difference", shift!(0.02))],
        compared: &[edit(ANNEALING_16, "difference", shift!(0.1))],
        needs: &[ANNEALING_32],
    },
    Case {
        id: "P60",
        truth: semicircles,
        identity: false,
        refuted_by: &[
            edit(PURE, "spectrum.distance", shift!(0.03)),
            edit(MIXED, "spectrum.distance", shift!(0.03)),
        ],
        unmoved_by: &[edit(PURE, "spectrum.distance", shift!(0.005))],
        compared: &[],
        needs: &[PURE, MIXED],
    },
];
