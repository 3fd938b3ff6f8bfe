"""Price lists that suppliers send as XML."""

from decimal import Decimal

from lxml import etree


def read_prices(document: bytes) -> dict[str, Decimal]:
    """Return the price per article number from the list of a supplier.

    Raises ValueError if the document is no XML, or has an article without number or price.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("the price list is not valid XML") from error
    prices = {}
    for article in root.iter("article"):
        number, price = article.get("number"), article.findtext("price")
        if not number or not price:
            raise ValueError("an article has no number or no price")
        try:
            prices[number] = Decimal(price.strip())
        except ArithmeticError as error:
            raise ValueError(f"the price of article {number} is no number") from error
    return prices
