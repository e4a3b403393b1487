"""The example site with controls for what goes wrong with real ones, and with pages that a polite reader may not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from ldn_directory.example import ExampleSite, pages
from ldn_directory.example.practitioners import (
    GERMAN_SPEAKING,
    Practitioner,
    invent_phone,
    invent_practitioners,
    invent_street,
    towns,
)
from ldn_directory.example.server import Reply
from ldn_directory.example.truth import Truth, truth_of
from ldn_directory.example.view import Answer, View, document

from .redesign import redesign


def _redirect(to: str) -> Answer:
    return Answer(status=302, body=b"", headers={"Location": to})


REFUSALS: dict[str, Answer] = {
    "/secret": document("Members only", "<p>No robot should have come here.</p>"),
    "/forbidden": Answer(status=403, body=b"<!DOCTYPE html><title>403 Forbidden</title><h1>Forbidden</h1>"),
    "/challenge": Answer(
        status=403,
        body=(
            b'<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div id="challenge-error-text">'
            b"Enable JavaScript and cookies to continue</div></body></html>"
        ),
        headers={"cf-mitigated": "challenge"},
    ),
    "/elsewhere": _redirect("https://lists.example.net/prescribers"),
    "/inside": _redirect("http://10.0.0.1/prescribers"),
    "/metadata": _redirect("http://169.254.169.254/latest/meta-data/"),
}
BUSY = Answer(status=503, body=b"Busy, please come again", content_type="text/plain", headers={"Retry-After": "1"})
"""What /busy answers the first time."""


class FaultySite(ExampleSite):
    """An example site that changes, breaks and fails on demand. The controls may be used from any thread."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._redesigned: set[str] = set()
        self._emptied: set[str] = set()
        self._failing: dict[str, int] = {}
        self._busy = True
        self._cut: dict[str, float] = {}

    @property
    def truth(self) -> Truth:
        """What the lists state at this moment."""
        with self._lock:
            lists = {name: () if name in self._emptied else entries for name, entries in self._truth.lists.items()}
            return Truth(practitioners=self._truth.practitioners, lists=lists)

    def change(self, n: int) -> tuple[Practitioner, ...]:
        """Moves n practitioners to another street and number; returns them as they are now."""
        with self._lock:
            moved = [_moved(self._truth.practitioners[number], self._random) for number in self._some(n)]
            people = {**self._truth.practitioners, **{practitioner.number: practitioner for practitioner in moved}}
            self._touch_lists_of({practitioner.number for practitioner in moved})
            self._truth = replace(self._truth, practitioners=people)
            return tuple(moved)

    def remove(self, n: int) -> tuple[Practitioner, ...]:
        """Takes n practitioners off every list; returns those taken."""
        with self._lock:
            gone = self._some(n)
            self._touch_lists_of(gone)
            lists = {}
            for name, entries in self._truth.lists.items():
                left = ((entry, tuple(who for who in entry.people if who not in gone)) for entry in entries)
                lists[name] = tuple(replace(entry, people=people) for entry, people in left if people)
            removed = tuple(self._truth.practitioners[number] for number in sorted(gone))
            people = {number: who for number, who in self._truth.practitioners.items() if number not in gone}
            self._truth = Truth(practitioners=people, lists=lists)
            return removed

    def replace_people(self, seed: int) -> None:
        """Makes every list one of other people, as many as before."""
        with self._lock:
            self._truth = truth_of(invent_practitioners(len(self._truth.practitioners), seed), seed)
            for name in self._edits:
                self._touch(name)

    def cut_off(self, name: str, share: float) -> None:
        """Ends the pages of a list after a share of their bytes, as a server does that gives up."""
        with self._lock:
            self._cut[self._known(name)] = share
            self._touch(name)

    def break_layout(self, name: str) -> None:
        """Redesigns a list: classes, labels and columns get other names, and half of the entries are missing."""
        with self._lock:
            self._redesigned.add(self._known(name))
            self._touch(name)

    def empty(self, name: str) -> None:
        """Leaves a list without entries, still answering 200."""
        with self._lock:
            self._emptied.add(self._known(name))
            self._touch(name)

    def fail(self, name: str, status: int) -> None:
        """Makes a list (or `robots.txt`) answer with an error status from now on."""
        with self._lock:
            self._failing[name if name == "robots.txt" else self._known(name)] = status

    def restore(self, name: str) -> None:
        """Undoes `break_layout`, `empty`, `cut_off` and `fail` for a list."""
        with self._lock:
            self._failing.pop(name, None)
            self._redesigned.discard(name)
            self._cut.pop(name, None)
            self._emptied.discard(name)
            if name in self._edits:
                self._touch(name)

    def _some(self, n: int) -> set[int]:
        numbers = list(self._truth.practitioners)
        return set(self._random.sample(numbers, min(n, len(numbers))))

    def _known(self, name: str) -> str:
        if name not in self._edits:
            raise ValueError(f"there is no list {name!r}; there are {', '.join(self._edits)}")
        return name

    def _touch_lists_of(self, numbers: set[int]) -> None:
        for name, entries in self._truth.lists.items():
            if any(not numbers.isdisjoint(entry.people) for entry in entries):
                self._touch(name)

    def _touch(self, name: str) -> None:
        self._edits[name] += 1
        for place in [place for place in self._pages if place[0] in (name, "")]:
            del self._pages[place]

    def _reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        path = target.partition("?")[0]
        found = pages.list_at(path)
        if status := self._failing.get(found[0] if found else path.strip("/")):
            body = f"<!DOCTYPE html><title>{status}</title><h1>{status}</h1>".encode()
            return Reply(status, {"Content-Type": "text/html; charset=utf-8"}, body)
        return super()._reply(target, headers)

    def _list_page(self, name: str, rest: str, query: str) -> Answer:
        answer = super()._list_page(name, rest, query)
        if name in self._redesigned:
            return redesign(answer)
        return replace(answer, body=answer.body[: int(self._cut.get(name, 1) * len(answer.body))])

    def _view(self, name: str, rest: str, query: str) -> View:
        view = super()._view(name, rest, query)
        if name not in self._redesigned:
            return view
        return replace(view, entries=view.entries[: len(view.entries) // 2], redesigned=True)

    def _other_page(self, path: str) -> Answer:
        if path == "/busy":
            busy, self._busy = self._busy, False
            return BUSY if busy else pages.index()
        return REFUSALS.get(path) or super()._other_page(path)


def _moved(practitioner: Practitioner, chance: Random) -> Practitioner:
    """The practitioner after a move within the town: another street, and another number where there are numbers."""
    town = next(town for town in towns()[practitioner.country_code] if town.city == practitioner.city)
    street, phone = practitioner.street, practitioner.phone
    while street == practitioner.street:
        street = invent_street(practitioner.country_code in GERMAN_SPEAKING, chance)
    while phone and phone == practitioner.phone:
        phone = invent_phone(town, chance)
    return replace(practitioner, street=street, phone=phone)
