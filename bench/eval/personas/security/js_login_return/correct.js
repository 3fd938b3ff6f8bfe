const ORIGIN = 'https://allotments.example';
const START_PAGE = `${ORIGIN}/plots`;

/**
 * Tells where to send somebody who has just signed in.
 *
 * @param {string | undefined} wanted - The parameter `return` of the login page: a path or an address of this site.
 * @returns {string} A full address.
 */
export function pageAfterLogin(wanted) {
  if (!wanted) {
    return START_PAGE;
  }
  let page;
  try {
    page = new URL(wanted, ORIGIN);
  } catch {
    return START_PAGE;
  }
  return page.origin === ORIGIN ? page.href : START_PAGE;
}
