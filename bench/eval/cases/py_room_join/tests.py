import asyncio

from subject import join_room


class Store:
    def __init__(self):
        self.members = []

    async def is_banned(self, room, user):
        return user == "troll"

    async def add_member(self, room, user):
        self.members.append((room, user))


store = Store()
assert asyncio.run(join_room(store, "lobby", "ann"))
assert not asyncio.run(join_room(store, "lobby", "troll"))
assert store.members == [("lobby", "ann")]
