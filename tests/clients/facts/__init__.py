"""What programs put on the wire and look for in the answer: one table, a module a program.

Recorded from their source and from the wire, since they cannot be installed from PyPI, npm or
Debian; those that can are driven as they are, beside this. Each row says whose it is.
"""

from . import (
    amara_java,
    amara_php,
    amaranth,
    corsair,
    khan_academy,
    kstools,
    nytimes,
    others,
    prx_amara,
    ted_uploader,
)

RECORDED = (
    *("KSTools", "amara-php", "corsair", "nytimes", "amara-java", "KA Deutsch", "prx-amara"),
    *("amaranth", "TED uploader"),
)
"""Programs that are nowhere to be installed from, and so are here, each with facts of its own."""

DRIVEN = ("amaraapi", "yt-dlp", "youtube_dl")
"""Programs that are: the suite installs and runs them, each in a module of its own."""

FACTS = [
    *kstools.FACTS,
    *amara_php.FACTS,
    *corsair.FACTS,
    *nytimes.FACTS,
    *amara_java.FACTS,
    *khan_academy.FACTS,
    *prx_amara.FACTS,
    *amaranth.FACTS,
    *ted_uploader.FACTS,
    *others.FACTS,
]
