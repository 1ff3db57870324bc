"""The irregular network in JAX: level by level, gathers from a matrix of a row for each value and a lane for each of 64 samples.

Forwards a level is a weighted sum of gathered rows, padded to the most inputs that one of its neurons has. Backwards it is
the same over the users of each value, padded alike: sums that are pulled, in place of the scatters that `jax.grad` makes of
gathers. The gradients by weights are products of gathered rows, for all edges at once.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from workloads import Levels

LANES = 64


def padded(lists, nothing):
    """Pairs of a value and a weight for each row, as two matrices; what pads is the value 0 times the weight `nothing`."""
    width = max(1, max(map(len, lists)))
    values, weights = np.zeros((len(lists), width), np.int32), np.full((len(lists), width), nothing, np.int32)
    for row, pairs in enumerate(lists):
        for column, (value, weight) in enumerate(pairs):
            values[row, column], weights[row, column] = value, weight
    return values, weights


def weighted(table, weights, values):
    """For each row the sum of rows of the table, each times its weight."""
    total = weights[:, :1] * table[values[:, 0]]
    for column in range(1, values.shape[1]):
        total = total + weights[:, column : column + 1] * table[values[:, column]]
    return total


def work(workload):
    levels, dtype = Levels(workload), workload.dtype
    lanes = min(LANES, workload.rows)
    batches = -(-workload.rows // lanes)
    # Samples that fill up the last batch have no share in the mean.
    def in_batches(table):
        filled = np.zeros((batches * lanes, table.shape[1]), dtype)
        filled[: len(table)] = table
        return jnp.array(filled.reshape(batches, lanes, -1).transpose(0, 2, 1))

    share = np.zeros((workload.rows + -workload.rows % lanes, 1), dtype)
    share[: workload.rows] = 1.0 / workload.rows
    data = (jnp.array(workload.parameters), in_batches(workload.features), in_batches(workload.targets), in_batches(share))

    count, features, none = levels.count, levels.features, len(workload.parameters)
    inputs = [(first, padded(neurons, none)) for first, neurons in levels.levels]
    users = [
        (first, padded([levels.users[first + at] for at in range(len(neurons))], none))
        for first, neurons in levels.levels[:-1]
    ]
    bias = np.array(levels.bias, np.int32)
    edges = [(at, value, weight) for value in range(count) for at, weight in levels.users[value]]
    edges = np.array(sorted(edges), np.int32)
    # The gradients by weights and then by biases, brought into the order of parameters.
    order = np.argsort(np.concatenate([edges[:, 2], bias])).astype(np.int32)
    outputs = slice(count - levels.outputs, count)

    def batch(parameters, x, t, share):
        numbers = jnp.append(parameters, jnp.zeros(1, dtype))
        biases = numbers[bias][:, None]
        values = jnp.zeros((count, x.shape[1]), dtype).at[:features].set(x)
        for first, (of, weights) in inputs:
            rows = slice(first - features, first - features + len(of))
            level = jnp.tanh(weighted(values, numbers[weights], of) + biases[rows])
            values = lax.dynamic_update_slice(values, level, (first, 0))
        error = values[outputs] - t
        loss = jnp.sum(error**2 * share)
        slope = 1.0 - values**2
        by_sum = jnp.zeros_like(values)
        by_sum = by_sum.at[outputs].set(2.0 * error * share * slope[outputs])
        for first, (of, weights) in reversed(users):
            level = weighted(by_sum, numbers[weights], of) * slope[first : first + len(of)]
            by_sum = lax.dynamic_update_slice(by_sum, level, (first, 0))
        by_weights = jnp.sum(by_sum[edges[:, 0]] * values[edges[:, 1]], 1)
        by_biases = jnp.sum(by_sum[features:], 1)
        return loss, jnp.concatenate([by_weights, by_biases])[order]

    def once(state, data):
        parameters, x, t, share = data
        if batches == 1:
            return state, batch(parameters, x[0], t[0], share[0])

        def body(at, sums):
            loss, gradient = batch(parameters, x[at], t[at], share[at])
            return sums[0] + loss, sums[1] + gradient

        return state, lax.fori_loop(0, batches, body, (jnp.zeros((), dtype), jnp.zeros(none, dtype)))

    return (), data, once
