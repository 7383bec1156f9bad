"""`python -m tests.server.container`: the steps of the Dockerfile, one by one, in a clean folder.

For machines without an engine. Takes a minute or two, since it installs what the image installs;
the suite takes the same steps with the packages that are there already (`test_container.py`). Left
out is `useradd`: it needs root.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.places import ROOT, free_port

HOME = "/srv/subtitles"


class Step(NamedTuple):
    word: str
    rest: str


def steps() -> list[Step]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    found = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [Step(word, rest) for word, _, rest in found]


class Image:
    """What the steps make, with ``root`` for `/`."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / HOME[1:]
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.health: list[str] = []
        self.command: list[str] = []
        self.home.mkdir(parents=True)
        (root / "data").mkdir(mode=0o700)

    def take(self, step: Step, *, run: bool) -> None:
        if step.word == "COPY" and not step.rest.startswith("--from=build"):
            self._copy(*step.rest.split())
        elif step.word == "RUN" and run and "useradd" not in step.rest:
            subprocess.run(step.rest, shell=True, cwd=self.home, check=True)
        elif step.word == "ENV":
            name, _, value = step.rest.partition("=")
            self.environment[name] = self._here(value)
        elif step.word == "HEALTHCHECK":
            self.health = json.loads(step.rest.partition("CMD ")[2])
        elif step.word == "CMD":
            self.command = json.loads(step.rest)

    def _here(self, value: str) -> str:
        return value.replace(HOME, str(self.home)).replace("/data", str(self.root / "data"))

    def _copy(self, *names: str) -> None:
        *sources, target = names
        for name in sources:
            source, at = ROOT / name, self.home / (name if target == "./" else target)
            if source.is_dir():
                leave = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, at, ignore=leave)
            else:
                shutil.copy(source, at)

    @contextmanager
    def running(self, **settings: str) -> Iterator[str]:
        """The command of the image; yields what it wrote by the time that it is well."""
        log = self.root / "log"
        environment = {**self.environment, "PORT": str(free_port()), **settings}
        with log.open("wb") as file:
            process = subprocess.Popen(
                self.command,
                cwd=self.home,
                env=environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            for _ in range(300):
                assert process.poll() is None, log.read_text()
                asked = subprocess.run(
                    self.health, cwd=self.home, env=environment, capture_output=True
                )
                if asked.returncode == 0:
                    break
                time.sleep(0.2)
            else:
                raise AssertionError(f"It is not well:\n{log.read_text()}")
            yield log.read_text()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        image = Image(Path(folder))
        for step in steps():
            print(f"{step.word} {step.rest}"[:100], flush=True)  # noqa: T201
            image.take(step, run=True)
        with image.running() as said:
            print("It serves." if "Serving http://" in said else said)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
