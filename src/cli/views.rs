//! The verbs that look at records that are there: `claims` and `report`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::conclude::Conclusion;
use crate::cli::registry::Registry;
use crate::cli::run::print;
use crate::cli::terminal::Terminal;
use crate::error::{Error, Result};
use crate::lab::{Archive, Shard, Statement};

/// Judges the records under `output`, as far as paper and sim are wanted.
pub(super) fn claims(
    paper: Option<&str>,
    sim: Option<&str>,
    output: &Path,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<u8> {
    let named =
        |name: &str| paper.is_none_or(|paper| name.to_lowercase().contains(&paper.to_lowercase()));
    let archives: Vec<Archive> = archives(output, terminal)?
        .into_iter()
        .filter(|archive| sim.is_none_or(|sim| archive.manifest.sim == sim))
        .collect();
    if let Some(paper) = paper {
        let declared = archives.iter().flat_map(|archive| &archive.spec.hypotheses);
        let mut papers: Vec<&str> = (registry.claims.iter().map(|claim| claim.paper))
            .chain(declared.map(|hypothesis| hypothesis.paper.as_str()))
            .collect();
        papers.sort_unstable();
        papers.dedup();
        if !papers.iter().any(|name| named(name)) {
            return Err(Error::spec(format!(
                "--paper {paper}: no claim is of such a paper; there are: {}",
                papers.join("; ")
            )));
        }
    }
    if archives.is_empty() {
        let of = sim.map_or_else(String::new, |sim| format!(" of sim `{sim}`"));
        return Err(Error::data(format!(
            "{}: there are no finished records{of} here; make some with `hessian run SPEC`",
            output.display()
        )));
    }
    let (mut texts, mut documents, mut code) = (Vec::new(), Vec::new(), 0);
    for archive in &archives {
        let records = archive.records()?;
        let of_paper = |claim: &Statement| named(&claim.paper);
        let conclusion =
            Conclusion::new(&archive.spec, &archive.manifest, &records, registry, of_paper)?;
        texts.push(conclusion.text());
        let mut document = conclusion.json();
        document["folder"] = json!(archive.folder);
        documents.push(document);
        code = code.max(conclusion.exit_code());
    }
    terminal.result(&texts.join("\n"), &json!(documents))?;
    Ok(code)
}

/// Rebuilds tables, figures and page of a folder from its records.
pub(super) fn report(folder: &Path, registry: &Registry, terminal: &Terminal) -> Result<u8> {
    let archive = Archive::open(folder)?;
    let shard = archive.manifest.shard()?;
    if shard != Shard::WHOLE {
        return Err(Error::data(format!(
            "{}: expected the records of a whole run, found those of shard {shard}, which decide nothing; \
             join all of them with `hessian merge`",
            folder.display()
        )));
    }
    let records = archive.records()?;
    let (spec, manifest) = (archive.spec.clone(), archive.manifest.clone());
    let conclusion = Conclusion::new(&spec, &manifest, &records, registry, |_| true)?;
    archive.seal(|| conclusion.write(folder))?;
    conclusion.warn_of_faults(terminal);
    print(&conclusion, folder, terminal)
}

/// The finished runs under a folder, in the order of their names.
pub(super) fn archives(output: &Path, terminal: &Terminal) -> Result<Vec<Archive>> {
    let entries = match std::fs::read_dir(output) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(output, &error, "make it readable")),
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("manifest.json").is_file())
        .collect();
    folders.sort();
    let mut archives = Vec::new();
    for folder in folders {
        let archive = Archive::open(&folder)?;
        if !archive.is_complete() {
            terminal.note(&format!("{}: not finished, left out", folder.display()));
        } else if archive.manifest.shard()? != Shard::WHOLE {
            terminal.note(&format!("{}: a shard, left out", folder.display()));
        } else {
            archives.push(archive);
        }
    }
    Ok(archives)
}
