"""Texts for the board at the pier."""


def storm(island: str) -> str:
    return f"No boats to {island.title()} today: storm."


def delayed(name: str, minutes: int) -> str:
    return f"The {name} boat leaves {minutes} minutes after its time."
