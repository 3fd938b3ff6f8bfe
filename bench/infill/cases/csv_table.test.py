from csv_table import column_total, group_totals, read_rows, write_rows

rows = read_rows(" City, Amount \nRome,2\n\nOslo,\nRome,3.5\n")
assert rows == [
    {"city": "Rome", "amount": "2"},
    {"city": "Oslo", "amount": ""},
    {"city": "Rome", "amount": "3.5"},
], rows
assert read_rows("a;b\n1;2\n", delimiter=";") == [{"a": "1", "b": "2"}]
assert column_total(rows, "amount") == 5.5
assert group_totals(rows, "city", "amount") == {"Rome": 5.5, "Oslo": 0}
assert write_rows([{"a": 1, "b": "x,y"}, {"a": 2}], ["a", "b"]) == 'a,b\n1,"x,y"\n2,\n'
