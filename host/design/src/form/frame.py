
import math

from wit_world.imports.types import (
    Description as _Description, Factor as _Factor, Fault as _Fault, Field as _Field, Granularity as _Granularity,
    Inputs as _Inputs, Reads as _Reads, Reason_Fault as _Reason_Fault, Scores as _Scores, Unscored as _Unscored,
)


def _fields(table):
    return [_Field(name, size, unit, low, high, _Reads(reads)) for name, size, unit, low, high, reads in table]


_FACTORS = [
    _Factor(name, float(low), float(high), float(weight), meaning) for name, meaning, weight, low, high in FACTORS
]


def _values(observation, next_observation, action):
    values = [float(value) for value in reward(observation, next_observation, action)]
    if len(values) != len(_FACTORS):
        raise ValueError(f"reward gives {len(values)} values, and FACTORS has {len(_FACTORS)} lines")
    return values


def _still(table):
    return [min(max(0.0, low), high) for _, size, _, low, high, _ in table for _ in range(size)]


# A mistake in the function shows here, while this is built.
_values(Observation(_still(_OBSERVATION)), Observation(_still(_OBSERVATION)), Action(_still(_ACTION)))


def _part(column, row, width):
    part = column[row * width : (row + 1) * width]
    # What is not read may not be there.
    return part if len(part) == width else [0.0] * width


def _line(error):
    step = error.__traceback__
    while step.tb_next:
        step = step.tb_next
    return step.tb_lineno


class Plugin:
    def describe(self):
        return _Description(
            name=_NAME, version="0.1.0", summary=_SUMMARY, observation=_fields(_OBSERVATION), action=_fields(_ACTION),
            task=[], columns=[], inputs=_Inputs(0), granularity=_Granularity.ROW, factors=_FACTORS,
        )


class Transition:
    def evaluate(self, batch):
        width, wide = (sum(size for _, size, *_ in table) for table in (_OBSERVATION, _ACTION))
        values, unscored = [], []
        for row in range(batch.rows):
            try:
                values += _values(
                    Observation(_part(batch.observation, row, width)),
                    Observation(_part(batch.next_observation, row, width)),
                    Action(_part(batch.action, row, wide)),
                )
            except Exception as error:
                values += [0.0] * len(_FACTORS)
                message = f"line {_line(error)}: {type(error).__name__}: {error}"
                unscored.append(_Unscored(row, _Reason_Fault(_Fault(message))))
        return _Scores(values, unscored)
