"""Roles, the permissions they give, and who has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class AccessDenied(Exception):
    """The user may not do what was asked for."""


@dataclass
class Role:
    """A named set of permissions, possibly built on another role."""

    name: str
    permissions: set[str] = field(default_factory=set)
    parent: str | None = None


class Directory:
    """The roles of an installation and the users who have them; parents are among the roles."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self._roles = {role.name: role for role in roles}
        self._members: dict[str, set[str]] = {}

    def assign(self, user: str, role: str) -> None:
        """Gives a user a role; raises KeyError if there is no such role."""
        if role not in self._roles:
            raise KeyError(role)
        self._members.setdefault(user, set()).add(role)

    def revoke(self, user: str, role: str) -> None:
        """Takes a role from a user; nothing happens if the user does not have it."""
        self._members.get(user, set()).discard(role)

    def permissions(self, user: str) -> set[str]:
        """Everything the user may do, including what comes from the parents of a role."""
        granted: set[str] = set()
        seen: set[str] = set()
        pending = list(self._members.get(user, ()))
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            role = self._roles[name]
            granted |= role.permissions
            if role.parent is not None:
                pending.append(role.parent)
        return granted

    def allows(self, user: str, required: Iterable[str]) -> bool:
        """Whether the user may take a step that requires the given permissions together."""
        granted = self.permissions(user)
        return all(permission in granted for permission in required)

    def require(self, user: str, required: Mapping[str, str]) -> None:
        """Raises AccessDenied with the descriptions of the permissions the user lacks.

        The keys of `required` are permissions, the values are descriptions for people.
        """
        if self.allows(user, required):
            return
        granted = self.permissions(user)
        lacking = [text for permission, text in required.items() if permission not in granted]
        raise AccessDenied(f"{user} may not: {', '.join(lacking)}")
