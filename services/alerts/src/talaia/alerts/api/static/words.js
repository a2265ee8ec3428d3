// How the page says things: the same words as the server's.

export const byId = (id) => document.getElementById(id);

export function span(ms) {
  const s = Math.max(Math.floor(ms / 1000), 0), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (s < 100) return `${s} s`;
  if (m < 100) return `${m} min`;
  if (h < 48) return m % 60 ? `${h} h ${m % 60} min` : `${h} h`;
  return h % 24 ? `${d} d ${h % 24} h` : `${d} d`;
}

export function left(ms) {
  return ms >= 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

export function say(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}
