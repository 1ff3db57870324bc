"""The workloads as `cargo bench --bench programs -- export` writes them; `export.rs` says what the fields mean."""

import json
import pathlib
from dataclasses import dataclass

import numpy as np

DIRECTORY = pathlib.Path(__file__).parents[2] / "target" / "peers"

# In the order of the table.
NAMES = [
    "tiny_point",
    "tiny_1024",
    "moons",
    "digits",
    "wide",
    "irregular_1",
    "irregular_1000",
    "latency_8_8_2",
    "latency_16_16_4",
    "latency_32_32_8",
    "latency_64_64_16",
    "pruned",
    "pruned_full",
]

# The features and the neurons of each layer, where there are layers.
SIZES = {
    "moons": [2, 16, 16, 1],
    "digits": [64, 128, 64, 10],
    "wide": [784, 256, 128, 10],
    "latency_8_8_2": [8, 8, 2],
    "latency_16_16_4": [16, 16, 4],
    "latency_32_32_8": [32, 32, 8],
    "latency_64_64_16": [64, 64, 16],
    "pruned": [64, 64, 16],
    "pruned_full": [64, 64, 16],
}

# How much the squares of the parameters count beside the loss of `moons`.
PENALTY = 1e-4

# The rate while steps are timed: parameters stay near where they are, however often the step is repeated.
TIMED_RATE = 1e-6


@dataclass
class Neuron:
    """A weighted sum of values, and its activation."""

    values: list
    weights: list
    bias: int


@dataclass
class Workload:
    """What is to be done, and what should come of it: one exported file. Lists are arrays of its `dtype`."""

    name: str
    rows: int
    wanted: str
    rate: float
    unit: str
    dtype: type
    features: np.ndarray
    targets: np.ndarray
    parameters: np.ndarray
    neurons: list
    outputs: int
    expected: dict

    @property
    def sizes(self):
        return SIZES[self.name]

    @property
    def units(self):
        """How often one repetition does what times are given for."""
        return self.rows if self.unit == "sample" else 1

    def layers(self):
        """For each layer its weights, a row for each neuron, and its biases. Where an edge is gone there is a 0."""
        if self.neurons:
            yield from self._pruned_layers()
            return
        at = 0
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            size = outputs * (inputs + 1)
            rows = self.parameters[at : at + size].reshape(outputs, inputs + 1)
            yield np.ascontiguousarray(rows[:, :-1]), np.ascontiguousarray(rows[:, -1])
            at += size

    def _pruned_layers(self):
        at, below = 0, 0
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            weights, biases = np.zeros((outputs, inputs), self.dtype), np.zeros(outputs, self.dtype)
            for row, neuron in enumerate(self.neurons[at : at + outputs]):
                weights[row, np.array(neuron.values) - below] = self.parameters[neuron.weights]
                biases[row] = self.parameters[neuron.bias]
            yield weights, biases
            at, below = at + outputs, below + inputs

    def flat(self, layers):
        """The numbers that belong to parameters, in the order of parameters, from pairs as `layers` has them."""
        pairs = [(np.asarray(weights), np.asarray(biases)) for weights, biases in layers]
        if not self.neurons:
            return np.concatenate([np.column_stack(pair).ravel() for pair in pairs])
        flat, at, below = np.zeros(len(self.parameters), self.dtype), 0, 0
        for (inputs, outputs), (weights, biases) in zip(zip(self.sizes, self.sizes[1:]), pairs):
            for row, neuron in enumerate(self.neurons[at : at + outputs]):
                flat[neuron.weights] = weights[row, np.array(neuron.values) - below]
                flat[neuron.bias] = biases[row]
            at, below = at + outputs, below + inputs
        return flat

    def check(self, results):
        """Fails where these are not the results, up to 1e-9 (f64) or 1e-4 (f32) of the largest number of each list."""
        relative = 1e-9 if self.dtype is np.float64 else 1e-4
        for field, expected in self.expected.items():
            own = np.asarray(results[field], np.float64).ravel()
            if own.shape != expected.shape:
                raise AssertionError(f"{self.name}: {own.size} numbers for {expected.size} of the {field}")
            difference = np.abs(own - expected).max()
            if not difference <= relative * np.abs(expected).max():
                raise AssertionError(f"{self.name}: the {field} differs by {difference:e}")


def load(name):
    """The workload called `name`."""
    fields = json.loads((DIRECTORY / f"{name}.json").read_text())
    dtype = {"f32": np.float32, "f64": np.float64}[fields["precision"]]
    rows = fields["rows"]
    expected = {field: np.array(fields[field], np.float64) for field in ("output", "gradient", "updated")}
    return Workload(
        name=name,
        rows=rows,
        wanted=fields["wanted"],
        rate=fields["rate"],
        unit=fields["unit"],
        dtype=dtype,
        features=np.array(fields["features"], dtype).reshape(rows, -1),
        targets=np.array(fields["targets"], dtype).reshape(rows, -1),
        parameters=np.array(fields["parameters"], dtype),
        neurons=[Neuron(*neuron) for neuron in fields.get("neurons", [])],
        outputs=fields.get("outputs", 0),
        expected={field: numbers for field, numbers in expected.items() if numbers.size},
    )


class Levels:
    """Neurons without layers, by levels: a neuron is one above the highest of its inputs, and outputs come last.

    Values are numbered anew: features, then the neurons of each level in turn. `levels` has, for each level, the number
    of its first value, and for each of its neurons the numbers of its inputs and of their weights. `users` has, for each
    value, the same of what it is an input of.
    """

    def __init__(self, workload):
        features, neurons = workload.features.shape[1], workload.neurons
        level = [0] * features
        for neuron in neurons:
            level.append(1 + max(level[value] for value in neuron.values))
        top = max(level) + 1
        for value in range(len(level) - workload.outputs, len(level)):
            level[value] = top
        order = sorted(range(len(level)), key=lambda value: level[value])
        new = {old: at for at, old in enumerate(order)}
        self.features, self.count, self.outputs = features, len(order), workload.outputs
        self.levels, self.bias = [], []
        self.users = [[] for _ in order]
        last = 0
        for at, old in enumerate(order):
            if old < features:
                continue
            neuron = neurons[old - features]
            if level[old] != last:
                self.levels.append((at, []))
                last = level[old]
            edges = [(new[value], weight) for value, weight in zip(neuron.values, neuron.weights)]
            self.levels[-1][1].append(edges)
            self.bias.append(neuron.bias)
            for value, weight in edges:
                self.users[value].append((at, weight))
