"""The other end of Meed's bridge: runs copies of a Gymnasium or PettingZoo environment and answers over its standard streams.

Arguments: gym or pettingzoo, the id, the number of copies. A message is a letter, the length of what follows as u32, and what
follows; numbers are little-endian. The first answer describes the environment as JSON; after that, each question has one answer:

    R  begin an episode: u32 copy, u32 seed               -> f32 observations of the copy's agents
    A  step every copy: f32 actions                       -> f32 observations, f64 rewards, u8 terminated, u8 truncated
    P  step one copy, again and again: u32 copy, f32 ...  -> f32 observations of the copy's agents

Whatever goes wrong is raised: the traceback goes to standard error, where Meed reads it.
"""

import importlib
import json
import os
import struct
import sys

answers = os.fdopen(os.dup(1), "wb")
questions = sys.stdin.buffer
os.dup2(2, 1)  # what environments print is talk

kind, name, copies = sys.argv[1], sys.argv[2], int(sys.argv[3])

import numpy
from gymnasium import spaces


class Gym:
    """One agent."""

    def __init__(self):
        import gymnasium

        self.env = gymnasium.make(name, disable_env_checker=True)
        self.agents = [None]
        self.limit = self.env.spec.max_episode_steps if self.env.spec else None

    def observation_space(self, _):
        return self.env.observation_space

    def action_space(self, _):
        return self.env.action_space

    def reset(self, seed):
        return {None: self.env.reset(seed=seed)[0]}

    def step(self, actions):
        observation, reward, terminated, truncated, _ = self.env.step(actions[None])
        return {None: observation}, {None: reward}, {None: terminated}, {None: truncated}


class PettingZoo:
    """Several agents that act at once. One that has left sees zeros and gets nothing until the episode ends for all."""

    def __init__(self):
        self.env = importlib.import_module(name).parallel_env()
        self.agents = list(self.env.possible_agents)
        self.limit = None

    def observation_space(self, agent):
        return self.env.observation_space(agent)

    def action_space(self, agent):
        return self.env.action_space(agent)

    def reset(self, seed):
        self.left = {}
        return self.env.reset(seed=seed)[0]

    def step(self, actions):
        actions = {agent: actions[agent] for agent in self.env.agents}
        observations, rewards, terminated, truncated, _ = self.env.step(actions)
        for agent in actions:
            if terminated.get(agent) or truncated.get(agent):
                self.left[agent] = (bool(terminated.get(agent)), bool(truncated.get(agent)))
        over = not self.env.agents or len(self.left) == len(self.agents)
        flags = {agent: self.left.get(agent, (True, False)) if over else (False, False) for agent in self.agents}
        return (
            observations,
            rewards,
            {agent: terminated for agent, (terminated, _) in flags.items()},
            {agent: truncated for agent, (_, truncated) in flags.items()},
        )


envs = [{"gym": Gym, "pettingzoo": PettingZoo}[kind]() for _ in range(copies)]
agents = envs[0].agents
observation_spaces = [envs[0].observation_space(agent) for agent in agents]
action_space = envs[0].action_space(agents[0])


def describe_actions():
    if any(envs[0].action_space(agent) != action_space for agent in agents):
        raise SystemExit(f"{name}: its agents have different actions, and Meed gives all agents the same")
    if isinstance(action_space, spaces.Discrete):
        return {"choices": int(action_space.n)}
    if isinstance(action_space, spaces.Box):
        flat = lambda bound: [float(x) if numpy.isfinite(x) else None for x in bound.ravel()]
        return {"low": flat(action_space.low), "high": flat(action_space.high)}
    raise SystemExit(f"{name}: Meed knows Discrete and Box actions, not {action_space}")


def bound(spaces_, attribute, pick):
    bounds = [getattr(spaces.flatten_space(space), attribute) for space in spaces_]
    extreme = float(pick([pick(bound) for bound in bounds if bound.size]))
    return extreme if numpy.isfinite(extreme) else None


width = max(spaces.flatdim(space) for space in observation_spaces)
action_shape = action_space.shape if isinstance(action_space, spaces.Box) else (1,)
action_width = int(numpy.prod(action_shape))


def observe(observations):
    """Flattens the agents' observations into rows of one width; zeros fill up the shorter ones."""
    rows = numpy.zeros((len(agents), width), dtype="<f4")
    for row, agent, space in zip(rows, agents, observation_spaces):
        if agent in observations:
            seen = numpy.asarray(spaces.flatten(space, observations[agent]), dtype="<f4").ravel()
            row[: seen.size] = seen
    return rows


def decode(numbers):
    """Makes each agent's action of a copy's numbers."""
    rows = numbers.reshape(len(agents), action_width)
    if isinstance(action_space, spaces.Discrete):
        return {agent: int(row[0]) + int(action_space.start) for agent, row in zip(agents, rows)}
    # What lies outside the range is clipped here, as Meed's own environments do.
    box = lambda row: numpy.clip(row.reshape(action_shape), action_space.low, action_space.high)
    return {agent: box(row).astype(action_space.dtype) for agent, row in zip(agents, rows)}


def answer(*parts):
    parts = [bytes(part) for part in parts]
    answers.write(struct.pack("<cI", b"!", sum(map(len, parts))) + b"".join(parts))
    answers.flush()


def step_all(payload):
    actions = numpy.frombuffer(payload, dtype="<f4").reshape(copies, len(agents) * action_width)
    seen, rewards, terminated, truncated = [], [], [], []
    for env, numbers in zip(envs, actions):
        observations, reward, end, cut = env.step(decode(numbers))
        seen.append(observe(observations).tobytes())
        rewards += [float(reward.get(agent, 0.0)) for agent in agents]
        terminated += [bool(end[agent]) for agent in agents]
        truncated += [bool(cut[agent]) for agent in agents]
    answer(b"".join(seen), numpy.array(rewards, dtype="<f8").tobytes(), bytes(terminated), bytes(truncated))


def replay(payload):
    env = envs[struct.unpack_from("<I", payload)[0]]
    actions = numpy.frombuffer(payload, dtype="<f4", offset=4).reshape(-1, len(agents) * action_width)
    for numbers in actions:
        observations = env.step(decode(numbers))[0]
    answer(observe(observations).tobytes())


def begin(payload):
    copy, seed = struct.unpack("<II", payload)
    answer(observe(envs[copy].reset(seed)).tobytes())


description = {
    "agents": len(agents),
    "observation": {
        "size": width,
        "low": bound(observation_spaces, "low", numpy.min),
        "high": bound(observation_spaces, "high", numpy.max),
    },
    "action": describe_actions(),
    "limit": envs[0].limit,
}
answer(json.dumps(description).encode())
while header := questions.read(5):
    letter, length = struct.unpack("<cI", header)
    {b"A": step_all, b"R": begin, b"P": replay}[letter](questions.read(length))
