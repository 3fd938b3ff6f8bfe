"""Who may do what with a document."""

from dataclasses import dataclass, field
from enum import Enum


class Role(Enum):
    """The role of a user in the organisation."""

    MEMBER = "member"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True)
class User:
    """A signed-in user."""

    user_id: int
    role: Role


@dataclass
class Document:
    """The facts about a document that decide on access."""

    owner_id: int
    shared_with: set[int] = field(default_factory=set)
    archived: bool = False


def can_read(user: User, document: Document) -> bool:
    """Administrators, the owner, and those with whom the document is shared may read it."""
    if user.role is Role.ADMIN or user.user_id == document.owner_id:
        return True
    return user.user_id in document.shared_with


def can_edit(user: User, document: Document) -> bool:
    """The owner may edit, and so may editors who can read it; archived documents are read-only for all."""
    if document.archived:
        return False
    if user.user_id == document.owner_id:
        return True
    return user.role is Role.EDITOR and can_read(user, document)


def can_share(user: User, document: Document) -> bool:
    """Only the owner and administrators may share a document."""
    return user.role is Role.ADMIN or user.user_id == document.owner_id


def can_archive(user: User, document: Document) -> bool:
    """The owner may archive a document that is not archived yet."""
    return user.user_id == document.owner_id and not document.archived
