// Nothing is lost on the way to the server. Each new annotation waits in an outbox under a key of its own; they are sent one
// after another, and one that may or may not have arrived is sent again with the same key, which the server takes once.
// The outbox lives in the tab's session storage, so even a reload carries on. A refusal (4xx) ends the matter and says why.

import { alarm, article, byId, calm, paint, say, text } from './page.js';

const form = byId('annotate');
const saving = byId('saving');
const STORE = article && `annotator-outbox:${article.dataset.me}:${article.dataset.article}`;
const LONGEST = 30_000; // ms between two attempts
const TIMEOUT = 15_000; // ms for one of them

let outbox = [];
let refused = [];
let busy = false;
let failures = 0;
let signedOut = false;
let timer = 0;

function remember() {
  try {
    if (outbox.length) sessionStorage.setItem(STORE, JSON.stringify(outbox));
    else sessionStorage.removeItem(STORE);
  } catch { /* a full or forbidden storage only loses the comfort of a reload */ }
}

function show() {
  remember();
  const trouble = failures > 0 || signedOut;
  paint('pending', trouble ? [] : outbox.flatMap((item) => item.fragments));
  paint('failed', (trouble ? outbox : []).concat(refused).flatMap((item) => item.fragments));
  if (!saving) return;
  let state = 'saved';
  if (outbox.length) state = trouble ? (navigator.onLine ? 'retrying' : 'offline') : 'saving';
  saving.dataset.state = state;
  saving.textContent = text(state, outbox.length);
}

/** Queue a new annotation {tag, fragments: [[start, end]], quote}; it is painted at once. */
export function create(annotation) {
  refused = [];
  calm('refused');
  outbox.push({ ...annotation, key: crypto.randomUUID?.() ?? uuid() });
  show();
  pump();
}

// crypto.randomUUID is missing on plain http other than localhost.
function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Send one item; what became of it: the htmx context with its response, or undefined. */
async function send({ tag, fragments, quote, key }) {
  let context;
  const listen = ({ detail }) => { if (detail.ctx.values?.key === key) context = detail.ctx; };
  form.addEventListener('htmx:finally:request', listen);
  try {
    await htmx.ajax('POST', form.getAttribute('hx-post') ?? form.action, {
      source: form, swap: 'none', values: { tag, fragments: JSON.stringify(fragments), quote, key },
    });
  } catch { /* told by the missing context */ }
  form.removeEventListener('htmx:finally:request', listen);
  return context;
}

/** The server's sentence in the HTML of an error. */
export function sentenceOf(html = '') {
  const page = new DOMParser().parseFromString(html, 'text/html');
  return (page.querySelector('.problem-text') ?? page.querySelector('.problem'))?.textContent.trim() ?? '';
}

async function pump() {
  clearTimeout(timer);
  if (busy || signedOut || !outbox.length) return;
  busy = true;
  const item = outbox[0];
  const context = await send(item);
  busy = false;
  const status = context?.text === undefined ? 0 : context.response.status;
  if (status >= 200 && status < 400) {
    outbox.shift();
    failures = 0;
    calm('saving');
  } else if (status === 401) {
    signedOut = true;
    askToSignIn();
  } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    outbox.shift();
    refused.push(item);
    alarm('refused', `${text('refused')} ${sentenceOf(context.text)}`.trim());
  } else {
    failures += 1;
    alarm('saving', text(status ? 'stuck' : 'lost'), [text('retry'), retry]);
    timer = setTimeout(pump, Math.min(LONGEST, 1000 * 2 ** (failures - 1)));
    show();
    return;
  }
  show();
  pump();
}

function retry() { pump(); }

// ---- a session that ended: sign in on the spot, then go on ----

let interrupted = []; // other requests that met the end of the session: [element]

export async function askToSignIn() {
  const dialog = byId('signin');
  const url = document.body.dataset.signin;
  if (!dialog || !url) { alarm('saving', text('ended')); return; }
  if (dialog.open) return;
  say(text('ended'));
  dialog.showModal();
  await htmx.ajax('GET', url, { target: '#signin-body', swap: 'innerHTML' });
  dialog.querySelector('input:not([type=hidden])')?.focus();
}

function goOn({ detail }) {
  if (detail?.csrf) {
    const name = 'hx-headers:inherited';
    const headers = JSON.parse(document.body.getAttribute(name) || '{}');
    document.body.setAttribute(name, JSON.stringify({ ...headers, 'X-CSRFToken': detail.csrf }));
    for (const input of document.querySelectorAll('input[name=csrf_token]')) input.value = detail.csrf;
  }
  byId('signin')?.close();
  byId('signin-body')?.replaceChildren();
  signedOut = false;
  failures = 0;
  calm('saving');
  show();
  for (const element of interrupted.splice(0)) {
    if (!element.isConnected) continue;
    if (element.matches('form')) element.requestSubmit();
    else element.click();
  }
  pump();
}

/** For every page with htmx: an ended session opens the sign-in in place and what was asked is asked again. */
export function startSessions() {
  document.addEventListener('htmx:after:request', (event) => {
    const { ctx } = event.detail;
    if (form && ctx.sourceElement === form) {
      if (ctx.response.status >= 400) event.preventDefault(); // pump() speaks; the page's own error place stays quiet
    } else if (ctx.response.status === 401 && !ctx.sourceElement.closest?.('#signin, [id^=live]')) {
      event.preventDefault();
      if (ctx.sourceElement.matches?.('form, button')) interrupted.push(ctx.sourceElement);
      askToSignIn();
    }
  });
  document.addEventListener('signed-in', goOn);
}

export function startSaving() {
  if (!form) return;
  form.addEventListener('htmx:config:request', ({ detail }) => { detail.ctx.request.timeout ??= TIMEOUT; });
  byId('signin')?.addEventListener('close', () => {
    if (signedOut) alarm('saving', text('ended'), [text('signin'), askToSignIn]);
  });
  addEventListener('online', retry);
  addEventListener('offline', show);
  addEventListener('beforeunload', (event) => { if (outbox.length) event.preventDefault(); });
  try { outbox = JSON.parse(sessionStorage.getItem(STORE) ?? '[]'); } catch { outbox = []; }
  if (!outbox.length) return;
  show();
  addEventListener('load', pump);
}
