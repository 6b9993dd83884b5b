//! The page and the folder: self-contained, escaped, small, the same bytes each time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hessian::lab::Records;

use crate::sample::{HOSTILE, Sample, sample};

fn page(sample: &Sample) -> String {
    let folder = tempfile::tempdir().unwrap();
    sample.write(folder.path());
    std::fs::read_to_string(folder.path().join("report.html")).unwrap()
}

/// Every file below a folder with its bytes.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(bytes(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn the_returned_files_are_those_in_the_folder_and_repeat_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = sample(4).write(folder.path());
    let first = bytes(folder.path());
    written.sort();
    assert_eq!(written, first.keys().cloned().collect::<Vec<_>>());
    sample(4).write(folder.path());
    assert!(first == bytes(folder.path()), "a second report differs");
}

#[cfg(unix)]
#[test]
fn files_can_be_read_by_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let usual = plain.metadata().unwrap().permissions().mode();
    for path in sample(2).write(folder.path()) {
        assert_eq!(path.metadata().unwrap().permissions().mode(), usual, "{}", path.display());
    }
}

#[test]
fn nothing_outside_is_asked_for() {
    let page = page(&sample(4));
    assert!(page.contains("default-src 'none'"));
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    for scheme in ["http://", "https://", "//", "@import", "url("] {
        // a comment in the script would also hold two slashes: there is none
        assert!(!outside.contains(scheme), "{scheme}");
    }
    for attribute in [" src=", " href="] {
        for value in page.split(attribute).skip(1) {
            // hostile text holds such an attribute without a real quote behind it
            let Some(value) = value.strip_prefix('"') else { continue };
            let value = value.split('"').next().unwrap();
            let known = ["#", "tables/", "figures/", "records.jsonl", "data:,"];
            assert!(known.iter().any(|start| value.starts_with(start)), "{value}");
        }
    }
}

#[test]
fn links_within_the_page_lead_somewhere() {
    let page = page(&sample(4));
    for target in page.split("href=\"#").skip(1) {
        let target = target.split('"').next().unwrap();
        assert_eq!(page.matches(&format!(" id=\"{target}\"")).count(), 1, "{target}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let page = page(&sample(4));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("<b>"));
    assert!(page.contains("&lt;script&gt;window.broken = 1"));
    assert!(!page.contains('\u{0}') && !page.contains('\u{7}'));
    assert!(HOSTILE.contains('\u{0}'));
}

#[test]
fn a_claim_shows_all_that_was_stated() {
    let page = page(&sample(4));
    for text in [
        "The effective depth rises in training.",
        "equation 7 &amp; figure &lt;2&gt;",
        "Mean difference of depth.d5",
        "None is needed for a sign.",
        "≥ 0",
        "2.4 [1.9, 2.9]",
        "surprise: confirmed was expected",
        "1 of 4</td>",
        "href=\"#figure-depth\"",
        "hessian run sims/made-up.toml --profile quick",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert_eq!(page.matches("class=\"surprise\"").count(), 2);
}

#[test]
fn a_page_without_records_or_claims_is_a_page() {
    let mut empty = sample(1);
    empty.records = Records::default();
    empty.judgements.clear();
    empty.views.clear();
    empty.observables.clear();
    let page = page(&empty);
    assert!(page.contains("No claim reads these records."));
    assert!(page.contains("0 claims: 0 confirmed"));
    assert!(page.ends_with("</html>\n"));
}

#[test]
fn a_page_stays_below_three_megabytes() {
    let mut large = sample(4);
    assert!(page(&large).len() < 1_000_000);
    let some = large.judgements[1].findings.clone();
    large.judgements = (0..100).map(|i| large.judgements[i % 3].clone()).collect();
    for judgement in &mut large.judgements {
        judgement.findings = some.iter().cycle().take(3_000).cloned().collect();
    }
    large.views = (0..60).map(|i| large.views[i % 4].clone()).collect();
    let page = page(&large);
    assert!(page.len() < 3_000_000, "{}", page.len());
    assert!(page.contains("would make this page too large"));
    assert!(page.contains("This drawing would make the page too large"));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("occupied");
    std::fs::write(&file, "a file").unwrap();
    let sample = sample(1);
    let trouble = hessian::report::write(
        &file,
        &hessian::report::Input {
            title: "",
            summary: "",
            command: "",
            records: &sample.records,
            judgements: &[],
            expected: &sample.expected,
            views: &[],
            observables: &[],
            provenance: &sample.provenance,
        },
    )
    .unwrap_err();
    assert!(trouble.is_io() && trouble.to_string().contains("occupied"), "{trouble}");
}
