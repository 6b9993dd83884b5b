"""The same jobs in JAX: jvp of grad, compiled for parameters and a direction.

Parameters that the program closes over are constants to the compiler, which then evaluates the network's own
passes once and for all: a product is faster, and compiling takes seconds to minutes, anew at every point. That
is `hvp_at_point`."""

import jax
import numpy as np

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402

from problem import EPS  # noqa: E402
from torch_side import eigsh, spectral_moments  # noqa: E402


class Jax:
    name = "jax"

    def __init__(self, q, dtype):
        self.q, self.dtype = q, getattr(jnp, dtype)
        make = lambda a: jnp.asarray(a, self.dtype)  # noqa: E731
        self.X, self.V = make(q.X), make(q.V)
        self.y = jax.nn.one_hot(q.y, q.k, dtype=self.dtype)
        self.theta = jnp.concatenate([make(w).reshape(-1) for w in q.weights])
        cuts = np.cumsum([w.size for w in q.weights])[:-1].tolist()
        shapes = [w.shape for w in q.weights]
        self.split = lambda t: [p.reshape(s) for p, s in zip(jnp.split(t, cuts), shapes)]
        gradient = jax.grad(self.loss)
        product = lambda theta, v: jax.jvp(lambda t: gradient(t, self.X, self.y), (theta,), (v,))[1]  # noqa: E731
        self._gradient = jax.jit(lambda t: jax.value_and_grad(self.loss)(t, self.X, self.y)[1])
        self.product = jax.jit(product)
        self._at_point = jax.jit(lambda v: product(self.theta, v))
        self._block = jax.jit(jax.vmap(product, in_axes=(None, 1)))
        self._hessian = jax.jit(lambda theta: jax.lax.map(lambda e: product(theta, e),
                                                          jnp.eye(q.parameters, dtype=self.dtype), batch_size=128))
        self._step = jax.jit(lambda t, x, y, rate: t - rate * gradient(t, x, y))
        self._slq = {}

    def loss(self, theta, x, y):
        it = iter(self.split(theta))

        def normalise(z):
            gain, shift = next(it), next(it)
            centred = z - z.mean(0)
            return gain * centred * jax.lax.rsqrt((centred**2).mean(0) + EPS) + shift

        h = x @ next(it).T + next(it)
        for _ in range(self.q.p):
            z = jax.nn.relu(normalise(h @ next(it).T))
            if self.q.block == "double":
                z = normalise(z @ next(it).T)
            h = h + self.q.scale * z
        logits = h @ next(it).T + next(it)
        return -(jax.nn.log_softmax(logits) * y).sum(1).mean()

    def gradient(self):
        return np.asarray(self._gradient(self.theta))

    def hvp(self):
        return np.asarray(self.product(self.theta, self.V[:, 0]))

    def hvp_at_point(self):
        return np.asarray(self._at_point(self.V[:, 0]))

    def hvp_block(self):
        return np.asarray(self._block(self.theta, self.V)).reshape(-1)

    def exact_hessian(self):
        self.matrix = np.asarray(self._hessian(self.theta))
        return np.array([np.linalg.norm(self.matrix), np.trace(self.matrix)])

    def slq(self, probes, steps):
        if steps not in self._slq:
            def run(theta, q):
                def step(j, carry):
                    Q, alpha, beta = carry
                    w = self.product(theta, Q[j])
                    alpha = alpha.at[j].set(w @ Q[j])
                    for _ in range(2):
                        w = w - Q.T @ (Q @ w)
                    norm = jnp.linalg.norm(w)
                    return Q.at[j + 1].set(w / norm), alpha, beta.at[j].set(norm)

                Q = jnp.zeros((steps + 1, q.size), self.dtype).at[0].set(q / jnp.linalg.norm(q))
                zeros = jnp.zeros(steps, self.dtype)
                return jax.lax.fori_loop(0, steps, step, (Q, zeros, zeros))[1:]

            self._slq[steps] = jax.jit(run)
        rng = np.random.default_rng(7)
        moments = []
        for _ in range(probes):
            q = jnp.asarray(rng.integers(0, 2, self.q.parameters) * 2 - 1, self.dtype)
            alpha, beta = (np.asarray(a) for a in self._slq[steps](self.theta, q))
            moments.append(spectral_moments(alpha, beta[:-1]))
        return np.mean(moments, axis=0)

    def topk(self, k, tolerance):
        return eigsh(lambda v: np.asarray(self.product(self.theta, jnp.asarray(v, self.dtype))), self.q, k, tolerance)

    def sgd_epoch(self, batch, rate):
        theta = self.theta
        for first in range(0, self.q.B - batch + 1, batch):
            theta = self._step(theta, self.X[first:first + batch], self.y[first:first + batch], rate)
        theta.block_until_ready()
