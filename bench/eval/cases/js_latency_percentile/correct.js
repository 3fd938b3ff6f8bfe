/**
 * Returns a percentile of response times by the nearest-rank method.
 *
 * @param {number[]} samples response times in milliseconds; not changed
 * @param {number} percentile greater than 0 and at most 100
 * @returns {number | null} null when there are no samples
 */
export function latencyPercentile(samples, percentile) {
  if (!(percentile > 0 && percentile <= 100)) {
    throw new RangeError(`percentile out of range: ${percentile}`);
  }
  if (samples.length === 0) {
    return null;
  }
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.ceil((percentile * sorted.length) / 100) - 1];
}
