"""What all checks of these tests have in common."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _plain_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check's pytest starts without the plugins of this project's environment: five times as quick."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
