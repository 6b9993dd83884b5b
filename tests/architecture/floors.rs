//! Imports go down only, by the table in the crate's front page.

use std::collections::BTreeMap;

use crate::source::{code, files, modules, root};

/// The floor of every module, from the table of `src/lib.rs`.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let Some((floor, names)) = line.split_once(" | ") else { continue };
        let Ok(floor) = floor.parse() else { continue };
        for name in names.split('`').skip(1).step_by(2) {
            assert_eq!(floors.insert(name.to_owned(), floor), None, "{name} stands twice");
        }
    }
    floors
}

/// What is wrong with the imports of one file of `module`: it may name itself and lower floors.
fn climbs(module: &str, text: &str, floors: &BTreeMap<String, u32>) -> Vec<String> {
    let own = floors[module];
    modules(&code(text))
        .into_iter()
        .filter(|name| name != module)
        // items that the crate's root re-exports have no floor of their own
        .filter_map(|name| Some((floors.get(&name)?, name)))
        .filter(|(floor, _)| **floor >= own)
        .map(|(floor, name)| format!("{module} (floor {own}) names {name} (floor {floor})"))
        .collect()
}

fn table() -> BTreeMap<String, u32> {
    floors(&std::fs::read_to_string(root().join("src/lib.rs")).unwrap())
}

#[test]
fn no_import_climbs() {
    let floors = table();
    let source = root().join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files(&source, "rs") {
        let name = path.strip_prefix(&source).unwrap();
        let module = name.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if ["lib", "main", "build"].contains(&module) {
            continue;
        }
        seen += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        wrong.extend(
            climbs(module, &text, &floors).iter().map(|what| format!("{}: {what}", name.display())),
        );
    }
    assert!(seen > 20, "only {seen} files were read");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_table_lists_every_module_once() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut declared: Vec<String> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    declared.sort();
    assert_eq!(declared, table().into_keys().collect::<Vec<_>>());
}

#[test]
fn one_module_names_faer() {
    let source = root().join("src");
    let mut wrong: Vec<String> = Vec::new();
    for path in files(&source, "rs") {
        let name = path.strip_prefix(&source).unwrap();
        let text = code(&std::fs::read_to_string(&path).unwrap());
        if text.contains("faer::") && !name.starts_with("linalg") {
            wrong.push(name.display().to_string());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The guard fires on each way to write a climbing import, and on no other.
#[test]
fn the_guard_fires_on_bad_fixtures() {
    let floors = table();
    for bad in [
        "use crate::lab::Record;",
        "use crate::{error::Error, lab::{Record, Value}};",
        "use crate::{\n    error,\n    report,\n};",
        "fn f() { crate::cli::main(); }",
        "pub(crate) use crate::network as n; // as it were",
        // a neighbour on the same floor is no lower floor
        "use crate::stats::Estimate;",
    ] {
        assert_eq!(climbs("operator", bad, &floors).len(), 1, "{bad}");
    }
    for good in [
        "use crate::error::Error;",
        "use crate::operator::dense;",
        "use crate::{Error, Result};",
        "/// See [`Fault`](crate::lab::Fault).\nuse crate::random::Stream;",
        "use other_crate::lab::Record;",
        "pub(crate) fn lab() {}",
        "#[cfg(test)]\nmod tests { use crate::lab::Record; }",
    ] {
        assert_eq!(climbs("operator", good, &floors), Vec::<String>::new(), "{good}");
    }
}
