//! Tensors from safetensors files, widened to double precision.

use nalgebra::DMatrix;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::data::{Dataset, Targets};
use crate::error::{Error, Result};

/// A named tensor: its shape and its entries, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Such as `0.weight`.
    pub name: String,
    /// Such as `[out, in]`.
    pub shape: Vec<usize>,
    /// Row-major.
    pub entries: Vec<f64>,
}

/// Reads every floating-point tensor of a safetensors file; the integer in which PyTorch counts
/// a batch norm's batches (`num_batches_tracked`) is skipped beside other tensors of that layer.
///
/// # Errors
/// A data error when the bytes are no safetensors file, or a tensor is neither F64 nor F32.
pub fn read_tensors(bytes: &[u8], place: &str) -> Result<Vec<NamedTensor>> {
    let file = open(bytes, place)?;
    let mut tensors = Vec::new();
    for (name, view) in file.tensors() {
        if let Some(layer) = name.strip_suffix(".num_batches_tracked")
            && ["running_mean", "weight"]
                .iter()
                .any(|of| file.tensor(&format!("{layer}.{of}")).is_ok())
        {
            continue;
        }
        let entries = floats(&view).ok_or_else(|| {
            Error::data(format!(
                "{place}: tensor `{name}` is {:?}; expected F64 or F32: convert it with .double(), or \
                 remove it if the network has no such tensor",
                view.dtype()
            ))
        })?;
        tensors.push(NamedTensor { name, shape: view.shape().to_vec(), entries });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

/// Reads a data set: `inputs` `[B, features...]` and `targets`, `[B]` I64 classes or `[B, k]` floats.
///
/// The number of classes is one more than the largest label.
///
/// # Errors
/// A data error that names the tensor, what was expected and what was found.
pub fn read_dataset(bytes: &[u8], place: &str) -> Result<Dataset> {
    let file = open(bytes, place)?;
    let get = |name: &str| {
        file.tensor(name).map_err(|_| {
            Error::data(format!(
                "{place}: no tensor `{name}`; a data file holds `inputs` and `targets`, found {}",
                file.names().join(", ")
            ))
        })
    };
    let inputs = get("inputs")?;
    let samples = inputs.shape().first().copied().unwrap_or(0);
    let entries = floats(&inputs)
        .ok_or_else(|| wrong(place, "inputs", "F64 or F32 (.double() converts)", &inputs))?;
    if samples == 0 || inputs.shape().len() < 2 || entries.is_empty() {
        return Err(wrong(place, "inputs", "[samples, features...], none of them 0", &inputs));
    }
    finite(place, "inputs", &entries)?;
    let features = entries.len() / samples;
    let targets = get("targets")?;
    if targets.shape().first() != Some(&samples) {
        return Err(wrong(
            place,
            "targets",
            &format!("{samples} samples as in `inputs`"),
            &targets,
        ));
    }
    let targets = match (targets.dtype(), targets.shape().len()) {
        (Dtype::I64, 1) => {
            let labels = targets
                .data()
                .chunks_exact(8)
                .enumerate()
                .map(|(at, chunk)| {
                    let label = i64::from_le_bytes(chunk.try_into().expect("chunks of 8"));
                    usize::try_from(label).map_err(|_| {
                        Error::data(format!("{place}: `targets`[{at}] is class {label}, below 0"))
                    })
                })
                .collect::<Result<Vec<usize>>>()?;
            let classes = labels.iter().max().map_or(0, |top| top.saturating_add(1));
            Targets::Classes { labels, classes }
        }
        (Dtype::F64 | Dtype::F32, 2) if targets.shape()[1] > 0 => {
            let values = floats(&targets).expect("the type was matched");
            finite(place, "targets", &values)?;
            Targets::Values(DMatrix::from_vec(targets.shape()[1], samples, values))
        }
        _ => {
            let expected = "[B] I64 classes (.long() converts) or [B, k] F64 or F32 values (one per \
                            sample are [B, 1])";
            return Err(wrong(place, "targets", expected, &targets));
        }
    };
    Ok(Dataset { inputs: DMatrix::from_vec(features, samples, entries), targets })
}

/// The sides of one sample of a data set, such as `[channels, height, width]`: those of `inputs`
/// after the first.
///
/// # Errors
/// A data error when the bytes are no safetensors file or hold no `inputs`.
pub fn sample_sides(bytes: &[u8], place: &str) -> Result<Vec<usize>> {
    let file = open(bytes, place)?;
    let inputs = file
        .tensor("inputs")
        .map_err(|_| Error::data(format!("{place}: no tensor `inputs`; a data file holds one")))?;
    Ok(inputs.shape().iter().skip(1).copied().collect())
}

/// The bytes of a safetensors file with these tensors, in double precision.
///
/// # Errors
/// A data error for a shape that does not fit the entries.
pub fn tensors_to_bytes(tensors: &[NamedTensor]) -> Result<Vec<u8>> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| tensor.entries.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let wrong = |name: &str, source: safetensors::SafeTensorError| {
        Error::data(format!("tensor `{name}` cannot be written: {source}"))
    };
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F64, tensor.shape.clone(), bytes);
            Ok((tensor.name.as_str(), view.map_err(|source| wrong(&tensor.name, source))?))
        })
        .collect::<Result<Vec<_>>>()?;
    safetensors::serialize(views, None).map_err(|source| wrong("all", source))
}

fn open<'a>(bytes: &'a [u8], place: &str) -> Result<SafeTensors<'a>> {
    SafeTensors::deserialize(bytes).map_err(|source| {
        Error::data(format!(
            "{place}: not a whole safetensors file: {source}; write one with \
             safetensors.torch.save_file"
        ))
    })
}

fn wrong(place: &str, name: &str, expected: &str, found: &TensorView<'_>) -> Error {
    Error::data(format!(
        "{place}: tensor `{name}` should be {expected}; found {:?} {:?}",
        found.dtype(),
        found.shape()
    ))
}

fn finite(place: &str, name: &str, entries: &[f64]) -> Result<()> {
    match entries.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Error::data(format!(
            "{place}: tensor `{name}` holds {} at entry {at}; expected finite numbers",
            entries[at]
        ))),
    }
}

fn floats(view: &TensorView<'_>) -> Option<Vec<f64>> {
    let data = view.data();
    match view.dtype() {
        Dtype::F64 => Some(
            data.chunks_exact(8)
                .map(|chunk| f64::from_le_bytes(chunk.try_into().expect("chunks of 8")))
                .collect(),
        ),
        Dtype::F32 => Some(
            data.chunks_exact(4)
                .map(|chunk| f64::from(f32::from_le_bytes(chunk.try_into().expect("chunks of 4"))))
                .collect(),
        ),
        _ => None,
    }
}
