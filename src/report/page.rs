//! The page: one file that holds its style, its script and its drawings, and asks for no other.

mod claims;

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::lab::{Judgement, Outcome, Verdict};
use crate::report::text::{self, html};
use crate::report::{Figure, Input};

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Names the only style and the only script that the page may use: markup that slipped through
/// escaping would not run.
const NONCE: &str = "reading-room";

/// Bytes that drawings may take on the page, so that it stays below 3 MB; beyond them it links to
/// the files instead.
const DRAWINGS: usize = 1_600_000;

/// The page as text.
///
/// `unrecorded` are the titles of figures that no record has anything for.
pub(super) fn html_page(report: &Input, figures: &[Figure], unrecorded: &[&str]) -> String {
    let mut page = String::new();
    head(&mut page, report);
    verdicts(&mut page, report);
    reading(&mut page);
    let drawings = Drawings::within(figures, DRAWINGS);
    claims::claims(&mut page, report, &drawings);
    figures_section(&mut page, &drawings, unrecorded);
    faults(&mut page, report);
    glossary(&mut page, report);
    data(&mut page, report, figures);
    made(&mut page, report);
    page.push_str("</main>\n");
    let _ = write!(page, "<script nonce=\"{NONCE}\">{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// The figures, and which of them the page holds.
struct Drawings<'a> {
    figures: Vec<(&'a Figure, bool)>,
}

impl<'a> Drawings<'a> {
    fn within(figures: &'a [Figure], mut left: usize) -> Self {
        let figures = figures
            .iter()
            .map(|figure| {
                let held = figure.svg.len() <= left;
                if held {
                    left -= figure.svg.len();
                }
                (figure, held)
            })
            .collect();
        Self { figures }
    }
}

fn head(page: &mut String, report: &Input) {
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{NONCE}'; script-src 'nonce-{NONCE}'; \
         img-src data:; base-uri 'none'; form-action 'none'"
    );
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style nonce=\"{NONCE}\">\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#verdicts\">Skip to the verdicts</a>\n\
         <header>\n<div class=\"top\">\n<h1>{title}</h1>\n\
         <button type=\"button\" id=\"theme\" hidden>Dark theme</button>\n</div>\n\
         <p class=\"lead\">{summary}</p>\n<p>{tally}</p>\n<nav aria-label=\"Sections\">\n<ul>\n",
        title = html(report.title),
        summary = html(report.summary),
        tally = html(&tally(report)),
    );
    for (id, name) in [
        ("verdicts", "Verdicts"),
        ("reading", "How to read them"),
        ("claims", "Claims"),
        ("figures", "Figures"),
        ("faults", "Faults"),
        ("glossary", "Observables"),
        ("data", "Data"),
        ("made", "How this page was made"),
    ] {
        let _ = writeln!(page, "<li><a href=\"#{id}\">{name}</a></li>");
    }
    page.push_str("</ul>\n</nav>\n</header>\n<main>\n");
}

fn tally(report: &Input) -> String {
    let count = |verdict| report.judgements.iter().filter(|j| j.verdict == verdict).count();
    let surprises = report.judgements.iter().filter(|j| surprise(report, j)).count();
    format!(
        "{}: {} confirmed, {} refuted, {} undecided; {}. {} in {}.",
        plural(report.judgements.len(), "claim"),
        count(Verdict::Confirmed),
        count(Verdict::Refuted),
        count(Verdict::Undecided),
        if surprises == 0 {
            "no verdict surprises".to_owned()
        } else {
            plural(surprises, "surprise")
        },
        plural(report.records.len(), "record"),
        plural(report.records.cells().len(), "cell"),
    )
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn surprise(report: &Input, judgement: &Judgement) -> bool {
    report.expected.get(&judgement.claim.id).is_some_and(|e| *e != judgement.verdict)
}

fn made(page: &mut String, report: &Input) {
    let _ = write!(
        page,
        "<section id=\"made\">\n<h2>How this page was made</h2>\n<pre><code>{}</code></pre>\n",
        html(report.command)
    );
    page.push_str(
        "<details>\n<summary>Where the records come from</summary>\n<dl class=\"facts\">\n",
    );
    for (name, value) in report.provenance {
        fact(page, name, &html(value));
    }
    page.push_str("</dl>\n</details>\n</section>\n");
}

/// A term and its description, which is markup already.
fn fact(page: &mut String, term: &str, description: &str) {
    let _ = writeln!(page, "<dt>{}</dt><dd>{description}</dd>", html(term));
}

fn reading(page: &mut String) {
    page.push_str(
        "<section id=\"reading\">\n<h2>How to read a verdict</h2>\n\
         <p>A claim says beforehand what is computed from the records and which value a paper \
         predicts for it. A finding is that number on one slice of the records, with its interval \
         over replicates. A finding is <strong>confirmed</strong> if its whole interval agrees \
         with the prediction, <strong>refuted</strong> if its whole interval disagrees, and \
         <strong>undecided</strong> if the interval holds both: more replicates would decide. \
         Equality is confirmed only by an interval that lies within the stated margin; a \
         difference that is merely not significant confirms nothing.</p>\n\
         <p>A claim is refuted if one of its decisive findings is, and confirmed if all of them \
         are; the other findings are shown for comparison. A refuted claim is a result about the \
         paper, not an error of this program. A verdict that differs from the one that the \
         specification expects is marked as a <strong>surprise</strong>.</p>\n\
         <p>A verdict at the level 95 % is wrong with probability at most 2.5 %, claim by claim. Its \
         p-value is the smallest such probability at which it would still be given: the largest \
         over the findings for a confirmation, the smallest times their number for a refutation. \
         Holm's adjustment raises it for how many claims of the same paper are judged here; an \
         adjusted p-value up to 0.025 holds over the whole paper. An undecided finding says how many \
         replicates would decide with probability 0.8 if its estimate is the truth.</p>\n</section>\n",
    );
}

fn badge(verdict: Verdict) -> String {
    format!("<span class=\"verdict {verdict}\">{verdict}</span>")
}

fn anchor(judgement: &Judgement) -> String {
    format!("claim-{}", text::slug(&judgement.claim.id))
}

fn verdicts(page: &mut String, report: &Input) {
    page.push_str(
        "<section id=\"verdicts\" tabindex=\"-1\">\n<h2>Verdicts</h2>\n\
         <form id=\"filters\" class=\"filters\" role=\"search\" aria-label=\"Filter the claims\" hidden>\n\
         <label>Paper <select id=\"paper\"><option value=\"\">all papers</option>",
    );
    let papers: BTreeSet<&str> = report.judgements.iter().map(|j| j.claim.paper.as_str()).collect();
    for paper in papers {
        let _ = write!(page, "<option value=\"{0}\">{0}</option>", html(paper));
    }
    page.push_str("</select></label>\n<fieldset><legend>Verdict</legend>\n");
    for verdict in [Verdict::Confirmed, Verdict::Refuted, Verdict::Undecided] {
        let _ = writeln!(
            page,
            "<label class=\"tick\"><input type=\"checkbox\" name=\"verdict\" value=\"{verdict}\" \
             checked> {verdict}</label>"
        );
    }
    page.push_str(
        "</fieldset>\n\
         <label class=\"tick\"><input type=\"checkbox\" id=\"surprises\"> surprises only</label>\n\
         <label>Words <input type=\"search\" id=\"words\" autocomplete=\"off\"></label>\n\
         <button type=\"reset\">Show all</button>\n\
         </form>\n",
    );
    let _ = write!(
        page,
        "<p id=\"count\" role=\"status\" aria-live=\"polite\">{} shown</p>\n\
         <div class=\"scroll\" role=\"region\" aria-label=\"Table of verdicts\" tabindex=\"0\">\n\
         <table>\n<thead><tr><th scope=\"col\">Claim</th><th scope=\"col\">Paper</th>\
         <th scope=\"col\">Statement</th><th scope=\"col\">Findings</th>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Expected</th></tr></thead>\n<tbody>\n",
        plural(report.judgements.len(), "claim"),
    );
    for judgement in report.judgements {
        let claim = &judgement.claim;
        let surprises = surprise(report, judgement);
        let expected = report.expected.get(&claim.id);
        let _ = writeln!(
            page,
            "<tr id=\"row-{anchor}\" data-paper=\"{paper}\" data-verdict=\"{verdict}\" \
             data-surprise=\"{yes}\"><td class=\"name\"><a href=\"#{anchor}\">{id}</a></td>\
             <td class=\"name\">{paper}</td><td class=\"wide\">{statement}</td>\
             <td class=\"number\">{count}</td><td>{badge}</td><td>{expected}{mark}</td></tr>",
            anchor = anchor(judgement),
            paper = html(&claim.paper),
            verdict = judgement.verdict,
            yes = if surprises { "yes" } else { "no" },
            id = html(&claim.id),
            statement = html(&claim.statement),
            count = judgement.findings.len(),
            badge = badge(judgement.verdict),
            expected = expected.map_or_else(|| "not stated".to_owned(), Verdict::to_string),
            mark = if surprises { " <span class=\"surprise\">surprise</span>" } else { "" },
        );
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn view_box(svg: &str) -> Option<&str> {
    svg.split_once("viewBox=\"")?.1.split_once('"').map(|(size, _)| size)
}

/// A drawing as a part of the page: named for readers of the screen, without its fixed size.
fn inline(svg: &str, id: &str, about: &str) -> String {
    let Some((size, (_, rest))) = view_box(svg).zip(svg.split_once('>')) else {
        return String::new();
    };
    let id = if id.is_empty() { String::new() } else { format!(" id=\"{id}\"") };
    format!(
        "<svg{id} viewBox=\"{size}\" role=\"img\" aria-label=\"{}\">{}",
        html(about),
        rest.replace(" opacity=\"1\"", "")
    )
}

fn figures_section(page: &mut String, drawings: &Drawings, unrecorded: &[&str]) {
    page.push_str("<section id=\"figures\">\n<h2>Figures</h2>\n");
    for (figure, held) in &drawings.figures {
        let (name, title) = (&figure.name, html(&figure.title));
        let _ = write!(page, "<figure id=\"figure-{name}\">\n<h3>{title}</h3>\n");
        if *held {
            let about = format!("{}. {}", figure.title, figure.caption);
            let drawing = inline(&figure.svg, &format!("drawing-{name}"), &about);
            let _ = writeln!(page, "<div class=\"drawing\">{drawing}</div>");
        } else {
            page.push_str("<p>This drawing would make the page too large.</p>\n");
        }
        let _ = write!(
            page,
            "<figcaption>{} <a href=\"figures/{name}.svg\">svg</a>, \
             <a href=\"figures/{name}.png\">png</a></figcaption>\n</figure>\n",
            html(&figure.caption)
        );
    }
    if !unrecorded.is_empty() {
        let titles: Vec<String> = unrecorded.iter().map(|title| html(title)).collect();
        let _ = writeln!(page, "<p>Not drawn, as no record holds it: {}.</p>", titles.join("; "));
    }
    page.push_str("</section>\n");
}

fn faults(page: &mut String, report: &Input) {
    page.push_str("<section id=\"faults\">\n<h2>Faults</h2>\n");
    let failed = report.records.faults();
    if failed == 0 {
        page.push_str("<p>Every task ended without numerical trouble.</p>\n</section>\n");
        return;
    }
    let _ = write!(
        page,
        "<p>{} of {} met numerical trouble; <a href=\"tables/faults.csv\">each is listed</a>. \
         Their observables are missing from everything above.</p>\n\
         <div class=\"scroll\" role=\"region\" aria-label=\"Faults\" tabindex=\"0\">\n<table>\n\
         <thead><tr><th scope=\"col\">Cell</th><th scope=\"col\">Failed</th>\
         <th scope=\"col\">First fault</th></tr></thead>\n<tbody>\n",
        failed,
        plural(report.records.len(), "task"),
    );
    for (cell, records) in report.records.with_faults().cells() {
        let first = records.iter().find_map(|record| match &record.outcome {
            Outcome::Failed(fault) => Some(fault.clone()),
            Outcome::Done(_) => None,
        });
        if let Some(first) = first {
            let _ = writeln!(
                page,
                "<tr><td class=\"number\">{}</td><td class=\"number\">{} of {}</td>\
                 <td class=\"wide\">{}</td></tr>",
                cell,
                records.faults(),
                records.len(),
                html(&first.to_string())
            );
        }
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn glossary(page: &mut String, report: &Input) {
    page.push_str(
        "<section id=\"glossary\">\n<h2>Observables</h2>\n\
         <div class=\"scroll\" role=\"region\" aria-label=\"Observables\" tabindex=\"0\">\n<table>\n\
         <thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Axes</th>\
         <th scope=\"col\">Unit</th><th scope=\"col\">Definition</th></tr></thead>\n<tbody>\n",
    );
    let mut anchors = BTreeSet::new();
    for observable in report.observables {
        let name = text::slug(observable.name);
        // two simulators may define the same name: the first has the anchor
        let id = if anchors.insert(name.clone()) {
            format!(" id=\"observable-{name}\"")
        } else {
            String::new()
        };
        let axes = if observable.axes.is_empty() {
            "a number".to_owned()
        } else {
            observable.axes.join(" × ")
        };
        let _ = writeln!(
            page,
            "<tr{id}><td class=\"name\"><code>{}</code></td><td>{}</td><td>{}</td>\
             <td class=\"wide\">{}</td></tr>",
            html(observable.name),
            html(&axes),
            html(observable.unit),
            html(observable.definition)
        );
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn data(page: &mut String, report: &Input, figures: &[Figure]) {
    page.push_str("<section id=\"data\">\n<h2>Data</h2>\n<ul>\n");
    let mut link = |path: &str, about: &str| {
        let _ = writeln!(page, "<li><a href=\"{path}\">{path}</a>: {about}</li>");
    };
    link("records.jsonl", "every replicate, one JSON line each");
    link("tables/verdicts.csv", "claims and findings");
    link("tables/verdicts.md", "the same for a text");
    link("tables/observables.csv", "means and standard errors");
    if report.records.faults() > 0 {
        link("tables/faults.csv", "failed tasks");
    }
    for figure in figures {
        link(&format!("figures/{}.svg", figure.name), &html(&figure.title));
    }
    page.push_str("</ul>\n</section>\n");
}
