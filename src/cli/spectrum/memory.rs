//! How much memory a network takes at a point, and how much there is.

use std::path::Path;

use indicatif::HumanBytes;

use crate::cli::args::{Precision, SpectrumArguments};
use crate::error::{Error, Result};
use crate::network::{Footprint, Program};

/// Bytes that data and network take at most: parameters, their gradient, values and derivatives, for `samples`
/// samples and with products on `threads` threads.
pub(super) fn network(
    program: &Program,
    samples: usize,
    threads: usize,
    arguments: &SpectrumArguments,
) -> u64 {
    // bytes of a number, and vectors that a product in single precision takes for direction and result
    let (number, narrow) = match arguments.precision {
        Precision::F64 => (8_u64, 0),
        Precision::F32 => (4, 2),
    };
    let times = |count: usize, each: u64| (count as u64).saturating_mul(each);
    let Footprint { making, kept, product } = Footprint::of(program);
    let products = times(threads, product as u64).saturating_add(kept as u64);
    // of each sample, beside the inputs as they were read
    let sample = number.saturating_mul(products.max(making as u64));
    let sample = sample.saturating_add(times(program.widths[0], 8));
    // of each parameter, beside weights as read and the answer's gradient, both in double precision
    let shares = (Footprint::shares(program, samples) + narrow) as u64;
    let parameter = number.saturating_mul(times(threads, shares).saturating_add(2));
    let parameter = parameter.saturating_add(16);
    times(samples, sample).saturating_add(times(program.parameters(), parameter))
}

/// Whether that fits, to be asked before anything is allocated.
pub(super) fn fits(
    program: &Program,
    samples: usize,
    threads: usize,
    arguments: &SpectrumArguments,
) -> Result<()> {
    let (needed, memory) = (network(program, samples, threads, arguments), available());
    if needed <= memory {
        return Ok(());
    }
    Err(Error::capacity(format!(
        "the network, its values and their derivatives for {samples} samples on {threads} threads \
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
    let limits = text("/proc/self/limits");
    let used = kilobytes(&text("/proc/self/status"), "VmSize:");
    let space = address_space(&limits).map(|most| most.saturating_sub(used.unwrap_or(0)));
    [machine, FIRST.left(&groups), SECOND.left(&groups), space]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(4 << 30)
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

/// Where a version of control groups keeps the memory's limit, what is used, and how much of that are pages of
/// files that nobody has read for a while: these can be taken back and count as free.
struct Groups<'a> {
    /// What the group's line of `/proc/self/cgroup` holds before its path.
    line: &'a str,
    root: &'a str,
    most: &'a str,
    used: &'a str,
    idle: &'a str,
}

const FIRST: Groups<'static> = Groups {
    line: ":memory:",
    root: "/sys/fs/cgroup/memory",
    most: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    idle: "total_inactive_file ",
};

const SECOND: Groups<'static> = Groups {
    line: "0::",
    root: "/sys/fs/cgroup",
    most: "memory.max",
    used: "memory.current",
    idle: "inactive_file ",
};

impl Groups<'_> {
    /// The least that this process's group, or one above it, has left.
    fn left(&self, groups: &str) -> Option<u64> {
        let group = groups.lines().find_map(|line| Some(line.split_once(self.line)?.1))?;
        let root = Path::new(self.root);
        let folders = Path::new(group.trim())
            .ancestors()
            .map(|path| root.join(path.strip_prefix("/").unwrap_or(path)));
        folders.filter_map(|folder| self.left_in(&folder)).min()
    }

    fn left_in(&self, folder: &Path) -> Option<u64> {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let most: u64 = text(self.most)?.trim().parse().ok()?;
        let used: u64 = text(self.used)?.trim().parse().ok()?;
        let idle = text("memory.stat").and_then(|text| {
            text.lines().find_map(|line| line.strip_prefix(self.idle))?.trim().parse().ok()
        });
        Some(most.saturating_sub(used.saturating_sub(idle.unwrap_or(0))))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FIRST, Groups, SECOND};

    /// A group's files as the kernel writes them, in a folder of our own.
    #[test]
    fn both_versions_of_control_groups_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, outer) = (folder.path().join("batch/job"), folder.path().join("batch"));
        std::fs::create_dir_all(&inner).unwrap();
        let root = folder.path().to_str().unwrap();
        for (version, lines) in [
            (FIRST, "12:cpu:/x\n5:memory:/batch/job\n0::/\n"),
            (SECOND, "5:cpu:/x\n0::/batch/job\n"),
        ] {
            let write = |folder: &Path, name: &str, text: &str| {
                std::fs::write(folder.join(name), text).unwrap();
            };
            write(&inner, version.most, "5000\n");
            write(&inner, version.used, "1200\n");
            write(&inner, "memory.stat", &format!("anon 900\n{}200\n", version.idle));
            let groups = Groups { root, ..version };
            assert_eq!(groups.left(lines), Some(4000));
            // the group above has less left
            write(&outer, groups.most, "3000\n");
            write(&outer, groups.used, "2900\n");
            assert_eq!(groups.left(lines), Some(100));
            // "max" in the second version: no limit
            write(&outer, groups.most, "max\n");
            assert_eq!(groups.left(lines), Some(4000));
            assert_eq!(groups.left("7:cpu:/batch/job\n"), None);
        }
    }
}
