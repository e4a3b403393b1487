"""Asks the registers that answer programs about the providers that are due, with all the politeness of a crawl.

Only a good answer is kept, in the place of the one before: an error under status 200, half an answer or none leave it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.http import Request, Response

from ldn_directory.model import Evidence, Source
from ldn_directory.registers.answers import (
    NPPES_ADDRESS,
    NPPES_LIMIT,
    NPPES_MOST_SKIP,
    ODS_ADDRESS,
    Answers,
    BadAnswer,
    Question,
    question_of,
    rows_in,
)
from ldn_directory.registers.errors import RegisterError
from ldn_directory.registers.providers import providers_of
from ldn_directory.registers.store import loaded_registers

from .politeness import refusal
from .run import Run, new_run_id
from .runner import named, react, settings_for

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner, Crawler

ADDRESSES = {"nppes": NPPES_ADDRESS, "ods": ODS_ADDRESS}
MOST_PROBLEMS = 20
SOURCE = Source(title="Official registers", homepage="", evidence=Evidence.OWN_SITE, record_key="")


def ask(
    data: Path, *, contact: str, most: int, days: int, addresses: Mapping[str, str] = ADDRESSES, **changed: Any
) -> dict[str, Any]:
    """Asks at most `most` questions whose last answer is older than `days`; gives what came of it. Once a process.

    Raises RegisterError where nothing is published yet.
    """
    loaded = loaded_registers(data)
    notes = ["NPPES is loaded in bulk, so it is not asked."] if "nppes" in loaded else []
    with Answers.open(data) as answers:
        due = [question for question in _due(data, answers, days) if question.register not in loaded]
        now = due[:most]
        asking = _Asking(data, new_run_id(), answers)
        if now:
            settings = settings_for(data, LDN_RUN=asking.run_id, **named(contact), **changed)
            react(settings, lambda runner: _all_registers(runner, asking, now, addresses))
    return {
        "due": len(now),
        "answered": asking.answered,
        "waiting": len(due) - len(now),
        "problems": asking.problems[:MOST_PROBLEMS],
        "notes": notes,
    }


def _due(data: Path, answers: Answers, days: int) -> list[Question]:
    """The questions that the published providers lead to, those never answered first, then the oldest."""
    path = data / "ldn.db"
    if not path.exists():
        raise RegisterError("nothing is published yet, so there is nobody to ask about: ldn build")
    before = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        asked = (question_of(provider.facts, provider.kind) for provider in providers_of(db))
        questions = list(dict.fromkeys(question for question in asked if question))
    answered = {question: answers.answered(question) or "" for question in questions}
    return sorted(
        (question for question in questions if answered[question] <= before), key=lambda question: answered[question]
    )


class _Asking:
    """What comes of the questions."""

    def __init__(self, data: Path, run_id: str, answers: Answers) -> None:
        self.data, self.run_id, self.answers = data, run_id, answers
        self.answered = 0
        self.problems: list[str] = []

    def keep(self, question: Question, rows: list[dict[str, Any]]) -> None:
        """Keeps a good answer."""
        self.answers.keep(question, rows, datetime.now(UTC))
        self.answered += 1

    def lost(self, question: Question, why: str) -> None:
        """Notes why there is no answer; the last good one stays."""
        self.problems.append(f"{question.register}, {question.key}: {why}")


async def _all_registers(
    runner: AsyncCrawlerRunner, asking: _Asking, due: Sequence[Question], addresses: Mapping[str, str]
) -> None:
    for register in dict.fromkeys(question.register for question in due):
        mine = [question for question in due if question.register == register]
        try:
            await runner.crawl(
                RegisterAnswers, asking=asking, questions=mine, register=register, base=addresses[register]
            )
        except OSError as error:
            asking.problems.append(f"{register}: {error.strerror or error}")


class _Quiet(Run):
    """A run that only archives: each question says itself what became of it."""

    def fail(self, page: str, what: str) -> None:
        """Nothing: the question's own request says why."""

    def forbidden(self, url: str) -> None:
        """Nothing, likewise."""

    def note(self, page: str, what: str, record: str | None = None) -> None:
        """Nothing, likewise."""


class RegisterAnswers(scrapy.Spider):
    """Puts questions to one register."""

    name = "registers"
    custom_settings = {"EXTENSIONS": {"ldn_directory.crawl.register_lookups.Closing": 500}, "HTTPERROR_ALLOW_ALL": True}
    run: _Quiet

    def __init__(
        self, asking: _Asking, questions: Iterable[Question] = (), register: str = "", base: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.asking, self.questions, self.base = asking, tuple(questions), base
        self.run = _Quiet(asking.data, asking.run_id, f"register_{register}", SOURCE)

    async def start(self) -> AsyncIterator[Request]:
        for question in self.questions:
            yield self._request(question, 0, [])

    def _request(self, question: Question, skip: int, rows: list[dict[str, Any]]) -> Request:
        given = {"question": question, "skip": skip, "rows": rows}
        return Request(
            question.address(self.base, skip),
            callback=self.parse,
            errback=self.failed,
            cb_kwargs=given,
            dont_filter=True,
        )

    def parse(self, response: Response, question: Question, skip: int, rows: list[dict[str, Any]]) -> Iterable[Request]:
        """Keeps an answer once it is whole: NPPES gives two hundred entries at a time, and no more than six times."""
        if response.status != 200:
            self.asking.lost(question, f"answered {response.status}")
            return
        try:
            found = rows_in(question.register, response.body)
        except BadAnswer as error:
            self.asking.lost(question, str(error))
            return
        rows = rows + found
        if question.register == "nppes" and len(found) >= NPPES_LIMIT:
            if skip >= NPPES_MOST_SKIP:
                self.asking.lost(
                    question, "there are more entries than the register gives: too common a name to be told"
                )
            else:
                yield self._request(question, skip + NPPES_LIMIT, rows)
            return
        self.asking.keep(question, rows)

    def failed(self, failure: Any) -> None:
        """Notes an answer that was not had: refused, forbidden, or none."""
        question, error = failure.request.cb_kwargs["question"], failure.value
        response = getattr(error, "response", None)
        why = (refusal(response) or f"answered {response.status}") if response else str(error) or type(error).__name__
        self.asking.lost(question, self.run.no_answer or why)


class Closing:
    """Scrapy extension: closes the archive when the questions are put."""

    def __init__(self, crawler: Crawler) -> None:
        crawler.signals.connect(self.spider_closed, signal=scrapy.signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Closing:
        return cls(crawler)

    def spider_closed(self, spider: RegisterAnswers, reason: str) -> None:
        """Closes the files of the run."""
        spider.run.close()
