"""EPN-TAP: queries at once and as jobs, formats, what the service says of itself."""

import csv
import io
import re
import time

import httpx
import pytest
from lxml import etree

from ilrs.web.epn_core import COLUMNS
from tests.web.conftest import Ask
from tests.web.service_for_tests import RECORDS

SYNC = "/tap/sync"


def rows(ask: Ask, query: str, **more: str) -> list[list[str]]:
    params = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv", **more}
    response = ask(SYNC, params=params)
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text)))[1:]


def test_a_query_gives_every_version_in_order(ask: Ask) -> None:
    found = rows(ask, "SELECT granule_uid FROM ilrs.epn_core ORDER BY granule_uid")
    assert [row[0] for row in found] == sorted(r.lidvid for r in RECORDS if r.access == "open")


def test_values_are_those_of_the_record(ask: Ask) -> None:
    columns = "time_min, c1min, c2max, incidence_min, processing_level, access_estsize, s_region"
    where = "granule_uid = 'urn:ilrs:jdc:station:run:heat::1.0'"
    ((time_min, west, north, incidence, level, size, region),) = rows(
        ask, f"SELECT {columns} FROM ilrs.epn_core WHERE {where}"
    )
    # 2034-06-01T00:00Z is JD 2464114.5 (IAU SOFA cal2jd, by hand: 64.5 years after JD 2440587.5)
    assert (float(time_min), float(west), float(north)) == (2464114.5, 170.0, -50.0)
    assert (incidence, level, size) == ("", "5", "3")
    assert [float(x) for x in region.split()] == [170, -60, -170, -60, -170, -50, 170, -50]


def test_count_distinct_and_top(ask: Ask) -> None:
    assert rows(ask, "SELECT COUNT(*) AS n FROM ilrs.epn_core") == [["6"]]
    found = rows(ask, "SELECT DISTINCT instrument_host_name AS host FROM ilrs.epn_core")
    assert sorted(found) == [["ILRS"], ["LRO"]]
    assert len(rows(ask, "SELECT TOP 2 * FROM ilrs.epn_core")) == 2


def test_maxrec_cuts_and_says_so(ask: Ask) -> None:
    params = {"LANG": "ADQL", "QUERY": "SELECT granule_uid FROM epn_core", "MAXREC": "2"}
    text = ask(SYNC, params=params).text
    assert text.count("<TR>") == 2
    assert '<INFO name="QUERY_STATUS" value="OVERFLOW"/>' in text
    params["MAXREC"] = "6"
    assert "OVERFLOW" not in ask(SYNC, params=params).text


@pytest.mark.parametrize("form", ["votable", "csv", "tsv", "json"])
def test_each_format_holds_the_same_rows(ask: Ask, form: str) -> None:
    query = "SELECT granule_uid, c2max FROM ilrs.epn_core ORDER BY granule_uid"
    response = ask(SYNC, params={"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": form})
    expected = [r.lidvid for r in RECORDS if r.access == "open"]
    if form == "votable":
        table = etree.fromstring(response.content)
        found = table.xpath("//*[local-name()='TR']/*[1]/text()")
    elif form == "json":
        found = [row[0] for row in response.json()["data"]]
    else:
        lines = csv.reader(io.StringIO(response.text), delimiter="," if form == "csv" else "\t")
        found = [row[0] for row in list(lines)[1:]]
    assert found == sorted(expected)


def test_parameters_may_be_written_in_any_case_and_sent_with_post(ask: Ask) -> None:
    data = {"lang": "ADQL-2.0", "Query": "SELECT COUNT(*) FROM epn_core", "format": "text/csv"}
    assert ask(SYNC, method="POST", data=data).text.split() == ["count", "6"]


@pytest.mark.parametrize(
    ("where", "is_all"), [("time_min = 0", False), ("time_min < 100000", False),
                          ("time_min > 1", True)],
)  # fmt: skip
def test_times_before_all_years_are_compared(ask: Ask, where: str, is_all: bool) -> None:
    found = rows(ask, f"SELECT granule_uid FROM ilrs.epn_core WHERE {where}")
    known = rows(ask, "SELECT granule_uid FROM ilrs.epn_core WHERE time_min IS NOT NULL")
    assert found == (known if is_all else [])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"LANG": "ADQL"}, "QUERY is not given; QUERY holds the query in ADQL. Add QUERY."),
        ({"LANG": "SQL", "QUERY": "SELECT 1"},
         "LANG is 'SQL'; possible are ADQL, ADQL-2.0 and ADQL-2.1. Correct LANG."),
        ({"QUERY": "SELECT * FROM users"},
         "the query asks for the table 'users'; possible are ilrs.epn_core and "
         "tap_schema.schemas, tap_schema.tables, tap_schema.columns, tap_schema.keys, "
         "tap_schema.key_columns. Correct the query."),
        ({"QUERY": "SELECT * FROM tap_schema.columns WHERE description = randomblob(99999999)"},
         "the query has RANDOMBLOB(99999999); of TAP_SCHEMA plain comparisons, LOWER, UPPER and "
         "COUNT are asked. Correct the query."),
        ({"QUERY": "SELECT * FROM epn_core", "MAXREC": "-1"},
         "MAXREC is '-1'; possible is a whole number from 0 to 1000000000. Correct MAXREC."),
        ({"QUERY": "SELECT * FROM epn_core", "UPLOAD": "x,http://x"},
         "UPLOAD is given; tables are not uploaded here. Leave it out."),
    ],
)  # fmt: skip
def test_errors_are_votables(ask: Ask, params: dict[str, str], message: str) -> None:
    response = ask(SYNC, params=params)
    assert response.status_code == 400
    told = etree.fromstring(response.content).xpath("//*[local-name()='INFO']")[0]
    assert (told.get("value"), told.text) == ("ERROR", message)


def test_a_job_runs_and_is_its_makers(server: str) -> None:
    with httpx.Client(base_url=server, follow_redirects=False) as http:
        data = {"LANG": "ADQL", "QUERY": "SELECT COUNT(*) FROM epn_core", "FORMAT": "csv"}
        job = http.post("/tap/async", data=data).headers["location"]
        assert http.get(f"{job}/phase").text == "PENDING"
        http.post(f"{job}/phase", data={"PHASE": "RUN"})
        while (phase := http.get(f"{job}/phase").text) == "EXECUTING":
            time.sleep(0.02)
        assert phase == "COMPLETED"
        assert http.get(f"{job}/results/result").text.split() == ["count", "6"]
        others = http.get(job, headers={"Authorization": "Bearer esa"})
        assert others.status_code == 404
        assert job.rpartition("/")[2] not in http.get("/tap/async").text
        assert http.delete(job).status_code == 303
        assert http.get(job).status_code == 404


@pytest.mark.parametrize("wait", ["²", "-1", "1e9", "9" * 5000, "0.1.2", "٣", ""])
def test_a_job_is_shown_whatever_it_is_waited_for(server: str, wait: str) -> None:
    with httpx.Client(base_url=server, follow_redirects=False) as http:
        data = {"LANG": "ADQL", "QUERY": "SELECT COUNT(*) FROM epn_core"}
        job = http.post("/tap/async", data=data).headers["location"]
        found = http.get(job, params={"WAIT": wait})
        assert (found.status_code, "<uws:phase>PENDING<" in found.text) == (200, True)


def test_a_job_that_fails_says_why(server: str) -> None:
    with httpx.Client(base_url=server) as http:
        data = {"LANG": "ADQL", "QUERY": "SELECT x FROM epn_core", "PHASE": "RUN"}
        job = str(http.post("/tap/async", data=data, follow_redirects=True).url)
        for _ in range(200):
            if http.get(f"{job}/phase").text == "ERROR":
                break
            time.sleep(0.02)
        text = http.get(f"{job}/error").text
        assert re.search("the query selects the column 'x'; possible are granule_uid", text)


def test_what_it_says_of_itself_names_every_column(ask: Ask) -> None:
    told = etree.fromstring(ask("/tap/tables").content)
    path = (
        "//*[local-name()='table'][*[local-name()='name']='ilrs.epn_core']/*[local-name()='column']"
    )
    assert [c.findtext("{*}name") for c in told.xpath(path)] == list(COLUMNS)
    named = rows(ask, "SELECT column_name FROM TAP_SCHEMA.columns WHERE table_name = "
                      "'ilrs.epn_core' ORDER BY column_index")  # fmt: skip
    assert [row[0] for row in named] == list(COLUMNS)
    capabilities = ask("/tap/capabilities").text
    assert "ivo://ivoa.net/std/epntap#table-2.0" in capabilities
    assert ask("/tap/availability").text.count("<vosi:available>true") == 1


def test_the_examples_work(ask: Ask) -> None:
    page = etree.fromstring(ask("/tap/examples").content)
    for query in page.xpath("//*[@property='query']/text()"):
        assert ask(SYNC, params={"LANG": "ADQL", "QUERY": query}).status_code == 200
