import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared.settings import BadSettings, read_settings
from shared.storage.backends import make_storage
from shared.storage.cloud import CloudinaryStorage
from shared.storage.errors import FileMissing, StorageUnavailable
from shared.storage.keys import PRIVATE, PUBLIC, new_key
from shared.storage.local import LocalStorage
from shared.storage.settings import StorageSettings
from shared.storage.tests.cloud import running_cloud

CONTENT = bytes(range(256)) * 1000
ENVIRON = {"DATABASE_URL": "x", "BROKER_URL": "x", "JWKS_URL": "x", "INTERNAL_SECRET": "s" * 32, "BIND": "x"}
ENVIRON["ENVIRONMENT"] = "development"


@pytest.fixture
def cloud():
    with running_cloud() as running:
        yield running


@pytest.fixture(params=["local", "cloudinary"])
def storage(request, tmp_path):
    if request.param == "local":
        yield make_storage(_settings(STORAGE_FOLDER=str(tmp_path)), "lending")
    else:
        _, url = request.getfixturevalue("cloud")
        yield make_storage(_settings(STORAGE="cloudinary", CLOUDINARY_URL=url), "lending")


def _settings(**environ: str) -> StorageSettings:
    return read_settings(StorageSettings, ENVIRON | environ, prefix="LENDING")


def _read(storage, key: str) -> tuple[int, bytes]:
    file = storage.open(key)
    try:
        return file.size, b"".join(file.pieces())
    finally:
        file.content.close()


def test_what_was_put_comes_back_byte_for_byte_until_it_is_deleted(storage):
    key = new_key(PRIVATE)
    storage.put(key, io.BytesIO(CONTENT), "application/pdf")
    assert _read(storage, key) == (len(CONTENT), CONTENT)
    storage.delete(key)
    with pytest.raises(FileMissing):
        storage.open(key)
    storage.delete(key)


def test_a_key_is_never_a_path_of_the_clients(storage):
    for name in ("../../etc/passwd", "documents/../public/a", "/etc/passwd", "documents/" + "a" * 33, ""):
        for ask in (storage.open, storage.delete, lambda name: storage.put(name, io.BytesIO(b""), "")):
            with pytest.raises(ValueError, match="not a key"):
                ask(name)


def test_files_of_this_machine_are_for_this_account_only(tmp_path):
    storage, key = LocalStorage(str(tmp_path), "lending"), new_key(PUBLIC, "png")
    storage.put(key, io.BytesIO(CONTENT), "image/png")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [key.partition("/")[2]]
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert not any(folder.stat().st_mode & 0o077 for folder in files[0].parents[:1])


def test_a_kill_in_the_middle_of_writing_leaves_no_file_under_the_key(tmp_path):
    key = new_key(PRIVATE)
    script = f"""
import sys
from shared.storage.keys import PRIVATE, PUBLIC, new_key
from shared.storage.local import LocalStorage
LocalStorage({str(tmp_path)!r}, "lending").put({key!r}, sys.stdin.buffer, "image/png")
"""
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, env=os.environ)
    assert writer.stdin
    writer.stdin.write(CONTENT)
    writer.stdin.flush()
    _wait_for_a_file_in(tmp_path)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdin.close()
    storage = LocalStorage(str(tmp_path), "lending")
    with pytest.raises(FileMissing):
        storage.open(key)
    storage.delete(key)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def _wait_for_a_file_in(folder: Path) -> None:
    from shared.testing import eventually

    eventually(lambda: any(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def test_two_who_write_different_files_at_once_do_not_meet(tmp_path):
    storage = LocalStorage(str(tmp_path), "lending")
    keys = {new_key(PRIVATE): bytes([number]) * 50_000 for number in range(16)}
    threads = [threading.Thread(target=storage.put, args=(key, io.BytesIO(body), "")) for key, body in keys.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: _read(storage, key)[1] for key in keys} == keys


def test_a_folder_that_cannot_be_written_is_no_mistake_of_the_sender(tmp_path):
    (tmp_path / "lending").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        LocalStorage(str(tmp_path), "lending").put(new_key(PRIVATE), io.BytesIO(b"a"), "")


def test_the_cloud_gets_private_files_in_our_folder_and_only_under_a_signature(cloud):
    running, url = cloud
    key = new_key(PRIVATE)
    storage = CloudinaryStorage(url, "millenium-potters/lending")
    storage.put(key, io.BytesIO(CONTENT), "application/pdf")
    assert running.files == {f"millenium-potters/lending/{key}": CONTENT}
    running.secret = "another secret, so ours no longer signs"
    for ask in (storage.open, storage.delete, lambda key: storage.put(key, io.BytesIO(b"a"), "")):
        with pytest.raises(StorageUnavailable):
            ask(key)
    assert running.files == {f"millenium-potters/lending/{key}": CONTENT}


def test_an_upload_whose_answer_the_cloud_did_not_sign_is_not_believed(cloud):
    running, url = cloud
    running.is_honest = False
    with pytest.raises(StorageUnavailable, match="not signed"):
        CloudinaryStorage(url, "millenium-potters/lending").put(new_key(PRIVATE), io.BytesIO(b"a"), "")


def test_a_cloud_that_fails_or_is_away_is_said_to_be_unavailable(cloud):
    running, url = cloud
    running.fails = True
    away = "cloudinary://key:secret@potters?upload_prefix=http://127.0.0.1:9"
    for storage in (CloudinaryStorage(url, "f"), CloudinaryStorage(away, "f")):
        for ask in (storage.open, storage.delete, lambda key, storage=storage: storage.put(key, io.BytesIO(b"a"), "")):
            with pytest.raises(StorageUnavailable):
                ask(new_key(PRIVATE))


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"STORAGE": "ftp"}, "neither local nor cloudinary"),
        ({"STORAGE": "cloudinary"}, "CLOUDINARY_URL"),
        ({"STORAGE": "cloudinary", "CLOUDINARY_URL": "https://api.cloudinary.com"}, "CLOUDINARY_URL"),
        ({"MAX_FILE_SIZE": "0"}, "MAX_FILE_SIZE"),
        ({"PUBLIC_URL": "https://api.example.org/"}, "PUBLIC_URL"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(environ, fault):
    with pytest.raises(BadSettings, match=fault):
        _settings(**environ)
