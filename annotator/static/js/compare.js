// The comparing views: keys from event to event and from column to column, and choosing two
// passages for a relation. Everything here can be done without it, with links and plain forms.

import { onKey } from "./keys.js";

const root = document.documentElement;
root.classList.add("scripted");

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// ---- where one stands: an event row and a column

let column = 0;

const rows = () => $$(".event-row");
const here = () => $(".event-row.here");
let place = null; // the id of the row where one stands: the row itself may be drawn anew

function enter(row) {
  here()?.classList.remove("here");
  row.classList.add("here");
  place = row.id;
  tell(row);
}

function stand(row, { focus = true } = {}) {
  if (!row) return;
  enter(row);
  const link = $(".event-head a", row);
  if (focus) link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  remember(`e-${row.dataset.event}`);
}

// The address keeps the place, so that Back comes back to it.
function remember(id) {
  history.replaceState(history.state, "", `#${id}`);
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function nearest() {
  const box = $(".grid-scroll");
  const top = (box ? Math.max(box.getBoundingClientRect().top, 0) : 0) + 60;
  return rows().find((row) => row.getBoundingClientRect().bottom > top + 20);
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const now = here();
  const from = now ? all.indexOf(now) : all.indexOf(nearest()) - (by > 0 ? 1 : 0);
  stand(all[Math.min(Math.max(from + by, 0), all.length - 1)]);
}

function aside(by) {
  const heads = $$(".grid > thead th[data-column]");
  if (!heads.length) return;
  column = Math.min(Math.max(column + by, 0), heads.length - 1);
  const row = here() ?? nearest();
  const cell = row && $$(".cell", row)[column];
  if (!cell) return;
  if (!here()) enter(row);
  const target = $("a, button", cell) ?? cell;
  if (target === cell) cell.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// ---- on a phone: one event at a time, with the place in the list

function tell(row) {
  const where = $("#where");
  if (!where) return;
  const all = rows();
  where.textContent = `${all.indexOf(row) + 1} / ${all.length}`;
}

// ---- two passages and what the first says to the second

const form = $("#relate");
let chosen = [];

function pick(button) {
  const id = button.dataset.pick;
  if (chosen.some((one) => one.dataset.pick === id && one.isConnected)) {
    chosen = chosen.filter((one) => one.dataset.pick !== id);
  } else {
    if (chosen[0] && chosen[0].dataset.event !== button.dataset.event) chosen = [];
    chosen = [...chosen, button].slice(-2);
  }
  show();
}

function words(button) {
  const text = button?.closest(".passage")?.querySelector("mark")?.textContent ?? "";
  return text.length > 90 ? `${text.slice(0, 88)}…` : text;
}

function show() {
  if (!form) return;
  for (const button of $$("[data-pick]")) {
    const on = chosen.includes(button);
    button.setAttribute("aria-pressed", String(on));
    button.closest(".passage").classList.toggle("chosen", on);
  }
  form.hidden = chosen.length === 0;
  const [from, to] = chosen;
  const hint = form.dataset.hint ?? $("[data-end=to]", form).textContent;
  form.dataset.hint = hint;
  $("[data-end=from]", form).textContent = words(from);
  $("[data-end=to]", form).textContent = to ? words(to) : hint;
  $("[data-end=to]", form).classList.toggle("muted", !to);
  for (const button of $$("[name=kind]", form)) button.disabled = !to;
  if (!to) return;
  const address = `${form.dataset.base}/${from.dataset.event}/relations`;
  form.action = address;
  form.setAttribute("hx-post", address);
  form.elements.from.value = from.dataset.pick;
  form.elements.to.value = to.dataset.pick;
  form.elements.key.value = crypto.randomUUID();
  const asked = $("#view [data-query]");
  if (asked) form.elements.query.value = asked.dataset.query;
}

function drop() {
  const last = chosen.at(-1);
  chosen = [];
  if (form) {
    form.elements.aspect.value = "";
    form.elements.comment.value = "";
  }
  show();
  if (!last) return;
  // The row may have been drawn anew: the same passage there takes the focus.
  const row = document.getElementById(`e-${last.dataset.event}`);
  $(`[data-passage="${last.dataset.pick}"] .quote a`, row ?? document)?.focus({ preventScroll: true });
}

// ---- what others say: light the counterparts of a passage

function light(passage, on) {
  const ids = $$("[data-hot]", passage).map((link) => link.dataset.hot);
  for (const id of ids) document.getElementById(id)?.classList.toggle("lit", on);
}

for (const [kind, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(kind, (event) => {
    const passage = event.target instanceof Element && event.target.closest(".passage");
    if (passage && !passage.contains(event.relatedTarget)) light(passage, on);
  });
}

// ---- listeners

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (button) pick(button);
  if (event.target.closest("[data-cancel]")) drop();
  const by = event.target.closest("[data-step]");
  if (by) step(Number(by.dataset.step));
  const passage = event.target.closest(".passage");
  if (passage && event.target.closest(".quote a")) remember(passage.id);
});

onKey((event) => {
  if (event.code !== "Escape") return act(event);
  const open = $(".facet[open]");
  if (!chosen.length && !open) return false;
  if (open) closeFacets();
  else drop();
  return true;
});

function act(event) {
  const keys = {
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    BracketLeft: () => aside(-1),
    BracketRight: () => aside(1),
    KeyR: () => {
      const passage = event.target.closest?.(".passage");
      const button = passage && $("[data-pick]", passage);
      if (button) pick(button);
      return Boolean(button);
    },
  };
  const digit = /^Digit([1-9])$/.exec(event.code);
  if (digit && chosen.length === 2) {
    $(`[data-key="${digit[1]}"]`, form)?.click();
    return true;
  }
  const wanted = keys[event.code];
  return wanted ? wanted() !== false : false;
}

function closeFacets(but = null) {
  for (const facet of $$(".facet[open]")) if (facet !== but) facet.open = false;
}

document.addEventListener("pointerdown", (event) => {
  if (event.target instanceof Element) closeFacets(event.target.closest(".facet"));
});
document.addEventListener("toggle", (event) => {
  if (event.target instanceof Element && event.target.matches?.(".facet") && event.target.open) closeFacets(event.target);
}, true);

document.addEventListener("focusin", (event) => {
  const row = event.target instanceof Element && event.target.closest(".event-row");
  if (!row) return;
  if (row !== here()) enter(row);
  const cell = event.target.closest(".cell");
  if (cell) column = $$(".cell", row).indexOf(cell);
});

// A saved relation brings its row anew; the choice is done. A refused one stays as it was.
document.addEventListener("htmx:finally:request", (event) => {
  const source = event.detail?.ctx?.sourceElement ?? event.target;
  if (source === form && event.detail?.ctx?.response?.raw?.ok) drop();
});
document.addEventListener("htmx:after:swap", () => {
  const again = place && !here() && document.getElementById(place);
  if (again) enter(again);
  chosen = chosen.map((one) => $(`[data-pick="${one.dataset.pick}"][data-event="${one.dataset.event}"]`)).filter(Boolean);
  show();
  count();
  first();
});

// The number beside a filter's name follows its boxes.
function count() {
  for (const facet of $$(".facet")) {
    const number = $$("input:checked", facet).length;
    const summary = $("summary", facet);
    let badge = $("b", summary);
    if (number && !badge) {
      badge = document.createElement("b");
      summary.append(" ", badge);
    }
    if (badge) badge.textContent = number || "";
    facet.toggleAttribute("data-on", number > 0);
  }
}
document.addEventListener("change", count);
count();

const target = document.getElementById(decodeURIComponent(location.hash.slice(1)) || "main");
const start = target?.closest(".event-row") ?? null;
if (start) {
  enter(start);
  target.scrollIntoView({ block: "start" });
} else {
  first();
}

// On a phone the filters are folded until they are asked for.
if (matchMedia("(width <= 48rem)").matches) $(".folded")?.removeAttribute("open");

// A phone shows the event where one stands, so there is always one.
function first() {
  const row = here() ?? rows()[0];
  if (!row) return;
  if (matchMedia("(width <= 48rem)").matches) enter(row);
  else tell(row);
}
