from report.group import best_product
from report.read import Sale, read
from report.show import report

TEXT = "day,product,amount\n2024-01-03,tea,2.50\n2024-01-20,cake,4.00\n2024-02-01,tea,2.50\n"


def test_read():
    assert read(TEXT)[0] == Sale("2024-01-03", "tea", 250)


def test_best():
    assert best_product(read(TEXT)) == "tea"


def test_report():
    assert report(TEXT) == "2024-01       6.50\n2024-02       2.50\nbest: tea"
