//! What the verb `spectrum` reads, checked before any work.

use std::ops::Range;
use std::path::Path;

use wildmatch::WildMatch;

use crate::cli::args::SpectrumArguments;
use crate::cli::spectrum::data;
use crate::data::{Dataset, NamedTensor, Targets, read_tensors};
use crate::error::{Error, Result, nearest};
use crate::linalg::Real;
use crate::network::{Description, Loss, Normalization, Program, Shape, State};
use crate::random::Streams;

/// Network, weights and data that fit together.
pub(super) struct Inputs {
    pub program: Program,
    pub data: Dataset,
    pub normalization: Option<Normalization>,
    /// Ranges of the chosen parameters in the flat vector, ascending.
    pub ranges: Vec<Range<usize>>,
    /// Names of the chosen tensors, in order.
    pub names: Vec<String>,
    weights: Weights,
}

enum Weights {
    Given { tensors: Vec<NamedTensor>, place: String },
    Initial { seed: u64 },
}

impl Inputs {
    pub fn read(arguments: &SpectrumArguments) -> Result<Self> {
        let network = arguments.network.display().to_string();
        let text = String::from_utf8(bytes(&arguments.network)?)
            .map_err(|_| Error::spec(format!("{network}: expected UTF-8 text in toml")))?;
        let description = Description::from_toml(&text).map_err(|error| error.at(&network))?;
        let program = Program::new(&description).map_err(|error| error.at(&network))?;
        if program.parameters() == 0 {
            return Err(Error::spec(format!(
                "{network}: the network has no parameter, and so no Hessian; add a layer that has some"
            )));
        }
        let normalised = !program.layout.normalised().is_empty();
        if normalised && arguments.normalization.is_none() {
            return Err(Error::spec(format!(
                "{network} holds a batch norm: expected --normalization batch (statistics of this \
                 batch, differentiated through), frozen (the same statistics held constant) or \
                 running (running averages, as in evaluation mode); the three have different \
                 Hessians, so none is the default"
            )));
        }
        let weights = match (&arguments.weights, arguments.init) {
            (Some(path), None) => {
                let place = path.display().to_string();
                Weights::Given { tensors: read_tensors(&bytes(path)?, &place)?, place }
            }
            (None, Some(seed)) => Weights::Initial { seed },
            _ => {
                return Err(Error::spec(
                    "expected --weights FILE or --init SEED (random weights), found neither",
                ));
            }
        };
        let (data, sides) = data::read(arguments)?;
        fits(&program, &data, &sides).map_err(|error| error.at(arguments.data.display()))?;
        let (names, ranges) = chosen(&program, &arguments.layers)?;
        let normalization = arguments.normalization.map(Into::into);
        let inputs = Self { program, data, normalization, ranges, names, weights };
        inputs.statistics_given()?;
        // a weight file that does not fit is told before anything else is done
        inputs.state::<f64>()?;
        Ok(inputs)
    }

    /// The weights, read or drawn.
    pub fn state<T: Real>(&self) -> Result<State<T>> {
        match &self.weights {
            Weights::Given { tensors, place } => State::from_tensors(&self.program, tensors, place),
            Weights::Initial { seed } => {
                let mut rng = Streams::new(*seed, "spectrum", 0).stream("weights", "");
                Ok(State::initial(&self.program, &mut rng))
            }
        }
    }

    /// Running averages come with the weights: those of a fresh network would be another function.
    fn statistics_given(&self) -> Result<()> {
        let Weights::Given { tensors, place } = &self.weights else { return Ok(()) };
        if self.normalization != Some(Normalization::Running) {
            return Ok(());
        }
        for layer in self.program.layout.normalised() {
            let name = format!("{}.running_mean", layer.name);
            if !tensors.iter().any(|tensor| tensor.name == name) {
                return Err(Error::data(format!(
                    "{place}: tensor `{name}` of shape {:?} is missing; --normalization running needs \
                     it and its running_var: save the state_dict, or take batch or frozen",
                    layer.shape
                )));
            }
        }
        Ok(())
    }

    /// Number of chosen parameters.
    pub fn dimension(&self) -> usize {
        self.ranges.iter().map(Range::len).sum()
    }

    /// Whether every parameter is chosen.
    pub fn whole(&self) -> bool {
        self.dimension() == self.program.parameters()
    }
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|source| Error::io(path, &source, "give the path of a file to read"))
}

/// What [`crate::network::Batch`] would find out later, and what a network does not know of its data.
fn fits(program: &Program, data: &Dataset, sides: &[usize]) -> Result<()> {
    // Of the right size but in another order, images would be taken for others without a word.
    if let Shape::Image { channels, height, width } = program.shapes[0]
        && sides.len() > 1
        && sides != [channels, height, width]
    {
        return Err(Error::data(format!(
            "tensor `inputs` holds samples {sides:?}, the network takes images [{channels}, \
             {height}, {width}] (channels, height, width)"
        )));
    }
    let (expected, found) = (program.widths[0], data.features());
    if expected != found {
        return Err(Error::data(format!(
            "tensor `inputs` has {found} features per sample, the network takes {expected}"
        )));
    }
    let outputs = program.outputs();
    match &data.targets {
        Targets::Classes { labels, .. } => {
            match labels.iter().position(|label| *label >= outputs) {
                Some(at) => Err(Error::data(format!(
                    "`targets`[{at}] is class {}, the network has {outputs} outputs (classes 0 to {})",
                    labels[at],
                    outputs - 1
                ))),
                None => Ok(()),
            }
        }
        Targets::Values(_) if program.loss == Loss::CrossEntropy => Err(Error::data(
            "`targets` are floats, but cross-entropy takes classes: expected [B] I64",
        )),
        Targets::Values(values) if values.nrows() != outputs => Err(Error::data(format!(
            "`targets` has {} values per sample, the network has {outputs} outputs",
            values.nrows()
        ))),
        Targets::Values(_) => Ok(()),
    }
}

/// Names and ranges of the tensors that one of the patterns matches; a pattern that is the name of a
/// layer takes everything in it.
fn chosen(program: &Program, patterns: &[String]) -> Result<(Vec<String>, Vec<Range<usize>>)> {
    let tensors = program.layout.tensors();
    let names = || tensors.iter().map(|tensor| tensor.name.as_str());
    let matches = |pattern: &str, name: &str| {
        WildMatch::new(pattern).matches(name)
            || WildMatch::new(&format!("{pattern}.*")).matches(name)
    };
    for pattern in patterns {
        if !names().any(|name| matches(pattern, name)) {
            let hint = nearest(pattern, names())
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(Error::spec(format!(
                "--layers `{pattern}` matches none of the {} parameter tensors ({}){hint}",
                tensors.len(),
                some(names())
            )));
        }
    }
    let wanted = |name: &str| patterns.is_empty() || patterns.iter().any(|p| matches(p, name));
    let tensors = tensors.iter().filter(|tensor| wanted(&tensor.name));
    Ok(tensors.map(|tensor| (tensor.name.clone(), tensor.range())).unzip())
}

/// The first few names.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 8;
    let mut list: Vec<&str> = names.take(MOST + 1).collect();
    if list.len() > MOST {
        list[MOST] = "...";
    }
    list.join(", ")
}
