"""Energy and gradient of the spin glass 2+3+4 at N = 100: numpy beside this library, on one thread.

    python benches/peers/spin_glass.py

numpy holds dense symmetric tensors, so that one pass gives the gradient and with it the energy. It
is timed in two ways: tensordot, and a matrix over pairs of indices i <= j, which halves each pair. In
single precision numpy adds up in single precision, too; the library adds up in double precision always.
The bench `spin_glass` is built first and prints the library's times in the same minute.
"""

import os
import subprocess
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

N, RUNS = 100, 7


def least(run):
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best


def main():
    library = ["cargo", "bench", "-q", "--bench", "spin_glass"]
    subprocess.run(library + ["--no-run"], check=True)
    rng = np.random.default_rng(1)
    x = rng.standard_normal(N)
    x *= np.sqrt(N) / np.linalg.norm(x)
    # values do not matter for the time: the tensors need not be symmetric
    tensors = [rng.standard_normal((N,) * r) for r in (2, 3, 4)]

    def tensordot():
        gradient, energy = np.zeros(N), 0.0
        for r, tensor in zip((2, 3, 4), tensors):
            part = tensor
            for _ in range(r - 1):
                part = np.tensordot(part, x, axes=(-1, 0))
            gradient += r * part
            energy += part @ x
        return energy, gradient

    print(f"numpy {np.__version__}, tensordot, dense: {least(tensordot):.2f} ms")
    del tensors[2]
    i, j = np.triu_indices(N)
    pairs = rng.standard_normal((len(i), len(i)))

    def by_pairs():
        energy, gradient = 0.0, np.zeros(N)
        for r, tensor in zip((2, 3), tensors):
            part = tensor
            for _ in range(r - 1):
                part = np.tensordot(part, x, axes=(-1, 0))
            gradient += r * part
            energy += part @ x
        half = pairs @ (x[i] * x[j])
        gradient += np.bincount(i, half * x[j], N) + np.bincount(j, half * x[i], N)
        return energy + half @ (x[i] * x[j]), gradient

    print(f"numpy {np.__version__}, matrix of pairs, double: {least(by_pairs):.2f} ms")
    x, pairs, tensors = x.astype("f4"), pairs.astype("f4"), [tensor.astype("f4") for tensor in tensors]
    print(f"numpy {np.__version__}, matrix of pairs, single in couplings and sums: {least(by_pairs):.2f} ms")
    print(subprocess.run(library, check=True, capture_output=True, text=True).stdout, end="")


main()
