"""What visitors typed is let go of."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator

import pytest

from ldn_directory.normalize.regions import fold
from ldn_directory.site.app_state import places_beside, state_of
from ldn_directory.site.server import response_cache
from ldn_directory.site.server.cache_expiry import CacheExpiry, clear_text_caches, text_caches
from ldn_directory.site.server.hot_swap import HotSwap
from ldn_directory.site.server.serve import public_app

WORD = "unmistakableville"


@pytest.fixture
def beside_places(tmp_path, people, publish, world):
    (tmp_path / "gazetteer.db").symlink_to(world)
    return publish(tmp_path / "ldn.db", people)


def remembered(*more) -> Iterator[str]:
    """Every text that the caches hold."""
    seen, todo = set(), [*text_caches(), *more]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif id(one) not in seen and (
            not seen or isinstance(one, (tuple, list, dict, frozenset)) or "lru" in type(one).__name__
        ):
            todo += gc.get_referents(one)
        seen.add(id(one))


def test_every_word_that_was_asked_leaves_the_memory_of_the_functions_that_understand_it(beside_places, visitor):
    visit = visitor(beside_places)
    for address in (f"/?q={WORD}", f"/?near={WORD}", f"/suggest.json?q={WORD}", f"/search.json?q=dr+{WORD}+MD"):
        asyncio.run(visit(address))
    gazetteer = places_beside(str(beside_places)).gazetteer
    mine = (gazetteer._found, gazetteer.towns_named)
    assert any(WORD in text for text in remembered(*mine))
    clear_text_caches()
    gazetteer.clear_cache()
    assert not any(WORD in text for text in remembered(*mine))


def test_words_that_many_entries_have_are_forgotten_too(beside_places):
    site = HotSwap(beside_places, look_every_s=0)
    app = public_app(site)

    async def asked() -> set[str]:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"q=clinic",
            "scheme": "http",
            "headers": [(b"host", b"directory.example")],
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 80),
        }

        async def send(message: dict) -> None:
            pass

        await app(scope, None, send)
        columns = state_of(site.current.datasette).columns
        assert "clinic" in columns._words._kept
        site.drop_expired()
        return set(columns._words._kept)

    assert asyncio.run(asked()) == set()


def test_tables_of_our_own_stay():
    assert all(found.cache_parameters()["maxsize"] for found in text_caches()) and fold in text_caches()


def test_a_site_forgets_by_itself_after_the_last_question(beside_places, monkeypatch):
    monkeypatch.setattr(response_cache, "KEPT_S", 0.05)
    site = HotSwap(beside_places, look_every_s=0)
    app = CacheExpiry(public_app(site), site.drop_expired, every_s=0.05)

    async def asked() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "raw_path": b"/",
            "query_string": f"near={WORD}".encode(),
            "scheme": "http",
            "headers": [(b"host", b"directory.example")],
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 80),
        }
        answers: list[dict] = []

        async def send(message: dict) -> None:
            answers.append(message)

        await app(scope, None, send)
        assert answers[0]["status"] == 200 and site.current.app._kept
        until = time.monotonic() + 10
        while site.current.app._kept or app.is_scheduled:
            assert time.monotonic() < until
            await asyncio.sleep(0.01)
        assert not any(WORD in text for text in remembered())

    asyncio.run(asked())
