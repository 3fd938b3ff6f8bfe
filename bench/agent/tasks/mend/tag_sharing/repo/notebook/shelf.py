"""All notes, by their titles."""

from notebook.note import Note


class Shelf:
    def __init__(self):
        self._notes = {}

    def write(self, title, text=""):
        note = Note(title, text)
        self._notes[title] = note
        return note

    def tagged(self, name):
        return sorted(title for title, note in self._notes.items() if name in note.tags)
