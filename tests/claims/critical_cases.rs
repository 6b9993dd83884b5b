//! Made-up records for the sim of critical points.

use std::collections::BTreeMap;
use std::sync::Mutex;

use hessian::lab::{Parameters, Value};
use hessian::spinglass::{Mixture, expected_by_index, expected_shares_below, ln_expected_total};
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

/// The least grid of each stage on which the claims can be judged.
pub fn design() -> Vec<serde_json::Value> {
    let mut cells = Vec::new();
    for dimension in [2, 3, 4] {
        for mixture in ["3:1", "1:2,4:1"] {
            cells.push(json!({"stage": "forms", "mixture": mixture, "dimension": dimension}));
        }
    }
    cells.push(json!({"stage": "larger", "mixture": "3:1", "dimension": 6}));
    cells.push(json!({"stage": "field", "mixture": "1:9,3:1", "dimension": 3}));
    cells.push(json!({"stage": "flat", "mixture": "1:3,2:1,3:1", "dimension": 4}));
    for beta in [3_f64.powf(-0.25), 0.5 * 3_f64.powf(-0.25)] {
        cells.push(json!({"stage": "paper", "layers": 3, "beta": beta, "dimension": 3}));
    }
    for dimension in [50, 100, 200, 400, 800, 1600] {
        cells.push(json!({"stage": "edge", "mixture": "3:1", "dimension": dimension}));
        for (index, offset) in [(0, 0.02), (0, -0.02), (1, 0.02), (1, -0.02)] {
            cells.push(json!({
                "stage": "layers", "index": index, "offset": offset, "dimension": dimension
            }));
        }
    }
    cells
}

/// A little noise around 1.
fn noise(replicate: f64) -> f64 {
    1.0 + 1e-4 * (replicate - 1.5)
}

/// Expected numbers by index, kept once computed. That they are right is the subject of the tests of
/// the library, against tables from elsewhere.
fn by_index(p: &Parameters) -> Vec<f64> {
    static KNOWN: Mutex<BTreeMap<(String, usize), Vec<f64>>> = Mutex::new(BTreeMap::new());
    let key = (word(p, "mixture").to_owned(), number(p, "dimension") as usize);
    let Ok(mixture) = Mixture::parse(&key.0) else { return Vec::new() };
    if word(p, "stage") == "edge" {
        return Vec::new();
    }
    let mut known = KNOWN.lock().unwrap();
    let counts =
        known.entry(key.clone()).or_insert_with(|| expected_by_index(&mixture, key.1).unwrap());
    counts.clone()
}

fn counts(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    let all: Vec<f64> = by_index(p).iter().map(|count| count * noise(replicate)).collect();
    if all.is_empty() {
        return vec![];
    }
    vec![
        ("count.total", all.iter().sum::<f64>().into()),
        ("count.index", all.into()),
        ("newton.new", 0.0.into()),
    ]
}

/// q = (2 * 4 b^2 + 6 b^4)/(1 + 8 b^2 + 3 b^4) at p = 3; 2 + 8 q^{3/2}/sqrt(1 + 3 q) at N = 3, and
/// beyond the expectation of any mixture with this q, r = 1 and 3 in the ratio 6 - 3 q to q.
fn paper(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "paper" {
        return vec![];
    }
    let square = number(p, "beta").powi(2);
    let q = (8.0 * square + 6.0 * square * square) / (1.0 + 8.0 * square + 3.0 * square * square);
    let total = match number(p, "dimension") as usize {
        3 => 2.0 + 8.0 * q.powf(1.5) / (1.0 + 3.0 * q).sqrt(),
        n => {
            let same_q = Mixture::new(&[(1, 6.0 - 3.0 * q), (3, q)]).unwrap();
            ln_expected_total(&same_q, n).unwrap().exp()
        }
    };
    vec![("count.total", (total * noise(replicate)).into())]
}

/// The law of energies; that it is the right one is the subject of the tests of the library.
fn energies(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "forms" {
        return vec![];
    }
    let mixture = Mixture::parse(word(p, "mixture")).unwrap();
    let grid: Vec<f64> = (-15..=15).map(|fifth| f64::from(fifth) / 5.0).collect();
    let n = number(p, "dimension") as usize;
    let law = expected_shares_below(&mixture, n, &grid).unwrap();
    let shares: Vec<f64> = law.iter().map(|share| share * noise(replicate)).collect();
    vec![("energy", grid.into()), ("energy.distribution", shares.into())]
}

/// ln E Crt = N theta + a sqrt N - b N^{1/4} + 23/96 ln N + 1 for the pure models with p = 3 and 4.
fn minima(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "edge" {
        return vec![];
    }
    let n = number(p, "dimension");
    // (32 sqrt 2/3) c^{3/2}, c = 1/12 and 1/8, and another b in each replicate
    let (theta, a) = match word(p, "mixture") {
        "3:1" => (0.5 * 2_f64.ln() - 1.0 / 3.0, 0.362_887_369_301_2),
        _ => (0.5 * 3_f64.ln() - 0.5, 2.0 / 3.0),
    };
    let a = a * noise(replicate);
    let rest = (0.5 + 0.1 * replicate) * n.powf(0.25) - 23.0 / 96.0 * n.ln() - 1.0;
    vec![("ln.minima", (n * theta + a * n.sqrt() - rest).into())]
}

/// N theta_k - a ln N and a constant, another in each replicate; p = 10, E_1 = 2.09214249,
/// theta_k(-E) = 1/2 ln 9 - 2/9 E^2 - (k + 1) I_1(2 E/E_inf), I_1(2 cosh y) = (sinh 2y - 2y)/2.
fn layers(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    if word(p, "stage") != "layers" {
        return vec![];
    }
    let (n, index) = (number(p, "dimension"), number(p, "index"));
    let depth = 2.092_142_49 + number(p, "offset");
    let y = (depth / 3.6_f64.sqrt()).acosh();
    let outliers = (index + 1.0) * 0.5 * ((2.0 * y).sinh() - 2.0 * y);
    let theta = 0.5 * 9_f64.ln() - 2.0 / 9.0 * depth * depth - outliers;
    let power = 0.5 + 1.5 * index;
    vec![("ln.count", (n * theta * noise(replicate) - power * n.ln() + replicate).into())]
}

fn variances(p: &Parameters, replicate: f64) -> Vec<(&'static str, Value)> {
    match (word(p, "stage"), word(p, "mixture")) {
        ("forms" | "larger", "3:1") => {
            let ratio = 0.09 - 0.005 * number(p, "dimension") + 0.001 * replicate;
            vec![("count.variance.ratio", ratio.into())]
        }
        _ => vec![],
    }
}

const PURE: At = &[("mixture", "3:1")];
const PURE_2: At = &[("mixture", "3:1"), ("dimension", "2")];
const FIELD_MIXED: At = &[("mixture", "1:2,4:1")];
const HALF: At = &[("mixture", "1:9,3:1")];
const FLAT: At = &[("stage", "flat")];
const PAPER: At = &[("stage", "paper")];
const EDGE: At = &[("stage", "edge")];
const LAYER: At = &[("index", "1"), ("offset", "0.02")];
const SADDLES_1600: At = &[("index", "1"), ("offset", "0.02"), ("dimension", "1600")];
const SADDLES_ABOVE: At = &[("index", "1"), ("offset", "-0.02")];
const MINIMA_BELOW: At = &[("index", "0"), ("offset", "0.02")];
const MINIMA_ABOVE: At = &[("index", "0"), ("offset", "-0.02")];
const LARGER: At = &[("stage", "larger")];

pub const CASES: &[Case] = &[
    Case {
        id: "P42",
        truth: counts,
        identity: false,
        refuted_by: &[
            edit(PURE, "count.total", scale!(1.1)),
            edit(PURE_2, "count.total", scale!(0.9)),
            edit(HALF, "count.total", scale!(1.1)),
        ],
        unmoved_by: &[
            edit(FLAT, "count.total", scale!(2.0)),
            edit(PURE, "count.index", scale!(2.0)),
        ],
        compared: &[],
        needs: &[PURE_2, HALF],
    },
    Case {
        id: "P43",
        truth: counts,
        identity: false,
        refuted_by: &[
            edit(PURE, "count.index", scale!(1.15)),
            edit(HALF, "count.index", |v| v[1] *= 0.8),
        ],
        unmoved_by: &[
            edit(PURE, "count.index", scale!(1.08)),
            edit(FLAT, "count.index", scale!(2.0)),
            // from one end to the other: only their mean counts
            edit(HALF, "count.index", |v| {
                v[0] += 0.5;
                v[2] -= 0.5;
            }),
        ],
        compared: &[],
        needs: &[PURE_2, HALF],
    },
    Case {
        id: "P44",
        truth: counts,
        identity: false,
        refuted_by: &[
            edit(FIELD_MIXED, "count.index", scale!(1.15)),
            edit(PURE_2, "count.index", scale!(1.15)),
        ],
        unmoved_by: &[
            edit(FIELD_MIXED, "count.index", scale!(1.08)),
            edit(HALF, "count.index", scale!(3.0)),
        ],
        compared: &[],
        needs: &[PURE_2, FIELD_MIXED],
    },
    Case {
        id: "P45",
        truth: energies,
        identity: false,
        refuted_by: &[
            edit(PURE_2, "energy.distribution", |v| v[15] += 0.05),
            edit(FIELD_MIXED, "energy.distribution", |v| v[12] -= 0.03),
        ],
        unmoved_by: &[edit(PURE, "energy.distribution", |v| v[15] += 0.015)],
        compared: &[],
        needs: &[PURE_2, FIELD_MIXED],
    },
    Case {
        id: "P46",
        truth: minima,
        identity: false,
        refuted_by: &[
            edit(EDGE, "ln.minima", scale!(1.2)),
            edit(&[("stage", "edge"), ("dimension", "1600")], "ln.minima", |v| v[0] -= 2.0),
        ],
        unmoved_by: &[edit(EDGE, "ln.minima", |v| v[0] += 7.0)],
        compared: &[],
        needs: &[EDGE],
    },
    Case {
        id: "P49",
        truth: paper,
        identity: false,
        refuted_by: &[
            edit(PAPER, "count.total", scale!(1.1)),
            edit(PAPER, "count.total", scale!(0.9)),
        ],
        unmoved_by: &[edit(PAPER, "count.total", scale!(1.04))],
        compared: &[],
        needs: &[PAPER],
    },
    Case {
        id: "P50",
        truth: counts,
        identity: false,
        refuted_by: &[
            edit(FLAT, "count.index", scale!(1.15)),
            edit(FLAT, "count.index", |v| v[1] *= 0.6),
        ],
        unmoved_by: &[
            edit(FLAT, "count.index", scale!(1.08)),
            edit(PURE, "count.index", scale!(2.0)),
        ],
        compared: &[],
        needs: &[FLAT],
    },
    Case {
        id: "P51",
        truth: layers,
        identity: false,
        refuted_by: &[
            edit(LAYER, "ln.count", scale!(0.9)),
            // as probable as not, with the slope as it was
            edit(LAYER, "ln.count", |v| v[0] += 100.0),
            edit(SADDLES_1600, "ln.count", |v| v[0] += 10.0),
            edit(SADDLES_ABOVE, "ln.count", scale!(-1.0)),
            edit(MINIMA_BELOW, "ln.count", scale!(0.9)),
            edit(MINIMA_ABOVE, "ln.count", scale!(1.1)),
        ],
        unmoved_by: &[
            edit(LAYER, "ln.count", |v| v[0] -= 7.0),
            edit(MINIMA_BELOW, "ln.count", |v| v[0] += 7.0),
        ],
        compared: &[],
        needs: &[LAYER, SADDLES_1600, MINIMA_BELOW],
    },
    Case {
        id: "P61",
        truth: variances,
        identity: false,
        refuted_by: &[
            edit(PURE, "count.variance.ratio", scale!(-1.0)),
            edit(LARGER, "count.variance.ratio", |v| v[0] += 0.04),
        ],
        unmoved_by: &[
            edit(PURE, "count.variance.ratio", scale!(0.5)),
            edit(LARGER, "count.variance.ratio", |v| v[0] -= 0.02),
        ],
        compared: &[],
        needs: &[PURE_2, LARGER],
    },
];
