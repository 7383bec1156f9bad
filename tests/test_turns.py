"""Large work takes turns, so that what it needs is needed once; small work goes on beside it."""

from concurrent.futures import ThreadPoolExecutor

from amara_api.kernel import turns

LARGE = 2**20


def test_work_of_two_at_once():
    """Of whoever comes meanwhile, only large work waits."""
    with ThreadPoolExecutor(1) as others:

        def is_free(size: int) -> bool:
            turn = turns.turn(size)
            acquire = getattr(turn, "acquire", None)
            got = others.submit(acquire, blocking=False).result() if acquire else True
            if acquire and got:
                turn.release()
            return got

        with turns.turn(100):
            assert is_free(LARGE)
        with turns.turn(LARGE):
            assert (is_free(100), is_free(LARGE)) == (True, False)
        try:
            with turns.turn(LARGE):
                raise ValueError
        except ValueError:
            assert is_free(LARGE)
