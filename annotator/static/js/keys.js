// Single keys. They are bound to the place of the key on the board (event.code), so that a Russian layout loses nothing;
// they rest while a person types in a field, and can be switched off in the sheet of keys.

const STORE = 'annotator-keys';
const FIELDS = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), dialog, [popover]';
const listeners = [];

/** Whether single keys act; remembered in this browser. */
export function keysOn() { return localStorage.getItem(STORE) !== 'off'; }
export function switchKeys(on) { localStorage.setItem(STORE, on ? 'on' : 'off'); }

/** Offer keys to `listener(event)`; the first one that returns true has used it. Earlier listeners are asked first. */
export function onKey(listener) { listeners.push(listener); }

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const isEscape = event.code === 'Escape';
  if (!isEscape && (!keysOn() || event.target.closest?.(FIELDS))) return;
  if (isEscape && event.target.closest?.('dialog')) return;
  if (listeners.some((listener) => listener(event))) event.preventDefault();
});
