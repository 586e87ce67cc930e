"""Environments for tests/bridge.rs: some that break in each way, and one of several agents."""

import os
import sys
import time

import gymnasium
import numpy
from gymnasium import spaces


class Counter(gymnasium.Env):
    """Counts to the limit that its seed decides, and breaks at 3 in the way that its name says."""

    taken = 0  # steps of all copies in this process
    observation_space = spaces.Box(-1, 100, (2,), dtype=numpy.float64)
    action_space = spaces.Discrete(2, start=5)

    def __init__(self, way="well"):
        self.way = way

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.count, self.limit = 0, int(self.np_random.integers(4, 9))
        return self.observe(), {}

    def observe(self):
        return numpy.array([self.count, self.limit], dtype=numpy.float64)

    def step(self, action):
        assert action in (5, 6), action
        print("noise on standard output")
        self.count += 1
        if self.way == "fragile":
            Counter.taken += 1
            if Counter.taken > int(os.environ.get("MEED_TEST_LASTS", "1000000")):
                raise ValueError("worn out")
        if self.count == 3 and self.way == "raise":
            raise ValueError("three is too many")
        if self.count == 3 and self.way == "exit":
            os._exit(7)
        if self.count == 3 and self.way == "hang":
            print("about to hang", file=sys.stderr, flush=True)
            time.sleep(3600)
        if self.way == "forget":
            self.count += time.time_ns() % 1000
        return self.observe(), float(action), self.count >= self.limit, False, {}


for way in ["well", "raise", "exit", "hang", "forget", "fragile"]:
    gymnasium.register(f"{way.title()}-v0", Counter, kwargs={"way": way})


class Dictionary(Counter):
    observation_space = spaces.Dict({"a": spaces.Discrete(3), "b": spaces.Box(-2, 2, (2, 2), dtype=numpy.float32)})
    action_space = spaces.Box(-1, 3, (2, 2), dtype=numpy.float32)

    def observe(self):
        return {"a": 1, "b": numpy.array([[1, -1], [2, -2]], dtype=numpy.float32)}

    def step(self, action):
        return self.observe(), float(action.sum()), False, False, {}


class Words(Counter):
    action_space = spaces.Text(5)


gymnasium.register("Dictionary-v0", Dictionary, max_episode_steps=4)
gymnasium.register("Words-v0", Words)


class Relay:
    """Two agents of unlike sight; the second leaves after two steps, the first after four."""

    possible_agents = ["long", "short"]

    def observation_space(self, agent):
        return spaces.Box(-10, 10, (3 if agent == "long" else 1,), dtype=numpy.float32)

    def action_space(self, agent):
        return spaces.Discrete(3)

    def observe(self):
        return {agent: numpy.full(self.observation_space(agent).shape, self.count) for agent in self.agents}

    def reset(self, seed=None, options=None):
        self.agents, self.count = list(self.possible_agents), 0
        return self.observe(), {agent: {} for agent in self.agents}

    def step(self, actions):
        assert list(actions) == self.agents, actions
        self.count += 1
        leaves = {"short": self.count == 2, "long": self.count == 4}
        flags = {agent: leaves[agent] for agent in self.agents}
        answer = self.observe(), {agent: float(action) for agent, action in actions.items()}
        self.agents = [agent for agent in self.agents if not leaves[agent]]
        return *answer, flags, {agent: False for agent in flags}, {agent: {} for agent in flags}


parallel_env = Relay
