"""The life of an order as a state machine."""

TRANSITIONS = {
    "new": {"pay": "paid", "cancel": "cancelled"},
    "paid": {"ship": "shipped", "refund": "cancelled"},
    "shipped": {"deliver": "delivered"},
    "delivered": {},
    "cancelled": {},
}


class NotAllowed(Exception):
    """An event that has no meaning in the current state."""


class Order:
    """Starts as new; `history` lists the states it went through, the current one last."""

    def __init__(self):
        self.state = "new"
        self.history = ["new"]
        self._listeners = []

    def on_change(self, listener):
        """Call `listener(old, new)` after each change of state."""
        self._listeners.append(listener)

    def can(self, event):
        """Whether the event is allowed now."""
        return event in TRANSITIONS[self.state]

    def apply(self, event):
        """Move to the state that follows the event, or raise NotAllowed."""
        if not self.can(event):
            raise NotAllowed(f"cannot {event} an order that is {self.state}")
        old = self.state
        self.state = TRANSITIONS[old][event]
        self.history.append(self.state)
        for listener in self._listeners:
            listener(old, self.state)

    @property
    def finished(self):
        """True when no event is possible any more."""
        return not TRANSITIONS[self.state]
