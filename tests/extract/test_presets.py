"""Back ends known by name: a preset with a site or key says everything else."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from ldn_directory.extract.json.presets import embedded_uses, preset_named, presets, use_of
from ldn_directory.extract.onward import embedded_lists
from ldn_directory.extract.page import Page
from ldn_directory.families import JsonApi
from ldn_directory.model import Evidence, Source
from ldn_directory.probe.detect import probe

SOURCE = Source(title="A list", homepage="https://clinic.example/", evidence=Evidence.LISTED, record_key="id")
KEYS = {
    "store_locator_plus_cloud": "harbor/abc123",
    "elfsight": "1f0c2a44-0000-4000-8000-555014200000",
    "closeby": "0123456789abcdef" * 2,
    "zeemaps": "555",
    "metalocator": "555",
}


def example_of(name: str) -> str:
    return preset_named(name).address_of("https://clinic.example", KEYS.get(name, "k5550142"))


@pytest.mark.parametrize("name", sorted(presets()))
def test_the_address_that_a_preset_makes_is_recognised_as_its_own(name: str) -> None:
    if preset_named(name).form:
        return
    use = use_of(example_of(name))
    assert use is not None
    expected = {"business_directory": ("business_directory", "wordpress")}.get(name, (name,))
    assert use.preset.name in expected
    assert use.address == example_of(name)


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_names_known_fields(name: str) -> None:
    from ldn_directory.normalize.labels import fields

    assert set(preset_named(name).fields.values()) <= fields()


def test_a_preset_without_its_site_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="needs the site's address"):
        preset_named("wp_store_locator").address_of(None, None)


def test_a_key_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        preset_named("zeemaps").address_of(key="../admin")


def test_an_unknown_preset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="wp_store_locator"):
        preset_named("wp_shop_locator")


@pytest.mark.parametrize(
    ("markup", "address"),
    [
        (
            '<iframe src="https://www.zeemaps.com/pub?group=5550142&amp;legend=1"></iframe>',
            "https://www.zeemaps.com/emarkers?g=5550142",
        ),
        (
            '<div id="storepoint-container" data-map-id="15f5550142"></div>',
            "https://api.storepoint.co/v1/15f5550142/locations",
        ),
        ('<div data-stockist-widget-tag="u142">Loading</div>', "https://stockist.co/api/v1/u142/locations/all"),
        (
            "<script>window.StoreRocket.configs.projectId = 'Qx142';</script>",
            "https://storerocket.io/api/user/Qx142/locations",
        ),
        (
            '<script id="storelocatorscript" data-uid="Ab142" src="//cdn.storelocatorwidgets.com/widget/widget.js"></script>',
            "https://cdn.storelocatorwidgets.com/json/Ab142",
        ),
        (
            '<div class="elfsight-app-1f0c2a44-0000-4000-8000-555014200000"></div>',
            "https://core.service.elfsight.com/p/boot/?w=1f0c2a44-0000-4000-8000-555014200000",
        ),
        ('<link href="/blog/wp-content/plugins/wp-store-locator/css/styles.css">', None),
        (
            '<link href="https://clinic.example/blog/wp-content/plugins/wp-store-locator/css/styles.css">',
            "https://clinic.example/blog/wp-admin/admin-ajax.php?action=store_search&autoload=1",
        ),
    ],
)
def test_a_widget_on_a_page_leads_to_its_data(markup: str, address: str | None) -> None:
    page = Page("https://clinic.example/find", f"<html><body>{markup}</body></html>".encode(), "text/html")
    assert (embedded_lists(page) or (None,))[0] == address
    assert [use.address for use in embedded_uses(page)] == ([address] if address else [])


def test_the_spider_printed_for_known_data_is_three_words_long() -> None:
    rows = [
        {
            "id": n,
            "store": f"{name} Pharmacy",
            "address": "12 Quay St",
            "city": "Akron",
            "state": "OH",
            "phone": f"512-555-010{n}",
        }
        for n, name in enumerate(("Cobalt", "Fernhill"))
    ]
    found = probe(
        Page(
            "https://clinic.example/wp-admin/admin-ajax.php?action=store_search&autoload=1",
            json.dumps(rows).encode(),
            "application/json",
        )
    )
    assert 'preset = "wp_store_locator"\n    site = "https://clinic.example"\n' in (found.spider or "")
    compile(found.spider or "", "spider", "exec")


class Posted(JsonApi):
    name = "posted"
    source = SOURCE
    preset = "store_locator_plus"
    site = "https://clinic.example"


class Keyed(JsonApi):
    name = "keyed"
    source = SOURCE
    preset = "storepoint"
    key = "15f5550142"


def test_a_spider_with_a_preset_needs_no_address() -> None:
    assert Keyed.addresses() == ["https://api.storepoint.co/v1/15f5550142/locations"]


def test_a_list_behind_a_post_request_is_requested_by_post() -> None:
    request = Posted.page_request(Posted(), Posted.addresses()[0], {})
    assert request.method == "POST"
    assert parse_qs(request.body.decode())["action"] == ["csl_ajax_onload"]
    assert Keyed.page_request(Keyed(), Keyed.addresses()[0], {}).method == "GET"
