"""The command line of the deployment tool: which commands there are, and what they do."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

Handler = Callable[[list[str]], str]


class UsageError(Exception):
    """The command line makes no sense; the message is meant for the user."""


class Platform(Protocol):
    """What carries out the commands."""

    def deploy(self, environment: str, version: str) -> None:
        """Start a version in an environment."""
        ...

    def rollback(self, environment: str) -> str:
        """Go back to the version before and return it."""
        ...


@dataclass(frozen=True)
class Command:
    """Something the user can call by its name."""

    name: str
    summary: str
    handler: Handler


@dataclass
class Router:
    """The commands by their name."""

    platform: Platform
    commands: dict[str, Command] = field(default_factory=dict)

    def add(self, name: str, summary: str, handler: Handler) -> None:
        """Register a command; raises ValueError if the name is taken."""
        if name in self.commands:
            raise ValueError(f"there are two commands named {name}")
        self.commands[name] = Command(name, summary, handler)

    def add_environments(self, environments: Iterable[str]) -> None:
        """Register the commands deploy-<name> and rollback-<name> of each environment."""
        for name in environments:
            self.add(
                f"deploy-{name}",
                f"start a version in {name}",
                lambda arguments, name=name: self._deploy(name, arguments),
            )
            self.add(
                f"rollback-{name}",
                f"go back to the version before in {name}",
                lambda arguments, name=name: self._rollback(name, arguments),
            )

    def run(self, line: str) -> str:
        """Carry out a command line and return what to print; raises UsageError if it isn't understood."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"cannot read the command: {error}") from error
        if not words:
            return self.usage()
        name, *arguments = words
        command = self.commands.get(name)
        if command is None:
            raise UsageError(f"unknown command: {name}")
        return command.handler(arguments)

    def usage(self) -> str:
        """Return the list of the commands."""
        width = max((len(name) for name in self.commands), default=0)
        return "\n".join(f"{name:<{width}}  {command.summary}" for name, command in sorted(self.commands.items()))

    def _deploy(self, environment: str, arguments: list[str]) -> str:
        if len(arguments) != 1:
            raise UsageError(f"deploy-{environment} needs exactly one version")
        self.platform.deploy(environment, arguments[0])
        return f"{arguments[0]} runs in {environment}"

    def _rollback(self, environment: str, arguments: list[str]) -> str:
        if arguments:
            raise UsageError(f"rollback-{environment} takes no arguments")
        return f"{self.platform.rollback(environment)} runs in {environment} again"
