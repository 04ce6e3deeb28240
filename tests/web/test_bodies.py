"""Bodies that arrive at once share a budget."""

import pytest
from loops import run
from starlette.requests import ClientDisconnect

from hub.web.bodies import Bodies, BodyRefused


def arriving(*chunks):
    """Return what receives a body that comes in *chunks*; after a ``None`` the client is gone."""
    messages = iter(
        [
            {"type": "http.disconnect"}
            if chunk is None
            else {"type": "http.request", "body": chunk, "more_body": True}
            for chunk in chunks
        ]
        + [{"type": "http.request", "body": b""}]
    )

    async def receive():
        return next(messages)

    return receive


def test_what_is_held_by_others_counts_until_they_are_answered():
    async def story():
        bodies = Bodies(most=10)
        first = await bodies.read(arriving(b"123456"), 8)
        with pytest.raises(BodyRefused) as caught:
            await bodies.read(arriving(b"12345"), 8)
        second = await bodies.read(arriving(b"12", b"34"), 8)
        bodies.release(first)
        bodies.release(second)
        third = await bodies.read(arriving(b"12345678"), 8)
        return caught.value.status, first, second, third

    assert run(story()) == (503, b"123456", b"1234", b"12345678")


@pytest.mark.parametrize(
    ("chunks", "error"), [([b"123", None], ClientDisconnect), ([b"123456789"], BodyRefused)]
)
def test_what_is_not_read_to_its_end_frees_its_share(chunks, error):
    async def story():
        bodies = Bodies(most=10)
        for _ in range(5):
            with pytest.raises(error):
                await bodies.read(arriving(*chunks), 8)
        await bodies.read(arriving(b"1"), 8)
        return await bodies.read(arriving(b"123456789"), 9)

    assert run(story()) == b"123456789"


def test_one_that_is_alone_may_be_larger_than_the_budget():
    async def story():
        return len(await Bodies(most=10).read(arriving(b"x" * 20), 20))

    assert run(story()) == 20


@pytest.mark.parametrize("declared", ["0" * 5000, "0" * 4000 + "3"])
def test_a_size_of_thousands_of_digits_is_no_trouble(declared):
    async def story():
        return await Bodies().read(arriving(b"123"), 8, declared)

    assert run(story()) == b"123"
