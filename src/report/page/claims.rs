//! The claims of the page: each with what was stated, its intervals, findings and figures.

use std::fmt::Write;

use crate::lab::{Finding, Judgement};
use crate::report::page::{Drawings, anchor, badge, inline, plural, view_box};
use crate::report::text::{self, html};
use crate::report::{Input, intervals};

/// Bytes that the intervals and rows of findings may take.
const FINDINGS: usize = 900_000;
/// Rows of findings that one claim shows; `tables/verdicts.csv` holds all.
const ROWS: usize = 120;

/// The section of the claims.
pub(super) fn claims(page: &mut String, report: &Input, drawings: &Drawings) {
    page.push_str("<section id=\"claims\">\n<h2>Claims</h2>\n\
         <p id=\"folds\" class=\"filters\" hidden><button type=\"button\" id=\"open-all\">Open all</button>\n\
         <button type=\"button\" id=\"close-all\">Close all</button></p>\n");
    if report.judgements.is_empty() {
        page.push_str("<p>No claim reads these records.</p>\n");
    }
    let mut left = FINDINGS;
    for judgement in report.judgements {
        let claim = &judgement.claim;
        let mark = match report.expected.get(&claim.id) {
            Some(expected) if *expected != judgement.verdict => {
                format!("<span class=\"surprise\">surprise: {expected} was expected</span>")
            }
            _ => String::new(),
        };
        let _ = write!(
            page,
            "<details class=\"claim\" id=\"{anchor}\">\n<summary><h3><span class=\"id\">{id}</span>\
             {statement}</h3>{badge}{mark}</summary>\n<dl class=\"facts\">\n",
            anchor = anchor(judgement),
            id = html(&claim.id),
            statement = html(&claim.statement),
            badge = badge(judgement.verdict),
        );
        let source = format!("{}, {}", html(&claim.paper), html(&claim.source));
        super::fact(page, "Statement", &html(&claim.statement));
        super::fact(page, "Source", &source);
        super::fact(page, "Statistic", &html(&claim.statistic));
        super::fact(page, "Prediction", &html(&claim.prediction));
        super::fact(page, "Margin", &html(&claim.margin));
        if !claim.simulator.is_empty() {
            super::fact(page, "Simulator", &html(&claim.simulator));
        }
        let observables: Vec<String> =
            claim.observables.iter().map(|name| observable(report, name)).collect();
        if !observables.is_empty() {
            super::fact(page, "Observables", &observables.join(", "));
        }
        if let (Some(p), Some(holm)) = (judgement.p, judgement.p_holm) {
            let text =
                format!("{}; {} by Holm over the paper", text::number(p), text::number(holm));
            super::fact(page, "p-value", &html(&text));
        }
        super::fact(page, "Code", &format!("<code>{}</code>", html(&claim.code)));
        super::fact(
            page,
            "Data",
            "<a href=\"tables/verdicts.csv\">findings</a>, \
             <a href=\"tables/observables.csv\">means</a>, <a href=\"records.jsonl\">records</a>",
        );
        page.push_str("</dl>\n");
        findings(page, judgement, &mut left);
        related(page, judgement, drawings, &mut left);
        page.push_str("</details>\n");
    }
    page.push_str("</section>\n");
}

/// The name of an observable, with a link to its definition if the page has one.
fn observable(report: &Input, name: &str) -> String {
    let code = format!("<code>{}</code>", html(name));
    if report.observables.iter().any(|known| known.name == name) {
        format!("<a href=\"#observable-{}\">{code}</a>", text::slug(name))
    } else {
        code
    }
}

fn findings(page: &mut String, judgement: &Judgement, left: &mut usize) {
    let all = &judgement.findings;
    if all.is_empty() {
        page.push_str("<p>No finding: the records hold nothing that this claim reads.</p>\n");
        return;
    }
    let mut part = String::new();
    let shown = &all[..all.len().min(ROWS)];
    let svg = intervals::picture(shown).svg().unwrap_or_default();
    let about = format!("Intervals of claim {} against the prediction", judgement.claim.id);
    let _ = write!(
        part,
        "<h4>Intervals</h4>\n<div class=\"drawing\">{}</div>\n\
         <p class=\"soft\">Shaded: where the prediction holds. A filled disc counts towards the \
         verdict, an open one is shown for comparison.</p>\n<h4>Findings</h4>\n\
         <div class=\"scroll\" role=\"region\" aria-label=\"Findings of claim {}\" tabindex=\"0\">\n\
         <table>\n<thead><tr><th scope=\"col\">Slice</th><th scope=\"col\">Estimate</th>\
         <th scope=\"col\">Level</th><th scope=\"col\">Replicates</th>\
         <th scope=\"col\">Prediction</th><th scope=\"col\">Counts</th>\
         <th scope=\"col\">Verdict</th></tr></thead>\n<tbody>\n",
        inline(&svg, "", &about),
        html(&judgement.claim.id),
    );
    for finding in shown {
        finding_row(&mut part, finding);
    }
    part.push_str("</tbody>\n</table>\n</div>\n");
    if all.len() > shown.len() {
        let _ = writeln!(
            part,
            "<p>The first {} of {} findings; <a href=\"tables/verdicts.csv\">the table</a> holds \
             all.</p>",
            shown.len(),
            all.len()
        );
    }
    if part.len() <= *left {
        *left -= part.len();
        page.push_str(&part);
    } else {
        let _ = writeln!(
            page,
            "<p>{} would make this page too large; <a href=\"tables/verdicts.csv\">the table</a> \
             holds them.</p>",
            plural(all.len(), "finding")
        );
    }
}

fn finding_row(page: &mut String, finding: &Finding) {
    let level = if finding.low == finding.high {
        "exact".to_owned()
    } else {
        format!("{} %", text::number(finding.level * 100.0))
    };
    let _ = writeln!(
        page,
        "<tr{}><td class=\"wide\">{}</td><td class=\"number\">{}</td><td class=\"number\">{level}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>",
        if finding.decisive { "" } else { " class=\"aside\"" },
        html(&finding.slice),
        html(&text::estimate(finding)),
        finding.replicates,
        html(&text::prediction(&finding.prediction)),
        if finding.decisive { "yes" } else { "for comparison" },
        match (finding.why.is_empty(), finding.decisive) {
            (false, true) => format!("{} {}", badge(finding.verdict), html(&finding.why)),
            _ => badge(finding.verdict),
        },
    );
}

/// The figures that show what the claim reads: drawn once on the page, shown again here.
fn related(page: &mut String, judgement: &Judgement, drawings: &Drawings, left: &mut usize) {
    let mut part = String::new();
    for (figure, held) in &drawings.figures {
        if !figure
            .observables
            .iter()
            .any(|o| judgement.claim.observables.iter().any(|one| one == o))
        {
            continue;
        }
        let _ = writeln!(
            part,
            "<h4>Figure: <a href=\"#figure-{}\">{}</a></h4>",
            figure.name,
            html(&figure.title)
        );
        if *held && let Some(size) = view_box(&figure.svg) {
            let _ = writeln!(
                part,
                "<div class=\"drawing again\"><svg viewBox=\"{size}\" role=\"img\" \
                 aria-label=\"{}\"><use href=\"#drawing-{}\"/></svg></div>",
                html(&figure.title),
                figure.name
            );
        }
    }
    if part.len() <= *left {
        *left -= part.len();
        page.push_str(&part);
    }
}
