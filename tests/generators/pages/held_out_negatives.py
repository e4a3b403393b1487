"""Pages without practitioners that no rule, weight or threshold is chosen on."""

from __future__ import annotations

from html import escape

from .negatives import DAYS, Scene, document, grid, negative


@negative
def restaurants(scene: Scene) -> str:
    """Places to eat, with address, telephone, hours and a price class."""
    items = "".join(
        f"<div class='place'><h3>The {escape(scene.stem())} Kitchen</h3><p>{scene.number(1, 99)} {escape(scene.stem())} Street, {escape(town.city)} {town.postcode}</p>"
        f"<p>{scene.phone()}</p><p>Soup, bread, fish. {'€' * scene.number(1, 3)} Tables from {scene.number(11, 18)}:00</p></div>"
        for town in (scene.town() for _ in range(scene.number(5, 12)))
    )
    return document(scene, f"Where to eat in {scene.town().city}", items)


@negative
def forum_threads(scene: Scene) -> str:
    """Threads with who began them, how many answers there are, and who wrote last."""
    rows = [
        (
            f"Has anybody mended a {scene.thing()}?",
            scene.person(),
            scene.number(0, 90),
            scene.number(10, 9000),
            f"{scene.person()}, {scene.day()}",
        )
        for _ in range(scene.number(8, 20))
    ]
    return document(scene, "Forum", grid(("Thread", "By", "Answers", "Views", "Last"), rows))


@negative
def class_schedule(scene: Scene) -> str:
    """Courses of a week: day, hour, what, who teaches it."""
    rows = [
        (day, f"{scene.number(8, 19)}:30", f"Weaving with the {scene.thing()}", scene.person())
        for day in DAYS
        for _ in range(2)
    ]
    return document(scene, "Timetable of classes", grid(("Day", "Time", "Class", "Teacher"), rows))


@negative
def statistics(scene: Scene) -> str:
    """Numbers by town and year."""
    rows = [
        (town.city, *(scene.number(100, 99_999) for _ in range(4)), f"{scene.number(0, 90)} %")
        for town in (scene.town() for _ in range(scene.number(8, 18)))
    ]
    return document(scene, "Figures by town", grid(("Town", "2027", "2028", "2029", "2030", "Change"), rows))


@negative
def supplier_cards(scene: Scene) -> str:
    """Firms that sell tools to the trade, with address, telephone, e-mail and what they sell."""
    items = "".join(
        f"<div class='card'><h4>{escape(scene.stem())} Tools</h4><p>{escape(scene.thing())}s, wholesale</p>"
        f"<p>{scene.number(1, 99)} {escape(scene.stem())} Yard<br>{escape(town.city)} {town.postcode}</p><p>{scene.phone()}<br>sales@tools{place}.example.com</p></div>"
        for place, town in enumerate(scene.town() for _ in range(scene.number(5, 10)))
    )
    return document(scene, "Suppliers of rope and iron", items)
