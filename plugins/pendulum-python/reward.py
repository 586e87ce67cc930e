"""The cost of Gymnasium's Pendulum-v1, term by term, in Python: the same reward as ../pendulum, for the same rows.

`meed build` makes the package `wit_world` from the interface in ../../wit; it looks for the classes `Plugin` and, as this
is a transition reward, `Transition`. A Python plugin costs a thousand times what a Rust one does: it is for trying things out.
"""

import math
import struct

from wit_world.imports.types import (
    Description, Factor, Field, Granularity, Inputs, Reads, Scores, Transitions,
)


def single(x: float) -> float:
    """Rounds to the 32 bits that the interface carries, as the other languages do after each operation."""
    return struct.unpack("f", struct.pack("f", x))[0]


def reward(cos: float, sin: float, velocity: float, torque: float) -> list[float]:
    angle = single(math.atan2(sin, cos))
    torque = min(max(torque, -2.0), 2.0)
    return [-angle * angle, -velocity * velocity, -torque * torque]


def field(name: str, unit: str, low: float, high: float) -> Field:
    return Field(name, 1, unit, low, high, Reads.CURRENT)


class Plugin:
    def describe(self) -> Description:
        return Description(
            name="pendulum",
            version="0.1.0",
            summary="Pendulum-v1's own cost, term by term",
            observation=[
                field("cos", "1", -1.0, 1.0),
                field("sin", "1", -1.0, 1.0),
                field("velocity", "rad/s", -8.0, 8.0),
            ],
            action=[field("torque", "N m", -2.0, 2.0)],
            task=[],
            columns=[],
            inputs=Inputs(0),
            granularity=Granularity.ROW,
            factors=[
                Factor("angle", -9.8697, 0.0, 1.0, "minus the squared angle from upright, in rad²"),
                Factor("velocity", -64.0, 0.0, 0.1, "minus the squared angular velocity"),
                Factor("torque", -4.0, 0.0, 0.001, "minus the squared torque that the motor can give"),
            ],
        )


class Transition:
    def evaluate(self, batch: Transitions) -> Scores:
        values = []
        for row in range(batch.rows):
            cos, sin, velocity = batch.observation[row * 3 : row * 3 + 3]
            values += reward(cos, sin, velocity, batch.action[row])
        return Scores(values, [])
