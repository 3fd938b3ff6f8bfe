"""`python -m ferry.cli`: prices and sailings in the terminal."""

import argparse

from ferry.schedule import SAILINGS
from ferry.tariff import TARIFF


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("island", choices=sorted(TARIFF))
    options = parser.parse_args()
    for kind, cents in TARIFF[options.island].items():
        print(f"{kind:10} {cents / 100:.2f}")
    for one in SAILINGS:
        print(f"{one.hour:02d}:{one.minute:02d} {one.name}")


if __name__ == "__main__":
    main()
