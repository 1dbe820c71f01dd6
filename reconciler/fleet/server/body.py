"""What a request carries, no more than it may."""

from __future__ import annotations

from starlette.requests import Request


class TooLarge(Exception):
    """A request carries more than it may."""


async def body_of(request: Request, most: int) -> bytes:
    """Raises: TooLarge: more than `most` bytes; the rest is not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)
