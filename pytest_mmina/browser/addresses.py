"""Which addresses an agent may open in any web."""

import re

from pytest_mmina.core.errors import ActionFailed


class RefusedAddress(ActionFailed):
    """An address that no episode may open, in whatever web it runs."""

    blocked = True


def allowed_address(text: str) -> str:
    """Return the complete form of an address that an agent wants to open.

    An address without a scheme gets one: `http` on localhost, `https` elsewhere. Raises RefusedAddress for everything
    but http, https and about:blank.
    """
    # Browsers ignore control characters and outer blanks: to them, `java\\tscript:` is a scheme.
    address = re.sub(r"[\x00-\x1f\x7f]", "", text).strip()
    if re.match(r"(https?://[^/]|about:blank$)", address, re.IGNORECASE):
        return address
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
    # `localhost:7770` and `www.example.com:443` are hosts with a port. No scheme in use has a dot in its name.
    if scheme is not None and scheme.group(1).lower() != "localhost" and "." not in scheme.group(1):
        raise RefusedAddress(
            f"blocked: {scheme.group(1).lower()}: addresses are refused, only http and https are allowed"
        )
    return f"{'http' if address.startswith('localhost') else 'https'}://{address}"
