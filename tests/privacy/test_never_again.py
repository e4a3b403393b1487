"""Whatever lists say, merge, split and are built in whatever order: a forgotten person is in no byte of what is published or kept."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldn_directory.forgetting import forget, open_ledger
from ldn_directory.model import Kind
from ldn_directory.privacy.entries import find_by_name
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.site.server.serve import asgi_app

from .conftest import Folder, person

# Names that no other word of the directory holds, so that their bytes can be looked for.
PEOPLE = ("Wilhelmina Thrushcross", "Ottoline Quagmire", "Ebenezer Vexworthy", "Philippa Zimmerqvist")
PHONES = ("0171", "0172", "0173", None)
SHARED = "0199"
MAILBOXES = ("own", "info", None)
ADDRESSES = (
    "/",
    "/search.json",
    "/search.csv",
    "/search.geojson",
    "/ldn.db",
    "/ldn/changes.json?_shape=array&_size=max",
    "/ldn/claims.json?_size=max",
    "/places",
)


@st.composite
def listings(draw: st.DrawFn, source: str):
    """What one list says: some of the people, each as this list knows them, in an order of its own."""
    found = []
    for key, name in enumerate(PEOPLE):
        if not draw(st.booleans()):
            continue
        surname = name.split()[1]
        mailbox = draw(st.sampled_from(MAILBOXES))
        email = {"own": f"{surname.lower()}@example.com", "info": "info@harbour.example.com", None: None}[mailbox]
        text = draw(st.sampled_from((name, f"Dr. {PEOPLE[0]} and Dr. {name}", f"{name}\nwith {PEOPLE[1]}")))
        # Keys that belong to the place in the list are taken over by another when somebody leaves it.
        number = str(key) if draw(st.booleans()) else f"row {len(found)}"
        found.append(
            person(number, name, source=source, phone=draw(st.sampled_from((*PHONES, SHARED))), email=email, text=text)
        )
    found.append(person("clinic", "Harbour Clinic", source=source, phone=SHARED, kind=Kind.CLINIC))
    return list({one.key: one for one in found}.values())


crawls = st.sampled_from(("north", "south")).flatmap(
    lambda source: st.tuples(st.just("crawl"), st.just(source), listings(source))
)
steps = st.lists(
    st.one_of(crawls, st.just(("build",)), st.tuples(st.just("forget"), st.sampled_from(PEOPLE))),
    min_size=3,
    max_size=9,
)


def traces(name: str) -> tuple[str, ...]:
    return tuple(name.split())


def served(path: Path) -> bytes:
    async def ask() -> bytes:
        site = asgi_app(path, look_every_s=0)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://127.0.0.1") as client:
            answers = [(await client.get(address)).content for address in ADDRESSES]
        await site.close()
        return b"".join(answers)

    return asyncio.run(ask())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, last=st.tuples(listings("north"), listings("south")))
def test_over_random_crawls_merges_splits_and_builds_the_forgotten_are_in_no_byte(steps, last):
    with tempfile.TemporaryDirectory() as parent:
        folder, forgotten = Folder(Path(parent) / "data"), set()
        everything = [
            *steps,
            ("crawl", "north", last[0]),
            ("forget", PEOPLE[0]),
            ("crawl", "south", last[1]),
            ("build",),
        ]
        for step in everything:
            if step[0] == "crawl":
                folder.crawl(*step[2], source=step[1])
            elif not (folder.data / "ledger.db").exists():
                continue
            elif step[0] == "build":
                folder.build()
            else:
                with open_ledger(folder.data) as ledger:
                    entries = find_by_name(ledger, step[1], "Texas")
                in_advance = [] if entries else [{"name": step[1], "region_code": "US-TX", "country_code": "US"}]
                forget(folder.data, entries, f"2026-12-{folder.day + 1:02}T00:00:00Z", in_advance)
                forgotten.add(step[1])
                assert folder.files_with(*traces(step[1])) == []
        gone = [trace for name in forgotten for trace in traces(name)]
        assert folder.files_with(*gone) == []
        answers = served(folder.data / "ldn.db").lower()
        assert not [trace for trace in gone if trace.lower().encode() in answers]
        hidden = Suppressions.load(folder.data / "suppressions.jsonl", folder.data)
        assert hidden.is_suppressed(person("new", PEOPLE[0], source="west").as_json())
