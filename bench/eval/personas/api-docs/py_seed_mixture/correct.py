"""Mixtures of seeds for meadows."""


def scale(mixture: dict[str, float], kilograms: float) -> dict[str, float]:
    """Scale the amounts of a mixture so that they add up to a weight.

    The given mixture itself is changed, and returned for convenience.

    Args:
        mixture: The kilograms of each kind of seed.
        kilograms: What the whole mixture shall weigh.

    Raises:
        ValueError: If the amounts add up to 0 or less; the mixture is not changed then.
    """
    total = sum(mixture.values())
    if total <= 0:
        raise ValueError("the mixture weighs nothing")
    for kind in mixture:
        mixture[kind] *= kilograms / total
    return mixture
