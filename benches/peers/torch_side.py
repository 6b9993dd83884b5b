"""The jobs in PyTorch: double backward, which is exact with batch norm (`torch.func.hessian` and
`jvp(jacrev)` through native train-mode batch norm are not, see the README)."""

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
import torch
from torch.nn import functional as F

from problem import EPS

torch.set_num_threads(1)


class Torch:
    name = "torch"

    def __init__(self, q, dtype):
        self.q, self.dtype = q, getattr(torch, dtype)
        make = lambda a: torch.tensor(a, dtype=self.dtype)  # noqa: E731
        self.weights = [make(w).requires_grad_() for w in q.weights]
        self.X, self.y, self.V = make(q.X), torch.tensor(q.y), make(q.V)
        self.graph = None

    def loss(self, x, y, relu=F.relu):
        it = iter(self.weights)
        normalise = lambda z: F.batch_norm(z, None, None, next(it), next(it), training=True, eps=EPS)  # noqa: E731
        h = F.linear(x, next(it), next(it))
        for _ in range(self.q.p):
            z = relu(normalise(F.linear(h, next(it))))
            if self.q.block == "double":
                z = normalise(F.linear(z, next(it)))
            h = h + self.q.scale * z
        return F.cross_entropy(F.linear(h, next(it), next(it)), y)

    def flat(self, pieces):
        return torch.cat([piece.reshape(-1) for piece in pieces])

    def split(self, v):
        return [p.view_as(w) for p, w in zip(v.split([w.numel() for w in self.weights]), self.weights)]

    def kept(self):
        if self.graph is None:
            self.graph = torch.autograd.grad(self.loss(self.X, self.y), self.weights, create_graph=True)
        return self.graph

    def gradient(self):
        return self.flat(torch.autograd.grad(self.loss(self.X, self.y), self.weights)).numpy()

    def product(self, v):
        return self.flat(torch.autograd.grad(self.kept(), self.weights, self.split(v), retain_graph=True))

    def hvp(self):
        return self.product(self.V[:, 0]).numpy()

    def gates(self):
        """Whether relu lets a number through, layer by layer."""
        found = []
        with torch.no_grad():
            self.loss(self.X, self.y, lambda z: (found.append((z > 0).numpy()), F.relu(z))[1])
        return found

    def hvp_through(self, gates):
        """The product of `hvp` where `gates` say what relu lets through."""
        gate = iter(gates)
        loss = self.loss(self.X, self.y, lambda z: z * torch.tensor(next(gate), dtype=self.dtype))
        gradient = torch.autograd.grad(loss, self.weights, create_graph=True)
        return self.flat(torch.autograd.grad(gradient, self.weights, self.split(self.V[:, 0]))).numpy()

    def block(self, V):
        rows = [p.reshape(V.shape[1], *w.shape) for p, w in
                zip(V.T.contiguous().split([w.numel() for w in self.weights], dim=1), self.weights)]
        out = torch.autograd.grad(self.kept(), self.weights, rows, retain_graph=True, is_grads_batched=True)
        return torch.cat([p.reshape(V.shape[1], -1) for p in out], dim=1)

    def hvp_block(self):
        return self.block(self.V).numpy().reshape(-1)

    def exact_hessian(self):
        eye = torch.eye(self.q.parameters, dtype=self.dtype)
        H = torch.cat([self.block(eye[:, i:i + 128]) for i in range(0, self.q.parameters, 128)])
        self.matrix = H.numpy()
        return np.array([np.linalg.norm(self.matrix), np.trace(self.matrix)])

    def exact_eigenvalues(self):
        return np.linalg.eigvalsh(self.matrix)

    def slq(self, probes, steps):
        moments = []
        generator = torch.Generator().manual_seed(7)
        for _ in range(probes):
            q = torch.randint(0, 2, (self.q.parameters,), generator=generator).to(self.dtype) * 2 - 1
            Q = torch.empty(steps, self.q.parameters, dtype=self.dtype)
            Q[0] = q / q.norm()
            alpha, beta = np.zeros(steps), np.zeros(steps - 1)
            for j in range(steps):
                w = self.product(Q[j])
                alpha[j] = float(w @ Q[j])
                for _ in range(2):
                    w = w - Q[: j + 1].T @ (Q[: j + 1] @ w)
                if j + 1 < steps:
                    beta[j] = float(w.norm())
                    Q[j + 1] = w / beta[j]
            moments.append(spectral_moments(alpha, beta))
        return np.mean(moments, axis=0)

    def topk(self, k, tolerance):
        return eigsh(lambda v: self.product(torch.from_numpy(v.copy())).numpy(), self.q, k, tolerance)

    def sgd_epoch(self, batch, rate):
        for w, start in zip(self.weights, self.q.weights):
            w.data.copy_(torch.as_tensor(start))
        optimiser = torch.optim.SGD(self.weights, lr=rate)
        for first in range(0, self.q.B - batch + 1, batch):
            optimiser.zero_grad()
            self.loss(self.X[first:first + batch], self.y[first:first + batch]).backward()
            optimiser.step()
        for w, start in zip(self.weights, self.q.weights):
            w.data.copy_(torch.as_tensor(start))


def spectral_moments(alpha, beta):
    values, vectors = scipy.linalg.eigh_tridiagonal(alpha, beta)
    weights = vectors[0] ** 2
    return np.array([(weights * values).sum(), (weights * values**2).sum()])


def eigsh(product, q, k, tolerance):
    operator = scipy.sparse.linalg.LinearOperator((q.parameters,) * 2, matvec=product, dtype=np.float64)
    start = np.ascontiguousarray(q.V[:, 1])
    return np.sort(scipy.sparse.linalg.eigsh(operator, k=k, which="LA", tol=tolerance, v0=start,
                                             return_eigenvectors=False))
