//! From a chart to a picture: panels side by side, the legend on the right, notes below.

use crate::report::axis::Axis;
use crate::report::chart::{Chart, Panel, Point, STROKES, Series};
use crate::report::picture::{Anchor, FAINT, GREY, INK, PALETTE, Picture, Pixel, fit, width, wrap};

/// Sizes of text, in plotters' points: 26 are about 21 pixels in a picture 1600 pixels wide.
const TITLE: u32 = 34;
const LABEL: u32 = 28;
const SMALL: u32 = 26;

const WIDTH: i32 = 1600;
const LEGEND: i32 = 330;
const MARGIN: i32 = 24;
/// Height of one row of panels.
const ROW: i32 = 720;
const COLUMNS: usize = 3;
/// Distance of two colours at the same abscissa.
const DODGE: i32 = 5;

/// Draws a chart.
pub(super) fn picture(chart: &Chart) -> Picture {
    let notes = wrap(&chart.notes.join("; "), SMALL, WIDTH - 2 * MARGIN);
    let columns = chart.panels.len().clamp(1, COLUMNS);
    let rows = chart.panels.len().div_ceil(columns).max(1);
    let top = 76;
    let bottom = top + ROW * rows as i32;
    let height = bottom + 32 * notes.len() as i32 + MARGIN;
    let mut picture = Picture::new(WIDTH as u32, height.unsigned_abs());
    let title = fit(&chart.title, TITLE, WIDTH - 2 * MARGIN);
    picture.text((MARGIN, 40), &title, TITLE, INK, Anchor::Start);

    let y_title = 48;
    let slot = (WIDTH - LEGEND - MARGIN - y_title) / columns as i32;
    for (index, panel) in chart.panels.iter().enumerate() {
        let (row, column) = ((index / columns) as i32, (index % columns) as i32);
        let corner = (MARGIN + y_title + slot * column, top + ROW * row);
        self::panel(&mut picture, chart, panel, corner, slot);
        if column == 0 {
            let middle = (MARGIN + 18, corner.1 + ROW / 2);
            picture.text_upwards(middle, &fit(&chart.y_title, LABEL, ROW - 80), LABEL, INK);
        }
    }
    legend(&mut picture, chart, (WIDTH - LEGEND + 10, top + 44));
    for (index, note) in notes.iter().enumerate() {
        let at = (MARGIN, bottom + 14 + 32 * index as i32);
        picture.text(at, note, SMALL, GREY, Anchor::Start);
    }
    picture
}

/// The axes of a panel and where its frame lies.
struct Frame {
    x: Axis,
    y: Axis,
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
}

impl Frame {
    fn place(&self, x: f64, y: f64) -> Pixel {
        (self.x.place(x, self.left, self.right), self.y.place(y, self.bottom, self.top))
    }
}

fn panel(picture: &mut Picture, chart: &Chart, panel: &Panel, (left, top): Pixel, slot: i32) {
    let points = || panel.series.iter().flat_map(|series| &series.points);
    let x = Axis::new(points().map(|point| point.x), chart.log_x, if slot > 500 { 6 } else { 4 });
    let y = Axis::new(heights(points(), chart.log), chart.log, 6);
    let labels = y.ticks.iter().map(|(_, label)| width(label, SMALL)).max().unwrap_or(0);
    let frame = Frame {
        x,
        y,
        left: left + labels + 18,
        right: left + slot - 22,
        top: top + 44,
        bottom: top + ROW - 100,
    };
    let room = frame.right - frame.left;
    let centre = (frame.left + frame.right) / 2;
    picture.text(
        (centre, top + 22),
        &fit(&panel.label, LABEL, slot - 30),
        LABEL,
        INK,
        Anchor::Middle,
    );
    axes(picture, &frame);
    let title = fit(&chart.x_title, LABEL, room.max(200) + 40);
    picture.text((centre, frame.bottom + 66), &title, LABEL, INK, Anchor::Middle);
    if panel.series.is_empty() {
        let middle = (centre, (frame.top + frame.bottom) / 2);
        picture.text(middle, "no data", LABEL, GREY, Anchor::Middle);
    }
    let last = chart.legend.len() as i32 - 1;
    for series in &panel.series {
        if chart.dense {
            curve(picture, &frame, series);
        } else {
            // beside each other, so that bars at the same abscissa can be told apart
            let rank = chart.legend.iter().take_while(|(c, _)| *c != series.colour).count() as i32;
            let shift = DODGE * (2 * rank - last) / 2;
            bars(picture, &frame, series, shift.clamp(-room / 20, room / 20));
        }
    }
}

/// What the ordinate must hold: all means, and of the intervals what stays within one more range
/// of the means (one more decade on a logarithmic axis) on either side, so that the interval of
/// two replicates does not flatten everything else.
fn heights<'a>(points: impl Iterator<Item = &'a Point> + Clone, log: bool) -> Vec<f64> {
    let means: Vec<f64> = points.clone().map(|point| point.y).collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (floor, ceiling) = if log {
        (low / 10.0, high * 10.0)
    } else if low == high {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else {
        (low - (high - low), high + (high - low))
    };
    let ends =
        points.filter_map(|point| point.interval).flat_map(|(a, b)| [a.max(floor), b.min(ceiling)]);
    means.iter().copied().chain(ends).collect()
}

fn axes(picture: &mut Picture, frame: &Frame) {
    for (value, label) in &frame.x.ticks {
        let x = frame.x.place(*value, frame.left, frame.right);
        picture.line(vec![(x, frame.top), (x, frame.bottom)], FAINT, 1);
        picture.line(vec![(x, frame.bottom), (x, frame.bottom + 8)], INK, 1);
        picture.text((x, frame.bottom + 26), label, SMALL, INK, Anchor::Middle);
    }
    for (value, label) in &frame.y.ticks {
        let y = frame.y.place(*value, frame.bottom, frame.top);
        picture.line(vec![(frame.left, y), (frame.right, y)], FAINT, 1);
        picture.line(vec![(frame.left - 8, y), (frame.left, y)], INK, 1);
        picture.text((frame.left - 12, y), label, SMALL, INK, Anchor::End);
    }
    picture.frame((frame.left, frame.top), (frame.right, frame.bottom), INK);
}

/// Means joined by a line, each with its marker and its interval.
fn bars(picture: &mut Picture, frame: &Frame, series: &Series, shift: i32) {
    let colour = PALETTE[series.colour % PALETTE.len()];
    let places: Vec<Pixel> = series
        .points
        .iter()
        .map(|point| frame.place(point.x, point.y))
        .map(|(x, y)| (x + shift, y))
        .collect();
    stroke(picture, &places, series);
    for (point, place) in series.points.iter().zip(&places) {
        if let Some((low, high)) = point.interval {
            let x = place.0;
            let ends = [low, high].map(|end| frame.y.place(end, frame.bottom, frame.top));
            picture.line(vec![(x, ends[0]), (x, ends[1])], colour, 2);
            for (end, y) in [(low, ends[0]), (high, ends[1])] {
                // no cap on a bar that is cut at the edge: it goes on
                if frame.y.beyond(end) == 0 {
                    picture.line(vec![(x - 6, y), (x + 6, y)], colour, 2);
                }
            }
        }
        picture.marker(*place, series.colour, colour, 7);
    }
}

/// A line through many points with its band, and a marker here and there.
fn curve(picture: &mut Picture, frame: &Frame, series: &Series) {
    let colour = PALETTE[series.colour % PALETTE.len()];
    // the ordinate is logarithmic: an interval that reaches 0 has no lower end to draw, and a band
    // down to the axis would hide the other lines
    let ends = |point: &Point| point.interval.filter(|(low, _)| *low > 0.0);
    for run in series.points.chunk_by(|a, b| ends(a).is_some() == ends(b).is_some()) {
        let band = run.iter().filter_map(|point| Some((point.x, ends(point)?)));
        let mut outline: Vec<Pixel> =
            band.clone().map(|(x, (low, _))| frame.place(x, low)).collect();
        outline.extend(band.rev().map(|(x, (_, high))| frame.place(x, high)));
        outline.dedup();
        if outline.len() > 2 {
            picture.area(outline, colour, 0.15);
        }
    }
    let places: Vec<Pixel> =
        series.points.iter().map(|point| frame.place(point.x, point.y)).collect();
    stroke(picture, &places, series);
    // markers at places of its own for each colour, and one at least
    let beat = |x: i32| (x - frame.left + 30 * series.colour as i32).div_euclid(120);
    let mut marked: Vec<Pixel> =
        places.windows(2).filter(|pair| beat(pair[0].0) < beat(pair[1].0)).map(|p| p[1]).collect();
    if marked.is_empty() {
        marked.extend(places.iter().min_by_key(|place| place.1));
    }
    for place in marked {
        picture.marker(place, series.colour, colour, 7);
    }
}

/// The line of a series: the last checkpoint solid, the middle one dashed, the first one dotted.
fn stroke(picture: &mut Picture, places: &[Pixel], series: &Series) {
    let colour = PALETTE[series.colour % PALETTE.len()];
    match series.stroke {
        0 => picture.dashes(places, colour, 3, (4.0, 7.0)),
        1 => picture.dashes(places, colour, 3, (16.0, 8.0)),
        _ => picture.line(places.to_vec(), colour, 3),
    }
}

fn legend(picture: &mut Picture, chart: &Chart, (left, mut y): Pixel) {
    let room = LEGEND - 100;
    if chart.legend.iter().any(|(_, level)| !level.is_empty()) {
        let title = fit(&chart.colours, LABEL, LEGEND - 20);
        picture.text((left, y), &title, LABEL, INK, Anchor::Start);
        y += 40;
        for (colour, level) in &chart.legend {
            let ink = PALETTE[colour % PALETTE.len()];
            picture.line(vec![(left, y), (left + 56, y)], ink, 3);
            picture.marker((left + 28, y), *colour, ink, 7);
            let level = if level.is_empty() { "none" } else { level };
            y = lines(picture, level, (left + 70, y), room);
        }
        y += 24;
    }
    for stroke in &chart.strokes {
        let sample = Series { colour: PALETTE.len() - 1, stroke: *stroke, points: Vec::new() };
        self::stroke(picture, &[(left, y), (left + 56, y)], &sample);
        y = lines(picture, STROKES[*stroke], (left + 70, y), room);
    }
}

/// Text in lines; returns the height of the next entry.
fn lines(picture: &mut Picture, content: &str, (x, mut y): Pixel, room: i32) -> i32 {
    for line in wrap(content, SMALL, room) {
        picture.text((x, y), &line, SMALL, INK, Anchor::Start);
        y += 30;
    }
    y + 6
}
