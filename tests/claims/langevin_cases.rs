//! The claims about Langevin dynamics, on the stages of `sims/langevin.toml`.

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
    for stage in ["hot", "hot-mixed", "cold"] {
        for start in ["random", "planted"] {
            cells.push(json!({"stage": stage, "start": start}));
        }
    }
    cells.push(json!({"stage": "cold-planted", "start": "planted"}));
    for stage in ["quench", "quench-planted", "quench-sudden"] {
        for spins in [20, 28, 40] {
            cells.push(json!({"stage": stage, "spins": spins}));
        }
    }
    cells
}

/// -1/T and 0 above the transition; below, 0.17 more from random points, and the overlap
/// (1 + sqrt(1 - 4 T^2/3))/2.
fn followed(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let noise = 1e-3 * (replicate - 1.5);
    let (energy, overlap) = match (word(p, "stage"), word(p, "start")) {
        ("hot" | "hot-mixed", _) => (-1.0 / 1.2, 0.0),
        ("cold", "planted") => (-1.0 / 0.7, 0.794_4),
        // replicates far apart in level, close in their differences
        ("cold-planted", _) => {
            let start = -1.0 / 0.7 + replicate;
            return vec![("energy", (start + noise).into()), ("energy.start", start.into())];
        }
        ("cold", _) => (-1.0 / 0.7 + 0.17, 0.0),
        _ => return vec![],
    };
    vec![("energy", (energy + noise).into()), ("overlap", (overlap + noise).into())]
}

/// Replicates far apart in level, close in their differences.
fn quenched(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let level = -1.6 + replicate;
    let end = match word(p, "stage") {
        "quench" => level + 1e-3 * (replicate - 1.5),
        "quench-planted" => level,
        "quench-sudden" => level + 0.01 + 1e-3 * replicate,
        _ => return vec![],
    };
    vec![("energy.descent", (end + 1.0 / number(p, "spins")).into())]
}

const HOT: At = &[("stage", "hot")];
const HOT_RANDOM: At = &[("stage", "hot"), ("start", "random")];
const MIXED_PLANTED: At = &[("stage", "hot-mixed"), ("start", "planted")];
const COLD: At = &[("stage", "cold")];
const COLD_RANDOM: At = &[("stage", "cold"), ("start", "random")];
const COLD_PLANTED: At = &[("stage", "cold"), ("start", "planted")];
const STAYS: At = &[("stage", "cold-planted")];
const QUENCH: At = &[("stage", "quench")];
const QUENCH_40: At = &[("stage", "quench"), ("spins", "40")];
const QUENCH_20: At = &[("stage", "quench"), ("spins", "20")];
const PLANTED_40: At = &[("stage", "quench-planted"), ("spins", "40")];
const SUDDEN: At = &[("stage", "quench-sudden")];

pub const CASES: &[Case] = &[
    Case {
        id: "D-02",
        truth: followed,
        identity: false,
        refuted_by: &[
            edit(HOT_RANDOM, "energy", shift!(0.02)),
            edit(MIXED_PLANTED, "energy", shift!(-0.02)),
            edit(HOT, "overlap", shift!(0.2)),
        ],
        unmoved_by: &[
            edit(HOT_RANDOM, "energy", shift!(0.005)),
            edit(HOT_RANDOM, "overlap", shift!(0.5)),
            edit(COLD, "energy", shift!(1.0)),
        ],
        compared: &[],
        needs: &[HOT_RANDOM, MIXED_PLANTED],
    },
    Case {
        id: "D-03",
        truth: followed,
        identity: false,
        refuted_by: &[
            // random starts in equilibrium, a planted one that leaves it, another plateau
            edit(COLD_RANDOM, "energy", shift!(-0.17)),
            edit(STAYS, "energy", shift!(0.05)),
            edit(STAYS, "energy.start", shift!(0.02)),
            edit(COLD_PLANTED, "overlap", shift!(-0.1)),
            edit(COLD_PLANTED, "overlap", shift!(0.05)),
        ],
        unmoved_by: &[
            edit(COLD_RANDOM, "energy", shift!(0.1)),
            edit(COLD_PLANTED, "overlap", shift!(0.02)),
            edit(STAYS, "energy", shift!(0.005)),
            edit(HOT, "energy", shift!(1.0)),
        ],
        compared: &[edit(COLD_RANDOM, "energy", shift!(-0.06))],
        needs: &[COLD_RANDOM, COLD_PLANTED, STAYS],
    },
    Case {
        id: "D-04",
        truth: quenched,
        identity: false,
        refuted_by: &[
            edit(QUENCH, "energy.descent", shift!(0.05)),
            edit(QUENCH_40, "energy.descent", shift!(-0.03)),
            edit(PLANTED_40, "energy.descent", shift!(0.03)),
        ],
        unmoved_by: &[
            edit(QUENCH_40, "energy.descent", shift!(0.01)),
            edit(QUENCH_20, "energy.descent", shift!(0.01)),
        ],
        compared: &[
            edit(QUENCH_20, "energy.descent", shift!(0.05)),
            edit(SUDDEN, "energy.descent", shift!(0.05)),
        ],
        needs: &[QUENCH_40, PLANTED_40],
    },
];
