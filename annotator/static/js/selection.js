// From what a person selected to offsets, and back. Pure functions: they read the document and change nothing.
//
// Offsets are UTF-16 units, because that is what the browser counts; the server turns them into code points. A paragraph
// is `p.para`, its textContent is the stored text, `data-o` is its place in the article. Everything is summed inside
// one paragraph, so notes between the paragraphs never count, and a long article costs nothing.
//
// Browsers disagree on where a triple click ends, on select-all, and on selections that begin outside the text. One rule
// serves all: clip the range to every paragraph it meets, drop blank pieces, take what remains from the first to the last.

const BLANK = /^\s*$/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const elementOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
const paragraphOf = (node) => elementOf(node)?.closest('.para') ?? null;
const isInNotes = (node) => Boolean(elementOf(node)?.closest('.notes, .plain'));
const placeOf = (para) => Number(para.dataset.o);

/** Units of text in `para` before the boundary point (node, offset), which lies inside it. */
export function offsetIn(para, node, offset) {
  const range = para.ownerDocument.createRange();
  range.setStart(para, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** `start` and `end` widened so that neither cuts a grapheme (half an emoji, a letter without its accent). */
export function widen(words, start, end) {
  const clusters = graphemes.segment(words);
  const first = clusters.containing(start);
  const last = end < words.length ? clusters.containing(end) : undefined;
  return [first ? first.index : start, last && last.index < end ? last.index + last.segment.length : end];
}

/**
 * The pieces of a range, one for each paragraph it meets: [{para, start, end}], local offsets, blanks trimmed at the outer
 * ends, graphemes whole. Empty when nothing visible of the article is selected or when both ends lie in notes.
 */
export function piecesOf(range, article) {
  if (range.collapsed || (isInNotes(range.startContainer) && isInNotes(range.endContainer))) return [];
  const own = paragraphOf(range.commonAncestorContainer);
  const paras = own ? [own] : [...article.querySelectorAll('.para')].filter((para) => range.intersectsNode(para));
  const pieces = paras
    .filter((para) => article.contains(para))
    .map((para) => ({
      para,
      start: para.contains(range.startContainer) ? offsetIn(para, range.startContainer, range.startOffset) : 0,
      end: para.contains(range.endContainer) ? offsetIn(para, range.endContainer, range.endOffset) : para.textContent.length,
    }))
    .filter(({ para, start, end }) => !BLANK.test(para.textContent.slice(start, end)));
  if (!pieces.length) return [];
  const first = pieces[0];
  const last = pieces.at(-1);
  first.start += first.para.textContent.slice(first.start, first.end).match(/^\s*/u)[0].length;
  last.end -= last.para.textContent.slice(last.start, last.end).match(/\s*$/u)[0].length;
  first.start = widen(first.para.textContent, first.start, first.start)[0];
  last.end = widen(last.para.textContent, last.end, last.end)[1];
  return pieces;
}

/** What is selected as one fragment {start, end, quote, pieces}: absolute offsets, paragraphs' words joined by "\n"; or null. */
export function fragmentOf(selection, article) {
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const pieces = piecesOf(selection.getRangeAt(0), article);
  if (!pieces.length) return null;
  const first = pieces[0];
  const last = pieces.at(-1);
  return {
    pieces,
    start: placeOf(first.para) + first.start,
    end: placeOf(last.para) + last.end,
    quote: pieces.map(({ para, start, end }) => para.textContent.slice(start, end)).join('\n'),
  };
}

/** Fragments sorted, those that overlap made one: [{start, end, quote}]. Of two that overlap the words are read anew. */
export function merge(fragments, article) {
  const merged = [];
  for (const { start, end, quote } of [...fragments].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = merged.at(-1);
    if (!last || start > last.end) merged.push({ start, end, quote });
    else if (end > last.end) {
      last.end = end;
      last.quote = rangesOf(article, last.start, end).map(String).join('\n');
    }
  }
  return merged;
}

/** The boundary point [node, offset] that stands `offset` units into a paragraph. */
export function pointIn(para, offset) {
  const walker = para.ownerDocument.createTreeWalker(para, NodeFilter.SHOW_TEXT);
  let node = walker.nextNode();
  while (node && offset > node.length) {
    offset -= node.length;
    node = walker.nextNode();
  }
  return node ? [node, offset] : [para, 0];
}

/** Ranges over the absolute offsets start–end, one a paragraph, so that nothing between paragraphs is covered. */
export function rangesOf(article, start, end) {
  const paras = article.querySelectorAll('.para');
  let low = 0;
  for (let high = paras.length; low < high;) {
    const middle = (low + high) >> 1;
    if (placeOf(paras[middle]) <= start) low = middle + 1;
    else high = middle;
  }
  const ranges = [];
  for (let i = Math.max(0, low - 1); i < paras.length && placeOf(paras[i]) < end; i += 1) {
    const from = Math.max(0, start - placeOf(paras[i]));
    const to = Math.min(paras[i].textContent.length, end - placeOf(paras[i]));
    if (from >= to) continue;
    const range = paras[i].ownerDocument.createRange();
    range.setStart(...pointIn(paras[i], from));
    range.setEnd(...pointIn(paras[i], to));
    ranges.push(range);
  }
  return ranges;
}

/**
 * Remember the selection by offsets; the function returned puts it back where a swap has moved or lost it.
 * Its direction is kept. A selection that has its ends outside the text is remembered by its fragment.
 */
export function keep(selection, article) {
  const fragment = fragmentOf(selection, article);
  if (!fragment) return () => {};
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  const first = fragment.pieces[0];
  const last = fragment.pieces.at(-1);
  const place = (node, offset, other) => {
    const para = paragraphOf(node);
    return para && article.contains(para) ? [para.id, offsetIn(para, node, offset)] : other;
  };
  const backward = selection.direction === 'backward';
  const edges = [[first.para.id, first.start], [last.para.id, last.end]];
  const anchor = place(anchorNode, anchorOffset, edges[backward ? 1 : 0]);
  const focus = place(focusNode, focusOffset, edges[backward ? 0 : 1]);
  const words = String(fragment.quote);
  return () => {
    const now = fragmentOf(selection, article);
    if (now && now.start === fragment.start && now.end === fragment.end && now.quote === words) return;
    const points = [anchor, focus].map(([id, offset]) => {
      const para = article.ownerDocument.getElementById(id);
      return para ? pointIn(para, offset) : null;
    });
    if (points[0] && points[1]) selection.setBaseAndExtent(...points[0], ...points[1]);
  };
}
