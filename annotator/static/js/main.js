// Every page loads this. Without it all still works: forms post, links lead, paragraphs have a form of their own.

import { article, canAnnotate } from './page.js';
import { startDialogs } from './dialogs.js';
import { startLive } from './live.js';
import { startNotes } from './notes.js';
import { startSaving, startSessions } from './saving.js';
import { startTagging } from './tagging.js';

startDialogs();
startSessions();
if (article) {
  startLive();
  if (canAnnotate) {
    startSaving();
    startTagging();
  }
  startNotes();
}
