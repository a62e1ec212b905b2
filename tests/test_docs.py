"""The documents: what they name is there, and called so."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

pytestmark = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)


def found(pattern: str, document: Path) -> Iterator[str]:
    """Return what a pattern's group finds, and fail where the pattern finds nothing at all."""
    everywhere = "".join(file.read_text("utf-8") for file in DOCUMENTS)
    assert re.search(pattern, everywhere), f"{pattern} finds nothing in any document"
    yield from re.findall(pattern, document.read_text("utf-8"))


def test_every_test_it_names_is_there(document: Path) -> None:
    named = set(found(r"`(tests/[\w/.]+)`", document))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_program_of_the_tests_it_names_is_there(document: Path) -> None:
    named = set(found(r"python -m tests\.(\w+)", document))
    assert [name for name in named if not (ROOT / "tests" / name / "__main__.py").exists()] == []


def test_every_link_leads_somewhere(document: Path) -> None:
    for link in found(r"(?<!!)\[[^]]*\]\(((?!https?:)[^)]+)\)", document):
        file, _, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"(?m)^#+ (.+)$", target.read_text("utf-8"))
            slugs = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
            assert anchor in slugs, link


def test_every_command_it_names_is_one(document: Path) -> None:
    # A word that follows on the same line is a command; options, comments and pipes are none.
    named = set(found(r"python -m bot ([a-z]+)", document))
    assert named <= set(COMMANDS)


def test_every_setting_it_names_is_one(document: Path) -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    known = set(re.findall(r"(?m)^#?([A-Z_]+)=", example))
    named = set(found(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", document))
    assert named <= known
