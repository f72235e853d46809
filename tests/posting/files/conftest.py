"""Where files are delivered to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.posting.files.sftp_server import FakeServer, sftp_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeServer]:
    with sftp_server(tmp_path) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.POSTING_FOLDER = str(tmp_path)
    return tmp_path
