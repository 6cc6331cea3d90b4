"""The exam: a protocol's planes one after another, from approach to retract."""

from sonoreach.policies.exam.runner import ExamRunner
from sonoreach.policies.exam.step import ExamStep

__all__ = ["ExamRunner", "ExamStep"]
