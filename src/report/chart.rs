//! A chart: what a view shows of the records, before it is drawn.

use std::collections::BTreeSet;

use crate::lab::{Record, Records, Value, View, ViewKind};
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
        let chosen = |record: &&Record| {
            view.at.iter().all(|(name, value)| record.level(name).as_deref() == Some(*value))
        };
        // other simulators' records have no part in this figure
        let shown = |record: &&Record| match view.kind {
            ViewKind::Trend { x, y, .. } => {
                record.number(y).is_some() && record.parameters.contains_key(x)
            }
            _ => record.get(ordinate).is_some(),
        };
        let holds: Vec<&Record> = records.iter().filter(chosen).filter(shown).collect();
        let mut notes = Vec::new();
        let panels = levels(holds.iter().copied(), view.panels, MOST_PANELS, &mut notes);
        let colours = levels(records.iter().filter(chosen), view.colours, MOST_COLOURS, &mut notes);
        let mut groups = vec![vec![Vec::new(); colours.len()]; panels.len()];
        for record in holds {
            let panel = place(&panels, record, view.panels);
            let colour = place(&colours, record, view.colours);
            if let (Some(panel), Some(colour)) = (panel, colour) {
                groups[panel][colour].push(record);
            }
        }
        let mut gathering = Gathering::default();
        let panels = panels
            .into_iter()
            .zip(&groups)
            .map(|(level, group)| Panel {
                label: label(view.panels, &level),
                series: group
                    .iter()
                    .enumerate()
                    .flat_map(|(colour, records)| gathering.series(view, colour, records))
                    .collect(),
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

/// The first values of a parameter in the order of the plan; one nameless value without it.
fn levels<'a>(
    records: impl Iterator<Item = &'a Record>,
    parameter: &str,
    most: usize,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut levels: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for level in records.filter_map(|record| record.level(parameter)) {
        if seen.insert(level.clone()) && levels.len() < most {
            levels.push(level);
        }
    }
    if levels.is_empty() {
        levels.push(String::new());
    }
    if seen.len() > most {
        notes.push(format!("the first {most} of {} values of {parameter} are drawn", seen.len()));
    }
    levels
}

fn place(levels: &[String], record: &Record, parameter: &str) -> Option<usize> {
    match record.level(parameter) {
        Some(level) => levels.iter().position(|known| *known == level),
        // without the parameter there is one group only, and it holds every record
        None => (levels.len() == 1 && levels[0].is_empty()).then_some(0),
    }
}

fn label(parameter: &str, level: &str) -> String {
    if level.is_empty() { String::new() } else { format!("{parameter} = {level}") }
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
    fn series(&mut self, view: &View, colour: usize, records: &[&Record]) -> Vec<Series> {
        if !matches!(view.kind, ViewKind::Trend { .. }) {
            self.count_cells(records);
        }
        let of = |stroke: usize, points: Vec<Point>| {
            (!points.is_empty()).then_some(Series { colour, stroke, points })
        };
        match view.kind {
            ViewKind::Curve { x, y, .. } => {
                let pairs: Vec<(&[f64], &[f64])> = records
                    .iter()
                    .filter_map(|record| Some((line(record, x)?, line(record, y)?)))
                    .collect();
                of(2, self.means(&pairs)).into_iter().collect()
            }
            ViewKind::Profile { y, first, .. } => three(records, y)
                .into_iter()
                .filter_map(|(stroke, checkpoint)| {
                    let rows: Vec<&[f64]> =
                        records.iter().filter_map(|r| row(r, y, checkpoint)).collect();
                    let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
                    let index: Vec<f64> = (0..longest).map(|i| (first + i) as f64).collect();
                    let pairs: Vec<(&[f64], &[f64])> =
                        rows.iter().map(|row| (&index[..], *row)).collect();
                    of(stroke, self.means(&pairs))
                })
                .collect(),
            ViewKind::Trend { x, y, .. } => {
                let mut values: Vec<(f64, &Record)> = records
                    .iter()
                    .filter_map(|record| Some((record.parameters.get(x)?.as_f64()?, *record)))
                    .collect();
                values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                let points = values.chunk_by(|(a, _), (b, _)| a == b).filter_map(|group| {
                    let same: Vec<&Record> = group.iter().map(|(_, record)| *record).collect();
                    self.count_cells(&same);
                    let y: Vec<f64> = same.iter().filter_map(|record| record.number(y)).collect();
                    let mean = Mean::of(&y)?;
                    self.count(mean.count);
                    Some(Point { x: group[0].0, y: mean.value, interval: mean.interval() })
                });
                let points = points.collect();
                of(2, points).into_iter().collect()
            }
            ViewKind::Density { grid, density, .. } => three(records, density)
                .into_iter()
                .filter(|(stroke, _)| *stroke != 1)
                .filter_map(|(stroke, checkpoint)| {
                    let pairs: Vec<(&[f64], &[f64])> = records
                        .iter()
                        .filter_map(|r| {
                            Some((row(r, grid, checkpoint)?, row(r, density, checkpoint)?))
                        })
                        .collect();
                    of(stroke, self.densities(&pairs))
                })
                .collect(),
        }
    }

    /// Mean abscissa and mean ordinate, index by index.
    fn means(&mut self, pairs: &[(&[f64], &[f64])]) -> Vec<Point> {
        let longest = pairs.iter().map(|(x, y)| x.len().min(y.len())).max().unwrap_or(0);
        let mut points = Vec::with_capacity(longest);
        for index in 0..longest {
            let at: Vec<(f64, f64)> =
                pairs.iter().filter_map(|(x, y)| Some((*x.get(index)?, *y.get(index)?))).collect();
            let x = Mean::of(&at.iter().map(|(x, _)| *x).collect::<Vec<f64>>());
            let y = Mean::of(&at.iter().map(|(_, y)| *y).collect::<Vec<f64>>());
            if let (Some(x), Some(y)) = (x, y) {
                self.count(y.count);
                points.push(Point { x: x.value, y: y.value, interval: y.interval() });
            }
        }
        points
    }

    /// Densities averaged on one grid: the common one, or an even one over all of them.
    fn densities(&mut self, pairs: &[(&[f64], &[f64])]) -> Vec<Point> {
        let Some((first, _)) = pairs.first() else {
            return Vec::new();
        };
        if pairs.iter().all(|(grid, density)| grid == first && density.len() == grid.len()) {
            return self.means(pairs);
        }
        self.own_grids = true;
        let ends = pairs.iter().flat_map(|(grid, _)| [grid.first(), grid.last()]).flatten();
        let (low, high) =
            ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
        if low >= high {
            return Vec::new();
        }
        let grid: Vec<f64> =
            (0..GRID).map(|i| low + (high - low) * i as f64 / (GRID - 1) as f64).collect();
        let moved: Vec<Vec<f64>> = pairs
            .iter()
            .map(|(own, density)| grid.iter().map(|x| interpolate(own, density, *x)).collect())
            .collect();
        let pairs: Vec<(&[f64], &[f64])> =
            moved.iter().map(|density| (&grid[..], &density[..])).collect();
        self.means(&pairs)
    }

    /// How many cells a series (or one point of it) joins.
    fn count_cells(&mut self, records: &[&Record]) {
        let mut cells: Vec<u64> = records.iter().map(|record| record.cell).collect();
        cells.dedup();
        self.cells = self.cells.max(cells.len());
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
fn three(records: &[&Record], observable: &str) -> Vec<(usize, usize)> {
    let rows = |record: &&Record| match record.get(observable) {
        Some(Value::Matrix(m)) => m.len(),
        Some(_) => 1,
        None => 0,
    };
    match records.iter().map(rows).max().unwrap_or(0) {
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
