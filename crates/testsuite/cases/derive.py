#!/usr/bin/env python3
"""Computes the expected numbers of those case files that say `Numbers by derive.py.`

It reads the listing and evaluates it with mpmath, to 60 digits, by its own text of every operation. Partials are
mpmath's numerical derivatives of that text, so that no formula of dagrad's is repeated here; only where an operation
has a kink the choices of docs/numerics.md are spelt out. Needs Python 3 and mpmath.

    python3 derive.py          writes the numbers into the files
    python3 derive.py --check  says which files do not have them
"""
import re
import sys
from pathlib import Path

import mpmath as mp

mp.mp.dps = 60
MARK = "# Numbers by derive.py."

SMOOTH = {
    "add": lambda *x: mp.fsum(x),
    "mul": lambda *x: mp.fprod(x),
    "sub": lambda x, y: x - y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "recip": lambda x: 1 / x,
    "square": lambda x: x**2,
    "pow": lambda x, y: mp.exp(y * mp.log(x)),
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "ln": mp.log,
    "log1p": lambda x: mp.log(1 + x),
    "erf": mp.erf,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": lambda y, x: mp.atan2(y, x),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "log_sum_exp": lambda *x: mp.log(mp.fsum(mp.exp(t) for t in x)),
}

COMPARISONS = {
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
}


def one_at(place, count):
    return [mp.mpf(int(at == place)) for at in range(count)]


def apply(name, configuration, x):
    """The value of an operation at x, and its partial by each operand."""
    if name == "powi":
        power = int(configuration)
        return x[0] ** power, [power * x[0] ** (power - 1) if power else mp.mpf(0)]
    if name in SMOOTH:
        function = SMOOTH[name]
        orders = [tuple(map(int, one_at(place, len(x)))) for place in range(len(x))]
        return function(*x), [mp.diff(function, tuple(x), order) for order in orders]
    if name in COMPARISONS:
        return mp.mpf(int(COMPARISONS[name](*x))), [mp.mpf(0)] * 2
    if name in ("min", "max"):
        value = min(x) if name == "min" else max(x)
        return value, one_at(x.index(value), len(x))
    if name == "relu":
        return (x[0], [mp.mpf(1)]) if x[0] > 0 else (mp.mpf(0), [mp.mpf(0)])
    if name == "abs":
        return abs(x[0]), [mp.sign(x[0])]
    if name == "select":
        place = 1 if x[0] != 0 else 2
        return x[place], one_at(place, 3)
    if name == "stop_gradient":
        return x[0], [mp.mpf(0)]
    raise SystemExit(f"derive.py does not know {name}")


NODE = re.compile(r"%(\d+) = (\w+)(?:\[([^\]]*)\])?(?:\(([^)]*)\))?(?: ([-\w.]+))?")


def derive(text):
    """The text with the numbers of every sample written below it."""
    lines = [line for line in text.splitlines() if not re.match(r"#> (values|gradient)", line)]
    nodes = [match.groups() for match in map(NODE.match, lines) if match]
    listed = [match.group(1) for match in map(re.compile(r"output .* = (.*)").match, lines) if match]
    outputs = [place.strip("% ") for places in listed for place in places.split(",")]
    seeds = [1.0] * len(outputs)
    written = []
    for line in lines:
        written.append(line)
        if line.startswith("#> seeds"):
            seeds = [float(word) for word in line.split()[2:]]
        if line.startswith("#> features"):
            features, _, targets = line[len("#> features"):].partition("targets")
            values, gradient = run(nodes, outputs, seeds, numbers(features), numbers(targets))
            written += ["#> values " + values, "#> gradient " + gradient]
    return "\n".join(written) + "\n"


def numbers(text):
    return iter([mp.mpf(float(word)) for word in text.split()])


def run(nodes, outputs, seeds, features, targets):
    value, slopes, inputs, parameters = {}, {}, [], []
    for place, name, configuration, operands, leaf in nodes:
        slopes[place] = {}
        if name in ("feature", "target"):
            value[place] = next(features if name == "feature" else targets)
            inputs.append(place)
        elif name in ("parameter", "constant"):
            value[place] = mp.mpf(float(leaf))
            if name == "parameter":
                parameters.append(place)
        else:
            below = [operand.strip("% ") for operand in operands.split(",")]
            value[place], partials = apply(name, configuration, [value[at] for at in below])
            for at, partial in zip(below, partials):
                for variable, slope in slopes[at].items():
                    sum_ = slopes[place].get(variable, mp.mpf(0))
                    slopes[place][variable] = sum_ + partial * slope
        if name in ("feature", "target", "parameter"):
            slopes[place] = {place: mp.mpf(1)}
    gradient = [
        mp.fsum(seed * slopes[output].get(variable, 0) for output, seed in zip(outputs, seeds))
        for variable in inputs + parameters
    ]
    return (" ".join(repr(float(x)) for x in row) for row in ([value[at] for at in outputs], gradient))


if __name__ == "__main__":
    stale = False
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        text = path.read_text()
        if MARK not in text.splitlines():
            continue
        if "--check" in sys.argv:
            if derive(text) != text:
                print(f"{path.name} does not have the numbers of derive.py")
                stale = True
        else:
            path.write_text(derive(text))
    sys.exit(stale)
