//! How much memory a network takes at a point, and how much there is.

use indicatif::HumanBytes;

use crate::cli::args::{Precision, SpectrumArguments};
use crate::error::{Error, Result};
use crate::network::{Footprint, Program};

/// Bytes that the values of the network and their derivatives take at most, for `samples` samples and with
/// products on `threads` threads.
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
    let Footprint { making, kept, product } = Footprint::of(program);
    let products = (product as u64).saturating_mul(threads as u64).saturating_add(kept as u64);
    products.max(making as u64).saturating_mul(number).saturating_mul(samples as u64)
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
