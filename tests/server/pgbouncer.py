"""PgBouncer in transaction mode, between a test and its PostgreSQL.

    python -m tests.server.pgbouncer -m pytest -n 0 tests/contract

runs Python with these arguments and a DATABASE_URL that leads through a PgBouncer of its own to the
PostgreSQL that DATABASE_URL names. Its configuration is that of `deploy/pgbouncer.ini`.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.places import ROOT, free_port

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MISSING = "pgbouncer is not installed: apt-get install pgbouncer"


def configuration(folder: Path, port: int, **said: str) -> str:
    """The file of `deploy/`, with the places of this machine in it, and what ``said`` says."""
    text = (ROOT / "deploy/pgbouncer.ini").read_text()
    ours = {
        "listen_port": str(port),
        "unix_socket_dir": "",
        "logfile": str(folder / "pgbouncer.log"),
        "pidfile": str(folder / "pgbouncer.pid"),
        "auth_type": "any",
        **said,
    }
    for name, value in ours.items():
        text, found = re.subn(rf"(?m)^{re.escape(name)} = .*$", f"{name} = {value}", text)
        assert found == 1, f"deploy/pgbouncer.ini does not say {name}"
    return text


@contextlib.contextmanager
def before(url: str, *, connections: int = 3) -> Iterator[str]:
    """A url that leads to what ``url`` names, by at most so many connections."""
    assert PROGRAM, MISSING
    parts = urlsplit(url)
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        whose = f" user={parts.username}" if parts.username else ""
        secret = f" password={parts.password}" if parts.password else ""
        place = f"host={parts.hostname} port={parts.port or 5432}{whose}{secret}"
        text = configuration(folder, port, default_pool_size=str(connections), **{"*": place})
        file = folder / "pgbouncer.ini"
        file.write_text(text)
        command = [PROGRAM, "-q", str(file)]
        if os.geteuid() == 0:
            # It refuses to run as root.
            command[1:1] = ["-u", "nobody"]
            folder.chmod(0o777)
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        through = parts._replace(netloc=f"{parts.username or ''}@127.0.0.1:{port}")
        try:
            _wait(urlunsplit(through), process, folder)
            yield urlunsplit(through)
        finally:
            process.kill()
            process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg2

    for _ in range(200):
        assert process.poll() is None, (folder / "pgbouncer.log").read_text()
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(url, connect_timeout=2).close()
            return
        time.sleep(0.05)
    raise AssertionError("PgBouncer does not answer")


def main() -> int:
    if PROGRAM is None:
        sys.stdout.write(f"Left out: {MISSING}.\n")
        return 0
    with before(os.environ["DATABASE_URL"], connections=20) as url:
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.run([sys.executable, *sys.argv[1:]], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
