//! Plain-text tables.

use std::collections::BTreeMap;

use crate::lab::{Finding, Judgement, Prediction, Verdict};

/// Rows as aligned columns; the first row is the header.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The verdict table: one row per claim with its verdict, one per finding below it. Findings that
/// do not count towards the verdict have theirs in parentheses.
pub(super) fn verdicts(judgements: &[Judgement], expected: &BTreeMap<String, Verdict>) -> String {
    let header = [
        "claim",
        "slice",
        "estimate [low, high]",
        "prediction",
        "verdict",
        "expected",
        "p (Holm)",
        "",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for judgement in judgements {
        let id = &judgement.claim.id;
        let wanted = expected.get(id);
        rows.push(vec![
            id.clone(),
            judgement.claim.paper.clone(),
            String::new(),
            String::new(),
            judgement.verdict.to_string(),
            wanted.map_or_else(String::new, Verdict::to_string),
            judgement.p_holm.map_or_else(String::new, p_value),
            if surprises(judgement, expected) { "SURPRISE" } else { "" }.to_owned(),
        ]);
        rows.extend(judgement.findings.iter().map(finding));
    }
    columns(&rows)
}

/// True if the verdict is not the expected one.
pub(super) fn surprises(judgement: &Judgement, expected: &BTreeMap<String, Verdict>) -> bool {
    expected.get(&judgement.claim.id).is_some_and(|wanted| *wanted != judgement.verdict)
}

fn finding(finding: &Finding) -> Vec<String> {
    let verdict = finding.verdict.to_string();
    vec![
        String::new(),
        finding.slice.clone(),
        interval(finding),
        prediction(&finding.prediction),
        if finding.decisive { verdict } else { format!("({verdict})") },
        String::new(),
        String::new(),
        if finding.decisive { finding.why.clone() } else { String::new() },
    ]
}

/// A p-value; its digits below a thousandth say nothing.
fn p_value(p: f64) -> String {
    if p < 1e-3 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// `estimate [low, high]`.
fn interval(finding: &Finding) -> String {
    let Finding { estimate, low, high, .. } = *finding;
    match finding.prediction {
        Prediction::Identity { .. } => number(estimate),
        _ => format!("{} [{}, {}]", number(estimate), number(low), number(high)),
    }
}

/// The prediction in symbols.
pub(super) fn prediction(prediction: &Prediction) -> String {
    match prediction {
        Prediction::Equal { value, margin } => {
            format!("= {} ± {}", number(*value), number(*margin))
        }
        Prediction::AtLeast(bound) => format!(">= {}", number(*bound)),
        Prediction::AtMost(bound) => format!("<= {}", number(*bound)),
        Prediction::Identity { tolerance } => format!("|x| <= {}", number(*tolerance)),
    }
}

/// A number with four significant digits.
fn number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || !x.is_finite() {
        format!("{x}")
    } else if (1e-3..1e5).contains(&size) {
        let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
        let text = format!("{x:.decimals$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    } else {
        format!("{x:.3e}")
    }
}

/// A paragraph under its name, indented and broken at 100 columns.
pub(super) fn paragraph(name: &str, text: &str) -> String {
    let indent = 14;
    let mut out = format!("{name:<indent$}");
    let mut column = indent;
    for word in text.split_whitespace() {
        if column > indent && column + 1 + word.chars().count() > 100 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.chars().count();
    }
    format!("{}\n", out.trim_end())
}
