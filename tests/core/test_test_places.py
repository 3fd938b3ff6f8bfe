"""Where tests go: where the project has them."""

from __future__ import annotations

import pytest

from postil.core.actions.test_places import place_of_tests, places


@pytest.mark.parametrize(
    ("path", "language", "files", "tests"),
    [
        ("src/a.py", "python", [], "tests/test_a.py"),
        ("src/a.py", "python", ["tests/test_b.py"], "tests/test_a.py"),
        ("src/a.py", "python", ["test/unit/b_test.py"], "test/unit/a_test.py"),
        ("src/a.py", "python", ["src/test_b.py"], "src/test_a.py"),
        ("src/a.py", "python", ["tests/test_b.py", "src/deep/test_a.py"], "src/deep/test_a.py"),
        ("one/a.py", "python", ["one/tests/test_b.py", "two/tests/test_c.py"], "one/tests/test_a.py"),
        ("a.go", "go", ["b_test.go"], "a_test.go"),
        ("pkg/a.go", "go", ["b_test.go"], "pkg/a_test.go"),
        ("src/a.ts", "typescript", [], "src/a.test.ts"),
        ("src/a.ts", "typescript", ["src/b.spec.ts"], "src/a.spec.ts"),
        ("src/a.ts", "typescript", ["src/__tests__/b.test.ts"], "src/__tests__/a.test.ts"),
        ("src/a.rs", "rust", ["src/b.rs", "src/main.rs"], "tests/a.rs"),
        ("src/a.rs", "rust", ["tests/b.rs"], "tests/a.rs"),
        ("src/a.rs", "rust", ["src/a.rs", "tests/a.rs"], "tests/a.rs"),
        ("a.zig", "zig", [], None),
    ],
)
def test_places(path: str, language: str, files: list[str], tests: str | None) -> None:
    assert place_of_tests(path, language, files) == tests


def test_every_row_names_files_of_tests() -> None:
    assert all("{name}" in name and "/" not in name for place in places().values() for name in place.names)
