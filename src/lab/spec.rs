//! The specification of a sim: a toml file, read strictly.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result, nearest};
use crate::lab::hypothesis::HypothesisFile;
use crate::lab::{Hypothesis, InputFile, Parameters, Verdict};

/// The longest specification, in bytes: chosen here, since one of 100,000 cells, the most that a plan
/// may have, is a tenth of it, and a device file never ends.
const LONGEST: u64 = 16 << 20;

/// One sim: which simulator runs with which parameters, how often, and what is expected of it.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The sim's id; it keys the random streams and names the output folder.
    pub id: String,
    /// The title of the page.
    pub title: String,
    /// One paragraph: what is asked and how.
    pub summary: String,
    /// The seed of every stream.
    pub seed: u64,
    /// The largest fraction of tasks that may end in a fault.
    pub allowed_faults: f64,
    /// The input files, relative to `folder`.
    pub inputs: Vec<InputFile>,
    /// What runs, in this order; at least one.
    pub stages: Vec<Stage>,
    /// The profiles by name.
    pub profiles: BTreeMap<String, Profile>,
    /// The claims that it states itself, judged in every profile.
    pub hypotheses: Vec<Hypothesis>,
    /// The folder of the file.
    pub folder: PathBuf,
    /// The name of the file as it was given, for messages.
    pub place: String,
    /// The content of the file, which is copied beside the records.
    pub text: String,
}

/// One simulator on one grid: a part of a sim.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its word where a sim has several stages; recorded as the parameter `stage`.
    pub id: Option<String>,
    /// The id of the simulator.
    pub simulator: String,
    /// Parameters that are the same in every cell.
    pub parameters: Parameters,
    /// Parameters that are crossed, in the order written; the last one varies fastest.
    pub grid: Vec<(String, Vec<serde_json::Value>)>,
    /// What a profile changes in this stage alone.
    pub profiles: BTreeMap<String, StageProfile>,
}

/// What a profile changes in one stage.
#[derive(Debug, Clone)]
pub struct StageProfile {
    /// Replicates of the stage's cells, if not those of the profile.
    pub replicates: Option<Replicates>,
    /// Parameters that differ from the stage's.
    pub parameters: Parameters,
}

/// Replicates of the cells of one stage.
///
/// Small systems are cheap and scatter most: they can have many for each one of a large system. Lines
/// that the claims of this library draw through such cells average a cell's replicates by their number
/// modulo the fewest, of which the other numbers are therefore multiples; pairs, lines through differences, and
/// the statistics of a `[[claim]]` take the replicates that all their cells have.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number of replicates, or one for each value of a parameter of the grid, such \
                 as { n = [40, 10] }"
)]
pub enum Replicates {
    /// As many for every cell.
    Each(u64),
    /// The name of one parameter of the grid, with a number for each of its values.
    By(BTreeMap<String, Vec<u64>>),
}

impl Replicates {
    /// Those of the cell of a grid with these parameters.
    pub(super) fn of(&self, grid: &[(String, Vec<serde_json::Value>)], cell: &Parameters) -> u64 {
        match self {
            Self::Each(number) => *number,
            Self::By(numbers) => numbers
                .iter()
                .filter_map(|(key, numbers)| {
                    let (_, values) = grid.iter().find(|axis| axis.0 == *key)?;
                    let place = values.iter().position(|value| cell.get(key) == Some(value))?;
                    numbers.get(place).copied()
                })
                .sum(),
        }
    }

    /// Whether every cell of the grid has some; `what` is their place in the file.
    fn check(&self, grid: &[(String, Vec<serde_json::Value>)], what: &str) -> Result<()> {
        let none = |number: &u64| *number == 0;
        match self {
            Self::Each(number) if !none(number) => Ok(()),
            Self::Each(_) => Err(Error::spec(format!("{what} = 0: expected at least 1"))),
            Self::By(numbers) => {
                let [(key, numbers)] = &numbers.iter().collect::<Vec<_>>()[..] else {
                    return Err(Error::spec(format!(
                        "{what}: expected one parameter of the grid, found {}",
                        numbers.len()
                    )));
                };
                if grid.is_empty() {
                    return Err(Error::spec(format!("{what}: there is no grid; give one number")));
                }
                let known: Vec<&str> = grid.iter().map(|(key, _)| key.as_str()).collect();
                let Some((_, values)) = grid.iter().find(|axis| axis.0 == **key) else {
                    return Err(Error::spec(format!(
                        "{what}: there is no `{key}` in the grid{}; it has: {}",
                        did_you_mean(key, &known),
                        known.join(", ")
                    )));
                };
                if values.len() != numbers.len() || numbers.iter().any(none) {
                    return Err(Error::spec(format!(
                        "{what}.{key} = {numbers:?}: expected a number of at least 1 for each of the {} \
                         values of grid.{key}",
                        values.len()
                    )));
                }
                let fewest = numbers.iter().min().copied().unwrap_or(1);
                if let Some(other) = numbers.iter().find(|number| *number % fewest != 0) {
                    return Err(Error::spec(format!(
                        "{what}.{key}: {other} is no multiple of the fewest, {fewest}, so that averages \
                         would be over unequal numbers"
                    )));
                }
                Ok(())
            }
        }
    }
}

/// How large a run is, and which verdicts it is expected to reach.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Replicates per cell.
    pub replicates: u64,
    /// Parameters that differ from the sim's.
    pub parameters: Parameters,
    /// The claims judged on this sim's records and the verdict that each is expected to get.
    pub expected: BTreeMap<String, Verdict>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    title: String,
    summary: String,
    simulator: Option<String>,
    seed: u64,
    #[serde(default)]
    allowed_faults: f64,
    #[serde(default)]
    inputs: BTreeMap<String, PathBuf>,
    #[serde(default)]
    parameters: toml::Table,
    #[serde(default)]
    grid: toml::Table,
    #[serde(default)]
    stage: Vec<StageFile>,
    profile: BTreeMap<String, ProfileFile>,
    #[serde(default)]
    claim: Vec<HypothesisFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageFile {
    id: String,
    simulator: String,
    #[serde(default)]
    parameters: toml::Table,
    #[serde(default)]
    grid: toml::Table,
    #[serde(default)]
    profile: BTreeMap<String, StageProfileFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageProfileFile {
    replicates: Option<Replicates>,
    #[serde(default)]
    parameters: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    #[serde(deserialize_with = "of_every_stage")]
    replicates: u64,
    #[serde(default)]
    parameters: toml::Table,
    #[serde(default)]
    expected: BTreeMap<String, Verdict>,
}

impl Spec {
    /// Reads a specification.
    ///
    /// # Errors
    /// An io error when the file cannot be read; a spec error that names file, line and column for
    /// anything in it that cannot be honoured.
    pub fn read(path: &Path) -> Result<Self> {
        let mut text = String::new();
        let read = |file: std::fs::File| file.take(LONGEST + 1).read_to_string(&mut text);
        std::fs::File::open(path).and_then(read).map_err(|source| {
            Error::io(path, &source, "name a specification, such as sims/loss-surface.toml")
        })?;
        if text.len() as u64 > LONGEST {
            return Err(Error::capacity(format!(
                "{}: is longer than the {LONGEST} bytes of the longest specification; \
                 name a specification, such as sims/loss-surface.toml",
                path.display()
            )));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(text, folder, &path.display().to_string())
    }

    /// Reads a specification from its text; `place` stands in messages, inputs lie in `folder`.
    ///
    /// # Errors
    /// A spec error, as for [`Spec::read`].
    pub fn parse(text: String, folder: &Path, place: &str) -> Result<Self> {
        let file: File = toml::from_str(&text).map_err(|error| explain(&error, &text, place))?;
        let stages = stages(file.simulator, file.parameters, file.grid, file.stage);
        let hypotheses: Vec<Hypothesis> = file
            .claim
            .into_iter()
            .map(|claim| claim.read(&text))
            .collect::<Result<_>>()
            .map_err(|e| e.at(place))?;
        let mut spec = Self {
            id: file.id,
            title: file.title,
            summary: file.summary,
            seed: file.seed,
            allowed_faults: file.allowed_faults,
            inputs: file.inputs.into_iter().map(|(name, path)| InputFile { name, path }).collect(),
            stages: stages.map_err(|e| e.at(place))?,
            profiles: file
                .profile
                .into_iter()
                .map(|(name, profile)| Ok((name.clone(), profile.read(&name)?)))
                .collect::<Result<_>>()
                .map_err(|e| e.at(place))?,
            hypotheses,
            folder: folder.to_owned(),
            place: place.to_owned(),
            text,
        };
        spec.expect_hypotheses();
        spec.check().map_err(|error| error.at(place))?;
        Ok(spec)
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// A spec error with the names that there are.
    pub fn profile(&self, name: &str) -> Result<&Profile> {
        self.profiles.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            Error::spec(format!(
                "{}: there is no profile `{name}`{}; it has: {}",
                self.place,
                did_you_mean(name, &known),
                known.join(", ")
            ))
        })
    }

    /// The ids of the stages' simulators, joined by ` + `.
    pub fn simulators(&self) -> String {
        let ids: Vec<&str> = self.stages.iter().map(|stage| stage.simulator.as_str()).collect();
        ids.join(" + ")
    }

    /// The verdict that a hypothesis expects holds in every profile that does not say otherwise.
    fn expect_hypotheses(&mut self) {
        for hypothesis in &self.hypotheses {
            let Some(expected) = hypothesis.expected else { continue };
            for profile in self.profiles.values_mut() {
                profile.expected.entry(hypothesis.id.clone()).or_insert(expected);
            }
        }
    }

    /// What the types cannot say: words, ranges, and keys given twice.
    fn check(&self) -> Result<()> {
        check_word("id", &self.id)?;
        for (n, one) in self.hypotheses.iter().enumerate() {
            if let Some(other) = self.hypotheses[..n].iter().find(|other| other.id == one.id) {
                return Err(Error::spec(format!(
                    "lines {} and {}: two claims are called `{}`",
                    other.line, one.line, one.id
                )));
            }
        }
        if !(0.0..=1.0).contains(&self.allowed_faults) {
            return Err(Error::spec(format!(
                "allowed_faults = {}: expected a fraction between 0 and 1",
                self.allowed_faults
            )));
        }
        if self.profiles.is_empty() {
            return Err(Error::spec("expected at least one profile, such as [profile.quick]"));
        }
        for (name, profile) in &self.profiles {
            check_word("the name of a profile", name)?;
            if profile.replicates == 0 {
                return Err(Error::spec(format!(
                    "profile.{name}.replicates = 0: expected at least 1"
                )));
            }
        }
        self.stages.iter().try_for_each(|stage| self.check_stage(stage))
    }

    fn check_stage(&self, stage: &Stage) -> Result<()> {
        let place = stage.place();
        for (key, values) in &stage.grid {
            if stage.parameters.contains_key(key) {
                return Err(Error::spec(format!(
                    "{place}`{key}` is in [parameters] and in [grid]: keep one of them"
                )));
            }
            if values.is_empty() {
                return Err(Error::spec(format!(
                    "{place}grid.{key} is empty: give at least one value"
                )));
            }
            // as text, and in a set: a long list is not to be compared pair by pair
            let mut seen = BTreeSet::new();
            if let Some(value) = values.iter().find(|value| !seen.insert(value.to_string())) {
                return Err(Error::spec(format!("{place}grid.{key} holds {value} twice")));
            }
        }
        for (name, profile) in &self.profiles {
            let own = stage.profiles.get(name).map(|own| &own.parameters);
            let changed = |key: &str| {
                profile.parameters.contains_key(key) || own.is_some_and(|own| own.contains_key(key))
            };
            if let Some((key, _)) = stage.grid.iter().find(|(key, _)| changed(key)) {
                return Err(Error::spec(format!(
                    "{place}`{key}` is in [profile.{name}] parameters and in [grid]: \
                     keep one of them"
                )));
            }
        }
        for (name, own) in &stage.profiles {
            if !self.profiles.contains_key(name) {
                let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
                return Err(Error::spec(format!(
                    "{place}there is no profile `{name}`{}; the sim has: {}",
                    did_you_mean(name, &known),
                    known.join(", ")
                )));
            }
            if let Some(replicates) = &own.replicates {
                let what = format!("{place}profile.{name}.replicates");
                replicates.check(&stage.grid, &what)?;
            }
        }
        Ok(())
    }
}

impl Stage {
    /// Its name for messages, in front of what is said; nothing for the only stage of a sim.
    fn place(&self) -> String {
        self.id.as_ref().map_or_else(String::new, |id| format!("stage `{id}`: "))
    }
}

/// The stages of a file: either its own simulator, or its `[[stage]]` tables.
fn stages(
    simulator: Option<String>,
    fixed: toml::Table,
    crossed: toml::Table,
    files: Vec<StageFile>,
) -> Result<Vec<Stage>> {
    match (simulator, files.is_empty()) {
        (Some(simulator), true) => Ok(vec![Stage {
            id: None,
            simulator,
            parameters: parameters(fixed, "parameters")?,
            grid: grid(crossed)?,
            profiles: BTreeMap::new(),
        }]),
        (None, false) if fixed.is_empty() && crossed.is_empty() => {
            for (n, file) in files.iter().enumerate() {
                check_word("the id of a stage", &file.id)?;
                if files[..n].iter().any(|other| other.id == file.id) {
                    return Err(Error::spec(format!("stage `{}` is there twice", file.id)));
                }
            }
            files.into_iter().map(StageFile::read).collect()
        }
        (None, true) => Err(Error::spec(
            "expected `simulator = ...`, or [[stage]] tables with a simulator each; found neither",
        )),
        _ => Err(Error::spec(
            "a file with [[stage]] tables keeps `simulator`, [parameters] and [grid] in them; \
             found one at the top as well",
        )),
    }
}

impl StageFile {
    fn read(self) -> Result<Stage> {
        let place = format!("stage `{}`", self.id);
        let mut fixed = parameters(self.parameters, "parameters").map_err(|e| e.at(&place))?;
        let crossed = grid(self.grid).map_err(|e| e.at(&place))?;
        if fixed.contains_key("stage") || crossed.iter().any(|(key, _)| key == "stage") {
            return Err(Error::spec(format!(
                "{place}: the parameter `stage` is its id; remove it"
            )));
        }
        fixed.insert("stage".to_owned(), self.id.clone().into());
        let profiles = self.profile.into_iter().map(|(name, own)| {
            let at = format!("profile.{name}.parameters");
            let parameters = parameters(own.parameters, &at).map_err(|e| e.at(&place))?;
            Ok((name, StageProfile { replicates: own.replicates, parameters }))
        });
        Ok(Stage {
            profiles: profiles.collect::<Result<_>>()?,
            id: Some(self.id),
            simulator: self.simulator,
            parameters: fixed,
            grid: crossed,
        })
    }
}

impl ProfileFile {
    fn read(self, name: &str) -> Result<Profile> {
        Ok(Profile {
            replicates: self.replicates,
            parameters: parameters(self.parameters, &format!("profile.{name}.parameters"))?,
            expected: self.expected,
        })
    }
}

/// Words that become parts of file names: lower-case letters, digits and hyphens.
fn check_word(what: &str, word: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !word.is_empty() && word.len() <= 64 && word.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::spec(format!(
        "{what} = `{word}`: expected 1 to 64 lower-case letters, digits or hyphens"
    )))
}

pub(super) fn parameters(table: toml::Table, place: &str) -> Result<Parameters> {
    table
        .into_iter()
        .map(|(key, value)| {
            let value = json(value, &format!("{place}.{key}"))?;
            Ok((key, value))
        })
        .collect()
}

fn grid(table: toml::Table) -> Result<Vec<(String, Vec<serde_json::Value>)>> {
    table
        .into_iter()
        .map(|(key, value)| match json(value, &format!("grid.{key}"))? {
            serde_json::Value::Array(values) => Ok((key, values)),
            other => Err(Error::spec(format!(
                "grid.{key} = {other}: expected a list of values; \
                 a single value belongs in [parameters]"
            ))),
        })
        .collect()
}

/// The value as JSON, in which parameters are recorded; dates and infinities have no place there.
fn json(value: toml::Value, place: &str) -> Result<serde_json::Value> {
    use toml::Value;
    Ok(match value {
        Value::String(s) => s.into(),
        Value::Integer(i) => i.into(),
        Value::Boolean(b) => b.into(),
        Value::Float(x) => serde_json::Number::from_f64(x)
            .ok_or_else(|| Error::spec(format!("{place} = {x}: expected a finite number")))?
            .into(),
        Value::Datetime(date) => {
            return Err(Error::spec(format!(
                "{place} = {date}: expected a number, a string or a boolean, found a date"
            )));
        }
        Value::Array(values) => {
            values.into_iter().map(|value| json(value, place)).collect::<Result<Vec<_>>>()?.into()
        }
        Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| {
                let value = json(value, &format!("{place}.{key}"))?;
                Ok((key, value))
            })
            .collect::<Result<serde_json::Map<_, _>>>()?
            .into(),
    })
}

/// Replicates of all stages.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number of replicates; one for each value of a parameter goes to a stage, as \
                 profile.NAME = { replicates = { n = [40, 10] } } in its [[stage]]"
)]
enum Everywhere {
    Each(u64),
}

fn of_every_stage<'de, D: Deserializer<'de>>(reader: D) -> std::result::Result<u64, D::Error> {
    Everywhere::deserialize(reader).map(|Everywhere::Each(number)| number)
}

/// The reader's error with line, column and the nearest known word.
fn explain(error: &toml::de::Error, text: &str, place: &str) -> Error {
    let message = match error.message() {
        several if several.contains("wanted exactly 1 element, more than 1") => {
            "expected a table with one key, found more"
        }
        message => message,
    };
    let hint = unknown_word_hint(message);
    let place = match error.span() {
        Some(span) => {
            let before = text.get(..span.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            format!("{place}:{line}:{column}")
        }
        None => place.to_owned(),
    };
    Error::spec(format!("{place}: {}{hint}", message.trim().replace('\n', ", ")))
}

/// `; did you mean ...?` for a reader's message about an unknown key or value: it quotes words by
/// backticks, the unknown one first, then those that it knows.
pub(crate) fn unknown_word_hint(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next() {
        Some(word) if message.starts_with("unknown") => {
            did_you_mean(word, &quoted.collect::<Vec<_>>())
        }
        _ => String::new(),
    }
}

/// `; did you mean ...?`, or nothing when no known word is near.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
