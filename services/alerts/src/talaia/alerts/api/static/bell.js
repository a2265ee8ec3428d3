// The bell: only what the worker announces rings, until somebody acknowledges; the button says in words whether it can.

import { byId, say, span } from "/static/words.js";

const SILENCE_MS = 120000;
const REPEAT_MS = { critical: 10000, high: 60000 };
const TONES = { critical: [880, 660, 880, 660], high: [740, 740], medium: [587] };

let audio = null, silentUntil = 0, standing = null;
const rung = new Map(); // alarm -> when it was announced, and when it rang here last

// Browsers want a gesture before a page may sound.
export function wake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().then(show);
}

export function silence() {
  const wasBlocked = byId("sound").dataset.state === "blocked";
  wake();
  if (!wasBlocked) silentUntil = silentUntil > performance.now() ? 0 : performance.now() + SILENCE_MS;
  show();
}

// Rings for the gravest row that was announced since the last look, or that still waits. Nothing rings on load.
export function ring(rows) {
  show();
  const first = standing === null;
  standing = new Set(rows.map((row) => row.dataset.alarm));
  for (const alarm of rung.keys()) if (!standing.has(alarm)) rung.delete(alarm);
  let gravest = null;
  for (const row of rows) {
    const { alarm, announced, priority } = row.dataset, waits = row.classList.contains("filled"), last = rung.get(alarm);
    const isNew = announced !== "" && announced !== last?.announced;
    if (!isNew && !(waits && performance.now() - (last?.at ?? 0) > (REPEAT_MS[priority] ?? Infinity))) continue;
    rung.set(alarm, { announced, at: performance.now() });
    if (first || !waits) continue;
    if (isNew) speak(row);
    if (TONES[priority] && TONES[priority].length > (TONES[gravest]?.length ?? 0)) gravest = priority;
  }
  if (gravest) tone(TONES[gravest]);
}

export function tone(notes) {
  const { dataset } = byId("sound");
  if (dataset.state !== "on") {
    dataset.missed = Number(dataset.missed) + 1;
    return;
  }
  dataset.rung = Number(dataset.rung) + 1;
  notes.forEach((pitch, place) => {
    const from = audio.currentTime + place * 0.22, voice = audio.createOscillator(), loud = audio.createGain();
    voice.frequency.value = pitch;
    loud.gain.setValueAtTime(0, from);
    loud.gain.linearRampToValueAtTime(0.25, from + 0.02);
    loud.gain.linearRampToValueAtTime(0, from + 0.18);
    voice.connect(loud).connect(audio.destination);
    voice.start(from);
    voice.stop(from + 0.2);
  });
}

function show() {
  const left = silentUntil - performance.now();
  const state = audio?.state !== "running" ? "blocked" : left > 0 ? "silent" : "on";
  byId("sound").dataset.state = state;
  const words = { on: "Sound on", blocked: "Sound blocked: turn on", silent: `Silent for ${span(left)}` };
  say(byId("sound").querySelector("span"), words[state]);
}

function speak(row) {
  const { priority } = row.dataset, [title, place] = [".title", ".where"].map((part) => row.querySelector(part).textContent.trim());
  if (priority === "critical" || priority === "high") say(byId("spoken"), `${priority}: ${title}, ${place}`);
}
