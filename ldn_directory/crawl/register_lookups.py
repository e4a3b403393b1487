"""Asks the registers that answer programs about the providers that are due, under the rules of a crawl.

Only a good answer replaces the one before: an error under status 200, half an answer or none leave it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Request, Response

from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.privacy.redaction import redact_archived
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
from ldn_directory.storage import DIRECTORY_FILE, format_time, open_read_only

from .middlewares import refusal
from .reactor import project_settings, run_reactor
from .run import new_run_id

ADDRESSES = {"nppes": NPPES_ADDRESS, "ods": ODS_ADDRESS}
MOST_PROBLEMS = 20


@dataclass(slots=True)
class Lookup:
    """One round of questions, and what came of them."""

    data: Path
    run_id: str
    answers: Answers
    answered: int = 0
    problems: list[str] = field(default_factory=list)


def look_up(
    data: Path, *, contact: str, most: int, days: int, addresses: Mapping[str, str] = ADDRESSES, **changed: Any
) -> dict[str, Any]:
    """Asks at most `most` questions whose last answer is older than `days`; gives what came of it. Once a process.

    Raises RegisterError where nothing is published yet.
    """
    loaded = loaded_registers(data)
    notes = ["NPPES is loaded in bulk, so it is not asked."] if "nppes" in loaded else []
    with Answers.open(data) as answers:
        due = [question for question in _due_questions(data, answers, days) if question.register not in loaded]
        now = due[:most]
        lookup = Lookup(data, new_run_id(), answers)
        if now:

            async def work(runner: AsyncCrawlerRunner) -> None:
                for register in dict.fromkeys(question.register for question in now):
                    questions = [question for question in now if question.register == register]
                    await _ask_register(runner, lookup, register, questions, addresses[register])

            run_reactor(project_settings(data, contact, **changed), work)
    return {
        "due": len(now),
        "answered": lookup.answered,
        "waiting": len(due) - len(now),
        "problems": lookup.problems[:MOST_PROBLEMS],
        "notes": notes,
    }


def _due_questions(data: Path, answers: Answers, days: int) -> list[Question]:
    """The questions about published providers, those never answered first, then the oldest."""
    path = data / DIRECTORY_FILE
    if not path.exists():
        raise RegisterError("nothing is published yet, so there is nobody to ask about: ldn build")
    before = format_time(datetime.now(UTC) - timedelta(days=days))
    with closing(open_read_only(path)) as db:
        found = (question_of(provider.facts, provider.kind) for provider in providers_of(db))
        questions = list(dict.fromkeys(question for question in found if question))
    answered = {question: answers.answered(question) or "" for question in questions}
    return sorted(
        (question for question in questions if answered[question] <= before), key=lambda question: answered[question]
    )


async def _ask_register(
    runner: AsyncCrawlerRunner, lookup: Lookup, register: str, questions: list[Question], address: str
) -> None:
    try:
        await runner.crawl(RegisterSpider, lookup=lookup, questions=questions, register=register, address=address)
    except OSError as error:
        lookup.problems.append(f"{register}: {error.strerror or error}")


class RegisterSpider(scrapy.Spider):
    """Puts questions to one register, and archives what it answers."""

    name = "registers"
    custom_settings = {"HTTPERROR_ALLOW_ALL": True}

    def __init__(
        self, lookup: Lookup, questions: Iterable[Question] = (), register: str = "", address: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.lookup, self.questions, self.address = lookup, tuple(questions), address
        self.archive = RunArchive(lookup.data, lookup.run_id, f"register_{register}")

    async def start(self) -> AsyncIterator[Request]:
        for question in self.questions:
            yield self._request(question, 0, [])

    def _request(self, question: Question, skip: int, rows: list[dict[str, Any]]) -> Request:
        return Request(
            question.address(self.address, skip),
            callback=self.parse,
            errback=self.failed,
            cb_kwargs={"question": question, "skip": skip, "rows": rows},
            dont_filter=True,
        )

    def parse(self, response: Response, question: Question, skip: int, rows: list[dict[str, Any]]) -> Iterable[Request]:
        """Keeps an answer once it is whole: NPPES gives two hundred entries at a time, and no more than six times."""
        if response.status != 200:
            self._fail(question, f"answered {response.status}")
            return
        try:
            found = rows_in(question.register, response.body)
        except BadAnswer as error:
            self._fail(question, str(error))
            return
        rows = rows + found
        if question.register == "nppes" and len(found) >= NPPES_LIMIT:
            if skip < NPPES_MOST_SKIP:
                yield self._request(question, skip + NPPES_LIMIT, rows)
            else:
                self._fail(question, "there are more entries than the register gives: too common a name")
            return
        self.lookup.answers.keep(question, rows, datetime.now(UTC))
        self.lookup.answered += 1

    def failed(self, failure: Any) -> None:
        """Notes why there is no answer: refused, forbidden, or nothing came."""
        error = failure.value
        response = getattr(error, "response", None)
        why = (refusal(response) or f"answered {response.status}") if response else str(error) or type(error).__name__
        self._fail(failure.request.cb_kwargs["question"], why)

    def _fail(self, question: Question, why: str) -> None:
        self.lookup.problems.append(f"{question.register}, {question.key}: {why}")

    def closed(self, reason: str) -> None:
        """Closes the archive, without anybody who was forgotten."""
        self.archive.close()
        redact_archived(self.lookup.data, self.archive.folder)
