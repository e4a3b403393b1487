from __future__ import annotations

from tools.cli_docs import PAGE, cli_page


def test_the_page_of_commands_is_what_the_commands_say():
    assert PAGE.read_text(encoding="utf-8") == cli_page(), "write it again: python -m tools.cli_docs"
