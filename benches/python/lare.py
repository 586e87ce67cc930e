"""What LaRe's released way of asking for factors costs: NumPy on every forward pass, between two copies of the batch.

Prints one line of JSON: microseconds of a gradient step that go into factors (two forward passes, one of the loss and one of
relabelling), and into the decoder's forward pass of one batch. Needs NumPy and PyTorch.
"""

import json
import statistics
import time

import numpy
import torch

ROWS = 256
TURNS = 300


def factors(observation, action):
    """Reacher's: closeness and effort, as a language model writes them."""
    distance = numpy.linalg.norm(observation[:, 8:11], axis=1, keepdims=True)
    effort = numpy.sum(numpy.square(action), axis=1, keepdims=True)
    return [-distance, -effort]


def asked(observation, action):
    """Factors of a batch on the device: down, through NumPy, and up again."""
    found = factors(observation.cpu().numpy(), action.cpu().numpy())
    return torch.tensor(numpy.concatenate(found, axis=1), dtype=torch.float32)


def microseconds(function):
    taken = []
    for _ in range(TURNS):
        begun = time.process_time()
        function()
        taken.append(time.process_time() - begun)
    return 1e6 * statistics.median(taken)


def main():
    torch.set_num_threads(1)
    observation, action = torch.randn(ROWS, 11), torch.randn(ROWS, 2)
    layers = [torch.nn.Linear(2, 256), torch.nn.ReLU(), torch.nn.Linear(256, 256), torch.nn.ReLU(), torch.nn.Linear(256, 1)]
    decoder = torch.nn.Sequential(*layers)
    latent = asked(observation, action)
    with torch.no_grad():
        step = 2 * microseconds(lambda: asked(observation, action))
        print(json.dumps({"factors": step, "decoder": microseconds(lambda: decoder(latent))}))


main()
