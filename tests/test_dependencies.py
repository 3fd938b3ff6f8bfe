"""What is installed is locked, known to hold no known vulnerability, and listed in the release."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = {
    "runtime": [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["ws"]],
    "embedded": [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["embedded"]],
    "agent": [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["agent"]],
    "dev": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
    "release": PROJECT["dependency-groups"]["release"],
}
# Of `scripts/audit`: EX_TEMPFAIL, the database can't be asked from here.
NOBODY_ASKED = 75
# A release installs some forty packages into a new environment; most of it is waiting for the index.
MINUTES = 8


def pins(name: str) -> dict[str, str]:
    """Versions by name. A line that is no pin with a digest fails."""
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8").strip()):
        pin, *digests = entry.split(" \\\n")
        assert digests and all(re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}", each) for each in digests), entry
        requirement = Requirement(pin)
        (exact,) = requirement.specifier
        assert exact.operator == "==", entry
        found[canonicalize_name(requirement.name)] = exact.version
    return found


@pytest.mark.parametrize("name", WANTED)
def test_the_lock_goes_with_what_is_wanted(name: str) -> None:
    locked = pins(name)
    for line in WANTED[name]:
        requirement = Requirement(line)
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} isn't in locks/{name}.txt: run `make lock`"
        assert requirement.specifier.contains(version, prereleases=True), f"{line}, locked {version}: run `make lock`"


def test_what_is_tested_is_what_is_installed() -> None:
    """The versions of the tests are those of a user who installs by the locks."""
    runtime = pins("runtime")
    for name in ("embedded", "agent", "dev"):
        assert {key: one for key, one in pins(name).items() if key in runtime}.items() <= runtime.items()


def test_no_known_vulnerability() -> None:
    done = subprocess.run([ROOT / "scripts" / "audit"], capture_output=True, text=True, timeout=MINUTES * 60)
    if done.returncode == NOBODY_ASKED:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_release_tells_what_it_is_made_of(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "release", tmp_path / "dist"],
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
        env={**os.environ, "POSTIL_WITHOUT_VSIX": "1"},
    )
    assert done.returncode == 0, done.stderr
    made = {path.name for path in (tmp_path / "dist").iterdir()}
    version = PROJECT["project"]["version"]
    assert made == {f"postil-{version}-py3-none-any.whl", f"postil-{version}.tar.gz", "postil.cdx.json"}
    bill = json.loads((tmp_path / "dist" / "postil.cdx.json").read_text(encoding="utf-8"))
    assert bill["metadata"]["component"]["name"] == "postil"
    listed = {canonicalize_name(one["name"]): one["version"] for one in bill["components"]}
    listed.pop(canonicalize_name("postil"), None)
    # What a system or a Python of another kind needs is locked too, and not installed here.
    assert listed.items() <= pins("embedded").items()
    direct = {canonicalize_name(Requirement(line).name) for line in WANTED["embedded"]}
    assert direct <= listed.keys()
