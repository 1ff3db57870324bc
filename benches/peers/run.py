"""Runs the workloads with all peers and with programs, and prints tables of times and of ratios.

    python benches/peers/run.py [--core CORE] [--rounds ROUNDS] [--peers PEER,PEER] [WORKLOAD ...]

Each tool is a process of its own that lives as long as this does. In each of many rounds every one of them, programs too, has
a turn while the others wait; all have the same core. Shown are the medians over the rounds, and the medians of the ratios
to the programs of the same round; then the ratios of the best times.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

import workloads

HERE = pathlib.Path(__file__).parent
PEERS = ["jax", "torch", "casadi", "micrograd"]
COLUMNS = {
    ("jax", "call"): "JAX, a call each",
    ("jax", "loop"): "JAX, a loop inside",
    ("torch", "eager"): "PyTorch",
    ("torch", "compiled"): "PyTorch, compiled",
    ("casadi", "vm"): "CasADi, VM",
    ("casadi", "c"): "CasADi, C",
    ("micrograd", "micrograd"): "micrograd",
}

# Whoever takes longer for a turn has a few of them only, in seconds.
LONG_TURN = 0.5
FEW_ROUNDS = 3


class Process:
    """A tool that answers a line with a line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"`{' '.join(map(str, self.process.args))}` ended at `{line}`")
        return answer


def main():
    parser = argparse.ArgumentParser(description="Runs the workloads with all peers and with programs.")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("workloads", nargs="*", default=workloads.NAMES)
    asked = parser.parse_args()

    bench = ["cargo", "bench", "--quiet", "--bench", "programs", "--"]
    subprocess.run([*bench, "export", *asked.workloads], cwd=HERE, check=True, stdout=sys.stderr)
    # What starts on a core stays there, and so does what it starts.
    os.sched_setaffinity(0, {asked.core})
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    programs = Process([*bench, "turns"])
    peers = {name: Process([sys.executable, f"by_{name}.py"]) for name in asked.peers.split(",")}

    found = {}
    for name in asked.workloads:
        found[name] = timed(name, programs, peers, asked.rounds)
        (workloads.DIRECTORY / "times.json").write_text(json.dumps(found))
    print(table(found))
    print()
    print(machine())


def timed(name, programs, peers, rounds):
    """For programs and for each way of each peer the seconds of each round, and what there is to say of it."""
    answers = {peer: json.loads(process.ask(f"prepare {name}")) for peer, process in peers.items()}
    ways = [(peer, way) for peer, answer in answers.items() for way in answer if "problem" not in answer[way]]
    own, seconds = [], {way: [] for way in ways}
    for round in range(rounds):
        own.append(float(programs.ask(name)))
        for peer, way in ways:
            times = seconds[peer, way]
            if round < FEW_ROUNDS or not is_long(answers[peer][way], times):
                times.append(float(peers[peer].ask(f"time {name} {way}")))
    for peer in peers:
        peers[peer].ask(f"forget {name}")
    others = {
        f"{peer} {way}": {**answers[peer][way], "seconds": seconds.get((peer, way), [])}
        for peer in answers
        for way in answers[peer]
    }
    print(name, {way: other.get("problem") or f"{statistics.median(other['seconds']):.3g}" for way, other in others.items()}, file=sys.stderr)
    return {"program": own, "peers": others}


def is_long(answer, times):
    return statistics.median(times) * answer["units"] > LONG_TURN


def table(found):
    """One table: the times of programs, and by how much each peer takes longer, in medians; and those of the best times."""
    columns = [key for key in COLUMNS if any(f"{key[0]} {key[1]}" in of["peers"] for of in found.values())]
    lines = []
    for title, ratio in (("medians", ratio_of_medians), ("best", ratio_of_bests)):
        lines.append(f"| {title} | program | " + " | ".join(COLUMNS[key] for key in columns) + " |")
        lines.append("|---|---:|" + "---:|" * len(columns))
        for name, of in found.items():
            own = statistics.median(of["program"]) if title == "medians" else min(of["program"])
            cells = []
            for peer, way in columns:
                times = of["peers"].get(f"{peer} {way}", {}).get("seconds")
                cells.append(ratio(times, of["program"]) if times else "–")
            lines.append(f"| `{name}` | {shown(own)} | " + " | ".join(cells) + " |")
        lines.append("")
    for name, of in found.items():
        for way, other in of["peers"].items():
            said = other.get("problem") or other.get("note")
            if said:
                lines.append(f"- `{name}`, {way}: {said}")
    return "\n".join(lines)


def ratio_of_medians(times, own):
    return factor(statistics.median(time / other for time, other in zip(times, own)))


def ratio_of_bests(times, own):
    return factor(min(times) / min(own))


def factor(ratio):
    text = f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}" if ratio < 1000 else f"{ratio:,.0f}"
    # A peer that wins is to be seen.
    return f"**{text}**" if ratio < 1 else text


def shown(seconds):
    for unit, size in (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)):
        if seconds < 1000 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def machine():
    """What it ran on."""
    packages = ["jax", "torch", "casadi", "micrograd", "numpy"]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    of = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    model = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")][0]
    return f"{model}; {of('rustc', '--version')}; {of('gcc', '--version')}; Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    main()
