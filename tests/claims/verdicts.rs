//! The verdicts of every claim that reads records, on records whose truth is known.

use hessian::lab::{Judgement, Record, Verdict};
use rayon::prelude::*;

use crate::cases::{Case, cases};
use crate::records::{
    Edit, REPLICATES, design, edited, extended, failed, gapped, is_at, judged, made, shuffled,
    spoiled, without,
};

impl Case {
    fn records(&self) -> Vec<Record> {
        made(&design(), REPLICATES, self.truth)
    }

    fn edited(&self, edit: &Edit) -> Vec<Record> {
        edited(self.records(), edit, |_| true)
    }

    #[track_caller]
    fn expect(&self, verdict: Verdict, records: Vec<Record>, what: &str) -> Judgement {
        let judgement = judged(self.id, records);
        let found = &judgement.findings;
        assert_eq!(judgement.verdict, verdict, "{}, {what}: {found:#?}", self.id);
        judgement
    }
}

/// Where and by which observable an edit was made, and its place in its list.
fn named((place, edit): (usize, &Edit)) -> (String, &Edit) {
    (format!("change {place} of {} at {:?}", edit.observable, edit.at), edit)
}

#[test]
fn every_claim_that_reads_a_sim_has_a_case() {
    let mut known: Vec<&str> = cases().map(|case| case.id).collect();
    let mut claims: Vec<&str> = hessian::claims::registry()
        .iter()
        .filter(|claim| !matches!(claim.simulator, "" | "gaussian-mean"))
        .map(|claim| claim.id)
        .collect();
    known.sort_unstable();
    claims.sort_unstable();
    assert_eq!(known, claims);
}

#[test]
fn records_that_follow_the_statement_confirm_it() {
    for case in cases() {
        let judgement = case.expect(Verdict::Confirmed, case.records(), "as stated");
        for finding in &judgement.findings {
            // a rival is another law of the same quantity, shown beside the statement's
            let rival = !finding.decisive && finding.slice.contains("rival");
            let verdict = if rival { Verdict::Refuted } else { Verdict::Confirmed };
            assert_eq!(finding.verdict, verdict, "{}: {finding:#?}", case.id);
        }
    }
}

#[test]
fn records_that_contradict_the_statement_refute_it() {
    for case in cases() {
        for (what, edit) in case.refuted_by.iter().enumerate().map(named) {
            case.expect(Verdict::Refuted, case.edited(edit), &what);
        }
    }
}

#[test]
fn changes_within_the_margin_or_elsewhere_do_not_move_a_verdict() {
    for case in cases() {
        for (what, edit) in case.unmoved_by.iter().enumerate().map(named) {
            case.expect(Verdict::Confirmed, case.edited(edit), &what);
        }
    }
}

#[test]
fn findings_for_comparison_never_change_a_verdict() {
    for case in cases() {
        for (what, edit) in case.compared.iter().enumerate().map(named) {
            let judgement = case.expect(Verdict::Confirmed, case.edited(edit), &what);
            let mut compared = judgement.findings.iter().filter(|finding| !finding.decisive);
            let refuted = compared.any(|finding| finding.verdict == Verdict::Refuted);
            assert!(refuted, "{}, {what}: nothing was refuted", case.id);
        }
    }
}

/// Half of four replicates say one thing and half the opposite: the mean lies midway, half a
/// difference from either, and Student's interval reaches 1.8 halves.
#[test]
fn replicates_that_contradict_each_other_leave_a_mean_undecided_and_refute_an_identity() {
    for case in cases() {
        let verdict = if case.identity { Verdict::Refuted } else { Verdict::Undecided };
        for (what, edit) in case.refuted_by.iter().enumerate().map(named) {
            let mixed = edited(case.records(), edit, |replicate| replicate % 2 == 1);
            case.expect(verdict, mixed, &what);
        }
    }
}

#[test]
fn a_single_replicate_decides_nothing_but_identities() {
    let single = |records| without(records, |record| record.replicate != 2);
    for case in cases() {
        let or = |verdict| if case.identity { verdict } else { Verdict::Undecided };
        case.expect(or(Verdict::Confirmed), single(case.records()), "as stated");
        for (what, edit) in case.refuted_by.iter().enumerate().map(named) {
            case.expect(or(Verdict::Refuted), single(case.edited(edit)), &what);
        }
    }
}

#[test]
fn no_records_decide_nothing() {
    for case in cases() {
        case.expect(Verdict::Undecided, Vec::new(), "no records");
        case.expect(Verdict::Undecided, failed(case.records(), |_| true), "faults alone");
    }
}

#[test]
fn faults_and_records_of_another_shape_are_passed_over() {
    for case in cases() {
        let findings = judged(case.id, case.records()).findings;
        assert_eq!(judged(case.id, spoiled(case.records())).findings, findings, "{}", case.id);
    }
}

#[test]
fn a_claim_with_only_faults_where_it_must_look_is_undecided() {
    for case in cases() {
        for at in case.needs {
            let records = failed(case.records(), |record| is_at(record, at));
            case.expect(Verdict::Undecided, records, &format!("only faults at {at:?}"));
        }
    }
}

#[test]
fn no_missing_cell_refutes_a_claim() {
    let cells = design().len() as u64;
    for case in cases() {
        let whole = case.records();
        (0..cells).into_par_iter().for_each(|cell| {
            let here = |record: &Record| record.cell == cell;
            for records in [without(whole.clone(), here), failed(whole.clone(), here)] {
                let judgement = judged(case.id, records);
                assert_ne!(judgement.verdict, Verdict::Refuted, "{}, no cell {cell}", case.id);
            }
        });
    }
}

/// Replicates find their partners in other cells by their numbers: the order of tasks says nothing.
#[test]
fn the_order_of_tasks_changes_nothing() {
    let sorted = |records| {
        let mut findings = judged_numbers(records);
        findings.sort_by(|a, b| a.0.cmp(&b.0));
        findings
    };
    for case in cases() {
        let (here, there) =
            (sorted((case.id, case.records())), sorted((case.id, shuffled(case.records()))));
        assert_eq!(here.len(), there.len(), "{}", case.id);
        for ((slice, x), (other, y)) in here.iter().zip(&there) {
            assert_eq!(slice, other, "{}", case.id);
            let close = x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-9);
            assert!(close, "{}, {slice}: {x:?}, shuffled {y:?}", case.id);
        }
        case.expect(Verdict::Confirmed, shuffled(case.records()), "shuffled");
        for (what, edit) in case.refuted_by.iter().enumerate().map(named) {
            case.expect(Verdict::Refuted, shuffled(case.edited(edit)), &what);
        }
    }
}

/// Slice, and estimate with both ends and the count.
fn judged_numbers((id, records): (&str, Vec<Record>)) -> Vec<(String, [f64; 4])> {
    let numbers = judged(id, records).findings.into_iter();
    numbers.map(|f| (f.slice, [f.estimate, f.low, f.high, f.replicates as f64])).collect()
}

#[test]
fn a_replicate_that_one_cell_lacks_is_not_paired_with_another() {
    for case in cases() {
        for records in [gapped(case.records()), shuffled(gapped(case.records()))] {
            case.expect(Verdict::Confirmed, records, "a replicate missing in each cell");
        }
        for (what, edit) in case.refuted_by.iter().enumerate().map(named) {
            case.expect(Verdict::Refuted, gapped(case.edited(edit)), &what);
        }
    }
    // cells 0 and 1 lack replicates 0 and 1: two pairs are left
    let case = cases().find(|case| case.id == "O-22").unwrap();
    let findings = judged("O-22", gapped(case.records())).findings;
    assert_eq!(findings[0].replicates, 2, "{findings:#?}");
    assert!((findings[0].estimate - 1.0).abs() < 1e-12, "{findings:#?}");
}

/// Twelve replicates of the smallest size, eight of the next and four of the others are four lines,
/// each through the means of the replicates with one remainder modulo four.
#[test]
fn replicates_that_only_some_cells_have_are_averaged_into_the_lines() {
    let case = cases().find(|case| case.id == "P53").unwrap();
    let sizes = [(50.0, 12), (100.0, 8), (200.0, 4), (400.0, 4)];
    let beyond = |record: &Record| {
        let size = record.parameters["spins"].as_f64();
        sizes.iter().any(|(n, replicates)| size == Some(*n) && record.replicate >= *replicates)
    };
    let records = without(made(&design(), 12, case.truth), |record| {
        is_at(record, &[("stage", "pure")]) && beyond(record)
    });
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let ends = [0, 1, 2, 3].map(|remainder| {
        let points = sizes.map(|(n, _)| {
            let at = |record: &&Record| {
                is_at(record, &[("stage", "pure")])
                    && record.parameters["spins"].as_f64() == Some(n)
                    && record.replicate % 4 == remainder
            };
            let energies = records.iter().filter(at).map(|r| r.number("energy").unwrap());
            (n.powf(-2.0 / 3.0), mean(&energies.collect::<Vec<_>>()))
        });
        let (x, y) = (mean(&points.map(|p| p.0)), mean(&points.map(|p| p.1)));
        let rise = mean(&points.map(|p| (p.0 - x) * (p.1 - y)));
        y - rise / mean(&points.map(|p| (p.0 - x).powi(2))) * x
    });
    let finding = judged("P53", records.clone()).findings.swap_remove(0);
    let estimate = mean(&ends);
    // Student's quantile for three degrees of freedom
    let half = 3.182_446_305_284_263
        * (ends.map(|end| (end - estimate).powi(2)).iter().sum::<f64>() / 12.0).sqrt();
    assert_eq!(finding.replicates, 4);
    assert!((finding.estimate - estimate).abs() < 1e-12, "{finding:#?}");
    assert!((finding.low - (estimate - half)).abs() < 1e-9, "{half} {finding:#?}");
    // a fault takes its own line's only point of that size, and nothing else's
    let one = failed(records, |record| {
        is_at(record, &[("stage", "pure"), ("spins", "400")]) && record.replicate == 3
    });
    let three = judged("P53", one).findings.swap_remove(0);
    assert_eq!(three.replicates, 3);
    assert!((three.estimate - mean(&ends[..3])).abs() < 1e-12, "{three:#?}");
}

/// Cells that differ in a parameter which a claim does not know are never pooled, nor does one of
/// them stand for all: the claim is undecided. Identities look at every record.
#[test]
fn an_extended_grid_decides_nothing_but_identities() {
    for case in cases().filter(|case| !case.identity) {
        case.expect(Verdict::Undecided, extended(case.records()), "a grid with one more parameter");
        let records = extended(case.edited(&case.refuted_by[0]));
        case.expect(Verdict::Undecided, records, "the same, of records that refute it");
    }
}

/// Uncorrelated lengths and correlated ones are told apart by both claims.
#[test]
fn each_law_of_the_centred_length_refutes_the_other() {
    let truth = |id| cases().find(|case| case.id == id).unwrap().truth;
    for (held, other) in [("P25", "D-01"), ("D-01", "P25")] {
        let records = || made(&design(), REPLICATES, truth(held));
        assert_eq!(judged(held, records()).verdict, Verdict::Confirmed);
        assert_eq!(judged(other, records()).verdict, Verdict::Refuted);
    }
}

/// A depth linear in L has a line in log L with R^2 near 0.7, whatever its slope.
#[test]
fn a_linear_depth_is_not_taken_for_a_logarithmic_one() {
    let case = cases().find(|case| case.id == "O-08").unwrap();
    let mut records = case.records();
    for record in
        records.iter_mut().filter(|r| is_at(r, &[("stage", "growth"), ("block", "bn-relu")]))
    {
        // the slope in log L of 0.0235 L over L = 8 .. 256 is 1.46
        let depth = 0.0235 * record.parameters["blocks"].as_f64().unwrap();
        let hessian::lab::Outcome::Done(observables) = &mut record.outcome else { panic!() };
        observables.insert("depth.gains".to_owned(), depth.into());
    }
    let judgement = case.expect(Verdict::Refuted, records, "linear");
    let named = |word: &str| judgement.findings.iter().find(|f| f.slice.contains(word)).unwrap();
    assert_eq!(named("slope").verdict, Verdict::Confirmed);
    assert_eq!(named("R^2").verdict, Verdict::Refuted);
}
