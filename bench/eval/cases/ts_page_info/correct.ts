export interface PageInfo {
  page: number;
  pageCount: number;
  hasNext: boolean;
  hasPrevious: boolean;
}

/**
 * Describes one page of a result list. Pages count from 1; a partly filled last
 * page counts as a page, and an empty list has one (empty) page.
 */
export function pageInfo(totalItems: number, pageSize: number, page: number): PageInfo {
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new RangeError(`pageSize must be a positive integer, got ${pageSize}`);
  }
  const pageCount = Math.max(1, Math.ceil(totalItems / pageSize));
  return {
    page,
    pageCount,
    hasNext: page < pageCount,
    hasPrevious: page > 1,
  };
}
