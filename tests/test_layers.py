"""What may import what: down the floors only, and each library in its own place.

5  playground   the stand-ins and the page
4  processes    the command line, what starts and what serves
3  slack        listeners, and the pure builders of what people see
2  work         from what somebody asks for to its effect
1  outside      one outside thing each: Omni, the database, the log, the environment
0  pure         no waiting, no clock, no Slack, no HTTP
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bot.change import diagram

ROOT = Path(__file__).parent.parent

FLOORS: Mapping[str, int] = {
    "bot.playground": 5,
    **dict.fromkeys(
        [
            "bot.__main__",
            "bot.doctor",
            "bot.door",
            "bot.explain",
            "bot.history",
            "bot.manifest",
            "bot.readiness",
            "bot.serve",
            "bot.service",
            "bot.start",
            "bot.sweep",
        ],
        4,
    ),
    "bot.slack": 3,
    **dict.fromkeys(
        [
            "bot.applying",
            "bot.deciders",
            "bot.endings",
            "bot.overview",
            "bot.proposals",
            "bot.telling",
            "bot.undoing",
            "bot.watch",
            "bot.workflow",
        ],
        2,
    ),
    **dict.fromkeys(
        [
            "bot.budget",
            "bot.catalog",
            "bot.database",
            "bot.durable",
            "bot.listening",
            "bot.log",
            "bot.lookup",
            "bot.metrics",
            "bot.migrations",
            "bot.omni",
            "bot.output",
            "bot.recent",
            "bot.seats",
            "bot.settings",
            "bot.shared",
            "bot.store",
            "bot.tables",
            "bot.tasks",
        ],
        1,
    ),
    **dict.fromkeys(
        [
            "bot",
            "bot.asking",
            "bot.change",
            "bot.command",
            "bot.counted",
            "bot.diagnosis",
            "bot.errors",
            "bot.finding",
            "bot.meant",
            "bot.policy",
            "bot.policy_file",
            "bot.schedule",
            "bot.told",
            "bot.typed",
        ],
        0,
    ),
}

#: What hears Slack or speaks to it. Everything else in `bot.slack` builds messages and views: it
#: imports floor 0, other builders, and the frozen values of lower floors.
WAITING = {
    f"bot.slack.{name}"
    for name in (
        "app",
        "checkup",
        "commands",
        "decisions",
        "delivery",
        "finder",
        "following",
        "forms",
        "front",
        "health",
        "home_tab",
        "identity",
        "ingress",
        "live_forms",
        "menus",
        "opening",
        "people",
        "submissions",
        "subscriptions",
        "teller",
        "wiring",
    )
}
VALUES = {
    "bot.omni.Connection",
    "bot.omni.ConnectionSchedule",
    "bot.overview.Entry",
    "bot.overview.Row",
}

#: The only places that know a library.
HOMES: Mapping[str, tuple[str, ...]] = {
    "cron_descriptor": ("bot.told.describe",),
    "httpx": ("bot.omni.client", "bot.omni.wire"),
    "dbos": ("bot.durable",),
    "prometheus_client": ("bot.metrics",),
    "alembic": ("bot.database", "bot.migrations"),
    "dotenv": ("bot.settings",),
    "uvicorn": ("bot.door", "bot.serve"),
}

#: From the strict dialect to what is said of it, each knows only those before it.
DIALECT = ("bot.schedule", "bot.meant", "bot.told")
#: Lines, blank ones and comments too: what is to be exact is to be read in ten minutes.
DIALECT_MOST = 600

#: It starts the playground when somebody asks for it, and only then imports it.
STARTERS = {"bot.__main__"}


@dataclass(frozen=True)
class Import:
    """One name that a module imports, and whether only when a function runs."""

    importer: str
    name: str
    lazy: bool

    def __str__(self) -> str:
        return f"{self.importer} imports {self.name}"


def imports_in(file: Path) -> Iterator[Import]:
    importer = module_of(file)
    tree = ast.parse(file.read_text("utf-8"))
    functions = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{importer} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (Import(importer, name, id(node) in inside) for name in names)


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def imports() -> tuple[Import, ...]:
    return tuple(one for file in (ROOT / "bot").rglob("*.py") for one in imports_in(file))


def ours() -> list[Import]:
    return [one for one in imports() if lies_in(one.name, "bot")]


def lies_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def floor(name: str) -> int:
    """Return the floor of a module, or of a name in one, by the longest entry that fits."""
    place = max((entry for entry in FLOORS if lies_in(name, entry)), key=len)
    assert place != "bot" or name == "bot", f"{name} has no floor yet"
    return FLOORS[place]


def builds(name: str) -> bool:
    inside = lies_in(name, "bot.slack") and name != "bot.slack"
    return inside and not any(lies_in(name, one) for one in WAITING)


def pure(name: str) -> bool:
    return floor(name) == 0 or builds(name) or any(lies_in(name, one) for one in VALUES)


def told(found: list[Import]) -> str:
    return "\n".join(sorted(map(str, found)))


def test_imports_point_down() -> None:
    up = [one for one in ours() if floor(one.name) > floor(one.importer)]
    wrong = [one for one in up if not (one.lazy and one.importer in STARTERS)]
    assert not wrong, told(wrong)


def test_only_those_who_start_it_import_the_playground_and_only_then() -> None:
    inward = [
        one
        for one in ours()
        if lies_in(one.name, "bot.playground") and not lies_in(one.importer, "bot.playground")
    ]
    assert {one.importer for one in inward} == STARTERS
    assert all(one.lazy for one in inward), told(inward)


def test_builders_of_messages_need_nothing_that_waits() -> None:
    found = [one for one in ours() if builds(one.importer) and not pure(one.name)]
    assert not found, told(found)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_known_in_one_place(library: str) -> None:
    users = [
        one
        for one in imports()
        if lies_in(one.name, library) and not lies_in(one.importer, "bot.playground")
    ]
    strangers = [
        one for one in users if not any(lies_in(one.importer, home) for home in HOMES[library])
    ]
    assert users, f"nothing uses {library}"
    assert not strangers, told(strangers)


@pytest.mark.parametrize("package", DIALECT[:-1])
def test_the_dialect_knows_neither_repairs_nor_words(package: str) -> None:
    above = DIALECT[DIALECT.index(package) + 1 :]
    own = [one for one in ours() if lies_in(one.importer, package)]
    found = [one for one in own if any(lies_in(one.name, other) for other in above)]
    assert own
    assert not found, told(found)


def test_the_dialect_is_read_in_ten_minutes() -> None:
    files = list((ROOT / "bot" / "schedule").rglob("*.py"))
    lines = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    assert files
    assert lines < DIALECT_MOST, f"bot/schedule/ has {lines} lines"


def test_the_workflow_knows_nothing_of_slack() -> None:
    found = [one for one in imports() if floor(one.importer) < 3 and one.name.startswith("slack_")]
    assert not found, told(found)


def test_explain_loads_no_slack_no_http_and_no_database() -> None:
    heavy = {"slack_sdk", "slack_bolt", "aiohttp", "httpx", "sqlalchemy", "dbos", "uvicorn"}
    program = (
        "import sys, bot.__main__ as cli\n"
        "assert cli.main(['explain', '0 18 ? * MON-FRI *', 'Europe/London']) == 0\n"
        f"print(sorted({heavy!r} & sys.modules.keys()), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stderr == "[]\n"


def test_the_readme_prints_the_transition_table() -> None:
    printed = "\n".join(f"    {line}" for line in diagram().splitlines())
    assert printed in (ROOT / "README.md").read_text("utf-8")


def test_the_readme_names_every_part() -> None:
    tree = (ROOT / "README.md").read_text("utf-8").partition("    bot/\n")[2].partition("\n\n")[0]
    parts = {file.name for file in (ROOT / "bot").glob("*.py")} - {"__init__.py"}
    parts |= {f"{file.parent.name}/" for file in (ROOT / "bot").glob("*/*.py")} | {"migrations/"}
    assert set(re.findall(r"\w+(?:\.py|/)", tree)) == parts
