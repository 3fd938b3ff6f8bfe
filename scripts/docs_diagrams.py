"""Draws the Mermaid diagrams of the pages as docs/diagrams/*.svg, and deletes drawings that no page uses."""

from __future__ import annotations

import argparse
import html
import json
import re
import subprocess
import tempfile
from pathlib import Path

import docs_pages

# Black on white, for light and dark pages. Labels are SVG text: not every viewer shows HTML inside an SVG picture.
OPTIONS = {
    "startOnLoad": False,
    "theme": "neutral",
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
    "fontFamily": "sans-serif",
    "deterministicIds": True,
}
PAGE = """<!doctype html><meta charset="utf-8"><script src="{mermaid}"></script><body><script>
mermaid.initialize({options});
mermaid.render('diagram', {source}).then(
  (drawn) => {{ document.body.textContent = 'SVG' + new XMLSerializer().serializeToString(
    new DOMParser().parseFromString(drawn.svg, 'text/html').querySelector('svg')) + 'END'; }},
  (error) => {{ document.body.textContent = 'WRONG' + error.message + 'END'; }});
</script>"""
SECONDS = 60


def drawn(source: str, mermaid: Path, browser: str) -> str:
    """The diagram as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "diagram.html"
        text = PAGE.format(mermaid=mermaid.as_uri(), options=json.dumps(OPTIONS), source=json.dumps(source))
        page.write_text(text, encoding="utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000"]
        command += [f"--user-data-dir={folder}/profile", "--dump-dom", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    found = re.search(r"<body>(SVG|WRONG)(.*)END</body>", done.stdout, re.DOTALL)
    if found is None or found[1] == "WRONG":
        raise SystemExit(f"postil: the diagram can't be drawn: {html.unescape(found[2]) if found else done.stderr}")
    svg = html.unescape(found[2])
    # A white background, because a page may be dark, and a fixed size, because a picture has no container to fill.
    svg = re.sub(r'style="[^"]*max-width: *([\d.]+)px;[^"]*"', r'width="\1" style="background: white"', svg, count=1)
    return svg.replace('width="100%" ', "", 1) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mermaid", type=Path, required=True)
    parser.add_argument("--browser", required=True)
    options = parser.parse_args()
    docs = docs_pages.ROOT / "docs"
    wanted = docs_pages.diagrams(docs_pages.ROOT)
    for file, source in wanted.items():
        if not (docs / file).is_file():
            (docs / file).parent.mkdir(exist_ok=True)
            (docs / file).write_text(drawn(source, options.mermaid, options.browser), encoding="utf-8")
            print(f"drawn: {docs / file}")
    for path in (docs / "diagrams").glob("*.svg"):
        if path.relative_to(docs).as_posix() not in wanted:
            path.unlink()
            print(f"deleted: {path}")


if __name__ == "__main__":
    main()
