"""Sites that state contacts of others besides their own."""

from __future__ import annotations

from . import LDN, Site, Truth, document, kind, nav, site


@kind
def agency_footer() -> Site:
    """The web designer's number and address stand in every footer; the practice's own only on the contact page."""
    menu = nav(("/", "Home"), ("/contact-us", "Contact us"))
    foot = (
        "<footer><p>© 2026 Goldfinch Clinic. Website by Brightpixel Studio, 400 Agency Row, Dallas, TX 75201 |"
        " 214-555-0190 | hello@brightpixel.example</p></footer>"
    )
    contact = "<h1>Contact us</h1><p>Goldfinch Clinic<br>23 Meadowlark Road<br>Austin, TX 78701</p><p>512-555-0191</p>"
    return site(
        "agency_footer", "Goldfinch Clinic", "goldfinchclinic.example",
        {"/": document("Goldfinch Clinic", menu + "<h1>Goldfinch Clinic</h1>" + foot), "/ldn": document("LDN", menu + LDN + foot),
         "/contact-us": document("Contact us", menu + contact + foot)},
        Truth(outcome="read", city="Austin", street="23 Meadowlark Road", postcode="78701", phones=("5125550191",)),
    )  # fmt: skip


@kind
def franchise() -> Site:
    """One shop of a chain: the row has a page of its own, and the chain's list of shops is a link away."""
    menu = nav(("/", "Home"), ("/locations", "All locations"), ("/salem/contact", "Contact this store"))
    shops = "".join(
        f"<li>{town}: {street}, {town}, {rest}, {phone}</li>"
        for town, street, rest, phone in (
            ("Salem", "4 Commerce Place", "OR 97301", "503-555-0110"),
            ("Portland", "90 Harbor View", "OR 97201", "503-555-0111"),
            ("Boise", "17 Basin Street", "ID 83702", "208-555-0112"),
            ("Denver", "66 Summit Road", "CO 80202", "303-555-0113"),
        )
    )
    store = "<h1>Remedy Barn Salem</h1><p>4 Commerce Place<br>Salem, OR 97301</p><p>Phone 503-555-0110</p>"
    return site(
        "franchise", "Remedy Barn Salem", "remedybarn.example",
        {"/": document("Remedy Barn", menu + "<h1>40 pharmacies</h1><p>Head office: 1 Chain Plaza, Dallas, TX 75201, 214-555-0114</p>"),
         "/salem": document("Remedy Barn Salem", menu + store), "/ldn": document("LDN", menu + LDN),
         "/salem/ldn": document("LDN at Remedy Barn Salem", menu + LDN), "/salem/contact": document("Contact - Remedy Barn Salem", menu + store),
         "/locations": document("All locations", menu + f"<h1>All locations</h1><ul>{shops}</ul>")},
        Truth(outcome="read", city="Salem", street="4 Commerce Place", postcode="97301", phones=("5035550110",)),
        evidence="/salem/ldn", website="https://remedybarn.example/salem", kind="pharmacy", country="United States", region="Oregon",
    )  # fmt: skip


@kind
def partners() -> Site:
    """A clinic names the pharmacies that it works with, with their numbers; its own is on the contact page."""
    menu = nav(("/", "Home"), ("/about", "About"), ("/contact", "Contact"))
    about = (
        "<h1>About</h1><p>We are Sagebrush Clinic.</p><h2>Pharmacies we work with</h2><ul><li>Dune Pharmacy, 5 Sand Street, Denver, CO"
        " 80202, 303-555-0121</li><li>Mesa Compounding, 9 Rock Road, Boise, ID 83702, 208-555-0122</li></ul>"
    )
    contact = "<h1>Contact</h1><p>Sagebrush Clinic, 48 Canyon Drive, Denver, CO 80202</p><p>Phone: 303-555-0123</p>"
    return site(
        "partners", "Sagebrush Clinic", "sagebrushclinic.example",
        {"/": document("Sagebrush Clinic", menu + "<h1>Sagebrush Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/about": document("About Sagebrush Clinic", menu + about), "/contact": document("Contact Sagebrush Clinic", menu + contact)},
        Truth(outcome="read", city="Denver", street="48 Canyon Drive", postcode="80202", phones=("3035550123",)),
    )  # fmt: skip


@kind
def emergency_numbers() -> Site:
    """Numbers for emergencies stand above the clinic's own."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    contact = (
        "<p>In an emergency call 911. Suicide and Crisis Lifeline: 988. Poison Control: 1-800-222-1222.</p><h1>Contact</h1>"
        "<p>Pinion Health<br>315 Juniper Street<br>Salem, OR 97301</p><p>Office: (503) 555-0132</p>"
    )
    return site(
        "emergency_numbers", "Pinion Health", "pinionhealth.example",
        {"/": document("Pinion Health", menu + "<h1>Pinion Health</h1><p>Poison Control: 1-800-222-1222</p>"),
         "/ldn": document("LDN", menu + LDN), "/contact": document("Contact", menu + contact)},
        Truth(outcome="read", city="Salem", street="315 Juniper Street", postcode="97301", phones=("5035550132",)),
    )  # fmt: skip


@kind
def insurers_phones() -> Site:
    """The page on insurance lists insurers with their numbers; the clinic's own stand in the footer."""
    menu = nav(("/", "Home"), ("/insurance", "Insurance"))
    foot = "<footer>Copperleaf Medical · 8 Foundry Lane · Tampa, FL 33602 · 813-555-0108</footer>"
    insurance = (
        "<h1>Insurance</h1><p>We take these plans:</p><table><tr><td>Plainview Mutual</td><td>800-555-0171</td></tr><tr><td>Harbor"
        " Health Plan</td><td>800-555-0172</td></tr><tr><td>Unity Care</td><td>PO Box 900, Waco, TX 76701</td></tr></table>"
    )
    return site(
        "insurers_phones", "Copperleaf Medical", "copperleafmed.example",
        {"/": document("Copperleaf Medical", menu + "<h1>Copperleaf Medical</h1>" + foot), "/ldn": document("LDN", menu + LDN + foot),
         "/insurance": document("Insurance", menu + insurance + foot)},
        Truth(outcome="read", city="Tampa", street="8 Foundry Lane", postcode="33602", phones=("8135550108",)),
    )  # fmt: skip


@kind
def hospital_system() -> Site:
    """One department of a large system whose pages name dozens of places; none of them is said to be the department's."""
    menu = nav(("/", "Home"), ("/locations", "Locations"))
    places = "".join(
        f"<li><b>Statewide Health Site {n}</b><br>{n} Main Street<br>Dallas, TX 75201<br>214-555-01{n:02}</li>"
        for n in range(10, 60)
    )
    return site(
        "hospital_system", "Statewide Health Pain Center", "statewidehealth.example",
        {"/": document("Statewide Health", menu + "<h1>Statewide Health</h1>"), "/ldn": document("Pain Center: LDN", menu + LDN),
         "/locations": document("Locations - Statewide Health", menu + f"<ul>{places}</ul>")},
        Truth(outcome="read"),
        country="United States",
    )  # fmt: skip


@kind
def sold_domain() -> Site:
    """The domain belongs to somebody else now, who sells something else."""
    body = "<h1>Lucky Sevens Casino Guide</h1><p>Best slots!</p><p>Contact: 12 Strip Road, Denver, CO 80202, 303-555-0199</p>"
    page = document("Lucky Sevens Casino Guide", body)
    return site(
        "sold_domain", "Bramble Hill Clinic", "bramblehillclinic.example", {"/": page, "/ldn": page},
        Truth(outcome="silent"),
    )  # fmt: skip


@kind
def obfuscated_email() -> Site:
    """The address is hidden from programs in two ways."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    contact = (
        "<h1>Contact</h1><p>Fernbrook Clinic<br>19 Glade Street<br>Portland, OR 97201</p><p>503-555-0147</p>"
        "<p>write to desk [at] fernbrook [dot] example</p><p><span class=__cf_email__ data-cfemail=543031273f>[email protected]</span></p>"
    )
    return site(
        "obfuscated_email", "Fernbrook Clinic", "fernbrook.example",
        {"/": document("Fernbrook Clinic", menu + "<h1>Fernbrook Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/contact": document("Contact", menu + contact)},
        Truth(outcome="read", city="Portland", street="19 Glade Street", postcode="97201", phones=("5035550147",),
              email="desk@fernbrook.example"),
    )  # fmt: skip


@kind
def map_embed_only() -> Site:
    """Where it is can be seen on an embedded map only; the number is a link."""
    menu = nav(("/", "Home"), ("/visit", "Directions"))
    frame = '<iframe src="https://maps.example.org/embed?q=Somewhere"></iframe>'
    return site(
        "map_embed_only", "Driftwood Clinic", "driftwoodclinic.example",
        {"/": document("Driftwood Clinic", menu + '<h1>Driftwood Clinic</h1><a href="tel:813-555-0155">813-555-0155</a>'),
         "/ldn": document("LDN", menu + LDN), "/visit": document("Directions", menu + frame)},
        Truth(outcome="read", phones=("8135550155",)), country="United States",
    )  # fmt: skip


@kind
def closed_notice() -> Site:
    """The practice says that it has closed for good."""
    body = (
        "<h1>Marigold Clinic is permanently closed</h1><p>After 20 years our doors have closed. Thank you.</p>"
        "<p>Marigold Clinic, 2 Sunset Road, Boise, ID 83702, 208-555-0133</p>"
    )
    return site(
        "closed_notice", "Marigold Clinic", "marigoldclinic.example",
        {"/": document("Marigold Clinic", body), "/ldn": document("LDN", LDN + body)},
        Truth(outcome="closed"),
    )  # fmt: skip
