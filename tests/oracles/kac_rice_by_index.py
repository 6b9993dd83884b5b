"""Expected numbers of critical points by index from the joint density of the Hessian's eigenvalues and the
radial derivative, for tests/oracles/kac_rice.rs and bands.rs: `python3 tests/oracles/kac_rice_by_index.py` (needs
numpy).

The Hessian at a critical point is the matrix G - x of size n = N - 1 with G of the orthogonal ensemble (density
exp(-tr G^2 / 4)) and x independent, of variance (1 + q) / q. Index k means that x lies above k eigenvalues. So

    E Crt_k = 2 pi^{N/2} / Gamma(N/2) (q / 2 pi)^{n/2} Z^-1 int prod_{i<j} (y_j - y_i) prod w_i(y_i) dy

over y_1 < ... < y_N, where y_{k+1} is x and the others are eigenvalues. Vandermonde's determinant is a sum over
which power each variable takes; the integrals of all subsets of powers follow from one another, variable by
variable, as running integrals on one grid. In a pure model x = u sqrt(N (1 + q) / q) at energy per spin u.
"""
import math

import numpy as np


def grid(cut=0.0, reach=26.0, panels=120, points=24):
    """Gauss-Legendre points of all panels, of which one ends at `cut`, their weights, and the integrals from
    a panel's start to them."""
    legendre = np.polynomial.legendre
    t, weights = legendre.leggauss(points)
    integrals = [legendre.legval(t, legendre.legint(row, lbnd=-1)) for row in np.eye(points)]
    running = np.array(integrals).T @ np.linalg.inv(legendre.legvander(t, points - 1))
    half = reach / panels
    starts = cut - reach + 2 * half * np.arange(panels)
    return starts[:, None] + half * (1 + t), half * weights, half * running


def ordered(functions, Y, WEIGHTS, RUNNING):
    """The integral of Vandermonde's determinant times functions[i](y_i) over y_1 < y_2 < ..."""
    before = {0: np.ones_like(Y)}
    for place, function in enumerate(functions):
        after = {}
        for powers, integral in before.items():
            for power in range(len(functions)):
                if not powers >> power & 1:
                    sign = (-1) ** bin(powers >> power).count("1")  # those that stand before it, out of order
                    key = powers | 1 << power
                    after[key] = after.get(key, 0) + sign * Y**power * integral
        for key, value in after.items():
            panels = (value * function) @ WEIGHTS
            if place + 1 == len(functions):
                return panels.sum()
            starts = np.concatenate([[0], np.cumsum(panels)[:-1]])
            after[key] = starts[:, None] + (value * function) @ RUNNING.T
        before = after


def by_index(q, dimension, below=None):
    n = dimension - 1
    variance = (1 + q) / q
    cut = 0.0 if below is None else below * math.sqrt(dimension * variance)
    y, weights, running = grid(cut)
    eigenvalue = np.exp(-y * y / 4)
    radial = np.exp(-y * y / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    if below is not None:
        radial = radial * (y < cut)
    factor = 2 * math.pi ** (dimension / 2) / math.gamma(dimension / 2) * (q / (2 * math.pi)) ** (n / 2)
    whole = grid()
    norm = ordered([np.exp(-whole[0] ** 2 / 4)] * n, *whole)
    places = range(dimension if below is None else 2)
    integral = lambda k: ordered([eigenvalue] * k + [radial] + [eigenvalue] * (n - k), y, weights, running)  # noqa: E731
    return [factor / norm * integral(k) for k in places]


for q, dimension in [(2.0, 3), (0.25, 4), (3.0, 4), (2.0, 5), (0.5, 6), (2.0, 6), (5.0, 6), (2.0, 8)]:
    half = by_index(q, dimension)[: (dimension + 1) // 2]
    print(f"({q}, {dimension}, &{[float(f'{count:.16g}') for count in half]}),", flush=True)
for p, dimension, energy in [(3, 3, -1.8), (10, 3, -2.1), (3, 6, -1.8), (10, 6, -2.1), (10, 10, -2.07), (10, 10, -2.1)]:
    logarithms = [math.log(count) for count in by_index(p - 1.0, dimension, energy)]
    print(f"({p}, {dimension}, {energy}, {[float(f'{x:.10g}') for x in logarithms]}),", flush=True)
