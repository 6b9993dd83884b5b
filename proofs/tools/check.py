"""Check theories, ledger, axioms and statements of a folder (default: proofs/).

check.py [--write] [FOLDER]

The theories must be built. Prints what is wrong and exits with 1; --write writes
statements.expected instead of comparing with it.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

REALS = {
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
}
CLASSES = {
    "none": set(),
    "reals": REALS,
    "reals+classic": REALS | {"Classical_Prop.classic"},
}
STATUSES = {"machine-checked", "proved on paper", "assumed", "refuted numerically"}
KEYS = {
    "id": str, "title": str, "statement": str, "source": str, "status": str, "uses": list,
    "code": list, "tests": list, "claims": list, "axioms": str, "formal": str, "prose": str,
}
REQUIRED = ["id", "title", "statement", "source", "status", "uses", "code", "tests", "claims"]

FORBIDDEN = re.compile(
    r"(?<![\w'])(Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?|Abort|bypass_check"
    r"|Unset\s+(?:Guard|Positivity|Universe)\s+Checking)(?![\w'])"
)
LOCAL_ONLY = re.compile(r"^(?:Local\s+|Global\s+)?(Variables?|Hypothes[ei]s|Context)\b")
NAMED = r"^(?:#\[[^]]*\]\s*)?(?:Local\s+|Global\s+)?(?:{})\s+([\w']+)"
THEOREM = re.compile(NAMED.format("Theorem"))
DEFINITION = re.compile(NAMED.format("Definition|Fixpoint|Inductive|Record"))

# The axioms of these are asked for all at once: each alone takes seconds.
TOGETHER = "Enclosures."

PREAMBLE = """\
From Coq Require Import Reals.
From mathcomp Require Import all_ssreflect all_algebra.
"""


def strip(text):
    """The text without comments (they nest) and strings; line breaks stay."""
    out, depth, i, quoted = [], 0, 0, False
    while i < len(text):
        two = text[i : i + 2]
        if not quoted and two == "(*":
            depth, i = depth + 1, i + 2
        elif not quoted and depth and two == "*)":
            depth, i = depth - 1, i + 2
            out.append(" ")
        else:
            if text[i] == '"':
                quoted = not quoted
            elif text[i] == "\n" or not (depth or quoted):
                out.append(text[i])
            i += 1
    return "".join(out)


def sentences(text):
    """Each sentence of a stripped text, with its line."""
    start = 0
    for end in re.finditer(r"\.(?=\s|$)", text):
        sentence = text[start : end.start()]
        skipped = len(sentence) - len(sentence.lstrip())
        # bullets and braces may stand before a command
        yield text.count("\n", 0, start + skipped) + 1, sentence.strip().lstrip("{}-+* \n")
        start = end.end()


def scan(path, problems):
    """Forbidden words and open assumptions of a file; its theorems and definitions."""
    text = strip(path.read_text())
    name = f"{path.parent.name}/{path.name}"
    for number, line in enumerate(text.split("\n"), 1):
        for word in FORBIDDEN.findall(line):
            problems.append(f"{name}:{number}: forbidden word {word}")
    open_blocks, theorems, definitions = [], [], []
    for number, sentence in sentences(text):
        if block := re.match(r"(Section|Module(?:\s+Type)?)\s+([\w']+)", sentence):
            if block[1] == "Section" or ":=" not in sentence:
                open_blocks.append((block[1], block[2]))
        elif (end := re.match(r"End\s+([\w']+)$", sentence)) and open_blocks:
            open_blocks.pop()
        elif (found := LOCAL_ONLY.match(sentence)) and "Section" not in [b[0] for b in open_blocks]:
            problems.append(f"{name}:{number}: {found[1]} outside of a section")
        elif found := THEOREM.match(sentence):
            theorems.append(f"{path.stem}.{found[1]}")
        elif found := DEFINITION.match(sentence):
            definitions.append(f"{path.stem}.{found[1]}")
    return theorems, definitions


def read_ledger(root, problems):
    statements = tomllib.loads((root / "ledger.toml").read_text())["statement"]
    ids = [s.get("id") for s in statements]
    for twice, count in collections.Counter(ids).items():
        if count > 1:
            problems.append(f"ledger.toml: {twice} occurs {count} times")
    for s in statements:
        place = f"ledger.toml: {s.get('id')}"
        for key, value in s.items():
            if key not in KEYS or not isinstance(value, KEYS[key]):
                problems.append(f"{place}: unexpected {key}")
        problems += [f"{place}: no {key}" for key in REQUIRED if key not in s]
        if s.get("status") not in STATUSES:
            problems.append(f"{place}: unknown status {s.get('status')}")
        problems += [f"{place}: uses {u}, not in the ledger" for u in s.get("uses", []) if u not in ids]
        checked = s.get("status") == "machine-checked"
        if checked != ("formal" in s) or checked != ("axioms" in s):
            problems.append(f"{place}: formal and axioms belong to machine-checked statements")
        if "axioms" in s and s["axioms"] not in CLASSES:
            problems.append(f"{place}: unknown class of axioms {s['axioms']}")
        if checked and "prose" not in s:
            problems.append(f"{place}: no prose")
        if "prose" in s:
            problems += [f"{place}: {p}" for p in prose_problems(root / s["prose"], s["prose"], s["id"])]
    return [s for s in statements if "formal" in s]


def prose_problems(path, name, id):
    """The prose of a statement exists and has it in a heading or a table: T1.10 is not T1.1."""
    if not path.is_file():
        return [f"{name} does not exist"]
    named = re.compile(rf"^[#|].*(?<![\w.]){re.escape(id)}(?!\d|\.\d)", re.MULTILINE)
    return [] if named.search(path.read_text()) else [f"{name} has no heading for it"]


def ask(root, names, definitions):
    """What Rocq prints: the axioms of each name, and the text of all statements."""
    modules = sorted(path.stem for path in (root / "theories").glob("*.v"))
    with_r = [m for m in ["Sums"] if m in modules]
    lines = [PREAMBLE] if root.joinpath("theories", "Sums.v").exists() else []
    lines += [f"From Hessian Require {m}." for m in modules]
    lines += [f"From Hessian Require Import {m}." for m in with_r]
    lines += ["Set Printing Width 100."]

    def marked(mark, command):
        return f'Goal True. idtac "@@ {mark}". Abort.\n{command}'

    single = [n for n in names if not n.startswith(TOGETHER)]
    group = [n for n in names if n.startswith(TOGETHER)]
    lines += [marked(f"A {n}", f"Print Assumptions Hessian.{n}.") for n in single]
    if group:
        members = ", ".join(f"Hessian.{n}" for n in group)
        lines += [f"Definition together := ({members}).", marked("A together", "Print Assumptions together.")]
    lines += [marked(f"S {n}", f"Check @Hessian.{n}.") for n in names]
    lines += [marked(f"D {n}", f"Print Hessian.{n}.") for n in definitions]
    with tempfile.TemporaryDirectory() as folder:
        asked = pathlib.Path(folder) / "asked.v"
        asked.write_text("\n".join(lines) + "\n")
        run = subprocess.run(
            ["coqc", "-q", "-Q", str(root / "theories"), "Hessian", "-w", "none", str(asked)],
            capture_output=True, text=True, timeout=600, cwd=folder,
        )
    if run.returncode != 0:
        sys.exit(f"coqc: {run.stderr.strip()}\n(are the theories built?)")
    axioms, statements = {}, []
    for part in run.stdout.split("@@ ")[1:]:
        head, _, body = part.partition("\n")
        kind, name = head.split()
        if kind == "A":
            axioms[name] = read_axioms(body)
        else:
            statements.append(f"{name}\n{body.rstrip()}\n")
    axioms |= {n: axioms["together"] for n in group}
    return axioms, "\n".join(statements)


def read_axioms(body):
    if body.strip() == "Closed under the global context":
        return set()
    # a name stands at the start of a line, its type after a colon or on the next line
    found = set(re.findall(r"^([\w.']+)(?=\s*:|\s*$)", body, re.MULTILINE)) - {"Axioms"}
    return found or {"output that is not understood"}


def check(root, write=False):
    """Every problem of the folder, in words."""
    problems, theorems, definitions = [], [], []
    for path in sorted((root / "theories").glob("*.v")):
        found, defined = scan(path, problems)
        theorems += found
        if path.stem != "Examples":
            definitions += defined
    ledger = read_ledger(root, problems)
    formal = {s["formal"]: s for s in ledger}
    problems += [f"{t}: theorem not in ledger.toml" for t in theorems if t not in formal]
    problems += [f"ledger.toml: {f} is no theorem" for f in formal if f not in theorems]
    known = [f for f in formal if f in theorems]
    axioms, statements = ask(root, known, definitions)
    for name in known:
        declared = formal[name].get("axioms")
        allowed = CLASSES.get(declared, set())
        if extra := sorted(axioms[name] - allowed):
            problems.append(f"{name}: declared {declared}, uses {', '.join(extra)}")
        smaller = [c for c in CLASSES if CLASSES[c] < allowed and axioms[name] <= CLASSES[c]]
        if smaller:
            problems.append(f"{name}: declared {declared}, but {smaller[0]} is enough")
    expected = root / "statements.expected"
    if write:
        expected.write_text(statements)
    elif not expected.exists() or expected.read_text() != statements:
        problems.append("statements.expected differs from what Rocq prints" + changed(expected, statements))
    if problems:
        return problems, None
    return [], collections.Counter(s["axioms"] for s in ledger)


def changed(expected, statements):
    """Names of the statements that differ."""
    old = expected.read_text().split("\n\n") if expected.exists() else []
    new = statements.split("\n\n")
    names = sorted({s.split("\n")[0] for s in set(p.rstrip() for p in old) ^ set(p.rstrip() for p in new)})
    return ": " + ", ".join(names[:8]) if names else ""


def main():
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parents[1]).resolve()
    problems, classes = check(root, "--write" in sys.argv)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        sys.exit(1)
    counts = ", ".join(f"{name} {classes[name]}" for name in CLASSES)
    print(f"{sum(classes.values())} theorems checked; axioms: {counts}")


if __name__ == "__main__":
    main()
