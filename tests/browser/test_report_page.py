"""The report in a real browser: figures, sorting, printing, accessibility."""

from itertools import pairwise

import pytest

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
    table = report.locator("#metrics ~ .scroll table").first
    names = column(table, 1)
    assert names[0] == "full-seed0"
    heading = table.get_by_role("columnheader", name="AuC raw")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    values = [float(text.split()[0]) for text in column(table, 3)]
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
    table = report.locator("#metrics ~ .scroll table").last
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


def test_it_prints(report, tmp_path):
    report.emulate_media(media="print")
    assert report.get_by_role("columnheader", name="AuC raw").first.is_visible()
    assert not report.get_by_role("navigation").is_visible()
    report.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 100_000
