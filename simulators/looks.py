"""Moving pictures that stand in for a filmed prompt: painted by formulas, chosen by its words.

Each has texture all over and moves all the time, so that a crop, a scale or a join that goes wrong
shows. They are painted small and enlarged, for the sake of the machine.
"""

from collections.abc import Callable

from simulators.choices import Choices

FPS = 24
FINE, DRAFT = 160, 72
"""Pixels of the shorter side while painting."""
GRAIN = "noise=alls=5"

Look = Callable[[Choices, str, float], str]


def graph(prompt: str, width: int, height: int, start: float, painted: int = FINE) -> str:
    """A lavfi graph for a prompt's look, `start` seconds into its motion."""
    choices = Choices(prompt)
    words = prompt.lower()
    fitting = [look for look, hints in LOOKS.items() if any(hint in words for hint in hints)]
    look = choices.pick("look", fitting or list(LOOKS))
    small = painted / min(width, height)
    size = f"{round(width * small / 2) * 2}x{round(height * small / 2) * 2}"
    enlarge = f"scale={width}:{height}:flags=bicubic,setsar=1"
    return f"{look(choices, size, start)},{enlarge},{GRAIN}"


def _painted(size: str, lum: str, cb: str, cr: str, start: float) -> str:
    """A picture from three formulas of X, Y, W, H and the seconds T."""
    planes = {"lum": lum, "cb": cb, "cr": cr}
    quoted = ":".join(f"{name}='{_timed(text, start)}'" for name, text in planes.items())
    return f"color=black:s={size}:r={FPS},format=yuv420p,geq={quoted}"


def _timed(formula: str, start: float) -> str:
    return formula.replace("T", f"(T+{start})").replace(" ", "")


def _sea(choices: Choices, size: str, start: float) -> str:
    """A low sun over moving water."""
    sun = choices.number("sun", 25, 75) / 100
    glow, tint = choices.number("glow", 35, 65), choices.number("tint", -25, 25)
    swell = choices.number("swell", 8, 16) / 100
    sky = (
        "40 + 110*Y/(H*0.5) + 14*sin(X*0.05+Y*0.16+T*0.4)*sin(Y*0.3-X*0.02)"
        f" + 125*exp(-((X-W*{sun})^2 + (Y-H*0.41)^2)/340)"
    )
    water = (
        "st(0, Y-H*0.5); 62 + 55*sin(8000/(ld(0)+14) + 0.25*X*sin(0.03*X) + T*5)"
        f" * sin({swell}*X*60/(ld(0)+20) + T*1.7)"
        f" + 95*exp(-(X-W*{sun})^2/(60 + 8*ld(0)))"
    )
    dusk = "(1-abs(2*Y/H-1))"
    return _painted(
        size,
        f"min(if(lt(Y, H*0.5), {sky}, {water}), 235)",
        f"128 - {glow - 10}*{dusk} + {tint} + 14*sin(T*0.3)",
        f"128 + {glow}*{dusk} - {tint // 2}",
        start,
    )


def _mountains(choices: Choices, size: str, start: float) -> str:
    """Ranges that pass by at their distances, under a drifting sky."""
    tint, shift = choices.number("tint", -28, 28), choices.number("shift", 0, 400)
    lum = f"175 - 70*Y/H + 16*sin(X*0.045+T*0.5+2*sin(Y*0.07))*sin(Y*0.13+{shift})"
    ranges = ((0.42, 4, 120), (0.55, 11, 88), (0.68, 24, 58), (0.83, 48, 30))
    for number, (level, speed, shade) in enumerate(ranges):
        ridge = (
            f"st(0, X+T*{speed}+{shift * (number + 1)}); st(1, H*({level} - 0.07*sin(ld(0)*0.031)"
            f" - 0.04*sin(ld(0)*0.083+{number}) - 0.02*abs(sin(ld(0)*0.21))))"
        )
        rock = (
            f"{shade} + 7*sin(ld(0)*0.37+Y*0.21+3*sin(Y*0.11))*sin(Y*0.5-ld(0)*0.13)"
            " + 40*(Y-ld(1))/H"
        )
        lum = f"{ridge}; if(gt(Y, ld(1)), {rock}, {lum})"
    blue, red = f"128 + 22*Y/H + {tint}", f"128 + 34*(1-Y/H) - {tint // 2}"
    return _painted(size, lum, blue, red, start)


def _city(choices: Choices, size: str, start: float) -> str:
    """Towers with lit windows sliding past, mirrored in a wet street."""
    tint, salt = choices.number("tint", -30, 30), choices.number("salt", 3, 97)
    lum = "52 + 80*ld(2)/H + 12*sin(X*0.06+T)*sin(Y*0.09-T*0.3)"
    for level, speed, width, shade in ((0.30, 7, 19, 44), (0.46, 17, 29, 18)):
        house = (
            f"st(0, X+T*{speed}+{salt * 9}); st(1, floor(ld(0)/{width}));"
            f" st(3, H*({level} + 0.26*abs(sin(ld(1)*12.9898+{salt}))))"
        )
        lit = (
            f"gt(sin(ld(1)*7.13+floor(ld(0)/4)*3.7+floor(ld(2)/5)*9.1+{salt}), 0.45)"
            "*gt(mod(ld(0), 4), 1.2)*gt(mod(ld(2), 5), 1.8)"
        )
        lum = f"{house}; if(gt(ld(2), ld(3)), {shade} + 165*{lit}, {lum})"
    mirrored = "st(2, if(gt(Y, H*0.78), 1.56*H-Y+2*sin(Y*0.7+T*4), Y))"
    wet = f"{mirrored}; ({lum})*if(gt(Y, H*0.78), 0.62+0.12*sin(Y*1.3+T*5), 1)"
    return _painted(
        size,
        wet,
        f"134 + 34*sin(X*0.017+T*0.4+{salt})*sin(Y*0.011) + {tint // 2}",
        f"132 + 36*sin(X*0.021-T*0.5+1.4*sin(Y*0.02)+{tint})",
        start,
    )


def _tunnel(choices: Choices, size: str, start: float) -> str:
    """A flight through a winding tube of tiles."""
    turns, speed = choices.number("turns", 3, 8), choices.number("speed", 3, 7)
    side = choices.number("side", 10, 22)
    where = (
        f"st(0, X-W/2-W*{side / 200}*sin(T*0.7)); st(1, Y-H/2-H*{side / 200}*cos(T*0.5));"
        f" st(2, hypot(ld(0), ld(1))/H); st(3, 4/(ld(2)+0.045) + T*{speed});"
        " st(4, atan2(ld(1), ld(0)))"
    )
    tiles = f"sin(ld(3))*sin(ld(4)*{turns} + 0.6*sin(ld(3)*0.3) + T*0.4)"
    fine = f"sin(ld(3)*5)*sin(ld(4)*{turns * 6})"
    return _painted(
        size,
        f"{where}; (118 + 75*{tiles} + 14*{fine})*min(1, ld(2)/0.28)",
        f"{where}; 128 + 50*sin(ld(3)*0.25 + {turns})",
        f"{where}; 128 + 50*cos(ld(3)*0.19 + ld(4) - {side})",
        start,
    )


def _nebula(choices: Choices, size: str, start: float) -> str:
    """Glowing clouds of gas."""
    preset = choices.pick("preset", ("magma", "inferno", "plasma", "turbo", "viridis"))
    seed = choices.number("seed", 1, 9999)
    zoom = choices.number("zoom", 4, 7)
    return (
        f"perlin=s={size}:r={FPS}:octaves=5:persistence=0.62:xscale={zoom}:yscale={zoom}:"
        f"tscale=0.7:random_mode=seed:random_seed={seed},trim=start={start},setpts=PTS-STARTPTS,"
        f"format=yuv420p,eq=contrast=2.6:brightness=-0.05,format=yuv444p,pseudocolor=preset={preset},"
        f"hue=h=14*sin(t+{start}),format=yuv420p"
    )


def _fractal(choices: Choices, size: str, start: float) -> str:
    """A dive into the Mandelbrot set."""
    turn = choices.number("hue", 0, 359)
    x, y = choices.pick(
        "place",
        (("-0.743643887", "0.131825904"), ("-0.7453", "0.1127"), ("-1.25066", "0.02012")),
    )
    return (
        f"mandelbrot=s={size}:r={FPS}:maxiter=400:start_x={x}:start_y={y}:start_scale=0.35:"
        f"end_scale=0.0004:end_pts=420:inner=mincol,trim=start={start},setpts=PTS-STARTPTS,"
        f"hue=h={turn}+14*(t+{start}):s=0.9,format=yuv420p"
    )


LOOKS: dict[Look, tuple[str, ...]] = {
    _sea: ("sea", "ocean", "wave", "beach", "water", "sunset", "river", "lake"),
    _mountains: ("mountain", "peak", "forest", "valley", "train", "desert", "dune", "bird"),
    _city: ("city", "neon", "market", "street", "tram", "tower", "car"),
    _tunnel: ("glass", "spin", "tunnel", "portal", "caramel", "flight"),
    _nebula: ("space", "astronaut", "planet", "star", "galaxy", "cloud", "smoke", "fire"),
    _fractal: ("macro", "micro", "drop", "feather", "crystal", "snowflake", "garden"),
}
