from decimal import Decimal

from subject import invoice_totals, read_lines


def row(quantity, price, tax="0"):
    return {"article": "A", "quantity": quantity, "price": price, "tax": tax}


totals = invoice_totals(read_lines([row("2", "10,00", "19"), row("0", "5"), row("1", "3.50", "7")]))
assert (totals.net, totals.tax, totals.gross) == (Decimal("23.50"), Decimal("4.05"), Decimal("27.55"))
assert invoice_totals(read_lines([row("1", "1.005")])).net == Decimal("1.01")
