"""Pages belong together by who led to whom, whatever a server makes of its links."""

import pytest

from conformance.checks._example import BASE, exchange, numbered, operation, page
from conformance.checks._views import traverse, views
from conformance.checks.collections import (
    next_links_keep_base_and_filters,
    pages_cover_every_item_once,
    pages_end_when_the_items_do,
)
from conformance.interface.dialect import Dialect
from conformance.interface.pages import address, traversals
from conformance.model import Exchange, Finding, Witness

LINKS, HEADER = Dialect(style="next-in-body", next_at="/next"), Dialect(style="link-header")
THINGS = operation("listThings")


def shown(query: str, item: str, href: str | None, step: str = "limit=1", where: str = "/things") -> Exchange:
    return exchange(f"GET {where}?{query}", 200, {"items": [{"thingId": item}], "next": href}, name="listThings", step=step)


CHAINS = {
    "defaults spelt out": ("limit=1&colour=red&f=json&page=2", "/v1/things?limit=1&colour=red&f=json&page=2"),
    "another order": ("page=2&colour=red&limit=1", "?page=2&colour=red&limit=1"),
    "a token of a snapshot": ("limit=1&colour=red&page=2&snapshot=7", "things?limit=1&colour=red&page=2&snapshot=7"),
    "a filter in another spelling": ("limit=1&colour=%72ed&page=2", f"{BASE}/things?limit=1&colour=%72ed&page=2"),
    "nothing but a token": ("token=x", "HTTPS://SHOP.example:443/v1/./things?token=x"),
    "another path": ("limit=1", "/v1/things/page/2?limit=1"),
}


@pytest.mark.parametrize(("query", "href"), CHAINS.values(), ids=CHAINS)
def test_the_page_that_a_link_led_to_continues_the_traversal(query, href):
    where = "/things/page/2" if "page/2" in href else "/things"
    trace = numbered(shown("limit=1&colour=red", "a", href), shown(query, "b", None, where=where), shown("limit=1", "c", None))
    asked = LINKS.next_page(trace[0])
    assert asked is not None
    assert address(asked) == address(trace[1].request)
    first, other = views(THINGS, trace, LINKS)
    assert (first.query, first.path, len(first.items), first.complete) == ({"colour": "red"}, "/things", 2, True)
    assert len(other.items) == 1


@pytest.mark.parametrize(("query", "href"), CHAINS.values(), ids=CHAINS)
def test_such_pages_are_judged_as_one_collection(query, href):
    where = "/things/page/2" if "page/2" in href else "/things"
    small = [shown("limit=1&colour=red", "a", href), shown(query, "b", None, where=where)]
    whole = exchange("GET /things?limit=9&colour=red", 200, {"items": [{"thingId": "a"}, {"thingId": "b"}]}, step="limit=9")
    good = list(pages_cover_every_item_once.judge(THINGS, numbered(*small, whole), LINKS))
    assert [type(one) for one in good] == [Witness]
    lost = list(pages_cover_every_item_once.judge(THINGS, numbered(small[0], shown(query, "a", None, where=where), whole), LINKS))
    assert {one.message for one in lost if isinstance(one, Finding)} >= {"repeated"}


def test_equal_requests_of_other_steps_and_actors_are_others():
    href = "?token=x"
    trace = [shown("limit=1", "a", href), shown("token=x", "b", None, step="other"), shown("token=x", "c", None)]
    found = traversals(numbered(*trace), LINKS, lambda one: (one.step, one.request.target))
    assert [[one.number for one in pages] for pages in found.values()] == [[1, 3], [2]]


def test_two_traversals_may_lead_to_one_address():
    trace = numbered(
        shown("colour=red", "a", "?token=x"),
        shown("token=x", "b", None),
        shown("colour=blue", "c", "?token=x"),
        shown("token=x", "d", None),
    )
    found = traversals(trace, LINKS, lambda one: one.request.target)
    assert [[one.number for one in pages] for pages in found.values()] == [[1, 2], [3, 4]]


def test_a_page_that_leads_back_in_another_spelling_ends_the_traversal():
    script = traverse(THINGS, LINKS, THINGS.request(query={"colour": "red"}), step="s")
    assert next(script).target == "/things?colour=red&limit=200"
    with pytest.raises(StopIteration) as ended:
        script.send(shown("colour=red&limit=200", "a", "./things?%63olour=r%65d&limit=200"))
    assert len(ended.value.value) == 1


def test_links_of_a_header_are_followed_over_several_lines():
    lines = (("link", '</v1/things>; rel="self"'), ("link", '<?page=2>; title="a, <b>; rel=prev"; REL="Next last"'))
    one = exchange("GET /things", 200, page("a"))
    response = one.response
    assert response is not None
    two = Exchange(1, "", one.request, type(response)(200, (*response.headers, *lines), response.body), base_url=BASE)
    following = HEADER.next_page(two)
    assert following is not None
    assert following.target == "/things?page=2"


def test_a_link_that_says_more_than_was_asked_keeps_what_was_asked():
    href = "/v1/things?colour=red&f=json&limit=1&snapshot=7&page=2"
    first = shown("limit=1&colour=red", "a", href, step="query 1")
    onward = [shown(href.partition("?")[2], "b", None, step=step) for step in ("query 1", "query 1, by its link")]
    dialect = Dialect(style="next-in-body", next_at="/next")
    found = list(next_links_keep_base_and_filters.judge(THINGS, numbered(first, *onward), dialect))
    assert [type(one) for one in found] == [Witness]


@pytest.mark.parametrize("style", ["page", "offset"])
def test_what_is_inferred_from_numbers_says_nothing_of_the_last_page(style):
    """Twenty things, ten to a page: without a total nobody says that the second page is the last."""
    for total, failed in (("", False), ("/count", True)):
        dialect = Dialect(style=style, parameter=style, limit="size", first=1, total_at=total)
        places = ("1", "2", "3") if style == "page" else ("0", "10", "20")
        every = [{"thingId": f"t{n:02d}"} for n in range(20)]
        trace = numbered(
            exchange("GET /things?size=200", 200, {"items": every}, step="whole"),
            *(
                exchange(
                    f"GET /things?size=10&{style}={at}", 200, {"items": every[n * 10 : n * 10 + 10], "count": 30}, step="limit=10"
                )
                for n, at in enumerate(places)
            ),
        )
        found = [*pages_end_when_the_items_do.judge(THINGS, trace, dialect)]
        assert any(isinstance(one, Finding) and one.message == "beyond" for one in found) is failed
        assert any(isinstance(one, Witness) for one in found)


def test_a_page_number_that_is_none_is_no_fault_of_ours():
    dialect = Dialect(style="page", parameter="page", limit="size", total_at="")
    asked = exchange("GET /things?size=x&page=", 200, {"items": [{"thingId": "a"}]})
    following = dialect.next_page(asked)
    assert following is not None
    assert following.parameter("page") == "2"
