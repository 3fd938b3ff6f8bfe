"""Change."""


def fewest_coins(coins, amount):
    """The least number of coins that make the amount, -1 when none do. Each coin may be used again."""
    unreachable = amount + 1
    fewest = [0] + [unreachable] * amount
    for value in range(1, amount + 1):
        for coin in coins:
            if coin <= value:
                fewest[value] = min(fewest[value], fewest[value - coin] + 1)
    return fewest[amount] if fewest[amount] != unreachable else -1
