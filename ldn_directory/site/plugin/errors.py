"""What is answered when something goes wrong: a sentence that repeats nothing of the request."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.pages.render import NOTHING_HERE, error_page
from ldn_directory.site.search import TooSlow

from .stock_limits import describe_mistake

TOO_SLOW = phrase("This search took too long. Please search for less, or try again in a moment.")
TIMED_OUT = phrase("This took too long. Please try again in a moment.")
FAULT = phrase("Something went wrong on our side. Please try again in a moment.")
_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Refusal(Exception):
    """A request that is refused before anything is looked up. The sentence says why."""

    status: int
    sentence: Phrase
    headers: Mapping[str, str] = field(default_factory=dict)


def error_response(request: Any, error: Exception) -> Response:
    """The page, or the JSON, for an error. Logs the type of an unexpected one and the code that led to it."""
    mistake = describe_mistake(request, error)
    status, sentence = (400, mistake) if mistake else _status_and_sentence(error)
    if status == 500:
        # Without the message, which may quote the request.
        _log.error("%s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    response = error_page(request, status, sentence)
    if isinstance(error, Refusal):
        response.headers.update(error.headers)
    return response


def _status_and_sentence(error: Exception) -> tuple[int, Phrase | str]:
    title, text = getattr(error, "title", None), str(error)
    match error:
        case Refusal():
            return error.status, error.sentence
        case TimeoutError():
            return 503, TIMED_OUT
        case TooSlow() | QueryInterrupted():
            return 503, TOO_SLOW
        case sqlite3.OperationalError() | DatasetteError() if "interrupted" in text or title == "SQL Interrupted":
            return 503, TOO_SLOW
    status = int(getattr(error, "status", 500))
    if status == 404:
        return 404, NOTHING_HERE
    if isinstance(error, DatasetteError) and status < 500 and not error.message_is_html:
        return status, str(error.message)
    if isinstance(error, Base400):
        return status, text
    if status < 500:
        return 400, phrase("We can’t answer this request.")
    return 500, FAULT
