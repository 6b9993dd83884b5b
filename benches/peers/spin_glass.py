"""Energy, gradient and Hessian of the spin glass 2+3+4 at N = 100: numpy beside this library, one thread.

    python benches/peers/spin_glass.py

The library's bench `spin_glass` is built and run first. It writes the couplings of its sample, which are
numbers in single precision, and what it found with them, all sums in double precision. numpy takes the same
couplings as symmetric tensors and contracts them in three ways:

- dense: the last index of each tensor with the point, again and again;
- by pairs, double: degree 4 as a matrix between pairs of indices i <= j and k <= l, a quarter of the tensor;
- by pairs, single: the same with couplings and sums in single precision.

Each gives energy, gradient and Hessian in one pass. The relative distance of the gradient and the Hessian from
the library's is printed beside the time.
"""

import itertools
import os
import re
import subprocess
import tempfile
import time
from math import factorial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

N, RUNS, DEGREES = 100, 7, (2, 3, 4)


def symmetric(tuples, coefficients):
    """The symmetric tensor of a form, given the coefficient of each monomial."""
    degree = tuples.shape[1]
    orders = np.full(len(tuples), factorial(degree))
    run = np.ones(len(tuples), int)
    for place in range(1, degree):
        run = np.where(tuples[:, place] == tuples[:, place - 1], run + 1, 1)
        orders //= run
    tensor = np.empty((N,) * degree)
    for order in itertools.permutations(range(degree)):
        tensor[tuple(tuples[:, place] for place in order)] = coefficients / orders
    return tensor


def contracted(tensors, x):
    """Energy, gradient and Hessian of low degrees, each tensor contracted down to a matrix."""
    energy, gradient, hessian = 0.0, np.zeros(N, x.dtype), np.zeros((N, N), x.dtype)
    for tensor in tensors:
        r, matrix = tensor.ndim, tensor
        while matrix.ndim > 2:
            matrix = (matrix.reshape(-1, N) @ x).reshape(matrix.shape[:-1])
        energy, gradient, hessian = add(r, matrix, x, energy, gradient, hessian)
    return energy, gradient, hessian


def add(r, matrix, x, energy, gradient, hessian):
    slope = matrix @ x
    return energy + slope @ x, gradient + r * slope, hessian + r * (r - 1) * matrix


class Pairs:
    def __init__(self, tensors, dtype):
        self.i, self.j = np.triu_indices(N)
        self.low = [tensor.astype(dtype) for tensor in tensors[:2]]
        weight = np.where(self.i == self.j, 1.0, 2.0)
        pairs = tensors[2][self.i, self.j][:, self.i, self.j]
        self.pairs = (pairs * weight).astype(dtype)

    def __call__(self, x):
        found = contracted(self.low, x)
        half = self.pairs @ (x[self.i] * x[self.j])
        matrix = np.empty((N, N), x.dtype)
        matrix[self.i, self.j] = matrix[self.j, self.i] = half
        return add(4, matrix, x, *found)


def report(name, run, expected):
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        found = run()
        best = min(best, time.perf_counter() - start)
    off = [np.abs(f - e).max() / np.abs(e).max() for f, e in zip(found[1:], expected[1:])]
    print(f"numpy {np.__version__}, {name}: {1e3 * best:.2f} ms; off by {off[0]:.1e} (gradient), {off[1]:.1e} (Hessian)")
    return 1e3 * best


def main():
    bench = ["cargo", "bench", "-q", "--bench", "spin_glass"]
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(bench + ["--", "--write", folder], check=True, capture_output=True, text=True).stdout
        read = lambda name, dtype="<f8": np.fromfile(Path(folder) / name, dtype)
        x, energy, gradient = read("point"), read("energy")[0], read("gradient")
        expected = energy, gradient, read("hessian").reshape(N, N)
        tensors = [symmetric(read(f"tuples-{r}", "u1").reshape(-1, r), read(f"coefficients-{r}")) for r in DEGREES]
    print(said, end="")
    pairs, single = Pairs(tensors, "f8"), Pairs(tensors, "f4")
    dense = report("dense, double", lambda: contracted(tensors, x), expected)
    double = report("by pairs, double", lambda: pairs(x), expected)
    x4 = x.astype("f4")
    low = report("by pairs, single in couplings and sums", lambda: single(x4), expected)
    for line in said.splitlines():
        slope, all_three = (float(re.search(f"{what} ([0-9.]+) ms", line)[1]) for what in ("gradient", "all three"))
        ratios = ", ".join(
            f"{peer / slope:.1f} and {peer / all_three:.1f} times {name}"
            for name, peer in (("dense", dense), ("pairs in double", double), ("pairs in single", low))
        )
        print(f"{line.split(':')[0]}: gradient alone and with the Hessian: {ratios}")


main()
