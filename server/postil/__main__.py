"""`postil` and `python -m postil`: hands over to the language server or to the other commands."""

from __future__ import annotations

import os
import sys

from postil import lazy


def main() -> None:
    """Runs the command and exits with its code."""
    lazy.install()
    if os.environ.get("POSTIL_CATALOGUE"):
        from postil.engine.download.overlay import use_overlay

        if problem := use_overlay(os.environ["POSTIL_CATALOGUE"]):
            sys.exit(f"postil: POSTIL_CATALOGUE: {problem}")
    try:
        _run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a sentence
        from postil.cli.failures import failed

        failed(error)
        sys.exit(3)


def _run() -> None:
    # An editor waits for the server on every start: it goes round typer, which costs it some 50 ms.
    if sys.argv[1:2] == ["serve"]:
        from postil.cli.serve import run

        sys.exit(run(sys.argv[2:]))
    from postil.cli.app import app

    app(prog_name="postil")


if __name__ == "__main__":
    main()
