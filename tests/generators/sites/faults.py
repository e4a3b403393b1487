"""Sites that cannot be read, have gone, or say nothing."""

from __future__ import annotations

from . import LDN, Answer, Site, Truth, document, kind, nav, redirect, site

NOTHING = Answer(body=b"Not found", status=404)


@kind
def parked_domain() -> Site:
    """The domain is for sale; the broker's number is on the page."""
    body = (
        "<h1>elmgroveclinic.example is for sale</h1><p>This domain is parked. Buy this domain.</p><p>Call a broker: 480-555-0109</p>"
        "<ul><li><a href='/s?q=clinic'>Clinic</a></li><li><a href='/s?q=doctor'>Doctor near me</a></li></ul>"
    )
    page = document("elmgroveclinic.example", body)
    return site(
        "parked_domain",
        "Elm Grove Clinic",
        "elmgroveclinic.example",
        {"/": page, "/ldn": page},
        Truth(outcome="parked"),
    )


@kind
def cookie_wall() -> Site:
    """Nothing but a consent banner comes without a click; the banner's maker gives an address."""
    body = (
        "<div><h2>We value your privacy</h2><p>We use cookies. Accept all cookies or manage preferences.</p><button>Accept all</button>"
        "<p>Consent tool by Consenteo Inc., 9 Banner Street, Austin, TX 78701, 512-555-0177</p></div>"
    )
    page = document("Cookie consent", body)
    return site(
        "cookie_wall", "Alder Park Clinic", "alderpark.example", {"/": page, "/ldn": page}, Truth(outcome="unreadable")
    )


@kind
def script_only() -> Site:
    """The page is empty until its scripts run."""
    page = document(
        "Loading", '<div id="root"></div><script src="/app.js"></script><noscript>Enable JavaScript</noscript>'
    )
    return site(
        "script_only",
        "Sparrow Point Health",
        "sparrowpoint.example",
        {"/": page, "/ldn": page},
        Truth(outcome="unreadable"),
    )


@kind
def moved_redirect() -> Site:
    """Everything leads to another domain."""
    away = redirect("https://new-home.example/")
    other = document("New Home", "<h1>New Home</h1><p>1 New Road, Austin, TX 78701, 512-555-0133</p>" + LDN)
    return site(
        "moved_redirect", "Old Home Clinic", "old-home.example",
        {"/": away, "/ldn": away, "https://new-home.example/": other}, Truth(outcome="moved"),
    )  # fmt: skip


@kind
def gone_404() -> Site:
    """All pages are gone."""
    return site(
        "gone_404", "Vanished Clinic", "vanished.example", {"/": NOTHING, "/ldn": NOTHING}, Truth(outcome="gone")
    )


@kind
def ldn_no_longer() -> Site:
    """The clinic is well, but no page speaks of LDN."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    return site(
        "ldn_no_longer", "Quiet Brook Clinic", "quietbrook.example",
        {"/": document("Quiet Brook Clinic", menu + "<h1>Quiet Brook Clinic</h1>"), "/ldn": document("Acupuncture", menu + "<p>Needles</p>"),
         "/contact": document("Contact", menu + "<p>Quiet Brook Clinic<br>7 Reed Road<br>Salem, OR 97301</p><p>503-555-0114</p>")},
        Truth(outcome="silent", city="Salem", street="7 Reed Road", postcode="97301", phones=("5035550114",)),
    )  # fmt: skip


@kind
def frameset() -> Site:
    """A frameset of 1999 whose frames hold the pages."""
    frames = '<html><head><title>Cedar Lane Clinic</title></head><frameset cols="20%,80%"><frame src="/menu.html"><frame src="/main.html"></frameset></html>'
    main = document(
        "Cedar Lane Clinic",
        "<h1>Cedar Lane Clinic</h1><p>11 Cedar Lane<br>Waco, TX 76701<br>Phone: 254-555-0166</p>" + LDN,
    )
    return site(
        "frameset", "Cedar Lane Clinic", "cedarlane.example",
        {"/": frames, "/ldn": document("LDN", LDN), "/menu.html": document("Menu", nav(("/main.html", "Home"))), "/main.html": main},
        Truth(outcome="read", city="Waco", street="11 Cedar Lane", postcode="76701", phones=("2545550166",)),
    )  # fmt: skip


@kind
def text_in_images() -> Site:
    """The contacts are pictures."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    return site(
        "text_in_images", "Picture Perfect Clinic", "pictureperfect.example",
        {"/": document("Picture Perfect Clinic", menu + '<img src="/hero.jpg" alt="Hero">'), "/ldn": document("LDN", menu + LDN),
         "/contact": document("Contact", menu + '<img src="/contact.png" alt="contact details">')},
        Truth(outcome="read"),
    )  # fmt: skip


@kind
def pdf_only() -> Site:
    """The page links to a leaflet, which is a PDF file that cannot be read."""
    menu = nav(("/", "Home"), ("/contact.pdf", "Contact"))
    leaflet = Answer(body=b"%PDF-1.4\n%broken", headers={"Content-Type": "application/pdf"})
    return site(
        "pdf_only", "Leaflet Clinic", "leafletclinic.example",
        {"/": document("Leaflet Clinic", menu + "<h1>Leaflet Clinic</h1>" + LDN), "/ldn": document("LDN", menu + LDN), "/contact.pdf": leaflet},
        Truth(outcome="read"),
    )  # fmt: skip


@kind
def contact_form_only() -> Site:
    """A form, and nothing else."""
    menu = nav(("/", "Home"), ("/contact", "Contact"))
    form = (
        '<h1>Contact</h1><form><label>Name <input name=n></label><label>Phone <input name=p placeholder="555-555-0100"></label>'
        '<label>Address <input placeholder="123 Main Street, Anytown, TX 78701"></label><button>Send</button></form>'
    )
    return site(
        "contact_form_only", "Hidden Valley Clinic", "hiddenvalley.example",
        {"/": document("Hidden Valley Clinic", menu + "<h1>Hidden Valley Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/contact": document("Contact", menu + form)},
        Truth(outcome="read"),
    )  # fmt: skip


@kind
def robots_forbidden() -> Site:
    """robots.txt forbids everything."""
    page = document(
        "Private Clinic", "<h1>Private Clinic</h1><p>4 Wall Street, Austin, TX 78701, 512-555-0122</p>" + LDN
    )
    robots = Answer(body=b"User-agent: *\nDisallow: /\n", headers={"Content-Type": "text/plain"})
    return site(
        "robots_forbidden", "Private Clinic", "privateclinic.example", {"/robots.txt": robots, "/": page, "/ldn": page},
        Truth(outcome="refused"),
    )  # fmt: skip


@kind
def challenge_403() -> Site:
    """The site refuses programs."""
    wall = Answer(body=b"<title>Just a moment...</title>", status=403)
    return site(
        "challenge_403", "Walled Clinic", "walledclinic.example", {"/": wall, "/ldn": wall}, Truth(outcome="refused")
    )


@kind
def server_down() -> Site:
    """The server is broken today."""
    broken = Answer(body=b"Bad gateway", status=502)
    return site(
        "server_down", "Broken Clinic", "brokenclinic.example", {"/": broken, "/ldn": broken}, Truth(outcome="down")
    )


@kind
def meta_refresh() -> Site:
    """The front page leads on by a tag in its head; the menu is on the next one."""
    start = document(
        "Wren Clinic", "<a href='/en/home'>Enter</a>", head='<meta http-equiv="refresh" content="0; url=/en/home">'
    )
    menu = nav(("/en/home", "Home"), ("/en/contact", "Contact"))
    return site(
        "meta_refresh", "Wren Clinic", "wrenclinic.example",
        {"/": start, "/en/home": document("Wren Clinic", menu + "<h1>Wren Clinic</h1>"), "/ldn": document("LDN", menu + LDN),
         "/en/contact": document("Contact", menu + "<p>Wren Clinic<br>6 Nest Road<br>Boise, ID 83702<br>208-555-0188</p>")},
        Truth(outcome="read", city="Boise", street="6 Nest Road", postcode="83702", phones=("2085550188",)),
    )  # fmt: skip
