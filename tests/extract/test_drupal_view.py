"""Drupal views as tables, rows and grids, with and without the classes that a theme may have removed."""

from __future__ import annotations

from ldn_directory.extract.html import drupal_view
from ldn_directory.extract.page import Page
from ldn_directory.model import Record

URL = "https://ldn.example/prescribers?page=1"


def page(body: str) -> Page:
    return Page(URL, f"<html><body>{body}</body></html>".encode(), "text/html; charset=utf-8")


def texts(record: Record) -> dict[str | None, str]:
    return {text.label: text.text for text in record.texts}


def test_columns_are_named_by_their_headers_and_the_sorted_one_is_not_lost() -> None:
    found = drupal_view.extract(
        page("""
      <div class="view view-prescribers"><div class="view-content"><table class="views-table views-view-table cols-3">
      <caption>Ohio</caption>
      <thead><tr><th id="view-title-table-column">Name</th><th id="view-field-city-table-column">City</th>
        <th id="view-field-phone-table-column">Phone</th></tr></thead>
      <tbody><tr><td class="views-field views-field-title is-active"><a href="/node/7">Ada Marsh, MD</a></td>
        <td class="views-field views-field-field-city">Akron</td>
        <td class="views-field views-field-field-phone">330-555-0101</td></tr></tbody></table></div></div>
    """)
    )
    (record,) = found.records
    assert texts(record) == {"Name": "Ada Marsh, MD", "City": "Akron", "Phone": "330-555-0101"}
    assert record.headings == ("Ohio",)
    assert [(link.href, link.rel) for link in record.links] == [("https://ldn.example/node/7", "detail")]


def test_without_header_texts_the_field_names_of_classes_or_headers_attributes_are_used() -> None:
    found = drupal_view.extract(
        page("""
      <div class="view"><table><tbody>
      <tr><td class="views-field views-field-title">Ada Marsh</td><td headers="view-field-city-table-column">Akron</td></tr>
      <tr><td class="views-field views-field-title active">Ben Ode</td><td headers="view-field-city-table-column">Toledo</td></tr>
      </tbody></table></div>""")
    )
    assert [texts(record) for record in found.records] == [
        {"title": "Ada Marsh", "city": "Akron"},
        {"title": "Ben Ode", "city": "Toledo"},
    ]


def test_rows_carry_the_heading_of_their_group_and_the_labels_of_their_fields() -> None:
    found = drupal_view.extract(
        page("""
      <div class="view"><div class="view-content">
      <h3>Canada</h3>
      <div class="views-row views-row-1"><div class="views-field views-field-title"><span class="field-content">Dr. Cy Dunne</span></div>
        <div class="views-field views-field-field-tel"><span class="views-label">Telephone: </span>
        <div class="field-content">416-555-0102</div></div></div>
      <h3>Ireland</h3>
      <div class="views-row views-row-2"><div class="views-field views-field-title"><span class="field-content">Dr. Eva Frost</span></div>
        <div class="views-field views-field-field-email"><a class="__cf_email__" data-cfemail="0b6a4b693265736a667b676e">x</a></div></div>
      </div></div>""")
    )
    first, second = found.records
    assert first.headings == ("Canada",)
    assert texts(first)["Telephone"] == "416-555-0102"
    assert second.headings == ("Ireland",)


def test_an_empty_view_is_no_problem_but_a_page_without_a_view_is() -> None:
    assert drupal_view.extract(page('<div class="view"><div class="view-empty">No one yet.</div></div>')).problems == ()
    assert drupal_view.extract(page("<p>About us</p>")).problems


def test_the_zero_based_pager_leads_to_the_next_page_on_the_same_host() -> None:
    found = drupal_view.extract(
        page("""
      <nav class="pager"><ul class="pager__items js-pager__items"><li class="pager__item pager__item--next">
      <a href="?page=2" rel="next" title="Go to next page"><span>Next page</span></a></li></ul></nav>""")
    )
    assert found.next_pages == ("https://ldn.example/prescribers?page=2",)


def test_exposed_filters_give_each_option_but_the_one_for_any() -> None:
    found = drupal_view.exposed_filters(
        page("""
      <form id="views-exposed-form-prescribers-page-1"><select name="field_state_target_id">
      <option value="All" selected>- Any -</option><option value="12">Ohio</option><option value="15">-Maine</option></select></form>
    """)
    )
    assert found == [("field_state_target_id", "12", "Ohio"), ("field_state_target_id", "15", "Maine")]
