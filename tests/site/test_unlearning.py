"""What visitors typed is let go of."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator

import pytest

from ldn_directory.normalize.regions import fold
from ldn_directory.site.server import cache_expiry as unlearning
from ldn_directory.site.server import response_cache as remembering
from ldn_directory.site.server.app_state import known_columns_of, places_beside
from ldn_directory.site.server.cache_expiry import Unlearning, caches, clear_texts
from ldn_directory.site.server.middleware import Front

WORD = "unmistakableville"


@pytest.fixture
def beside_places(tmp_path, people, publish, world):
    (tmp_path / "gazetteer.db").symlink_to(world)
    return publish(tmp_path / "ldn.db", people)


def remembered(*more) -> Iterator[str]:
    """Every text that the caches hold."""
    seen, todo = set(), [*caches(), *more]
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
    clear_texts()
    gazetteer.clear_cache()
    assert not any(WORD in text for text in remembered(*mine))


def test_words_that_many_entries_have_are_forgotten_too(beside_places):
    site = Front(beside_places_site(beside_places))

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

        await site(scope, None, send)
        columns = known_columns_of(site.site.current.datasette)
        assert "clinic" in columns._masks
        site._forget()
        return set(columns._masks)

    assert asyncio.run(asked()) == set()


def test_tables_of_our_own_stay():
    assert all(found.cache_parameters()["maxsize"] for found in caches()) and fold in caches()


def test_a_site_forgets_by_itself_after_the_last_question(beside_places, monkeypatch):
    monkeypatch.setattr(remembering, "KEPT_S", 0.05)
    monkeypatch.setattr(unlearning, "EVERY_S", 0.05)
    site = Front(beside_places_site(beside_places))
    site._unlearning = Unlearning(site._forget, every_s=0.05)

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

        await site(scope, None, send)
        assert answers[0]["status"] == 200 and site.site.current.answers._kept
        until = time.monotonic() + 10
        while site.site.current.answers._kept or site._unlearning._due is not None:
            assert time.monotonic() < until
            await asyncio.sleep(0.01)
        assert not any(WORD in text for text in remembered())

    asyncio.run(asked())


def beside_places_site(path):
    from ldn_directory.site.server.hot_swap import SwappingSite

    return SwappingSite(path, look_every_s=0)
