"""What a user chooses for a session in the editor: the mode, the model, the persona."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast, get_args

from acp import schema
from postil.core.agent.approval.rules import Mode
from postil.core.persona.persona import Persona

MODE, MODEL, PERSONA = "mode", "model", "persona"
# The value of the model that the settings and the persona name.
DEFAULT = "default"
_MODES: dict[Mode, tuple[str, str]] = {
    "ask": ("Ask", "Answers questions; changes and runs nothing"),
    "edit": ("Edit", "Asks before each change and each command"),
    "auto": ("Auto", "Changes files of this workspace without asking; asks before commands"),
}


def mode_of(id: str) -> Mode | None:
    return cast("Mode", id) if id in get_args(Mode) else None


def modes(current: Mode) -> schema.SessionModeState:
    return schema.SessionModeState(
        current_mode_id=current,
        available_modes=[schema.SessionMode(id=id, name=name, description=said) for id, (name, said) in _MODES.items()],
    )


def options(
    mode: Mode, model: str, models: Iterable[str], persona: str, personas: Mapping[str, Persona]
) -> list[schema.SessionConfigOptionSelect | schema.SessionConfigOptionBoolean]:
    """`model` "": the default. Editors that know these don't show the modes beside them."""
    names = list(dict.fromkeys((*((model,) if model else ()), *models)))
    return [
        schema.SessionConfigOptionSelect(
            type="select",
            id=MODE,
            name="Mode",
            category="mode",
            current_value=mode,
            options=[
                schema.SessionConfigSelectOption(value=id, name=name, description=said)
                for id, (name, said) in _MODES.items()
            ],
        ),
        schema.SessionConfigOptionSelect(
            type="select",
            id=MODEL,
            name="Model",
            category="model",
            current_value=model or DEFAULT,
            options=[
                schema.SessionConfigSelectOption(
                    value=DEFAULT, name="Default", description="As the settings and the persona say"
                ),
                *(schema.SessionConfigSelectOption(value=name, name=name) for name in names),
            ],
        ),
        schema.SessionConfigOptionSelect(
            type="select",
            id=PERSONA,
            name="Persona",
            description="Who answers",
            current_value=persona,
            options=[
                schema.SessionConfigSelectOption(value=name, name=name, description=one.title or None)
                for name, one in personas.items()
            ],
        ),
    ]
