"""Gray codes."""


def gray_code(bits):
    """All numbers of so many bits, each of which differs from the next in one bit; 0 comes first."""
    return [number ^ (number >> 1) for number in range(1 << bits)]
