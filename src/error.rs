//! The one error type of the library.
//!
//! A message says what was expected, what was found, where, and what to do. An [`Error`] belongs
//! to one of five classes, which decide the exit code of the command line. Numerical trouble
//! inside a replicate is not an error but a [`Fault`](crate::lab::Fault): an outcome that is
//! counted.

use std::fmt;
use std::path::Path;

/// What kind of trouble an [`Error`] is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Spec,
    Data,
    Io,
    Capacity,
    Provenance,
}

/// Trouble that the caller can act upon: see the predicates.
#[derive(Debug, Clone)]
pub struct Error {
    class: Class,
    message: String,
}

/// The result of a fallible call of this library.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A specification, network description or command-line argument that cannot be honoured.
    pub fn spec(message: impl Into<String>) -> Self {
        Self::new(Class::Spec, message)
    }

    /// A table, tensor or other input data that is not what it should be.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Class::Data, message)
    }

    /// The operating system refused; `path` says where, `todo` what to do about it.
    pub fn io(path: &Path, source: &std::io::Error, todo: &str) -> Self {
        Self::new(Class::Io, format!("{}: {source}; {todo}", path.display()))
    }

    /// The request needs more memory or steps than there are; the message says how much.
    pub fn capacity(message: impl Into<String>) -> Self {
        Self::new(Class::Capacity, message)
    }

    /// Records, hashes or a replay disagree with what was written before.
    pub fn provenance(message: impl Into<String>) -> Self {
        Self::new(Class::Provenance, message)
    }

    fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }

    /// The same error with the place where it happened put in front.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// True for a specification, description or argument that cannot be honoured.
    pub fn is_spec(&self) -> bool {
        self.class == Class::Spec
    }

    /// True for input data that is not what it should be.
    pub fn is_data(&self) -> bool {
        self.class == Class::Data
    }

    /// True when the operating system refused.
    pub fn is_io(&self) -> bool {
        self.class == Class::Io
    }

    /// True when the request needs more memory or steps than there are.
    pub fn is_capacity(&self) -> bool {
        self.class == Class::Capacity
    }

    /// True when records, hashes or a replay disagree.
    pub fn is_provenance(&self) -> bool {
        self.class == Class::Provenance
    }

    /// The exit code of the command line: 4 for provenance, 2 for everything else.
    pub fn exit_code(&self) -> u8 {
        if self.is_provenance() { 4 } else { 2 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The known word nearest to `word`, whatever their case, for messages that end in "did you mean".
///
/// ```
/// assert_eq!(hessian::error::nearest("liner", ["linear", "relu"]), Some("linear"));
/// assert_eq!(hessian::error::nearest("ReLU", ["linear", "relu"]), Some("relu"));
/// assert_eq!(hessian::error::nearest("zzzz", ["linear", "relu"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = compared(word, known).filter(|(similarity, _)| *similarity > 0.7);
    near.map(|(_, candidate)| candidate)
}

/// The known word nearest to `word`, however far: see [`nearest`].
///
/// ```
/// assert_eq!(hessian::error::closest("zzzz", ["linear", "relu"]), Some("relu"));
/// ```
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    compared(word, known).map(|(_, candidate)| candidate)
}

/// The most similar known word and its similarity, 1 for the same word.
fn compared<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<(f64, &'a str)> {
    let word = word.to_lowercase();
    let similarity = |candidate: &str| strsim::jaro_winkler(&word, &candidate.to_lowercase());
    let all = known.into_iter().map(|candidate| (similarity(candidate), candidate));
    all.max_by(|a, b| a.0.total_cmp(&b.0))
}
