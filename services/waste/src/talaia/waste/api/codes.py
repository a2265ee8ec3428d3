"""The stable codes of this API's own problem answers."""

from talaia.web.codes import Meaning

CODES = {
    "unreadable": Meaning(400, "the body, or this line of it, is not JSON"),
    "unknown_site": Meaning(404, "no configured catchment has this site or gauge"),
    "unknown_gauge": Meaning(404, "no configured catchment has this rain gauge"),
    "from_the_future": Meaning(409, "measured or issued after it came in: check the sender's clock and time zone"),
    "too_old": Meaning(409, "measured or issued too long ago to be kept"),
    "names_too_long": Meaning(409, "source, id and sensor together are too long, or site and sensor"),
    "time_range": Meaning(409, "a table of spills covers at most 366 days, from `start` to `end`"),
    "schema": Meaning(422, "a field is missing, or not of its type"),
    "unit": Meaning(422, "this quantity does not come in this unit"),
    "not_finite": Meaning(422, "the value is infinite, or no number"),
    "control_character": Meaning(422, "a name has control characters"),
    "too_many": Meaning(422, "more measurements or nowcasts than one request may have: send them in parts"),
}
