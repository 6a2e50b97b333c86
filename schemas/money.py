"""Money, which is counted in whole micro-dollars, as people read it."""

CENT = 10_000


def dollars(micros: int) -> str:
    """`1.20 USD`; as many digits more as an amount below a cent needs: `0.0034 USD`."""
    if micros % CENT == 0:
        return f"{micros / 1_000_000:.2f} USD"
    return f"{micros / 1_000_000:.6f}".rstrip("0") + " USD"
