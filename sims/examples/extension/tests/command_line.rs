//! The built command line knows the simulator and the claim of this crate beside those of `hessian`.

use std::path::Path;
use std::process::{Command, Output};

fn extension(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_extension"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the binary was built")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_sim_runs_and_its_claims_are_judged() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let sim = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim.toml");
    let run = extension(&folder, &["run", sim.to_str().unwrap(), "--out", "out"]);
    let shown = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{shown}{}", text(&run.stderr));
    let line = |id: &str| shown.lines().find(|line| line.starts_with(id)).map(str::to_owned);
    for id in ["X-01", "X-02"] {
        assert!(line(id).is_some_and(|line| line.contains("confirmed")), "{id} in:\n{shown}");
    }
    let explained = extension(&folder, &["explain", "X-01", "--output", "."]);
    assert!(text(&explained.stdout).contains("found in ./out"), "{}", text(&explained.stdout));
}

#[test]
fn its_lists_hold_both() {
    let claims = extension(Path::new("."), &["list", "claims", "--json"]);
    let claims = text(&claims.stdout);
    assert!(claims.contains("\"X-01\"") && claims.contains("\"P37\""), "{claims}");
    let observables = extension(Path::new("."), &["list", "observables"]);
    assert!(text(&observables.stdout).contains("random-walk"));
}
