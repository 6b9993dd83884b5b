//! What people and programs see: results on standard output, everything else on standard error.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, Result};
use crate::lab::Watch;

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

    /// A progress bar, which shows itself only to people.
    pub fn bar(&self, title: &str) -> Bar {
        let target =
            if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template(
            "{prefix} [{bar:32}] {percent:>3} %  {msg}  {elapsed} gone, {eta} left",
        )
        .expect("the template is valid")
        .progress_chars("=> ");
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        bar.set_prefix(title.to_owned());
        Bar { bar, tasks: ProgressBar::hidden() }
    }
}

/// A bar over ticks with the count of tasks beside it.
pub(super) struct Bar {
    bar: ProgressBar,
    tasks: ProgressBar,
}

impl Bar {
    /// Takes the bar off the screen.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn show_tasks(&self) {
        let (done, all) = (self.tasks.position(), self.tasks.length().unwrap_or(0));
        self.bar.set_message(format!("{done} of {all} tasks"));
    }
}

impl Watch for Bar {
    fn begin(&self, ticks: u64, done_ticks: u64, tasks: u64, done_tasks: u64) {
        self.tasks.set_length(tasks);
        self.tasks.set_position(done_tasks);
        self.bar.set_length(ticks);
        self.bar.set_position(done_ticks);
        self.bar.reset_eta();
        self.bar.enable_steady_tick(Duration::from_millis(250));
        self.show_tasks();
    }

    fn tick(&self, count: u64) {
        self.bar.inc(count);
    }

    fn task(&self) {
        self.tasks.inc(1);
        self.show_tasks();
    }

    fn warn(&self, message: &str) {
        self.bar.suspend(|| eprintln!("warning: {message}"));
    }
}
