from odps.udf import BaseUDAF, annotate


@annotate("bigint->double")
class Average(BaseUDAF):
    def new_buffer(self):
        return [0, 0]

    def iterate(self, buffer, number):
        if number is not None:
            buffer[0] += number
            buffer[1] += 1

    def merge(self, buffer, other):
        buffer[0] += other[0]
        buffer[1] += other[1]

    def terminate(self, buffer):
        return buffer[0] / buffer[1] if buffer[1] else None


@annotate("string->array<string>")
class Different(BaseUDAF):
    """Its buffer is no list of numbers: what cannot cross a border is told."""

    def new_buffer(self):
        return []

    def iterate(self, buffer, text):
        if text not in buffer:
            buffer.append(text)

    def merge(self, buffer, other):
        for text in other:
            self.iterate(buffer, text)

    def terminate(self, buffer):
        return sorted(text or "" for text in buffer)
