"""Reads the station's ROS 2 launch files (XML) where the `launch` package is not installed.

The launch files are the one description of the graph: which nodes, in which processes, with which parameters.
This reader knows the part of the format that they use: `arg`, `include`, `set_env` and `node` with `param`, and
the substitutions `$(var NAME)`, `$(dirname)`, `$(env NAME DEFAULT)` and `$(command 'COMMAND')`. Anything else is
refused, so that nothing which `ros2 launch` would do is silently left out.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import yaml

from sonoreach.errors import InputError

SUBSTITUTION = re.compile(r"\$\((\w+)(?: ([^()]*))?\)")
Parameter = str | int | float | bool


@dataclass(frozen=True)
class ProcessSpec:
    """One process of the graph.

    Attributes:
        package, executable: which executable of which package it runs.
        arguments: its arguments; for `run_nodes` the names of the nodes inside.
        parameters: ROS parameters of all its nodes.
        environment: environment variables set for it.
    """

    package: str
    executable: str
    arguments: tuple[str, ...]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The nodes inside, for people."""
        return ", ".join(self.arguments) or self.executable

    @property
    def ros_environment(self) -> dict[str, str]:
        """What a ROS client beside the graph shares with it: how nodes find one another, not how they compute."""
        shared = ("ROS_", "RMW_", "FASTDDS_")
        return {name: value for name, value in self.environment.items() if name.startswith(shared)}


@dataclass
class _Scope:
    """What a launch file can see: its folder, the arguments given to it, and what it has set so far."""

    path: Path
    given: Mapping[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Replace the substitutions of a text."""
        return SUBSTITUTION.sub(lambda match: self._substitute(match[1], (match[2] or "").strip()), text)

    def _substitute(self, kind: str, argument: str) -> str:
        if kind == "dirname":
            return str(self.path.parent)
        if kind == "var" and argument in self.variables:
            return self.variables[argument]
        if kind == "env":
            name, _, default = argument.partition(" ")
            return os.environ.get(name, default)
        if kind == "command":
            command = shlex.split(shlex.split(argument)[0])
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        raise InputError(f"{self.path.name}: unknown substitution $({kind} {argument})")


def read_launch(path: Path, arguments: Mapping[str, str] | None = None) -> list[ProcessSpec]:
    """The processes that a launch file starts, in order.

    Args:
        path: the launch file.
        arguments: values of its arguments by name.

    Raises:
        InputError: the file cannot be read, uses something that this reader does not know, misses an argument
            that has no default, or is given one that it does not declare.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise InputError(f"launch file {path} cannot be read: {error}") from error
    scope = _Scope(path, arguments or {})
    processes: list[ProcessSpec] = []
    for element in root:
        action = _ACTIONS.get(element.tag)
        if action is None:
            raise InputError(f"{path.name}: <{element.tag}> is not known here, only {', '.join(_ACTIONS)}")
        processes += action(element, scope)
    unknown = sorted(set(scope.given) - set(scope.variables))
    if unknown:
        raise InputError(f"{path.name} has no argument {unknown[0]}, known: {', '.join(sorted(scope.variables))}")
    return processes


def _attribute(element: ElementTree.Element, name: str, scope: _Scope) -> str:
    text = element.get(name)
    if text is None:
        raise InputError(f"{scope.path.name}: <{element.tag}> needs the attribute {name}")
    return scope.fill(text)


def _arg(element: ElementTree.Element, scope: _Scope) -> list[ProcessSpec]:
    name = _attribute(element, "name", scope)
    if name in scope.given:
        scope.variables[name] = scope.given[name]
    elif element.get("default") is not None:
        scope.variables[name] = _attribute(element, "default", scope)
    else:
        raise InputError(f"{scope.path.name} needs the argument {name}: {element.get('description', '')}")
    return []


def _set_env(element: ElementTree.Element, scope: _Scope) -> list[ProcessSpec]:
    scope.environment[_attribute(element, "name", scope)] = _attribute(element, "value", scope)
    return []


def _include(element: ElementTree.Element, scope: _Scope) -> list[ProcessSpec]:
    given = {_attribute(a, "name", scope): _attribute(a, "value", scope) for a in element.findall("arg")}
    return read_launch(Path(_attribute(element, "file", scope)), given)


def _node(element: ElementTree.Element, scope: _Scope) -> list[ProcessSpec]:
    unknown = set(element.attrib) - {"pkg", "exec", "args", "output"} | {c.tag for c in element} - {"param"}
    if unknown:
        raise InputError(f"{scope.path.name}: <node> with {', '.join(sorted(unknown))} is not known here")
    parameters = {_attribute(p, "name", scope): _value(p, scope) for p in element}
    arguments = tuple(scope.fill(element.get("args", "")).split())
    executable = _attribute(element, "exec", scope)
    return [ProcessSpec(_attribute(element, "pkg", scope), executable, arguments, parameters, dict(scope.environment))]


def _value(element: ElementTree.Element, scope: _Scope) -> Parameter:
    """A parameter's value: text when it says so, else what YAML makes of it, as in ROS 2."""
    text = _attribute(element, "value", scope)
    if element.get("type") == "str":
        return text
    value = yaml.safe_load(text)
    return value if isinstance(value, bool | int | float) else text


_ACTIONS: dict[str, Callable[[ElementTree.Element, _Scope], list[ProcessSpec]]] = {
    "arg": _arg,
    "include": _include,
    "set_env": _set_env,
    "node": _node,
}
