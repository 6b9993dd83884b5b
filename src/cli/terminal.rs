//! What people and programs see: results on standard output, everything else on standard error.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, Result};
use crate::lab::{Watch, Work};

/// How to speak to whoever started the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    json: bool,
    quiet: bool,
}

impl Terminal {
    pub fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Prints a result, as text or as one JSON document.
    pub fn result(&self, text: &str, json: &serde_json::Value) -> Result<()> {
        let text = if self.json {
            format!("{json:#}\n")
        } else if text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}\n")
        };
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            // whoever reads a part of a table, as `head` does, has what they wanted
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => {
                Err(Error::io("standard output".as_ref(), &error, "send it somewhere else"))
            }
            Ok(()) => Ok(()),
        }
    }

    /// Says something that is good to know.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            eprintln!("{message}");
        }
    }

    /// Says something that asks for attention.
    pub fn warn(&self, message: &str) {
        eprintln!("warning: {message}");
    }

    /// Says why there is no result.
    pub fn error(&self, error: &Error) {
        eprintln!("error: {error}");
    }

    /// A progress bar with an estimate of the time left, which shows itself only to people.
    pub fn bar(&self, what: &str, length: u64) -> ProgressBar {
        let target =
            if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template(
            "{prefix} [{bar:32}] {percent:>3} %  {pos} of {len}  {elapsed} gone, {eta} left",
        )
        .expect("the template is valid")
        .progress_chars("=> ");
        let bar = ProgressBar::with_draw_target(Some(length), target).with_style(style);
        bar.with_prefix(what.to_owned())
    }

    /// Progress bars, one per stage, which show themselves only to people.
    pub fn bars(&self) -> Bars {
        let target =
            if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Bars { screen: MultiProgress::with_draw_target(target), stages: Vec::new() }
    }
}

/// A bar over the ticks of each stage, with the count of tasks beside it.
pub(super) struct Bars {
    screen: MultiProgress,
    stages: Vec<Stage>,
}

struct Stage {
    bar: ProgressBar,
    tasks: AtomicU64,
    all: u64,
}

impl Bars {
    /// Takes the bars off the screen.
    pub fn end(&self) {
        for stage in &self.stages {
            stage.bar.finish_and_clear();
        }
    }
}

impl Stage {
    fn show_tasks(&self) {
        let done = self.tasks.load(Ordering::Relaxed);
        self.bar.set_message(format!("{done} of {} tasks", self.all));
    }
}

impl Watch for Bars {
    fn begin(&mut self, stages: &[Work]) {
        let width = stages.iter().map(|work| work.name.len()).max().unwrap_or(0);
        let style = ProgressStyle::with_template(
            "{prefix} [{bar:32}] {percent:>3} %  {msg}  {elapsed} gone, {eta} left",
        )
        .expect("the template is valid")
        .progress_chars("=> ");
        for work in stages {
            let bar = self.screen.add(ProgressBar::new(work.ticks).with_style(style.clone()));
            bar.set_prefix(format!("{:width$}", work.name));
            bar.set_position(work.done_ticks);
            let tasks = AtomicU64::new(work.done_tasks);
            let stage = Stage { bar, tasks, all: work.tasks };
            stage.show_tasks();
            self.stages.push(stage);
        }
    }

    fn tick(&self, stage: usize, count: u64) {
        let bar = &self.stages[stage].bar;
        // a stage's clock starts with its first tick: the time that others took is not its own
        if bar.position() == 0 {
            bar.reset_elapsed();
        }
        bar.inc(count);
    }

    fn task(&self, stage: usize) {
        let stage = &self.stages[stage];
        stage.tasks.fetch_add(1, Ordering::Relaxed);
        stage.show_tasks();
        if stage.bar.position() >= stage.bar.length().unwrap_or(0) {
            stage.bar.finish();
        }
    }

    fn warn(&self, message: &str) {
        self.screen.suspend(|| eprintln!("warning: {message}"));
    }
}
