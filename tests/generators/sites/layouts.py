"""Sites that state everything, each laid out in another way."""

from __future__ import annotations

from . import LDN, Site, Truth, document, json_ld, kind, nav, site


@kind
def one_page() -> Site:
    """Everything on one long page, with sections."""
    body = (
        nav(("#about", "About"), ("#contact", "Contact"))
        + "<section><h1>Juniper Hollow Clinic</h1><p>Integrative care for tired people.</p>"
        + LDN
        + "</section><section id=about><h2>About</h2><p>Founded in 2009. We are accepting new patients.</p></section>"
        "<section id=contact><h2>Contact</h2><p>418 Larkspur Lane<br>Austin, TX 78701</p><p>Phone: (512) 555-0142</p>"
        "<p>Fax: (512) 555-0143</p><p>office@juniperhollow.example</p></section><footer>© 2026 Juniper Hollow Clinic</footer>"
    )
    page = document("Juniper Hollow Clinic | Austin", body)
    return site(
        "one_page", "Juniper Hollow Clinic", "juniperhollow.example", {"/": page, "/ldn": page},
        Truth(outcome="read", city="Austin", street="418 Larkspur Lane", postcode="78701", phones=("5125550142",),
              email="office@juniperhollow.example", accepts_new=True),
        country="United States",
    )  # fmt: skip


@kind
def footer_only() -> Site:
    """The address is nowhere but in the footer, in small type, of each page."""
    foot = (
        "<footer><div><span>Harrow &amp; Finch Wellness</span> <span>77 Copper Street, Suite 210, Boise, ID 83702</span>"
        ' <a href="tel:+12085550117">208-555-0117</a></div><div>Privacy · Terms</div></footer>'
    )
    menu = nav(("/", "Home"), ("/services", "Services"), ("/blog", "Blog"))
    return site(
        "footer_only", "Harrow & Finch Wellness", "harrowfinch.example",
        {"/": document("Harrow & Finch Wellness", menu + "<h1>Feel better</h1><p>We listen.</p>" + foot),
         "/ldn": document("LDN - Harrow & Finch Wellness", menu + "<h1>LDN</h1>" + LDN + foot),
         "/services": document("Services", menu + "<p>Massage</p>" + foot)},
        Truth(outcome="read", city="Boise", street="77 Copper Street, Suite 210", postcode="83702", phones=("2085550117",)),
    )  # fmt: skip


@kind
def json_ld_only() -> Site:
    """The visible page says little; data for machines say all, with hours."""
    data = json_ld(
        {
            "@type": "MedicalClinic",
            "name": "Bright Cove Integrative Health",
            "url": "https://brightcove-health.example/",
            "telephone": "+1-813-555-0164",
            "email": "hello@brightcove-health.example",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "902 Heron Way",
                "addressLocality": "Tampa",
                "addressRegion": "FL",
                "postalCode": "33602",
                "addressCountry": "US",
            },
            "openingHours": ["Mo-Th 08:30-17:00", "Fr 09:00-13:00"],
        }
    )
    body = '<div id="hero"><h1>Bright Cove</h1></div>' + LDN
    return site(
        "json_ld_only", "Bright Cove Integrative Health", "brightcove-health.example",
        {"/": document("Bright Cove", body, head=data), "/ldn": document("LDN", body, head=data)},
        Truth(outcome="read", city="Tampa", street="902 Heron Way", postcode="33602", phones=("8135550164",),
              email="hello@brightcove-health.example", hours="Mo-Th 08:30-17:00; Fr 09:00-13:00"),
    )  # fmt: skip


@kind
def microdata() -> Site:
    """schema.org as attributes of the footer on a contact page."""
    block = (
        '<div itemscope itemtype="https://schema.org/Pharmacy"><span itemprop="name">Old Mill Compounding Pharmacy</span>'
        '<div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress"><span itemprop="streetAddress">15 Wharf'
        ' Road</span>, <span itemprop="addressLocality">Salem</span>, <span itemprop="addressRegion">OR</span> <span'
        ' itemprop="postalCode">97301</span></div><span itemprop="telephone">(503) 555-0126</span>'
        '<meta itemprop="openingHours" content="Mo-Fr 09:00-18:00"></div>'
    )
    menu = nav(("/", "Home"), ("/contact-us", "Contact us"))
    return site(
        "microdata", "Old Mill Compounding Pharmacy", "oldmillrx.example",
        {"/": document("Old Mill Compounding Pharmacy", menu + "<h1>Compounded for you</h1>"),
         "/ldn": document("LDN", menu + LDN), "/contact-us": document("Contact", menu + "<h1>Contact us</h1>" + block)},
        Truth(outcome="read", city="Salem", street="15 Wharf Road", postcode="97301", phones=("5035550126",),
              hours="Mo-Fr 09:00-18:00"),
        kind="pharmacy",
    )  # fmt: skip


@kind
def hcard() -> Site:
    """An hCard microformat on the contact page."""
    card = (
        '<div class="vcard"><div class="fn org">Thistle Lane Medicine</div><div class="adr"><div class="street-address">'
        '2200 Quarry Road</div><span class="locality">Denver</span>, <span class="region">CO</span> <span class="postal-code">'
        '80202</span></div><div>Tel: <span class="tel">303 555 0188</span></div><a class="email"'
        ' href="mailto:desk@thistlelane.example">desk@thistlelane.example</a></div>'
    )
    menu = nav(("/", "Start"), ("/get-in-touch.html", "Get in touch"))
    return site(
        "hcard", "Thistle Lane Medicine", "thistlelane.example",
        {"/": document("Thistle Lane Medicine", menu + "<h1>Welcome</h1>"), "/ldn": document("LDN", menu + LDN),
         "/get-in-touch.html": document("Get in touch", menu + card)},
        Truth(outcome="read", city="Denver", street="2200 Quarry Road", postcode="80202", phones=("3035550188",),
              email="desk@thistlelane.example"),
    )  # fmt: skip


@kind
def table_layout() -> Site:
    """A site of 2003: nested tables, labels and values in cells, no semantics."""
    menu = '<td width=120><font><a href="index.html">Home</a><br><a href="contact.html">How to reach us</a></font></td>'
    cells = (
        "<table border=0><tr><td><b>Address</b></td><td>31 Orchard Terrace</td></tr><tr><td></td><td>Waco, Texas 76701</td></tr>"
        "<tr><td><b>Telephone</b></td><td>254.555.0135</td></tr><tr><td><b>E-mail</b></td><td>"
        '<a href="mailto:mail@kestrelfamily.example">mail@kestrelfamily.example</a></td></tr></table>'
    )
    return site(
        "table_layout", "Kestrel Family Practice", "kestrelfamily.example",
        {"/": document("Kestrel Family Practice", f"<table><tr>{menu}<td><h2>Kestrel Family Practice</h2></td></tr></table>"),
         "/ldn": document("LDN", f"<table><tr>{menu}<td>{LDN}</td></tr></table>"),
         "/contact.html": document("Kestrel Family Practice - Contact", f"<table><tr>{menu}<td>{cells}</td></tr></table>")},
        Truth(outcome="read", city="Waco", street="31 Orchard Terrace", postcode="76701", phones=("2545550135",),
              email="mail@kestrelfamily.example"),
    )  # fmt: skip


@kind
def wix_like() -> Site:
    """A page builder: boxes in boxes, texts in spans, the phone in a link only."""

    def box(text: str) -> str:
        return f'<div class="x1"><div class="x2"><span class="x3"><span>{text}</span></span></div></div>'

    menu = "".join(
        f'<div><a href="{path}"><div><p>{text}</p></div></a></div>'
        for path, text in (("/", "HOME"), ("/contact", "CONTACT"))
    )
    contact = (
        box("LET'S TALK")
        + box("Ember Ridge Naturopathic")
        + box("1290 Saddle Drive")
        + box("Portland, OR 97201")
        + '<div><a href="tel:5035550171"><span>Call now</span></a></div><div><a href="mailto:care@emberridge.example">Write</a></div>'
    )
    return site(
        "wix_like", "Ember Ridge Naturopathic", "emberridge.example",
        {"/": document("Ember Ridge Naturopathic | Natural medicine", menu + box("Natural medicine")),
         "/ldn": document("LDN | Ember Ridge Naturopathic", menu + box("Low dose naltrexone for pain")),
         "/contact": document("Contact | Ember Ridge Naturopathic", menu + contact)},
        Truth(outcome="read", city="Portland", street="1290 Saddle Drive", postcode="97201", phones=("5035550171",),
              email="care@emberridge.example"),
    )  # fmt: skip


@kind
def address_in_sentence() -> Site:
    """No block of contacts: sentences say it."""
    menu = nav(("/", "Home"), ("/about-us", "About us"))
    about = (
        "<h1>About us</h1><p>Willowmere Health was opened by two friends in 2011. You will find us at 640 Tannery Street,"
        " Dallas, TX 75201, beside the old theatre. Ring us on 214-555-0153 on weekdays.</p>"
    )
    return site(
        "address_in_sentence", "Willowmere Health", "willowmere.example",
        {"/": document("Willowmere Health", menu + "<h1>Willowmere Health</h1>"), "/ldn": document("LDN", menu + LDN),
         "/about-us": document("About us - Willowmere Health", menu + about)},
        Truth(outcome="read", city="Dallas", street="640 Tannery Street", postcode="75201", phones=("2145550153",)),
    )  # fmt: skip


@kind
def multi_branch_cards() -> Site:
    """Three places as cards; the main office is named so, and comes second."""
    places = (
        ("North clinic", "12 Bluebonnet Court", "Waco, TX 76701", "254-555-0101"),
        ("Main office", "350 Pecan Avenue", "Austin, TX 78701", "512-555-0102"),
        ("Dallas clinic", "8 Mockingbird Square", "Dallas, TX 75201", "214-555-0103"),
    )
    cards = "".join(f'<div class="loc"><h3>{a}</h3><p>{b}<br>{c}</p><p>{d}</p></div>' for a, b, c, d in places)
    menu = nav(("/", "Home"), ("/locations", "Locations"))
    return site(
        "multi_branch_cards", "Longhorn Integrative Clinic", "longhornintegrative.example",
        {"/": document("Longhorn Integrative Clinic", menu + "<h1>Three clinics, one team</h1>"),
         "/ldn": document("LDN", menu + LDN), "/locations": document("Our locations", menu + "<h1>Our locations</h1>" + cards)},
        Truth(outcome="read", city="Austin", street="350 Pecan Avenue", postcode="78701",
              phones=("5125550102", "2545550101", "2145550103"), branches=("Waco", "Dallas")),
    )  # fmt: skip


@kind
def hq_json_ld() -> Site:
    """An organisation with a seat and departments, as data."""

    def place(street: str, town: str, state: str, code: str) -> dict[str, str]:
        return {"@type": "PostalAddress", "streetAddress": street, "addressLocality": town, "addressRegion": state,
                "postalCode": code, "addressCountry": "US"}  # fmt: skip

    data = json_ld(
        {
            "@type": "MedicalOrganization",
            "name": "Northlight Medicine",
            "url": "https://northlightmed.example/",
            "telephone": "208-555-0150",
            "address": place("5 Aurora Plaza", "Boise", "ID", "83702"),
            "department": [
                {
                    "@type": "MedicalClinic",
                    "name": "Northlight Medicine Salem",
                    "telephone": "503-555-0151",
                    "address": place("60 Ferry Street", "Salem", "OR", "97301"),
                }
            ],
        }
    )
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    return site(
        "hq_json_ld", "Northlight Medicine", "northlightmed.example",
        {"/": document("Northlight Medicine", menu + "<h1>Northlight Medicine</h1>", head=data),
         "/ldn": document("LDN", menu + LDN, head=data), "/contact": document("Contact", menu + "<p>Write to us.</p>", head=data)},
        Truth(outcome="read", city="Boise", street="5 Aurora Plaza", postcode="83702", phones=("2085550150", "5035550151"),
              branches=("Salem",)),
    )  # fmt: skip


@kind
def telehealth_only() -> Site:
    """No place at all: video visits in three states."""
    menu = nav(("/", "Home"), ("/states", "States we serve"), ("/contact", "Contact"))
    return site(
        "telehealth_only", "Clearwater Telemedicine", "clearwatertele.example",
        {"/": document("Clearwater Telemedicine", menu + "<h1>Care by video</h1><p>We offer telehealth visits only.</p>" + LDN),
         "/ldn": document("LDN", menu + LDN),
         "/states": document("States we serve", menu + "<h1>States we serve</h1><ul><li>Texas</li><li>Oregon</li><li>Idaho</li></ul>"),
         "/contact": document("Contact", menu + "<p>Text or call 737-555-0119, or write to team@clearwatertele.example</p>")},
        Truth(outcome="read", phones=("7375550119",), email="team@clearwatertele.example", telehealth=True,
              serves=("US-TX", "US-OR", "US-ID")),
        kind="telehealth", country="United States",
    )  # fmt: skip


@kind
def ships_pharmacy() -> Site:
    """A pharmacy that ships to some states, with a number for orders."""
    menu = nav(("/", "Home"), ("/shipping", "Where we ship"), ("/about", "About us"))
    about = (
        "<h1>About us</h1><p>Tamarack Apothecary<br>1804 Mercantile Row<br>Denver, CO 80202</p><p>Local: 303-555-0160<br>"
        "Toll free: 800-555-0161</p>"
    )
    return site(
        "ships_pharmacy", "Tamarack Apothecary", "tamarackrx.example",
        {"/": document("Tamarack Apothecary", menu + "<h1>Compounding pharmacy</h1>"), "/ldn": document("LDN capsules", menu + LDN),
         "/shipping": document("Where we ship", menu + "<h1>Where we ship</h1><p>We ship to Colorado, Utah, Wyoming and New Mexico.</p>"),
         "/about": document("About us", menu + about)},
        Truth(outcome="read", city="Denver", street="1804 Mercantile Row", postcode="80202", phones=("3035550160", "8005550161"),
              serves=("US-CO", "US-UT", "US-WY", "US-NM"), ships=True),
        kind="pharmacy", country="United States",
    )  # fmt: skip


@kind
def several_phones_fax() -> Site:
    """Fax first, then billing, then the number to call."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    contact = (
        "<h1>Contact</h1><h2>Larch Point Medical</h2><p>71 Beacon Hill Road<br>Salem, OR 97301</p><ul><li>Fax: 503-555-0181</li>"
        "<li>Billing: 503-555-0182</li><li>Appointments: 503-555-0183</li></ul>"
    )
    return site(
        "several_phones_fax", "Larch Point Medical", "larchpoint.example",
        {"/": document("Larch Point Medical", menu), "/ldn": document("LDN", menu + LDN),
         "/contact": document("Contact Larch Point Medical", menu + contact)},
        Truth(outcome="read", city="Salem", street="71 Beacon Hill Road", postcode="97301", phones=("5035550183", "5035550182")),
    )  # fmt: skip


@kind
def new_patients_faq() -> Site:
    """A list of questions says that nobody new is taken."""
    faq = (
        "<h1>Frequently asked questions</h1><details><summary>Are you accepting new patients?</summary><p>No, we are not"
        " accepting new patients at this time.</p></details><details><summary>Do you offer telehealth?</summary><p>Yes, we offer"
        " telehealth appointments.</p></details>"
    )
    menu = nav(("/", "Home"), ("/faq", "FAQ"), ("/contact", "Contact"))
    return site(
        "new_patients_faq", "Marrow Street Clinic", "marrowstreet.example",
        {"/": document("Marrow Street Clinic", menu + "<h1>Marrow Street Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/faq": document("FAQ", menu + faq),
         "/contact": document("Contact", menu + "<address>9 Marrow Street<br>Tampa, FL 33602<br>Tel. 813-555-0127</address>")},
        Truth(outcome="read", city="Tampa", street="9 Marrow Street", postcode="33602", phones=("8135550127",), accepts_new=False,
              telehealth=True),
    )  # fmt: skip
