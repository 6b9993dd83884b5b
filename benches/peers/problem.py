"""The residual network of the comparison, with its numbers, and the files that `hessian` reads.

    h_0 = W_in x + b_in,   h_l = h_{l-1} + lambda branch_l(h_{l-1}),   logits = W_out h_p + b_out
    single branch: relu(N(W h));   double branch: N'(W' relu(N(W h)))

N is batch normalisation with the batch's own statistics, differentiated through. The loss is the
mean cross-entropy. The flat parameter vector follows PyTorch's `named_parameters()`.
"""

import os

import numpy as np
from safetensors.numpy import save_file

# d features, n wide, p blocks, k classes, B samples
SIZES = {
    "small": dict(d=10, n=20, p=10, k=5, B=200, scale=0.3, block="double", batch=20),
    "medium": dict(d=50, n=64, p=20, k=50, B=1000, scale=0.2, block="double", batch=100),
    "large": dict(d=784, n=256, p=32, k=10, B=512, scale=0.15, block="double", batch=64),
    "exact": dict(d=10, n=12, p=6, k=5, B=200, scale=0.3, block="double", batch=20),
}
EPS = 1e-5


class Problem:
    def __init__(self, size, directions=16):
        self.size = size
        spec = SIZES[size]
        self.d, self.n, self.p, self.k, self.B = (spec[key] for key in "dnpkB")
        self.scale, self.block, self.batch = spec["scale"], spec["block"], spec["batch"]
        rng = np.random.default_rng(1)
        centres = rng.standard_normal((self.k, self.d))
        self.y = np.arange(self.B) % self.k
        self.X = centres[self.y] + rng.standard_normal((self.B, self.d))
        self.names, self.weights = [], []
        self._linear("0", self.n, self.d, 1 / self.d, bias=True)
        for block in range(1, self.p + 1):
            places = {"single": [0], "double": [0, 3]}[self.block]
            for place in places:
                self._linear(f"{block}.branch.{place}", self.n, self.n, 2 / self.n, bias=False)
                self._add(f"{block}.branch.{place + 1}.weight", np.ones(self.n))
                self._add(f"{block}.branch.{place + 1}.bias", np.zeros(self.n))
        self._linear(f"{self.p + 1}", self.k, self.n, 1 / self.n, bias=True, rng=rng)
        for name, weight in zip(self.names, self.weights):
            if weight.ndim == 2:
                weight *= rng.standard_normal(weight.shape)
        self.parameters = sum(w.size for w in self.weights)
        self.V = rng.standard_normal((self.parameters, directions)) / np.sqrt(self.parameters)

    def _add(self, name, value):
        self.names.append(name)
        self.weights.append(value)

    def _linear(self, name, out, inputs, variance, bias, rng=None):
        self._add(f"{name}.weight", np.full((out, inputs), np.sqrt(variance)))
        if bias:
            self._add(f"{name}.bias", np.zeros(out))

    def write(self, folder):
        """network.toml, weights, data and directions, as `hessian` reads them."""
        os.makedirs(folder, exist_ok=True)
        unit = f'{{ kind = "linear", out = {self.n}, bias = false }}, {{ kind = "batch_norm", eps = {EPS} }}'
        branch = f'{unit}, {{ kind = "relu" }}' + (f", {unit}" if self.block == "double" else "")
        with open(os.path.join(folder, "network.toml"), "w", encoding="utf-8") as file:
            file.write(f"""input = {self.d}
loss = "cross_entropy"
layers = [
  {{ kind = "linear", out = {self.n} }},
  {{ kind = "residual", repeat = {self.p}, scale = {{ fixed = {self.scale} }}, branch = [{branch}] }},
  {{ kind = "linear", out = {self.k} }},
]
""")
        save = lambda name, arrays: save_file(arrays, os.path.join(folder, name))  # noqa: E731
        save("weights.safetensors", dict(zip(self.names, self.weights)))
        save("data.safetensors", {"inputs": self.X, "targets": self.y.astype(np.int64)})
        save("vectors.safetensors", {"v": np.ascontiguousarray(self.V.T)})
