"""Says where this Python is: its program, its library, and the libraries of the system that its modules need."""
import importlib
import json
import os
import struct
import sys

if sys.version_info < (3, 8):
    raise SystemExit(1)
library = os.path.dirname(os.path.realpath(os.__file__))
program = os.path.realpath(sys.executable)

# What functions compute with. Modules that only speak to the system are left out: what they need is not shown to functions.
for name in (
    "_bisect _blake2 _bz2 _csv _ctypes _datetime _decimal _elementtree _hashlib _heapq _json _lzma _md5 _opcode _pickle "
    "_queue _random _sha1 _sha256 _sha2 _sha3 _sha512 _socket _statistics _struct _uuid _zoneinfo array binascii cmath fcntl "
    "math mmap pyexpat resource select unicodedata zlib"
).split():
    try:
        importlib.import_module(name)
    except ImportError:
        pass

objects = set()
with open("/proc/self/maps") as maps:
    for line in maps:
        path = line.split(None, 5)[5].strip() if len(line.split(None, 5)) > 5 else ""
        if path.startswith("/") and ".so" in os.path.basename(path):
            objects.add(path)


def interpreter(path):
    """The program header that names what loads a program."""
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            return None
        offset, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        for number in range(count):
            file.seek(offset + number * size)
            header = file.read(size)
            if struct.unpack_from("<I", header)[0] == 3:
                start, = struct.unpack_from("<Q", header, 8)
                length, = struct.unpack_from("<Q", header, 32)
                file.seek(start)
                return file.read(length).rstrip(b"\0").decode()
    return None


loader = interpreter(program)
real = os.path.realpath(loader) if loader else None
found = []
for path in sorted(objects):
    if path.startswith(library + os.sep) or path == real:
        continue
    found.append(path)
# Libraries are looked for by the names that their users know them by, which are links as a rule.
needed = []
for path in found:
    needed.append(path)
    folder = os.path.dirname(path)
    for name in os.listdir(folder):
        link = os.path.join(folder, name)
        if os.path.islink(link) and os.path.realpath(link) == path and ".so." in name:
            needed.append(link)
print(json.dumps({
    "program": program,
    "library": library,
    "below": "%s/python%d.%d" % (sys.platlibdir if hasattr(sys, "platlibdir") else "lib", sys.version_info[0], sys.version_info[1]),
    "loader": loader,
    "objects": needed,
}))
