"""What the templates' quick calls must keep of Jinja's own: escaping, context, clear errors."""

from __future__ import annotations

from gettext import NullTranslations

import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError, pass_context

from ldn_directory.site.pages.jinja_context import FastContext, install_translations
from ldn_directory.site.server.buffered_response import MIN_GZIP_BYTES, BufferedResponse


def shown(template: str, **values: object) -> str:
    """A template as the site renders it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    environment.install_gettext_translations(NullTranslations(), newstyle=True)  # type: ignore[attr-defined]
    install_translations(environment, NullTranslations())
    environment.context_class = FastContext
    environment.globals["reads"] = pass_context(lambda context, said: f"{context['reader']}: {said}")
    return environment.from_string(template).render(reader="Ann", **values)


def test_values_in_a_translated_text_are_escaped_and_its_own_markup_is_not() -> None:
    assert (
        shown("{% trans name=name %}<b>Hello</b> {{ name }}, 100 %{% endtrans %}", name="<i>")
        == "<b>Hello</b> &lt;i&gt;, 100 %"
    )


def test_a_text_for_one_and_many_counts() -> None:
    template = "{% trans count=count %}{{ count }} entry{% pluralize %}{{ count }} entries{% endtrans %}"
    assert (shown(template, count=1), shown(template, count=2)) == ("1 entry", "2 entries")


def test_what_functions_and_macros_give_is_escaped_as_before() -> None:
    template = "{% macro mark(x) %}<b>{{ x }}</b>{% endmacro %}{% for x in some %}{{ mark(x) }}{{ reads(x) }}{{ plain() }}{% endfor %}"
    assert shown(template, some=["<"], plain=lambda: "&") == "<b>&lt;</b>Ann: &lt;&amp;"


def test_a_call_of_what_is_not_there_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="nothing_there"):
        shown("{{ nothing_there() }}")


def test_a_response_is_compressed_once_and_only_for_those_who_take_it() -> None:
    start = {"status": 200, "headers": [(b"content-type", b"text/html; charset=utf-8")]}
    response = BufferedResponse.of(start, b"a" * MIN_GZIP_BYTES)
    assert response.coded(accepts_gzip=False) is response
    gzipped = response.coded(accepts_gzip=True)
    assert gzipped is response.coded(accepts_gzip=True)
    assert gzipped.etag != response.etag
    assert len(gzipped.body) < MIN_GZIP_BYTES
