import tempfile
from pathlib import Path

from subject import format_cents, report

assert (format_cents(1205), format_cents(-5)) == ("12.05", "-0.05")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "expenses.csv"
    path.write_text("day,category,cents\n2024-03-01,Food,1250\n2024-03-31,rent,90000\n2024-04-01,food,1\n")
    lines = report(path, 2024, 3).splitlines()
assert [line.split() for line in lines] == [["rent", "900.00"], ["food", "12.50"], ["total", "912.50"]]
