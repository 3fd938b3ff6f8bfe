"""The catalogue overlay: a TOML file outside the product, named by POSTIL_CATALOGUE, that adds models and sources."""

from __future__ import annotations

from pathlib import Path

from postil.core.models.catalogue import parse_overlay, shipped_catalogue, use_catalogue


def use_overlay(file: str) -> str | None:
    """Add the overlay in `file` to the catalogue of this process; what is wrong with it, None when nothing is."""
    path = Path(file).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't UTF-8"
        return f"can't read {path}: {reason}"
    found, problems = parse_overlay(text, shipped_catalogue())
    if found is None:
        return f"{path}: {'; '.join(problems)}"
    use_catalogue(found)
    return None
