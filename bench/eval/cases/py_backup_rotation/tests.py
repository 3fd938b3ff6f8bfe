import tempfile
from pathlib import Path

from subject import rotate_backups

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    for day in ("03", "01", "02"):
        (folder / f"202401{day}T000000Z.dump").touch()
    (folder / "notes.txt").touch()
    assert [path.name for path in rotate_backups(folder, 2)] == ["20240101T000000Z.dump"]
    assert rotate_backups(folder, 2) == []
    assert len(list(folder.iterdir())) == 3
