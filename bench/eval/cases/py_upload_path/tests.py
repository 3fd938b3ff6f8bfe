import tempfile
from pathlib import Path

from subject import UnsafeNameError, attachment_path

with tempfile.TemporaryDirectory() as name:
    root = Path(name).resolve()
    assert attachment_path(root, 7, "a/b.txt") == root / "tenant-7" / "a" / "b.txt"
    for bad in ("/etc/passwd", "../tenant-8/secret.txt", "a/../../x"):
        try:
            attachment_path(root, 7, bad)
        except UnsafeNameError:
            continue
        raise AssertionError(bad)
