"""The LDN Research Trust's lists. Nobody here has seen their pages: the first crawl finds out how they are read."""

from __future__ import annotations

from ldn_directory.families import AnyList
from ldn_directory.model import Evidence, Expect, Kind, Source

PUBLISHER = "LDN Research Trust"
HOMEPAGE = "https://ldnresearchtrust.org/"
OWN_CONTACTS = frozenset({"ldnresearchtrust.org", "www.ldnresearchtrust.org", "contact@ldnresearchtrust.org"})


class LdnResearchTrustPrescribers(AnyList):
    """Prescribers by country and state, as the Trust lists them."""

    name = "ldn_research_trust_prescribers"
    source = Source(
        title="LDN Research Trust: prescribers",
        publisher=PUBLISHER,
        homepage=HOMEPAGE,
        terms="https://ldnresearchtrust.org/terms-and-conditions",
        evidence=Evidence.LISTED,
        record_key="node path in the row's link, else a hash of name, region and phone",
        expect=Expect(at_least=50),
        ignore_contacts=OWN_CONTACTS,
    )
    start_urls = ["https://ldnresearchtrust.org/ldn-prescribers"]


class LdnResearchTrustPharmacists(AnyList):
    """Pharmacies by country and state, as the Trust lists them."""

    name = "ldn_research_trust_pharmacists"
    source = Source(
        title="LDN Research Trust: pharmacists",
        publisher=PUBLISHER,
        homepage=HOMEPAGE,
        terms="https://ldnresearchtrust.org/terms-and-conditions",
        evidence=Evidence.LISTED,
        record_key="node path in the row's link, else a hash of name, region and phone",
        kind=Kind.PHARMACY,
        expect=Expect(at_least=20),
        ignore_contacts=OWN_CONTACTS,
    )
    start_urls = ["https://ldnresearchtrust.org/ldn-pharmacists"]
