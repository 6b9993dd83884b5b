//! Bad specifications and arguments: exit code 2, a message with what, where and what to do, and
//! nothing left behind.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::bench::{Bench, SHORT};

/// The short specification with one text in place of another is refused with these words.
#[track_caller]
fn refused(from: &str, to: &str, words: &[&str]) {
    assert!(SHORT.contains(from), "the specification has no `{from}`");
    let bench = Bench::new(&SHORT.replacen(from, to, 1));
    let mut assert = bench.hessian("run sim.toml --out out").assert().code(2).stdout("");
    for word in words {
        assert = assert.stderr(contains(*word));
    }
    assert!(!bench.path("out").exists(), "a refused specification left files behind");
}

#[test]
fn unknown_keys_are_named_with_their_place_and_the_nearest_known_word() {
    refused("seed", "sede", &["sim.toml:6:1", "`sede`", "did you mean `seed`?"]);
    refused("replicates", "replicatse", &["sim.toml:13:1", "did you mean `replicates`?"]);
    refused("[grid]", "[grids]", &["did you mean `grid`?"]);
}

#[test]
fn unknown_words_are_named_with_the_nearest_known_word() {
    refused("\"gaussian-mean\"", "\"gausian-mean\"", &["did you mean `gaussian-mean`?"]);
    refused("S-01", "S-10", &["profile.quick.expected", "no claim `S-10`", "`S-01`"]);
    refused("\"confirmed\"", "\"confrimed\"", &["sim.toml:14", "did you mean `confirmed`?"]);
}

#[test]
fn unknown_parameters_and_wrong_types_are_named_with_their_cell() {
    refused("shift = [", "shfit = [", &["`shfit`", "did you mean `shift`?"]);
    refused("n = [2000]", "n = [2000, \"many\"]", &["n = \"many\"", "parameter `n`", "string"]);
    refused("n = [2000]", "n = [-5]", &["n = -5", "parameter `n`"]);
    refused("n = [2000]", "n = [1]", &["expected 2 to 100000000 draws, found 1"]);
    refused("n = [2000]", "m = [1]", &["unknown field `m`, expected one of `n`"]);
}

#[test]
fn wrong_types_in_the_specification_are_named_with_their_place() {
    refused("seed = 1", "seed = \"one\"", &["sim.toml:6:8", "string", "u64"]);
    refused("seed = 1", "seed = -1", &["sim.toml:6:8", "-1"]);
    refused("replicates = 6", "replicates = 0", &["replicates = 0", "at least 1"]);
    refused("replicates = 6", "replicates = { shift = [6, 3] }", &["sim.toml:13", "[[stage]]"]);
    refused("n = [2000]", "n = 2000", &["grid.n", "[parameters]"]);
    refused("n = [2000]", "n = []", &["grid.n is empty"]);
    refused("n = [2000]", "n = [2000, 2000]", &["grid.n holds 2000 twice"]);
    refused("shift = [0.0, 0.5]", "shift = [nan]", &["grid.shift", "finite"]);
    refused("shift = [0.0, 0.5]", "shift = [1979-05-27]", &["grid.shift", "date"]);
    refused("id = \"bench\"", "id = \"../bench\"", &["../bench", "lower-case letters"]);
    refused("id = \"bench\"", "", &["missing field `id`"]);
    refused("seed = 1", "seed = 1\nallowed_faults = 2.0", &["allowed_faults = 2", "fraction"]);
    refused("[grid]", "[grid", &["sim.toml:8"]);
}

#[test]
fn parameters_given_twice_are_refused() {
    refused("[grid]", "[parameters]\nn = 5\n[grid]", &["`n` is in [parameters] and in [grid]"]);
    let twice = "replicates = 6\nparameters = { n = 5 }";
    refused("replicates = 6", twice, &["`n` is in [profile.quick] parameters and in [grid]"]);
}

#[test]
fn stages_that_do_not_fit_are_refused() {
    // the short specification with stages in place of its simulator and grid
    let refused = |stages: &str, word: &str| {
        let text = SHORT
            .replace("simulator = \"gaussian-mean\"\n", "")
            .replace("[grid]\nn = [2000]\nshift = [0.0, 0.5]\n", stages);
        let bench = Bench::new(&text);
        bench.hessian("run sim.toml --out out").assert().code(2).stderr(contains(word.to_owned()));
        assert!(!bench.path("out").exists());
    };
    let stage = |text: &str| {
        let simulator = "simulator = 'gaussian-mean'\nparameters = { n = 9 }";
        format!("[[stage]]\nid = \"a\"\n{simulator}\n{text}\n")
    };
    refused("", "found neither");
    refused(&format!("{}[grid]\nn = [1]\n", stage("")), "at the top as well");
    refused(&[stage(""), stage("")].concat(), "`a` is there twice");
    refused(&stage("profile.quik = {}"), "did you mean `quick`?");
    refused(&stage("profile.quick = { replicates = 0 }"), "stage `a`: profile.quick");
    let by = |replicates: &str| {
        stage(&format!(
            "grid = {{ shift = [0, 1] }}\nprofile.quick = {{ replicates = {replicates} }}"
        ))
    };
    refused(&by("'many'"), "one for each value of a parameter of the grid");
    refused(&by("{ shift = 3 }"), "one for each value of a parameter of the grid");
    refused(&by("{}"), "expected one parameter of the grid, found 0");
    refused(&by("{ shfit = [3, 1] }"), "no `shfit` in the grid; did you mean `shift`?");
    refused(&by("{ shift = [3] }"), "for each of the 2 values of grid.shift");
    refused(&by("{ shift = [3, 0] }"), "shift = [3, 0]: expected a number of at least 1");
    refused(&by("{ shift = [7, 3] }"), "7 is no multiple of the fewest, 3");
    refused(&by("{ shift = [10000000, 1] }"), "10000000 tasks");
    refused(&stage("profile.quick = { replicates = { n = [1] } }"), "there is no grid");
    refused(&stage("grid = { n = [1] }"), "stage `a`: `n` is in [parameters]");
    refused(&stage("grid = { stage = [1] }"), "the parameter `stage` is its id");
    refused(&stage("grid = { shfit = [1] }"), "stage `a`, shfit = 1: parameter `shfit`");
}

/// Each value of a parameter has its own number of replicates, and the first of them are those of a
/// stage with fewer; `--replicates` overrides all.
#[test]
fn replicates_may_depend_on_a_parameter_of_the_grid() {
    let stages = |replicates: &str| {
        // what few replicates decide is not the matter
        let text = SHORT.replace("expected = { S-01 = \"confirmed\" }\n", "");
        text.replace("simulator = \"gaussian-mean\"\n", "").replace(
            "[grid]\nn = [2000]\nshift = [0.0, 0.5]\n",
            &format!(
                "[[stage]]\nid = 'a'\nsimulator = 'gaussian-mean'\n\
                 grid = {{ n = [2000], shift = [0.0, 0.5] }}\n\
                 profile.quick = {{ replicates = {replicates} }}\n"
            ),
        )
    };
    // by cell, the outcomes of its replicates
    let outcomes = |text: &str, arguments: &str| {
        let bench = Bench::new(text);
        bench.hessian(&format!("run sim.toml --out out {arguments}")).assert().success();
        let mut cells: Vec<Vec<serde_json::Value>> = Vec::new();
        for line in bench.read("out/records.jsonl").lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let cell = record["cell"].as_u64().unwrap() as usize;
            cells.resize_with(cells.len().max(cell + 1), Vec::new);
            assert_eq!(record["replicate"], cells[cell].len());
            cells[cell].push(record["outcome"].clone());
        }
        cells
    };
    let by_shift = outcomes(&stages("{ shift = [6, 3] }"), "");
    assert_eq!(by_shift.iter().map(Vec::len).collect::<Vec<_>>(), [6, 3]);
    let all = outcomes(&stages("{ shift = [6, 3] }"), "--replicates 5");
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [5; 2]);
    for (some, all) in by_shift.iter().zip(&all) {
        let both = some.len().min(all.len());
        assert_eq!(some[..both], all[..both]);
    }
}

#[test]
fn plans_beyond_memory_are_refused_before_any_work() {
    let huge = "replicates = 1000000000000";
    refused("replicates = 6", huge, &["1000000000000 replicates", "beyond 10000000 tasks"]);
    let axis = |name: &str| {
        format!("{name} = [{}]\n", (0..1000).map(|i| i.to_string()).collect::<Vec<_>>().join(","))
    };
    refused("[grid]", &format!("[grid]\n{}{}", axis("a"), axis("b")), &["100000 cells"]);
}

#[test]
fn missing_inputs_are_named_with_what_asks_for_them() {
    let inputs = "[inputs]\ntable = \"no/such.csv\"\n[grid]";
    refused("[grid]", inputs, &["sim.toml", "no/such.csv", "input `table`", "restore the file"]);
}

#[test]
fn arguments_that_cannot_be_honoured_are_refused() {
    let bench = Bench::new(SHORT);
    let refused = |arguments: &str, word: &str| {
        bench.hessian(arguments).assert().code(2).stdout("").stderr(contains(word));
    };
    refused("run no.toml", "no.toml: No such file");
    refused("run sim.toml --profile quik", "did you mean `quick`?");
    refused("run sim.toml --profile full", "it has: quick");
    refused("run sim.toml --shard 3/3", "0 <= i < n");
    refused("run sim.toml --shard 1", "0 <= i < n");
    refused("run sim.toml --replicates 0", "--replicates");
    refused("run sim.toml --threads 0", "--threads");
    refused("rum sim.toml", "'run'");
    refused("explain S-1", "did you mean `S-01`?");
    refused("claims", "there are no finished records");
    refused("claims --paper nobody", "self-test");
    refused("report nowhere", "nowhere: there is no manifest.json here");
    refused("merge nowhere", "nowhere: there is no manifest.json here");
    assert!(!bench.path("output").exists());
}

#[test]
fn help_and_version_are_no_errors() {
    let bench = Bench::new(SHORT);
    bench.hessian("--help").assert().code(0).stdout(contains("Usage").and(contains("merge")));
    bench.hessian("--version").assert().code(0).stdout(contains(env!("CARGO_PKG_VERSION")));
}
