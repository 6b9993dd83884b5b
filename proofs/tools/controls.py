"""Show that each guard of check.py rejects its bad example, and that a clean one passes.

Each theory of controls/ names in its first line what must be reported, or `passes`. The ledger of
each is written here: one entry, the theorem `shown` of class none. Its prose is a heading with the
id, unless a comment `prose:` has another text or none.
controls/table.md is a table of status that is not the one of the ledger.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import check
import readme_table

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "controls"

LEDGER = """\
[[statement]]
id = "T1"
title = "control"
statement = "control"
source = "none"
status = "machine-checked"
axioms = "none"
uses = []
formal = "Control.shown"
prose = "text/Control.md"
code = []
tests = []
claims = []
"""
EXPECTED = "Control.shown\nControl.shown\n     : forall n : nat, n = n + 0\n"


def outcome(text):
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "theories").mkdir()
        theory = root / "theories" / "Control.v"
        theory.write_text(text)
        (root / "ledger.toml").write_text(LEDGER)
        (root / "statements.expected").write_text(EXPECTED)
        prose = re.search(r"\(\* prose: (.*?) \*\)", text)
        if not prose or prose[1] != "none":
            (root / "text").mkdir()
            (root / "text" / "Control.md").write_text(prose[1] if prose else "## T1, control")
        subprocess.run(
            ["coqc", "-q", "-Q", str(theory.parent), "Hessian", "-w", "none", str(theory)], check=True
        )
        return check.check(root)[0]


def main():
    failed = 0
    for path in sorted(FOLDER.glob("*.v")):
        text = path.read_text()
        wanted = re.match(r"\(\* control: (.*?) \*\)", text)[1]
        problems = outcome(text)
        met = not problems if wanted == "passes" else any(wanted in p for p in problems)
        print(f"{'ok  ' if met else 'FAIL'} {path.stem}: {wanted}")
        if not met:
            failed += 1
            print(*problems, sep="\n")
    stale = readme_table.problem((FOLDER / "table.md").read_text(), readme_table.statements())
    print(f"{'ok  ' if stale else 'FAIL'} table: {stale}")
    sys.exit(1 if failed or not stale else 0)


if __name__ == "__main__":
    main()
