#!/usr/bin/env python3
"""The Hessian of one network with batch norm, by every route that a PyTorch user may take.

The network, weights and data are a folder of tests/oracles/interop. Every route gives a whole matrix in
float64; the reference is the central difference of PyTorch's gradient in training mode, which no
second-order rule enters. Prints a table in Markdown.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/batch_norm_trap.txt
    cargo build --release
    venv/bin/python benches/peers/batch_norm_trap.py --hessian target/release/hessian
"""

import argparse
import importlib.metadata
import subprocess
import sys
import tempfile
import tomllib
import warnings
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.func import functional_call, grad, hessian, jacrev, jvp

ROOT = Path(__file__).resolve().parents[2]
STEP = 1e-5  # of the central difference: its error is then of order 1e-10


class Residual(nn.Module):
    def __init__(self, scale, branch):
        super().__init__()
        if "learned" in scale:
            self.scale = nn.Parameter(torch.tensor(float(scale["learned"])))
        else:
            self.scale = scale.get("fixed", 1.0)
        self.branch = branch

    def forward(self, x):
        return x + self.scale * self.branch(x)


def build(layers, width):
    modules = []
    for layer in layers:
        for _ in range(layer.get("repeat", 1)):
            kind = layer["kind"]
            if kind == "linear":
                module = nn.Linear(width, layer["out"], bias=layer.get("bias", True))
                width = layer["out"]
            elif kind == "batch_norm":
                module = nn.BatchNorm1d(width, layer.get("eps", 1e-5), layer.get("momentum", 0.1))
            elif kind == "residual":
                module = Residual(layer.get("scale", {}), build(layer["branch"], width)[0])
            else:
                module = {"relu": nn.ReLU, "tanh": nn.Tanh, "softplus": nn.Softplus}[kind]()
            modules.append(module)
    return nn.Sequential(*modules), width


class WrittenOut(nn.Module):
    """Batch norm by its formula, as a tree of elementary operations."""

    def __init__(self, norm):
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x):
        mean = x.mean(0)
        variance = (x - mean).square().mean(0)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias


def written_out(module):
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm1d):
            setattr(module, name, WrittenOut(child))
        else:
            written_out(child)


class Problem:
    def __init__(self, folder):
        self.folder = folder
        network = tomllib.loads((folder / "network.toml").read_text())
        if network["loss"] != "cross_entropy":
            sys.exit("this script is for cross-entropy")
        self.network = network
        self.weights = load_file(folder / "weights.safetensors")
        data = load_file(folder / "data.safetensors")
        self.x, self.y = data["inputs"].double(), data["targets"]

    def model(self):
        model, _ = build(self.network["layers"], self.network["input"])
        # PyTorch's modules also count batches; the file need not
        missing, extra = model.double().load_state_dict(self.weights, strict=False)
        assert not extra and all(name.endswith("num_batches_tracked") for name in missing), missing
        return model.train()

    def flat_loss(self, model):
        """The loss as a function of one flat vector; buffers are copies, so that nothing is updated."""
        parameters = dict(model.named_parameters())
        shapes = [p.shape for p in parameters.values()]
        start = torch.cat([p.detach().reshape(-1) for p in parameters.values()])
        buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}

        def loss(flat):
            parts = torch.split(flat, [shape.numel() for shape in shapes])
            named = {n: p.view(s) for n, p, s in zip(parameters, parts, shapes)}
            fresh = {name: buffer.clone() for name, buffer in buffers.items()}
            outputs = functional_call(model, (named, fresh), (self.x,))
            return nn.functional.cross_entropy(outputs, self.y)

        return loss, start


def without_buffers(model):
    """Native batch norm that keeps no running averages: in-place updates stop function transforms."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.track_running_stats = False
            module.running_mean = module.running_var = module.num_batches_tracked = None
    return model


def differences(problem):
    loss, w = problem.flat_loss(without_buffers(problem.model()))

    def gradient(at):
        at = at.clone().requires_grad_()
        return torch.autograd.grad(loss(at), at)[0]

    columns = []
    for j in range(w.numel()):
        step = torch.zeros_like(w)
        step[j] = STEP
        columns.append((gradient(w + step) - gradient(w - step)) / (2 * STEP))
    return torch.stack(columns, 1)


def double_backward(problem):
    loss, w = problem.flat_loss(without_buffers(problem.model()))
    w = w.requires_grad_()
    (g,) = torch.autograd.grad(loss(w), w, create_graph=True)
    return torch.stack([torch.autograd.grad(entry, w, retain_graph=True)[0] for entry in g])


def forward_over_reverse(problem, gradient=grad, formula=False):
    model = without_buffers(problem.model())
    if formula:
        written_out(model)
    loss, w = problem.flat_loss(model)
    unit = torch.eye(w.numel(), dtype=w.dtype)
    return torch.stack([jvp(gradient(loss), (w,), (e,))[1] for e in unit], 1)


def func_hessian(problem):
    loss, w = problem.flat_loss(without_buffers(problem.model()))
    return hessian(loss)(w)


def reverse_over_reverse(problem):
    loss, w = problem.flat_loss(without_buffers(problem.model()))
    return jacrev(jacrev(loss))(w)


def curvlinops(problem):
    from curvlinops import HessianLinearOperator

    model = without_buffers(problem.model())
    parameters = dict(model.named_parameters())
    criterion = nn.CrossEntropyLoss(reduction="mean")
    data = [(problem.x, problem.y)]
    try:
        operator = HessianLinearOperator(
            model, criterion, parameters, data, check_deterministic=False
        )
    except (TypeError, AttributeError):
        operator = HessianLinearOperator(
            model, criterion, list(parameters.values()), data, check_deterministic=False
        )
    size = sum(p.numel() for p in parameters.values())
    return (operator @ torch.eye(size, dtype=torch.float64)).detach()


def pyhessian(problem):
    from pyhessian import hessian as measured
    from pyhessian.utils import hessian_vector_product

    computed = measured(
        problem.model(), nn.CrossEntropyLoss(), data=(problem.x, problem.y), cuda=False
    )
    shapes = [p.shape for p in computed.params]
    size = sum(shape.numel() for shape in shapes)
    columns = []
    for e in torch.eye(size, dtype=torch.float64):
        parts = torch.split(e, [shape.numel() for shape in shapes])
        vector = [part.view(shape) for part, shape in zip(parts, shapes)]
        product = hessian_vector_product(computed.gradsH, computed.params, vector)
        columns.append(torch.cat([part.detach().reshape(-1) for part in product]))
    return torch.stack(columns, 1)


def this_project(problem, binary, normalization):
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "spectrum", "--quiet", "--method", "exact", "--matrix", "--out", out]
        command += ["--normalization", normalization]
        for name, file in [("network", "toml"), ("weights", "safetensors"), ("data", "safetensors")]:
            command += [f"--{name}", problem.folder / f"{name}.{file}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return load_file(Path(out) / "arrays.safetensors")["hessian"]


def without_norms(matrix, problem):
    """Zero where a parameter of a batch norm or a bias is a row or a column."""
    model = problem.model()
    norms = [n for n, m in model.named_modules() if isinstance(m, nn.BatchNorm1d)]
    kept = torch.cat([
        torch.full((p.numel(),), not (n.endswith("bias") or n.rsplit(".", 1)[0] in norms))
        for n, p in model.named_parameters()
    ])
    return matrix * kept[:, None] * kept[None, :]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hessian", default=str(ROOT / "target/release/hessian"))
    parser.add_argument("--case", type=Path, default=ROOT / "tests/oracles/interop/single-bn-batch")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    problem = Problem(arguments.case)
    reference = differences(problem)
    routes = [
        ("central differences of the gradient (reference)", lambda: reference),
        ("`hessian spectrum --normalization batch`",
         lambda: this_project(problem, arguments.hessian, "batch")),
        ("torch double backward", lambda: double_backward(problem)),
        ("`torch.func.jvp(grad)`", lambda: forward_over_reverse(problem)),
        ("`torch.func.jvp(jacrev)`", lambda: forward_over_reverse(problem, jacrev)),
        ("`torch.func.hessian`", lambda: func_hessian(problem)),
        ("`torch.func.jacrev(jacrev)`", lambda: reverse_over_reverse(problem)),
        ("curvlinops `HessianLinearOperator`", lambda: curvlinops(problem)),
        ("`torch.func.jvp(jacrev)`, batch norm written out",
         lambda: forward_over_reverse(problem, jacrev, True)),
        ("PyHessian", lambda: pyhessian(problem)),
        ("`hessian spectrum --normalization running`",
         lambda: this_project(problem, arguments.hessian, "running")),
        ("`hessian spectrum --normalization frozen`",
         lambda: this_project(problem, arguments.hessian, "frozen")),
        ("reference without norms and biases (loss-landscape's default)",
         lambda: without_norms(reference, problem)),
    ]
    packages = ["torch", "curvlinops-for-pytorch", "PyHessian"]
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))
    print(f"{arguments.case.name}: {reference.shape[0]} parameters, {len(problem.y)} samples\n")
    print("| route | difference | largest eigenvalue | smallest | trace |")
    print("|---|---|---|---|---|")
    for name, route in routes:
        try:
            matrix = route().double()
        except Exception as error:  # a peer that fails is a row of the table
            print(f"| {name} | {type(error).__name__}: {str(error).splitlines()[0]} | | | |")
            continue
        off = torch.linalg.norm(matrix - reference) / torch.linalg.norm(reference)
        values = torch.linalg.eigvalsh((matrix + matrix.T) / 2)
        print(f"| {name} | {off:.1e} | {values[-1]:.6f} | {values[0]:.6f} | {matrix.trace():.6f} |")


if __name__ == "__main__":
    main()
