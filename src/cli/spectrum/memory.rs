//! How much memory a network takes at a point, and how much there is.

use std::path::{Path, PathBuf};

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

/// Bytes that this process may still take: what the kernel calls available, or less where its group (of a
/// container or a batch job) or its address space (`ulimit -v`) has a limit; else 4 GiB.
pub(super) fn available() -> u64 {
    let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let machine = kilobytes(&text("/proc/meminfo"), "MemAvailable:");
    let groups = text("/proc/self/cgroup");
    let group = groups.lines().find_map(|line| line.strip_prefix("0::")).and_then(group_left);
    let limits = text("/proc/self/limits");
    let used = kilobytes(&text("/proc/self/status"), "VmSize:");
    let space = address_space(&limits).map(|most| most.saturating_sub(used.unwrap_or(0)));
    [machine, group, space].into_iter().flatten().min().unwrap_or(4 << 30)
}

/// The bytes on the line that starts with this word and counts in kB.
fn kilobytes(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The soft limit of the address space in `/proc/self/limits`; none where it is unlimited.
fn address_space(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The least that a group of the second version, or one above it, has left. Pages of files that nobody has
/// read for a while can be taken back and count as free.
fn group_left(group: &str) -> Option<u64> {
    let root = Path::new("/sys/fs/cgroup");
    let folders = Path::new(group.trim())
        .ancestors()
        .map(|path| root.join(path.strip_prefix("/").unwrap_or(path)));
    let left = |folder: PathBuf| {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let most: u64 = text("memory.max")?.trim().parse().ok()?;
        let used: u64 = text("memory.current")?.trim().parse().ok()?;
        let idle = text("memory.stat").and_then(|text| {
            text.lines().find_map(|line| line.strip_prefix("inactive_file "))?.trim().parse().ok()
        });
        Some(most.saturating_sub(used.saturating_sub(idle.unwrap_or(0))))
    };
    folders.filter_map(left).min()
}
