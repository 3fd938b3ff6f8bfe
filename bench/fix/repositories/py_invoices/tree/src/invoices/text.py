"""Invoices as text."""

from invoices.totals import total


def amount(cents):
    """`1234` as `12.34`."""
    return f"{cents // 100}.{cents % 100:02d}"


def footer(invoice):
    """The last line of an invoice."""
    return f"{invoice.customer} pays {amount(total(invoice))}"
