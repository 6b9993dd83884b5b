//! The verbs that say what there is: `list` and `explain`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::args::Kind;
use crate::cli::conclude::Conclusion;
use crate::cli::ledger::{self, ledger};
use crate::cli::registry::Registry;
use crate::cli::table::{columns, paragraph, verdicts};
use crate::cli::terminal::Terminal;
use crate::cli::views::archives;
use crate::error::{Error, Result, nearest};
use crate::lab::{Archive, STATISTICS, Simulator, Spec, Statement, StatisticEntry};
use crate::network::LAYERS;

/// Lists one kind of things, or all.
pub(super) fn list(what: Option<Kind>, registry: &Registry, terminal: &Terminal) -> Result<u8> {
    let kinds = match what {
        Some(kind) => vec![kind],
        None => vec![Kind::Sims, Kind::Claims, Kind::Statistics, Kind::Observables, Kind::Layers],
    };
    let mut texts = Vec::new();
    let mut document = serde_json::Map::new();
    for kind in kinds {
        match kind {
            Kind::Sims => sims(registry, terminal, &mut texts, &mut document)?,
            Kind::Claims => claims(registry, terminal, &mut texts, &mut document)?,
            Kind::Statistics => statistics(&mut texts, &mut document),
            Kind::Observables => observables(registry, &mut texts, &mut document),
            Kind::Layers => layers(&mut texts, &mut document),
        }
    }
    terminal.result(&texts.join("\n"), &document.into())?;
    Ok(0)
}

type Document = serde_json::Map<String, serde_json::Value>;

fn sims(
    registry: &Registry,
    terminal: &Terminal,
    texts: &mut Vec<String>,
    document: &mut Document,
) -> Result<()> {
    let mut rows = vec![row(["sim", "profiles", "simulator", "title", "file"])];
    let mut entries = Vec::new();
    for (path, spec) in specifications(terminal)? {
        let profiles: Vec<&str> = spec.profiles.keys().map(String::as_str).collect();
        let file = path.display().to_string();
        rows.push(row([&spec.id, &profiles.join(", "), &spec.simulators(), &spec.title, &file]));
        entries.push(json!({
            "id": spec.id,
            "profiles": profiles,
            "simulator": spec.simulators(),
            "title": spec.title,
            "file": path,
        }));
    }
    texts.push(columns(&rows));
    document.insert("sims".to_owned(), entries.into());

    let mut rows = vec![row(["simulator", "what it does"])];
    let mut entries = Vec::new();
    for simulator in &registry.simulators {
        rows.push(row([simulator.id(), simulator.summary()]));
        entries.push(json!({ "id": simulator.id(), "summary": simulator.summary() }));
    }
    texts.push(columns(&rows));
    document.insert("simulators".to_owned(), entries.into());
    Ok(())
}

/// The specifications under `sims/` of the current folder, with their files.
fn specifications(terminal: &Terminal) -> Result<Vec<(PathBuf, Spec)>> {
    let folder = Path::new("sims");
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(folder, &error, "make it readable")),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut specs = Vec::new();
    for path in files {
        // a file that cannot be read must not hide the others
        match Spec::read(&path) {
            Ok(spec) => specs.push((path, spec)),
            Err(error) => terminal.warn(&error.to_string()),
        }
    }
    Ok(specs)
}

fn claims(
    registry: &Registry,
    terminal: &Terminal,
    texts: &mut Vec<String>,
    document: &mut Document,
) -> Result<()> {
    let mut statements: Vec<Statement> = registry.claims.iter().map(Statement::from).collect();
    for (_, spec) in specifications(terminal)? {
        statements.extend(spec.hypotheses.iter().map(|one| one.statement(&spec, &spec.place)));
    }
    let mut rows = vec![row(["claim", "paper", "source", "statement"])];
    for Statement { id, paper, source, statement, .. } in &statements {
        rows.push(row([id, paper, source, statement]));
    }
    texts.push(columns(&rows));
    document.insert("claims".to_owned(), json!(statements));
    Ok(())
}

fn statistics(texts: &mut Vec<String>, document: &mut Document) {
    let mut rows = vec![row(["statistic", "meaning", "needs", "predictions"])];
    for StatisticEntry { name, meaning, keys, predictions } in STATISTICS {
        rows.push(row([name, meaning, keys, predictions]));
    }
    texts.push(columns(&rows));
    document.insert("statistics".to_owned(), json!(STATISTICS));
}

fn observables(registry: &Registry, texts: &mut Vec<String>, document: &mut Document) {
    let mut rows = vec![row(["simulator", "observable", "axes", "unit", "definition"])];
    let mut entries = Vec::new();
    for simulator in &registry.simulators {
        for observable in simulator.observables() {
            let axes = observable.axes.join(" x ");
            rows.push(row([
                simulator.id(),
                observable.name,
                &axes,
                observable.unit,
                observable.definition,
            ]));
            entries.push(json!({
                "simulator": simulator.id(),
                "name": observable.name,
                "axes": observable.axes,
                "unit": observable.unit,
                "definition": observable.definition,
            }));
        }
    }
    texts.push(columns(&rows));
    document.insert("observables".to_owned(), entries.into());
}

fn layers(texts: &mut Vec<String>, document: &mut Document) {
    let mut rows = vec![row(["layer", "meaning", "keys"])];
    let mut entries = Vec::new();
    for (kind, keys, meaning) in LAYERS {
        rows.push(row([kind, meaning, keys]));
        entries.push(json!({ "kind": kind, "keys": keys, "meaning": meaning }));
    }
    texts.push(columns(&rows));
    document.insert("layers".to_owned(), entries.into());
}

/// Explains a claim, a simulator, an observable or a proposition of the ledger.
pub(super) fn explain(
    id: &str,
    output: &Path,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let archives = archives(output, terminal)?;
    if let Ok(claim) = registry.claim(id) {
        return explain_claim(&claim.into(), &archives, registry, terminal);
    }
    // a hypothesis of a specification here, or of one whose records are here
    let here = specifications(terminal)?;
    let specs = here.iter().map(|(_, spec)| spec).chain(archives.iter().map(|one| &one.spec));
    for spec in specs.clone() {
        if let Some(hypothesis) = spec.hypotheses.iter().find(|one| one.id == id) {
            let statement = hypothesis.statement(spec, &spec.place);
            return explain_claim(&statement, &archives, registry, terminal);
        }
    }
    let hypotheses: Vec<&str> =
        specs.flat_map(|spec| &spec.hypotheses).map(|one| one.id.as_str()).collect();
    let ledger = ledger()?;
    let mut texts = Vec::new();
    let mut found = Vec::new();
    for statement in ledger.iter().filter(|statement| statement.id == id) {
        texts.push(statement.text());
        found.push(json!(statement));
    }
    for simulator in &registry.simulators {
        if simulator.id() == id {
            texts.push(explain_simulator(*simulator));
            found.push(json!({ "simulator": id, "summary": simulator.summary() }));
        }
        for observable in simulator.observables().iter().filter(|one| one.name == id) {
            let axes = match observable.axes {
                [] => "a number".to_owned(),
                axes => axes.join(" x "),
            };
            texts.push(
                [
                    ("observable", observable.name),
                    ("simulator", simulator.id()),
                    ("axes", &axes),
                    ("unit", observable.unit),
                    ("definition", observable.definition),
                ]
                .map(|(name, text)| paragraph(name, text))
                .concat(),
            );
            found.push(json!({
                "observable": id,
                "simulator": simulator.id(),
                "axes": observable.axes,
                "unit": observable.unit,
                "definition": observable.definition,
            }));
        }
    }
    if found.is_empty() {
        let observables = registry.simulators.iter().flat_map(|one| one.observables());
        let known: Vec<&str> = (registry.claims.iter().map(|claim| claim.id))
            .chain(hypotheses)
            .chain(registry.simulators.iter().map(|simulator| simulator.id()))
            .chain(observables.map(|observable| observable.name))
            .chain(ledger.iter().map(|statement| statement.id.as_str()))
            .collect();
        let hint =
            nearest(id, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Error::spec(format!(
            "there is no claim, simulator, observable or proposition `{id}`{hint}; `hessian list` shows all"
        )));
    }
    terminal.result(&texts.join("\n"), &json!(found))?;
    Ok(0)
}

fn explain_simulator(simulator: &dyn Simulator) -> String {
    let observables = simulator.observables();
    let names: Vec<&str> = observables.iter().map(|observable| observable.name).collect();
    [
        paragraph("simulator", simulator.id()),
        paragraph("summary", simulator.summary()),
        paragraph("observables", &names.join(", ")),
    ]
    .concat()
}

fn explain_claim(
    claim: &Statement,
    archives: &[Archive],
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let observables = claim.observables.join(", ");
    let mut text: String = [
        ("claim", &claim.id),
        ("paper", &claim.paper),
        ("source", &claim.source),
        ("statement", &claim.statement),
        ("statistic", &claim.statistic),
        ("prediction", &claim.prediction),
        ("margin", &claim.margin),
        ("simulator", &claim.simulator),
        ("observables", &observables),
        ("code", &claim.code),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(name, text)| paragraph(name, text))
    .collect();
    let mut document = json!(claim);
    let ledger = ledger()?;
    let behind = || ledger.iter().filter(|one| one.claims.contains(&claim.id));
    let lines: Vec<String> = behind().map(ledger::Statement::line).collect();
    if !lines.is_empty() {
        text.push_str(&paragraph("rests on", &lines.join("; ")));
    }
    document["rests_on"] = behind().map(|one| one.id.as_str()).collect();
    let mut findings = Vec::new();
    for archive in archives {
        let expected = &archive.spec.profile(&archive.manifest.profile)?.expected;
        let own = archive.spec.hypotheses.iter().any(|one| one.id == claim.id);
        if !own && !expected.contains_key(&claim.id) {
            continue;
        }
        let records = archive.records()?;
        let only = |one: &Statement| one.id == claim.id;
        let conclusion =
            Conclusion::new(&archive.spec, &archive.manifest, &records, registry, only)?;
        let folder = archive.folder.display().to_string();
        text.push_str(&format!("\nfound in {folder}:\n"));
        text.push_str(&verdicts(conclusion.judgements(), expected));
        let mut found = conclusion.json();
        found["folder"] = json!(folder);
        findings.push(found);
    }
    document["found"] = findings.into();
    terminal.result(&text, &document)?;
    Ok(0)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}
