"""The shape of the source: who imports whom, who writes, and that each file says what it is."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("amara_api", "users", "videos", "subtitles", "teams", "activity")
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)


def called(path: Path) -> set[str]:
    """Names of the methods that a module calls."""
    tree = ast.parse(path.read_text())
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def test_the_import_contracts_hold():
    program = "from importlinter.cli import lint_imports; lint_imports(no_cache=True, no_logo=True)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert re.search(r"\b[1-9]\d* kept, 0 broken", done.stdout), done.stdout + done.stderr


def test_the_ground_floor_is_kept_from_every_module_of_the_roof():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = (
        contract
        for contract in config["tool"]["importlinter"]["contracts"]
        if contract.get("source_modules") == ["amara_api.kernel"]
    )
    roof = {
        f"amara_api.{path.stem}"
        for path in (ROOT / "amara_api").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"amara_api.__init__", "amara_api.kernel"}
    assert set(contract["forbidden_modules"]) == roof | set(PACKAGES) - {"amara_api"}


WRITES = {"save", "create", "bulk_create", "update_or_create", "get_or_create", "bulk_update"}
# A viewset has methods by these names, so only a call on a manager or query set counts.
MANAGER_WRITES = re.compile(r"\.(objects|\w+_set)\.(\w+\(.*\)\.)*(create|update|delete)\(")


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if {"api", "rest", "policies.py", "queries.py"} & set(path.parts)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_http_rules_and_reads_never_write(path):
    assert not called(path) & WRITES
    assert not MANAGER_WRITES.search(path.read_text())


def test_models_have_no_save_of_their_own():
    """A write is where a service says so, not where a model is touched."""
    own = [
        (path.name, node.name)
        for path in SOURCES
        if path.name == "models.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "clean"}
    ]
    assert not own


def test_every_module_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.name != "apps.py"
        and "management" not in path.parent.parts[-2:]
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_nothing_reads_the_clock_but_through_django():
    """So that a test may stop it, and every time has a zone."""
    naive = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(\)")
    assert not [str(path) for path in SOURCES if naive.search(path.read_text())]


def test_migrations_say_what_the_models_say(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
