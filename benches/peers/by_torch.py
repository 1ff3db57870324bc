"""PyTorch: `eager`, operation by operation with its own gradients, and `compiled`, the same step by `torch.compile`.

Steps change parameters in place. The irregular network goes level by level, by products with sparse matrices (for one
sample by `embedding_bag`), forwards and backwards alike, with all samples in the lanes. Pruned
networks are dense, with zeros.
"""

import torch
import torch.nn.functional as F

from timing import Way, serve
from workloads import PENALTY, TIMED_RATE, Levels

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def expression(a, b):
    c = a + b
    d = a * b + b**3
    c = c + (c + 1.0)
    c = c + (c + 1.0 + -a)
    d = d + (d * 2.0 + F.relu(b + a))
    d = d + (3.0 * d + F.relu(b - a))
    e = c - d
    f = e * e
    return f / 2.0 + 10.0 / f


def forward(parameters, x):
    """The outputs of a network of relus, a row for each sample; weights and biases take turns in `parameters`."""
    last = len(parameters) - 2
    for at in range(0, len(parameters), 2):
        x = F.linear(x, parameters[at], parameters[at + 1])
        if at < last:
            x = F.relu(x)
    return x


def loss(workload, parameters, x, t):
    """The mean loss of a layered network over samples."""
    y = forward(parameters, x)
    if workload.name == "moons":
        squares = sum((part * part).sum() for part in parameters)
        return F.relu(1.0 - t * y).mean() + PENALTY * squares
    if workload.name in ("digits", "wide"):
        return F.cross_entropy(y, t)
    return F.mse_loss(y, t)


def pairs(parts):
    return [(weights.detach().numpy(), biases.detach().numpy()) for weights, biases in zip(parts[::2], parts[1::2])]


def irregular(workload):
    """A function that gives the loss and the gradient by parameters."""
    levels, samples = Levels(workload), workload.rows
    parameters = torch.tensor(workload.parameters)
    x, t = (torch.tensor(table.T.copy()) for table in (workload.features, workload.targets))
    count, features, outputs = levels.count, levels.features, levels.outputs

    # The weights of all levels, forwards and then backwards, are brought into order at once.
    in_order = []

    def matrix(lists):
        """A function of a table and of these edges' weights to their product."""
        lists = [sorted(pairs) for pairs in lists]
        offsets = torch.tensor([0] + [len(pairs) for pairs in lists]).cumsum(0)
        index = torch.tensor([value for pairs in lists for value, _ in pairs])
        in_order.append(torch.tensor([weight for pairs in lists for _, weight in pairs]))
        if samples == 1:
            starts = offsets[:-1].clone()
            return lambda table, weights: torch.embedding_bag(table, index, starts, False, 0, False, weights)[0]
        size = (len(lists), count)
        make = torch.sparse_csr_tensor
        return lambda table, weights: make(offsets, index, weights, size, check_invariants=False) @ table

    inputs = [(first, first + len(neurons), matrix(neurons)) for first, neurons in levels.levels]
    users = [
        (first, first + len(neurons), matrix([levels.users[at] for at in range(first, first + len(neurons))]))
        for first, neurons in reversed(levels.levels[:-1])
    ]
    sizes, in_order = [len(weights) for weights in in_order], torch.cat(in_order)
    bias = torch.tensor(levels.bias)
    edges = sorted((at, value, weight) for value in range(count) for at, weight in levels.users[value])
    to, of, weight = (torch.tensor(column) for column in zip(*edges))
    values, by_sum = (torch.zeros(count, samples, dtype=parameters.dtype) for _ in range(2))
    values[:features] = x
    gradient = torch.zeros_like(parameters)
    rows = torch.bincount(to, minlength=count).cumsum(0)
    rows = torch.cat([torch.zeros(1, dtype=rows.dtype), rows])
    pattern = torch.sparse_csr_tensor(rows, of, torch.zeros(len(of), dtype=parameters.dtype), (count, count))

    def once():
        weights = parameters[in_order].split(sizes)
        biases = parameters[bias, None]
        for (first, end, times), of_level in zip(inputs, weights):
            level = times(values, of_level).add_(biases[first - features : end - features])
            torch.tanh(level, out=values[first:end])
        error = values[count - outputs :] - t
        slope = 1.0 - values * values
        torch.mul(error * (2.0 / samples), slope[count - outputs :], out=by_sum[count - outputs :])
        for (first, end, times), of_level in zip(users, weights[len(inputs) :]):
            torch.mul(times(by_sum, of_level), slope[first:end], out=by_sum[first:end])
        if samples == 1:
            by_weight = by_sum[to, 0] * values[of, 0]
        else:
            by_weight = torch.sparse.sampled_addmm(pattern, by_sum, values.T, beta=0.0).values()
        gradient[weight] = by_weight
        gradient[bias] = by_sum[features:].sum(1)
        return (error * error).sum() / samples, gradient

    return once


def way(workload, wrap):
    """One way; `wrap` is what a function goes through before it is called."""
    x, t = torch.tensor(workload.features), torch.tensor(workload.targets)
    if workload.name.startswith("irregular"):
        once = torch.no_grad()(irregular(workload))
        check = lambda: dict(zip(("output", "gradient"), once()))
        return Way(workload, lambda times: [once() for _ in range(times)] and None, check)

    if workload.wanted == "gradient_by_features":
        a, b = (x[:, at].clone().requires_grad_() for at in range(2))
        ones = torch.ones_like(a)
        value = wrap(expression)

        def once():
            y = value(a, b)
            return y, torch.autograd.grad(y, (a, b), ones)

        def check():
            y, by = once()
            return {"output": y.detach(), "gradient": torch.stack(by, -1)}
    elif workload.wanted == "values":
        parameters = [torch.tensor(part) for layer in workload.layers() for part in layer]
        once = torch.inference_mode()(wrap(lambda: forward(parameters, x)))
        check = lambda: {"output": once()}
    else:
        parameters = [torch.tensor(part).requires_grad_() for layer in workload.layers() for part in layer]
        value = wrap(lambda: loss(workload, parameters, x, t))

        def gradient():
            mean = value()
            return mean, torch.autograd.grad(mean, parameters)

        def step(rate):
            mean, by = gradient()
            with torch.no_grad():
                torch._foreach_add_(parameters, by, alpha=-rate)
            return mean, by

        def check():
            start = [part.detach().clone() for part in parameters]
            mean, by = step(workload.rate) if workload.wanted == "step" else gradient()
            by = workload.flat(pairs(by))
            found = {"output": mean.detach(), "gradient": by, "updated": workload.flat(pairs(parameters)).copy()}
            with torch.no_grad():
                for part, value in zip(parameters, start):
                    part.copy_(value)
            return found

        once = (lambda: step(TIMED_RATE)) if workload.wanted == "step" else gradient

    def repeat(times):
        for _ in range(times):
            once()

    return Way(workload, repeat, check)


def ways(workload):
    yield "eager", lambda: way(workload, lambda function: function)
    # What the irregular network runs is not made of operations that fuse.
    if not workload.name.startswith("irregular"):
        yield "compiled", lambda: way(workload, torch.compile)


if __name__ == "__main__":
    serve(ways)
