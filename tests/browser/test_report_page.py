"""The report in a real browser: figures, sorting, printing, accessibility."""

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import check_accessible, take_pictures

pytestmark = pytest.mark.browser


@pytest.fixture
def report(page, study):
    page.goto((study.folder / "results/report.html").as_uri())
    return page


def column(table, place):
    """The texts of a table's column."""
    return table.locator(f"tbody tr > :nth-child({place})").all_inner_texts()


def test_every_figure_is_drawn(report):
    broken = report.locator("img").evaluate_all(
        "all => Promise.all(all.map(i => i.decode().then(() => 0, () => 1)))"
    )
    assert len(broken) > 20
    assert not any(broken)
    assert report.locator("figure").count() == report.locator("figcaption").count()


def test_tables_sort_by_mouse_and_keyboard(report):
    table = report.locator("#metrics ~ .edges table").first
    names = column(table, 1)
    assert names[0] == "full-seed0"
    heading = table.get_by_role("columnheader", name="AuC raw")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    values = [float(text.strip("▲ ").split()[0]) for text in column(table, 3)]
    # Sorted by values, not by rounded texts: means over seeds have more digits.
    assert all(high > low - 0.1 for low, high in pairwise(values))
    assert values[0] == min(values) and values[-1] == 100
    heading.get_by_role("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(table, 1)[0] == "ground truth"
    # Sorting by another column; texts sort as texts.
    name = table.get_by_role("columnheader", name="name")
    name.get_by_role("button").press("Space")
    assert heading.get_attribute("aria-sort") == "none"
    assert column(table, 1) == sorted(names)


def test_what_was_not_measured_sorts_last(report):
    table = report.locator("#metrics ~ .edges table").last
    heading = table.get_by_role("columnheader", name="top 1")
    for _ in range(2):
        heading.get_by_role("button").click()
        values = column(table, 3)
        assert values[0] != "—"
        assert values[-1] == "—" or "—" not in values


def test_further_runs_open_on_a_click(report):
    assert not report.locator("details.run[open]").count()
    report.locator("#images ~ details.run summary").last.click()
    assert report.locator("#images ~ details.run img").last.is_visible()


def test_contents_lead_to_their_sections(report):
    report.get_by_role("navigation").get_by_role("link", name="Provenance").click()
    assert report.url.endswith("#provenance")
    assert report.get_by_role("heading", name="Provenance").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_everyone(report, scheme):
    report.emulate_media(color_scheme=scheme)
    check_accessible(report)


def test_it_looks_right_from_phone_to_wide(report):
    take_pictures(report, "report")


def test_the_first_screen_shows_colours(report):
    images = report.locator(".opening img")
    words = images.evaluate_all("all => all.map(i => i.alt)")
    for kind in ("gray", "colorized", "true"):
        assert sum(text.endswith(f", {kind}") for text in words) == len(words) / 3
    assert images.last.bounding_box()["y"] < 900


def test_a_shadow_shows_where_a_phone_can_scroll(report):
    report.set_viewport_size(dict(width=390, height=800))
    edges = report.locator("#metrics ~ .edges").first
    shadows = "e => [getComputedStyle(e, '::before').opacity > 0, getComputedStyle(e, '::after').opacity > 0]"

    def wait_for(expected):
        edges.scroll_into_view_if_needed()
        report.wait_for_function(
            f"([e, x]) => String(({shadows})(e)) === x",
            arg=[edges.element_handle(), expected],
        )

    wait_for("false,true")
    box = edges.locator(".scroll")
    box.evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    wait_for("true,false")
    box.evaluate("e => e.scrollTo(30, 0)")
    wait_for("true,true")


def lightness(chart):
    """The mean of the colours behind and in a chart, 0 to 255."""
    with Image.open(io.BytesIO(chart.screenshot())) as picture:
        return np.asarray(picture.convert("L")).mean()


def test_charts_are_dark_on_a_dark_page(report):
    chart = report.locator("figure.history img")
    chart.scroll_into_view_if_needed()
    assert lightness(chart) > 200
    report.emulate_media(color_scheme="dark")
    report.wait_for_timeout(100)
    assert lightness(chart) < 60


def test_numbers_stand_right_and_headings_are_short(report):
    table = report.locator("#metrics ~ .edges table").first
    assert (
        table.locator("td").nth(1).evaluate("e => getComputedStyle(e).textAlign")
        == "right"
    )
    lines = "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)"
    headings = report.locator("thead th")
    for i in range(headings.count()):
        if headings.nth(i).is_visible():
            assert headings.nth(i).evaluate(lines) < 3.2


def test_pages_lead_to_each_other(report):
    report.get_by_role("link", name="l2", exact=True).click()
    assert report.get_by_role("heading", level=1).inner_text().startswith("l2:")
    check_accessible(report)
    take_pictures(report, "card")
    report.get_by_role("link", name="Gallery").click()
    assert report.get_by_role("heading", name="Colorized images").is_visible()
    report.get_by_role("link", name="Report", exact=True).click()
    assert report.url.endswith("report.html")


def test_it_prints(report, tmp_path):
    opened = report.locator("details[open]")
    assert opened.count() == 0
    report.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.count() == report.locator("details.run").count() > 0
    report.emulate_media(media="print")
    assert report.get_by_role("columnheader", name="AuC raw").first.is_visible()
    assert not report.get_by_role("navigation").is_visible()
    # What is folded is not printed, not even its control.
    assert not report.get_by_text("All settings").first.is_visible()
    report.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 100_000
    report.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.count() == 0
