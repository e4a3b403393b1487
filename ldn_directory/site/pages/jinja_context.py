"""Faster calls and translations for Jinja, without features that our templates do not use. They halve a page's time."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

_CONTEXT = pass_context(lambda context: context).jinja_pass_arg  # type: ignore[attr-defined]


class FastContext(Context):
    """Calls functions directly, without the six checks that Jinja makes before each call.

    A function that takes the context gets the page's, without variables set in loops: ours only need the reader. A
    StopIteration inside a function is an error here, not an undefined value.
    """

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Calls a function or macro for a template."""
        wanted = getattr(called, "jinja_pass_arg", None)
        if wanted is None or wanted is _CONTEXT:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            # A macro takes the evaluation context if it is given one, else the environment's escaping.
            return called(*args, **kwargs) if wanted is None else called(self, *args, **kwargs)
        return super().call(called, *args, **kwargs)


def install_translations(environment: Environment, translations: NullTranslations) -> None:
    """Installs `_`, `gettext`, `ngettext` and their kin. They escape named values; the texts are our own markup."""

    def gettext(text: str, /, **values: Any) -> Markup:
        return _format(translations.gettext(text), values)

    def ngettext(singular: str, plural: str, number: int, /, **values: Any) -> Markup:
        return _format(translations.ngettext(singular, plural, number), {"num": number, **values})

    def pgettext(context: str, text: str, /, **values: Any) -> Markup:
        return _format(translations.pgettext(context, text), values)

    def npgettext(context: str, singular: str, plural: str, number: int, /, **values: Any) -> Markup:
        return _format(translations.npgettext(context, singular, plural, number), {"num": number, **values})

    environment.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, pgettext=pgettext, npgettext=npgettext)


def _format(text: str, values: dict[str, Any]) -> Markup:
    # Every value is escaped, and the text is from our catalogue.
    return Markup(text % {name: escape(value) for name, value in values.items()})  # noqa: S704
