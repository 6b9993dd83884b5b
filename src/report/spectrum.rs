//! The figure of one spectrum: its density on a logarithmic axis, and the eigenvalues at its ends.

use crate::error::Result;
use crate::report::chart::{Chart, Panel, Point, Series};
use crate::report::draw;

/// Decades of density below the largest that are drawn; what lies deeper is the tail of the
/// smoothing.
const DECADES: i32 = 6;

/// What the figure shows.
#[derive(Debug, Clone)]
pub struct SpectrumFigure {
    /// The title.
    pub title: String,
    /// Eigenvalues at which the density is known, ascending; may be empty.
    pub grid: Vec<f64>,
    /// Fraction of eigenvalues per unit, on the grid.
    pub density: Vec<f64>,
    /// Its standard error, infinite where it is unknown.
    pub standard_error: Vec<f64>,
    /// Eigenvalues to mark.
    pub marks: Vec<f64>,
    /// What the marks are.
    pub mark_title: String,
    /// One sentence below.
    pub note: String,
}

/// The figure as svg text.
///
/// # Errors
/// An io error when the picture cannot be drawn.
pub fn spectrum_figure(figure: &SpectrumFigure) -> Result<String> {
    let top = figure.density.iter().copied().fold(0.0, f64::max);
    let floor = if top > 0.0 { top * 10_f64.powi(-DECADES) } else { 1e-3 };
    let all: Vec<Point> = figure
        .grid
        .iter()
        .zip(&figure.density)
        .zip(&figure.standard_error)
        .map(|((x, y), error)| {
            let interval = error.is_finite().then_some((y - error, y + error));
            Point { x: *x, y: *y, interval }
        })
        .collect();
    let mut series: Vec<Series> = all
        .chunk_by(|a, b| (a.y >= floor) == (b.y >= floor))
        .filter(|run| run[0].y >= floor)
        .map(|run| Series { colour: 0, stroke: 2, points: run.to_vec() })
        .collect();
    // a stem of one decade at the foot of the axis
    series.extend(figure.marks.iter().map(|x| Series {
        colour: 1,
        stroke: 2,
        points: [floor, 10.0 * floor].map(|y| Point { x: *x, y, interval: None }).into(),
    }));
    let mut legend = Vec::new();
    if !figure.grid.is_empty() {
        legend.push((0, "density".to_owned()));
    }
    if !figure.marks.is_empty() {
        legend.push((1, figure.mark_title.clone()));
    }
    let chart = Chart {
        title: figure.title.clone(),
        x_title: "eigenvalue".to_owned(),
        y_title: if figure.grid.is_empty() {
            "eigenvalues found (heights mean nothing)".to_owned()
        } else {
            "density (fraction per unit of the eigenvalue)".to_owned()
        },
        log_x: false,
        log: true,
        dense: true,
        colours: String::new(),
        legend,
        strokes: Vec::new(),
        unrecorded: false,
        panels: vec![Panel { label: String::new(), series }],
        notes: vec![figure.note.clone()],
    };
    draw::picture(&chart).svg()
}
