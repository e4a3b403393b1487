"""Renders pages for their reader, answers with a sentence and a status, queries the directory in a limited time."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache, wraps
from typing import Any, TypeVar

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

from ldn_directory.places import Place
from ldn_directory.site.app_state import database_of
from ldn_directory.site.i18n import labels as words
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.i18n.locale import LANGUAGES, Reader, reader_of, translations_of
from ldn_directory.site.i18n.place_names import country_in, place_name
from ldn_directory.site.search.parsed_query import ParsedQuery
from ldn_directory.site.search.place_choice import called

from .assets import address_of
from .jinja_context import FastContext, install_translations
from .other_places import OtherPlaces, other_places
from .selection import kept_of

T = TypeVar("T")


AnyResponse = Any
"""What a view returns: Datasette's response, or one of Starlette's for a file."""
View = Callable[[Any, Any], Awaitable[AnyResponse]]
Routes = tuple[tuple[str, View], ...]
"""Regular expressions of whole paths, and their views."""
MOST_DIGITS = 18
MOST_REPEATED = 2_000
"""Characters of the query string that links to other languages repeat."""
PAGE_LIMIT_MS = 1_500
PREPARING = phrase("We are preparing the directory. Please come back in a few minutes.")
NOTHING_HERE = phrase("There is no page at this address.")
_RETRY_AFTER_S = {429: "10", 503: "60"}
MACHINE = (".json", ".csv", ".geojson", ".jsonld", ".fhir", ".vcf", ".atom", ".xml")


def today() -> date:
    """Today's date in UTC."""
    return datetime.now(UTC).date()


@lru_cache(maxsize=len(LANGUAGES))
def templates(language: str) -> Environment:
    """The templates in one language. Text is escaped unless the catalogue or a template states it."""
    environment = Environment(
        loader=PackageLoader("ldn_directory.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations_of(language), newstyle=True)  # type: ignore[attr-defined]
    install_translations(environment, translations_of(language))
    environment.context_class = FastContext
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals.update(
        say=_say,
        href=_href,
        word=_word,
        what_changed=_what_changed,
        web_link=words.web_link,
        phone_link=words.phone_link,
        mail_link=words.mail_link,
        host_of=words.host_of,
        away=words.distance_away,
        static=address_of,
        languages=LANGUAGES,
        facet_value=_facet_value,
        country_name=_country_name,
        region_name=_region_name,
        credentials_in_words=_credentials_in_words,
        called=_called,
        name_of=_name_of,
        other_places=_other_places,
    )
    environment.filters["region_name"] = _region_name
    return environment


@pass_context
def _say(context: Any, said: Phrase | str) -> str:
    reader: Reader = context["reader"]
    return reader.say(said)


@pass_context
def _href(context: Any, path: str) -> str:
    reader: Reader = context["reader"]
    return reader.href(path)


@pass_context
def _word(context: Any, group: str, value: object) -> str:
    return words.word(group, value, context["reader"])


@pass_context
def _country_name(context: Any, published: str | None) -> str:
    reader: Reader = context["reader"]
    return country_in(reader.locale, published) if published else ""


@pass_context
def _region_name(context: Any, row: Mapping[str, Any]) -> str | None:
    """The name of the region of a row of `providers` or `locations`."""
    code, published = row["region_code"], row["region"]
    return place_name(code, context["reader"].locale, published) if code else published


@pass_context
def _facet_value(context: Any, facet: str, value: str, titles: Mapping[str, str]) -> str:
    return words.facet_value(facet, value, titles, context["reader"])


@pass_context
def _credentials_in_words(context: Any, credentials: str | None, country_code: str | None) -> str:
    return words.credentials_in_words(credentials, country_code, context["reader"])


@pass_context
def _called(context: Any, place: Place) -> str:
    reader: Reader = context["reader"]
    return reader.say(called(place))


@pass_context
def _name_of(context: Any, code: str, locale: str = "") -> str:
    return place_name(code, locale or context["reader"].locale)


@pass_context
def _other_places(context: Any, parsed: ParsedQuery) -> list[OtherPlaces]:
    return other_places(parsed, context["reader"])


@pass_context
def _what_changed(context: Any, change: Mapping[str, Any]) -> str:
    return words.what_changed(change, context["reader"])


def render_page(
    request: Any, template: str, status: int = 200, *, headers: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """A page in the reader's language. Caches must ask each time whether it is still current."""
    reader = reader_of(request)
    now = today()
    html = (
        templates(reader.language)
        .get_template(template)
        .render(
            reader=reader,
            age=lambda when: reader.age(when, now),
            here=request.path,
            asked=request.query_string if len(request.query_string) <= MOST_REPEATED else "",
            **({"kept": kept_of(request)} | values),
        )
    )
    # What a visitor picked or searched for is private, so no cache may keep it.
    keeping = "no-store" if request.args.get("pick") or request.args.get("from") else "no-cache"
    given = {"Cache-Control": keeping, "Content-Language": reader.language, **(headers or {})}
    return Response.html(html, status=status, headers=given)


def message_page(request: Any, status: int, sentence: Phrase | str) -> Response:
    """A page with nothing but a sentence."""
    title = words.word("status", status, reader_of(request))
    return render_page(request, "message.html", status, headers=_later(status), title=title, message=sentence)


def error_page(request: Any, status: int, sentence: Phrase | str) -> Response:
    """A sentence as a page, or as JSON for an address that is for programs."""
    if not request.path.endswith(MACHINE):
        return message_page(request, status, sentence)
    said = {"ok": False, "error": reader_of(request).say(sentence), "status": status, "title": None}
    return Response.json(said, status=status, headers=_later(status))


def _later(status: int) -> dict[str, str]:
    return {"Retry-After": _RETRY_AFTER_S[status]} if status in _RETRY_AFTER_S else {}


def needs_directory(view: View) -> View:
    """A view that needs the directory. While there is none, it answers 503."""

    @wraps(view)
    async def viewed(datasette: Any, request: Any) -> AnyResponse:
        if database_of(datasette) is None:
            return error_page(request, 503, PREPARING)
        return await view(datasette, request)

    return viewed


async def query_directory(datasette: Any, question: Callable[[sqlite3.Connection], T]) -> T:
    """The result of `question(db)`, run in a thread. Raises sqlite3.OperationalError after 1.5 s."""

    def limited(db: sqlite3.Connection) -> T:
        with sqlite_timelimit(db, PAGE_LIMIT_MS):
            return question(db)

    database = database_of(datasette)
    if database is None:
        raise LookupError("no directory has been published yet: run ldn build")
    found: T = await database.execute_fn(limited)
    return found


def base_of(request: Any) -> str:
    """The scheme and host of absolute addresses, such as `https://directory.example`, without a slash at the end."""
    known: str | None = request.scope.get("ldn.base")
    return known or f"{request.scheme}://{request.host}"


def map_link_of(request: Any) -> str:
    """The address of the maintainer's map, with `{lat}` and `{lon}` or `{address}`; empty if there is none."""
    return request.scope.get("ldn.map_link") or ""


def parameters_of(request: Any) -> dict[str, str]:
    """The query parameters; the first value of each."""
    stated = request.args
    return {name: stated.get(name) or "" for name in stated}


def titles_of(db: sqlite3.Connection) -> dict[str, str]:
    """The title of each source by its id."""
    return dict(db.execute("SELECT id, title FROM sources"))


def configured_base(request: Any) -> str | None:
    """What `base_of` gives if the site's public address is configured; None if it is only what the client called it."""
    return base_of(request) if request.scope.get("ldn.is_stated") else None
