"""The stable codes of problem answers: `docs/reference/problems.md` is made from this and from each service's own."""

from typing import NamedTuple


class Meaning(NamedTuple):
    """With which status a code comes, and what it means for who asked."""

    status: int
    means: str


EVERYWHERE = {
    "bad_request": Meaning(400, "the request cannot be read"),
    "login_failed": Meaning(
        400, "a login was not begun here, took over ten minutes, or was refused by its provider: begin again"
    ),
    "unauthenticated": Meaning(401, "no valid key, token or session"),
    "forbidden": Meaning(403, "role or scope do not suffice; the detail names both"),
    "no_role": Meaning(403, "the token is valid, but its person has no role here"),
    "no_name": Meaning(403, "the token is valid, but has no name in the claim that the installation reads"),
    "csrf": Meaning(403, "a write of a browser session without its token: load the page anew"),
    "foreign_origin": Meaning(403, "a page of another origin tried to write"),
    "behind_proxy": Meaning(403, "an application without keys is for its own machine alone, and a proxy passed this on"),
    "not_found": Meaning(404, "there is no such thing, or the view has not seen it yet (`Talaia-Lag`)"),
    "unknown_cursor": Meaning(404, "the cursor is of another list: begin without one"),
    "method_not_allowed": Meaning(405, "this method is not possible here; `Allow` names those that are"),
    "not_acceptable": Meaning(406, "there is no answer of the type that `Accept` asks for"),
    "body_too_slow": Meaning(408, "the body took more than 30 s to come: send it in parts"),
    "precondition_failed": Meaning(412, "a condition of the request does not hold"),
    "body_too_large": Meaning(413, "send it in parts"),
    "unsupported_media_type": Meaning(415, "the body is of a type that is not taken here"),
    "wrong_host": Meaning(421, "an application without keys is open by the names of loopback only"),
    "invalid": Meaning(422, "the request breaks the rules of its address; `faults` says where"),
    "too_many_requests": Meaning(429, "wait as long as `Retry-After` says"),
    "too_many_streams": Meaning(429, "too many live streams or downloads are open: close some"),
    "internal": Meaning(500, "something failed inside; it was logged"),
    "bus_unavailable": Meaning(503, "Kafka does not take it now, so nothing is done for sure: send the same again"),
    "view_unavailable": Meaning(503, "the view cannot be read now: try again"),
    "login_unavailable": Meaning(503, "the login's provider does not answer; API keys and open sessions go on"),
    "refused": Meaning(400, "any other refusal; its status says which"),
}
