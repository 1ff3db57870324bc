"""micrograd, a scalar at a time, sample by sample, as its README does it.

It has no tanh, exponential or logarithm; those are added here as it writes its own operations. It looks for its order by
recursion, which needs a deep stack. `wide` and `irregular_1000` are left out, since a repetition takes minutes; the latter is a thousand
times `irregular_1`. Of some others a part of the samples is timed, and all are checked.
"""

import math
import sys
import threading

import numpy as np
from micrograd.engine import Value

from timing import Way, serve
from workloads import PENALTY, TIMED_RATE

LEFT_OUT = {"wide", "irregular_1000"}
TIMED_SAMPLES = {"digits": 1, "pruned": 16, "pruned_full": 4}


def unary(value, data, slope):
    out = Value(data, (value,), "unary")

    def backward():
        value.grad += slope * out.grad

    out._backward = backward
    return out


def tanh(value):
    data = math.tanh(value.data)
    return unary(value, data, 1 - data * data)


def exp(value):
    data = math.exp(value.data)
    return unary(value, data, data)


def log(value):
    return unary(value, math.log(value.data), 1 / value.data)


def expression(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def layered(workload, parameters, x):
    at = 0
    for layer, (inputs, outputs) in enumerate(zip(workload.sizes, workload.sizes[1:])):
        values = []
        for _ in range(outputs):
            weights, bias = parameters[at : at + inputs], parameters[at + inputs]
            at += inputs + 1
            total = sum((weight * value for weight, value in zip(weights, x)), bias)
            values.append(total.relu() if layer < len(workload.sizes) - 2 else total)
        x = values
    return x


def listed(workload, parameters, x):
    values = list(x)
    hidden = len(workload.neurons) - workload.outputs
    for at, neuron in enumerate(workload.neurons):
        terms = zip(neuron.weights, neuron.values)
        total = sum((parameters[weight] * values[value] for weight, value in terms), parameters[neuron.bias])
        if workload.name == "pruned":
            total = total.relu() if at < hidden else total
        else:
            total = tanh(total)
        values.append(total)
    return values[-workload.outputs :]


def outputs(workload, parameters, x):
    return (listed if workload.neurons else layered)(workload, parameters, x)


def loss(workload, parameters, x, t):
    """The loss of a sample."""
    y = outputs(workload, parameters, x)
    if workload.name == "moons":
        return (1 - t[0] * y[0]).relu()
    if workload.name in ("digits", "wide"):
        most = max(value.data for value in y)
        exps = [exp(value - most) for value in y]
        right = exps[t.index(1.0)]
        return -log(right / sum(exps[1:], exps[0]))
    squares = sum((value - target) ** 2 for value, target in zip(y, t))
    return squares if workload.name.startswith("irregular") else squares * (1 / len(y))


def way(workload):
    if workload.name in LEFT_OUT:
        raise NotImplementedError("a repetition takes minutes")
    x, t = workload.features.tolist(), workload.targets.tolist()
    samples = TIMED_SAMPLES.get(workload.name, workload.rows)

    if workload.wanted == "gradient_by_features":

        def once(samples):
            values, gradient = [], []
            for row in x[:samples]:
                a, b = map(Value, row)
                g = expression(a, b)
                g.backward()
                values.append(g.data)
                gradient.append((a.grad, b.grad))
            return {"output": values, "gradient": gradient}

    else:
        parameters = [Value(number) for number in workload.parameters.tolist()]

        def once(samples, rate=TIMED_RATE):
            if workload.wanted == "values":
                return {"output": [value.data for value in outputs(workload, parameters, x[0])]}
            for parameter in parameters:
                parameter.grad = 0
            total = 0.0
            if workload.name == "moons":
                # One backward for the sum, as its demo does it.
                losses = [loss(workload, parameters, *row) for row in zip(x, t)]
                mean = sum(losses, Value(0.0)) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in parameters)
                mean.backward()
                total = mean.data
            else:
                # A graph for each sample takes less memory, and gradients add up.
                for row in zip(x[:samples], t):
                    mean = loss(workload, parameters, *row) * (1.0 / workload.rows)
                    mean.backward()
                    total += mean.data
            results = {"output": [total], "gradient": [parameter.grad for parameter in parameters]}
            if workload.wanted == "step":
                for parameter in parameters:
                    parameter.data -= rate * parameter.grad
                results["updated"] = [parameter.data for parameter in parameters]
            return results

    def check():
        if workload.wanted != "step":
            return once(workload.rows)
        results = once(workload.rows, workload.rate)
        for parameter, start in zip(parameters, workload.parameters.tolist()):
            parameter.data = start
        return results

    def repeat(times):
        for _ in range(times):
            once(samples)

    note = None if samples == workload.rows else f"{samples} of {workload.rows} samples timed"
    return Way(workload, repeat, check, units=workload.units * samples / workload.rows, note=note)


if __name__ == "__main__":
    sys.setrecursionlimit(10**6)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=serve, args=(lambda workload: [("micrograd", lambda: way(workload))],))
    thread.start()
    thread.join()
