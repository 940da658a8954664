// Things that open: the sheet of keys and other dialogs (data-open, data-close), and lists of suggestions under a field.

import { byId, make, text } from './page.js';
import { keysOn, onKey, switchKeys } from './keys.js';

function startSheets() {
  document.addEventListener('click', ({ target }) => {
    const opener = target.closest?.('[data-open]');
    if (opener) byId(opener.dataset.open)?.showModal();
    if (target.closest?.('[data-close]') || target.matches?.('dialog.sheet')) target.closest('dialog')?.close();
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false;
  });
  const help = byId('help');
  if (!help) return;
  onKey(({ key }) => {
    if (key !== '?') return false;
    help.showModal();
    return true;
  });
  help.addEventListener('keydown', (event) => {
    if (event.key === '?') { event.preventDefault(); help.close(); }
  });
  const box = byId('keys-on');
  if (!box) return;
  box.checked = keysOn();
  box.addEventListener('change', () => switchKeys(box.checked));
}

// The field keeps the focus; the arrows move aria-selected, Enter presses it, Esc closes the list first.
function onComboKey(event) {
  const combo = event.target.closest?.('.combo');
  const list = combo?.querySelector('.suggest');
  if (!list?.firstElementChild || !event.target.matches('input')) return;
  const options = [...list.querySelectorAll('[role=option], button')];
  const here = options.findIndex((option) => option.getAttribute('aria-selected') === 'true');
  const select = (index) => {
    options.forEach((option, i) => option.setAttribute('aria-selected', String(i === index)));
    options[index].id ||= `option-${index}`;
    options[index].scrollIntoView({ block: 'nearest' });
    event.target.setAttribute('aria-activedescendant', options[index].id);
  };
  if (event.key === 'ArrowDown') select((here + 1) % options.length);
  else if (event.key === 'ArrowUp') select((here <= 0 ? options.length : here) - 1);
  else if (event.key === 'Enter' && here >= 0) options[here].click();
  else if (event.key === 'Escape') list.replaceChildren();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// Pointing at a link to a counterpart lights it (comparison, findings).
function startHot() {
  const light = (on) => ({ target }) => {
    const id = target.closest?.('[data-hot]')?.dataset.hot;
    if (id) byId(id)?.classList.toggle('lit', on);
  };
  for (const type of ['pointerover', 'focusin']) document.addEventListener(type, light(true));
  for (const type of ['pointerout', 'focusout']) document.addEventListener(type, light(false));
}

// A toast fades after a while but keeps its button, so that the key for undo still works; an alert can be put away.
const FADE = 10_000; // ms

function startMessages() {
  const toast = byId('toast');
  const alert = byId('alert');
  let timer = 0;
  let shown = toast?.innerHTML;
  const fade = () => { timer = setTimeout(() => toast.classList.add('old'), FADE); };
  toast?.addEventListener('focusout', () => { clearTimeout(timer); fade(); });
  document.addEventListener('htmx:after:swap', () => {
    if (toast && toast.innerHTML !== shown) {
      shown = toast.innerHTML;
      toast.classList.remove('old');
      clearTimeout(timer);
      fade();
    }
    const problem = alert?.querySelector(':scope > .problem:not(:has(button))');
    if (!problem) return;
    const button = make('button', 'button quiet small', text('dismiss'));
    button.type = 'button';
    button.addEventListener('click', () => problem.remove());
    problem.append(button);
  });
}

export function startDialogs() {
  startMessages();
  startSheets();
  startHot();
  document.addEventListener('keydown', onComboKey, true);
}
