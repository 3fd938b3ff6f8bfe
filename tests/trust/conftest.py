"""What the tests of trust share."""

from __future__ import annotations

import pytest
from tests.lsp.conftest import journal, play
from tests.trust.elsewhere import elsewhere

__all__ = ["elsewhere", "journal", "play"]


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own Ollama, keys and settings are not used here."""
    for name in ("OLLAMA_HOST", "OLLAMA_API_KEY", "POSTIL_API_KEY", "POSTIL_OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
