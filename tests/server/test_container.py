"""The Dockerfile's steps in a clean folder; and that compose, units and pages name what exists."""

import re
import stat
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from amara_api.checks import KNOWN
from tests.places import ROOT
from tests.server.container import Image, steps

DEPLOYED = [ROOT / "Dockerfile", ROOT / "compose.yaml", *sorted((ROOT / "deploy").iterdir())]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Read by the settings under names without our prefix.
OTHERS = set(
    re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "amara_api" / "settings.py").read_text())
) | {"DATABASE_URL", "SECRET_KEY"}


def test_what_the_dockerfile_copies_serves_by_itself(tmp_path):
    """With this interpreter's packages in place of those that `RUN` installs."""
    image = Image(tmp_path)
    for step in steps():
        image.take(step, run=False)
    image.environment["PATH"] = f"{Path(sys.executable).parent}:{image.environment['PATH']}"
    with image.running() as said:
        assert "Made the account admin" in said
        assert "Serving http://127.0.0.1:" in said
    made = {path.name for path in (tmp_path / "data").iterdir()}
    assert {"amara.sqlite3", "secret.key", "admin.key"} <= made
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


def test_the_image_is_slim_and_nobody_in_it_is_root():
    words = [step.word for step in steps()]
    images = [step.rest.partition(" AS ")[0] for step in steps() if step.word == "FROM"]
    assert all(each.endswith("-slim") for each in images)
    assert words.index("USER") < words.index("CMD")
    (user,) = [step.rest for step in steps() if step.word == "USER"]
    assert any("useradd --system" in step.rest and user in step.rest for step in steps())
    # What is installed is what was locked.
    (install,) = [step.rest for step in steps() if "pip install" in step.rest]
    assert "--require-hashes -r requirements.txt" in install
    copied = {
        name
        for step in steps()
        if step.word == "COPY" and "--from" not in step.rest
        for name in step.rest.split()[:-1]
    }
    shown = (ROOT / ".dockerignore").read_text().splitlines()
    assert copied == {line[1:] for line in shown if line.startswith("!")}


def settings_in(text):
    return set(re.findall(r"\bAMARA_[A-Z_]+\b", text))


@pytest.mark.parametrize("path", [*DEPLOYED, *PAGES], ids=lambda path: path.name)
def test_settings_and_commands_that_are_named_exist(path):
    text = path.read_text(encoding="utf-8")
    made_up = {"AMARA_VERSION"}
    assert settings_in(text) - KNOWN - made_up == set()
    commands = re.findall(r"manage\.py ([a-z_]+)", text)
    assert set(commands) - set(get_commands()) == set()


def test_compose_names_what_there_is():
    said = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = said["services"]
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert other in services, name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in said["volumes"] or (ROOT / source).is_file(), volume
    for name in ("server", "worker", "daily"):
        assert services[name]["image"] == services["server"]["image"]
        variables = set(services[name]["environment"])
        assert variables - KNOWN - OTHERS == set()
    asked_for = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    given = (ROOT / "deploy" / "compose.env").read_text()
    assert asked_for == set(re.findall(r"^(\w+)=", given, re.M))
    # The worker posts events, so the server does not.
    assert services["server"]["environment"]["AMARA_DELIVER"] == "off"


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").glob("*.env")), ids=lambda p: p.name)
def test_files_of_settings_have_settings(path):
    names = set(re.findall(r"^(\w+)=", path.read_text(), re.M))
    assert names - KNOWN - OTHERS - {"SITE", "POSTGRES_PASSWORD"} == set()


def test_what_the_timer_starts_is_there():
    for timer in (ROOT / "deploy").glob("*.timer"):
        assert timer.with_suffix(".service").is_file()
