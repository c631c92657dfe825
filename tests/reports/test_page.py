"""The page, as text and as a real browser shows it."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from reports.content import Column, Finding, Report, Table
from reports.page import page
from reports.tones import Tone

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=2000",
)
HOSTILE = "</script></style><img src=x onerror=alert(1)>\"'{{ 7*7 }}"
MEASURE = """<script>
const charts = [...document.querySelectorAll("svg.chart:not(.sparkline)")].map(svg => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
  const leaves = box => box.left < frame.left - 1 || box.right > frame.right + 1
    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  // A line box is higher than its ink.
  const inks = texts.map(([text, box]) => [text, box.left, box.right,
    box.top + box.height * .2, box.bottom - box.height * .2]);
  const meet = (a, b) => a[1] < b[2] && b[1] < a[2] && a[3] < b[4] && b[3] < a[4];
  const touching = inks.flatMap((a, i) => inks.slice(i + 1).filter(b => meet(a, b)).map(b => a[0] + " | " + b[0]));
  const out = texts.filter(([_, box]) => leaves(box)).map(([text]) => text);
  return {chart: svg.getAttribute("class"), out, touching};
});
const wide = document.documentElement.scrollWidth;
document.body.innerHTML = "<pre id=measured></pre>";
document.getElementById("measured").textContent = JSON.stringify({charts, wide});
</script>"""


def asked_by_page(log: Path) -> set[str]:
    """What a page asked the network for; the browser's own requests have no initiator."""
    events = json.loads(log.read_text(encoding="utf-8", errors="replace"))["events"]
    requests = (event.get("params", {}) for event in events)
    return {
        request["url"]
        for request in requests
        if "initiator" in request and request["initiator"] != "not an origin" and not request["url"].startswith("file:")
    }


@pytest.fixture
def browse(needs: Callable[[str], str], tmp_path: Path) -> Callable[..., tuple[str, str, set[str]]]:
    """`browse(html)` gives what a real browser made of it, what its console said, what it asked the network for."""
    chromium = needs("chromium")

    def run(html: str, width: int = 1440) -> tuple[str, str, set[str]]:
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        log = tmp_path / "net.json"
        command = [
            chromium,
            *FLAGS,
            f"--user-data-dir={tmp_path}/profile",
            f"--log-net-log={log}",
            f"--window-size={width},2400",
        ]
        done = subprocess.run(
            [*command, "--dump-dom", f"file://{tmp_path}/page.html"],
            capture_output=True,
            text=True,
            check=True,
            timeout=400,
        )
        said = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
        return done.stdout, said, asked_by_page(log)

    return run


def test_the_same_report_gives_the_same_page(report: Report) -> None:
    assert page(report) == page(report)


def test_the_page_needs_nothing_but_itself(report: Report) -> None:
    shown = BeautifulSoup(page(report), "html.parser")

    assert shown.select("script, link, img, iframe, object, [style], [onload], [onclick]") == []
    assert {str(anchor["href"])[0] for anchor in shown.select("[href]")} == {"#"}
    assert "@import" not in page(report)
    assert re.findall(r"url\((?!#)", page(report)) == []


def test_every_link_leads_somewhere(report: Report) -> None:
    shown = BeautifulSoup(page(report), "html.parser")
    targets = {str(part["id"]) for part in shown.select("[id]")}

    assert {str(anchor["href"]).removeprefix("#") for anchor in shown.select("[href]")} <= targets


def test_hostile_text_stays_text(report: Report) -> None:
    finding = Finding(tone=Tone.BAD, title=HOSTILE, packet=HOSTILE, place=HOSTILE, clause=HOSTILE, note=HOSTILE)
    table = Table(name="t", title=HOSTILE, note=HOSTILE, columns=(Column(title=HOSTILE),), rows=((HOSTILE,),))
    hostile = replace(
        report, title=HOSTILE, findings=(finding,), tables=(table,), head=replace(report.head, classification=HOSTILE)
    )

    shown = BeautifulSoup(page(hostile), "html.parser")

    assert shown.select("script, img") == []
    assert len(shown.select("style")) == 1
    assert shown.select_one("td").get_text() == HOSTILE  # type: ignore[union-attr] # the table has a cell


def test_empty_unknown_and_numbers_are_set_as_the_look_says(report: Report) -> None:
    shown = BeautifulSoup(page(report), "html.parser")

    assert shown.select_one("#waves td.rest").get_text() == "–"  # type: ignore[union-attr] # checked by the comparison
    assert "unknown" in [cell.get_text() for cell in shown.select("#systems td.number")]
    assert "number" in shown.select("#waves th")[4]["class"]


def test_a_report_without_a_plan_says_what_to_run(report: Report) -> None:
    bare = replace(report, gantt=None, capacity=None, matrix=None, findings=(), tables=(), figures=())

    text = BeautifulSoup(page(bare), "html.parser").get_text()

    assert "qianyun plan make" in text
    assert "qianyun zone verify" in text


def test_the_browser_would_tell_of_a_request_and_a_complaint(browse: Callable[..., tuple[str, str, set[str]]]) -> None:
    _dom, said, asked = browse("<img src='http://127.0.0.1:9/x.png'><script>console.error('hm')</script>")

    assert "hm" in said
    assert asked == {"http://127.0.0.1:9/x.png"}


@pytest.mark.parametrize("width", [1440, 800])
def test_a_browser_shows_it_without_complaint_or_request(
    report: Report, browse: Callable[..., tuple[str, str, set[str]]], width: int
) -> None:
    dom, said, asked = browse(page(report), width)

    assert (said, asked) == ("", set())
    text = BeautifulSoup(dom, "html.parser").get_text()
    assert "第24批" in text
    assert "互联网区 → 政务外网区可达 tcp/1521" in text


@pytest.mark.parametrize("width", [1440, 800])
def test_in_a_browser_no_name_in_a_chart_is_cut_or_touches_another(
    report: Report, browse: Callable[..., tuple[str, str, set[str]]], width: int
) -> None:
    measuring = page(report).replace("</body>", MEASURE + "</body>")
    measuring = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]+>', "", measuring)

    dom, _said, _asked = browse(measuring, width)

    measured = json.loads(BeautifulSoup(dom, "html.parser").select_one("#measured").get_text())  # type: ignore[union-attr] # written by the script
    assert [chart["chart"] for chart in measured["charts"]] == ["chart gantt", "chart capacity", "chart matrix"]
    assert [(chart["out"], chart["touching"]) for chart in measured["charts"]] == [([], [])] * 3
    assert measured["wide"] <= width
