#!/usr/bin/env python3
"""Times curvature of residual networks in `hessian`, PyTorch and JAX on the same numbers.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    venv/bin/python benches/peers/run.py                # the table of the README, about 15 minutes
    venv/bin/python benches/peers/run.py --sizes small,exact

One thread each, all pinned to the same processor; the competitors take turns within every job, and
every result is compared with PyTorch's before it is timed. Times are processor time, which other
work on the machine disturbs least: the minimum and the median over rounds. `ratio` is the best
peer's minimum over ours, `goal` what it should be. Below the table: JAX compiled for one point, the
rate of a Hessian product beside that of a large matrix product, and the peak memory of one process
that does a single Hessian product, beside PyTorch's. `--rounds 1` is a quick look. `--threads 2`
adds our times by the clock on two processors, meaningful on an idle machine only.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

CPUS = sorted(os.sched_getaffinity(0))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--sizes", default="small,exact,medium,large", help="which networks, see problem.py")
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--threads", type=int, default=1, help="2 adds times by the clock on two processors")
parser.add_argument("--binary", help="the built bench; default: cargo builds it")
ARGS = parser.parse_args()
os.sched_setaffinity(0, {CPUS[-1]})  # before the numerical libraries start their threads

import numpy as np  # noqa: E402

from jax_side import Jax  # noqa: E402
from ours import Ours, build  # noqa: E402
from problem import Problem  # noqa: E402
from torch_side import Torch  # noqa: E402

# what to do, on which network, in which precisions, with which arguments; peers that cannot do it
JOBS = [
    ("gradient", "small", ["float64", "float32"], []),
    ("hvp", "small", ["float64", "float32"], []),
    ("hvp_block", "small", ["float64", "float32"], []),
    ("slq", "small", ["float64"], [10, 80]),
    ("topk", "small", ["float64"], [10, 1e-6]),
    ("sgd_epoch", "small", ["float64"], [20, 0.05]),
    ("exact_hessian", "exact", ["float64"], []),
    ("exact_eigenvalues", "exact", ["float64"], []),
    ("hvp", "medium", ["float64", "float32"], []),
    ("hvp", "large", ["float64", "float32"], []),
]
NAMES = {"gradient": "gradient", "hvp": "one HVP", "hvp_block": "16 HVPs at once", "slq": "SLQ 10 x 80",
         "topk": "top 10 to 1e-6", "sgd_epoch": "SGD epoch", "exact_hessian": "exact Hessian",
         "exact_eigenvalues": "its eigenvalues"}
GOALS = {"hvp_block": 6, "slq": 4, "topk": 3, "exact_hessian": 5}
# relative distance from PyTorch in double precision; in single precision depth multiplies rounding, so that
# there the measure is the distance of the worse of PyTorch and JAX
LIMIT = {"slq": 0.2, "topk": 1e-5, "float64": 1e-9}
SINGLE = 3


def array(result):
    if isinstance(result, dict):
        result = result["values"]
    return None if result is None or np.isscalar(result) else np.asarray(result, float)


def difference(found, expected):
    if found is None or expected is None:
        return float("nan")
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def timed(call, calls):
    cpu = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - cpu) / calls


def through_own_gates(product, ours, problem, notes):
    """Distance of our product in single precision from PyTorch's in double precision with our gates: a number that
    single precision rounds across the kink of relu opens a gate or shuts one, which no rounding of sums does."""
    double = Torch(problem, "float64")
    expected = double.gates()
    rows = ours.ask("gates", 0, [])["result"]
    gates = [np.frombuffer(row.encode(), np.uint8).reshape(gate.shape) == ord("1")
             for row, gate in zip(rows, expected, strict=True)]
    others = sum(int((a != b).sum()) for a, b in zip(gates, expected))
    total = sum(gate.size for gate in expected)
    distance = difference(product, double.hvp_through(gates))
    notes.append(f"- {problem.size} f32: {others} of {total} gates of relu differ from those in double precision, "
                 f"whose product is {difference(product, double.hvp()):.1e} away; `differs by` is from double precision "
                 "with our gates")
    return distance


def measure(job, dtype, arguments, ours, peers, reference, notes):
    """Times of every competitor, their distance from PyTorch in double precision, and PyTorch's result:
    the reference where none is given."""
    runners = {"hessian": lambda calls: ours.ask(job, calls, arguments)["cpu"]}
    results = {"hessian": array(ours.ask(job, 0, arguments)["result"])}
    for peer in peers:
        if hasattr(peer, job):
            call = lambda peer=peer: getattr(peer, job)(*arguments)  # noqa: E731
            results[peer.name] = array(call())  # compiles, too
            runners[peer.name] = lambda calls, call=call: timed(call, calls)
    reference = results.get("torch") if reference is None else reference
    distances = {name: difference(result, reference) for name, result in results.items()}
    limit = LIMIT.get(job, LIMIT["float64"])
    if dtype == "float32":
        limit = SINGLE * max(distance for name, distance in distances.items() if name != "hessian")
        if job == "hvp" and distances["hessian"] > SINGLE * distances["torch"]:
            distances["hessian"] = through_own_gates(results["hessian"], ours, peers[0].q, notes)
    for name, distance in distances.items():
        if distance > limit:
            sys.exit(f"{job} {dtype}: {name} is {distance:.1e} away from torch, more than {limit:.1e}")
    calls = {name: max(1, min(50, int(0.05 / run(1)))) for name, run in runners.items()}
    times = {name: [] for name in runners}
    rounds = ARGS.rounds if sum(run(1) for run in runners.values()) < 10 else 2
    for _ in range(rounds):
        for name, run in runners.items():
            times[name].append(run(calls[name]))
    return times, distances, reference


def show(seconds):
    return f"{min(seconds) * 1e3:.3g} / {statistics.median(seconds) * 1e3:.3g}"


def main():
    binary = ARGS.binary or build()
    print("| job | precision | hessian, ms | torch, ms | JAX, ms | ratio | goal | differs by |")
    print("|---|---|---|---|---|---|---|---|")
    notes = []
    problems = {}
    with tempfile.TemporaryDirectory() as folder:
        for job, size, dtypes, arguments in JOBS:
            if size not in ARGS.sizes.split(","):
                continue
            reference = None  # double precision comes first
            for dtype in dtypes:
                key = (size, dtype)
                if key not in problems:
                    for old in problems.values():
                        old[0].close()
                    problems.clear()
                    problem = Problem(size)
                    place = os.path.join(folder, size)
                    problem.write(place)
                    notes.append(memory(binary, folder, size, dtype))
                    problems[key] = (Ours(binary, place, dtype, CPUS[-1:]), [Torch(problem, dtype), Jax(problem, dtype)])
                ours, peers = problems[key]
                times, distances, reference = measure(job, dtype, arguments, ours, peers, reference, notes)
                best = min(min(times[peer]) for peer in times if peer != "hessian")
                cells = [show(times[name]) if name in times else "" for name in ("hessian", "torch", "jax")]
                ratio = best / min(times["hessian"])
                where = f", P = {problem.parameters}" if size == "exact" else f", {size}"
                print(f"| {NAMES[job]}{where} | f{dtype[5:]} | {' | '.join(cells)} | {ratio:.1f} "
                      f"| {GOALS.get(job, '')} | {distances['hessian']:.1e} |", flush=True)
                if job == "hvp" and size != "large":
                    notes.append(compiled_at_point(peers[1], ours, size, dtype))
                if job == "hvp":
                    notes.append(peak(ours, times, size, dtype, problem_flops(size)))
                if ARGS.threads > 1 and (job == "slq" or (job, size) == ("hvp", "large")):
                    notes.append(scaling(binary, os.path.join(folder, size), dtype, job, arguments, size))
    print("\n" + "\n".join(notes))


def compiled_at_point(jax, ours, size, dtype):
    """What JAX gains when it is compiled for one point; the large network takes it a quarter of an hour."""
    start = time.process_time()
    jax.hvp_at_point()
    compiled = time.process_time() - start
    calls = max(1, min(50, int(0.05 / timed(jax.hvp_at_point, 1))))
    both = [[], []]
    for _ in range(ARGS.rounds):
        both[0].append(ours.ask("hvp", calls, [])["cpu"])
        both[1].append(timed(jax.hvp_at_point, calls))
    return (f"- one HVP, {size} f{dtype[5:]}, JAX compiled for this point alone, in {compiled:.0f} s: {show(both[1])} ms, "
            f"hessian {show(both[0])}: {min(both[1]) / min(both[0]):.1f} times")


def problem_flops(size):
    """Floating-point operations of the matrix products of one HVP: six per layer, without the
    adjoint of the input."""
    q = Problem(size)
    layers = [w.shape for w in q.weights if w.ndim == 2]
    total = sum(12 * a * b * q.B for a, b in layers)
    a, b = layers[0]
    return total - 6 * a * b * q.B - 2 * a * b * q.B


def peak(ours, times, size, dtype, flops):
    gemm = max(ours.ask("gemm", 10, [768])["result"][0] for _ in range(3))
    gemm = max(gemm, 2 * 768**3 / min(ours.ask("gemm", 10, [768])["cpu"] for _ in range(3)))
    rate = flops / min(times["hessian"])
    return (f"- {size} f{dtype[5:]}: {rate / 1e9:.0f} GFLOP/s in an HVP, {100 * rate / gemm:.0f} % of the "
            f"{gemm / 1e9:.0f} of a 768 x 768 x 768 product")


# what a process of PyTorch holds before and after a Hessian product
TORCH_MEMORY = """
import sys
from problem import Problem
from torch_side import Torch
status = lambda: print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0])
problem = Problem(sys.argv[1], directions=1)
status()
Torch(problem, sys.argv[2]).hvp()
status()
"""


def memory(binary, folder, size, dtype):
    problem = Problem(size, directions=1)
    place = os.path.join(folder, "memory")
    problem.write(place)
    ours = Ours(binary, place, dtype, CPUS[-1:])
    ours.ask("hvp", 1, [])
    own = ours.peak_memory()
    ours.close()
    here = os.path.dirname(os.path.abspath(__file__))
    lines = subprocess.run([sys.executable, "-c", TORCH_MEMORY, size, dtype], cwd=here,
                           stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    before, after = (int(line) / 1024 for line in lines)
    return (f"- {size} f{dtype[5:]}, peak memory of one HVP: {own:.0f} MB, torch {after - before:.0f} MB beside the "
            f"{before:.0f} that it starts with; two passes store {activations(problem, dtype):.0f} MB, parameters are "
            f"{problem.parameters * np.dtype(dtype).itemsize / 2**20:.1f} MB")


def activations(problem, dtype):
    """MB that two passes store: of a block W h, what batch norm makes of it before and after gain and shift,
    relu, in a double block all but relu once more, and the sum."""
    in_block = {"single": 5, "double": 8}[problem.block]
    numbers = problem.d + problem.n * (1 + in_block * problem.p) + problem.k
    return 2 * problem.B * numbers * np.dtype(dtype).itemsize / 2**20


def scaling(binary, folder, dtype, job, arguments, size):
    """One and two threads by the clock, taking turns."""
    ours = {threads: Ours(binary, folder, dtype, CPUS[-threads:]) for threads in (1, 2)}
    bits = [ours[threads].ask(job, 0, arguments)["result"] for threads in ours]
    if bits[0] != bits[1]:
        sys.exit(f"{job} {size} {dtype}: two threads give other bits than one")
    times = {threads: [] for threads in ours}
    for _ in range(ARGS.rounds):
        for threads, process in ours.items():
            times[threads].append(process.ask(job, 1, arguments)["seconds"])
    for process in ours.values():
        process.close()
    faster = [of(times[1]) / of(times[2]) for of in (min, statistics.median)]
    return (f"- {NAMES[job]}, {size} f{dtype[5:]}, by the clock: {show(times[1])} ms on one thread, {show(times[2])} on two: "
            f"{faster[0]:.2f} / {faster[1]:.2f} times; same bits")


main()
