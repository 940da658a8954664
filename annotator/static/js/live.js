// What colleagues do appears by itself, but never under one's hands. The stream only says which rows changed; they are asked
// for with the filters of this very page. A row that holds the focus, the selection or the open editor waits, and offers
// itself by a quiet button instead. The stream's last number is sent on reconnecting, so nothing is missed in between.

import { article, make, say, text } from './page.js';
import { fragmentOf } from './selection.js';

const CLIENT = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
const GATHER = 150; // ms: several changes in a row are one request
const AT_ONCE = 200; // rows in one request
const TELL = 20_000; // ms between two announcements
const AGAIN = 5_000; // ms before another attempt when the stream could not be opened at all

const arrived = new Set(); // row numbers heard of, not yet sorted into busy and free ones
const wanted = new Set(); // row numbers to ask for
let last = 0; // the stream's last number
let asking = false;
let timer = 0;
let unheard = 0;

function isBusy(row) {
  if (row.contains(document.activeElement) || row.querySelector('.anchor, details[open]')) return true;
  const fragment = fragmentOf(document.getSelection(), article);
  return Boolean(fragment?.pieces.some(({ para }) => row.contains(para)));
}

function offer(row) {
  if (row.querySelector('.changed-row')) return;
  const button = make('button', 'button quiet small changed-row', text('changed'));
  button.type = 'button';
  button.addEventListener('click', () => { button.blur(); ask([row.dataset.row]); });
  row.append(button);
}

function address(numbers) {
  const query = new URLSearchParams(location.search);
  query.set('n', numbers.join(','));
  return `${article.dataset.rows ?? `${location.pathname}/rows`}?${query}`;
}

async function ask(numbers) {
  for (const number of numbers) wanted.add(Number(number));
  if (asking) return;
  asking = true;
  while (wanted.size) {
    const some = [...wanted].slice(0, AT_ONCE);
    for (const number of some) wanted.delete(number);
    try { await htmx.ajax('GET', address(some), { source: '#live-rows', swap: 'none' }); } catch { break; }
  }
  asking = false;
}

function settle(numbers) {
  const free = [];
  for (const number of numbers) {
    const row = document.getElementById(`r-${number}`);
    if (row && isBusy(row)) offer(row);
    else if (row) free.push(number);
  }
  if (free.length) ask(free);
}

function onRow({ detail }) {
  const change = JSON.parse(detail.data || '{}');
  last = Math.max(last, change.seq ?? 0);
  if (change.by === CLIENT || change.article !== article.dataset.article) return;
  unheard += 1;
  for (const number of change.rows ?? []) arrived.add(number);
  clearTimeout(timer);
  timer = setTimeout(() => { settle([...arrived]); arrived.clear(); }, GATHER);
}

function hidden(id) {
  const element = make('div', '');
  element.id = id;
  element.hidden = true;
  document.body.append(element);
  return element;
}

// Opened by hand and not by hx-sse:connect, because that gives up when the very first attempt fails.
async function connect(stream) {
  const url = new URL(article.dataset.stream, location.href);
  url.searchParams.set('since', last);
  let isOpen = false;
  const opened = () => { isOpen = true; };
  stream.addEventListener('htmx:sse:after:connection', opened, { once: true });
  try { await htmx.ajax('GET', url.pathname + url.search, { source: stream, swap: 'none' }); } catch { /* tried again */ }
  stream.removeEventListener('htmx:sse:after:connection', opened);
  if (!isOpen) setTimeout(connect, AGAIN * (1 + Math.random()), stream);
}

export function startLive() {
  document.addEventListener('htmx:config:request', ({ detail }) => { detail.ctx.request.headers['X-Client'] = CLIENT; });
  if (!article?.dataset.stream) return;
  last = Number(article.dataset.seq ?? 0);
  const stream = hidden('live');
  hidden('live-rows');
  stream.setAttribute('hx-config', '{"sse": {"reconnect": true, "pauseOnBackground": true, "releaseOn": "immediate"}}');
  stream.addEventListener('row', onRow);
  stream.addEventListener('resync', () => settle([...article.querySelectorAll('.row')].map((row) => row.dataset.row)));
  stream.addEventListener('htmx:sse:close', () => setTimeout(connect, AGAIN, stream));
  for (const id of ['live', 'live-rows']) {
    // Nobody asked for these requests, so their troubles take no place on the page.
    document.getElementById(id).addEventListener('htmx:after:request', (event) => {
      if (event.detail.ctx.response.status >= 400) event.preventDefault();
    });
  }
  addEventListener('load', () => connect(stream));
  setInterval(() => {
    if (!unheard || document.hidden) return;
    say(text('news', unheard));
    unheard = 0;
  }, TELL);
}
