//! How much memory a network takes at a point, and how much there is.

use indicatif::HumanBytes;

use crate::cli::args::{OperatorKind, Precision, SpectrumArguments};
use crate::error::{Error, Result};
use crate::network::{Op, Program};

/// Bytes that a point and its products keep for `samples` samples on `threads` threads: of every
/// value of the network itself and its adjoint, of every normalised value three numbers, and for each
/// thread the tangents of them all.
pub(super) fn activations(
    program: &Program,
    samples: usize,
    threads: usize,
    arguments: &SpectrumArguments,
) -> u64 {
    let number = match arguments.precision {
        Precision::F64 => 8,
        Precision::F32 => 4,
    };
    let values: u64 = program.widths.iter().map(|width| *width as u64).sum();
    let normed = program.nodes.iter().filter(|node| matches!(node.op, Op::BatchNorm { .. }));
    let normalised: u64 = normed.map(|node| program.widths[node.output] as u64).sum();
    let point = program.widths[0] as u64 + 2 * values + 3 * normalised;
    let tangents = match arguments.operator {
        OperatorKind::Hessian => 2 * values + normalised,
        // products with G pull adjoints back into fresh arrays
        _ => 3 * values + normalised,
    };
    let sample = point.saturating_add(tangents.saturating_mul(threads as u64));
    sample.saturating_mul(number).saturating_mul(samples as u64)
}

/// Whether that fits, to be asked before anything is allocated.
pub(super) fn fits(
    program: &Program,
    samples: usize,
    threads: usize,
    arguments: &SpectrumArguments,
) -> Result<()> {
    let (needed, memory) = (activations(program, samples, threads, arguments), available());
    if needed <= memory {
        return Ok(());
    }
    Err(Error::capacity(format!(
        "the values of the network and their derivatives for {samples} samples on {threads} threads \
         take {needed} bytes ({}), more than the {memory} available; take fewer --samples or \
         --threads, or --precision f32",
        HumanBytes(needed)
    )))
}

/// Bytes that this process may still take: what the kernel calls available, else 4 GiB.
pub(super) fn available() -> u64 {
    let available = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()?.checked_mul(1024)
    };
    available().unwrap_or(4 << 30)
}
