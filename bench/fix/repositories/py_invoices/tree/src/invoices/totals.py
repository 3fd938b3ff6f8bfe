"""The sums below an invoice."""

from invoices.model import Invoice


def percent_of(amount, percent):
    """So many percent of an amount in cents, rounded half up."""
    return (amount * percent + 50) // 100


def subtotal(lines):
    """The sum of all lines in cents."""
    return sum(line.price * line.quantity for line in lines)


def discount(invoice: Invoice):
    """What the customer doesn't pay, in cents."""
    return percent_of(subtotal(invoice.lines), invoice.discount_percent)


def tax(invoice: Invoice):
    """The tax on what is left after the discount."""
    net = subtotal(invoice.lines) - discount(invoice)
    return percent_of(net, invoice.tax_percent)


def total(invoice: Invoice):
    """What is to be paid."""
    return subtotal(invoice.lines) - discount(invoice) + tax(invoice)
