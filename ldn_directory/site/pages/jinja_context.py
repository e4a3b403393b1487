"""Jinja's calls and translations without what our templates do not use: half of a page's time went into them."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

_CONTEXT = pass_context(lambda context: context).jinja_pass_arg  # type: ignore[attr-defined]


class QuickContext(Context):
    """Calls what asks for nothing or for the context directly; Jinja looks at each call in six ways before.

    What asks for the context is given the page's, without variables set in loops: ours only want to know who reads.
    An end of an iteration inside a called function is an error here too, not an undefined value: none of ours iterates by hand.
    """

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What a template calls."""
        wanted = getattr(called, "jinja_pass_arg", None)
        if wanted is None or wanted is _CONTEXT:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            # A macro takes the evaluation context if it is given one, else the environment's escaping.
            return called(*args, **kwargs) if wanted is None else called(self, *args, **kwargs)
        return super().call(called, *args, **kwargs)


def install_translations(environment: Environment, translations: NullTranslations) -> None:
    """`_`, `gettext` and `ngettext` with named values, each escaped; the texts themselves are markup of ours."""

    def gettext(text: str, /, **values: Any) -> Markup:
        return _filled(translations.gettext(text), values)

    def ngettext(singular: str, plural: str, number: int, /, **values: Any) -> Markup:
        return _filled(translations.ngettext(singular, plural, number), {"num": number, **values})

    def pgettext(context: str, text: str, /, **values: Any) -> Markup:
        return _filled(translations.pgettext(context, text), values)

    def npgettext(context: str, singular: str, plural: str, number: int, /, **values: Any) -> Markup:
        return _filled(translations.npgettext(context, singular, plural, number), {"num": number, **values})

    environment.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, pgettext=pgettext, npgettext=npgettext)


def _filled(text: str, values: dict[str, Any]) -> Markup:
    # Every value is escaped, and the text is the catalogue's.
    return Markup(text % {name: escape(value) for name, value in values.items()})  # noqa: S704
