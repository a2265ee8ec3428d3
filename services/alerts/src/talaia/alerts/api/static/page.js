// Keeps the page up: what the server renders is put in place as it changes; acts are sent; new alarms ring.
// Without this script the page is whole, only older.

import { ring, silence, tone, wake } from "/static/bell.js";
import { byId, left, say, span } from "/static/words.js";

const LOST_AFTER_MS = 10000, ANSWER_WITHIN_MS = 5000, HOUR_MS = 3600000;
const address = new URL(location.href);

// ---- the time of the view, not of this computer

const started = performance.now();
let heard = null, aliveAt = null;

function viewNow() {
  const board = byId("board"), from = heard ? heard.now : board.dataset.now;
  const passed = board.dataset.clock === "replay" ? 0 : performance.now() - (aliveAt ?? started);
  return Date.parse(from) + passed;
}

function tick() {
  const now = viewNow();
  for (const node of document.querySelectorAll("[data-since]")) say(node, span(now - Date.parse(node.dataset.since)));
  for (const node of document.querySelectorAll("[data-left]")) {
    say(node, left(Date.parse(node.dataset.left) - now));
  }
  ages();
  contact();
  ring(rows());
}

function ages() {
  if (!heard) return;
  const passed = heard.clock === "replay" ? 0 : performance.now() - aliveAt;
  for (const feed of heard.feeds) {
    const node = document.querySelector(`[data-feed="${CSS.escape(`${feed.area}/${feed.source}`)}"] b`);
    const age = feed.age_s * 1000 + passed;
    say(node, (age > feed.limit_s * 1000 ? "silent " : "") + span(age));
  }
  const waited = heard.judging_s && heard.judging_s * 1000 + performance.now() - aliveAt;
  say(document.querySelector("#feed-worker b"), waited === null ? "not known" : span(waited));
  say(document.querySelector("#feed-view b"), span(heard.lag_s * 1000 + performance.now() - aliveAt));
}

// ---- contact

function contact() {
  const quiet = performance.now() - (aliveAt ?? started);
  const is = quiet > LOST_AFTER_MS ? "lost" : aliveAt === null ? "none" : "held", was = document.body.dataset.contact;
  if (is === "lost") say(byId("lost"), `LOST CONTACT for ${span(quiet)}. Nothing below is newer; acts are off until it is back.`);
  if (is === was) return;
  document.body.dataset.contact = is;
  byId("lost").hidden = is !== "lost";
  disable();
  if (is === "lost") tone([220, 165]);
}

function disable() {
  const lost = document.body.dataset.contact === "lost", shown = byId("head")?.dataset.alarm === address.searchParams.get("alarm");
  for (const button of document.querySelectorAll("#acts button")) button.inert = lost || !shown;
}

let source = null, pause = 1000;

function listen() {
  source = new EventSource("/v1/alarms/events");
  source.addEventListener("snapshot", (event) => JSON.parse(event.data).last && renew());
  source.addEventListener("changed", renew);
  source.addEventListener("alive", (event) => {
    const before = heard;
    heard = JSON.parse(event.data);
    aliveAt = performance.now();
    pause = 1000;
    if (document.body.dataset.contact === "lost" || !before || marks(before) !== marks(heard)) renew();
    tick();
  });
  source.onerror = () => {
    source.close(); // a refused stream would never come back by itself
    session();
    setTimeout(listen, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, 10000);
  };
}

// Says so when the session is over: a refused stream does not tell why.
async function session() {
  const over = byId("over");
  if (!over) return;
  try {
    const answer = await fetch("/v1/summary", { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    over.hidden = answer.status !== 401;
    over.querySelector("a").href = `/login?${new URLSearchParams({ back: address.pathname + address.search })}`;
  } catch { /* the contact says it */ }
}

// what the server must draw anew: who is silent, whether view or worker lags; in a replay also the time
function marks(said) {
  const silent = said.feeds.map((feed) => `${feed.area}/${feed.source} ${feed.age_s > feed.limit_s}`).join();
  return `${silent} ${said.lag_s > 10} ${said.error} ${said.judging_s === null ? "unknown" : said.judging_s > 10} ${said.clock === "replay" ? said.now : ""}`;
}

// ---- the page as the server renders it

let renewing = false, again = false;

async function renew() {
  if (renewing) { again = true; return; }
  renewing = true;
  try {
    const answer = await fetch(`/page/board${address.search}`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
      fresh.querySelector("#said")?.replaceChildren(byId("said")?.textContent ?? "");
      put(byId("board"), fresh);
      tick();
      shown();
    }
  } catch { /* the contact says it */ }
  await new Promise((done) => setTimeout(done, 200)); // a flood costs five pages a second, not a page an alarm
  renewing = false;
  if (again) { again = false; renew(); }
}

// Makes `old` like `fresh`, keeping every node that can stay: focus, typing and scrolling survive.
function put(old, fresh) {
  if ("keep" in old.dataset) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  let next = old.firstChild;
  for (const node of [...fresh.childNodes]) {
    const known = node.id ? [...old.children].find((child) => child.id === node.id) : null;
    if (known && known !== next) old.insertBefore(known, next);
    const here = known ?? next;
    if (here && (known || (!here.id && here.nodeName === node.nodeName))) {
      if (here.nodeType === Node.TEXT_NODE) say(here, node.textContent); else if (here.dataset) put(here, node);
      next = here.nextSibling;
    } else {
      old.insertBefore(document.importNode(node, true), next);
    }
  }
  while (next) { const gone = next; next = next.nextSibling; gone.remove(); }
}

function shown() {
  const chosen = byId("head")?.dataset.alarm;
  if (chosen && !address.searchParams.has("alarm")) pin(chosen);
  disable();
  const waiting = document.querySelectorAll("#rows tr.filled").length;
  document.title = waiting ? `(${waiting}) Talaia alarms` : "Talaia alarms";
}

// ---- choosing

const rows = () => [...document.querySelectorAll("#rows tr")];

// What is chosen stays chosen, whatever comes: nobody acknowledges what has slipped under the hand.
function pin(alarm) {
  address.searchParams.set("alarm", alarm);
  for (const became of ["act", "refused"]) address.searchParams.delete(became);
  history.replaceState(null, "", address);
}

function choose(row) {
  if (!row) return;
  for (const other of rows()) other.classList.toggle("chosen", other === row);
  row.scrollIntoView({ block: "nearest" });
  pin(row.dataset.alarm);
  disable();
  say(byId("said"), "");
  renew();
}

function move(by) {
  const all = rows(), at = all.findIndex((row) => row.classList.contains("chosen"));
  choose(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("#rows tr, #urgent a");
  const listed = row && byId(`alarm-${row.dataset.alarm}`);
  if (!listed || event.ctrlKey || event.metaKey) return; // what is in another list is for the browser to open
  event.preventDefault();
  choose(listed);
  if (matchMedia("(max-width: 1100px)").matches) byId("detail").scrollIntoView(); // there it stands below the list
});

// ---- acting

document.addEventListener("submit", async (event) => {
  if (!event.target.dataset.verb) return; // logging out is for the browser
  event.preventDefault();
  const form = event.target, fields = Object.fromEntries(new FormData(form));
  const { alarm, version, text, reason, hours } = fields, words = {};
  if (text) words.text = text;
  if (reason) words.reason = reason;
  if (hours) words.until = new Date(Date.parse(byId("board").dataset.now) + hours * HOUR_MS).toISOString(); // by the page's clock, not this machine's
  const said = await act(form.dataset.verb, alarm, version, words);
  if (said.startsWith("Done")) form.reset();
});

// Of the row that is marked, even while its detail is still on its way.
function acknowledge() {
  const row = rows().find((row) => row.classList.contains("chosen")) ?? byId("head");
  if (byId("acts") && row?.dataset.waits === "true") act("acknowledge", row.dataset.alarm, row.dataset.version);
}

async function act(verb, alarm, version, words = {}) {
  if (document.body.dataset.contact === "lost") return "";
  say(byId("said"), "Sending ...");
  const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  if (version) headers["If-Match"] = `"${version}"`;
  if (byId("board").dataset.csrf) headers["X-CSRF-Token"] = byId("board").dataset.csrf;
  const request = { method: "POST", headers, body: JSON.stringify({ verb, alarms: [alarm], ...words }) };
  const said = await send("/v1/acts", request);
  say(byId("said"), said);
  renew();
  return said;
}

async function send(path, request, tries = 3) {
  try {
    const answer = await fetch(path, { ...request, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return outcome(answer.status, await answer.json());
  } catch {
    return tries > 1 ? send(path, request, tries - 1) : "Not sent: no answer. Nothing is queued; please try again.";
  }
}

function outcome(status, said) {
  if (status === 412) return "Not done: the alarm has changed since. Look again, then decide.";
  if (status === 401) session();
  if (status >= 400) return `Not done: ${said.detail}`;
  if (said.state === "pending") return "Sent, not confirmed yet.";
  const { refused, answer } = said.verdicts[0];
  if (refused) return `Refused: ${refused.replaceAll("_", " ")}.`;
  return answer ? `Done: ${answer.replaceAll("_", " ")}.` : "Done.";
}

// ---- keys

const KEYS = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  Home: () => move(-Infinity), End: () => move(Infinity),
  u: () => choose(rows().find((row) => row.classList.contains("filled") && !row.classList.contains("chosen"))),
  a: acknowledge, c: () => byId("text")?.focus(), z: silence,
};

document.addEventListener("keydown", (event) => {
  wake();
  if (event.target.matches("input")) { if (event.key === "Escape") event.target.blur(); return; }
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});

byId("tools").hidden = false;
byId("sound").addEventListener("click", silence);
document.addEventListener("pointerdown", (event) => byId("sound").contains(event.target) || wake());
wake();
shown();
tick();
setInterval(tick, 1000);
listen();
