//! Inputs: the files that a specification names, read once and hashed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result, nearest};
use crate::lab::InputFile;
use crate::lab::provenance::sha256;

/// The bytes of every input file of a specification, by name.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    files: BTreeMap<String, Input>,
}

/// One input file: its bytes and their SHA-256 in hexadecimal.
#[derive(Debug, Clone)]
pub struct Input {
    /// The content of the file.
    pub bytes: Arc<[u8]>,
    /// SHA-256 of the content.
    pub sha256: String,
    /// Where it was read, for messages.
    pub place: String,
}

impl Inputs {
    /// Reads the files.
    ///
    /// # Errors
    /// An io error that names the file and the input that asks for it.
    pub fn read(files: &[InputFile], folder: &Path) -> Result<Self> {
        let mut inputs = Self::default();
        for file in files {
            let path = folder.join(&file.path);
            let regular = |path: &Path| match std::fs::metadata(path)?.is_file() {
                true => std::fs::read(path),
                // a pipe or a device may never end
                false => Err(std::io::Error::other("is no regular file")),
            };
            let bytes = regular(&path).map_err(|source| {
                let todo = format!(
                    "the specification names it as input `{}`: restore the file or change the path",
                    file.name
                );
                Error::io(&path, &source, &todo)
            })?;
            inputs.insert(&file.name, bytes, path.display().to_string());
        }
        Ok(inputs)
    }

    /// Adds an input from memory.
    pub fn insert(&mut self, name: &str, bytes: Vec<u8>, place: String) {
        let sha256 = sha256(&bytes);
        self.files.insert(name.to_owned(), Input { bytes: bytes.into(), sha256, place });
    }

    /// The input of that name.
    ///
    /// # Errors
    /// A spec error that lists the inputs there are.
    pub fn get(&self, name: &str) -> Result<&Input> {
        self.files.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.files.keys().map(String::as_str).collect();
            let hint = nearest(name, known.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            Error::spec(format!(
                "input `{name}` is not among the specification's [inputs] ({}){hint}",
                if known.is_empty() { "there are none".to_owned() } else { known.join(", ") }
            ))
        })
    }

    /// Name and hash of every input.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        self.files.iter().map(|(name, input)| (name.clone(), input.sha256.clone())).collect()
    }
}
