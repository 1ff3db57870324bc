"""CasADi: `vm`, its virtual machine, called without copies of arguments, and `c`, the C that it generates, compiled by
`gcc -O3 -march=native -ffast-math` with a loop around it, called once for all repetitions.

Its virtual machine has double precision only, the C that of the workload. Layered networks are made of its matrices, with
the batch in one of them; what has no layers is made of scalars, for one sample, and mapped over samples.
"""

import ctypes
import pathlib
import subprocess
import tempfile

import casadi as ca
import numpy as np

from timing import Way, serve
from workloads import PENALTY, TIMED_RATE

LOOP = """
void repeat(long times, const casadi_real** arg, casadi_real** res, casadi_int* iw, casadi_real* w) {
  int (*volatile call)(const casadi_real**, casadi_real**, casadi_int*, casadi_real*, int) = f;
  const casadi_real* args[SZ_ARG];
  casadi_real* ress[SZ_RES];
  for (long at = 0; at < times; at++) {
    for (int i = 0; i < N_IN; i++) args[i] = arg[i];
    for (int i = 0; i < N_OUT; i++) ress[i] = res[i];
    call(args, ress, iw, w, 0);
  }
}
"""


def relu(x):
    return ca.fmax(x, 0)


def expression(a, b):
    c = a + b
    d = a * b + b**3
    c = c + (c + 1)
    c = c + (c + 1 + -a)
    d = d + (d * 2 + relu(b + a))
    d = d + (3 * d + relu(b - a))
    e = c - d
    f = e * e
    return f / 2 + 10 / f


def tiny(workload):
    x = ca.SX.sym("x", 2)
    y = expression(x[0], x[1])
    function = ca.Function("f", [x], [y, ca.gradient(y, x)])
    if workload.rows > 1:
        function = mapped(function, workload.rows, [], [])
    return function, [workload.features.T]


def mapped(function, rows, shared, summed):
    """The function for all samples; it has the inputs `shared` in common, and adds up the outputs `summed`."""
    return function.map("f", "serial", rows, shared, summed)


def irregular(workload):
    """One sample, mapped; the gradients of samples are added up."""
    p, x, t = ca.SX.sym("p", len(workload.parameters)), ca.SX.sym("x", workload.features.shape[1]), ca.SX.sym("t", workload.outputs)
    parameters, values = ca.vertsplit(p), ca.vertsplit(x)
    hidden = len(workload.neurons) - workload.outputs
    for at, neuron in enumerate(workload.neurons):
        total = parameters[neuron.bias]
        for value, weight in zip(neuron.values, neuron.weights):
            total = total + parameters[weight] * values[value]
        if workload.name == "pruned":
            values.append(relu(total) if at < hidden else total)
        else:
            values.append(ca.tanh(total))
    squares = ca.sumsqr(ca.vertcat(*values[-workload.outputs :]) - t)
    share = workload.rows * (workload.outputs if workload.name == "pruned" else 1)
    mean = squares / share
    function = ca.Function("f", [p, x, t], [mean, ca.gradient(mean, p)])
    if workload.rows > 1:
        function = mapped(function, workload.rows, [0], [0, 1])
    return function, [workload.parameters, workload.features.T, workload.targets.T]


def layered(workload):
    pairs = list(workload.layers())
    symbols = [ca.MX.sym("p", *np.atleast_2d(part.T).T.shape) for pair in pairs for part in pair]
    rows = workload.rows
    x = ca.MX.sym("x", workload.features.shape[1], rows)
    y = x
    for at in range(0, len(symbols), 2):
        y = symbols[at] @ y + ca.repmat(symbols[at + 1], 1, rows)
        if at < len(symbols) - 2:
            y = relu(y)
    parts = [part for pair in pairs for part in pair]
    if workload.wanted == "values":
        return ca.Function("f", [*symbols, x], [y]), [*parts, workload.features.T]
    t = ca.MX.sym("t", workload.targets.shape[1], rows)
    if workload.name == "moons":
        loss = ca.sum2(relu(1 - t * y)) / rows + PENALTY * sum(ca.sumsqr(part) for part in symbols)
    elif workload.name in ("digits", "wide"):
        loss = (ca.sum2(ca.log(ca.sum1(ca.exp(y)))) - ca.sum2(ca.sum1(t * y))) / rows
    else:
        loss = ca.sumsqr(y - t) / (rows * t.shape[0])
    gradients = [ca.gradient(loss, part) for part in symbols]
    inputs, outputs = [*symbols, x, t], [loss, *gradients]
    values = [*parts, workload.features.T, workload.targets.T]
    if workload.wanted == "step":
        rate = ca.MX.sym("rate")
        outputs += [part - rate * by for part, by in zip(symbols, gradients)]
        inputs, values = [*inputs, rate], [*values, np.array([workload.rate])]
    return ca.Function("f", inputs, outputs), values


def made(workload):
    if workload.wanted == "gradient_by_features":
        return tiny(workload)
    # Of a pruned network only scalars leave out what is gone.
    if workload.neurons:
        return irregular(workload)
    return layered(workload)


def arrays(function, values, dtype):
    """Arguments and places for results, column by column as CasADi has them. A step writes new parameters beside the old."""
    arguments = [np.array(value, dtype).ravel(order="F") for value in values]
    found = [np.zeros(function.nnz_out(at), dtype) for at in range(function.n_out())]
    return arguments, found


def results(workload, function, found):
    parts = [part.reshape(function.size_out(at), order="F") for at, part in enumerate(found)]
    if workload.wanted == "values":
        return {"output": parts[0].T}
    if workload.wanted == "gradient_by_features":
        return {"output": parts[0], "gradient": parts[1].T}
    if workload.neurons:
        return {"output": parts[0], "gradient": parts[1]}
    flat = lambda parts: workload.flat([(weights, biases.ravel()) for weights, biases in zip(parts[::2], parts[1::2])])
    layers = 2 * (len(workload.sizes) - 1)
    answer = {"output": parts[0], "gradient": flat(parts[1 : 1 + layers])}
    if workload.wanted == "step":
        answer["updated"] = flat(parts[1 + layers :])
    return answer


def start_timing(workload, arguments):
    if workload.wanted == "step":
        arguments[-1][:] = TIMED_RATE


def by_vm(workload):
    function, values = made(workload)
    arguments, found = arrays(function, values, np.float64)
    buffer, trigger = function.buffer()
    for at, part in enumerate(arguments):
        buffer.set_arg(at, memoryview(part))
    for at, part in enumerate(found):
        buffer.set_res(at, memoryview(part))

    def repeat(times):
        for _ in range(times):
            trigger()

    def check():
        trigger()
        answer = results(workload, function, [part.copy() for part in found])
        start_timing(workload, arguments)
        return answer

    way = Way(workload, repeat, check, note="f64" if workload.dtype is np.float32 else None)
    way.keep = buffer, arguments, found
    return way


def by_c(workload):
    function, values = made(workload)
    real = "float" if workload.dtype is np.float32 else "double"
    directory = pathlib.Path(tempfile.mkdtemp())
    generator = ca.CodeGenerator("f.c", {"casadi_real": real, "with_header": False})
    generator.add(function)
    generator.generate(f"{directory}/")
    sizes = {"SZ_ARG": function.sz_arg() + 1, "SZ_RES": function.sz_res() + 1, "N_IN": function.n_in(), "N_OUT": function.n_out()}
    with open(directory / "f.c", "a") as source:
        source.writelines(f"\n#define {name} {size}" for name, size in sizes.items())
        source.write(LOOP)
    # An irregular network is thousands of statements in a row, for which the compiler gets a lower level.
    level = "-O1" if workload.neurons else "-O3"
    command = ["gcc", level, "-march=native", "-ffast-math", "-shared", "-fPIC", "-o", "f.so", "f.c", "-lm"]
    subprocess.run(command, cwd=directory, check=True, timeout=240)
    library = ctypes.CDLL(str(directory / "f.so"))
    arguments, found = arrays(function, values, workload.dtype)
    pointers = lambda parts: (ctypes.c_void_p * max(1, len(parts)))(*[part.ctypes.data for part in parts])
    integers = np.zeros(function.sz_iw() + 1, np.int64)
    numbers = np.zeros(function.sz_w() + 1, workload.dtype)
    handed = (
        pointers(arguments),
        pointers(found),
        ctypes.c_void_p(integers.ctypes.data),
        ctypes.c_void_p(numbers.ctypes.data),
    )

    def repeat(times):
        library.repeat(ctypes.c_long(times), *handed)

    def check():
        repeat(1)
        answer = results(workload, function, [part.copy() for part in found])
        start_timing(workload, arguments)
        return answer

    way = Way(workload, repeat, check, note="compiled with -O1" if level == "-O1" else None)
    way.keep = arguments, found, integers, numbers
    return way


if __name__ == "__main__":
    serve(lambda workload: [("vm", lambda: by_vm(workload)), ("c", lambda: by_c(workload))])
