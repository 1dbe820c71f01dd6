"""Which URL, client and secret are used, and where a secret is never sent."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from reconciler.errors import UsageError
from reconciler.settings import connection_from

SECRET = {"WELKIN_SECRET": "s3cret"}


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)


def environment(api_url=None, client="MANIFEST"):
    return SimpleNamespace(tenant="gh", instance="sb-demo", client=client, api_url=api_url)


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


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.9.8.7:1/", "http://[::1]:8000", "https://welkincloud.io"]
)
def test_this_computer_and_welkin_may_be_named_by_a_manifest(url):
    assert connection_from(environment(url), SECRET).api_url == url.rstrip("/")


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
def test_a_secret_file_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "secret"
    file.write_text("s3cret")
    file.chmod(0o640)
    with pytest.raises(UsageError, match="other people can read it: chmod 600") as caught:
        connection_from(environment(), {}, secret_file=str(file))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(("data", "says"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "not UTF-8")])
def test_an_unusable_secret_file_is_a_usage_error(tmp_path, data, says):
    file = tmp_path / "secret"
    file.write_bytes(data)
    file.chmod(0o600)
    with pytest.raises(UsageError, match=says):
        connection_from(environment(), {}, secret_file=str(file))


def test_a_secret_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        connection_from(environment(), {}, secret_file=str(tmp_path / "none"))


def test_the_keyring_is_asked_last(monkeypatch):
    kept = {("welkin-reconcile", "gh/MANIFEST"): "kept"}
    fake = SimpleNamespace(get_password=lambda service, name: kept.get((service, name)))
    fake.errors = SimpleNamespace(KeyringError=RuntimeError)
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert connection_from(environment(), {}).secret == "kept"
    assert connection_from(environment(), SECRET).secret == "s3cret"


def test_no_secret_names_the_three_ways():
    with pytest.raises(UsageError) as caught:
        connection_from(environment(), {"WELKIN_SECRET": ""})
    assert all(way in str(caught.value) for way in ("$WELKIN_SECRET", "--secret-file", "keyring set"))
    assert "\n" not in str(caught.value)
