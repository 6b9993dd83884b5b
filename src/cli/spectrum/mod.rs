//! The verb `spectrum`: the Hessian spectrum of a user's own network at given weights and data.

mod answer;
mod data;
mod inputs;
mod measure;
mod memory;

use std::path::Path;
use std::time::Instant;

use nalgebra::DMatrix;

use crate::cli::args::{Precision, SpectrumArguments};
use crate::cli::run::stop_on_signals;
use crate::cli::terminal::Terminal;
use crate::data::{Dataset, Targets};
use crate::error::{Error, Result};
use crate::linalg::Real;
use crate::network::{Batch, Normalization, Op, Point};
use crate::report::{self, SpectrumFigure};
use crate::spectrum::Trouble;
use answer::Answer;
use inputs::Inputs;

/// Reads network, weights and data, measures, and writes `spectrum.json`, `spectrum.svg` and
/// `arrays.safetensors` into the output folder: all of them at the end, or none.
pub(super) fn spectrum(
    arguments: &SpectrumArguments,
    threads: usize,
    terminal: &Terminal,
) -> Result<u8> {
    let began = Instant::now();
    stop_on_signals()?;
    let inputs = Inputs::read(arguments)?;
    memory::fits(&inputs.program, inputs.data.samples(), threads, arguments)?;
    report::writable(&arguments.out)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| Error::capacity(format!("cannot start {threads} threads: {source}")))?;
    let answer = pool.install(|| match arguments.precision {
        Precision::F64 => at_point::<f64>(arguments, &inputs, began, terminal),
        Precision::F32 => at_point::<f32>(arguments, &inputs, began, terminal),
    })?;
    write(&arguments.out, &answer)?;
    let text = format!("{}\nwritten to {}\n", answer.text(), arguments.out.display());
    terminal.result(&text, &answer.json())?;
    Ok(0)
}

fn at_point<T: Real>(
    arguments: &SpectrumArguments,
    inputs: &Inputs,
    began: Instant,
    terminal: &Terminal,
) -> Result<Answer> {
    let state = inputs.state::<T>()?;
    let batch = Batch::<T>::all(&inputs.data);
    representable::<T>(&inputs.data).map_err(|error| error.at(arguments.data.display()))?;
    let normalization = inputs.normalization.unwrap_or(Normalization::Batch);
    let point = Point::new(&inputs.program, &state, normalization, &batch)
        .map_err(|error| error.at(arguments.data.display()))?;
    let kept = || {
        let nodes = inputs.program.nodes.iter().enumerate();
        let kept = nodes.filter_map(|(index, node)| match node.op {
            Op::BatchNorm { eps, .. } => Some((eps, point.normalised(index)?)),
            _ => None,
        });
        inputs.program.layout.normalised().iter().zip(kept)
    };
    if !point.loss().is_finite() || point.gradient().iter().any(|g| !g.wide().is_finite()) {
        for (layer, (eps, kept)) in kept() {
            if let Some(feature) = kept.variance.iter().position(|v| v.wide() == 0.0)
                && !kept.inverse[feature].wide().is_finite()
            {
                let (network, name) = (arguments.network.display(), &layer.name);
                return Err(Error::data(match eps > 0.0 {
                    true => format!(
                        "{network}: batch norm `{name}`: variance and eps of its feature {feature} are 0 in \
                         single precision, so that normalising divides by 0; take --precision f64, or \
                         give the layer a larger eps"
                    ),
                    false => format!(
                        "{network}: batch norm `{name}`: its feature {feature} has no variance and eps = \
                         0, so that normalising divides by 0; leave the feature out, or give the layer \
                         an eps above 0"
                    ),
                }));
            }
        }
        let double = match arguments.precision {
            Precision::F32 => "; --precision f64 reaches further",
            Precision::F64 => "",
        };
        return Err(Error::data(format!(
            "expected a finite loss and gradient, found the loss {}{} at these weights: they, the data or \
             a factor of the network are too large{double}",
            point.loss(),
            if point.loss().is_finite() { " and a gradient that is not finite" } else { "" }
        )));
    }
    // Near the end of the range a variance overflows, and every normalised value would be zero.
    for (layer, (_, kept)) in kept() {
        if let Some(feature) = kept.variance.iter().position(|v| !v.wide().is_finite()) {
            return Err(Error::data(format!(
                "batch norm `{}`: the variance of its feature {feature} overflows; standardise the \
                 data",
                layer.name
            )));
        }
    }
    measure::measure(arguments, inputs, &point.with_curvature().for_products(), began, terminal)
}

/// Data that are finite as read may not be in the precision of the network.
fn representable<T: Real>(data: &Dataset) -> Result<()> {
    let check = |name: &str, matrix: &DMatrix<f64>| {
        let Some(at) = matrix.iter().position(|x| !T::narrow(*x).is_finite()) else {
            return Ok(());
        };
        let (feature, sample) = (at % matrix.nrows(), at / matrix.nrows());
        Err(Error::data(format!(
            "`{name}` holds {:e} in sample {sample}, feature {feature}; single precision ends at {:e}: take \
             --precision f64, or standardise the data",
            matrix[at],
            f32::MAX
        )))
    };
    check("inputs", &data.inputs)?;
    match &data.targets {
        Targets::Classes { .. } => Ok(()),
        Targets::Values(values) => check("targets", values),
    }
}

/// Numerical trouble is no fault of the arguments, but there is no result either.
fn failed(trouble: Trouble) -> Error {
    match trouble {
        Trouble::TooLarge(error) => error,
        other => Error::data(format!(
            "no spectrum: {other}; use weights and data nearer to 1 (--precision f64 reaches further than f32)"
        )),
    }
}

fn write(folder: &Path, answer: &Answer) -> Result<()> {
    let figure = report::spectrum_figure(&SpectrumFigure {
        title: answer.title(),
        grid: answer.density_curve.grid.clone(),
        density: answer.density_curve.mean.clone(),
        standard_error: answer.density_curve.standard_error.clone(),
        marks: answer.marks(),
        mark_title: answer.mark_title().to_owned(),
        note: answer.density_curve.note.clone(),
    })?;
    let document = format!("{:#}\n", answer.json());
    report::write_files(
        folder,
        &[
            ("arrays.safetensors", &answer.arrays()?),
            ("spectrum.svg", figure.as_bytes()),
            ("spectrum.json", document.as_bytes()),
        ],
    )
}
