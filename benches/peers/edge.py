#!/usr/bin/env python3
"""Times the largest eigenvalue of a GOE matrix of size 1000: tridiagonal here, tridiagonal and dense
in SciPy.

    venv/bin/python -m pip install scipy
    cargo bench --bench edge --no-run
    venv/bin/python benches/peers/edge.py PATH-OF-THE-BENCH

One thread each, processor time; minimum over rounds in which the competitors take turns. The values
of the tridiagonal routes are compared first.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from scipy.linalg import eigh, eigvalsh_tridiagonal  # noqa: E402

N, MATRICES, ROUNDS = 1000, 256, 5
rng = np.random.default_rng(1)
diagonals = np.sqrt(2) * rng.standard_normal((MATRICES, N))
couplings = np.sqrt(rng.chisquare(np.arange(N - 1, 0, -1), (MATRICES, N - 1)))


def timed(function):
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def ours():
    with tempfile.NamedTemporaryFile() as file:
        np.concatenate([diagonals, couplings], axis=1).astype("<f8").tofile(file.name)
        answer = json.loads(subprocess.check_output([sys.argv[1], file.name, str(N)]))
    return answer["seconds"], np.array(answer["values"])


def scipy_tridiagonal():
    def all_of_them():
        return np.array([eigvalsh_tridiagonal(d, e, select="i", select_range=(N - 1, N - 1))[0]
                         for d, e in zip(diagonals, couplings)])
    seconds, values = timed(all_of_them)
    return seconds / MATRICES, values


def scipy_dense():
    square = rng.standard_normal((N, N))
    matrix = (square + square.T) / np.sqrt(2)
    return timed(lambda: eigh(matrix, eigvals_only=True, subset_by_index=(N - 1, N - 1)))


best = {}
for _ in range(ROUNDS):
    (mine, values), (theirs, reference) = ours(), scipy_tridiagonal()
    assert np.allclose(values, reference, rtol=1e-12), np.abs(values - reference).max()
    for name, seconds in [("here", mine), ("tridiagonal", theirs), ("dense", scipy_dense()[0])]:
        best[name] = min(best.get(name, np.inf), seconds)
print(f"hessian, tridiagonal  {1e3 * best['here']:9.4f} ms")
for name in ("tridiagonal", "dense"):
    print(f"SciPy, {name:<12}  {1e3 * best[name]:10.4f} ms  {best[name] / best['here']:8.1f} times ours")
