"""Filter graphs that paint moving pictures: what stands in for a filmed prompt.

Each look has texture all over and moves all the time, so that a crop, a scale or a join that goes
wrong shows. They are drawn small and enlarged, for the sake of the machine.
"""

from simulators.choices import Choices

FPS = 24


def graph(choices: Choices, width: int, height: int, start: float) -> str:
    """A lavfi graph for a look, `start` seconds into its motion."""
    look = choices.pick("look", (_nebula, _fractal, _ripples))
    return look(choices, width, height, start)


def _nebula(choices: Choices, width: int, height: int, start: float) -> str:
    half = f"{width // 4 * 2}x{height // 4 * 2}"
    seed = choices.number("seed", 1, 9999)
    return (
        f"gradients=s={half}:r={FPS}:n=5:type=spiral:speed=0.015:seed={seed},"
        f"trim=start={start},setpts=PTS-STARTPTS,scale={width}:{height}"
    )


def _fractal(choices: Choices, width: int, height: int, start: float) -> str:
    half = f"{width // 4 * 2}x{height // 4 * 2}"
    turn = choices.number("hue", 0, 359)
    return (
        f"mandelbrot=s={half}:r={FPS}:maxiter=600:end_pts=400,trim=start={start},"
        f"setpts=PTS-STARTPTS,hue=h={turn}+20*t:s=1.3,scale={width}:{height}"
    )


def _ripples(choices: Choices, width: int, height: int, start: float) -> str:
    half = f"{width // 4 * 2}x{height // 4 * 2}"
    turn = choices.number("hue", 0, 359)
    return (
        f"testsrc2=s={half}:r={FPS},trim=start={start},setpts=PTS-STARTPTS,"
        f"hue=h={turn}+25*t,scale={width}:{height}"
    )
