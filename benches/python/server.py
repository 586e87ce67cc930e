"""Scores rows in Python when told to: one order a line on standard input, one answer a line on standard output.

The rewards are written as one writes them: `cpython` takes a row as two lists, `numpy` a batch as two arrays.
"""

import json
import struct
import sys
import time

import rewards_cpython

KINDS = {"cpython": None}
try:
    import numpy
    import rewards_numpy

    KINDS["numpy"] = None
except ImportError as error:
    KINDS["numpy"] = f"{error} (pip install numpy)"
try:
    import meed_bench_pyo3

    KINDS["pyo3"] = None if KINDS["numpy"] is None else "it needs NumPy"
except ImportError as error:
    KINDS["pyo3"] = str(error)

calls = {}


def cpython(reward, rows, factors, observation, action):
    def split(values):
        width = len(values) // rows
        return [list(values[row * width : (row + 1) * width]) for row in range(rows)]

    function = getattr(rewards_cpython, reward)
    observation, action = split(observation), split(action)

    def call():
        return [function(*row) for row in zip(observation, action)]

    return call, lambda answer: struct.pack(f"{rows * len(answer[0])}f", *(cell for row in answer for cell in row))


def arrays(rows, observation, action):
    return [numpy.array(values, dtype=numpy.float32).reshape(rows, -1) for values in (observation, action)]


def with_numpy(reward, rows, factors, observation, action):
    function = getattr(rewards_numpy, reward)
    observation, action = arrays(rows, observation, action)
    return lambda: function(observation, action), lambda answer: answer.astype(numpy.float32).tobytes()


def with_pyo3(reward, rows, factors, observation, action):
    function = getattr(meed_bench_pyo3, reward)
    observation, action = arrays(rows, observation, action)

    def call():
        out = numpy.empty((rows, factors), dtype=numpy.float32)
        function(observation, action, out)
        return out

    return call, lambda answer: answer.tobytes()


def load(kind, reward, rows, factors, observation, action):
    def read(path):
        data = open(path, "rb").read()
        return struct.unpack(f"{len(data) // 4}f", data)

    make = {"cpython": cpython, "numpy": with_numpy, "pyo3": with_pyo3}[kind]
    calls[kind] = make(reward, rows, factors, read(observation), read(action))
    return {}


def answer(kind, path):
    call, pack = calls[kind]
    with open(path, "wb") as file:
        file.write(pack(call()))
    return {}


def measure(kind, times):
    call, _ = calls[kind]
    begin = time.perf_counter()
    for _ in range(times):
        call()
    return {"seconds": time.perf_counter() - begin}


ORDERS = {"kinds": lambda: KINDS, "load": load, "answer": answer, "time": measure}
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps(ORDERS[order.pop("order")](**order)), flush=True)
