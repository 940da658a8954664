// Small things every module needs: the words of the page, the two live regions, the layers of painted text.
// Words come from the server as JSON in #texts, so that the script holds no language of its own.

import { rangesOf } from './selection.js';

export const byId = (id) => document.getElementById(id);
export const article = byId('article');
export const canAnnotate = article !== null && article.dataset.can !== 'read';

const texts = JSON.parse(byId('texts')?.textContent || '{}');

/** The words for `name` in the page's language; `n` takes the place of {n}. */
export function text(name, n) {
  const words = texts[name] ?? name;
  return n === undefined ? words : words.replace('{n}', n);
}

/** Tell a screen reader, politely. */
export function say(words) {
  const status = byId('status');
  if (status) status.textContent = words;
}

/** An element with a class, words and children; the only way this script makes markup. */
export function make(tag, className, words = '', ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = words;
  element.append(...children);
  return element;
}

/** Show a trouble where it cannot be missed; `action` is [words, function] or null. `id` lets its owner clear it. */
export function alarm(id, words, action) {
  const place = byId('alert');
  if (!place) return;
  const box = make('div', 'alarm', '', make('p', '', words));
  box.dataset.alarm = id;
  const button = (name, className, run) => {
    const element = make('button', `button small ${className}`, name);
    element.type = 'button';
    element.addEventListener('click', run);
    box.append(element);
  };
  if (action) button(action[0], 'primary', action[1]);
  button(text('dismiss'), 'quiet', () => place.replaceChildren());
  place.replaceChildren(box);
}

export function calm(id) {
  const box = document.querySelector(`#alert > [data-alarm="${id}"]`);
  box?.remove();
}

// Painted text: short-lived layers above the article (kept pieces, unsaved marks). They are kept as offsets and drawn
// anew after each swap, because a swap may replace the text nodes under them.
const layers = new Map();

function draw(name) {
  if (!globalThis.Highlight || !article) return;
  const ranges = layers.get(name).flatMap(([start, end]) => rangesOf(article, start, end));
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

/** Paint [start, end] pairs (UTF-16, absolute) in the layer ::highlight(name); an empty list wipes it. */
export function paint(name, spans) {
  layers.set(name, spans);
  draw(name);
}

document.addEventListener('htmx:after:swap', () => { for (const name of layers.keys()) draw(name); });
