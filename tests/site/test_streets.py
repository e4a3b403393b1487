"""The maintainer's own base map: a PMTiles file, served in parts and drawn without asking anybody else."""

from __future__ import annotations

import gzip
import json
import struct

import pytest

from ldn_directory.site.maps.basemap import NoBasemap, basemap, read_basemap

pytestmark = pytest.mark.anyio


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, content: bytes | int) -> bytes:
    """A field of a protocol buffer: bytes with their length, or a number."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def one_tile() -> bytes:
    """A Mapbox vector tile with one square of land that fills it."""
    steps = [9, zigzag(0), zigzag(0), 26, *(zigzag(n) for n in (4096, 0, 0, 4096, -4096, 0)), 15]
    square = field(3, 3) + field(4, b"".join(map(varint, steps)))
    return field(3, field(15, 2) + field(1, b"earth") + field(2, square) + field(5, 4096))


def pmtiles(*, kind=1, box=(-180.0, -85.0, 180.0, 85.0), metadata: object | bytes = None, packing=2, zoom=0) -> bytes:
    """A PMTiles archive of version 3 with the tile 0/0/0."""
    tile = one_tile()
    told = metadata if isinstance(metadata, bytes) else gzip.compress(json.dumps(metadata or {}).encode())
    # One entry: its number, run length, length and offset plus one, each a column.
    root = gzip.compress(b"".join(map(varint, (1, 0, 1, len(tile), 1))))
    tiles_at = 127 + len(root) + len(told)
    head = struct.pack(
        "<7sB11Q6B4iB2i",
        b"PMTiles",
        3,
        127,
        len(root),
        127 + len(root),
        len(told),
        0,
        0,
        tiles_at,
        len(tile),
        1,
        1,
        1,
        1,
        packing,
        1,
        kind,
        0,
        zoom,
        *(round(degrees * 1e7) for degrees in box),
        0,
        0,
        0,
    )
    return head + root + told + tile


@pytest.fixture
def archive(tmp_path, monkeypatch):
    path = tmp_path / "world.pmtiles"
    path.write_bytes(pmtiles(metadata={"attribution": '<a href="https://example.org">Fictional &amp; Survey</a>'}))
    monkeypatch.setenv("LDN_PMTILES", str(path))
    return path


class TestReading:
    def test_what_the_file_says_of_itself_is_read_without_markup(self, archive):
        found = read_basemap(archive)
        assert (found.box.west, found.box.north, found.most_zoom, found.credit) == (-180, 85, 0, "Fictional & Survey")

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "no PMTiles file"),
            (b"PMTiles\x02" + bytes(200), "no PMTiles file"),
            (pmtiles(kind=2), "no vector tiles"),
            (pmtiles(box=(10, 0, -10, 5)), "no part of the globe"),
        ],
    )
    def test_what_cannot_be_shown_is_refused_with_its_reason(self, tmp_path, content, why):
        path = tmp_path / "other.pmtiles"
        path.write_bytes(content)
        with pytest.raises(NoBasemap, match=why):
            read_basemap(path)

    @pytest.mark.parametrize(
        "metadata",
        [
            b"no gzip",
            gzip.compress(b"no json"),
            gzip.compress(b'["list"]'),
            gzip.compress(b"[" + b"1," * 900_000 + b"1]"),
        ],
    )
    def test_metadata_that_cannot_be_read_only_lack_the_credit(self, tmp_path, metadata):
        path = tmp_path / "other.pmtiles"
        path.write_bytes(pmtiles(metadata=metadata))
        assert read_basemap(path).credit == ""

    def test_metadata_said_to_lie_beyond_the_file_only_lack_the_credit(self, tmp_path):
        path = tmp_path / "map.pmtiles"
        whole = pmtiles(metadata={"attribution": "Fictional Survey"})
        path.write_bytes(whole[:24] + b"\xff" * 8 + whole[32:])
        assert read_basemap(path).credit == ""

    def test_a_file_that_is_not_there_is_as_if_none_were_named(self, tmp_path, monkeypatch, caplog):
        monkeypatch.setenv("LDN_PMTILES", str(tmp_path / "missing.pmtiles"))
        assert basemap() is None
        assert "goes on without a base map" in caplog.text


class TestServing:
    async def test_without_a_base_map_there_is_no_such_page_and_no_link_to_it(self, visit, monkeypatch):
        monkeypatch.delenv("LDN_PMTILES", raising=False)
        assert (await visit("/map/streets")).status_code == 404
        assert (await visit("/map/tiles.pmtiles")).status_code == 404
        assert "/map/streets" not in (await visit("/map")).text

    async def test_the_file_is_served_in_the_parts_that_are_asked_for(self, visit, archive):
        part = await visit("/map/tiles.pmtiles", headers={"range": "bytes=0-126"})
        assert part.status_code == 206
        assert part.content == archive.read_bytes()[:127]
        assert part.headers["content-range"] == f"bytes 0-126/{archive.stat().st_size}"
        again = await visit("/map/tiles.pmtiles", headers={"if-none-match": part.headers["etag"]})
        assert again.status_code == 304
        beyond = await visit("/map/tiles.pmtiles", headers={"range": "bytes=999999-"})
        assert beyond.status_code == 416

    async def test_the_page_names_whom_the_map_is_owed_to(self, visit, archive):
        page = await visit("/map/streets")
        assert "Fictional &amp; Survey" in page.text
        assert "/map/streets" in (await visit("/map")).text

    async def test_other_pages_load_nothing_of_it(self, visit, archive):
        for address in ("/map", "/map/US", "/"):
            assert "leaflet" not in (await visit(address)).text


@pytest.mark.browser
class TestInABrowser:
    @pytest.fixture
    def address(self, tmp_path, people, publish, served, archive):
        def located(db):
            for table in ("providers", "locations"):
                db.execute(
                    f"UPDATE {table} SET latitude = 39.76, longitude = -84.19, located_by = 'city' WHERE city = 'Dayton'"
                )
            db.execute("UPDATE providers SET name = '<img src=x onerror=window.pwned=1>' WHERE city = 'Dayton'")

        return served(publish(tmp_path / "ldn.db", people, located))

    def test_tiles_are_drawn_with_no_request_elsewhere(self, browser, address):
        page = browser.new_page(viewport={"width": 800, "height": 800}, reduced_motion="reduce", color_scheme="light")
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: failed.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(address + "/map/streets")
        page.locator("canvas.leaflet-tile-loaded").first.wait_for()
        page.get_by_text("Zoom in to see the entries.").wait_for()
        drawn = page.evaluate(
            "() => [...document.querySelectorAll('canvas.leaflet-tile')].some(tile => {"
            " const [r, g, b, a] = tile.getContext('2d').getImageData(tile.width / 2, tile.height / 2, 1, 1).data; return a === 255 && r + g + b > 0; })"
        )
        assert drawn
        assert any(url.endswith("/map/tiles.pmtiles") for url in asked)
        assert all(url.startswith((address, "data:", "blob:")) for url in asked)
        assert failed == []

    def test_close_to_a_place_its_entries_appear_and_their_names_are_text(self, browser, address, archive):
        archive.write_bytes(pmtiles(box=(-86.0, 38.5, -82.0, 41.0), zoom=6))
        page = browser.new_page(viewport={"width": 800, "height": 800}, reduced_motion="reduce")
        page.goto(address + "/map/streets")
        page.get_by_text("Zoom in to see the entries.").wait_for()
        page.get_by_role("button", name="Zoom in").click()
        mark = page.locator("path.leaflet-interactive")
        mark.first.wait_for()
        assert mark.count() == 1
        mark.first.click()
        link = page.get_by_role("link", name="<img src=x onerror=window.pwned=1>")
        assert link.get_attribute("href") == "/provider/1"
        assert page.evaluate("window.pwned") is None
        page.get_by_role("link", name="The same as a list").click()
        assert "near=39.7" in page.url

    def test_axe_finds_nothing(self, browser, address):
        from axe_playwright_python.sync_playwright import Axe

        page = browser.new_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
        page.goto(address + "/map/streets")
        page.locator("canvas.leaflet-tile-loaded").first.wait_for()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
