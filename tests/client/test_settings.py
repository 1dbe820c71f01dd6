"""Which URL, client and secret are used, and where a secret is never sent."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import ClassVar

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from reconciler.client.connection import connection_from
from reconciler.errors import UsageError

SECRET = {"WELKIN_SECRET": "s3cret"}


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)


def environment(api_url=None, client="MANIFEST", tenant="gh"):
    return SimpleNamespace(tenant=tenant, instance="sb-demo", client=client, api_url=api_url)


def test_the_flag_beats_the_variable_beats_the_manifest_beats_the_default():
    manifest = environment("https://stg.welkincloud.io/")
    variable = SECRET | {"WELKIN_API_URL": "https://proxy.example/welkin/"}
    flag = "http://127.0.0.1:8000"
    assert connection_from(manifest, variable, api_url=flag).api_url == flag
    assert connection_from(manifest, variable).api_url == "https://proxy.example/welkin"
    assert connection_from(manifest, SECRET).api_url == "https://stg.welkincloud.io"
    assert connection_from(environment(), SECRET).api_url == "https://api.live.welkincloud.io"


def test_the_variable_beats_the_manifests_client():
    assert connection_from(environment(), SECRET | {"WELKIN_CLIENT": "MINE"}).client == "MINE"
    assert connection_from(environment(), SECRET | {"WELKIN_CLIENT": ""}).client == "MANIFEST"


def test_no_client_is_a_usage_error():
    with pytest.raises(UsageError, match=r"set \$WELKIN_CLIENT"):
        connection_from(environment(client=None), SECRET)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://welkincloud.io.evil.example",
        "https://evilwelkincloud.io",
        "https://10.0.0.1",
    ],
)
def test_a_host_that_only_the_manifest_names_gets_no_secret(url):
    with pytest.raises(UsageError, match=r"only a manifest names\. If .* is right, say so with --api-url"):
        connection_from(environment(url), SECRET)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.9.8.7:1/", "http://[::1]:8000"])
def test_this_computer_too_is_named_by_a_flag_or_a_variable_only(url):
    with pytest.raises(UsageError, match="only a manifest names"):
        connection_from(environment(url), SECRET)
    assert connection_from(environment(url), SECRET, api_url=url).api_url == url.rstrip("/")
    assert connection_from(environment(url), SECRET | {"WELKIN_API_URL": url}).api_url == url.rstrip("/")


def test_a_tenants_own_variables_win():
    place = environment(tenant="north-West.2")
    both = {"WELKIN_SECRET": "all", "WELKIN_SECRET_NORTH_WEST_2": "own", "WELKIN_SECRET_GH": "other"}
    urls = {"WELKIN_API_URL": "https://all.example", "WELKIN_API_URL_NORTH_WEST_2": "https://own.example"}
    found = connection_from(place, both | urls)
    assert (found.secret, found.api_url) == ("own", "https://own.example")
    found = connection_from(
        place, {**both, **urls, "WELKIN_SECRET_NORTH_WEST_2": "", "WELKIN_API_URL_NORTH_WEST_2": ""}
    )
    assert (found.secret, found.api_url) == ("all", "https://all.example")
    assert (
        connection_from(place, both | urls, api_url="https://flag.example").api_url == "https://flag.example"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass@api.live.welkincloud.io",
        "https://evil.example\\.welkincloud.io",
        "https://evil.example\\@api.welkincloud.io",
        "https://api.welkincloud.io/?x=1",
        "https://api.welkincloud.io/#x",
        "https://api.wel\u212aincloud.io",
        "https://api.welkincloud.io\n",
        "https://api.welkincloud.io/../x?",
        "ftp://api.welkincloud.io",
        "api.live.welkincloud.io",
        "https://",
        "https://api..welkincloud.io",
        f"https://{'a' * 64}.welkincloud.io",
    ],
)
def test_an_odd_url_is_refused_without_repeating_it(url):
    with pytest.raises(UsageError, match="must look like https://api") as caught:
        connection_from(environment(url), SECRET)
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize("url", ["http://api.live.welkincloud.io", "http://192.168.1.1:80"])
def test_http_is_for_this_computer_only_whoever_names_it(url):
    with pytest.raises(UsageError, match="must begin with https://"):
        connection_from(environment(), SECRET, api_url=url)


def test_a_secret_file_is_read_without_its_last_line_break(tmp_path):
    file = tmp_path / "secret"
    file.write_text(" s3cret \n")
    file.chmod(0o600)
    assert connection_from(environment(), {}, secret_file=str(file)).secret == " s3cret "
    assert connection_from(environment(), SECRET, secret_file=str(file)).secret == "s3cret"


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_secret_file_is_for_its_owner_and_group(tmp_path):
    file = tmp_path / "secret"
    file.write_text("s3cret")
    for mode in (0o400, 0o600, 0o640, 0o440, 0o660):
        file.chmod(mode)
        assert connection_from(environment(), {}, secret_file=str(file)).secret == "s3cret"
    for mode in (0o644, 0o604, 0o602, 0o777):
        file.chmod(mode)
        with pytest.raises(
            UsageError, match="people beyond its owner and group can use it: chmod o="
        ) as caught:
            connection_from(environment(), {}, secret_file=str(file))
        assert "s3cret" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX")
def test_a_secret_file_is_a_regular_one_of_a_sane_size(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match=r"--secret-file .*/pipe: this is a pipe"):
        connection_from(environment(), {}, secret_file=str(tmp_path / "pipe"))
    (tmp_path / "large").write_bytes(bytes(2 << 20))
    with pytest.raises(UsageError, match="this file is larger than 1 MiB"):
        connection_from(environment(), {}, secret_file=str(tmp_path / "large"))


@pytest.mark.parametrize(("data", "says"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "not UTF-8")])
def test_an_unusable_secret_file_is_a_usage_error(tmp_path, data, says):
    file = tmp_path / "secret"
    file.write_bytes(data)
    file.chmod(0o600)
    with pytest.raises(UsageError, match=says):
        connection_from(environment(), {}, secret_file=str(file))


def test_a_secret_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        connection_from(environment(), {}, secret_file=str(tmp_path / "none"))


@pytest.fixture
def backend(monkeypatch):
    """A keyring of this test's own behind the real package."""
    monkeypatch.setitem(sys.modules, "keyring", keyring)

    class Backend(KeyringBackend):
        priority = 1
        kept: ClassVar = {("welkin-reconcile", "gh/MANIFEST"): "kept"}

        def get_password(self, service, username):
            return self.kept.get((service, username))

        def set_password(self, service, username, password):
            raise AssertionError("nothing of ours writes to a keyring")

    before = keyring.get_keyring()
    keyring.set_keyring(Backend())
    yield Backend
    keyring.set_keyring(before)


def test_the_keyring_is_asked_last(backend, tmp_path):
    file = tmp_path / "secret"
    file.write_text("filed")
    file.chmod(0o600)
    assert connection_from(environment(), {}).secret == "kept"
    assert connection_from(environment(), {}, secret_file=str(file)).secret == "filed"
    assert connection_from(environment(), SECRET).secret == "s3cret"


@pytest.mark.parametrize("trouble", ["NoKeyringError", "KeyringLocked", "InitError"])
def test_a_keyring_that_does_not_answer_is_none(backend, monkeypatch, trouble):
    def fail(self, service, username):
        raise getattr(keyring.errors, trouble)("no")

    monkeypatch.setattr(backend, "get_password", fail)
    with pytest.raises(UsageError, match="no secret for the API client gh/MANIFEST"):
        connection_from(environment(), {})


def test_no_secret_names_the_ways_to_give_one():
    with pytest.raises(UsageError) as caught:
        connection_from(environment(tenant="north-west"), {"WELKIN_SECRET": ""})
    ways = (
        "$WELKIN_SECRET ",
        "$WELKIN_SECRET_NORTH_WEST",
        "--secret-file",
        "keyring set welkin-reconcile north-west",
    )
    assert all(way in str(caught.value) for way in ways)
    assert "\n" not in str(caught.value)
