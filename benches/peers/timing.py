"""A process that does the work of workloads by one tool, and times it when it is told to.

A line `prepare WORKLOAD` is answered by a line of JSON: for each way to do it whether its results were right, or why there are
none. A line `time WORKLOAD WAY` is answered by the seconds of a repetition in a turn of this process.
"""

import json
import sys
import time
import traceback

import workloads

# The shortest time that is told from the noise of the clock and of the interpreter, in seconds.
TURN = 0.02


class Way:
    """One way to do the work of a workload. `repeat(times)` does it so often; `results()` does it once from the parameters
    that the workload has. `units` is how often a repetition does what times are given for."""

    def __init__(self, workload, repeat, results, units=None, note=None):
        self.repeat, self.results, self.note = repeat, results, note
        self.units = workload.units if units is None else units
        self.times = None

    def turn(self):
        """Seconds for each unit. Whoever had the turn before has the caches: what is timed follows what is not."""
        if self.times is None:
            self.times = 1
            while (seconds := self._seconds()) < TURN / 2:
                self.times *= max(2, min(16, int(TURN / 2 / max(seconds, 1e-9))))
        if self.times > 1:
            self.repeat(max(1, self.times // 4))
        return self._seconds() / self.times / self.units

    def _seconds(self):
        start = time.perf_counter()
        self.repeat(self.times)
        return time.perf_counter() - start


def serve(ways):
    """Answers the lines of the input. `ways(workload)` gives pairs of a name and a function that makes the way."""
    answers, sys.stdout = sys.stdout, sys.stderr
    ready = {}
    for line in sys.stdin:
        match line.split():
            case ["prepare", name]:
                workload = workloads.load(name)
                answer = {}
                for way, make in ways(workload):
                    start = time.perf_counter()
                    try:
                        made = make()
                        workload.check(made.results())
                        ready[name, way] = made
                        seconds = time.perf_counter() - start
                        answer[way] = {"note": made.note, "prepared": seconds, "units": made.units}
                    except NotImplementedError as reason:
                        answer[way] = {"problem": f"left out, {reason}"}
                    except Exception as problem:
                        traceback.print_exc()
                        answer[way] = {"problem": f"{type(problem).__name__}: {problem}".splitlines()[0]}
                print(json.dumps(answer), file=answers, flush=True)
            case ["time", name, way]:
                print(repr(ready[name, way].turn()), file=answers, flush=True)
            case ["forget", name]:
                for key in [key for key in ready if key[0] == name]:
                    del ready[key]
                print("forgotten", file=answers, flush=True)
