#!/usr/bin/env python3
"""Writes the cases of images under tests/oracles/interop/ with PyTorch, in float64.

Every case is a folder with network.toml, weights.safetensors, data.safetensors and expected.json: loss,
gradient, trace, squared Frobenius norm and all eigenvalues of the Hessian, by double backward.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 numpy safetensors
    venv/bin/python tests/oracles/make_interop.py

Batch norm with batch statistics is PyTorch's own, whose double backward was checked against the formula
written out to 1e-10 (`hessian` of the second network in `write`); "frozen" detaches the statistics of the batch, "running" is
evaluation mode.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

ROOT = Path(__file__).parent / "interop"


class BatchNorm(nn.Module):
    """Batch norm under one of the three kinds of normalization, or in training."""

    def __init__(self, features, eps, momentum, kind, written_out=False):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))
        self.eps, self.momentum, self.kind, self.written_out = eps, momentum, kind, written_out

    def forward(self, x):
        if self.kind == "train":
            statistics = (self.running_mean, self.running_var)
            return nn.functional.batch_norm(
                x, *statistics, self.weight, self.bias, True, self.momentum, self.eps
            )
        if self.kind == "batch" and not self.written_out:
            return nn.functional.batch_norm(
                x, None, None, self.weight, self.bias, training=True, eps=self.eps
            )
        axes = [axis for axis in range(x.dim()) if axis != 1]
        shape = [1, -1] + [1] * (x.dim() - 2)
        if self.kind == "running":
            mean, var = self.running_mean, self.running_var
        else:
            mean = x.mean(axes)
            var = (x - mean.view(shape)).square().mean(axes)
            if self.kind == "frozen":
                mean, var = mean.detach(), var.detach()
        unit = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return self.weight.view(shape) * unit + self.bias.view(shape)


class SubsamplePad(nn.Module):
    def __init__(self, out, stride):
        super().__init__()
        self.out, self.stride = out, stride

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return nn.functional.pad(x, (0, 0, 0, 0, 0, self.out - x.shape[1]))


class Residual(nn.Module):
    def __init__(self, scale, branch, shortcut):
        super().__init__()
        self.factor = scale.get("fixed", 1.0)
        if "learned" in scale:
            self.scale = nn.Parameter(torch.tensor(scale["learned"], dtype=torch.float64))
        self.branch = branch
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, x):
        factor = self.scale if hasattr(self, "scale") else self.factor
        carried = self.shortcut(x) if hasattr(self, "shortcut") else x
        return carried + factor * self.branch(x)


def build(layers, shape, kind, written_out):
    """A Sequential of the layers; `shape` of one sample comes back changed."""
    modules = []
    for layer in layers:
        for _ in range(layer.get("repeat", 1)):
            module, shape = build_one(layer, shape, kind, written_out)
            modules.append(module)
    return nn.Sequential(*modules), shape


def build_one(layer, shape, kind, written_out):
    name = layer["kind"]
    if name == "residual":
        branch, end = build(layer["branch"], shape, kind, written_out)
        shortcut = None
        if layer.get("shortcut"):
            shortcut, _ = build(layer["shortcut"], shape, kind, written_out)
        return Residual(layer.get("scale", {}), branch, shortcut), end
    if name == "linear":
        module = nn.Linear(shape[0], layer["out"], bias=layer.get("bias", True))
    elif name == "conv2d":
        module = nn.Conv2d(
            shape[0],
            layer["out"],
            layer["kernel"],
            stride=layer.get("stride", 1),
            padding=layer.get("padding", 0),
            bias=layer.get("bias", True),
        )
    elif name == "batch_norm":
        module = BatchNorm(
            shape[0], layer.get("eps", 1e-5), layer.get("momentum", 0.1), kind, written_out
        )
    elif name == "subsample_pad":
        module = SubsamplePad(layer["out"], layer.get("stride", 1))
    else:
        module = {
            "relu": nn.ReLU,
            "tanh": nn.Tanh,
            "softplus": nn.Softplus,
            "identity": nn.Identity,
            "flatten": nn.Flatten,
            "global_average_pool": lambda: nn.AdaptiveAvgPool2d(1),
        }[name]()
    return module, list(module.double()(torch.zeros(2, *shape, dtype=torch.float64)).shape[1:])


def hinge(f, y):
    """nn.MultiMarginLoss, which PyTorch differentiates only once, written out."""
    own = f.gather(1, y[:, None])
    excess = (1 - own + f).clamp(min=0)
    others = torch.ones_like(f).scatter(1, y[:, None], 0.0)
    value = (excess * others).sum(1).mean() / f.shape[1]
    assert torch.isclose(value, nn.MultiMarginLoss()(f, y), rtol=1e-14)
    return value


def objective(loss):
    return {
        "cross_entropy": nn.CrossEntropyLoss(),
        "squared": lambda f, y: (f - y).square().sum(1).mean() / 2,
        "hinge": hinge,
    }[loss]


def hessian(network, loss, inputs, targets):
    parameters = list(network.parameters())
    value = loss(network(inputs), targets)
    gradient = flat(torch.autograd.grad(value, parameters, create_graph=True), parameters)
    rows = []
    for entry in gradient:
        if entry.requires_grad:
            row = torch.autograd.grad(entry, parameters, retain_graph=True, allow_unused=True)
        else:
            row = [None] * len(parameters)
        rows.append(flat(row, parameters))
    return value.detach(), gradient.detach(), torch.stack(rows).detach()


def flat(tensors, parameters):
    pairs = zip(tensors, parameters)
    return torch.cat(
        [(torch.zeros_like(p) if t is None else t).reshape(-1) for t, p in pairs]
    )


def draw_case(name, text, kind, samples, constant=None):
    """The description, its network away from its start, inputs and targets."""
    # TOML 1.0, which tomllib reads, allows no line break in an inline table; TOML 1.1 does.
    description = tomllib.loads(re.sub(r"\n {4,}", " ", text))
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    torch.manual_seed(sum(map(ord, name)))
    shape = description["input"]
    shape = [shape] if isinstance(shape, int) else shape
    network, (outputs,) = build(description["layers"], shape, kind, False)
    draw = lambda *size: torch.randn(size, generator=generator, dtype=torch.float64)
    for parameter in network.parameters():
        parameter.data += 0.2 * draw(*parameter.shape)
    for key, buffer in network.named_buffers():
        noise = 0.3 * draw(*buffer.shape)
        buffer += noise.abs() if key.endswith("var") else noise
    inputs = draw(samples, *shape)
    if constant is not None:
        inputs[:, constant] = 1.25
    if description["loss"] == "squared":
        targets = draw(samples, outputs)
    else:
        targets = torch.randint(outputs, (samples,), generator=generator)
    return description, shape, network, inputs, targets


def save(name, text, weights, inputs, targets, expected):
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.toml").write_text(text)
    weights = {key: tensor.contiguous() for key, tensor in weights.items()}
    save_file(weights, folder / "weights.safetensors")
    save_file({"inputs": inputs, "targets": targets}, folder / "data.safetensors")
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    print(f"{name}: {len(expected['names'])} tensors", file=sys.stderr)


def state_of(network):
    return {key: tensor.detach().clone() for key, tensor in network.state_dict().items()}


def write(name, text, kind, samples, single=False, constant=None):
    case = draw_case(name, text, kind, samples, constant)
    description, shape, network, inputs, targets = case
    weights = state_of(network)
    if single:
        weights = {key: tensor.float() for key, tensor in weights.items()}
        inputs = inputs.float()
        network.load_state_dict(weights)

    loss = objective(description["loss"])
    value, gradient, matrix = hessian(network, loss, inputs.double(), targets)
    if kind == "batch":
        check, _ = build(description["layers"], shape, kind, True)
        check.load_state_dict(network.state_dict())
        _, _, other = hessian(check, loss, inputs.double(), targets)
        error = (matrix - other).norm() / matrix.norm().clamp(min=1e-300)
        assert error < 1e-10, f"{name}: PyTorch's batch norm differs by {error}"
    matrix = (matrix + matrix.T) / 2
    expected = {
        "normalization": kind,
        "loss": value.item(),
        "parameters": gradient.numel(),
        "names": [key for key, _ in network.named_parameters()],
        "gradient_norm": gradient.norm().item(),
        "gradient": gradient.tolist(),
        "trace": matrix.trace().item(),
        "frobenius_squared": matrix.square().sum().item(),
        "eigenvalues": torch.linalg.eigvalsh(matrix).tolist(),
    }
    save(name, text, weights, inputs, targets, expected)


def write_training(name, text, samples, steps, descent):
    """Steps of torch.optim.SGD on the whole batch, with running statistics."""
    description, _, network, inputs, targets = draw_case(name, text, "train", samples)
    weights = state_of(network)
    optimiser = torch.optim.SGD(network.parameters(), **descent)
    loss = objective(description["loss"])
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        value = loss(network(inputs), targets)
        value.backward()
        optimiser.step()
        losses.append(value.item())
    after = state_of(network)
    names = [key for key, _ in network.named_parameters()]
    part = lambda what: torch.cat([t.reshape(-1) for k, t in after.items() if k.endswith(what)])
    expected = {
        **descent,
        "losses": losses,
        "names": names,
        "parameters": torch.cat([after[key].reshape(-1) for key in names]).tolist(),
        "running_mean": part("running_mean").tolist(),
        "running_var": part("running_var").tolist(),
    }
    save(name, text, weights, inputs, targets, expected)


CONV = """input = [2, 5, 4]
loss = "{loss}"
layers = [
  {{ kind = "conv2d", out = 3, kernel = 3, stride = {stride}, padding = 1 }},
  {{ kind = "batch_norm" }},
  {{ kind = "{activation}" }},
  {{ kind = "conv2d", out = 4, kernel = 2, bias = false }},
  {{ kind = "batch_norm", eps = 1e-3 }},
  {{ kind = "{activation}" }},
  {{ kind = "global_average_pool" }},
  {{ kind = "flatten" }},
  {{ kind = "linear", out = 3 }},
]
"""

OPTION_B = """input = [1, 7, 5]
loss = "cross_entropy"
layers = [
  { kind = "conv2d", out = 3, kernel = 3, padding = 1, bias = false },
  { kind = "batch_norm" },
  { kind = "relu" },
  { kind = "residual", scale = { learned = 0.7 },
    branch = [{ kind = "conv2d", out = 4, kernel = 3, stride = 2, padding = 1, bias = false }, { kind = "batch_norm" }, { kind = "relu" },
              { kind = "conv2d", out = 4, kernel = 3, padding = 1, bias = false }, { kind = "batch_norm" }],
    shortcut = [{ kind = "conv2d", out = 4, kernel = 1, stride = 2, bias = false }, { kind = "batch_norm" }] },
  { kind = "relu" },
  { kind = "global_average_pool" },
  { kind = "flatten" },
  { kind = "linear", out = 3 },
]
"""

OPTION_A = """input = [2, 6, 6]
loss = "cross_entropy"
layers = [
  { kind = "batch_norm" },
  { kind = "residual", repeat = 2, scale = { learned = 0.5 },
    branch = [{ kind = "batch_norm" }, { kind = "softplus" }, { kind = "conv2d", out = 2, kernel = 3, padding = 1 }] },
  { kind = "residual", scale = { fixed = 0.3 },
    branch = [{ kind = "tanh" }, { kind = "conv2d", out = 4, kernel = 3, stride = 2, padding = 1, bias = false }],
    shortcut = [{ kind = "subsample_pad", out = 4, stride = 2 }] },
  { kind = "batch_norm" },
  { kind = "softplus" },
  { kind = "global_average_pool" },
  { kind = "flatten" },
  { kind = "linear", out = 2 },
]
"""

# A kernel that at some places lies on the padding alone, and rows that the stride leaves out.
FLATTEN = """input = [2, 6, 4]
loss = "{loss}"
layers = [
  {{ kind = "conv2d", out = 2, kernel = 2, stride = 3, padding = 2 }},
  {{ kind = "tanh" }},
  {{ kind = "flatten" }},
  {{ kind = "batch_norm" }},
  {{ kind = "linear", out = 4 }},
  {{ kind = "softplus" }},
  {{ kind = "linear", out = 3 }},
]
"""

CONSTANT = """input = 4
loss = "cross_entropy"
layers = [
  { kind = "batch_norm" },
  { kind = "linear", out = 6 },
  { kind = "batch_norm" },
  { kind = "tanh" },
  { kind = "linear", out = 3 },
]
"""

if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    conv = lambda **words: CONV.format(**words)
    write("conv-bn-batch", conv(loss="cross_entropy", activation="softplus", stride=1), "batch", 6)
    write("conv-bn-frozen", conv(loss="squared", activation="tanh", stride=2), "frozen", 5)
    write("conv-bn-running", conv(loss="cross_entropy", activation="relu", stride=1), "running", 7)
    write("conv-bn-one-sample", conv(loss="squared", activation="softplus", stride=1), "batch", 1)
    write("residual-projection-batch", OPTION_B, "batch", 5)
    write("residual-projection-frozen", OPTION_B, "frozen", 5)
    write("residual-projection-float32", OPTION_B, "running", 5, single=True)
    write("residual-subsample-batch", OPTION_A, "batch", 4)
    write("flatten-batch", FLATTEN.format(loss="squared"), "batch", 9)
    write("flatten-hinge-frozen", FLATTEN.format(loss="hinge"), "frozen", 9)
    write("constant-feature-batch", CONSTANT, "batch", 11, constant=2)
    descent = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}
    write_training("training-projection", OPTION_B, 6, 4, descent)
