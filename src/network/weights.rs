//! A state from named tensors, as PyTorch saves them.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::NamedTensor;
use crate::error::{Error, Result, nearest};
use crate::linalg::Real;
use crate::network::layout::Tensor;
use crate::network::program::Program;
use crate::network::state::State;

impl<T: Real> State<T> {
    /// Fills a state from tensors: every parameter must be there with its shape, and nothing that
    /// the network does not know. Running statistics are read where given, both or none per layer.
    ///
    /// # Errors
    /// A data error that names the tensor, what was expected and what was found.
    pub fn from_tensors(program: &Program, tensors: &[NamedTensor], place: &str) -> Result<Self> {
        let mut rest: BTreeMap<&str, &NamedTensor> =
            tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        let features = program.layout.features();
        let mut state = Self {
            parameters: vec![T::zero(); program.parameters()],
            running_mean: vec![T::zero(); features],
            running_variance: vec![T::one(); features],
        };
        for tensor in program.layout.tensors() {
            let Some(found) = rest.remove(tensor.name.as_str()) else {
                return Err(Error::data(format!(
                    "{place}: tensor `{}` of shape {:?} is missing; {}",
                    tensor.name,
                    tensor.shape,
                    instead(program, &tensor.name, tensors)
                )));
            };
            fill(place, tensor, found, &mut state.parameters)?;
        }
        for layer in program.layout.normalised() {
            let named = |what: &str| format!("{}.{what}", layer.name);
            let (mean, variance) = (named("running_mean"), named("running_var"));
            match (rest.remove(mean.as_str()), rest.remove(variance.as_str())) {
                (Some(m), Some(v)) => {
                    let expect = |name| Tensor { name, ..layer.clone() };
                    fill(place, &expect(mean), m, &mut state.running_mean)?;
                    fill(place, &expect(variance), v, &mut state.running_variance)?;
                    if let Some(at) = v.entries.iter().position(|x| *x < 0.0) {
                        return Err(Error::data(format!(
                            "{place}: tensor `{}` holds {} at entry {at}; expected variances, \
                             which are not negative",
                            v.name, v.entries[at]
                        )));
                    }
                }
                (None, None) => {}
                (found, _) => {
                    let (given, missing) =
                        if found.is_some() { (mean, variance) } else { (variance, mean) };
                    return Err(Error::data(format!(
                        "{place}: tensor `{missing}` of shape {:?} is missing beside `{given}`; save \
                         both, or neither for batch and frozen normalization",
                        layer.shape
                    )));
                }
            }
        }
        match rest.keys().next() {
            None => Ok(state),
            Some(extra) => {
                let known = program.layout.tensors().iter().map(|tensor| tensor.name.as_str());
                let hint = nearest(extra, known)
                    .map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
                Err(Error::data(format!(
                    "{place}: tensor `{extra}` is none of the network's{hint}; remove it from the file, \
                     or add its layer to the network's description"
                )))
            }
        }
    }
}

/// What a file holds in place of a missing tensor, and what to do about it.
fn instead(program: &Program, missing: &str, tensors: &[NamedTensor]) -> String {
    let names = || tensors.iter().map(|tensor| tensor.name.as_str());
    let prefixes = names().filter_map(|name| name.strip_suffix(missing));
    if let Some(prefix) = { prefixes }
        .find(|prefix| prefix.ends_with('.') && names().all(|name| name.starts_with(prefix)))
    {
        return format!("all names in the file begin with `{prefix}`: save them without it");
    }
    let known: BTreeSet<&str> =
        program.layout.tensors().iter().map(|tensor| tensor.name.as_str()).collect();
    let strange = names().filter(|name| !known.contains(name) && !is_statistic(name));
    match nearest(missing, strange) {
        Some(near) => format!(
            "found `{near}`, which the network does not have: rename it, or correct the description"
        ),
        None => format!(
            "found {} tensors, none of a similar name: save the whole state_dict of the network that \
             is described",
            tensors.len()
        ),
    }
}

fn is_statistic(name: &str) -> bool {
    name.ends_with(".running_mean") || name.ends_with(".running_var")
}

fn fill<T: Real>(place: &str, tensor: &Tensor, found: &NamedTensor, into: &mut [T]) -> Result<()> {
    if found.shape != tensor.shape {
        return Err(Error::data(format!(
            "{place}: tensor `{}` should have shape {:?}, found {:?}",
            tensor.name, tensor.shape, found.shape
        )));
    }
    if let Some(at) = found.entries.iter().position(|x| !x.is_finite()) {
        return Err(Error::data(format!(
            "{place}: tensor `{}` holds {} at entry {at}; expected finite numbers",
            tensor.name, found.entries[at]
        )));
    }
    for (at, (into, x)) in into[tensor.range()].iter_mut().zip(&found.entries).enumerate() {
        *into = T::narrow(*x);
        if !into.is_finite() {
            return Err(Error::data(format!(
                "{place}: tensor `{}` holds {x:e} at entry {at}; single precision ends at {:e}: take \
                 double (--precision f64), or smaller numbers",
                tensor.name,
                f32::MAX
            )));
        }
    }
    Ok(())
}
