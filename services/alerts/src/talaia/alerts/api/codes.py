"""The stable codes of this API's own problem answers."""

from talaia.web.codes import Meaning

CODES = {
    "several_areas": Meaning(409, "one act belongs to one area, and these alarms are of several"),
    "key_reused": Meaning(409, "the Idempotency-Key belongs to another act: take a new one"),
    "time_range": Meaning(409, "figures of alarm load cover at most 31 days, from `since` to `until`"),
    "shift_range": Meaning(409, "a shift and the next one are at most 7 days each: `since` before now, `coming_until` after"),
    "not_signed": Meaning(
        409, "the signature breaks the rule that `detail` names: read the report again, or let another person sign"
    ),
    "too_many_subscriptions": Meaning(409, "there are 100 subscriptions: delete one that nobody needs"),
    "webhook_address": Meaning(409, "no webhook goes to this address; the detail says why and what to do"),
    "alert": Meaning(400, "alerts that were posted do not fit; the others were taken"),
    "matcher": Meaning(400, 'a filter cannot be read: name="value", with = != =~ or !~ between them'),
    "silence_area": Meaning(409, "a silence belongs to one area: name it by the matcher `area`"),
    "silence_refused": Meaning(409, "the silence breaks a rule; the detail says which, and what to do"),
    "version": Meaning(412, "the alarm has changed since: look at `present`, then decide again"),
}
