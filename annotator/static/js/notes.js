// Notes and marks belong together: pointing at one lights the other, a click on a mark leads to its note, keys walk the
// notes. One listener for the whole article, and no hx- attribute on a note: htmx would wire each of some thousands, a third
// of a second on a long article. A note is a link to its own page; here it opens in place. The editor of a note is a popover beside it; leaving it saves what was typed.

import { article, byId } from './page.js';
import { onKey } from './keys.js';
import { stepBack } from './tagging.js';

const editor = byId('editor');
let lit = ''; // annotation ids that are lit, as written in data-a
let picked = null; // id of the note last gone to
let opened = null; // id of the note in the editor
let clicked = null; // the mark last clicked, to walk through the notes that share it
let dirty = false;
let afterDelete = null;

const carriers = (id) => article.querySelectorAll(`[data-a~="${CSS.escape(id)}"]`);
const noteOf = (id) => article.querySelector(`.note[data-a="${CSS.escape(id)}"]`);
const openerOf = (note) => note?.querySelector('.note-open');

function dress(className, ids) {
  for (const element of article.querySelectorAll(`.${className}`)) element.classList.remove(className);
  for (const id of ids) for (const element of carriers(id)) element.classList.add(className);
}

function light(ids = '') {
  if (ids === lit) return;
  lit = ids;
  dress('lit', ids.split(' ').filter(Boolean));
}

/** Put the classes back that only this page knows, after the server's markup replaced a row. */
function dressAgain() {
  dress('lit', lit.split(' ').filter(Boolean));
  dress('pick', picked ? [picked] : []);
  dress('anchor', []);
  if (opened) noteOf(opened)?.classList.add('anchor');
}

function goTo(note) {
  if (!note) return;
  picked = note.dataset.a;
  openerOf(note)?.focus({ preventScroll: true });
  note.scrollIntoView({ block: 'nearest' });
  dress('pick', [picked]);
}

/** A click on a mark: to the note of the shortest annotation; again, to the next one; again on the only one: open it. */
function onMark(mark) {
  const ids = mark.dataset.a.split(' ').filter(noteOf);
  if (!ids.length) return;
  const again = clicked === `${mark.dataset.a}@${mark.closest('.row').id}`;
  clicked = `${mark.dataset.a}@${mark.closest('.row').id}`;
  const next = again ? ids[(ids.indexOf(picked) + 1) % ids.length] : ids[0];
  if (again && ids.length === 1) openerOf(noteOf(next))?.click();
  else goTo(noteOf(next));
}

function walk(step) {
  const notes = [...article.querySelectorAll('.note')];
  const here = notes.indexOf(document.activeElement?.closest?.('.note') ?? noteOf(picked ?? ''));
  const first = notes.findIndex((note) => note.getBoundingClientRect().top > 64);
  goTo(here < 0 ? notes[step > 0 ? first : first - 1] : notes[here + step]);
}

// ---- the editor ----

const isOpen = () => editor?.matches(':popover-open') ?? false;

function showEditor(source) {
  const note = source?.closest?.('.note');
  if (note) opened = note.dataset.a;
  dressAgain();
  dirty = false;
  if (!isOpen()) editor.showPopover();
  const wanted = editor.querySelector('[autofocus], .error:not(:empty)')?.closest('.field')?.querySelector('input, select, textarea');
  const touch = matchMedia('(pointer: coarse)').matches;
  const field = wanted ?? (touch ? null : editor.querySelector('form :is(input:not([type=hidden]), select, textarea)') ?? editor.querySelector('.button'));
  if (!editor.contains(document.activeElement)) (field ?? editor).focus({ preventScroll: true });
}

function hideEditor() {
  if (isOpen()) editor.hidePopover();
  const note = opened && noteOf(opened);
  opened = null;
  dirty = false;
  dressAgain();
  if (document.activeElement === document.body || editor.contains(document.activeElement)) openerOf(note)?.focus({ preventScroll: true });
  editor.replaceChildren();
}

/** Leave the editor; what was typed is sent first, and the server's answer closes it. */
export function leaveEditor() {
  if (!isOpen()) return false;
  const form = dirty && editor.querySelector('form[data-save]');
  if (form) { dirty = false; form.requestSubmit(); } else hideEditor();
  return true;
}

function startEditor() {
  if (!editor) return;
  if (!editor.hasAttribute('tabindex')) editor.tabIndex = -1;
  for (const type of ['input', 'change']) editor.addEventListener(type, ({ target }) => { dirty ||= Boolean(target.closest('form[data-save]')); });
  editor.addEventListener('submit', () => { dirty = false; });
  editor.addEventListener('click', ({ target }) => { if (target.closest('[data-close-editor]')) leaveEditor(); });
  document.addEventListener('pointerdown', ({ target }) => {
    if (isOpen() && !target.closest('#editor, #toast, #alert, dialog, .note-open')) leaveEditor();
  });
  let before = '';
  document.addEventListener('htmx:before:swap', () => { before = editor.innerHTML; });
  document.addEventListener('htmx:after:swap', ({ detail }) => {
    if (editor.innerHTML === before) return;
    if (editor.firstElementChild) showEditor(detail.ctx.sourceElement);
    else hideEditor();
  });
}

// ---- keys ----

function press(selector, root = document) {
  const button = root?.querySelector(selector);
  button?.click();
  return Boolean(button);
}

function onNoteKey(event) {
  const note = document.activeElement?.closest?.('.note');
  switch (event.code) {
    case 'KeyJ': walk(1); return true;
    case 'KeyK': walk(-1); return true;
    case 'KeyD': {
      if (!note) return false;
      const all = [...article.querySelectorAll('.note')];
      const here = all.indexOf(note);
      afterDelete = { gone: note.id, next: (all[here + 1] ?? all[here - 1])?.id };
      return press('[data-delete]', note);
    }
    case 'KeyZ': return press(event.shiftKey ? '#toast [data-redo]' : '#toast [data-undo]');
    case 'Escape': return back(note);
    default: return false;
  }
}

/** Esc, one step at a time: the editor, kept pieces, the selection, then from the note to the text. */
function back(note) {
  if (leaveEditor() || stepBack()) return true;
  picked = null;
  clicked = null;
  dress('pick', []);
  if (note) article.focus({ preventScroll: true });
  return Boolean(note);
}

export function startNotes() {
  const idsAt = (target) => target.closest?.('mark.s, .note')?.dataset.a ?? '';
  article.addEventListener('pointerover', ({ target }) => light(idsAt(target)));
  article.addEventListener('pointerleave', () => light());
  article.addEventListener('focusin', ({ target }) => light(idsAt(target)));
  article.addEventListener('focusout', () => light());
  article.addEventListener('click', (event) => {
    const { target } = event;
    const opener = target.closest('.note-open');
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      htmx.ajax('GET', opener.href, { source: opener, target: '#editor', swap: 'innerHTML' });
      return;
    }
    const remover = target.closest('[data-delete]');
    if (remover) {
      const note = remover.closest('.note');
      htmx.ajax('POST', `${openerOf(note).href.replace(/edit$/, 'delete')}?version=${note.dataset.v}`, { source: article, swap: 'none' });
      return;
    }
    if (!document.getSelection().isCollapsed) return;
    const mark = target.closest('mark.s');
    if (mark) { onMark(mark); return; }
    clicked = null;
    const note = target.closest('.note');
    if (note && !target.closest('a, button, input, label, select')) openerOf(note)?.click();
  });
  document.addEventListener('htmx:after:swap', () => {
    dressAgain();
    if (!afterDelete || byId(afterDelete.gone)) return;
    const { next } = afterDelete;
    afterDelete = null;
    if (document.activeElement === document.body) goTo(byId(next ?? ''));
  });
  startEditor();
  onKey(onNoteKey);
}
