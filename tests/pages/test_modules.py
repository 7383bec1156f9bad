"""The parts of our scripts that need no browser have tests of their own, which node runs."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from amara_api import assets

TESTS = Path(__file__).parents[1] / "js"


def test_modules_do_what_their_own_tests_say() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.fail("These tests need node: apt-get install nodejs")
    files = sorted(map(str, TESTS.rglob("*.test.mjs")))
    ran = subprocess.run(
        [node, "--test", "--test-reporter=tap", *files], capture_output=True, text=True, check=False
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    assert (passed := re.search(r"^# pass (\d+)$", said, re.MULTILINE)), said
    assert int(passed[1]) >= len(files) > 0


def test_a_module_names_others_by_the_names_that_they_are_served_by(
    settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    ours = assets.collect() / "amara_api"
    named = [
        (module, name)
        for module in ours.rglob("*.js")
        for name in re.findall(r'(?:from|import)[\s(]*"(\.[^"]+)"', module.read_text())
    ]
    assert any(module.name.startswith("player.") for module, _ in named)
    assert [each for each in named if not (each[0].parent / each[1]).is_file()] == []
