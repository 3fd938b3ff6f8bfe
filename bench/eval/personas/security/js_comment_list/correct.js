const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Makes a text safe to stand in HTML, also between quotes. */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/**
 * Says how long ago something happened.
 *
 * @param {Date} then
 * @param {Date} now
 */
export function age(then, now) {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) {
    return 'just now';
  }
  if (minutes < 60) {
    return `${minutes} min ago`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ago` : then.toISOString().slice(0, 10);
}

/**
 * Renders one comment below a recipe.
 *
 * @param {{ author: string, text: string, writtenAt: Date }} comment
 * @param {Date} now
 * @returns {string} HTML
 */
export function renderComment(comment, now) {
  const paragraphs = comment.text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`)
    .join('');
  return [
    '<article class="comment">',
    `<header><b>${escapeHtml(comment.author)}</b> <small>${age(comment.writtenAt, now)}</small></header>`,
    paragraphs,
    '</article>',
  ].join('\n');
}

/** Renders all comments, the latest first. */
export function renderComments(comments, now = new Date()) {
  if (comments.length === 0) {
    return '<p class="empty">Nobody has commented yet.</p>';
  }
  return [...comments]
    .sort((a, b) => b.writtenAt - a.writtenAt)
    .map((comment) => renderComment(comment, now))
    .join('\n');
}
