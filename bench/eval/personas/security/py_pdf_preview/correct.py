"""Preview images of uploaded documents."""

import subprocess
from pathlib import Path

RESOLUTION = 72
TIMEOUT_SECONDS = 30


def render_preview(document: Path, folder: Path) -> Path:
    """Draw the first page of a PDF file into `folder`, and return the path of the image.

    The document keeps the name it was uploaded with. Raises subprocess.SubprocessError if it
    cannot be drawn, or not in time.
    """
    target = folder.resolve() / document.stem
    subprocess.run(
        ["pdftoppm", "-png", "-singlefile", "-r", str(RESOLUTION), str(document.resolve()), str(target)],
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT_SECONDS,
    )
    return target.with_name(f"{document.stem}.png")
