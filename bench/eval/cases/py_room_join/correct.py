"""Entering chat rooms."""

from typing import Protocol


class RoomStore(Protocol):
    """What is stored about chat rooms."""

    async def is_banned(self, room: str, user: str) -> bool: ...

    async def add_member(self, room: str, user: str) -> None: ...


async def join_room(store: RoomStore, room: str, user: str) -> bool:
    """Make the user a member of the room unless banned from it; return whether this was done."""
    allowed = not await store.is_banned(room, user)
    if allowed:
        await store.add_member(room, user)
    return allowed
