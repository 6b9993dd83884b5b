#!/usr/bin/env python3
"""How many random residual nets per second are split by path length, here and in PyTorch and JAX.

The job: N_1 = relu(W_1 x), N_l = N_{l-1} + relu(W_l N_{l-1}) with fresh Gaussian weights for every net, the
stream split by path length with the gates of the true pass, and the mean path length r under the
parts' energies, averaged over nets. PyTorch draws one net after the other in a loop; JAX draws a
block of nets in one compiled program, the net vmapped over keys. `hessian` runs its simulator
`stream-lengths`, which draws W V by its law and never W (the point of it: n l normals in place of n^2).
float64, one thread each on one processor, taking turns; processor time, minimum over rounds. The
program's start is taken off by a run with one net, JAX's compilation by a first call.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/peers/nets.py --hessian target/release/hessian
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--hessian", default="target/release/hessian", help="the built program")
parser.add_argument("--rounds", type=int, default=3)
ARGS = parser.parse_args()
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before the libraries start their threads

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import torch  # noqa: E402

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

# layers, width, nets of hessian, of PyTorch and of JAX, JAX's nets in one block
JOBS = [(20, 64, 4000, 1000, 1000, 50), (20, 256, 1000, 60, 60, 10), (100, 256, 20, 8, 8, 2)]

SPEC = """id = "nets"
title = "nets"
summary = "nets"
seed = 1
simulator = "stream-lengths"
[parameters]
law = "network"
sigma_squared = 1.0
layers = {layers}
width = {width}
nets = {nets}
[profile.quick]
replicates = 1
"""


def mean_length(parts):
    energies = (parts**2).sum(0)
    lengths = range(1, len(energies) + 1)
    return sum(r * float(e) for r, e in zip(lengths, energies)) / float(energies.sum())


def torch_nets(layers, width, nets):
    total = 0.0
    for _ in range(nets):
        x = torch.randn(width)
        first = torch.randn(width, width) * (2 / width) ** 0.5
        parts = torch.relu(first @ x)[:, None]
        for _ in range(1, layers):
            weights = torch.randn(width, width) / width**0.5
            branch = weights @ parts
            branch = branch * (branch.sum(1, keepdim=True) > 0)
            zero = torch.zeros(width, 1)
            parts = torch.cat([parts, zero], 1) + torch.cat([zero, branch], 1)
            # the stream grows exponentially: keep it at size 1
            parts = parts / parts.sum(1).norm()
        total += mean_length(parts)
    return total / nets


def jax_program(layers, width, block):
    def net(key):
        keys = jax.random.split(key, layers + 1)
        x = jax.random.normal(keys[0], (width,))
        first = jax.random.normal(keys[1], (width, width)) * (2 / width) ** 0.5
        parts = jnp.zeros((width, layers)).at[:, 0].set(jnp.maximum(first @ x, 0))

        def layer(parts, key):
            branch = jax.random.normal(key, (width, width)) / width**0.5 @ parts
            branch = branch * (branch.sum(1, keepdims=True) > 0)
            parts = parts.at[:, 1:].add(branch[:, :-1])
            return parts / jnp.linalg.norm(parts.sum(1)), None

        parts, _ = jax.lax.scan(layer, parts, keys[2:])
        energies = (parts**2).sum(0)
        return (jnp.arange(1, layers + 1) * energies).sum() / energies.sum()

    program = jax.jit(jax.vmap(net))
    return lambda key: program(jax.random.split(key, block))


def hessian_nets(layers, width, nets):
    with tempfile.TemporaryDirectory() as folder:
        spec = os.path.join(folder, "nets.toml")
        with open(spec, "w") as file:
            file.write(SPEC.format(layers=layers, width=width, nets=nets))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = os.path.join(folder, "out")
        command = [ARGS.hessian, "run", spec, "--threads", "1", "--quiet", "--out", out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(os.path.join(out, "records.jsonl")) as file:
            record = json.loads(file.readline())
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return record["outcome"]["done"]["length.mean"], spent


print("| layers | width | hessian, nets/s | PyTorch loop, nets/s | vmapped JAX, nets/s | over PyTorch | over JAX |")
print("|---|---|---|---|---|---|---|")
means = []
for layers, width, ours, theirs, blocks, block in JOBS:
    program = jax_program(layers, width, block)
    program(jax.random.key(0)).block_until_ready()
    torch_nets(layers, width, 1)
    rate = {"hessian": 0.0, "torch": 0.0, "jax": 0.0}
    for turn in range(ARGS.rounds):
        start = min(hessian_nets(layers, width, 1)[1] for _ in range(3))
        mean, spent = hessian_nets(layers, width, ours)
        rate["hessian"] = max(rate["hessian"], (ours - 1) / (spent - start))
        torch.manual_seed(turn)
        before = time.process_time()
        torch_mean = torch_nets(layers, width, theirs)
        rate["torch"] = max(rate["torch"], theirs / (time.process_time() - before))
        before = time.process_time()
        keys = jax.random.split(jax.random.key(turn + 1), blocks // block)
        jax_mean = sum(float(program(key).mean()) for key in keys) / len(keys)
        rate["jax"] = max(rate["jax"], blocks / (time.process_time() - before))
    assert max(abs(torch_mean / mean - 1), abs(jax_mean / mean - 1)) < 0.05, "another law"
    means.append((layers, width, mean, torch_mean, jax_mean))
    ratios = [rate["hessian"] / rate[peer] for peer in ("torch", "jax")]
    cells = [layers, width, *(f"{rate[name]:.3g}" for name in rate), *(f"{ratio:.1f}" for ratio in ratios)]
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)
print("\nmean path length (hessian, PyTorch, JAX):")
for layers, width, *three in means:
    print(f"p = {layers}, n = {width}: " + ", ".join(f"{mean:.3f}" for mean in three))
