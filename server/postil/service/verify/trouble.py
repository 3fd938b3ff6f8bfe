"""Why a check can't be run, or a fix can't be written, as a sentence for the user."""

from __future__ import annotations


class CheckTrouble(Exception):
    """The check can't be run, or its copy can't be made. The message includes the next step."""


class ApplyTrouble(Exception):
    """The fix can't be written; nothing was changed."""
