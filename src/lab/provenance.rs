//! Provenance: what made a folder of records, in words that two machines agree on.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lab::arithmetic::{arithmetic, same_arithmetic};
use crate::lab::record::check_schema;
use crate::lab::{Plan, SCHEMA, Shard, Spec};

/// The file beside the records that says what made them.
pub const MANIFEST: &str = "manifest.json";

/// The file beside it that says on which machines.
pub const MACHINE: &str = "machine.json";

/// What made the records of a folder. It is the same, byte for byte, on every machine that computes
/// the same records; what differs between machines is in [`Machine`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`] of the records.
    pub schema: u32,
    /// The sim's id.
    pub sim: String,
    /// The simulator's id.
    pub simulator: String,
    /// The name of the profile.
    pub profile: String,
    /// The seed of every stream.
    pub seed: u64,
    /// Replicates per cell.
    pub replicates: u64,
    /// Number of tasks of the whole plan.
    pub tasks: u64,
    /// Which part of the plan the folder holds, such as `0/4`; `0/1` is the whole.
    pub shard: String,
    /// The command that makes the whole plan.
    pub command: String,
    /// [`Plan::sha256`].
    pub plan_sha256: String,
    /// SHA-256 of the specification's text; titles and claims may change it without touching records.
    pub spec_sha256: String,
    /// Version of this crate.
    pub version: String,
    /// SHA-256 of the lock file: the versions of all libraries.
    pub lock_sha256: String,
    /// The code that computed the records: one entry, or several where others went on with them. An
    /// older manifest does not say.
    #[serde(default)]
    pub code: Vec<Code>,
    /// [`arithmetic`] of the machine; of all machines, where shards of different ones were joined.
    pub arithmetic: String,
    /// SHA-256 of every input by name.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of every file of the folder by its path; empty until the last record is there.
    pub files: BTreeMap<String, String>,
}

/// Which code a program is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The last commit that touched the code; empty if it was built outside a repository.
    pub commit: String,
    /// True if the code had changes that were not committed.
    pub dirty: bool,
    /// SHA-256 of the sources, which tells changes apart that no commit holds.
    pub sources_sha256: String,
}

impl Code {
    /// The code of this program.
    pub fn here() -> Self {
        Self {
            commit: env!("HESSIAN_COMMIT").to_owned(),
            dirty: env!("HESSIAN_DIRTY") == "true",
            sources_sha256: env!("HESSIAN_SOURCES").to_owned(),
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sources = short(&self.sources_sha256);
        match (self.commit.as_str(), self.dirty) {
            ("", _) => write!(f, "sources {sources} outside a repository"),
            (commit, false) => write!(f, "commit {}", short(commit)),
            (commit, true) => {
                write!(f, "commit {} with changes (sources {sources})", short(commit))
            }
        }
    }
}

/// What every manifest holds, older or newer.
#[derive(Deserialize)]
struct Head {
    schema: u32,
    version: String,
}

impl Manifest {
    /// The manifest of records that this program is about to make.
    pub fn new(
        spec: &Spec,
        plan: &Plan,
        shard: Shard,
        command: &str,
        inputs: BTreeMap<String, String>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            sim: plan.sim.clone(),
            simulator: plan.simulator.clone(),
            profile: plan.profile.clone(),
            seed: plan.seed,
            replicates: plan.replicates,
            tasks: plan.tasks(),
            shard: shard.to_string(),
            command: command.to_owned(),
            plan_sha256: plan.sha256(),
            spec_sha256: sha256(spec.text.as_bytes()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lock_sha256: lock_sha256(),
            code: vec![Code::here()],
            arithmetic: arithmetic(),
            inputs,
            files: BTreeMap::new(),
        }
    }

    /// Reads the manifest of a folder; none if there is no such file.
    ///
    /// # Errors
    /// An io error; a provenance error for a file that is no manifest of this version.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path, &error, "make it readable")),
        };
        if let Ok(Head { schema, version }) = serde_json::from_slice(&bytes) {
            check_schema(schema).map_err(|why| {
                Error::provenance(format!("{}, by version {version}: {why}", path.display()))
            })?;
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::provenance(format!(
                "{}: not a manifest that version {} can read ({error}); \
                 use another folder with --out, or delete this one",
                path.display(),
                env!("CARGO_PKG_VERSION")
            ))
        })
    }

    /// The shard that the folder holds.
    ///
    /// # Errors
    /// A provenance error if the manifest names none.
    pub fn shard(&self) -> Result<Shard> {
        self.shard.parse().map_err(|error| Error::provenance(format!("{MANIFEST}: {error}")))
    }

    /// In what the records of `self` differ from those that `wanted` describes; empty when the two
    /// are the same records. The arithmetic and the shard are left to the caller.
    pub fn differences(&self, wanted: &Manifest) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, there: &dyn ToString, asked: &dyn ToString| {
            let (there, asked) = (there.to_string(), asked.to_string());
            if there != asked {
                differences.push(format!("{what} {there} there, {asked} here"));
            }
        };
        compare("schema", &self.schema, &wanted.schema);
        compare("sim", &self.sim, &wanted.sim);
        compare("simulator", &self.simulator, &wanted.simulator);
        compare("profile", &self.profile, &wanted.profile);
        compare("seed", &self.seed, &wanted.seed);
        compare("replicates", &self.replicates, &wanted.replicates);
        compare("version", &self.version, &wanted.version);
        compare("lock file", &short(&self.lock_sha256), &short(&wanted.lock_sha256));
        let names = self.inputs.keys().chain(wanted.inputs.keys());
        for name in names.collect::<std::collections::BTreeSet<_>>() {
            let hash = |manifest: &Manifest| {
                manifest.inputs.get(name).map_or("absent".to_owned(), |hash| short(hash))
            };
            compare(&format!("input `{name}`"), &hash(self), &hash(wanted));
        }
        if differences.is_empty() && self.plan_sha256 != wanted.plan_sha256 {
            differences.push("other parameters or another grid".to_owned());
        }
        differences
    }

    /// Takes over what is known of all the records, which are there.
    pub(crate) fn take_over(&mut self, there: Manifest) {
        self.code = there.code;
        self.arithmetic = coarser(self.arithmetic.clone(), &there.arithmetic);
        self.files = there.files;
    }

    /// Adds what is known of the first records, which this program goes on from.
    pub(crate) fn go_on_from(&mut self, there: &Manifest) {
        self.add_code(&there.code);
        self.arithmetic = coarser(self.arithmetic.clone(), &there.arithmetic);
    }

    /// Adds the codes of other records of the same plan.
    pub(crate) fn add_code(&mut self, codes: &[Code]) {
        self.code.extend_from_slice(codes);
        self.code.sort();
        self.code.dedup();
    }

    /// In what the maker of the records differs from this program on this machine: where it does,
    /// the same bits cannot be promised, and the same verdicts can.
    pub fn other_maker(&self) -> Vec<String> {
        let mut others = Vec::new();
        let mut compare = |what: &str, there: String, here: String| {
            if there != here {
                others.push(format!("{what}: {there} there, {here} here"));
            }
        };
        compare("version", self.version.clone(), env!("CARGO_PKG_VERSION").to_owned());
        compare("code", codes(&self.code), codes(&[Code::here()]));
        compare("lock file", short(&self.lock_sha256), short(&lock_sha256()));
        let here = arithmetic();
        if self.arithmetic.contains(' ') {
            others.push(format!(
                "arithmetic: several machines there ({}), {here} here",
                self.arithmetic
            ));
        } else if !same_arithmetic(&self.arithmetic, &here) {
            others.push(format!(
                "arithmetic: {} there, {here} here, another kind of processor or library",
                self.arithmetic
            ));
        } else if self.arithmetic != here {
            others.push(format!(
                "arithmetic: {} there, {here} here, the same as far as it was recorded",
                self.arithmetic
            ));
        }
        others
    }

    /// What a page shows of it, in words.
    pub fn provenance(&self) -> BTreeMap<String, String> {
        let mut lines: BTreeMap<String, String> = [
            ("sim", self.sim.clone()),
            ("profile", self.profile.clone()),
            ("seed", self.seed.to_string()),
            ("replicates", self.replicates.to_string()),
            ("tasks", self.tasks.to_string()),
            ("version", self.version.clone()),
            ("plan SHA-256", self.plan_sha256.clone()),
            ("specification SHA-256", self.spec_sha256.clone()),
            ("lock file SHA-256", self.lock_sha256.clone()),
            ("arithmetic", self.arithmetic.clone()),
            ("code", codes(&self.code)),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
        for (name, hash) in &self.inputs {
            lines.insert(format!("input {name} SHA-256"), hash.clone());
        }
        if let Some(hash) = self.files.get(crate::lab::store::RECORDS) {
            lines.insert("records SHA-256".to_owned(), hash.clone());
        }
        lines
    }
}

/// What differs between machines and moments: kept apart from the hashed files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Where the specification lay.
    pub spec: String,
    /// One entry per process that worked on the folder.
    pub sessions: Vec<Session>,
}

impl Machine {
    /// What a folder says of the machines; nothing if it says nothing.
    pub fn read(folder: &Path) -> Self {
        std::fs::read(folder.join(MACHINE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }
}

/// One process that worked on a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Start, in seconds since 1970 (UTC), as the machine's clock had it.
    pub started: u64,
    /// How long it worked, in seconds.
    pub seconds: f64,
    /// Name of the machine.
    pub host: String,
    /// Operating system and architecture.
    pub system: String,
    /// Threads in its pool.
    pub threads: usize,
    /// Tasks that it computed.
    pub tasks: u64,
    /// SHA-256 of its executable file.
    pub executable_sha256: String,
}

impl Session {
    /// A session of this process that starts now.
    pub fn start(threads: usize) -> Self {
        let started = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let executable = std::env::current_exe().and_then(std::fs::read).unwrap_or_default();
        Self {
            started,
            seconds: 0.0,
            host: host(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            threads,
            tasks: 0,
            executable_sha256: sha256(&executable),
        }
    }
}

/// The machine's name, or `unknown` where the system does not say.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::env::var("HOSTNAME").map_err(std::io::Error::other))
        .unwrap_or_default();
    if name.trim().is_empty() { "unknown".to_owned() } else { name.trim().to_owned() }
}

/// Codes in words.
pub fn codes(codes: &[Code]) -> String {
    match codes {
        [] => "not recorded".to_owned(),
        codes => codes.iter().map(Code::to_string).collect::<Vec<_>>().join(" and "),
    }
}

/// SHA-256 of this program's lock file.
fn lock_sha256() -> String {
    sha256(include_bytes!("../../Cargo.lock"))
}

/// The fingerprint with fewer parts, of two that agree: all that is known of both.
pub(crate) fn coarser(one: String, other: &str) -> String {
    if other.len() < one.len() { other.to_owned() } else { one }
}

/// SHA-256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first characters of a hash, enough for a message.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
