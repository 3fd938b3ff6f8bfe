/**
 * Totals of a shopping cart. All amounts are integer cents; rates are fractions.
 *
 * @typedef {{sku: string, unitPrice: number, quantity: number}} Line
 * @typedef {{kind: "percent" | "fixed", value: number}} Coupon
 */

/**
 * @param {Line[]} lines
 * @returns {number} the sum of all lines, before discount and tax
 */
export function subtotal(lines) {
  return lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
}

/**
 * @param {number} amount the subtotal
 * @param {Coupon | null} coupon
 * @returns {number} the amount to subtract, never more than the subtotal
 */
export function discountFor(amount, coupon) {
  if (coupon === null) {
    return 0;
  }
  const wanted = coupon.kind === "percent" ? Math.round((amount * coupon.value) / 100) : coupon.value;
  return Math.min(wanted, amount);
}

/**
 * Puts the totals together. Tax is due on what remains after the discount.
 *
 * @param {Line[]} lines
 * @param {Coupon | null} coupon
 * @param {number} taxRate
 * @returns {{gross: number, discount: number, net: number, tax: number, total: number}}
 */
export function cartTotals(lines, coupon, taxRate) {
  const gross = subtotal(lines);
  const discount = discountFor(gross, coupon);
  const net = gross - discount;
  const tax = Math.round(net * taxRate);
  return { gross, discount, net, tax, total: net + tax };
}

/**
 * @param {number} cents
 * @param {string} currency an ISO 4217 code with two decimal places
 * @returns {string} for instance `12.50 EUR`
 */
export function formatAmount(cents, currency) {
  return `${(cents / 100).toFixed(2)} ${currency}`;
}
