"""How alike two pictures are, by the measure that VisualWebArena judges with."""

from io import BytesIO

_SIDE = 7
_MOST_PIXELS = 40_000_000


def likeness(one: bytes, other: bytes) -> float:
    """Structural similarity in grey, from -1 to 1, both scaled to the larger size; 0 for what is no picture.

    The extra `images` brings scikit-image. Without it, tasks that compare pictures cannot run.
    """
    import numpy
    from PIL import Image
    from skimage.metrics import structural_similarity

    try:
        pictures = [Image.open(BytesIO(data)) for data in (one, other)]
        size = (max(picture.width for picture in pictures), max(picture.height for picture in pictures))
        if size[0] * size[1] > _MOST_PIXELS:
            return 0.0
        first, second = (
            numpy.asarray(picture.convert("L").resize(size, Image.Resampling.LANCZOS)) for picture in pictures
        )
    except (OSError, ValueError, Image.DecompressionBombError):
        return 0.0
    if min(size) < _SIDE:
        return float(numpy.array_equal(first, second))
    return float(structural_similarity(first, second))  # type: ignore[no-untyped-call]
