//! The intervals of findings against what was predicted.

use crate::lab::{Finding, Judgement, Prediction};
use crate::report::axis::Axis;
use crate::report::picture::{Anchor, FAINT, GREY, INK, Picture, Pixel, fit};
use crate::report::{Figure, text};

use plotters::style::RGBColor;

const SIZE: u32 = 26;
const WIDTH: i32 = 1600;
/// Ends of the three columns: slice, interval, numbers.
const SLICE: i32 = 480;
const PLOT: (i32, i32) = (500, 1000);
const NUMBERS: i32 = 1020;
const ROW: i32 = 38;
const HEAD: i32 = 56;
const AXIS: i32 = 92;
/// Where the prediction holds.
const BAND: RGBColor = RGBColor(205, 224, 240);
/// The predicted value or bound.
const BOUND: RGBColor = RGBColor(0, 114, 178);
/// Rows beyond these would make a picture that no screen shows; the tables hold all.
const MOST_ROWS: usize = 120;

/// The intervals of one claim, every finding a row.
pub(super) fn picture(findings: &[Finding]) -> Picture {
    let shown: Vec<&Finding> = findings.iter().take(MOST_ROWS).collect();
    let mut picture = Picture::new(WIDTH as u32, (height(&shown) + 10).unsigned_abs());
    rows(&mut picture, &shown, 10);
    picture
}

/// The decisive findings of all claims, each claim with an axis of its own.
pub(super) fn overview(judgements: &[Judgement]) -> (Figure, Picture) {
    let mut left = MOST_ROWS;
    let mut total = 0;
    let blocks: Vec<(String, Vec<&Finding>)> = judgements
        .iter()
        .map(|judgement| {
            let decisive: Vec<&Finding> =
                judgement.findings.iter().filter(|f| f.decisive).collect();
            total += decisive.len();
            let shown: Vec<&Finding> = decisive.into_iter().take(left).collect();
            left -= shown.len();
            let claim = &judgement.claim;
            let mut head = format!("{}: {}", claim.id, judgement.verdict);
            if shown.is_empty() {
                head.push_str(", no decisive finding shown");
            }
            (head, shown)
        })
        .collect();
    let tall: i32 = blocks.iter().map(|(_, shown)| HEAD + height(shown)).sum();
    let mut picture = Picture::new(WIDTH as u32, (tall + 90).unsigned_abs());
    let mut y = 20;
    if blocks.is_empty() {
        picture.text((20, y + 20), "no claim", SIZE, GREY, Anchor::Start);
    }
    for (head, shown) in &blocks {
        picture.text((20, y + 28), &fit(head, 30, WIDTH - 40), 30, INK, Anchor::Start);
        y = rows(&mut picture, shown, y + HEAD);
    }
    key(&mut picture, y + 30);
    let mut caption = "Every decisive finding with its interval; where the prediction holds is \
                       shaded, the predicted value or bound is a line. Each claim has its own axis."
        .to_owned();
    if total > MOST_ROWS {
        caption.push_str(&format!(
            " The first {MOST_ROWS} of {total} findings are drawn; tables/verdicts.csv holds all."
        ));
    }
    let figure = Figure {
        name: "verdicts".to_owned(),
        title: "Findings against their predictions".to_owned(),
        caption,
        observables: Vec::new(),
        svg: String::new(),
    };
    (figure, picture)
}

fn height(findings: &[&Finding]) -> i32 {
    if findings.is_empty() { 0 } else { ROW * findings.len() as i32 + AXIS }
}

/// Draws rows with their axis below; returns the height of what follows.
fn rows(picture: &mut Picture, findings: &[&Finding], top: i32) -> i32 {
    if findings.is_empty() {
        return top;
    }
    let axis = axis(findings);
    let bottom = top + ROW * findings.len() as i32;
    let row = |index: usize| (top + ROW * index as i32, top + ROW * (index as i32 + 1));
    for (index, finding) in findings.iter().enumerate() {
        shade(picture, &axis, finding, row(index));
    }
    for (value, label) in &axis.ticks {
        let x = axis.place(*value, PLOT.0, PLOT.1);
        picture.line(vec![(x, top), (x, bottom)], FAINT, 1);
        picture.line(vec![(x, bottom), (x, bottom + 8)], INK, 1);
        picture.text((x, bottom + 24), label, SIZE, INK, Anchor::Middle);
    }
    for (index, finding) in findings.iter().enumerate() {
        bound(picture, &axis, finding, row(index));
        let y = row(index).0 + ROW / 2;
        let ink = if finding.decisive { INK } else { GREY };
        picture.text((20, y), &fit(&finding.slice, SIZE, SLICE - 20), SIZE, ink, Anchor::Start);
        interval(picture, &axis, finding, y);
        let numbers = format!("{}  {}", text::figure_estimate(finding), finding.verdict);
        let numbers = fit(&numbers, SIZE, WIDTH - NUMBERS - 10);
        picture.text((NUMBERS, y), &numbers, SIZE, ink, Anchor::Start);
    }
    let title = if identities(findings) {
        "size of the deviation"
    } else {
        "estimate, in the statistic's unit"
    };
    let middle = ((PLOT.0 + PLOT.1) / 2, bottom + 60);
    picture.text(middle, title, SIZE, INK, Anchor::Middle);
    picture.frame((PLOT.0, top), (PLOT.1, bottom), INK);
    bottom + AXIS
}

/// True if every finding is held against an identity.
fn identities(findings: &[&Finding]) -> bool {
    findings.iter().all(|f| matches!(f.prediction, Prediction::Identity { .. }))
}

/// An identity's deviations are shown by their size, over decades; all else on a linear axis.
fn axis(findings: &[&Finding]) -> Axis {
    let mut values: Vec<f64> = Vec::new();
    for finding in findings {
        values.push(finding.estimate);
        match finding.prediction {
            Prediction::Equal { value, margin } => values.extend([value - margin, value + margin]),
            Prediction::AtLeast(bound) | Prediction::AtMost(bound) => values.push(bound),
            Prediction::Identity { tolerance } => values.push(tolerance),
        }
    }
    if identities(findings) {
        return Axis::new(values.into_iter().map(f64::abs), true, 5);
    }
    values.retain(|value| value.is_finite());
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // one interval that is far wider than the others must not flatten them: twice their median
    // width, or the range of everything else, is what an end may lie outside
    let mut widths: Vec<f64> = findings
        .iter()
        .map(|finding| finding.high - finding.low)
        .filter(|width| width.is_finite())
        .collect();
    widths.sort_by(f64::total_cmp);
    let median = widths.get(widths.len() / 2).copied().unwrap_or(0.0);
    let room = (high - low).max(2.0 * median);
    for finding in findings {
        for end in [finding.low, finding.high] {
            if end.is_finite() && finding.estimate.is_finite() {
                values.push(end.max(low - room).min(high + room));
            }
        }
    }
    Axis::new(values, false, 5)
}

/// Shades where the prediction holds.
fn shade(picture: &mut Picture, axis: &Axis, finding: &Finding, (top, bottom): (i32, i32)) {
    let place = |value: f64| axis.place(value, PLOT.0, PLOT.1);
    let (from, to) = match finding.prediction {
        Prediction::Equal { value, margin } => (place(value - margin), place(value + margin)),
        Prediction::AtLeast(bound) => (place(bound), PLOT.1),
        Prediction::AtMost(bound) => (PLOT.0, place(bound)),
        Prediction::Identity { tolerance } => (PLOT.0, place(tolerance)),
    };
    if from < to {
        picture.rectangle((from, top), (to, bottom), BAND);
    }
}

/// Marks the predicted value or bound.
fn bound(picture: &mut Picture, axis: &Axis, finding: &Finding, (top, bottom): (i32, i32)) {
    let mark = match finding.prediction {
        Prediction::Equal { value, .. } => value,
        Prediction::AtLeast(bound) | Prediction::AtMost(bound) => bound,
        Prediction::Identity { tolerance } => tolerance,
    };
    if mark.is_finite() {
        let x = axis.place(mark, PLOT.0, PLOT.1);
        picture.line(vec![(x, top), (x, bottom)], BOUND, 3);
    }
}

fn interval(picture: &mut Picture, axis: &Axis, finding: &Finding, y: i32) {
    let place = |value: f64| axis.place(value, PLOT.0, PLOT.1);
    let ink = if finding.decisive { INK } else { GREY };
    if !finding.estimate.is_finite() {
        picture.text(((PLOT.0 + PLOT.1) / 2, y), "not finite", SIZE, GREY, Anchor::Middle);
        return;
    }
    let identity = matches!(finding.prediction, Prediction::Identity { .. });
    if finding.low.is_finite() && finding.high.is_finite() && !identity {
        let (low, high) = (place(finding.low), place(finding.high));
        picture.line(vec![(low, y), (high, y)], ink, 3);
        for (end, x, outwards) in [(finding.low, low, -1), (finding.high, high, 1)] {
            if axis.beyond(end) == outwards {
                arrow(picture, (x, y), outwards, ink);
            } else {
                picture.line(vec![(x, y - 8), (x, y + 8)], ink, 3);
            }
        }
    }
    let estimate = if identity { finding.estimate.abs() } else { finding.estimate };
    picture.disc((place(estimate), y), 8, ink, finding.decisive);
}

/// The interval goes on beyond the axis.
fn arrow(picture: &mut Picture, (x, y): Pixel, outwards: i32, ink: RGBColor) {
    picture.area(vec![(x, y), (x - 14 * outwards, y - 9), (x - 14 * outwards, y + 9)], ink, 1.0);
}

/// The key of the overview.
fn key(picture: &mut Picture, y: i32) {
    picture.disc((30, y), 8, INK, true);
    picture.line(vec![(20, y), (40, y)], INK, 3);
    picture.text((52, y), "estimate and interval", SIZE, INK, Anchor::Start);
    picture.rectangle((350, y - 12), (390, y + 12), BAND);
    picture.text((402, y), "prediction holds", SIZE, INK, Anchor::Start);
    picture.line(vec![(650, y - 14), (650, y + 14)], BOUND, 3);
    picture.text((664, y), "predicted value or bound", SIZE, INK, Anchor::Start);
    arrow(picture, (1034, y), 1, INK);
    picture.text((1046, y), "goes on beyond the axis", SIZE, INK, Anchor::Start);
}
