"""Runs one function of a user's own inside the sandbox.

Requests and answers go over descriptor 0: eight bytes of length, then a body. Columns have Arrow's layout: a byte that says whether
there are NULLs, then for each row a byte whether there is a value, then the values, or their offsets and bytes.
"""
import array
import collections
import datetime
import decimal
import importlib.abc
import importlib.util
import io
import itertools
import json
import os
import struct
import sys
import traceback
import types

# What Python calls the file of this program.
_BUILT_IN = "<string>"
_LONGEST_TEXT = 2000
_EPOCH = datetime.datetime(1970, 1, 1)
_FIRST_DAY = datetime.date(1970, 1, 1).toordinal()


class _Line:
    """The connection to the shell."""

    def __init__(self):
        self._in = open(0, "rb", buffering=1 << 16, closefd=False)

    def receive(self):
        head = self._in.read(8)
        if len(head) < 8:
            os._exit(0)
        length, = struct.unpack("<Q", head)
        body = bytearray(length)
        view = memoryview(body)
        while length:
            read = self._in.readinto(view)
            if not read:
                os._exit(0)
            view = view[read:]
            length -= read
        return body

    def send(self, *parts):
        head = struct.pack("<Q", sum(map(len, parts)))
        for part in (head,) + parts:
            view = memoryview(part)
            while view:
                view = view[os.write(0, view):]


_line = _Line()


class _Failure(Exception):
    """What is said of a function, in words of this program."""


# Values, a column at a time.

_WIDTH = {"tinyint": "b", "smallint": "h", "int": "i", "bigint": "q", "float": "f", "double": "d", "date": "i"}
_MOMENTS = {"datetime": 1000, "timestamp": 1, "timestamp_ntz": 1}


class _Reader:
    def __init__(self, body, position):
        self.body = memoryview(body)
        self.position = position

    def take(self, length):
        start = self.position
        self.position += length
        return self.body[start:self.position]

    def number(self):
        return struct.unpack("<I", self.take(4))[0]


def _read_column(kind, rows, reader):
    has_nulls = reader.take(1)[0]
    known = reader.take(rows) if has_nulls else None
    values = _read_values(kind, rows, reader)
    if known is None:
        return values
    return [value if there else None for value, there in zip(values, known)]


def _read_values(kind, rows, reader):
    name = kind[0]
    if name in _WIDTH:
        code = _WIDTH[name]
        numbers = reader.take(rows * struct.calcsize(code)).cast(code).tolist()
        if name == "date":
            return [datetime.date.fromordinal(_FIRST_DAY + day) for day in numbers]
        return numbers
    if name == "boolean":
        return list(map(bool, reader.take(rows)))
    if name in _MOMENTS:
        unit = _MOMENTS[name]
        numbers = reader.take(rows * 8).cast("q").tolist()
        if unit == 1:
            moments = [_EPOCH + datetime.timedelta(microseconds=number // 1000) for number in numbers]
        else:
            moments = [_EPOCH + datetime.timedelta(milliseconds=number) for number in numbers]
        if name == "timestamp_ntz" or not reader.take(1)[0]:
            return moments
        # The clock of the session shows an hour twice when it is set back.
        return [moment.replace(fold=1) if again else moment for moment, again in zip(moments, reader.take(rows))]
    if name == "struct":
        columns = [_read_column(part, rows, reader) for part in kind[2]]
        make = collections.namedtuple("struct", kind[1], rename=True)
        return [make(*values) for values in zip(*columns)] if columns else [make()] * rows
    offsets = reader.take((rows + 1) * 4).cast("i").tolist()
    ends = zip(offsets, itertools.islice(offsets, 1, None))
    if name == "array":
        items = _read_column(kind[1], offsets[-1], reader)
        return [items[start:end] for start, end in ends]
    if name == "map":
        keys = _read_column(kind[1], offsets[-1], reader)
        items = _read_column(kind[2], offsets[-1], reader)
        return [dict(zip(keys[start:end], items[start:end])) for start, end in ends]
    data = bytes(reader.take(offsets[-1]))
    if name == "binary":
        return [data[start:end] for start, end in ends]
    if data.isascii():
        text = data.decode("ascii")
        values = [text[start:end] for start, end in ends]
    else:
        values = [data[start:end].decode("utf-8") for start, end in ends]
    if name == "decimal":
        return [decimal.Decimal(value) if value else None for value in values]
    return values


def _wrong(kind, value):
    return _Failure("it returns a value of type `%s` where its signature says `%s`" % (type(value).__name__, kind[0]))


def _write_column(kind, values, parts):
    """Adds a column to the parts of an answer."""
    if None in values if _compares(values) else any(value is None for value in values):
        parts.append(b"\1")
        parts.append(bytes([value is not None for value in values]))
        blank = _blank(kind)
        values = [blank if value is None else value for value in values]
    else:
        parts.append(b"\0")
    _write_values(kind, values, parts)


_PLAIN = {int, float, str, bool, bytes, type(None)}


def _compares(values):
    """Whether no value has a comparison of the function's own."""
    return set(map(type, values)) <= _PLAIN


def _blank(kind):
    name = kind[0]
    if name in _WIDTH and name != "date":
        return 0
    return {
        "date": datetime.date(1970, 1, 1), "boolean": False, "binary": b"", "decimal": decimal.Decimal(0), "array": [], "map": {},
        "datetime": _EPOCH, "timestamp": _EPOCH, "timestamp_ntz": _EPOCH,
        "struct": (None,) * len(kind[2]) if name == "struct" else None,
    }.get(name, "")


def _write_values(kind, values, parts):
    name = kind[0]
    if name in _WIDTH:
        code = _WIDTH[name]
        if name == "date":
            for value in values:
                if type(value) is not datetime.date:
                    raise _wrong(kind, value)
            values = [value.toordinal() - _FIRST_DAY for value in values]
        try:
            parts.append(array.array(code, values).tobytes())
        except TypeError:
            wanted = float if code in "fd" else int
            raise _wrong(kind, next(value for value in values if not isinstance(value, (wanted, int)))) from None
        except OverflowError:
            raise _Failure("it returns a number that does not fit `%s`" % name) from None
    elif name == "boolean":
        for value in values:
            if type(value) is not bool:
                raise _wrong(kind, value)
        parts.append(bytes(values))
    elif name in _MOMENTS:
        for value in values:
            if not isinstance(value, datetime.datetime):
                raise _wrong(kind, value)
        micro = datetime.timedelta(microseconds=1)
        clocks = b""
        if name != "timestamp_ntz":
            # What the clock of the session shows: for the first or the second time. With a zone of its own, a moment in UTC.
            marks = bytes([value.fold if value.tzinfo is None else 2 for value in values])
            clocks = b"\1" + marks if any(marks) else b"\0"
            values = [value if value.tzinfo is None else value.astimezone(datetime.timezone.utc) for value in values]
        numbers = ((value.replace(tzinfo=None) - _EPOCH) // micro for value in values)
        numbers = (number // 1000 for number in numbers) if name == "datetime" else (number * 1000 for number in numbers)
        try:
            parts.append(array.array("q", numbers).tobytes())
        except OverflowError:
            raise _Failure("it returns a date or time that does not fit `%s`" % name) from None
        parts.append(clocks)
    elif name == "struct":
        rows = []
        for value in values:
            if isinstance(value, dict):
                value = [value.get(field) for field in kind[1]]
            if not isinstance(value, (tuple, list)) or len(value) != len(kind[2]):
                raise _wrong(kind, value)
            rows.append(value)
        for at, part in enumerate(kind[2]):
            _write_column(part, [row[at] for row in rows], parts)
    elif name in ("array", "map"):
        wanted = dict if name == "map" else (list, tuple)
        for value in values:
            if not isinstance(value, wanted):
                raise _wrong(kind, value)
        parts.append(array.array("i", itertools.accumulate(map(len, values), initial=0)).tobytes())
        if name == "array":
            _write_column(kind[1], list(itertools.chain.from_iterable(values)), parts)
        else:
            keys = list(itertools.chain.from_iterable(values))
            if None in keys:
                raise _Failure("it returns a map with a key that is None")
            _write_column(kind[1], keys, parts)
            _write_column(kind[2], list(itertools.chain.from_iterable(value.values() for value in values)), parts)
    else:
        if name == "decimal":
            for value in values:
                if type(value) not in (decimal.Decimal, int):
                    raise _wrong(kind, value)
            values = [format(decimal.Decimal(value), "f") for value in values]
        if name == "binary":
            for value in values:
                if not isinstance(value, (bytes, bytearray)):
                    raise _wrong(kind, value)
            lengths = map(len, values)
            data = b"".join(values)
        else:
            try:
                text = "".join(values)
            except TypeError:
                raise _wrong(kind, next(value for value in values if not isinstance(value, str))) from None
            data = text.encode("utf-8", "surrogatepass" if name == "?" else "strict")
            lengths = map(len, values) if len(data) == len(text) else (len(value.encode("utf-8")) for value in values)
        if len(data) > 2**31 - 1:
            raise _Failure("it returns more than 2 GiB at once")
        parts.append(array.array("i", itertools.accumulate(lengths, initial=0)).tobytes())
        parts.append(data)


# What functions import.

def _annotate(*signatures):
    def annotate(target):
        target._odps_signatures = signatures
        return target
    return annotate


class BaseUDAF:
    def new_buffer(self):
        raise NotImplementedError

    def iterate(self, buffer, *args):
        raise NotImplementedError

    def merge(self, buffer, pbuffer):
        raise NotImplementedError

    def terminate(self, buffer):
        raise NotImplementedError


class BaseUDTF:
    def forward(self, *values):
        _forwarded.append(values)

    def process(self, *args):
        raise NotImplementedError

    def close(self):
        pass


_forwarded = []
_resources = {}


def _resource(name, *kinds):
    kind, content = _resources.get(str(name).lower(), (None, None))
    if kind not in kinds:
        raise FileNotFoundError("the function has no %s resource `%s`" % (" or ".join(kinds), name))
    return kind, content


def get_cache_file(name, mode="t"):
    _, content = _resource(name, "file", "py")
    content = io.BytesIO(content)
    content.name = name
    return content if "b" in mode else io.TextIOWrapper(content, encoding="utf-8")


def get_cache_table(name):
    _, rows = _resource(name, "table")
    return iter(rows)


def get_cache_archive(name, relative_path="."):
    """The files of an archive below a folder: nothing is unpacked, and links lead nowhere."""
    import posixpath
    import tarfile
    import zipfile

    _, content = _resource(name, "archive", "jar")
    wanted = posixpath.normpath(relative_path)

    def is_below(path):
        if path.startswith(("/", "../")):
            return False
        return wanted == "." or path == wanted or path.startswith(wanted + "/")

    def opened(path, data):
        file = io.BytesIO(data)
        file.name = path
        return file

    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                path = posixpath.normpath(entry.filename)
                if not entry.is_dir() and (entry.external_attr >> 16) & 0o170000 != 0o120000 and is_below(path):
                    yield opened(path, archive.read(entry))
    else:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for entry in archive:
                path = posixpath.normpath(entry.name)
                if entry.isreg() and is_below(path):
                    yield opened(path, archive.extractfile(entry).read())


def _make_modules():
    def module(name, **names):
        made = types.ModuleType(name)
        made.__dict__.update(names)
        sys.modules[name] = made
        return made

    udf = module("odps.udf", annotate=_annotate, BaseUDAF=BaseUDAF, BaseUDTF=BaseUDTF)
    cache = module(
        "odps.distcache", get_cache_file=get_cache_file, get_cache_table=get_cache_table, get_cache_archive=get_cache_archive
    )
    module("odps", udf=udf, distcache=cache, __path__=[])


class _Modules(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the Python resources of the function."""

    def __init__(self, sources):
        self._sources = sources

    def find_spec(self, name, path=None, target=None):
        if name in self._sources:
            return importlib.util.spec_from_loader(name, self, origin=name + ".py")
        return None

    def get_source(self, name):
        return self._sources[name].decode("utf-8")

    def get_code(self, name):
        return compile(self._sources[name], name + ".py", "exec", dont_inherit=True)

    def is_package(self, name):
        return False


# What is an attempt to leave. The kernel is what keeps functions in; this says what they tried.

_NETWORK = ("socket.", "ftplib.", "http.", "imaplib.", "nntplib.", "poplib.", "smtplib.", "telnetlib.", "urllib.")
_PROCESS = (
    "os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn",
    "subprocess.Popen", "signal.pthread_kill", "syslog.", "resource.setrlimit", "resource.prlimit",
)
_FILE = (
    "open", "os.chdir", "os.chflags", "os.chmod", "os.chown", "os.fwalk", "os.link", "os.listdir", "os.listxattr", "os.lockf", "os.mkdir",
    "os.getxattr", "os.remove", "os.removexattr", "os.rename", "os.rmdir", "os.scandir", "os.setxattr", "os.symlink", "os.truncate",
    "os.utime", "os.walk", "sqlite3.connect", "shutil.", "tempfile.",
)


def _watch():
    """Says what is tried, and ends the process. Whatever a function may replace is held here."""
    own = os.path.realpath(sys.prefix) + os.sep
    network, process, file = _NETWORK, _PROCESS, _FILE
    leave, write, pack = os._exit, os.write, struct.Struct("<Q").pack
    shown, is_a, texts, binary, none = repr, isinstance, (str, bytes), bytes, type(None)
    normal, separator, changes = os.path.normpath, os.sep, os.O_WRONLY | os.O_RDWR | os.O_CREAT
    size = len

    def attempt(event, arguments):
        said = b"A" + (event + " " + shown(arguments)[:200]).encode("utf-8", "replace")
        try:
            write(0, pack(size(said)) + said)
        finally:
            # The supervisor reports it, whether or not anybody still reads what is said.
            leave(113)

    def watch(event, arguments):
        if event.startswith(network) or event.startswith(process):
            attempt(event, arguments)
        elif event.startswith(file):
            path = arguments[0] if arguments else None
            if not is_a(path, texts):
                return
            if is_a(path, binary):
                path = path.decode("utf-8", "replace")
            if event == "open" and not is_a(arguments[2], none) and arguments[2] & changes:
                attempt(event, arguments)
            if event[:3] == "os." and not event.startswith(("os.listdir", "os.scandir", "os.walk", "os.chdir")):
                attempt(event, arguments)
            # Without a folder of its own, a relative path begins at the root.
            if not (normal(path if path[:1] == separator else separator + path) + separator).startswith(own):
                attempt(event, arguments)

    sys.addaudithook(watch)


# The function.

class _Function:
    def __init__(self, about, class_):
        self.arguments = about["arguments"]
        self.results = about["results"]
        self.kind = about["kind"]
        self.instance = class_()
        self.buffers = {}

    def columns(self, rows, reader):
        given = self.arguments
        return [_read_column(kind, rows, reader) for kind in given]

    def scalar(self, rows, reader):
        columns = self.columns(rows, reader)
        evaluate = self.instance.evaluate
        if columns:
            values = list(map(evaluate, *columns))
        else:
            values = [evaluate() for _ in range(rows)]
        parts = []
        _write_column(self.results[0], values, parts)
        return parts

    def table(self, rows, reader):
        columns = self.columns(rows, reader)
        _forwarded.clear()
        ends = [0]
        process = self.instance.process
        for row in (zip(*columns) if columns else itertools.repeat((), rows)):
            process(*row)
            ends.append(len(_forwarded))
        parts = [array.array("i", ends).tobytes()]
        width = len(self.results)
        for values in _forwarded:
            if len(values) != width:
                raise _Failure("it forwards %d values, but its signature declares %d" % (len(values), width))
        for at, kind in enumerate(self.results):
            _write_column(kind, [values[at] for values in _forwarded], parts)
        _forwarded.clear()
        return parts

    def iterate(self, rows, reader):
        groups = reader.take(rows * 4).cast("I").tolist()
        columns = self.columns(rows, reader)
        buffers, iterate, new = self.buffers, self.instance.iterate, self.instance.new_buffer
        for group, *row in zip(groups, *columns):
            buffer = buffers.get(group)
            if buffer is None:
                buffer = buffers[group] = new()
            iterate(buffer, *row)
        return []

    def merge(self, rows, reader):
        import marshal

        groups = reader.take(rows * 4).cast("I").tolist()
        buffers, merge, new = self.buffers, self.instance.merge, self.instance.new_buffer
        for group, state in zip(groups, _read_column(["binary"], rows, reader)):
            buffer = buffers.get(group)
            if buffer is None:
                buffer = buffers[group] = new()
            if state is not None:
                merge(buffer, marshal.loads(state))
        return []

    def taken(self, rows, reader):
        groups = reader.take(rows * 4).cast("I").tolist()
        return [self.buffers.pop(group, None) for group in groups]

    def state(self, rows, reader):
        import marshal

        try:
            states = [None if buffer is None else marshal.dumps(buffer) for buffer in self.taken(rows, reader)]
        except ValueError:
            raise _Failure("its buffer holds values that are not numbers, text, lists or dictionaries") from None
        parts = []
        _write_column(["binary"], states, parts)
        return parts

    def terminate(self, rows, reader):
        terminate, new = self.instance.terminate, self.instance.new_buffer
        values = [terminate(new() if buffer is None else buffer) for buffer in self.taken(rows, reader)]
        parts = []
        _write_column(self.results[0], values, parts)
        return parts

    def peek(self, rows, reader):
        groups = reader.take(rows * 4).cast("I").tolist()
        terminate, new = self.instance.terminate, self.instance.new_buffer
        values = [terminate(self.buffers[group] if group in self.buffers else new()) for group in groups]
        parts = []
        _write_column(self.results[0], values, parts)
        return parts


def _start(body):
    reader = _Reader(body, 1)
    about = json.loads(bytes(reader.take(reader.number())))
    sources = {}
    for resource in about["resources"]:
        name, kind = resource["name"], resource["kind"]
        if kind == "table":
            rows = resource["rows"]
            columns = [_read_column(column, rows, reader) for column in resource["columns"]]
            _resources[name] = kind, (list(zip(*columns)) if columns else [()] * rows)
            continue
        content = bytes(reader.take(resource["length"]))
        _resources[name] = kind, content
        if kind == "py":
            sources[name[:-3]] = content
    modules = _Modules(sources)
    sys.meta_path.insert(0, modules)
    name, _, class_ = about["class"].rpartition(".")
    _watch()
    # Even if a module of Python has its name.
    module = importlib.util.module_from_spec(modules.find_spec(name))
    sys.modules.setdefault(name, module)
    module.__spec__.loader.exec_module(module)
    return _Function(about, getattr(module, class_))


def _said(error):
    """The text of an error of the function, and where it is."""
    if isinstance(error, _Failure):
        return str(error)
    last = traceback.format_exception_only(type(error), error)[-1].strip()
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename != _BUILT_IN and not frame.filename.startswith(sys.prefix):
            where = " (%s, line %s)" % (frame.filename, frame.lineno)
    return last[:_LONGEST_TEXT] + where


def _main():
    _make_modules()
    # Otherwise libraries ask the system for the home of the user.
    os.environ["HOME"] = "/"
    sys.stdin = io.StringIO()
    function = None
    send, write_failure = _line.send, _said
    while True:
        body = _line.receive()
        kind = chr(body[0])
        try:
            if kind == "I":
                function = _start(body)
                answer = []
            else:
                reader = _Reader(body, 1)
                answer = _STEPS[kind](function, reader.number(), reader)
            answer = [b"R"] + answer
        except BaseException as error:
            try:
                answer = [b"E", write_failure(error).encode("utf-8", "replace")]
            except BaseException:
                answer = [b"E", type(error).__name__.encode("utf-8", "replace")]
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            pass
        send(*answer)


_STEPS = {
    "C": _Function.scalar, "T": _Function.table, "N": _Function.iterate, "M": _Function.merge, "S": _Function.state,
    "V": _Function.terminate, "P": _Function.peek,
}
_main()
