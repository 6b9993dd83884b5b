"""Write the table of status in README.md from ledger.toml, or with --check compare them."""
import collections
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "README.md"
BEGIN = "<!-- status, written by tools/readme_table.py: begin -->\n"
END = "<!-- status: end -->\n"


def statements():
    return tomllib.loads((ROOT / "ledger.toml").read_text())["statement"]


def number(id):
    """T1.2 after T1.1 and before T1.10."""
    return (id[0], *map(int, id[1:].split(".")))


def ranges(ids):
    """T1.1, T1.2, T1.3, T2.1 as T1.1-T1.3, T2.1."""
    runs = []
    for id in sorted(ids, key=number):
        if runs and number(runs[-1][-1])[:-1] == number(id)[:-1] and number(runs[-1][-1])[-1] + 1 == number(id)[-1]:
            runs[-1].append(id)
        else:
            runs.append([id])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def table(ledger):
    """One row for each prose file with its theorems, then one for each statement without a proof in Rocq."""
    files = collections.defaultdict(list)
    for s in ledger:
        if s["status"] == "machine-checked":
            files[s["prose"]].append(s)
    lines = ["| proof | theory | machine-checked | number | with code | axioms |", "|---|---|---|---|---|---|"]
    for prose, group in sorted(files.items(), key=lambda entry: number(entry[1][0]["id"])):
        title = (ROOT / prose).read_text().split("\n")[0].lstrip("# ")
        theories = ", ".join(sorted({s["formal"].split(".")[0] for s in group}))
        coded = sum(1 for s in group if s["code"])
        axioms = ", ".join(c for c in ["none", "reals", "reals+classic"] if c in {s["axioms"] for s in group})
        lines.append(
            f"| [{title}]({prose}) | {theories} | {ranges(s['id'] for s in group)} | {len(group)} | {coded} | {axioms} |"
        )
    lines += ["", "| id | statement | status |", "|---|---|---|"]
    rest = [s for s in ledger if s["status"] != "machine-checked"]
    lines += [f"| {s['id']} | {s['title']} | {s['status']} |" for s in sorted(rest, key=lambda s: number(s["id"]))]
    return "\n".join(lines) + "\n"


def problem(text, ledger):
    """What is wrong with the table in a text, or None."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        return "README.md has no table of status between its two marks"
    if text.split(BEGIN)[1].split(END)[0] != table(ledger):
        return "the table of status in README.md differs from ledger.toml: run tools/readme_table.py"
    return None


def main():
    text, ledger = TARGET.read_text(), statements()
    if "--check" in sys.argv:
        sys.exit(problem(text, ledger))
    before, rest = text.split(BEGIN)
    TARGET.write_text(before + BEGIN + table(ledger) + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
