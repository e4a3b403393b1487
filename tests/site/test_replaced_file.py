"""A plain `datasette serve` shows nothing of an old version of the directory once its file was replaced."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from datasette.app import Datasette


@pytest.mark.parametrize("path", ["/", "/provider/1", "/de/provider/1", "/search.json", "/ldn/providers", "/ldn.db"])
def test_after_a_replacement_plain_datasette_asks_to_be_restarted(directory, publish, people, path):
    app = Datasette([str(directory)]).app()

    async def both() -> tuple[httpx.Response, ...]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            before = await client.get(path)
            publish(directory, people[1:])
            return before, await client.get(path), await client.get("/static/style.css")

    before, after, style = asyncio.run(both())
    assert (before.status_code, after.status_code, style.status_code) == (200, 503, 200)
    sentence = "Das Verzeichnis wurde ersetzt" if path.startswith("/de") else "The directory was replaced"
    assert sentence in after.text and "Ada Example" not in after.text


def test_a_removed_file_is_no_longer_shown(directory):
    app = Datasette([str(directory)]).app()

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            await client.get("/")
            directory.unlink()
            return await client.get("/")

    assert asyncio.run(asked()).status_code == 503


def test_ldn_serve_swaps_instead(visitor, directory, publish, people):
    visit = visitor(directory)
    assert "Ada Example" in asyncio.run(visit("/provider/1")).text
    publish(directory, people[1:])
    assert asyncio.run(visit("/provider/1")).status_code == 404
