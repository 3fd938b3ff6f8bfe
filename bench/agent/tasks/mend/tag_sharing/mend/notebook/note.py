"""A note."""


class Note:
    def __init__(self, title, text="", tags=()):
        self.title = title
        self.text = text
        self.tags = list(tags)

    def tag(self, name):
        if name not in self.tags:
            self.tags.append(name)

    def untag(self, name):
        if name in self.tags:
            self.tags.remove(name)
