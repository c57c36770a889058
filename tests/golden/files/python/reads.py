from odps.distcache import get_cache_archive, get_cache_file, get_cache_table
from odps.udf import annotate

import sums


@annotate("bigint->string")
class Word:
    """A file is read once; another Python resource is a module."""

    def __init__(self):
        self.words = [line.strip() for line in get_cache_file("words.txt")]
        self.names = sorted(file.name for file in get_cache_archive("words.zip"))

    def evaluate(self, at):
        return "%s %s %d" % (self.words[at], ",".join(self.names), sums.Plus().evaluate(at, 1))


@annotate("bigint->string")
class Name:
    """Looks names up in a table, which is read once."""

    def __init__(self):
        self.names = {row[0]: row[1] for row in get_cache_table("people")}

    def evaluate(self, number):
        return self.names.get(number, "nobody")
