#!/usr/bin/env python3
"""The Hessian of cross-entropy where a sample is fitted: torch beside this library.

One sample, three logits m, 0 and -1 as parameters, the first class right: H = diag p - p p', and the
more m grows, the more 1 - p loses its digits. The reference is that formula with what is left to the other
classes added up by itself. Prints a table of relative distances, in the Frobenius norm, in Markdown.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/batch_norm_trap.txt
    cargo build --release
    venv/bin/python benches/peers/fitted_softmax.py --hessian target/release/hessian
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
NETWORK = 'input = 1\nloss = "cross_entropy"\nlayers = [{ kind = "linear", out = 3, bias = false }]\n'


def exact(margin):
    powers = np.exp(np.array([0.0, -margin, -1.0 - margin]))
    p = powers / powers.sum()
    left = np.array([p[1] + p[2], p[0] + p[2], p[0] + p[1]])
    return np.log1p(powers[1] + powers[2]), np.diag(p * left) - (np.outer(p, p) - np.diag(p * p))


def of_torch(margin, dtype):
    logits = torch.tensor([margin, 0.0, -1.0], dtype=dtype)
    loss = lambda w: torch.nn.functional.cross_entropy(w[None], torch.tensor([0]))
    return loss(logits).item(), torch.autograd.functional.hessian(loss, logits).double().numpy()


def of_this(margin, precision, binary):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "network.toml").write_text(NETWORK)
        save_file({"0.weight": np.array([[margin], [0.0], [-1.0]])}, folder / "weights.safetensors")
        data = {"inputs": np.ones((1, 1)), "targets": np.zeros(1, np.int64)}
        save_file(data, folder / "data.safetensors")
        files = [f"--{name}={folder / name}.{end}" for name, end in
                 (("network", "toml"), ("weights", "safetensors"), ("data", "safetensors"))]
        command = [binary, "spectrum", *files, "--method=exact", "--matrix", f"--precision={precision}",
                   "--quiet", "--json", f"--out={folder / 'out'}"]
        subprocess.run(command, check=True, capture_output=True)
        return load_file(folder / "out/arrays.safetensors")["hessian"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hessian", default=str(ROOT / "target/release/hessian"), help="the program")
    binary = parser.parse_args().hessian
    print(f"| loss | torch {torch.__version__}, f64 | f32 | `hessian spectrum`, f64 | f32 |\n|---|---|---|---|---|")
    for margin in (5.0, 10.0, 16.0, 20.0, 30.0, 36.0):
        loss, reference = exact(margin)
        found = [of_torch(margin, dtype)[1] for dtype in (torch.float64, torch.float32)]
        found += [of_this(margin, precision, binary) for precision in ("f64", "f32")]
        off = [np.linalg.norm(h - reference) / np.linalg.norm(reference) for h in found]
        print(f"| {loss:.1e} | " + " | ".join(f"{x:.1e}" for x in off) + " |")


main()
