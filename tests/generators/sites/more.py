"""Further kinds of sites on which the reader is worked out: how real ones mix what the first kinds have alone."""

from __future__ import annotations

from . import LDN, Answer, Site, Truth, document, json_ld, kind, nav, site


@kind
def yoast_graph() -> Site:
    """WordPress with a graph of data that names the site, its author, and no address; the block is in a widget."""
    data = '<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"Organization","@id":"https://heathermoor.example/#o","name":"Heathermoor Health","url":"https://heathermoor.example/"},{"@type":"WebSite","name":"Heathermoor Health","publisher":{"@id":"https://heathermoor.example/#o"}},{"@type":"Person","name":"Ann Author","telephone":"512-555-0198"}]}</script>'
    foot = (
        '<footer class="site-footer"><div class="widget"><h4>Visit</h4><p>900 Mesa Boulevard<br>Suite 4<br>Austin, TX 78701</p></div>'
        '<div class="widget"><h4>Call</h4><p><a href="tel:5125550181">(512) 555-0181</a></p></div><div class="widget"><h4>Hours</h4>'
        "<p>Mon - Fri 9:00 - 17:00</p></div><p>Proudly powered by WordPress</p></footer>"
    )
    menu = nav(("/", "Home"), ("/services", "Services"), ("/contact", "Contact"))
    return site(
        "yoast_graph", "Heathermoor Health", "heathermoor.example",
        {"/": document("Heathermoor Health - Integrative care", menu + "<h1>Care that listens</h1>" + foot, head=data),
         "/ldn": document("LDN - Heathermoor Health", menu + LDN + foot, head=data),
         "/contact": document("Contact - Heathermoor Health", menu + "<form><input name=a></form>" + foot, head=data)},
        Truth(outcome="read", city="Austin", street="900 Mesa Boulevard, Suite 4", postcode="78701", phones=("5125550181",)),
    )  # fmt: skip


@kind
def squarespace() -> Site:
    """Headings as lines of an address, and a second place further down."""
    contact = (
        "<h2>Briar Rose Wellness</h2><h3>Denver</h3><h4>77 Alder Street</h4><h4>Denver, CO 80202</h4><h4>303.555.0139</h4>"
        "<h3>Boise</h3><h4>5 Elk Court</h4><h4>Boise, ID 83702</h4><h4>208.555.0138</h4>"
    )
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    return site(
        "squarespace", "Briar Rose Wellness", "briarrose.example",
        {"/": document("Briar Rose Wellness", menu + "<h1>Briar Rose Wellness</h1>"), "/ldn": document("LDN", menu + LDN),
         "/contact": document("Contact - Briar Rose Wellness", menu + contact)},
        Truth(outcome="read", city="Denver", street="77 Alder Street", postcode="80202", phones=("3035550139", "2085550138"), branches=("Boise",)),
    )  # fmt: skip


@kind
def locality_first() -> Site:
    """Labels in one column and values in another, as definition list."""
    body = (
        "<h1>Contact details</h1><dl><dt>Practice</dt><dd>Stonecrop Clinic</dd><dt>Street</dt><dd>14 Slate Row</dd><dt>City</dt><dd>Portland</dd>"
        "<dt>State</dt><dd>OR</dd><dt>ZIP</dt><dd>97201</dd><dt>Phone</dt><dd>503-555-0158</dd><dt>Fax</dt><dd>503-555-0159</dd></dl>"
    )
    menu = nav(("/", "Home"), ("/contact.php", "Contact"))
    return site(
        "locality_first", "Stonecrop Clinic", "stonecrop.example",
        {"/": document("Stonecrop Clinic", menu + "<h1>Stonecrop Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/contact.php": document("Contact", menu + body)},
        Truth(outcome="read", city="Portland", street="14 Slate Row", postcode="97201", phones=("5035550158",)),
    )  # fmt: skip


@kind
def address_label_value() -> Site:
    """Icons and labels: "Address:" on a line of its own."""
    body = (
        "<h1>Reach us</h1><div><div><b>Address:</b></div><div>62 Cobble Hill Road, Salem, OR 97301</div></div><div><div><b>Phone:</b></div><div>"
        "(503) 555-0187</div></div><div><div><b>Email:</b></div><div>info@cobblehill.example</div></div>"
    )
    menu = nav(("/", "Home"), ("/reach-us", "Reach us"))
    return site(
        "address_label_value", "Cobble Hill Naturopathic", "cobblehill.example",
        {"/": document("Cobble Hill Naturopathic", menu), "/ldn": document("LDN", menu + LDN), "/reach-us": document("Reach us", menu + body)},
        Truth(outcome="read", city="Salem", street="62 Cobble Hill Road", postcode="97301", phones=("5035550187",), email="info@cobblehill.example"),
    )  # fmt: skip


@kind
def two_phones_sentence() -> Site:
    """A sentence with two numbers, and an address in the header bar."""
    bar = "<header><div>31 Prairie Lane, Waco, TX 76701 &nbsp;|&nbsp; Call 254-555-0120</div></header>"
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    contact = "<h1>Contact</h1><p>Please call 254-555-0120 to book, or 254-555-0121 for refills. We do not offer telehealth.</p>"
    return site(
        "two_phones_sentence", "Prairie Lane Medical", "prairielanemed.example",
        {"/": document("Prairie Lane Medical", bar + menu), "/ldn": document("LDN", bar + menu + LDN), "/contact": document("Contact", bar + menu + contact)},
        Truth(outcome="read", city="Waco", street="31 Prairie Lane", postcode="76701", phones=("2545550120", "2545550121"), telehealth=False),
    )  # fmt: skip


@kind
def blog_with_addresses() -> Site:
    """The page on LDN is an article that mentions a laboratory's address and a helpline."""
    article = (
        "<h1>What is LDN?</h1>"
        + LDN
        + "<p>Samples go to Beacon Labs, 1 Test Road, Dallas, TX 75201, 214-555-0140.</p><p>Posted by Admin</p>"
        "<h3>Comments</h3><p>Mary P.: call me at 303-555-0141</p>"
    )
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    return site(
        "blog_with_addresses", "Saffron Tree Clinic", "saffrontree.example",
        {"/": document("Saffron Tree Clinic", menu + "<h1>Saffron Tree Clinic</h1>"), "/ldn": document("What is LDN? - Saffron Tree Clinic", menu + article),
         "/contact": document("Contact - Saffron Tree Clinic", menu + "<p>Email hello@saffrontree.example</p>")},
        Truth(outcome="read", email="hello@saffrontree.example"),
    )  # fmt: skip


@kind
def opening_specification() -> Site:
    """Hours as a specification, a second clinic as a second item."""

    def clinic(
        name: str, street: str, town: str, state: str, code: str, phone: str, **more: object
    ) -> dict[str, object]:
        address = {
            "@type": "PostalAddress",
            "streetAddress": street,
            "addressLocality": town,
            "addressRegion": state,
            "postalCode": code,
        }
        return {"@type": "MedicalBusiness", "name": name, "telephone": phone, "address": address} | more

    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    hours = [{"@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": "09:00", "closes": "17:00"}]
    data = json_ld(
        clinic(
            "Ironwood Clinic",
            "10 Forge Street",
            "Tampa",
            "FL",
            "33602",
            "813-555-0110",
            openingHoursSpecification=hours,
        ),
        clinic("Ironwood Clinic West", "20 Anvil Road", "Austin", "TX", "78701", "512-555-0111"),
    )
    page = document("Ironwood Clinic", "<h1>Ironwood Clinic</h1>" + LDN, head=data)
    return site(
        "opening_specification", "Ironwood Clinic", "ironwoodclinic.example", {"/": page, "/ldn": page},
        Truth(outcome="read", city="Tampa", street="10 Forge Street", postcode="33602", phones=("8135550110", "5125550111"), branches=("Austin",),
              hours="Mo-Fr 09:00-17:00"),
    )  # fmt: skip


@kind
def template_data() -> Site:
    """Data for machines that a theme came with, and that nobody changed; the page has the truth."""
    data = json_ld({"@type": "LocalBusiness", "name": "Your Company", "telephone": "212-555-0100",
                    "address": {"@type": "PostalAddress", "streetAddress": "123 Main Street", "addressLocality": "New York", "addressRegion": "NY"}})  # fmt: skip
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    contact = (
        "<h1>Contact</h1><p>Nightjar Clinic<br>45 Dusk Road<br>Boise, Idaho 83702</p><p>Telephone 208 555 0144</p>"
    )
    return site(
        "template_data", "Nightjar Clinic", "nightjar.example",
        {"/": document("Nightjar Clinic", menu, head=data), "/ldn": document("LDN", menu + LDN, head=data), "/contact": document("Contact", menu + contact, head=data)},
        Truth(outcome="read", city="Boise", street="45 Dusk Road", postcode="83702", phones=("2085550144",)),
    )  # fmt: skip


@kind
def german_two_sites() -> Site:
    """A German pharmacy with a branch; the imprint names the authority and the chamber."""
    menu = nav(("/", "Start"), ("/kontakt", "Kontakt &amp; Anfahrt"), ("/impressum", "Impressum"))
    contact = (
        "<h1>Kontakt</h1><h2>Rosen-Apotheke Hauptsitz</h2><p>Rosenweg 3<br>80331 München</p><p>Tel.: 089 99998 210</p><p>Fax: 089 99998 211</p>"
        "<h2>Filiale</h2><p>Marktplatz 8<br>20095 Hamburg</p><p>Tel.: 040 66969 212</p>"
    )
    imprint = (
        "<h1>Impressum</h1><p>Rosen-Apotheke, Inh. Muster<br>Rosenweg 3<br>80331 München</p><p>Telefon 089 99998 210<br>E-Mail info@rosen-apo.example</p>"
        "<h2>Aufsichtsbehörde</h2><p>Landratsamt, Amtsstraße 1, 80333 München, Tel. 089 99998 999</p><h2>Kammer</h2><p>Bayerische Landesapothekerkammer, Kammerweg 5, 80333 München</p>"
    )
    return site(
        "german_two_sites", "Rosen-Apotheke", "rosen-apo.example",
        {"/": document("Rosen-Apotheke", menu + "<h1>Rosen-Apotheke</h1>", "de"),
         "/ldn": document("LDN", menu + "<p>Wir stellen niedrig dosiertes Naltrexon her. Wir versenden deutschlandweit.</p>", "de"),
         "/kontakt": document("Kontakt", menu + contact, "de"), "/impressum": document("Impressum", menu + imprint, "de")},
        Truth(outcome="read", city="München", street="Rosenweg 3", postcode="80331", phones=("8999998210", "4066969212"), branches=("Hamburg",),
              email="info@rosen-apo.example", ships=True),
        country="Germany", kind="pharmacy",
    )  # fmt: skip


@kind
def spanish_footer() -> Site:
    """A Mexican clinic, all in the footer, with a toll-free number."""
    foot = (
        "<footer><p>Clínica Los Encinos</p><p>Av. de los Encinos 120, Col. Centro<br>06000 Ciudad de México</p><p>Tel: 55 0000 1234</p>"
        "<p>Diseño web: Estudio Pixel, Calle 5, 64000 Monterrey, 81 0000 5555</p></footer>"
    )
    menu = nav(("/", "Inicio"), ("/nosotros", "Nosotros"), ("/contacto", "Contacto"))
    return site(
        "spanish_footer", "Clínica Los Encinos", "losencinos.example",
        {path: document("Clínica Los Encinos", menu + text + foot, "es") for path, text in (
            ("/", "<h1>Clínica Los Encinos</h1>"), ("/ldn", "<p>Naltrexona en dosis bajas</p>"), ("/nosotros", ""), ("/contacto", "<form></form>"))},
        Truth(outcome="read", city="Ciudad de México", street="Av. de los Encinos 120", postcode="06000", phones=("5500001234",)),
        country="Mexico",
    )  # fmt: skip


@kind
def french_clinic() -> Site:
    """A French practice: label and value, the postal code before the town, an appointment service."""
    menu = nav(("/", "Accueil"), ("/contact", "Contact"), ("/a-propos", "À propos"))
    contact = (
        "<h1>Contact</h1><p>Adresse : 8 boulevard des Tilleuls, 75011 Paris</p><p>Téléphone : 01 99 00 45 67</p><p>Rendez-vous sur Exemplib</p>"
        "<p>En cas d'urgence, appelez le 15 ou le 112.</p>"
    )
    return site(
        "french_clinic", "Cabinet des Tilleuls", "cabinet-tilleuls.example",
        {"/": document("Cabinet des Tilleuls", menu + "<h1>Cabinet des Tilleuls</h1>", "fr"),
         "/ldn": document("LDN", menu + "<p>Naltrexone à faible dose</p>", "fr"), "/a-propos": document("À propos", menu, "fr"),
         "/contact": document("Contact", menu + contact, "fr")},
        Truth(outcome="read", city="Paris", street="8 boulevard des Tilleuls", postcode="75011", phones=("199004567",)),
        country="France",
    )  # fmt: skip


@kind
def danish_clinic() -> Site:
    """A Danish clinic with a company number beside the address."""
    foot = "<footer>Klinik Bøgeskov · Bøgevej 12 · 2100 København Ø · Tlf. 32 00 12 34 · CVR 00000000</footer>"
    menu = nav(("/", "Forside"), ("/kontakt", "Kontakt"))
    return site(
        "danish_clinic", "Klinik Bøgeskov", "klinikbogeskov.example",
        {path: document("Klinik Bøgeskov", menu + text + foot, "da") for path, text in (
            ("/", "<h1>Klinik Bøgeskov</h1>"), ("/ldn", "<p>Lavdosis naltrexon</p>"), ("/kontakt", ""))},
        Truth(outcome="read", city="København Ø", street="Bøgevej 12", postcode="2100", phones=("32001234",)),
        country="Denmark",
    )  # fmt: skip


@kind
def portuguese_brazil() -> Site:
    """A Brazilian pharmacy with a postal code after the town."""
    menu = nav(("/", "Início"), ("/fale-conosco", "Fale conosco"))
    contact = "<h1>Fale conosco</h1><p>Farmácia Ipê Roxo</p><p>Rua dos Ipês, 300 - Centro<br>São Paulo - SP, 01310-000</p><p>Telefone: (11) 3456-7890</p>"
    return site(
        "portuguese_brazil", "Farmácia Ipê Roxo", "ipeoxo.example",
        {"/": document("Farmácia Ipê Roxo", menu + "<h1>Farmácia Ipê Roxo</h1>", "pt"), "/ldn": document("LDN", menu + "<p>Naltrexona em baixa dose</p>", "pt"),
         "/fale-conosco": document("Fale conosco", menu + contact, "pt")},
        Truth(outcome="read", city="São Paulo", street="Rua dos Ipês, 300 - Centro", postcode="01310-000", phones=("1134567890",)),
        country="Brazil", kind="pharmacy",
    )  # fmt: skip


@kind
def new_zealand() -> Site:
    """A New Zealand clinic: level, street, suburb, town and code."""
    menu = nav(("/", "Home"), ("/find-us", "Find us"))
    find = "<h1>Find us</h1><p>Kowhai Health<br>Level 1, 20 Fern Street<br>Ponsonby<br>Auckland 1011</p><p>Phone 09 555 0142</p>"
    return site(
        "new_zealand", "Kowhai Health", "kowhaihealth.example",
        {"/": document("Kowhai Health", menu + "<h1>Kowhai Health</h1>"), "/ldn": document("LDN", menu + "<p>Low dose naltrexone</p>"),
         "/find-us": document("Find us", menu + find)},
        Truth(outcome="read", city="Auckland", street="Level 1, 20 Fern Street", postcode="1011", phones=("95550142",)), country="New Zealand",
    )  # fmt: skip


@kind
def uk_two_lines() -> Site:
    """A British clinic: county, post town, and a number with a trunk zero in brackets."""
    menu = nav(("/", "Home"), ("/where-we-are", "Where we are"))
    where = "<h1>Where we are</h1><address>Larkfield House<br>9 Chapel Lane<br>Headingley<br>Leeds<br>LS6 3AA</address><p>T: +44 (0)113 496 0177</p>"
    return site(
        "uk_two_lines", "Larkfield Private GP", "larkfieldgp.example",
        {"/": document("Larkfield Private GP", menu + "<h1>Larkfield Private GP</h1><p>We offer video consultations across the UK.</p>"),
         "/ldn": document("LDN", menu + "<p>Low dose naltrexone</p>"), "/where-we-are": document("Where we are", menu + where)},
        Truth(outcome="read", city="Leeds", street="9 Chapel Lane", postcode="LS6 3AA", phones=("1134960177",), telehealth=True),
        country="United Kingdom",
    )  # fmt: skip


@kind
def serves_sentence() -> Site:
    """A telehealth practice that says in a sentence where it is licensed, and in a footer where its mail goes."""
    foot = "<footer>Mailing address: PO Box 77, Denver, CO 80202 · 720-555-0131</footer>"
    menu = nav(("/", "Home"), ("/about", "About"), ("/faq", "FAQ"))
    return site(
        "serves_sentence", "Bluestem Virtual Care", "bluestem.example",
        {"/": document("Bluestem Virtual Care", menu + "<h1>Bluestem Virtual Care</h1><p>Call us at 720-555-0130.</p>" + foot),
         "/ldn": document("LDN", menu + LDN + foot),
         "/about": document("About", menu + "<p>We provide telehealth to patients in Colorado, Utah and Nevada.</p>" + foot),
         "/faq": document("FAQ", menu + "<p>We are currently accepting new patients.</p>" + foot)},
        Truth(outcome="read", phones=("7205550130",), telehealth=True, serves=("US-CO", "US-NV", "US-UT"), accepts_new=True),
        kind="telehealth", country="United States",
    )  # fmt: skip


@kind
def delivery_no() -> Site:
    """A pharmacy that does not ship."""
    menu = nav(("/", "Home"), ("/faq", "FAQ"), ("/contact", "Contact"))
    return site(
        "delivery_no", "Hillcrest Apothecary", "hillcrestrx.example",
        {"/": document("Hillcrest Apothecary", menu + "<h1>Hillcrest Apothecary</h1>"), "/ldn": document("LDN", menu + LDN),
         "/faq": document("FAQ", menu + "<h2>Do you ship?</h2><p>We do not ship medicines. Pick-up only.</p>"),
         "/contact": document("Contact", menu + "<p>3 Hillcrest Road, Salem, OR 97301</p><p>Ph. 503-555-0112 / Fax 503-555-0113</p>")},
        Truth(outcome="read", city="Salem", street="3 Hillcrest Road", postcode="97301", phones=("5035550112",), ships=False),
        kind="pharmacy", country="United States",
    )  # fmt: skip


@kind
def consent_over_content() -> Site:
    """A consent banner stands over a page that is there all the same."""
    banner = '<div id="cookie-banner"><p>We use cookies. Accept all.</p><p>Banner by CookieCo, 1 Crumb Road, Austin, TX 78701</p></div>'
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    return site(
        "consent_over_content", "Tidewater Clinic", "tidewaterclinic.example",
        {"/": document("Tidewater Clinic", banner + menu + "<h1>Tidewater Clinic</h1>"), "/ldn": document("LDN", banner + menu + LDN),
         "/contact": document("Contact", banner + menu + "<p>18 Jetty Road<br>Tampa, FL 33602</p><p>813-555-0199</p>")},
        Truth(outcome="read", city="Tampa", street="18 Jetty Road", postcode="33602", phones=("8135550199",)),
    )  # fmt: skip


@kind
def dead_contact_page() -> Site:
    """The contact page is a 404; the front page has all."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    body = "<h1>Oriole Medical</h1><p>Find us at 27 Nest Avenue, Dallas, TX 75201. Telephone: 214-555-0160.</p>"
    return site(
        "dead_contact_page", "Oriole Medical", "oriolemedical.example",
        {"/": document("Oriole Medical", menu + body), "/ldn": document("LDN", menu + LDN), "/contact": Answer(body=b"no", status=404)},
        Truth(outcome="read", city="Dallas", street="27 Nest Avenue", postcode="75201", phones=("2145550160",)),
    )  # fmt: skip


@kind
def staff_pages() -> Site:
    """The team's page has numbers of single people, which are not the clinic's."""
    menu = nav(("/", "Home"), ("/team", "Our team"), ("/contact", "Contact"))
    team = "<h1>Our team</h1><h3>Pat Example, NP</h3><p>Cell: 512-555-0161</p><h3>Sam Sample, MD</h3><p>512-555-0162, sam@personal.example</p>"
    return site(
        "staff_pages", "Acorn Street Clinic", "acornstreet.example",
        {"/": document("Acorn Street Clinic", menu + "<h1>Acorn Street Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/team": document("Our team", menu + team), "/contact": document("Contact", menu + "<p>2 Acorn Street<br>Austin, TX 78701<br>512-555-0160</p>")},
        Truth(outcome="read", city="Austin", street="2 Acorn Street", postcode="78701", phones=("5125550160",)),
    )  # fmt: skip
