"""Builds the documentation: collects the pages, runs the generator (Zensical) and copies the site. Part of `make docs`.

The pages are docs/ and some files that people expect elsewhere, such as README.md and ARCHITECTURE.md. All are copied
into a working folder, and the links between them are rewritten for the site. The generator gets plain Markdown without
extensions of its own, so that another generator can replace it. Uses the standard library only: it runs in the
generator's environment, without Postil's dependencies.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import posixpath
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Files outside docs/ that are pages of the site, with their path in the site.
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "bench/README.md": "benchmarks.md",
    "bench/context/README.md": "context-holes.md",
    "bench/eval/README.md": "review-cases.md",
    "bench/infill/README.md": "completion-cases.md",
    "editor-clients/neovim/README.md": "editors/neovim-plugin.md",
    "editor-clients/vscode/README.md": "editors/vscode.md",
    "examples/README.md": "sample.md",
}
# Folders of docs/ that hold no pages: the site's configuration, styles and templates.
NOT_PAGES = ("site",)
# Short enough that a writer does not wait for a changed page.
LOOK_SECONDS = 0.5

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*)$")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\](?:\([^)]*\))?)*)\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1(?!`)", re.DOTALL)
# Recorded terminals name a font on another host. A browser would fetch it if the picture is opened by itself.
_FONT = re.compile(rb',?\s*url\(["\']?https?://[^)]*\)(?:\s*format\([^)]*\))?')
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) +(.+?) *#*$")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a page: prose, or the inside of a code block with its language."""

    text: str
    language: str | None = None


class Trouble(Exception):
    """A problem in the pages that their author has to solve."""


def blocks(text: str) -> Iterator[Block]:
    """Splits a page into prose and the contents of its code blocks."""
    prose: list[str] = []
    code: list[str] | None = None
    fence = language = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if code is None and match:
            yield Block("\n".join(prose))
            prose, code, fence, language = [], [], match[2], match[3].strip()
        elif code is not None and match and match[2].startswith(fence) and not match[3].strip():
            yield Block("\n".join(code), language)
            code = None
        elif code is not None:
            code.append(line)
        else:
            prose.append(line)
    yield Block("\n".join(prose if code is None else code), None if code is None else language)


def links(text: str) -> list[str]:
    """The targets of a page's links and pictures, unchanged."""
    prose = "\n".join(_CODE.sub("", block.text) for block in blocks(text) if block.language is None)
    found = []
    for match in _LINK.finditer(prose):
        found += [match[3], *(inner[3] for inner in _LINK.finditer(match[2]))]
    return found


def anchors(text: str) -> set[str]:
    """The fragments that GitHub and the site give to a page's headings."""
    found: set[str] = set()
    for block in blocks(text):
        for line in block.text.split("\n") if block.language is None else ():
            match = _HEADING.match(line)
            if match:
                slug = slug_of(match[2])
                if slug in found:
                    # GitHub and the site number repeated headings differently, so no link can name the second.
                    continue
                found.add(slug)
    return found


def slug_of(heading: str) -> str:
    """The fragment of a heading."""
    plain = _LINK.sub(lambda match: match[2], heading).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def is_outside(target: str) -> bool:
    """Whether a link leads out of the repository."""
    return re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE) is not None


def sources(root: Path) -> dict[str, str]:
    """Each file of the site by its path in the repository: its path in the site."""
    found = dict(PAGES)
    docs = root / "docs"
    for path in sorted(docs.rglob("*")):
        name = path.relative_to(docs)
        if path.is_file() and name.parts[0] not in NOT_PAGES:
            found[f"docs/{name.as_posix()}"] = name.as_posix()
    return found


def broken(root: Path, names: Iterable[str]) -> list[str]:
    """The broken relative links in these files of the repository."""
    found = []
    for name in names:
        text = (root / name).read_text(encoding="utf-8")
        for target in links(text):
            if is_outside(target):
                continue
            path, _, fragment = target.partition("#")
            aim = root / posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else root / name
            if not aim.exists():
                found.append(f"{name}: {target}: there is no such file")
            elif fragment and aim.suffix == ".md" and fragment not in anchors(aim.read_text(encoding="utf-8")):
                found.append(f"{name}: {target}: there is no such heading")
    return found


# -- the pages of the site


def page_of(name: str, text: str, site: dict[str, str], used: set[str]) -> str:
    """The text of a page with its links rewritten for the site. Pictures from outside docs/ are added to `used`."""
    here = posixpath.dirname(site[name])

    def aim(match: re.Match[str]) -> str:
        picture, label, target = match[1], match[2], match[3]
        label = _LINK.sub(aim, label)
        if is_outside(target) or target.startswith("#"):
            return f"{picture}[{label}]({target})"
        path, mark, fragment = target.partition("#")
        source = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if picture and source not in site:
            used.add(source)
            return f"![{label}]({posixpath.relpath(f'files/{source}', here or '.')})"
        if source not in site:
            # The site has no such page, and the repository's public address is not known.
            return label
        return f"{picture}[{label}]({posixpath.relpath(site[source], here or '.')}{mark}{fragment})"

    def prose(text: str) -> str:
        return _ROW.sub(_unescaped, _outside_code(text, lambda part: _LINK.sub(aim, part)))

    return _each_block(text, prose, here, site)


def _unescaped(row: re.Match[str]) -> str:
    """A table row for Python-Markdown, which shows the backslash of `\\|` in code. GitHub needs it."""
    return _CODE.sub(lambda match: match[0].replace(r"\|", "|"), row[0])


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Applies `change` to a text without its code spans, and then puts these back."""
    spans: list[str] = []

    def keep(match: re.Match[str]) -> str:
        spans.append(match[0])
        return f"\0{len(spans) - 1}\0"

    return re.sub(r"\0(\d+)\0", lambda match: spans[int(match[1])], change(_CODE.sub(keep, text)))


def _each_block(text: str, prose: Callable[[str], str], here: str, site: dict[str, str]) -> str:
    out: list[str] = []
    rest: list[str] = []
    code: list[str] | None = None
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if code is None and match:
            out.append(prose("\n".join(rest)))
            rest, code, fence = [], [line], match[2]
        elif code is not None:
            code.append(line)
            if match and match[2].startswith(fence) and not match[3].strip():
                out.append(_diagram(code, here, site) if code[0].strip("` ") == "mermaid" else "\n".join(code))
                code = None
        else:
            rest.append(line)
    return "\n".join([*out, *([prose("\n".join(rest))] if rest else []), *(code or [])])


def diagrams(root: Path) -> dict[str, str]:
    """The Mermaid diagrams of all pages: SVG file, relative to docs/, and source."""
    pages = [name for name, page in sources(root).items() if page.endswith(".md")]
    found = [block for name in pages for block in blocks((root / name).read_text(encoding="utf-8"))]
    return {diagram_file(block.text): block.text for block in found if block.language == "mermaid"}


def diagram_file(source: str) -> str:
    """The SVG file of a Mermaid diagram, relative to docs/."""
    return f"diagrams/{hashlib.sha256(source.strip().encode()).hexdigest()[:12]}.svg"


def _diagram(lines: list[str], here: str, site: dict[str, str]) -> str:
    """The picture that replaces a Mermaid block. The site has no Mermaid: 5 MB of JavaScript for a few drawings."""
    source = "\n".join(lines[1:-1])
    file = diagram_file(source)
    if f"docs/{file}" not in site:
        raise Trouble(f"a Mermaid diagram has no drawing (docs/{file}): run `scripts/docs-diagrams`")
    title = re.search(r"^\s*accTitle:\s*(.+)$", source, re.MULTILINE)
    return f"![{title[1].strip() if title else 'diagram'}]({posixpath.relpath(file, here or '.')})"


def stage(root: Path, work: Path) -> None:
    """Copies the pages of a checkout into `work`/pages, and the configuration into `work`. Skips unchanged files."""
    site = sources(root)
    used: set[str] = set()
    wanted: dict[str, bytes] = {}
    for source, page in site.items():
        data = (root / source).read_bytes()
        if page.endswith(".md"):
            data = page_of(source, data.decode(), site, used).encode()
        elif page.endswith(".svg"):
            data = _FONT.sub(b"", data)
        wanted[f"pages/{page}"] = data
    wanted |= {f"pages/files/{source}": (root / source).read_bytes() for source in used}
    own = root / "docs" / "site"
    for path in own.rglob("*"):
        if path.is_file():
            name = path.relative_to(own).as_posix()
            wanted[f"pages/{name}" if name.startswith("assets/") else name] = path.read_bytes()
    for name, data in wanted.items():
        file = work / name
        if not file.is_file() or file.read_bytes() != data:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    for folder in (work / "pages", work / "overrides"):
        for path in folder.rglob("*"):
            if path.is_file() and path.relative_to(work).as_posix() not in wanted:
                path.unlink()


def generator() -> list[str]:
    return [sys.executable, "-P", "-m", "zensical"]


def build(root: Path, work: Path, site: Path) -> None:
    """Builds the whole site. Raises Trouble for a broken link or anchor."""
    shutil.rmtree(work, ignore_errors=True)
    stage(root, work)
    done = subprocess.run([*generator(), "build", "--clean", "--strict"], cwd=work, stdout=sys.stderr)
    if done.returncode:
        raise Trouble(f"the site has problems: see above (the pages were collected in {work / 'pages'})")
    new = site.with_name(f"{site.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(work / "site", new)
    shutil.rmtree(site, ignore_errors=True)
    new.rename(site)
    print(site)


def serve(root: Path, work: Path) -> None:
    """Serves the site on this machine and follows changes of the pages."""
    stage(root, work)
    server = subprocess.Popen([*generator(), "serve"], cwd=work)
    try:
        while server.poll() is None:
            time.sleep(LOOK_SECONDS)
            try:
                stage(root, work)
            except (Trouble, OSError) as error:
                print(f"postil: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make docs")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument("--work", type=Path, required=True, help="folder in which the pages are collected")
    parser.add_argument("--site", type=Path, required=True, help="folder for the site")
    parser.add_argument("--serve", action="store_true", help="serve the pages on localhost instead, and follow changes")
    options = parser.parse_args()
    os.umask(0o022)
    try:
        serve(options.root, options.work) if options.serve else build(options.root, options.work, options.site)
    except Trouble as error:
        print(f"postil: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
