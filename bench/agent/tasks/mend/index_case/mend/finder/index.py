"""Which texts have which words."""

from finder.words import words


class Index:
    def __init__(self):
        self._places = {}

    def add(self, name, text):
        for word in words(text):
            self._places.setdefault(word, set()).add(name)

    def find(self, question):
        """The names of the texts that have all words of the question."""
        found = [self._places.get(word, set()) for word in words(question)]
        return sorted(set.intersection(*found)) if found else []
