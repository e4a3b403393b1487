"""Downloads over HTTP: only what is offered, whole or in parts, from one version to the end."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from frictionless import validate

from ldn_directory.publish.packages import Manifest, package, withdraw
from ldn_directory.site.pages.files import OpenFileResponse

pytestmark = pytest.mark.anyio
MODIFIED = datetime(2026, 11, 1, tzinfo=UTC)
ETAG = '"abc"'


@pytest.fixture
def offered(directory) -> Manifest:
    return package(directory)


@pytest.fixture
def file(offered) -> str:
    return f"/download/{offered.file('database').name}"


@pytest.mark.parametrize(
    ("headers", "status", "content"),
    [
        ({}, 200, range(100)),
        ({"range": "bytes=0-9"}, 206, range(10)),
        ({"range": "bytes=90-"}, 206, range(90, 100)),
        ({"range": "bytes=95-500"}, 206, range(95, 100)),
        ({"range": "bytes=-10"}, 206, range(90, 100)),
        ({"range": "bytes=-500"}, 206, range(100)),
        ({"range": "bytes=0-1,5-6"}, 206, None),
        ({"range": "lines=0-1"}, 200, range(100)),
        ({"range": "bytes=0-9", "if-range": ETAG}, 206, range(10)),
        ({"range": "bytes=0-9", "if-range": '"other"'}, 200, range(100)),
        ({"range": "bytes=0-9", "if-range": f"W/{ETAG}"}, 200, range(100)),
        ({"range": "bytes=0-9", "if-range": "Sun, 01 Nov 2026 00:00:00 GMT"}, 200, range(100)),
        ({"range": "bytes=0-9", "if-none-match": ETAG}, 304, ()),
        ({"if-none-match": f'"x", W/{ETAG}'}, 304, ()),
        ({"if-none-match": "*"}, 304, ()),
        ({"if-none-match": '"x"', "if-modified-since": "Sun, 01 Nov 2026 00:00:00 GMT"}, 200, range(100)),
        ({"if-modified-since": "Sun, 01 Nov 2026 00:00:00 GMT"}, 304, ()),
        ({"if-modified-since": "Sat, 31 Oct 2026 23:59:59 GMT"}, 200, range(100)),
        ({"if-modified-since": "yesterday"}, 200, range(100)),
    ],
)
async def test_a_request_gets_the_part_that_http_says(tmp_path, headers, status, content):
    answer = await response_of(tmp_path / "file", headers)
    assert answer.status_code == status
    if content is not None:
        assert answer.content == bytes(content)


async def test_several_parts_come_in_one_answer(tmp_path):
    answer = await response_of(tmp_path / "file", {"range": "bytes=0-1,5-6"})
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    assert b"bytes 0-1/100" in answer.content and b"bytes 5-6/100" in answer.content


async def test_head_passes_over_a_range(tmp_path):
    answer = await response_of(tmp_path / "file", {"range": "bytes=0-9"}, "HEAD")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "100", b"")


async def test_a_file_that_is_replaced_after_it_was_opened_is_sent_as_it_was(tmp_path):
    answer = await response_of(tmp_path / "file", {}, replaced=True)
    assert answer.content == bytes(range(100))


async def response_of(path, headers, method="GET", replaced=False):
    path.write_bytes(bytes(range(100)))
    os.utime(path, (MODIFIED.timestamp(), MODIFIED.timestamp()))
    file = path.open("rb")
    response = OpenFileResponse(file, etag=ETAG, media_type="application/gzip", filename="a.gz")
    if replaced:
        path.with_suffix(".new").write_bytes(b"another")
        path.with_suffix(".new").replace(path)
    transport = httpx.ASGITransport(app=response)
    async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
        answer = await client.request(method, "/", headers=headers)
    assert file.closed
    return answer


async def test_a_download_is_the_file_with_a_strong_tag_that_is_its_digest(visit, offered, file):
    answer = await visit(file)
    assert hashlib.sha256(answer.content).hexdigest() == offered.file("database").sha256
    assert answer.headers["etag"] == f'"{offered.file("database").sha256}"'
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("application/gzip", "bytes")
    assert "content-encoding" not in answer.headers and "immutable" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == "*" and answer.headers["last-modified"].endswith("GMT")


async def test_parts_put_together_are_the_file(visit, directory, file):
    whole = (await visit(file)).content
    first = await visit(file, headers={"Range": "bytes=0-99"})
    rest = await visit(file, headers={"Range": "bytes=100-", "If-Range": first.headers["etag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.headers["content-range"] == f"bytes 0-99/{len(whole)}" and first.headers["content-length"] == "100"
    assert gzip.decompress(first.content + rest.content) == directory.read_bytes()


async def test_the_data_package_that_is_served_is_valid(visit, offered, tmp_path):
    package_file = tmp_path / "fetched.zip"
    package_file.write_bytes((await visit(f"/download/{offered.file('datapackage').name}")).content)
    report = validate(str(package_file), type="package")
    assert report.valid, report.flatten(["title", "type", "message"])


async def test_head_tells_the_size_without_a_byte(visit, offered, file):
    answer = await visit(file, "HEAD")
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["content-length"] == str(offered.file("database").bytes)


async def test_nothing_is_sent_again_to_whoever_has_it(visit, file):
    etag = (await visit(file)).headers["etag"]
    answer = await visit(file, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize("part", ["bytes=99999999-", "bytes=-0", f"bytes={'9' * 400}-", "bytes=0-9,99999999-"])
async def test_a_part_beyond_the_end_is_refused_with_the_size(visit, offered, file, part):
    answer = await visit(file, headers={"Range": part})
    assert (answer.status_code, answer.headers["content-type"]) == (416, "text/html; charset=utf-8")
    assert answer.headers["content-range"] == f"bytes */{offered.file('database').bytes}"
    assert "The file ends before the part that was asked for." in answer.text and "immutable" not in str(answer.headers)


@pytest.mark.parametrize("part", ["bytes=9-5", "bytes=", "bytes=a-b", "bytes=<script>", f"bytes={'9' * 5000}-"])
@pytest.mark.parametrize("language", ["en", "de"])
async def test_a_part_that_cannot_be_understood_gets_the_usual_page(visit, file, part, language):
    for address in (file, "/ldn.db"):
        answer = await visit(address, headers={"Range": part, "Accept-Language": language})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
        told = {"en": "The part of the file that was asked for", "de": "Der verlangte Teil der Datei"}[language]
        assert told in answer.text and "<script>" not in answer.text.partition("</head>")[2]
        assert "content-disposition" not in answer.headers and answer.headers["content-language"] == language


async def test_whoever_has_the_file_is_told_so_whatever_part_they_ask_for(visit, file):
    etag = (await visit(file)).headers["etag"]
    assert (await visit(file, headers={"Range": "bytes=9-5", "If-None-Match": etag})).status_code == 304
    assert (await visit(file, headers={"Range": "bytes=9-5", "If-Range": '"other"'})).status_code == 200


@pytest.mark.parametrize(("latest", "kind"), [("latest.db.gz", "database"), ("latest.datapackage.zip", "datapackage")])
async def test_latest_leads_to_the_dated_file(visit, offered, latest, kind):
    answer = await visit(f"/download/{latest}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/download/{offered.file(kind).name}")
    assert "immutable" not in answer.headers["cache-control"]


async def test_the_digests_are_served_as_they_stand_in_the_folder(visit, directory, offered):
    assert (
        (await visit("/download/SHA256SUMS")).text
        == (directory.parent / "downloads" / "SHA256SUMS").read_text()
        == offered.sums()
    )


def raw(address: str, path: str) -> bytes:
    """The answer to a path that no client has tidied up."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port)) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(1 << 20), b""))


def test_nothing_else_of_the_folder_or_the_disk_is_given(directory, offered, served):
    (directory.parent / "ledger.db").write_bytes(b"not offered")
    for name in ("secret.db.gz", "ldn-2026-01-01-00000000.db.gz", "database.part"):
        (directory.parent / "downloads" / name).write_bytes(b"not offered")
    address = served(directory)
    for name in (
        "manifest.json",
        "../ledger.db",
        "..%2fledger.db",
        "%2e%2e/ledger.db",
        "%2e%2e%2fledger.db",
        "..%5cledger.db",
        "..\\ledger.db",
        "..",
        ".",
        "",
        "%00",
        "database.part",
        "ldn-2026-01-01-00000000.db.gz",
        "%252e%252e%252fledger.db",
        "SHA256SUMS/",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "secret.db.gz",
        "latest.zip",
        "x" * 5000,
        "ldn-2026-01-01-00000000.db.gz%00.zip",
    ):
        answer = raw(address, f"/download/{name}")
        assert answer.split()[1] in (b"302", b"400", b"404"), name
        assert b"not offered" not in answer and b"root:" not in answer, name


async def test_a_file_that_is_not_as_the_manifest_states_is_not_given(visit, directory, offered, file):
    path = directory.parent / file.lstrip("/").replace("download/", "downloads/")
    path.write_bytes(path.read_bytes() + b"more")
    assert (await visit(file)).status_code == 404
    path.unlink()
    path.symlink_to(directory)
    assert (await visit(file)).status_code == 404


async def test_the_page_says_what_there_is_with_size_date_and_digest(visit, offered):
    page = (await visit("/download")).text
    for one in offered.files:
        assert f'href="/download/{one.name}"' in page and one.sha256 in page
    assert "has changed since we made these files" not in page and "sha256sum --check" in page


async def test_a_directory_that_is_newer_than_the_files_is_said_to_be_and_the_files_stay(
    visit, directory, people, publish, file
):
    publish(directory, people[:3])
    assert "has changed since we made these files" in (await visit("/download")).text
    assert (await visit(file)).status_code == 200
    package(directory)
    assert "has changed since we made these files" not in (await visit("/download")).text
    assert (await visit(file)).status_code == 404


async def test_without_files_the_page_says_so_and_the_database_can_be_had(visit, directory, offered):
    withdraw(directory.parent)
    page = await visit("/download")
    assert (
        page.status_code == 200 and "We are making the compressed files" in page.text and 'href="/ldn.db"' in page.text
    )
    assert [(await visit(f"/download/{name}")).status_code for name in ("SHA256SUMS", "latest.db.gz")] == [404, 404]


async def test_a_manifest_that_was_meddled_with_offers_nothing(visit, directory, offered):
    path = directory.parent / "downloads" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": [{"name": "../../etc/passwd"}]}))
    assert "We are making the compressed files" in (await visit("/download")).text


async def test_the_published_file_itself_is_given_in_parts(visit, directory):
    whole, part = await visit("/ldn.db"), await visit("/ldn.db", headers={"Range": "bytes=16-31"})
    assert whole.content == directory.read_bytes() and part.content == whole.content[16:32]
    assert (part.status_code, part.headers["etag"]) == (206, whole.headers["etag"])
    publish_time = directory.stat().st_mtime
    assert whole.headers["last-modified"] == datetime.fromtimestamp(publish_time, UTC).strftime(
        "%a, %d %b %Y %H:%M:%S GMT"
    )


async def test_a_part_of_a_file_that_was_replaced_is_the_whole_of_the_new_one(visit, directory, people, publish):
    etag = (await visit("/ldn.db", "HEAD")).headers["etag"]
    publish(directory, people[:3])
    answer = await visit("/ldn.db", headers={"Range": "bytes=16-31", "If-Range": etag})
    assert answer.status_code == 200 and answer.content == directory.read_bytes()


def test_a_download_under_way_ends_as_it_began_although_the_files_are_replaced(tmp_path, people, publish, served):
    directory = publish(tmp_path / "ldn.db", people)
    with (tmp_path / "ldn.db").open("ab") as file:
        file.write(os.urandom(30_000_000))
    first = package(directory).file("database")
    where = urlsplit(served(directory))
    with socket.create_connection((where.hostname, where.port)) as client:
        client.sendall(f"GET /download/{first.name} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n".encode())
        received = client.recv(1000)
        publish(directory, people[:3])
        package(directory)
        assert not (tmp_path / "downloads" / first.name).exists()
        received += b"".join(iter(lambda: client.recv(1 << 20), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {first.bytes}".encode() in head.lower()
    assert (len(body), hashlib.sha256(body).hexdigest()) == (first.bytes, first.sha256)


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_somebody_downloads_everything_in_two_steps(directory, offered, served, browser, scripts):
    page = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740}).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = served(directory)
    page.goto(address)
    page.get_by_role("navigation", name="More").get_by_role("link", name="Download").click()
    with page.expect_download() as under_way:
        page.get_by_role("region", name="Database").get_by_role("link").click()
    fetched = under_way.value
    assert fetched.suggested_filename == offered.file("database").name
    assert gzip.decompress(fetched.path().read_bytes()) == directory.read_bytes()
    assert all(url.startswith((address, "data:")) for url in asked)
