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
    let shown = readme.split("<!-- verdicts:").nth(1).expect("the README marks its verdicts");
    let found = read("output/loss-surface-full/tables/verdicts.md");
    assert_eq!(table(shown), table(&found));
    assert!(table(shown).len() > 10);
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
