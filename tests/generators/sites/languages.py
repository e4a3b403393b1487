"""Sites in other languages and countries, with the notices that their laws ask for."""

from __future__ import annotations

from . import Site, Truth, document, kind, nav, site


@kind
def imprint_only_de() -> Site:
    """A German practice whose imprint alone says where it is; with tax numbers, a chamber and the web agency."""
    menu = nav(
        ("/", "Start"), ("/leistungen", "Leistungen"), ("/impressum", "Impressum"), ("/datenschutz", "Datenschutz")
    )
    imprint = (
        "<h1>Impressum</h1><h2>Angaben gemäß § 5 DDG</h2><p>Praxis am Lindenhof<br>Lindenhofstraße 14<br>20095 Hamburg</p>"
        "<p>Telefon: 040 66969 120<br>Telefax: 040 66969 121<br>E-Mail: post@praxis-lindenhof.example</p><p>USt-IdNr.: DE000000000</p>"
        "<p>Zuständige Kammer: Ärztekammer Hamburg, Weidestraße 122b, 22083 Hamburg</p>"
        "<p>Gestaltung: Pixelwerk GmbH, Hafenweg 3, 80331 München, Tel. 089 99998 111</p>"
    )
    return site(
        "imprint_only_de", "Praxis am Lindenhof", "praxis-lindenhof.example",
        {"/": document("Praxis am Lindenhof", menu + "<h1>Willkommen</h1>", "de"),
         "/ldn": document("LDN", menu + "<h1>LDN</h1><p>Wir behandeln mit niedrig dosiertem Naltrexon.</p>", "de"),
         "/leistungen": document("Leistungen", menu + "<p>Akupunktur</p>", "de"), "/impressum": document("Impressum", menu + imprint, "de"),
         "/datenschutz": document("Datenschutz", menu + "<p>Datenschutzbeauftragter: Beispiel Recht, Ring 1, 10115 Berlin, 030 23125 555</p>", "de")},
        Truth(outcome="read", city="Hamburg", street="Lindenhofstraße 14", postcode="20095", phones=("4066969120",),
              email="post@praxis-lindenhof.example"),
        country="Germany",
    )  # fmt: skip


@kind
def french_pharmacy() -> Site:
    """A French pharmacy: the legal notice also names the host of the site."""
    menu = nav(("/", "Accueil"), ("/nous-trouver", "Nous trouver"), ("/mentions-legales", "Mentions légales"))
    find = "<h1>Nous trouver</h1><p>Pharmacie des Glycines<br>24 rue des Glycines<br>69002 Lyon</p><p>Tél. : 04 65 71 12 30</p>"
    legal = (
        "<h1>Mentions légales</h1><p>Éditeur : Pharmacie des Glycines, 24 rue des Glycines, 69002 Lyon</p><h2>Hébergeur</h2>"
        "<p>Nuage Hébergement SAS, 2 rue du Serveur, 59100 Roubaix, téléphone 09 72 10 10 07</p>"
    )
    return site(
        "french_pharmacy", "Pharmacie des Glycines", "pharmacie-glycines.example",
        {"/": document("Pharmacie des Glycines", menu + "<h1>Préparations</h1>", "fr"),
         "/ldn": document("LDN", menu + "<p>Préparation de naltrexone à faible dose.</p>", "fr"),
         "/nous-trouver": document("Nous trouver", menu + find, "fr"), "/mentions-legales": document("Mentions légales", menu + legal, "fr")},
        Truth(outcome="read", city="Lyon", street="24 rue des Glycines", postcode="69002", phones=("465711230",)),
        country="France", kind="pharmacy",
    )  # fmt: skip


@kind
def spanish_clinic() -> Site:
    """A Spanish clinic; its legal notice has a tax number and a delegate for data protection."""
    menu = nav(("/", "Inicio"), ("/contacto", "Contacto"), ("/aviso-legal", "Aviso legal"))
    contact = (
        "<h1>Contacto</h1><p>Clínica Alborada</p><p>Calle del Almendro, 18<br>28013 Madrid</p><p>Teléfono: 910 000 123</p>"
        "<p>Correo: citas@clinica-alborada.example</p>"
    )
    legal = (
        "<h1>Aviso legal</h1><p>Titular: Clínica Alborada S.L., NIF B00000000, Calle del Almendro, 18, 28013 Madrid</p>"
        "<p>Delegado de protección de datos: Datos Claros, Avenida del Puerto 4, 46001 Valencia, 960 000 111</p>"
    )
    return site(
        "spanish_clinic", "Clínica Alborada", "clinica-alborada.example",
        {"/": document("Clínica Alborada", menu + "<h1>Clínica Alborada</h1>", "es"),
         "/ldn": document("LDN", menu + "<p>Tratamos con naltrexona a dosis bajas.</p>", "es"),
         "/contacto": document("Contacto", menu + contact, "es"), "/aviso-legal": document("Aviso legal", menu + legal, "es")},
        Truth(outcome="read", city="Madrid", street="Calle del Almendro, 18", postcode="28013", phones=("910000123",),
              email="citas@clinica-alborada.example"),
        country="Spain",
    )  # fmt: skip


@kind
def italian_pharmacy() -> Site:
    """An Italian pharmacy: all in the footer, between tax numbers."""
    foot = (
        "<footer><p>Farmacia San Giusto S.n.c. - Via dei Glicini 7 - 20121 Milano (MI) - Tel. 02 0000 4512 - P.IVA 00000000000 - "
        "info@farmaciasangiusto.example</p></footer>"
    )
    menu = nav(("/", "Home"), ("/chi-siamo", "Chi siamo"), ("/contatti", "Contatti"))
    return site(
        "italian_pharmacy", "Farmacia San Giusto", "farmaciasangiusto.example",
        {path: document("Farmacia San Giusto", menu + text + foot, "it")
         for path, text in (("/", "<h1>Farmacia San Giusto</h1>"), ("/ldn", "<p>Naltrexone a basso dosaggio</p>"),
                            ("/chi-siamo", "<p>Dal 1950</p>"), ("/contatti", "<form><input name=nome></form>"))},
        Truth(outcome="read", city="Milano", street="Via dei Glicini 7", postcode="20121", phones=("0200004512",),
              email="info@farmaciasangiusto.example"),
        country="Italy", kind="pharmacy",
    )  # fmt: skip


@kind
def dutch_pharmacy() -> Site:
    """A Dutch pharmacy, with a chamber's number and a postal box."""
    menu = nav(("/", "Home"), ("/over-ons", "Over ons"), ("/contact", "Contact"))
    contact = (
        "<h1>Contact</h1><p><strong>Bezoekadres</strong><br>Apotheek De Zilverberk<br>Berkenlaan 21<br>3511 AB Utrecht</p><p><strong>"
        "Postadres</strong><br>Postbus 99<br>3500 AA Utrecht</p><p>T 030 - 000 12 34<br>E balie@zilverberk.example</p><p>KvK 00000000</p>"
    )
    return site(
        "dutch_pharmacy", "Apotheek De Zilverberk", "zilverberk.example",
        {"/": document("Apotheek De Zilverberk", menu + "<h1>Apotheek De Zilverberk</h1>", "nl"),
         "/ldn": document("LDN", menu + "<p>Wij bereiden lage dosis naltrexon.</p>", "nl"),
         "/over-ons": document("Over ons", menu, "nl"), "/contact": document("Contact", menu + contact, "nl")},
        Truth(outcome="read", city="Utrecht", street="Berkenlaan 21", postcode="3511 AB", phones=("300001234",),
              email="balie@zilverberk.example"),
        country="Netherlands", kind="pharmacy",
    )  # fmt: skip


@kind
def portuguese_clinic() -> Site:
    """A Portuguese clinic with two places."""
    menu = nav(("/", "Início"), ("/contactos", "Contactos"))
    contact = (
        "<h1>Contactos</h1><h2>Sede</h2><p>Rua das Amoreiras 45<br>1250-020 Lisboa</p><p>Telefone: 210 000 456</p><h2>Porto</h2>"
        "<p>Rua do Pinhal 8<br>4000-123 Porto</p><p>Telefone: 220 000 457</p>"
    )
    return site(
        "portuguese_clinic", "Clínica das Amoreiras", "clinica-amoreiras.example",
        {"/": document("Clínica das Amoreiras", menu + "<h1>Clínica das Amoreiras</h1>", "pt"),
         "/ldn": document("LDN", menu + "<p>Naltrexona em baixa dose.</p>", "pt"),
         "/contactos": document("Contactos", menu + contact, "pt")},
        Truth(outcome="read", city="Lisboa", street="Rua das Amoreiras 45", postcode="1250-020", phones=("210000456", "220000457"),
              branches=("Porto",)),
        country="Portugal",
    )  # fmt: skip


@kind
def swedish_clinic() -> Site:
    """A Swedish clinic with an organisation number."""
    menu = nav(("/", "Hem"), ("/om-oss", "Om oss"), ("/kontakt", "Kontakta oss"))
    contact = "<h1>Kontakta oss</h1><p>Björkhaga Mottagning<br>Björkgatan 12<br>411 03 Göteborg</p><p>Tel 031-390 06 02</p><p>Org.nr 000000-0000</p>"
    return site(
        "swedish_clinic", "Björkhaga Mottagning", "bjorkhaga.example",
        {"/": document("Björkhaga Mottagning", menu + "<h1>Välkommen</h1>", "sv"),
         "/ldn": document("LDN", menu + "<p>Lågdos naltrexon</p>", "sv"), "/om-oss": document("Om oss", menu, "sv"),
         "/kontakt": document("Kontakt", menu + contact, "sv")},
        Truth(outcome="read", city="Göteborg", street="Björkgatan 12", postcode="411 03", phones=("313900602",)),
        country="Sweden",
    )  # fmt: skip


@kind
def norwegian_clinic() -> Site:
    """A Norwegian clinic; visitors and post have different addresses."""
    menu = nav(("/", "Forside"), ("/kontakt-oss", "Kontakt oss"), ("/om", "Om klinikken"))
    contact = (
        "<h1>Kontakt oss</h1><p>Besøksadresse: Havnegata 4, 0150 Oslo</p><p>Postadresse: Postboks 55, 0101 Oslo</p>"
        "<p>Telefon: 22 55 51 01</p><p>E-post: post@fjordklinikken.example</p>"
    )
    return site(
        "norwegian_clinic", "Fjordklinikken", "fjordklinikken.example",
        {"/": document("Fjordklinikken", menu + "<h1>Fjordklinikken</h1>", "no"),
         "/ldn": document("LDN", menu + "<p>Lavdose naltrexon</p>", "no"), "/kontakt-oss": document("Kontakt", menu + contact, "no"),
         "/om": document("Om", menu, "no")},
        Truth(outcome="read", city="Oslo", street="Havnegata 4", postcode="0150", phones=("22555101",),
              email="post@fjordklinikken.example"),
        country="Norway",
    )  # fmt: skip


@kind
def swiss_multilingual() -> Site:
    """A Swiss pharmacy in two languages; both name the same place."""
    german = nav(("/de", "Startseite"), ("/de/kontakt", "Kontakt"), ("/fr", "Français"))
    contact = "<p>Apotheke Silberhorn<br>Seegasse 9<br>8001 Zürich</p><p>Telefon 044 000 12 34</p>"
    french = "<p>Pharmacie Silberhorn<br>Seegasse 9<br>8001 Zurich</p><p>Téléphone 044 000 12 34</p>"
    return site(
        "swiss_multilingual", "Apotheke Silberhorn", "silberhorn.example",
        {"/": document("Apotheke Silberhorn", german + "<h1>Apotheke Silberhorn</h1>", "de"),
         "/de": document("Apotheke Silberhorn", german, "de"), "/ldn": document("LDN", german + "<p>niedrig dosiertes Naltrexon</p>", "de"),
         "/de/kontakt": document("Kontakt", german + contact, "de"),
         "/fr": document("Pharmacie", nav(("/fr/contact", "Contact")), "fr"), "/fr/contact": document("Contact", french, "fr")},
        Truth(outcome="read", city="Zürich", street="Seegasse 9", postcode="8001", phones=("440001234",)),
        country="Switzerland", kind="pharmacy",
    )  # fmt: skip


@kind
def uk_pharmacy() -> Site:
    """A British pharmacy: premises, and another registered office in the small print."""
    menu = nav(("/", "Home"), ("/contact-us", "Contact us"))
    foot = (
        "<footer><p>Rowan Bridge Pharmacy is a trading name of RB Health Ltd, company number 00000000. Registered office:"
        " 1 Ledger Court, London EC1A 1BB. Superintendent registered with the GPhC, premises number 0000000.</p></footer>"
    )
    contact = (
        "<h1>Contact us</h1><p>Rowan Bridge Pharmacy, 52 Weaver Street, Leeds LS1 4AP</p><p>Telephone 0113 496 0123</p>"
    )
    return site(
        "uk_pharmacy", "Rowan Bridge Pharmacy", "rowanbridge.example",
        {"/": document("Rowan Bridge Pharmacy", menu + "<h1>Rowan Bridge Pharmacy</h1>" + foot),
         "/ldn": document("LDN", menu + "<p>We dispense low dose naltrexone on prescription.</p>" + foot),
         "/contact-us": document("Contact us", menu + contact + foot)},
        Truth(outcome="read", city="Leeds", street="52 Weaver Street", postcode="LS1 4AP", phones=("1134960123",)),
        country="United Kingdom", kind="pharmacy",
    )  # fmt: skip


@kind
def irish_clinic() -> Site:
    """An Irish clinic with an Eircode."""
    menu = nav(("/", "Home"), ("/find-us", "Find us"))
    find = "<h1>Find us</h1><p>Hawthorn Clinic, 3 Quay Lane, Galway, H91 AB12</p><p>Ph: 020 910 0123</p>"
    return site(
        "irish_clinic", "Hawthorn Clinic", "hawthornclinic.example",
        {"/": document("Hawthorn Clinic", menu + "<h1>Hawthorn Clinic</h1>"), "/ldn": document("LDN", menu + "<p>Low dose naltrexone</p>"),
         "/find-us": document("Find us", menu + find)},
        Truth(outcome="read", city="Galway", street="3 Quay Lane", postcode="H91 AB12", phones=("209100123",)),
        country="Ireland",
    )  # fmt: skip


@kind
def australian_clinic() -> Site:
    """Rooms on a level of a building, and a number for the whole country."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    contact = (
        "<h1>Contact</h1><p>Banksia House Medical<br>Suite 5, Level 2<br>88 Wattle Street<br>Brisbane QLD 4000</p>"
        "<p>P 07 5550 1234<br>F 07 5550 1235</p><p>Crisis? Call Lifeline 13 11 14.</p>"
    )
    return site(
        "australian_clinic", "Banksia House Medical", "banksiahouse.example",
        {"/": document("Banksia House Medical", menu + "<h1>Banksia House Medical</h1>"),
         "/ldn": document("LDN", menu + "<p>Low dose naltrexone</p>"), "/contact": document("Contact", menu + contact)},
        Truth(outcome="read", city="Brisbane", street="Suite 5, Level 2, 88 Wattle Street", postcode="4000", phones=("755501234",)),
        country="Australia",
    )  # fmt: skip


@kind
def canadian_pharmacy() -> Site:
    """A Canadian pharmacy with a postal code and deliveries in its province."""
    menu = nav(("/", "Home"), ("/contact", "Contact"), ("/delivery", "Delivery"))
    return site(
        "canadian_pharmacy", "Maple Court Compounding", "maplecourtrx.example",
        {"/": document("Maple Court Compounding", menu + "<h1>Maple Court Compounding</h1>"),
         "/ldn": document("LDN", menu + "<p>Low dose naltrexone</p>"),
         "/delivery": document("Delivery", menu + "<p>We deliver throughout Ontario and ship to Manitoba.</p>"),
         "/contact": document("Contact", menu + "<p>Maple Court Compounding<br>210 Birch Avenue, Toronto, ON M5V 2T6</p><p>Tel: 416-555-0145</p>")},
        Truth(outcome="read", city="Toronto", street="210 Birch Avenue", postcode="M5V 2T6", phones=("4165550145",),
              serves=("CA-ON", "CA-MB"), ships=True),
        country="Canada", kind="pharmacy",
    )  # fmt: skip
