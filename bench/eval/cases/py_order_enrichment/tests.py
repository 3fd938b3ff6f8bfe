import io
from datetime import date

from subject import ReportRow, enrich, read_customers, read_orders, read_regions, totals_by_region, write_totals

orders = [
    "id,customer_id,placed_on,total_cents",
    "1,2,2026-01-05,1000",
    "2,1,2026-01-06,250",
    "3,9,2026-01-06,70",
    "4,3,2026-01-07,5",
]
customers = read_customers(["id,name,region_code", "1,Ada ,N", "2,Bob,S", "3,Cyd,X"])
regions = read_regions(["code,name", "N,North", "S,South"])
rows = list(enrich(read_orders(orders), customers, regions))
assert rows[0] == ReportRow(1, "Bob", "South", date(2026, 1, 5), 1000)
assert [(row.customer, row.region) for row in rows[1:]] == [
    ("Ada", "North"),
    ("unknown", "unknown"),
    ("Cyd", "unknown"),
]
totals = totals_by_region(rows)
assert totals == {"South": 1000, "North": 250, "unknown": 75}
out = io.StringIO()
write_totals(totals, out)
assert out.getvalue() == "region,total_cents\nSouth,1000\nNorth,250\nunknown,75\n"
