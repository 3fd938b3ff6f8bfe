"""The slash commands of a conversation: what each is for, and what becomes of the user's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn

if TYPE_CHECKING:
    from postil.service.agent.conversation import Conversation

CommandName = Literal["review", "fix", "explain", "compact", "context", "undo"]


@dataclass(frozen=True, slots=True)
class Command:
    """`hint`: what may stand behind it; "" for nothing."""

    name: CommandName
    description: str
    hint: str = ""


COMMANDS = (
    Command("review", "Review a file", "path"),
    Command("fix", "Look for a fix that a check proves", "what is wrong, or a path"),
    Command("explain", "Explain code", "path or name"),
    Command("undo", "Undo what the latest turn that has written files has written"),
    Command("compact", "Shorten the older part of this conversation now"),
    Command("context", "Show what fills the model's context"),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """The model is asked this."""

    text: str


@dataclass(frozen=True, slots=True)
class Tell:
    """The user is told this; no model is asked."""

    text: str


@dataclass(frozen=True, slots=True)
class Compact:
    """The conversation is shortened."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The latest turn that has written files is undone."""


@dataclass(frozen=True, slots=True)
class ShowContext:
    """`context_page` is shown."""


Done: TypeAlias = Ask | Tell | Compact | ShowContext | Undo


def understood(text: str) -> Done:
    """What the user's words ask for. Words that begin with another slash are words: a path, mostly."""
    head, *more = text.strip().split(None, 1) or [""]
    rest = more[0] if more else ""
    match head:
        case "/compact":
            return Compact()
        case "/undo":
            return Undo()
        case "/context":
            return ShowContext()
        case "/review":
            return Ask(f"Review {rest} with the tool review.") if rest else Tell("Say which file: /review PATH")
        case "/fix":
            return Ask(f"Fix this with the tool fix: {rest}" if rest else "Fix what the check finds with the tool fix.")
        case "/explain":
            return Ask(f"Read and explain {rest}.") if rest else Tell("Say what: /explain PATH or NAME")
        case _:
            return Ask(text)


def context_page(conversation: Conversation) -> str:
    """What fills the model's context, as Markdown: each part in tokens."""
    meter, turns = conversation.meter, conversation.turns
    frame = conversation.tokens(())
    whole = conversation.tokens()
    rows = [
        ("Instructions and tools", frame),
        ("Your words", _tokens(conversation, turns, Asked)),
        ("Code and earlier turns put beside them", _found(conversation, turns)),
        ("Answers", _tokens(conversation, turns, Answered)),
        ("Results of tools", _tokens(conversation, turns, Result)),
        ("Record of older turns", _tokens(conversation, turns, Summary)),
    ]
    lines = [f"| {name} | {count:,} |" for name, count in rows if count]
    counted = f" The engine has counted {meter.counted:,} in the latest prompt." if meter.counted else ""
    return "\n".join(
        [
            f"{conversation.model.name} reads {meter.num_ctx:,} tokens; the next prompt has some {whole:,} of the"
            f" {meter.most:,} that leave room for its answer.{counted}",
            "",
            "| Part | Tokens (estimated) |",
            "|---|---:|",
            *lines,
        ]
    )


def _tokens(conversation: Conversation, turns: list[Turn], kind: type[Turn]) -> int:
    texts = [turn.text for turn in turns if isinstance(turn, kind)]
    return conversation.meter.tokens("".join(texts)) if any(texts) else 0


def _found(conversation: Conversation, turns: list[Turn]) -> int:
    texts = [turn.found for turn in turns if isinstance(turn, Asked)]
    return conversation.meter.tokens("".join(texts)) if any(texts) else 0
