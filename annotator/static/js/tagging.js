// Tagging what is selected: the bar at the bottom of the window, the number keys, and pieces kept for an interrupted quote.
// Nothing is ever tagged by selecting alone, because on a phone people still move the handles. After tagging the selection
// stays, so that a second key gives the same passage a second tag.

import { article, byId, paint, say, text } from './page.js';
import { onKey } from './keys.js';
import { create } from './saving.js';
import { fragmentOf, keep, merge } from './selection.js';

const bar = byId('tagbar');
const SETTLE = 250; // ms without change before the bar follows a selection made by touch or keys

let kept = []; // fragments put aside with "+"
let last = null; // what the bar was shown for; a tap on the bar may already have taken the selection away
let timer = 0;

function present() { return fragmentOf(document.getSelection(), article); }

function same(a, b) { return a?.start === b?.start && a?.end === b?.end; }

/** Show or hide the bar for what is selected now; above the text instead when it would cover the selection. */
function follow() {
  clearTimeout(timer);
  const fragment = present();
  if (!same(fragment, last)) for (const button of bar.querySelectorAll('.done')) button.classList.remove('done');
  last = fragment;
  const shown = !bar.hidden;
  bar.hidden = !fragment && !kept.length;
  if (fragment && !shown) {
    const box = document.getSelection().getRangeAt(0).getBoundingClientRect();
    const height = bar.offsetHeight + 24;
    bar.classList.toggle('up', box.bottom > innerHeight - height && box.top > height * 2);
  }
}

function setKept(fragments) {
  kept = fragments;
  paint('held', kept.map(({ start, end }) => [start, end]));
  const pieces = byId('pieces');
  if (pieces) pieces.textContent = kept.length ? text('pieces', kept.length) : '';
  follow();
}

function keepPiece() {
  const fragment = present() ?? last;
  if (!fragment) return say(text('nothing'));
  return setKept(merge([...kept, fragment], article));
}

function tag(button) {
  const fragment = present() ?? last;
  const fragments = merge(fragment ? [...kept, fragment] : kept, article);
  if (!fragments.length) return say(text('nothing'));
  create({
    tag: button.dataset.tag,
    fragments: fragments.map(({ start, end }) => [start, end]),
    quote: fragments.map(({ quote }) => quote).join(' … '),
  });
  if (kept.length) setKept([]);
  button.classList.add('done');
  return true;
}

/** The tag button that a key stands for: a digit, or the letter's place on the keyboard. */
function buttonOf({ code }) {
  const digit = code.match(/^(?:Digit|Numpad)([1-9])$/)?.[1];
  return bar.querySelector(digit ? `[data-key="${digit}"]` : `[data-code="${CSS.escape(code)}"]`);
}

export function startTagging() {
  if (!bar) return;
  // A press on a button must not take the selection from the text.
  bar.addEventListener('pointerdown', (event) => event.preventDefault());
  bar.addEventListener('mousedown', (event) => event.preventDefault());
  bar.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button?.dataset.tag) tag(button);
    else if (button && 'piece' in button.dataset) keepPiece();
  });
  document.addEventListener('selectionchange', () => {
    clearTimeout(timer);
    timer = setTimeout(follow, SETTLE);
  });
  document.addEventListener('pointerup', (event) => {
    if (event.pointerType === 'mouse' && !bar.contains(event.target)) setTimeout(follow);
  });
  onKey((event) => {
    if (event.repeat || event.shiftKey || !(present() || kept.length)) return false;
    const button = buttonOf(event);
    if (button) tag(button);
    return Boolean(button);
  });
  onKey((event) => {
    const isPlus = event.code === 'NumpadAdd' || event.code === 'Equal';
    if (!isPlus || !(present() || kept.length)) return false;
    keepPiece();
    return true;
  });
  // Swaps replace text nodes; whoever is selecting must not notice.
  let restore = () => {};
  document.addEventListener('htmx:before:swap', () => { restore = keep(document.getSelection(), article); });
  document.addEventListener('htmx:after:swap', () => { restore(); restore = () => {}; });
}

/** One step back: give up kept pieces, else the selection. False when there is neither. */
export function stepBack() {
  if (!bar) return false;
  if (kept.length) { setKept([]); return true; }
  if (!present()) return false;
  document.getSelection().removeAllRanges();
  follow();
  return true;
}
