//! A chart: what a view shows of the records, before it is drawn.

use std::cmp::Ordering;

use crate::lab::{self, Parameters, Record, Records, Value, View, ViewKind};
use crate::report::mean::Mean;
use crate::report::text;

/// Decades that the ordinate of a density spans below its largest value; what lies deeper is the
/// tail of the smoothing kernel.
const DENSITY_DECADES: i32 = 6;

/// Panels and colours that one figure can hold so that a reader can still use it.
const MOST_PANELS: usize = 12;
const MOST_COLOURS: usize = 14;

/// Points of the common grid if the replicates have grids of their own.
const GRID: usize = 400;

/// Names that a view shows instead of values of its checkpoints.
pub(super) const STROKES: [&str; 3] = ["first checkpoint", "middle checkpoint", "last checkpoint"];

/// A mean with its interval, at an abscissa.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// Points of one colour and one stroke.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) colour: usize,
    /// Index into [`STROKES`].
    pub(super) stroke: usize,
    pub(super) points: Vec<Point>,
}

/// The series of one value of the panel parameter.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) label: String,
    pub(super) series: Vec<Series>,
}

/// Everything that a figure shows.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x_title: String,
    pub(super) y_title: String,
    pub(super) log_x: bool,
    pub(super) log: bool,
    /// True for many points, drawn without a marker and a bar at each.
    pub(super) dense: bool,
    /// The parameter of the colours.
    pub(super) colours: String,
    /// Colour and value for each colour in use. A value has the same colour in all figures.
    pub(super) legend: Vec<(usize, String)>,
    /// The strokes in use.
    pub(super) strokes: Vec<usize>,
    pub(super) panels: Vec<Panel>,
    /// Whether there are records, but none with what the figure shows.
    pub(super) unrecorded: bool,
    /// What the drawing leaves out or means.
    pub(super) notes: Vec<String>,
}

impl Chart {
    /// Gathers what the view asks for.
    pub(super) fn new(view: &View, records: &Records) -> Chart {
        let (x_title, y_title, log, dense) = match view.kind {
            ViewKind::Curve { x_title, y_title, log_y, .. }
            | ViewKind::Profile { x_title, y_title, log_y, .. }
            | ViewKind::Trend { x_title, y_title, log_y, .. } => (x_title, y_title, log_y, false),
            ViewKind::Density { x_title, y_title, .. } => (x_title, y_title, true, true),
        };
        let ordinate = match view.kind {
            ViewKind::Curve { y, .. } | ViewKind::Profile { y, .. } | ViewKind::Trend { y, .. } => {
                y
            }
            ViewKind::Density { density, .. } => density,
        };
        let chosen = records.filter(view.at);
        // other simulators' records have no part in this figure
        let holds = chosen.holding(|record| match view.kind {
            ViewKind::Trend { x, y, .. } => {
                record.number(y).is_some() && record.parameters.contains_key(x)
            }
            _ => record.get(ordinate).is_some(),
        });
        let mut notes = Vec::new();
        let panels = levels(&holds, &holds, view.panels, MOST_PANELS, &mut notes);
        let colours = levels(&chosen, &holds, view.colours, MOST_COLOURS, &mut notes);
        let several = panels.len() > 1;
        let mut gathering = Gathering::default();
        let panels = panels
            .into_iter()
            .map(|level| {
                let panel = at_level(&holds, view.panels, &level);
                let series = colours.iter().enumerate().flat_map(|(colour, level)| {
                    let group = at_level(&panel, view.colours, level);
                    gathering.series(view, colour, &group)
                });
                Panel { label: label(view.panels, &level, several), series: series.collect() }
            })
            .collect::<Vec<Panel>>();
        notes.extend(gathering.notes());
        let mut chart = Chart {
            title: view.title.to_owned(),
            x_title: x_title.to_owned(),
            y_title: y_title.to_owned(),
            log_x: matches!(view.kind, ViewKind::Trend { log_x: true, .. }),
            log,
            dense,
            colours: view.colours.to_owned(),
            legend: Vec::new(),
            strokes: Vec::new(),
            panels,
            unrecorded: holds.is_empty() && !records.is_empty(),
            notes,
        };
        if dense {
            chart.drop_tails();
        } else if log {
            chart.drop_non_positive();
        }
        chart.legend = colours
            .into_iter()
            .enumerate()
            .filter(|(colour, _)| chart.series().any(|series| series.colour == *colour))
            .collect();
        let used = |stroke: &usize| chart.series().any(|series| series.stroke == *stroke);
        chart.strokes = match view.kind {
            ViewKind::Curve { .. } | ViewKind::Trend { .. } => Vec::new(),
            _ => (0..STROKES.len()).filter(used).collect(),
        };
        if chart.series().next().is_none() {
            chart.notes.push("no record holds what this figure shows".to_owned());
        }
        chart
    }

    /// All series of all panels.
    pub(super) fn series(&self) -> impl Iterator<Item = &Series> {
        self.panels.iter().flat_map(|panel| &panel.series)
    }

    /// The view's caption with the notes.
    pub(super) fn caption(&self, view: &View) -> String {
        let mut caption = view.caption.trim().to_owned();
        for note in &self.notes {
            if !caption.is_empty() && !caption.ends_with(['.', '!', '?']) {
                caption.push('.');
            }
            let mut letters = note.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            caption.push_str(&format!(" {first}{}.", letters.as_str()));
        }
        caption.trim().to_owned()
    }

    /// Drops points and breaks the lines there; returns how many.
    fn keep(&mut self, wanted: impl Fn(&Point) -> bool) -> usize {
        let mut dropped = 0;
        for panel in &mut self.panels {
            let whole = std::mem::take(&mut panel.series);
            for Series { colour, stroke, points } in whole {
                dropped += points.iter().filter(|point| !wanted(point)).count();
                let runs = points.chunk_by(|a, b| wanted(a) == wanted(b));
                panel.series.extend(runs.filter(|run| wanted(&run[0])).map(|run| Series {
                    colour,
                    stroke,
                    points: run.to_vec(),
                }));
            }
        }
        dropped
    }

    fn drop_non_positive(&mut self) {
        match self.keep(|point| point.y > 0.0) {
            0 => {}
            1 => self
                .notes
                .push("1 point is not positive and is left out of the logarithmic axis".into()),
            n => self.notes.push(format!(
                "{n} points are not positive and are left out of the logarithmic axis"
            )),
        }
    }

    fn drop_tails(&mut self) {
        let top = self.series().flat_map(|s| &s.points).map(|p| p.y).fold(0.0, f64::max);
        let share = 10f64.powi(-DENSITY_DECADES);
        if self.keep(|point| point.y > 0.0 && point.y >= share * top) > 0 {
            let share = text::figure_number(share);
            self.notes.push(format!("densities below {share} of the largest are left out"));
        }
    }
}

/// The first values of a parameter, numbers in ascending order, others in that of the plan; then the nameless
/// value of what is drawn without it.
fn levels(
    records: &Records,
    drawn: &Records,
    parameter: &str,
    most: usize,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut levels = records.levels(parameter);
    let number = |level: &String| level.parse::<f64>().ok();
    if levels.iter().all(|level| number(level).is_some()) {
        levels.sort_by(|a, b| match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => Ordering::Equal,
        });
    }
    if levels.len() > most {
        let all = levels.len();
        notes.push(format!("the first {most} of {all} values of {parameter} are drawn"));
    }
    levels.truncate(most);
    let named = levels.iter().all(|level| !level.is_empty());
    if levels.is_empty() || named && !at_level(drawn, parameter, "").is_empty() {
        levels.push(String::new());
    }
    levels
}

/// The records at a level of a parameter; the nameless level is that of records without it.
fn at_level(records: &Records, parameter: &str, level: &str) -> Records {
    records.choose(|parameters| lab::level(parameters, parameter).unwrap_or_default() == level)
}

/// The title of a panel: what is nameless among several is named by what it lacks.
fn label(parameter: &str, level: &str, several: bool) -> String {
    match level {
        "" if several => format!("without {parameter}"),
        "" => String::new(),
        level => format!("{parameter} = {level}"),
    }
}

/// What was met while gathering, for the notes.
#[derive(Debug, Default)]
struct Gathering {
    least: Option<usize>,
    most: usize,
    cells: usize,
    own_grids: bool,
}

impl Gathering {
    /// The series of one colour in one panel.
    fn series(&mut self, view: &View, colour: usize, records: &Records) -> Vec<Series> {
        if !matches!(view.kind, ViewKind::Trend { .. }) {
            self.count_cells(records);
        }
        let of = |stroke: usize, points: Vec<Point>| {
            (!points.is_empty()).then_some(Series { colour, stroke, points })
        };
        match view.kind {
            ViewKind::Curve { x, y, .. } => {
                let points = self.means(|put| {
                    for record in records {
                        if let (Some(x), Some(y)) = (line(&record, x), line(&record, y)) {
                            x.iter().zip(y).enumerate().for_each(|(i, (x, y))| put(i, *x, *y));
                        }
                    }
                });
                of(2, points).into_iter().collect()
            }
            ViewKind::Profile { y, first, .. } => three(records, y)
                .into_iter()
                .filter_map(|(stroke, checkpoint)| {
                    let points = self.means(|put| {
                        for record in records {
                            let row = row(&record, y, checkpoint).unwrap_or(&[]);
                            row.iter()
                                .enumerate()
                                .for_each(|(i, y)| put(i, (first + i) as f64, *y));
                        }
                    });
                    of(stroke, points)
                })
                .collect(),
            ViewKind::Trend { x, y, .. } => {
                let at = |parameters: &Parameters| parameters.get(x)?.as_f64();
                let mut abscissae: Vec<f64> =
                    records.cells().values().filter_map(|cell| at(cell.parameters()?)).collect();
                abscissae.sort_by(f64::total_cmp);
                abscissae.dedup();
                let mut points = Vec::with_capacity(abscissae.len());
                for x in abscissae {
                    let same = records.choose(|parameters| at(parameters) == Some(x));
                    self.count_cells(&same);
                    let means = self.means(|put| {
                        for record in &same {
                            if let Some(y) = record.number(y) {
                                put(0, x, y);
                            }
                        }
                    });
                    // a mean of one number over and over may differ from it in its last bit
                    points.extend(means.into_iter().map(|point| Point { x, ..point }));
                }
                of(2, points).into_iter().collect()
            }
            ViewKind::Density { grid, density, .. } => three(records, density)
                .into_iter()
                .filter(|(stroke, _)| *stroke != 1)
                .filter_map(|(stroke, checkpoint)| {
                    let points = self.densities(|each| {
                        for record in records {
                            let grid = row(&record, grid, checkpoint);
                            if let (Some(x), Some(y)) = (grid, row(&record, density, checkpoint)) {
                                each(x, y);
                            }
                        }
                    });
                    of(stroke, points)
                })
                .collect(),
        }
    }

    /// Mean abscissa and mean ordinate, index by index, of the pairs that `visit` shows.
    fn means(&mut self, visit: impl Fn(&mut dyn FnMut(usize, f64, f64))) -> Vec<Point> {
        let means = Mean::of(|put| {
            visit(&mut |index, x, y| {
                put(0, index, x);
                put(1, index, y);
            });
        });
        let [x, y] = means.as_slice() else { return Vec::new() };
        let mut points = Vec::with_capacity(x.len());
        for (x, y) in x.iter().zip(y) {
            if let (Some(x), Some(y)) = (x, y) {
                self.count(y.count);
                points.push(Point { x: x.value, y: y.value, interval: y.interval() });
            }
        }
        points
    }

    /// Densities averaged on one grid: the common one, or an even one over all of them. `visit`
    /// shows each grid with its density.
    fn densities(&mut self, visit: impl Fn(&mut dyn FnMut(&[f64], &[f64]))) -> Vec<Point> {
        let mut first: Option<Vec<f64>> = None;
        let (mut common, mut low, mut high) = (true, f64::INFINITY, f64::NEG_INFINITY);
        visit(&mut |grid, density| {
            let first = first.get_or_insert_with(|| grid.to_vec());
            common &= grid == first && density.len() == grid.len();
            for end in [grid.first(), grid.last()].into_iter().flatten() {
                (low, high) = (low.min(*end), high.max(*end));
            }
        });
        if common {
            return self.means(|put| {
                visit(&mut |grid, density| {
                    grid.iter().zip(density).enumerate().for_each(|(i, (x, y))| put(i, *x, *y));
                });
            });
        }
        self.own_grids = true;
        if low >= high {
            return Vec::new();
        }
        let grid: Vec<f64> =
            (0..GRID).map(|i| low + (high - low) * i as f64 / (GRID - 1) as f64).collect();
        self.means(|put| {
            visit(&mut |own, density| {
                for (index, x) in grid.iter().enumerate() {
                    put(index, *x, interpolate(own, density, *x));
                }
            });
        })
    }

    /// How many cells a series (or one point of it) joins.
    fn count_cells(&mut self, records: &Records) {
        self.cells = self.cells.max(records.cells().len());
    }

    fn count(&mut self, replicates: usize) {
        self.least = Some(self.least.map_or(replicates, |least| least.min(replicates)));
        self.most = self.most.max(replicates);
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match (self.least, self.most) {
            (None, _) => {}
            (_, 1) => notes.push("one replicate, hence no interval".to_owned()),
            (Some(least), most) if least == most => {
                notes.push(format!("means with 95 % t-intervals over {most} replicates"));
            }
            (Some(least), most) => {
                notes
                    .push(format!("means with 95 % t-intervals over {least} to {most} replicates"));
            }
        }
        if self.cells > 1 {
            notes.push(format!("a series joins the replicates of up to {} cells", self.cells));
        }
        if self.own_grids {
            notes.push(
                "grids differ between replicates: averaged after linear interpolation".to_owned(),
            );
        }
        notes
    }
}

/// A row of an observable: a number has one of length one, a vector has one.
fn row<'a>(record: &'a Record, observable: &str, index: usize) -> Option<&'a [f64]> {
    match record.get(observable)? {
        Value::Number(x) if index == 0 => Some(std::slice::from_ref(x)),
        Value::Vector(v) if index == 0 => Some(v),
        Value::Matrix(m) => m.get(index).map(Vec::as_slice),
        _ => None,
    }
}

/// An observable without a second axis.
fn line<'a>(record: &'a Record, observable: &str) -> Option<&'a [f64]> {
    match record.get(observable)? {
        Value::Matrix(_) => None,
        _ => row(record, observable, 0),
    }
}

/// Stroke and index of the first, middle and last checkpoint, without repetition.
fn three(records: &Records, observable: &str) -> Vec<(usize, usize)> {
    let rows = |record: &Record| match record.get(observable) {
        Some(Value::Matrix(m)) => m.len(),
        Some(_) => 1,
        None => 0,
    };
    match records.iter().map(|record| rows(&record)).max().unwrap_or(0) {
        0 => Vec::new(),
        1 => vec![(2, 0)],
        2 => vec![(0, 0), (2, 1)],
        n => vec![(0, 0), (1, n / 2), (2, n - 1)],
    }
}

/// Linear interpolation on an ascending grid; zero outside.
fn interpolate(grid: &[f64], values: &[f64], x: f64) -> f64 {
    let after = grid.partition_point(|g| *g < x);
    match (after.checked_sub(1), grid.get(after), values.get(after)) {
        (_, Some(g), Some(v)) if *g == x => *v,
        (Some(before), Some(g1), Some(v1)) => {
            let (g0, v0) = (grid[before], values[before]);
            v0 + (v1 - v0) * (x - g0) / (g1 - g0)
        }
        _ => 0.0,
    }
}
