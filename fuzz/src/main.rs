//! Feeds mutated bytes to every reader of `hessian` and reports what none of them may do: panic,
//! hang, or ask for memory beyond the scale of its input.
//!
//! ```sh
//! cargo run --release --manifest-path fuzz/Cargo.toml -- spec --seconds 600
//! cargo run --release --manifest-path fuzz/Cargo.toml -- spec FILE...   # a find again
//! ```
//!
//! Two processes: the worker tries one input after the other and counts its allocations; the
//! supervisor writes down the input on which the worker died or stood still, and starts another.

mod memory;
mod mutate;
mod supervise;
mod targets;

use std::process::ExitCode;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

const USAGE: &str = "usage: hessian-fuzz TARGET --seconds N [--seed S] [--finds DIR]
       hessian-fuzz TARGET FILE...";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(finds) => {
            eprintln!("{finds} finds");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Returns the number of finds.
fn dispatch(arguments: &[String]) -> Result<usize, String> {
    let (name, rest) = arguments.split_first().ok_or_else(usage)?;
    let target = targets::TARGETS.iter().find(|target| target.name == name).ok_or_else(usage)?;
    let mut options = supervise::Options { seconds: 0, seed: 1, finds: "fuzz/finds".into() };
    let mut files = Vec::new();
    let mut words = rest.iter();
    let mut worker = false;
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(usage);
        let number = |text: &String| text.parse::<u64>().map_err(|_| usage());
        match word.as_str() {
            "--seconds" => options.seconds = number(value()?)?,
            "--seed" => options.seed = number(value()?)?,
            "--finds" => options.finds = value()?.into(),
            "--worker" => worker = true,
            file => files.push(file.to_owned()),
        }
    }
    let fail = |error: std::io::Error| error.to_string();
    if worker {
        supervise::work(target, &options).map_err(fail)
    } else if files.is_empty() {
        supervise::supervise(target, &options).map_err(fail)
    } else {
        supervise::again(target, &files).map_err(fail)
    }
}

fn usage() -> String {
    let names: Vec<&str> = targets::TARGETS.iter().map(|target| target.name).collect();
    format!("{USAGE}\ntargets: {}", names.join(", "))
}
