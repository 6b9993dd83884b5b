#!/usr/bin/env python3
"""Times one Hessian product of ResNet-20 on 16 x 16 images in `hessian` and PyTorch, one thread.

    venv/bin/python benches/peers/conv.py [--samples 32]

Both take turns; times are minima of processor time, and the products are compared before they are timed.
"""

import argparse
import os
import sys
import tempfile
import time
import tomllib

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np  # noqa: E402
import torch  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from ours import ROOT, Ours, build  # noqa: E402

NETWORK = os.path.join(ROOT, "sims", "networks", "resnet20-v1-a.toml")
EPS = 1e-5
CPU = max(os.sched_getaffinity(0))


class Net:
    """The network of a description, with its weights in the order of `named_parameters()`."""

    def __init__(self, layers, channels, rng):
        self.names, self.weights, self.rng = [], [], rng
        self.layers = layers
        self.declare(layers, "", channels)

    def declare(self, layers, prefix, channels):
        for place, layer in enumerate(layers):
            name, kind = f"{prefix}{place}", layer["kind"]
            if kind == "residual":
                out = self.declare(layer["branch"], f"{name}.branch.", channels)
                self.declare(layer.get("shortcut", []), f"{name}.shortcut.", channels)
                channels = out
            elif kind == "conv2d":
                shape = (layer["out"], channels, layer["kernel"], layer["kernel"])
                self.add(f"{name}.weight", shape, np.sqrt(2 / np.prod(shape[1:])))
                channels = layer["out"]
            elif kind == "linear":
                self.add(f"{name}.weight", (layer["out"], channels), np.sqrt(1 / channels))
                self.add(f"{name}.bias", (layer["out"],), 0.1)
                channels = layer["out"]
            elif kind == "batch_norm":
                self.add(f"{name}.weight", (channels,), 0.1, 1.0)
                self.add(f"{name}.bias", (channels,), 0.1)
        return channels

    def add(self, name, shape, scale, centre=0.0):
        self.names.append(name)
        self.weights.append(centre + scale * self.rng.standard_normal(shape))

    def loss(self, weights, x, y):
        self.next = iter(weights)
        return F.cross_entropy(self.run(self.layers, x), y)

    def run(self, layers, x):
        for layer in layers:
            kind = layer["kind"]
            if kind == "residual":
                branch = self.run(layer["branch"], x)
                x = self.run(layer.get("shortcut", []), x) + branch
            elif kind == "conv2d":
                x = F.conv2d(x, next(self.next), None, layer.get("stride", 1), layer.get("padding", 0))
            elif kind == "linear":
                x = F.linear(x.flatten(1), next(self.next), next(self.next))
            elif kind == "batch_norm":
                x = F.batch_norm(x, None, None, next(self.next), next(self.next), training=True, eps=EPS)
            elif kind == "relu":
                x = F.relu(x)
            elif kind == "subsample_pad":
                x = x[:, :, ::layer["stride"], ::layer["stride"]]
                x = F.pad(x, (0, 0, 0, 0, 0, layer["out"] - x.shape[1]))
            elif kind == "global_average_pool":
                x = x.mean((2, 3))
            elif kind != "flatten":
                sys.exit(f"no layer kind `{kind}` here")
        return x


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="the built bench `peers`; default: cargo builds it")
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    os.sched_setaffinity(0, {CPU})
    torch.set_num_threads(1)
    args.binary = args.binary or build()
    with open(NETWORK, "rb") as file:
        text = file.read()
    rng = np.random.default_rng(1)
    description = tomllib.loads(text.decode())
    net = Net(description["layers"], description["input"][0], rng)
    x = rng.standard_normal((args.samples, 1, 16, 16))
    y = np.arange(args.samples) % description["layers"][-1]["out"]
    size = sum(w.size for w in net.weights)
    v = rng.standard_normal((16, size)) / np.sqrt(size)
    print(f"ResNet-20, 16 x 16, B = {args.samples}, P = {size}")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "network.toml"), "wb") as file:
            file.write(text)
        save = lambda name, arrays: save_file(arrays, os.path.join(folder, name))  # noqa: E731
        save("weights.safetensors", dict(zip(net.names, net.weights)))
        save("data.safetensors", {"inputs": x.reshape(args.samples, -1), "targets": y.astype(np.int64)})
        save("vectors.safetensors", {"v": v})
        for dtype in ("float64", "float32"):
            compare(args, folder, dtype, net, x, y, v[0])


def compare(args, folder, dtype, net, x, y, v):
    make = lambda a: torch.tensor(a, dtype=getattr(torch, dtype))  # noqa: E731
    weights = [make(w).requires_grad_() for w in net.weights]
    gradient = torch.autograd.grad(net.loss(weights, make(x), torch.tensor(y)), weights, create_graph=True)
    pieces = [p.view_as(w) for p, w in zip(make(v).split([w.numel() for w in weights]), weights)]
    product = lambda: torch.autograd.grad(gradient, weights, pieces, retain_graph=True)  # noqa: E731
    expected = torch.cat([p.reshape(-1) for p in product()]).double().numpy()
    ours = Ours(args.binary, folder, dtype, [CPU])
    found = np.asarray(ours.ask("hvp", 0, [])["result"])
    distance = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    if not distance < {"float64": 1e-9, "float32": 1e-3}[dtype]:
        sys.exit(f"{dtype}: the products differ by {distance:.1e}")
    times = [[], []]
    for _ in range(args.rounds):
        times[0].append(ours.ask("hvp", 1, [])["cpu"])
        start = time.process_time()
        product()
        times[1].append(time.process_time() - start)
    ours.close()
    own, peer = (min(t) * 1e3 for t in times)
    print(f"{dtype}: hessian {own:.4g} ms, torch {peer:.4g} ms, ratio {peer / own:.2f}, differ by {distance:.1e}")


main()
