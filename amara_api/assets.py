"""Static files under names that tell their content, so that browsers may keep them for ever.

They are collected into a folder of the data folder that is named after all that is in it: `setup`
and `serve` make it where it is missing. What has changed since, by an upgrade or by the operator,
has another folder, so nothing old is served. Without a folder, because nobody could write one,
files go by their plain names, and browsers ask for them again after a minute.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import File
from whitenoise.storage import CompressedManifestStaticFilesStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

# The variable by which `serve` tells its workers the folder; empty if there is none.
TOLD = "ASSETS_AT"
_FOLDER = "assets"
# Servers that still run may have the one before.
_KEPT = 2
# What no page asks for: half of all bytes.
_UNUSED = ["*.map", "redoc"]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Never fails a page: what is not in the manifest goes by its own name."""

    keep_only_hashed_files = True
    # A module names another by its address, which is the hashed one too.
    support_js_module_import_aggregation = True

    def read_manifest(self) -> str | None:
        read: str | None = super().read_manifest() if self.base_location else None
        return read

    def stored_name(self, name: str) -> str:
        known: str = self.hashed_files.get(self.hash_key(self.clean_name(name)), name)
        return known

    def hashed_name(
        self, name: str, content: File[bytes] | None = None, filename: str | None = None
    ) -> str:
        try:
            hashed: str = super().hashed_name(name, content, filename)
        except ValueError:
            return name  # A file of the operator's that names one which is not there.
        return hashed


def collect() -> Path:
    """The folder with all static files as they are now. Raises OSError if it cannot be made."""
    files = dict(_sources())
    wanted = _folder(files)
    if wanted.is_dir():
        wanted.touch()
        return wanted
    wanted.parent.mkdir(mode=0o700, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=wanted.parent, prefix=".new-"))
    try:
        storage = Storage(location=making)
        for name, path in files.items():
            with path.open("rb") as source:
                storage.save(name, File(source))
        for _ in storage.post_process({name: (storage, name) for name in files}):
            pass
        making.rename(wanted)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        if not wanted.is_dir():  # Another process was as quick.
            raise
    _clear(wanted.parent)
    return wanted


def use() -> None:
    """This process serves what was collected, if it is what there is now."""
    told = os.environ.get(TOLD)
    folder = _folder(dict(_sources())) if told is None else Path(told)
    settings.STATIC_ROOT = folder if told != "" and folder.is_dir() else None


def _sources() -> Iterator[tuple[str, Path]]:
    """Name and file, each name once: an operator's own come first."""
    seen = set()
    for finder in get_finders():
        for name, storage in finder.list(_UNUSED):
            if name not in seen:
                seen.add(name)
                yield name, Path(storage.path(name))


def _folder(files: dict[str, Path]) -> Path:
    stamp = hashlib.sha256(django.__version__.encode())
    for name in sorted(files):
        content = hashlib.sha256(files[name].read_bytes()).hexdigest()
        stamp.update(f"\n{content} {name}".encode())
    return Path(settings.DATA_DIR) / _FOLDER / stamp.hexdigest()[:32]


def _clear(folder: Path) -> None:
    """Leave the newest ones; what was being made when its process ended goes with the rest."""
    found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in found[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
