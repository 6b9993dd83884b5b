//! The readers, each with inputs from which mutations start.

use std::cell::LazyCell;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use hessian::cli::Registry;
use hessian::data::{idx, read_dataset, read_tensors, table};
use hessian::lab::{Archive, Manifest, Merge, Plan, Prepared, Records, Shard, Spec};
use hessian::network::{Description, Program, State};
use sha2::{Digest, Sha256};

/// One reader.
pub struct Target {
    pub name: &'static str,
    /// Inputs that are in order.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that the reader knows.
    pub words: &'static [&'static str],
    /// Calls the reader; what it returns does not matter.
    pub run: fn(&[u8]),
    /// The memory that an input of so many bytes may take.
    pub memory: fn(usize) -> usize,
}

/// Everything that reads from outside.
pub const TARGETS: [Target; 8] = [
    Target { name: "spec", seeds: specs, words: SPEC, run: spec, memory: of_text },
    Target { name: "journal", seeds: journals, words: RECORD, run: journal, memory: of_records },
    Target { name: "records", seeds: records, words: RECORD, run: complete, memory: of_records },
    Target { name: "manifest", seeds: manifests, words: RECORD, run: manifest, memory: of_records },
    Target {
        name: "csv",
        seeds: tables,
        words: &[",", "\n", "\"", "nan"],
        run: csv,
        memory: of_table,
    },
    Target { name: "idx", seeds: arrays, words: &[], run: images, memory: of_table },
    Target {
        name: "safetensors",
        seeds: tensors,
        words: TENSORS,
        run: safetensors,
        memory: of_text,
    },
    Target { name: "network", seeds: networks, words: NETWORK, run: network, memory: of_network },
];

const SPEC: &[&str] = &[
    "id",
    "title",
    "summary",
    "simulator",
    "seed",
    "allowed_faults",
    "[inputs]",
    "[parameters]",
    "[grid]",
    "[[stage]]",
    "[profile.quick]",
    "replicates = ",
    "expected = {",
    "S-01",
    "confirmed",
    "gaussian-mean",
    "training",
    "initialisation",
    "scale-invariance",
    "n = ",
    "shift = ",
    "\n",
    "= [",
    "]",
    "}",
    "'''",
    "\"\"\"",
    "1979-05-27",
    "stage.quick",
    "parameters = {",
];

const RECORD: &[&str] = &[
    "\"schema\":1",
    "\"task\":",
    "\"cell\":",
    "\"replicate\":",
    "\"parameters\":{",
    "\"outcome\":",
    "{\"done\":{",
    "{\"failed\":",
    "\"stopped\"",
    "{\"non_finite\":{\"at\":\"",
    "\"cost\":{",
    "null",
    "{\"crc32\":\"",
    "\"record\":",
    "\n",
    "[[",
    "[]",
    "\"shard\":\"",
    "0/0",
    "1/0",
    "\"replicates\":",
    "\"files\":{",
    "\"profile\":",
    "quick",
    "\"mean\":",
];

const TENSORS: &[&str] = &[
    "\"inputs\"",
    "\"targets\"",
    "\"dtype\":",
    "\"F64\"",
    "\"F32\"",
    "\"I64\"",
    "\"BF16\"",
    "\"F4\"",
    "\"shape\":[",
    "\"data_offsets\":[",
    "__metadata__",
    "num_batches_tracked",
    "running_mean",
    "1152921504606846976",
];

const NETWORK: &[&str] = &[
    "kind",
    "linear",
    "batch_norm",
    "relu",
    "tanh",
    "softplus",
    "identity",
    "residual",
    "branch = [",
    "repeat = ",
    "scale = { fixed = ",
    "learned",
    "out = ",
    "bias = ",
    "eps = ",
    "momentum = ",
    "input = ",
    "loss = ",
    "layers = [",
    "cross_entropy",
    "squared",
    "conv2d",
    "kernel",
    "stride",
    "padding",
    "channels",
    "flatten",
    "global_average_pool",
    "shortcut",
    "groups",
    "hinge",
];

/// Text that is read into values: its own copy, and a value of a hundred bytes per few characters.
fn of_text(bytes: usize) -> usize {
    (4 << 20) + 256 * bytes
}

/// Tables whose columns may be one digit long, each with a name and a number, read four times over.
fn of_table(bytes: usize) -> usize {
    (32 << 20) + 512 * bytes
}

/// Records and the plan they belong to, which has twelve tasks unless the file says otherwise.
fn of_records(bytes: usize) -> usize {
    (32 << 20) + 256 * bytes
}

/// A description unfolds to at most `MAX_LAYERS` layers, however short it is.
fn of_network(bytes: usize) -> usize {
    (256 << 20) + 256 * bytes
}

fn files(folder: &str, suffix: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the repository's own folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

const SHORT: &str = r#"
id = "short"
title = "Short"
summary = "Means of normal numbers."
simulator = "gaussian-mean"
seed = 1
allowed_faults = 1.0

[grid]
n = [2000]
shift = [0.0, 0.5]

[profile.quick]
replicates = 6
expected = { S-01 = "confirmed" }
"#;

const STAGES: &str = r#"
id = "stages"
title = "Stages"
summary = "Networks."
seed = 7

[[stage]]
id = "trained"
simulator = "training"
parameters = { data = "gaussians", blocks = 2, width = 20, gaussians = { classes = 3, dimension = 5, train = 120, test = 60, separation = 1.0 }, letter_classes = 26, batch = 30, rate = 0.05, momentum = 0.9, weight_decay = 1e-4, checkpoints = 2, steps = 100, hessian_samples = 40, probes = 2, lanczos_steps = 16, max_products = 1000 }
grid = { arm = ["residual-bn", "residual", "plain-bn"] }

[[stage]]
id = "initial"
simulator = "initialisation"
parameters = { block = "residual-bn", width = 16, samples_per_width = 2 }
grid = { blocks = [2, 4] }
profile.quick = { replicates = 5, parameters = { width = 32 } }

[[stage]]
id = "scales"
simulator = "scale-invariance"
parameters = { width = 8, blocks = 2, samples = 16, steps = 10, rate = 0.1, factor = 2.0 }

[profile.quick]
replicates = 2
"#;

fn specs() -> Vec<Vec<u8>> {
    let mut specs = vec![SHORT.into(), STAGES.into()];
    specs.extend(files("sims", ".toml"));
    specs
}

/// More cells than this are counted but not prepared: that a plan may hold many is no find.
const CELLS: usize = 64;

fn spec(bytes: &[u8]) {
    thread_local!(static REGISTRY: LazyCell<Registry> = LazyCell::new(Registry::standard));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(spec) = Spec::parse(text.to_owned(), Path::new("/nowhere"), "fuzz.toml") else { return };
    for profile in spec.profiles.keys() {
        let Ok(plan) = Plan::new(&spec, profile, None, None) else { continue };
        plan.sha256();
        plan.shard(Shard::WHOLE).take(1000).for_each(drop);
        plan.key(plan.tasks() - 1);
        REGISTRY.with(|registry| {
            let _ = registry.expected(&spec, profile);
            if let Ok(simulators) = registry.simulators(&spec)
                && plan.cells.len() <= CELLS
            {
                let _ = Prepared::new(&spec, &plan, &simulators);
            }
        });
    }
}

/// A run's folder in memory: the bytes of its journal, records and manifest.
struct Folder {
    folder: tempfile::TempDir,
    manifest: Manifest,
}

impl Folder {
    fn new() -> Self {
        // some claims compare records with formulas, which they evaluate once for the whole process:
        // that is no input's doing
        for claim in measured() {
            claim.judge(&Records::default());
        }
        let at = Path::new("/dev/shm");
        let folder = if at.exists() { tempfile::tempdir_in(at) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        let spec = Spec::parse(SHORT.to_owned(), folder.path(), "short.toml").expect("in order");
        let plan = Plan::new(&spec, "quick", None, None).expect("in order");
        let manifest = Manifest::new(&spec, &plan, Shard::WHOLE, "hessian run", Default::default());
        std::fs::write(folder.path().join("spec.toml"), SHORT).expect("writable");
        Self { folder, manifest }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).expect("writable");
    }

    /// The manifest of a folder whose records have this hash, as text.
    fn manifest(&self, records: Option<&[u8]>) -> String {
        let hash = records.map(|bytes| format!("\"records.jsonl\":\"{}\"", hex(bytes)));
        // the manifest has no public writer: its fields are those of its reader
        let m = &self.manifest;
        format!(
            r#"{{"schema":{},"sim":"{}","simulator":"{}","profile":"quick","seed":{},"replicates":{},"tasks":{},"shard":"0/1","command":"c","plan_sha256":"{}","spec_sha256":"{}","version":"{}","lock_sha256":"{}","arithmetic":"{}","inputs":{{}},"files":{{{}}}}}"#,
            m.schema,
            m.sim,
            m.simulator,
            m.seed,
            m.replicates,
            m.tasks,
            m.plan_sha256,
            m.spec_sha256,
            m.version,
            m.lock_sha256,
            m.arithmetic,
            hash.unwrap_or_default()
        )
    }

    /// Reads the folder in every way there is, and judges what it holds.
    fn read(&self) {
        let path = self.folder.path().to_owned();
        if let Ok(archive) = Archive::open(&path) {
            if let Ok(records) = archive.records() {
                for claim in measured() {
                    claim.judge(&records);
                }
            }
            let _ = archive.records_so_far();
        }
        let _ = Merge::read(&[path]);
    }
}

thread_local!(static FOLDER: LazyCell<Folder> = LazyCell::new(Folder::new));

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Records of the short specification, and of others, whose claims read other observables.
fn records() -> Vec<Vec<u8>> {
    let mut lines = String::new();
    for task in 0..12_u64 {
        let (cell, replicate) = (task / 6, task % 6);
        let shift = ["0.0", "0.5"][cell as usize];
        lines.push_str(&format!(
            r#"{{"schema":1,"task":{task},"cell":{cell},"replicate":{replicate},"parameters":{{"n":2000,"shift":{shift}}},"outcome":{{"done":{{"draws":[1000.0,2000.0],"mean":{shift}1,"mean.running":[0.1,{shift}1],"variance":1.0}}}},"cost":{{"draws":2000}}}}"#
        ));
        lines.push('\n');
    }
    let failed = lines.replacen(
        "{\"done\":{\"draws\":[1000.0,2000.0],\"mean\":0.01,\"mean.running\":[0.1,0.01],\"variance\":1.0}}",
        "{\"failed\":{\"diverged\":{\"at\":\"mean\"}}}",
        2,
    );
    let full = files("output/loss-surface-full", "records.jsonl");
    // some lines of every stage of a real run
    let sample = full.iter().map(|bytes| {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let step = lines.len().div_ceil(24).max(1);
        let mut part = lines.iter().step_by(step).filter(|line| line.len() < 4000).copied();
        part.by_ref().take(12).collect::<Vec<_>>().concat()
    });
    [lines.into_bytes(), failed.into_bytes()].into_iter().chain(sample).collect()
}

/// A line of a journal with its checksum in order.
fn entry(json: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(json);
    let head = format!("{{\"crc32\":\"{:08x}\",\"record\":", crc.sum());
    [head.as_bytes(), json, b"}\n"].concat()
}

fn journals() -> Vec<Vec<u8>> {
    let whole = records().into_iter().flat_map(|records| {
        let lines: Vec<&[u8]> = records.trim_ascii_end().split(|byte| *byte == b'\n').collect();
        let sealed = lines.iter().flat_map(|line| entry(line)).collect();
        [records.clone(), sealed]
    });
    whole.collect()
}

/// Bytes as a journal: as they are, and with the checksum of every line mended.
fn journal(bytes: &[u8]) {
    FOLDER.with(|folder| {
        folder.write("manifest.json", folder.manifest(None).as_bytes());
        let _ = std::fs::remove_file(folder.folder.path().join("records.jsonl"));
        folder.write("records.partial.jsonl", bytes);
        folder.read();
        let mended: Vec<u8> = bytes.split(|byte| *byte == b'\n').flat_map(entry).collect();
        folder.write("records.partial.jsonl", &mended);
        folder.read();
    });
}

/// Bytes as complete records whose hash is in order.
fn complete(bytes: &[u8]) {
    FOLDER.with(|folder| {
        folder.write("manifest.json", folder.manifest(Some(bytes)).as_bytes());
        let _ = std::fs::remove_file(folder.folder.path().join("records.partial.jsonl"));
        folder.write("records.jsonl", bytes);
        folder.read();
    });
    // records of other plans do not get past the folder: judge those as well
    let lines = bytes.split(|byte| *byte == b'\n');
    let records = Records::new(lines.filter_map(|l| serde_json::from_slice(l).ok()).collect());
    for claim in measured() {
        claim.judge(&records);
    }
}

/// The claims about records; those about formulas alone read nothing, and some of them take seconds.
fn measured() -> Vec<hessian::lab::Claim> {
    let mut claims = hessian::claims::registry();
    claims.retain(|claim| !claim.simulator.is_empty());
    claims
}

fn manifests() -> Vec<Vec<u8>> {
    FOLDER.with(|folder| {
        let records = records().swap_remove(0);
        [folder.manifest(None), folder.manifest(Some(&records))].map(String::into_bytes).into()
    })
}

/// Bytes as the manifest of a folder whose records are in order.
fn manifest(bytes: &[u8]) {
    FOLDER.with(|folder| {
        thread_local!(static RECORDS: LazyCell<Vec<u8>> = LazyCell::new(|| records().swap_remove(0)));
        RECORDS.with(|records| folder.write("records.jsonl", records));
        RECORDS.with(|records| {
            let lines = records.trim_ascii_end().split(|byte| *byte == b'\n');
            folder.write("records.partial.jsonl", &lines.flat_map(entry).collect::<Vec<_>>());
        });
        folder.write("manifest.json", bytes);
        folder.read();
    });
}

fn tables() -> Vec<Vec<u8>> {
    let plain = b"x_box,y_box,letter\n2,8,T\n5,12.5,I\n1e3,-4,\"T\"\n".to_vec();
    let wide = format!("{},k\n{},1\n", vec!["a"; 200].join(","), vec!["1.5"; 200].join(","));
    let mut tables = vec![plain.clone(), wide.clone().into_bytes()];
    for text in [plain, wide.into_bytes(), b"x,k\n1,a\n".repeat(200)] {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&text).expect("memory");
        tables.push(packed.finish().expect("memory"));
    }
    tables
}

/// Bytes as a table: as they are, and packed, so that the text behind gzip is reached as well.
fn csv(bytes: &[u8]) {
    let read = |bytes: &[u8]| {
        if let Ok(table) = table::read(bytes, "fuzz.csv") {
            let rows = table.rows();
            if let Ok(mut split) = table.split(rows / 2, table.classes.len()) {
                split.standardise();
            }
        }
        let _ = table::letter(bytes, "fuzz.csv", 3);
    };
    read(bytes);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory");
    read(&packed.finish().expect("memory"));
}

/// Images and labels, plain and packed.
fn arrays() -> Vec<Vec<u8>> {
    let images = [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[7; 12]].concat();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 3][..], &[0, 1, 2]].concat();
    let mut arrays = vec![images.clone(), labels.clone()];
    for bytes in [images, labels] {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&bytes).expect("memory");
        arrays.push(packed.finish().expect("memory"));
    }
    arrays
}

/// Bytes as images and as labels: as they are, and packed.
fn images(bytes: &[u8]) {
    let [images, labels] = [0, 1].map(|i| idx::read(&arrays()[i], "seed").expect("in order"));
    let read = |bytes: &[u8]| {
        if let Ok(array) = idx::read(bytes, "fuzz.idx") {
            let _ = idx::images(&array, &labels, 2);
            let _ = idx::images(&images, &array, 2);
        }
    };
    read(bytes);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory");
    read(&packed.finish().expect("memory"));
}

fn tensors() -> Vec<Vec<u8>> {
    files("tests/oracles/interop", ".safetensors")
}

/// Bytes as weights of a network and as data; the header's length is mended as well, so that its
/// text is reached.
fn safetensors(bytes: &[u8]) {
    thread_local!(static PROGRAM: LazyCell<Program> = LazyCell::new(|| {
        let text = networks().swap_remove(0);
        let text = String::from_utf8(text).expect("text");
        Program::new(&Description::from_toml(&text).expect("in order")).expect("in order")
    }));
    let read = |bytes: &[u8]| {
        if let Ok(tensors) = read_tensors(bytes, "fuzz.safetensors") {
            PROGRAM.with(|program| {
                let _ = State::<f64>::from_tensors(program, &tensors, "fuzz.safetensors");
            });
        }
        if let Ok(mut data) = read_dataset(bytes, "fuzz.safetensors") {
            data.inputs.fill(0.0);
        }
    };
    read(bytes);
    if let Some(end) = bytes.iter().rposition(|byte| *byte == b'}')
        && end >= 8
    {
        let mut mended = bytes.to_vec();
        mended[..8].copy_from_slice(&(end as u64 - 7).to_le_bytes());
        read(&mended);
    }
}

fn networks() -> Vec<Vec<u8>> {
    let mut networks = files("tests/oracles/interop", "network.toml");
    networks.push(
        br#"input = 3
loss = "squared"
layers = [
  { kind = "residual", repeat = 2, scale = { learned = 0.5 }, branch = [
    { kind = "batch_norm", eps = 1e-5, momentum = 0.1 }, { kind = "relu" },
    { kind = "residual", scale = { fixed = 0.5 }, branch = [{ kind = "tanh" }] },
    { kind = "linear", out = 3, bias = false } ] },
  { kind = "softplus" }, { kind = "identity" }, { kind = "linear", out = 1 } ]
"#
        .to_vec(),
    );
    networks
}

fn network(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(description) = Description::from_toml(text) else { return };
    let Ok(program) = Program::new(&description) else { return };
    let names = program.layout.tensors().iter().map(|tensor| tensor.size());
    assert_eq!(names.sum::<usize>(), program.parameters());
}
