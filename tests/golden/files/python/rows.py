from odps.udf import BaseUDTF, annotate


@annotate("string->string,bigint")
class Split(BaseUDTF):
    def process(self, text):
        if text is None:
            return
        for word in text.split():
            self.forward(word, len(word))


@annotate("bigint->bigint")
class Up(BaseUDTF):
    def process(self, most):
        for number in range(most):
            self.forward(number)


@annotate("bigint->bigint,bigint")
class TooFew(BaseUDTF):
    def process(self, most):
        self.forward(most)
