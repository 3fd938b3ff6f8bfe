"""Files that a conversation writes: what is never written, and that undo takes nothing of the user's away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from postil.service.agent.safety.inside import Inside, is_gits
from postil.service.agent.safety.preimages import PreImages


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / ".git/hooks").mkdir(parents=True)
    (folder / "sub/.git").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/secret").write_bytes(b"mine")
    return folder


@pytest.fixture
def images(work: Path) -> PreImages:
    return PreImages(work, "one")


@pytest.mark.parametrize(
    "name",
    [".git/hooks/pre-commit", ".git/config", "sub/.git/config", ".git", ".GIT/config", "sub/.gIt", "new/.git/config",
     ".git /config", ".git./config", "GIT~1/config", ".git::$INDEX_ALLOCATION/config", ".g\u200cit/config", "togit/x"],
)  # fmt: skip
def test_what_is_gits_is_never_written(work: Path, images: PreImages, name: str) -> None:
    (work / "togit").symlink_to(work / ".git")
    before = sorted(work.rglob("*"))
    for write in (lambda: images.write_file(work / name, b"x"), lambda: images.before(work / name)):
        with pytest.raises(ValueError, match="git's"):
            write()
    assert sorted(work.rglob("*")) == before and images.turns() == ()


def test_names_that_only_look_like_gits_are_written(images: PreImages, work: Path) -> None:
    """The control."""
    for name in (".gitignore", ".github/a", "git/x", "a.git/x", ".gitx"):
        images.write_file(work / name, b"x")
        assert not is_gits(name.split("/")[0]) and (work / name).read_bytes() == b"x"


@pytest.mark.parametrize(
    "name", ["../home/secret", "/etc/passwd", "src/../../x", "src/../a", ".", "", "out/secret", "a\0"]
)
def test_nothing_outside_of_the_workspace_is_written(work: Path, images: PreImages, tmp_path: Path, name: str) -> None:
    (work / "out").symlink_to(tmp_path / "home")
    with pytest.raises(ValueError, match=r"outside|in it"):
        images.write_file(work / name, b"x")
    with pytest.raises(ValueError, match=r"outside|in it"):
        images.before(Path(name))
    assert (tmp_path / "home/secret").read_bytes() == b"mine" and images.turns() == ()


def test_what_is_no_regular_file_is_not_written(work: Path, images: PreImages, tmp_path: Path) -> None:
    os.mkfifo(work / "pipe")
    (work / "toward").symlink_to(tmp_path / "home/nothing-there")
    for name in ("pipe", "src"):
        with pytest.raises((ValueError, IsADirectoryError)):
            images.write_file(work / name, b"x")
    with pytest.raises(ValueError, match="outside"):
        images.write_file(work / "toward", b"x")
    assert not (tmp_path / "home/nothing-there").exists()
    (work / "within").symlink_to(work / "src/a")
    images.write_file(work / "within", b"x")
    assert (work / "within").is_symlink() and (work / "src/a").read_bytes() == b"x", "the control"


def test_a_folder_that_becomes_a_link_is_not_followed(
    work: Path, images: PreImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the write, and before an undo; also the file itself."""
    (work / "src/secret").write_bytes(b"theirs")
    look = Inside.parts

    def swapped(self: Inside, path: Path) -> tuple[str, ...]:
        parts = look(self, path)
        if not (work / "src").is_symlink():
            (work / "src").rename(work / "src-before")
            (work / "src").symlink_to(tmp_path / "home")
        return parts

    with monkeypatch.context() as patch:
        patch.setattr(Inside, "parts", swapped)
        for write in (lambda: images.write_file(work / "src/secret", b"x"), lambda: images.before(work / "src/secret")):
            with pytest.raises(ValueError):
                write()
    inside = Inside(work)
    for what in (
        lambda: inside.write(("src", "secret"), b"x", None),
        lambda: inside.read(("src", "secret"), 99),
        lambda: inside.remove(("src", "secret")),
    ):
        with pytest.raises(ValueError, match="link"):
            what()
    (work / "src").unlink()
    (work / "src-before").rename(work / "src")
    images.write_file(work / "src/secret", b"new")
    (work / "src").rename(work / "src-before")
    (work / "src").symlink_to(tmp_path / "home")
    assert images.undo(1).refused
    assert (tmp_path / "home/secret").read_bytes() == b"mine"
    (work / "src").unlink()
    (work / "src-before").rename(work / "src")
    (work / "src/secret").unlink()
    (work / "src/secret").symlink_to(tmp_path / "home/secret")
    assert images.undo(1).refused and (tmp_path / "home/secret").read_bytes() == b"mine"


def test_a_hard_link_is_not_written_through(work: Path, images: PreImages, tmp_path: Path) -> None:
    (work / "a").hardlink_to(tmp_path / "home/secret")
    images.write_file(work / "a", b"x")
    assert (tmp_path / "home/secret").read_bytes() == b"mine"
    assert images.undo(1).restored == ("a",) and (work / "a").read_bytes() == b"mine"


def test_undo_restores_all_or_nothing_where_the_user_has_edited(work: Path, images: PreImages) -> None:
    for name in ("a", "b", "c"):
        (work / name).write_bytes(b"before")
        images.write_file(work / name, b"after")
    (work / "b").write_bytes(b"the user's")
    assert images.undo(1).refused == (("b", "it has been edited since"),)
    assert [(work / name).read_bytes() for name in "abc"] == [b"after", b"the user's", b"after"]
    (work / "b").write_bytes(b"after")
    assert len(images.undo(1).restored) == 3, "the control"
    assert {(work / name).read_bytes() for name in "abc"} == {b"before"}


def test_pre_images_are_private_and_a_workspace_cant_forge_them(work: Path, images: PreImages, tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        (work / "a").write_bytes(b"secret")
        images.write_file(work / "a", b"x")
    finally:
        os.umask(umask)
    kept = list((tmp_path / "state/postil").rglob("*"))
    assert len(kept) >= 5
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600, 0o700}
    # Records that somebody has changed restore nothing.
    (before,) = (tmp_path / "state").rglob("*.before")
    before.write_bytes(b"evil")
    assert "isn't kept as it was" in images.undo(1).refused[0][1]
    (record,) = (tmp_path / "state").rglob("*.json")
    for forged in (
        b"",
        b"{",
        b"[" * 10_000,
        b"x" * 100_000,
        record.read_bytes().replace(b'["a"]', b'["..","home","secret"]'),
    ):
        record.write_bytes(forged)
        assert images.undo(1).refused and (work / "a").read_bytes() == b"x"
    assert (tmp_path / "home/secret").read_bytes() == b"mine"
