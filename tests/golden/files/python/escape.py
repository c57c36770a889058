from odps.udf import annotate


@annotate("bigint->bigint")
class Network:
    def evaluate(self, a):
        import socket

        socket.create_connection(("192.0.2.1", 80))
        return a


@annotate("bigint->string")
class File:
    def evaluate(self, a):
        return open("/etc/hostname").read()


@annotate("bigint->bigint")
class Process:
    def evaluate(self, a):
        import os

        return os.system("true")


@annotate("bigint->bigint")
class Silent:
    """Goes around every part of Python that could tell."""

    def evaluate(self, a):
        import ctypes

        return ctypes.CDLL(None).socket(2, 1, 0)
