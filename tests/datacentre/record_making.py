"""Records of all kinds, for properties that hold of each."""

from hypothesis import strategies as st

from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon, Several, Track
from ilrs.datacentre.record import FileEntry, Record, Text
from ilrs.datacentre.rights import RightsStatement
from ilrs.foundation.errors import Finding

texts = st.sampled_from(["", "ridge", "Heat & dust", "Лунный свет", "月球科研站", "ＨＥＡＴ", "é",
                         "0", "a'b\"c\\\n\0", "Ёлка", "ridge ridge"])  # fmt: skip
lists = st.lists(texts, max_size=3).map(tuple)
instants = st.sampled_from(["", "1966", "1966-324", "2030-01-01T00:00:00Z",
                            "2030-06-30T23:59:60Z", "2030-01-01T00:00:00.25Z"])  # fmt: skip
measures = st.none() | st.floats(-1e300, 1e300)
places: st.SearchStrategy[Place | None] = st.sampled_from([
    None, Point(0, -90), Point(10.5, 3), Circle(170, -89.5, 0.2), Box(170, -80, -170, -70),
    Polygon((((0, -89), (90, -89), (180, -89), (270, -89), (0, -89)),)),
    Polygon((((0, 0), (10, 0), (10, 10), (0, 0)), ((4, 2), (6, 2), (6, 4), (4, 2)))),
    Track(((175, 0), (-175, 1), (-170, 5))),
    Several((Point(1, 1), Circle(0, 90, 3), Track(((0, 0), (1, 1))))),
])  # fmt: skip
findings = st.builds(
    Finding, file=texts, line=st.integers(0, 9), entity=texts, found=texts, possible=texts,
    mend=texts, severity=st.sampled_from(["error", "warning"]),
)  # fmt: skip
records = st.builds(
    Record,
    lidvid=st.sampled_from(["urn:ilrs:jdc:a::1.0", "urn:ilrs:jdc:a:b::1.10",
                            "urn:ilrs:jdc:a:b:c-1.tab::0.9"]),
    title=texts, description=texts, site=texts, partner=texts, mission=texts, instrument=texts,
    target=texts, texts=st.lists(st.builds(Text, st.sampled_from(["zh", "en"]), texts, texts),
                                 max_size=2).map(tuple),
    start_utc=instants, stop_utc=instants, received_utc=instants, withdrawn_utc=instants,
    publication_year=st.integers(0, 2030), science_fields=lists, keywords=lists, sources=lists,
    place=places, pixel_m=measures, sun_elevation_deg=measures, quarantined=st.booleans(),
    statements=st.lists(st.builds(RightsStatement, texts, texts, texts), max_size=2).map(tuple),
    attribution=texts,
    files=st.lists(st.builds(FileEntry, name=texts, size=st.integers(0, 2**40),
                             media_type=texts), max_size=3).map(tuple),
    findings=st.lists(findings, max_size=2).map(tuple),
)  # fmt: skip
