//! The README shows what a command printed: its verdicts are those of the committed full profile,
//! and what it links to is there.

use crate::source::root;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of the first table in a text.
fn table(text: &str) -> Vec<&str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with('|'));
    lines.by_ref().take_while(|line| line.starts_with('|')).collect()
}

#[test]
fn verdicts_are_those_of_the_committed_records() {
    let readme = read("README.md");
    for (mark, run, claims) in [
        ("verdicts", "loss-surface-full", 12),
        ("landscape", "critical-points-full", 11),
        ("descents", "descent-full", 9),
        ("langevin", "langevin-full", 3),
    ] {
        let mark = format!("<!-- {mark}:");
        let shown = readme.split(&mark).nth(1).expect("the README marks its verdicts");
        let found = read(&format!("output/{run}/tables/verdicts.md"));
        assert_eq!(table(shown), table(&found), "{run}");
        // two lines of heading
        assert_eq!(table(shown).len(), claims + 2, "{run}");
    }
}

/// The cells of a table's line.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

/// The decisive findings of a file of verdicts, each with its claim's statement.
fn decisive(found: &str) -> Vec<String> {
    let claims = table(found);
    let rest = found.lines().skip_while(|line| !line.starts_with("| claim | slice"));
    let findings: Vec<&str> = rest.collect();
    let mut lines = vec![
        "| assumption | measured | value | needed | verdict |".to_owned(),
        "| --- | --- | --- | --- | --- |".to_owned(),
    ];
    let mut last = "";
    for finding in table(&findings.join("\n"))[2..].iter().map(|line| cells(line)) {
        let [id, slice, value, _, prediction, decisive, verdict] = finding[..] else {
            panic!("{finding:?} has another number of cells");
        };
        if decisive != "yes" {
            continue;
        }
        let claim = claims.iter().map(|line| cells(line)).find(|claim| claim[0] == id).unwrap();
        // the statement stands beside its first finding
        let statement = claim[2].trim_start_matches("Assumption: ");
        let first = if id == last { String::new() } else { format!("{id}: {statement}") };
        lines.push(format!("| {first} | {slice} | {value} | {prediction} | {verdict} |"));
        last = id;
    }
    lines
}

#[test]
fn assumptions_are_those_of_the_committed_records() {
    let readme = read("README.md");
    let shown = readme.split("<!-- assumptions:").nth(1).expect("the README marks its assumptions");
    let found = decisive(&read("output/assumptions-full/tables/verdicts.md"));
    assert_eq!(table(shown), found, "the table should be:\n{}", found.join("\n"));
    assert!((1..=14).all(|n| found.iter().any(|line| line.contains(&format!("A-{n:02}:")))));
}

#[test]
fn links_lead_somewhere() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut count = 0;
    for link in links {
        assert!(root().join(link).exists(), "README.md links to {link}");
        count += 1;
    }
    assert!(count > 3);
}
