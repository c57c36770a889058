from odps.udf import annotate


@annotate("bigint,bigint->bigint")
class Plus(object):
    def evaluate(self, a, b):
        if a is None or b is None:
            return None
        return a + b


@annotate("string->string")
class Shout:
    def evaluate(self, text):
        return None if text is None else text.upper() + "!"


@annotate("->bigint")
class Count:
    """Its own state lives as long as the statement."""

    def __init__(self):
        self.called = 0

    def evaluate(self):
        self.called += 1
        return self.called


@annotate("bigint->double")
class Half:
    def evaluate(self, a):
        print("halving", a)
        return a / 2


@annotate("bigint->bigint")
class WrongType:
    def evaluate(self, a):
        return str(a)


class NotAnnotated:
    def evaluate(self):
        return 1


@annotate("bigint->")
class NothingComes:
    pass
