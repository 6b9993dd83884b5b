"""Show that each guard of check.py rejects its bad example, and that a clean one passes.

Each file of controls/ is a theory; its first line names what must be reported, or `passes`.
The ledger of each is written here: one entry, the theorem `shown` of class none.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import check

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
prose = "Control.md"
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
        if "without prose" not in text:
            (root / "Control.md").write_text("")
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
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
