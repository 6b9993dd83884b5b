//! What a simulator is: a file of its own, prepared once per cell, run once per replicate.

use std::path::PathBuf;

use crate::error::Result;
use crate::lab::{Fault, Inputs, Parameters, Sink};
use crate::random::Streams;

/// A family of random experiments: parameters in, observables out.
pub trait Simulator: Sync {
    /// The word by which a specification names it.
    fn id(&self) -> &'static str;

    /// One sentence: what is drawn and what is measured.
    fn summary(&self) -> &'static str;

    /// What a record of this simulator holds, in the order in which tables show it.
    fn observables(&self) -> Vec<Observable>;

    /// How its records are drawn, in the order of the page.
    fn views(&self) -> Vec<View>;

    /// Checks one cell's parameters and loads what its replicates share.
    ///
    /// # Errors
    /// A spec error for an unknown key, a wrong type or a value out of range; a data error for a
    /// missing or damaged input.
    fn prepare(&self, parameters: &Parameters, inputs: &Inputs) -> Result<Box<dyn Replicate>>;
}

/// One cell of a simulator, ready to run: a pure function of the random streams.
///
/// It never sees a clock, a thread count, the file system or another replicate.
pub trait Replicate: Send + Sync {
    /// How many times `run` calls [`Sink::tick`]; the progress bar counts these.
    fn ticks(&self) -> u64;

    /// Runs one replicate and hands its observables to the sink.
    ///
    /// # Errors
    /// Numerical trouble, which becomes the record's outcome; or the sink's request to stop.
    fn run(&self, streams: &Streams, sink: &mut Sink<'_>) -> std::result::Result<(), Fault>;
}

/// The definition of one number (or array) that a record holds.
#[derive(Debug, Clone)]
pub struct Observable {
    /// The key in the record, such as `loss.train`.
    pub name: &'static str,
    /// The axes of the array, outermost first, such as `["checkpoint", "block"]`; empty for a number.
    pub axes: &'static [&'static str],
    /// The unit, or `1`.
    pub unit: &'static str,
    /// What is measured, with its formula and source.
    pub definition: &'static str,
}

/// How a figure is drawn from records; the reading room draws it without knowing what it means.
#[derive(Debug, Clone)]
pub struct View {
    /// The file name of the figure, without its ending.
    pub id: &'static str,
    /// The title above the figure.
    pub title: &'static str,
    /// One sentence below it: what to see.
    pub caption: &'static str,
    /// Only records with these values of parameters are drawn; all of them if empty.
    pub at: &'static [(&'static str, &'static str)],
    /// One panel per value of this parameter.
    pub panels: &'static str,
    /// One colour per value of this parameter.
    pub colours: &'static str,
    /// What the axes show.
    pub kind: ViewKind,
}

/// The axes of a [`View`].
#[derive(Debug, Clone)]
pub enum ViewKind {
    /// Mean and 95 % interval over replicates of `y` against `x`, both with one axis (checkpoint).
    Curve {
        /// Observable of the abscissa.
        x: &'static str,
        /// Observable of the ordinate.
        y: &'static str,
        /// Title and unit of the abscissa.
        x_title: &'static str,
        /// Title and unit of the ordinate.
        y_title: &'static str,
        /// Logarithmic ordinate.
        log_y: bool,
    },
    /// Mean over replicates of the rows of `y` (checkpoint x index) at the first, middle and last
    /// checkpoint, against the index.
    Profile {
        /// Observable of the ordinate.
        y: &'static str,
        /// Index of the first entry of a row on the abscissa.
        first: usize,
        /// Title and unit of the abscissa.
        x_title: &'static str,
        /// Title and unit of the ordinate.
        y_title: &'static str,
        /// Logarithmic ordinate.
        log_y: bool,
    },
    /// Mean and 95 % interval over replicates of the number `y` against the parameter `x`, one
    /// point per value of the parameter.
    Trend {
        /// Parameter of the abscissa, a number.
        x: &'static str,
        /// Observable of the ordinate, a number.
        y: &'static str,
        /// Title and unit of the abscissa.
        x_title: &'static str,
        /// Title and unit of the ordinate.
        y_title: &'static str,
        /// Logarithmic abscissa.
        log_x: bool,
        /// Logarithmic ordinate.
        log_y: bool,
    },
    /// Density on a logarithmic axis, of the first and last checkpoint, from its values on a grid:
    /// `grid` and `density` are (checkpoint x grid point), averaged over replicates.
    Density {
        /// Observable of the abscissa.
        grid: &'static str,
        /// Observable of the ordinate.
        density: &'static str,
        /// Title and unit of the abscissa.
        x_title: &'static str,
        /// Title and unit of the ordinate.
        y_title: &'static str,
    },
}

/// Where a simulator's inputs lie: the word in the specification and the file that it names.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// The word by which parameters name the input.
    pub name: String,
    /// The file, relative to the specification's folder unless absolute.
    pub path: PathBuf,
}
