"""The similarity of two pictures, by the measure that VisualWebArena uses."""

from io import BytesIO

_WINDOW = 7
_MOST_PIXELS = 40_000_000


def picture_similarity(one: bytes, other: bytes) -> float:
    """Return the structural similarity of two pictures in grey, from -1 to 1, both scaled to the larger size.

    Returns 0 if one of them is not a picture or is too large. Needs scikit-image, which the extra `images` installs.
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
    if min(size) < _WINDOW:
        return float(numpy.array_equal(first, second))
    return float(structural_similarity(first, second))  # type: ignore[no-untyped-call]
