"""JAX, compiled by XLA: `call`, a call from Python for each repetition, and `loop`, all repetitions in a loop inside one call.

In the loop each repetition depends on the one before it, or else XLA would do the work once: what it begins from is moved by
1e-30 times what came out before, which changes no bit of it. Steps hand their parameters on, into the same memory.
"""

import functools
import os

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import irregular_jax
from timing import Way, serve
from workloads import PENALTY, TIMED_RATE

jax.config.update("jax_enable_x64", True)


def expression(a, b):
    c = a + b
    d = a * b + b**3
    c = c + (c + 1.0)
    c = c + (c + 1.0 + -a)
    d = d + (d * 2.0 + jax.nn.relu(b + a))
    d = d + (3.0 * d + jax.nn.relu(b - a))
    e = c - d
    f = e * e
    return f / 2.0 + 10.0 / f


def forward(layers, x):
    """The outputs of a network of relus, a row for each sample."""
    for weights, biases in layers[:-1]:
        x = jax.nn.relu(x @ weights.T + biases)
    weights, biases = layers[-1]
    return x @ weights.T + biases


def loss(name):
    """The mean loss of a layered network over samples."""

    def hinge(layers, x, t):
        squares = sum(jnp.sum(part**2) for layer in layers for part in layer)
        return jnp.mean(jax.nn.relu(1.0 - t * forward(layers, x))) + PENALTY * squares

    def cross_entropy(layers, x, t):
        return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(forward(layers, x)), 1))

    def squared(layers, x, t):
        return jnp.mean((forward(layers, x) - t) ** 2)

    return {"moons": hinge, "digits": cross_entropy, "wide": cross_entropy}.get(name, squared)


def work(workload):
    """`(state, data)` and a function of them to `(state, what is wanted)`: one repetition. The state is what steps change."""
    x, t = jnp.array(workload.features), jnp.array(workload.targets)
    if workload.wanted == "gradient_by_features":
        both = jax.value_and_grad(expression, (0, 1))
        if workload.rows == 1:
            return (), (x[0, 0], x[0, 1]), lambda state, data: (state, both(*data))

        # The gradient of a sum over points has that of each of them.
        def many(state, data):
            values, back = jax.vjp(expression, *data)
            return state, (values, back(jnp.ones_like(values)))

        return (), (x[:, 0], x[:, 1]), many
    if workload.name.startswith("irregular"):
        return irregular_jax.work(workload)
    layers = [(jnp.array(weights), jnp.array(biases)) for weights, biases in workload.layers()]
    if workload.wanted == "values":
        return (), (layers, x), lambda state, data: (state, forward(*data))
    both = jax.value_and_grad(loss(workload.name))
    if workload.wanted == "gradient_by_parameters":
        if workload.name == "pruned":
            # Dense matrices with zeros, of whose gradients only those of edges are wanted.
            kept = [jnp.array(weights != 0) for weights, _ in workload.layers()]

            def pruned(state, data):
                value, gradient = both(*data)
                gradient = [(jnp.where(mask, weights, 0), biases) for mask, (weights, biases) in zip(kept, gradient)]
                return state, (value, gradient)

            return (), (layers, x, t), pruned
        return (), (layers, x, t), lambda state, data: (state, both(*data))

    def step(state, data):
        layers, rate = state
        value, gradient = both(layers, *data)
        layers = jax.tree.map(lambda part, by: part - rate * by, layers, gradient)
        return (layers, rate), (value, gradient)

    return (layers, jnp.array(workload.rate, workload.dtype)), (x, t), step


def results(workload, state, wanted):
    if workload.wanted == "values":
        return {"output": wanted}
    value, gradient = wanted
    if workload.wanted == "gradient_by_features":
        return {"output": value, "gradient": np.stack([np.asarray(by) for by in gradient], -1)}
    if workload.name.startswith("irregular"):
        return {"output": value, "gradient": gradient}
    found = {"output": value, "gradient": workload.flat(gradient)}
    if workload.wanted == "step":
        found["updated"] = workload.flat(state[0])
    return found


def timed(workload, state):
    """The state that is timed: steps are short, and start from arrays that may be overwritten."""
    if workload.wanted == "step":
        return jax.tree.map(jnp.copy, (state[0], jnp.array(TIMED_RATE, workload.dtype)))
    return state


def linked(workload, data, wanted):
    """The same data, in a way that depends on what came out before."""
    if workload.wanted == "step":
        return data
    if workload.wanted == "values":
        layers, x = data
        return layers, x + 1e-30 * wanted[0, 0]
    _, gradient = wanted
    moved = lambda part, by: part + 1e-30 * by
    if workload.wanted == "gradient_by_features":
        return jax.tree.map(moved, data, gradient)
    return jax.tree.map(moved, data[0], gradient), *data[1:]


def by_call(workload):
    state, data, once = work(workload)
    compiled = jax.jit(once, donate_argnums=0)
    now = timed(workload, state)

    def repeat(times):
        nonlocal now
        for _ in range(times):
            now, wanted = compiled(now, data)
        jax.block_until_ready((now, wanted))

    def check():
        return results(workload, *compiled(jax.tree.map(jnp.copy, state), data))

    return Way(workload, repeat, check)


def by_loop(workload):
    state, data, once = work(workload)

    @functools.partial(jax.jit, donate_argnums=0)
    def compiled(state, data, times):
        def body(_, carried):
            state, wanted = carried
            return once(state, linked(workload, data, wanted))

        shapes = jax.eval_shape(once, state, data)[1]
        nothing = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
        return lax.fori_loop(0, times, body, (state, nothing))

    now = timed(workload, state)

    def repeat(times):
        nonlocal now
        now, wanted = compiled(now, data, times)
        jax.block_until_ready((now, wanted))

    def check():
        return results(workload, *compiled(jax.tree.map(jnp.copy, state), data, 1))

    return Way(workload, repeat, check)


if __name__ == "__main__":
    serve(lambda workload: [("call", lambda: by_call(workload)), ("loop", lambda: by_loop(workload))])
