"""Installations and servers that belong to one test, to be broken."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.places import ROOT, free_port
from tests.server.web import Web


@dataclass
class Done:
    code: int
    out: str
    err: str


@dataclass
class Installation:
    """A data folder and a database. `manage` runs a command on it, `serving` a server."""

    folder: Path
    database: str | None
    environment: dict[str, str] = field(repr=False)

    @classmethod
    def at(cls, folder: Path, database: str | None) -> "Installation":
        return cls(folder, database, environment_of(folder, database))

    def manage(self, *arguments: str, **variables: str | None) -> Done:
        environment = dict(self.environment)
        for name, value in variables.items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = value
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100
        )
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def key(self) -> str:
        return (self.folder / "admin.key").read_text().strip()

    @contextlib.contextmanager
    def serving(self, *arguments: str, **variables: str) -> Iterator["Served"]:
        port = variables.get("PORT") or str(free_port())
        log = self.folder / f"log-{secrets.token_hex(4)}"
        environment = {**self.environment, "PORT": port, **variables}
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=file,
                stderr=file,
                # Its workers belong to its group, so that all can be killed as one.
                start_new_session=True,
            )
        host = variables.get("HOST", "127.0.0.1")
        served = Served(Web(f"http://{host}:{port}", self.key), process, log)
        try:
            served.wait()
            yield served
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                served.kill()


@dataclass
class Served:
    web: Web
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> None:
        """Until it says that it serves; from then on whoever asks is answered."""
        for _ in range(400):
            assert self.process.poll() is None, self.log.read_text()
            if "(stop with Ctrl-C)" in self.log.read_text():
                assert self.web("GET", "/healthz", key=None).status == 200
                return
            time.sleep(0.05)
        raise AssertionError(f"The server did not answer:\n{self.log.read_text()}")

    def kill(self) -> None:
        """kill -9, workers and all."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)


def environment_of(folder: Path, database: str | None) -> dict[str, str]:
    environment = {**os.environ, "AMARA_DATA_DIR": str(folder), "EMAIL_URL": "dummymail://"}
    # What a start would warn of, and what belongs to one server.
    own = ("SECRET_KEY", "AMARA_FAST_PASSWORDS", "DATABASE_URL", "PORT", "HOST", "SERVED_AT")
    for name in own:
        environment.pop(name, None)
    if database:
        environment["DATABASE_URL"] = database
    return environment


class Databases:
    """PostgreSQL databases for tests, from a template; or, without PostgreSQL, nothing to do."""

    def __init__(self) -> None:
        self.url = os.environ.get("DATABASE_URL", "")
        self.used = self.url.startswith("postgres")
        self._made: list[str] = []

    def make(self, template: str | None = None, *, kept: bool = False) -> str | None:
        """The url of a new one, which goes with the others unless it is ``kept``."""
        if not self.used:
            return None
        name = f"amara_own_{secrets.token_hex(6)}"
        statements = [f'CREATE DATABASE "{name}"']
        if template:
            copied_from = template.rpartition("/")[2]
            # A pooler keeps its connection when whoever made the template has gone.
            statements.insert(
                0,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{copied_from}' AND pid <> pg_backend_pid()",
            )
            statements[-1] += f' TEMPLATE "{copied_from}"'
        self.run(*statements)
        if not kept:
            self._made.append(name)
        return f"{self.url.rpartition('/')[0]}/{name}"

    def run(self, *statements: str) -> None:
        import psycopg2

        link = psycopg2.connect(self.url)
        link.autocommit = True
        try:
            with link.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            link.close()

    def clear(self) -> None:
        for name in self._made:
            self.drop(name)

    def drop(self, url: str | None) -> None:
        if url:
            self.run(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')


def copied(source: Installation, folder: Path, databases: Databases) -> Installation:
    shutil.copytree(source.folder, folder)
    return Installation.at(folder, databases.make(source.database))
