//! The worker that tries inputs, and the supervisor that outlives it.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, Result, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::targets::Target;
use crate::{memory, mutate};

/// How long, from where, and where finds go.
pub struct Options {
    pub seconds: u64,
    pub seed: u64,
    pub finds: PathBuf,
}

/// A call that takes longer than this is a find, one that takes ten times as long is ended.
const SLOW: Duration = Duration::from_secs(2);

/// Finds of one kind that are kept.
const KEPT: usize = 3;

/// Where the last panic was.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs workers for the given time; returns the number of finds.
pub fn supervise(target: &Target, options: &Options) -> Result<usize> {
    std::fs::create_dir_all(&options.finds)?;
    let start = Instant::now();
    let limit = Duration::from_secs(options.seconds);
    let (mut finds, mut tried, mut round) = (0, 0_u64, 0);
    while start.elapsed() < limit {
        let left = (limit - start.elapsed()).as_secs().max(1);
        let mut child = Command::new(std::env::current_exe()?)
            .args([target.name, "--worker", "--seconds", &left.to_string()])
            .args(["--seed", &(options.seed + round * 1_000_003).to_string()])
            .arg("--finds")
            .arg(&options.finds)
            .stdout(Stdio::piped())
            .spawn()?;
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("piped");
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(std::io::Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let end = loop {
            match lines.recv_timeout(10 * SLOW) {
                Ok(line) => match line.split_once(' ') {
                    Some(("tried", count)) => {
                        tried += count.parse::<u64>().map_err(Error::other)?
                    }
                    _ => {
                        finds += 1;
                        println!("{}: {line}", target.name);
                    }
                },
                Err(RecvTimeoutError::Timeout) => {
                    child.kill()?;
                    break "hang";
                }
                Err(RecvTimeoutError::Disconnected) => break "abort",
            }
        };
        if !child.wait()?.success() || end == "hang" {
            finds += 1;
            let kept = options.finds.join(format!("{}-{end}-{round}", target.name));
            std::fs::rename(current(target, &options.finds), &kept)?;
            println!("{}: {end}: {}", target.name, kept.display());
        }
        round += 1;
    }
    let seconds = start.elapsed().as_secs();
    println!("{}: {tried} inputs in {seconds} s, {finds} finds", target.name);
    Ok(finds)
}

/// The file that holds the input in the works.
fn current(target: &Target, finds: &Path) -> PathBuf {
    finds.join(format!("{}-current", target.name))
}

/// Tries inputs until the time is over.
pub fn work(target: &Target, options: &Options) -> Result<usize> {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        *PANIC.lock().expect("not held while panicking") = place;
    }));
    let seeds = (target.seeds)();
    // what the first use sets up once, such as the fingerprint of the arithmetic, is no input's
    (target.run)(b"");
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut file = File::create(current(target, &options.finds))?;
    let start = Instant::now();
    let mut spoken = Instant::now();
    let (mut tried, mut known) = (0_u64, std::collections::BTreeMap::<String, usize>::new());
    while start.elapsed().as_secs() < options.seconds {
        let input = mutate::mutate(&mut rng, &seeds, target.words);
        keep(&mut file, &input)?;
        tried += 1;
        if let Some(trouble) = examine(target, &input) {
            // a panic is the same find as another at its place, others as those of their kind
            let kind = trouble.split(" (").next().unwrap_or_default().to_owned();
            let count = known.entry(kind).or_default();
            *count += 1;
            if *count <= KEPT {
                let name = format!("{}-{}-{tried}", target.name, options.seed);
                std::fs::write(options.finds.join(&name), &input)?;
                println!("find {trouble}: {name}");
            }
        }
        if spoken.elapsed() > Duration::from_secs(1) {
            println!("tried {tried}");
            (tried, spoken) = (0, Instant::now());
        }
    }
    println!("tried {tried}");
    Ok(0)
}

fn keep(file: &mut File, input: &[u8]) -> Result<()> {
    use std::io::Seek;
    file.rewind()?;
    file.write_all(input)?;
    file.set_len(input.len() as u64)
}

/// What is wrong with how the target took this input.
fn examine(target: &Target, input: &[u8]) -> Option<String> {
    let held = memory::reset();
    let run = || {
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
        (outcome, start.elapsed())
    };
    let (outcome, mut time) = run();
    if time > SLOW {
        // a machine that stood still does not do so twice
        time = run().1;
    }
    let asked = memory::peak() - held;
    let allowed = (target.memory)(input.len());
    if outcome.is_err() {
        return Some(format!("panic at {}", PANIC.lock().expect("not held")));
    }
    if time > SLOW {
        return Some(format!("slow ({time:?} for {} bytes)", input.len()));
    }
    if asked > allowed {
        return Some(format!("memory ({asked} bytes for {} bytes)", input.len()));
    }
    None
}

/// Tries files once more; returns how many are still finds.
pub fn again(target: &Target, files: &[String]) -> Result<usize> {
    let mut finds = 0;
    (target.run)(b"");
    for file in files {
        let input = std::fs::read(file)?;
        let start = Instant::now();
        let trouble = examine(target, &input);
        println!("{file}: {} in {:?}", trouble.as_deref().unwrap_or("well"), start.elapsed());
        finds += usize::from(trouble.is_some());
    }
    Ok(finds)
}
