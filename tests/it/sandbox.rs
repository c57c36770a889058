//! Ways out of the sandbox of users' functions: none gets out, none harms the shell, and each statement ends with a clear error.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::it::process::{LIMIT, World, binary, run, start_child, wait};

/// How an attempt ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It is an attempt to leave: it is refused, and the audit has the function's name.
    Escape,
    /// The function fails, in these words.
    Fails(&'static str),
    /// It gets this, which tells nothing of the machine and reaches nothing.
    Gets(&'static str),
}

use End::{Escape, Fails, Gets};

/// The code of a function, and how a call of it ends. `call` makes a system call without asking Python.
const ATTEMPTS: &[(&str, &str, End)] = &[
    // The network, by every family.
    ("socket_inet", "import socket; socket.socket(socket.AF_INET)", Escape),
    ("socket_inet6", "import socket; socket.socket(socket.AF_INET6)", Escape),
    ("socket_unix", "import socket; socket.socket(socket.AF_UNIX)", Escape),
    ("socket_netlink", "call('socket', 16, 3, 0)", Escape),
    ("socket_packet", "call('socket', 17, 3, 768)", Escape),
    ("socket_vsock", "call('socket', 40, 1, 0)", Escape),
    ("socket_alg", "call('socket', 38, 5, 0)", Escape),
    ("socket_pair", "import socket; socket.socketpair()", Escape),
    ("socket_raw_call", "call('socket', 2, 1, 0)", Escape),
    ("own_socket", "import socket; socket.socket(fileno=0).getpeername()", Escape),
    ("name_look_up", "import socket; socket.getaddrinfo('example.com', 80)", Escape),
    ("web", "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')", Escape),
    // Files.
    ("passwords", "open('/etc/passwd').read()", Escape),
    ("process_files", "open('/proc/self/environ').read()", Escape),
    ("process_files_of_the_shell", "open('/proc/1/maps').read()", Escape),
    ("folder", "import os; os.listdir('/')", Escape),
    ("climbing", "open('/python/../etc/shadow').read()", Escape),
    ("write", "open('/tmp/out', 'w').write('x')", Escape),
    ("write_into_python", "open('/python/lib/evil.py', 'w').write('x')", Escape),
    ("write_past_python", "return call('openat', -100, b'/python/bin/python3', 0o1)", Escape),
    ("read_past_python", "return str(call('openat', -100, b'/etc/passwd', 0))", Gets("-1")),
    ("proc_past_python", "return str(call('openat', -100, b'/proc/1/root/etc/passwd', 0))", Gets("-1")),
    ("device", "return str(call('openat', -100, b'/dev/mem', 0))", Gets("-1")),
    ("memory_file", "call('memfd_create', b'x', 0)", Escape),
    ("temporary", "import tempfile; tempfile.TemporaryFile()", Escape),
    ("link", "import os; os.symlink('/etc/passwd', '/python/x')", Escape),
    ("mount", "call('mount', b'x', b'/', b'proc', 0, 0)", Escape),
    ("new_root", "call('chroot', b'/')", Escape),
    // Other processes.
    ("fork", "import os; os.fork()", Escape),
    ("fork_past_python", "call('fork')", Escape),
    ("clone_past_python", "call('clone', 17, 0, 0, 0, 0)", Escape),
    ("fork_bomb", "import os\nwhile True: os.fork()", Escape),
    ("command", "import subprocess; subprocess.run(['/bin/sh', '-c', 'id'])", Escape),
    ("become_another", "import os; os.execv('/python/bin/python3', ['python3', '-c', 'print(1)'])", Escape),
    ("become_another_past_python", "call('execve', b'/python/bin/python3', 0, 0)", Escape),
    ("signal_to_all", "import os; os.kill(-1, 9)", Escape),
    ("signal_to_the_group", "call('kill', 0, 9)", Escape),
    ("signal_to_the_parent", "import os; os.kill(os.getppid(), 9)", Escape),
    ("trace", "call('ptrace', 16, 1, 0, 0)", Escape),
    ("read_memory", "call('process_vm_readv', 1, 0, 0, 0, 0, 0)", Escape),
    ("open_process", "call('pidfd_open', 1, 0)", Escape),
    ("processes", "import multiprocessing; multiprocessing.Process(target=print).start()", Escape),
    // The kernel.
    ("unshare", "call('unshare', 0x10000000)", Escape),
    ("enter_namespace", "call('setns', 0, 0)", Escape),
    ("ring", "call('io_uring_setup', 1, 0)", Escape),
    ("bpf", "call('bpf', 0, 0, 0)", Escape),
    ("keys", "call('keyctl', 0, -3, 0)", Escape),
    ("perf", "call('perf_event_open', 0, 0, -1, -1, 0)", Escape),
    ("faults", "call('userfaultfd', 0)", Escape),
    ("other_filter", "call('seccomp', 1, 0, 0)", Escape),
    ("rights", "call('prctl', 38, 0, 0, 0, 0)", Escape),
    ("become_root", "call('setuid', 0)", Escape),
    ("higher_limits", "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))", Escape),
    // What it was born with.
    ("environment", "import os; return str(sorted(os.environ))", Gets("['HOME']")),
    // What one process could tell another by: they share the files of Python.
    (
        "lock",
        "import fcntl, os; fcntl.lockf(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_SH)",
        Fails("PermissionError"),
    ),
    (
        "lease",
        "import fcntl, os; fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), fcntl.F_SETLEASE, 0)",
        Fails("PermissionError"),
    ),
    ("load_of_the_machine", "return str(call('sysinfo', ctypes.create_string_buffer(256)))", Gets("-1")),
    ("shared_futex", "return str(call('futex', ctypes.byref(ctypes.c_int(0)), 1, 1))", Gets("-1")),
    ("descriptors", "import os; return str([n for n in range(3, 64) if call('fcntl', n, 1) >= 0])", Gets("[]")),
    ("own_number", "import os; return str(os.getpid())", Gets("1")),
    ("host", "import os; return os.uname().nodename", Gets("sandbox")),
    ("user", "import os; return str((os.getuid(), os.getgid()))", Gets("(65534, 65534)")),
    ("rights_it_has", "return str(call('capget', None, None))", Escape),
    // What it gives.
    ("pickle", "import pickle; pickle.loads(b\"cos\\nsystem\\n(S'id'\\ntR.\")", Escape),
    ("no_answer", "import os; os.write(0, b'x' * 100)", Fails("not an answer")),
    ("long_answer", "import os, struct; os.write(0, struct.pack('<Q', 1 << 60))", Fails("not an answer")),
    (
        "forged_answer",
        "import os, struct; os.write(0, struct.pack('<Q', 6) + b'R\\0\\xff\\xff\\xff\\xff')",
        Fails("not an answer"),
    ),
    ("endless_answer", "import os\nwhile True: os.write(0, b'\\0' * 65536)", Fails("not an answer")),
    ("huge_value", "return 'x' * (400 << 20)", Fails("")),
    ("flood", "while True: print('x' * 10000)", Fails("s for some rows")),
    ("leave", "import os; os._exit(0)", Fails("exit code 0")),
    ("leave_politely", "raise SystemExit", Fails("SystemExit")),
    (
        "at_exit",
        "import atexit; atexit.register(lambda: open('/etc/passwd')); raise KeyboardInterrupt",
        Fails("KeyboardInterrupt"),
    ),
    ("crash", "import ctypes; ctypes.string_at(0)", Fails("signal 11")),
    ("abort", "import os; os.abort()", Fails("ended with signal")),
    ("closed_line", "import os; os.close(0)", Fails("")),
    // What it takes.
    ("hang", "while True: pass", Fails("s for some rows")),
    ("sleep", "import time; time.sleep(600)", Fails("s for some rows")),
    (
        "deaf_sleep",
        "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; time.sleep(600)",
        Fails("s for some rows"),
    ),
    ("memory", "x = []\nwhile True: x.append(bytearray(1 << 20))", Fails("MemoryError")),
    ("recursion", "f = lambda: f()\nf()", Fails("RecursionError")),
    ("threads", "import threading; threading.Thread(target=print).start()", Fails("start new thread")),
    ("watcher_removed", "import sys; sys.addaudithook(lambda *_: None); open('/etc/passwd')", Escape),
    ("patched", "import os, builtins; os._exit = lambda *_: None; builtins.repr = None; open('/etc/passwd')", Escape),
    // After the last answer, where nobody asks any more.
    ("late_past_python", "afterwards(lambda: call('socket', 2, 1, 0))", Escape),
    ("late", "afterwards(lambda: open('/etc/passwd'))", Escape),
    ("later_past_python", "afterwards(lambda: (os.read(0, 1), call('fork')))", Escape),
    ("later", "afterwards(lambda: (os.read(0, 1), os.fork()))", Escape),
    ("latest", "import time; afterwards(lambda: (os.read(0, 1), time.sleep(0.1), open('/etc/passwd')))", Escape),
    ("late_without_a_word", "afterwards(lambda: (fill(), open('/etc/passwd')))", Escape),
    ("after_its_time", "os.read(0, 1); call('socket', 2, 1, 0)", Escape),
    ("after_its_time_in_python", "os.read(0, 1); open('/etc/passwd')", Escape),
    ("after_its_failure", "afterwards(lambda: call('fork')); raise ValueError", Escape),
    ("large", "x = bytearray(200 << 20); return str(len(x))", Gets("209715200")),
    ("other_line", "import sys; m = sys.modules['__main__']; m._line.send = None; open('/etc/passwd')", Escape),
];

/// Before the code of each attempt: a way around everything that Python itself could tell.
const CALLS: &str = "
from odps.udf import annotate
import ctypes
import os

NUMBERS = {
    'x86_64': dict(openat=257, socket=41, fork=57, clone=56, execve=59, kill=62, fcntl=72, ptrace=101, setuid=105, capget=125, prctl=157,
        chroot=161, mount=165, keyctl=250, unshare=272, perf_event_open=298, setns=308, process_vm_readv=310, seccomp=317,
        memfd_create=319, futex=202, sysinfo=99, bpf=321, userfaultfd=323, io_uring_setup=425, pidfd_open=434),
    'aarch64': dict(openat=56, socket=198, fork=220, clone=220, execve=221, kill=129, fcntl=25, ptrace=117, setuid=146, capget=90, prctl=167,
        chroot=51, mount=40, keyctl=219, unshare=97, perf_event_open=241, setns=268, process_vm_readv=270, seccomp=277,
        memfd_create=279, futex=98, sysinfo=179, bpf=280, userfaultfd=282, io_uring_setup=425, pidfd_open=434),
}[os.uname().machine]


def call(name, *arguments):
    return ctypes.CDLL(None).syscall(NUMBERS[name], *arguments)


def afterwards(attempt):
    import sys
    sys.modules['__main__']._line.receive = attempt


def fill():
    os.set_blocking(0, False)
    try:
        while True:
            os.write(0, b'x' * 4096)
    except BlockingIOError:
        os.set_blocking(0, True)
";

fn module() -> String {
    let mut text = CALLS.to_owned();
    for (name, code, _) in ATTEMPTS {
        text.push_str(&format!("\n\n@annotate('->string')\nclass {name}:\n    def evaluate(self):\n"));
        for line in code.lines() {
            text.push_str(&format!("        {line}\n"));
        }
    }
    text
}

/// A state with a function for each attempt; nothing where there is no Python.
fn prepared() -> Option<World> {
    if Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        println!("skipped: no python3 on this machine");
        return None;
    }
    let world = World::fresh();
    world.file("attempts.py", module());
    let mut script = ".project create p;\nuse p;\nadd py attempts.py;\n".to_owned();
    for (name, ..) in ATTEMPTS {
        script.push_str(&format!("create function {name} as 'attempts.{name}' using 'attempts.py';\n"));
    }
    world.succeed(&script);
    Some(world)
}

#[test]
fn no_attempt_gets_out_of_the_sandbox_or_harms_the_shell() {
    let Some(world) = prepared() else { return };
    let mut wrong = Vec::new();
    for (name, _, end) in ATTEMPTS {
        let begun = Instant::now();
        let ended = world.pipe(format!("use p; set odps.function.timeout=2; select {name}() as x;"));
        let (output, error) = (ended.output(), ended.error());
        let audit: String = world
            .database()
            .query_row("select objects || ' ' || rules from audit order by id desc limit 1", [], |row| row.get(0))
            .unwrap();
        let is_as_expected = match end {
            Escape => {
                ended.code == Some(1)
                    && error.contains("ODPSH-0110")
                    && error.contains("tried to leave its sandbox")
                    && audit.contains(&format!("Escape:projects/p/registration/functions/{name}"))
            }
            Fails(words) => {
                ended.code == Some(1)
                    && error.contains("ODPS-0123144")
                    && error.contains(words)
                    && !audit.contains("Escape:")
            }
            Gets(value) => ended.code == Some(0) && output.contains(value),
        };
        if !is_as_expected || begun.elapsed() > Duration::from_secs(20) {
            wrong.push(format!("{name}: {end:?} in {:?}\n{output}\n{error}\n{audit}", begun.elapsed()));
        } else {
            ended.assert_orderly(name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.check();
}

/// The processes below one.
fn below(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        if status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == parent.to_string())) {
            found.push(process);
            found.extend(below(process));
        }
    }
    found
}

/// Whether a process is there and has not ended.
fn is_alive(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LIMIT, "{what}");
        sleep(Duration::from_millis(20));
    }
}

/// A shell in which a function runs that never ends, and the processes below it.
fn busy(world: &World) -> (Child, Vec<u32>) {
    let mut command = world.command();
    let shell = start_child(command.args(["-e", "use p; select hang() as x;"]));
    let is_python = |process: &u32| {
        fs::read_to_string(format!("/proc/{process}/cmdline")).is_ok_and(|line| line.starts_with("/python/"))
    };
    until("the function runs", || below(shell.id()).iter().any(is_python));
    let processes = below(shell.id());
    (shell, processes)
}

#[test]
fn a_shell_that_is_killed_leaves_no_process_behind() {
    let Some(world) = prepared() else { return };
    let (mut shell, processes) = busy(&world);
    shell.kill().unwrap();
    shell.wait().unwrap();
    until("every process has ended", || !processes.iter().any(|process| is_alive(*process)));
    world.check();
    assert!(world.succeed("use p; select 1 as one;").contains('1'));
}

#[test]
fn each_process_of_a_function_ends_with_the_other() {
    let Some(world) = prepared() else { return };
    for which in 0..2 {
        let (shell, processes) = busy(&world);
        let kill = Command::new("kill").args(["-9", &processes[which].to_string()]).status().unwrap();
        assert!(kill.success());
        let ended = wait(shell, Instant::now());
        until("every process has ended", || !processes.iter().any(|process| is_alive(*process)));
        assert_eq!(ended.code, Some(1), "{}", ended.error());
        assert!(ended.error().contains("failed"), "{}", ended.error());
    }
}

#[test]
fn ctrl_c_and_kill_end_a_function() {
    let Some(world) = prepared() else { return };
    let (shell, processes) = busy(&world);
    let interrupted = Command::new("kill").args(["-INT", &shell.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let ended = wait(shell, Instant::now());
    assert!(ended.time < Duration::from_secs(20), "{:?}", ended.time);
    until("every process has ended", || !processes.iter().any(|process| is_alive(*process)));

    let (shell, processes) = busy(&world);
    let running = "select o.name from object o join instance_object i on i.id = o.id where i.status = 'Running'";
    let instance: String = world.database().query_row(running, [], |row| row.get(0)).unwrap();
    world.succeed(&format!("use p; kill {instance};"));
    let ended = wait(shell, Instant::now());
    assert_eq!(ended.code, Some(1), "{}", ended.error());
    until("every process has ended", || !processes.iter().any(|process| is_alive(*process)));
}

#[test]
fn without_a_mechanism_nothing_runs() {
    let Some(world) = prepared() else { return };
    let script = format!(
        "echo 0 > /proc/sys/user/max_user_namespaces && exec '{}' -e 'use p; select host() as x;'",
        binary().display()
    );
    let mut command = world.command_as("unshare", &["-Ur", "sh", "-c", &script]);
    if Command::new("unshare").args(["-Ur", "true"]).status().is_ok_and(|status| status.success()) {
        let ended = wait(start_child(&mut command), Instant::now());
        let error = ended.assert_refused("no user namespaces");
        assert!(error.contains("cannot run on this machine: its sandbox needs the user namespace"), "{error}");
    } else {
        println!("skipped: no `unshare` that may make a user namespace");
    }
    let mut command = world.command();
    let ended = run(command.args(["-e", "use p; select host() as x;"]), b"");
    assert!(ended.output().contains("sandbox"), "{}", ended.error());
}

#[test]
fn what_the_functions_of_a_statement_use_together_is_bounded() {
    let Some(world) = prepared() else { return };
    let calls = |number: usize| {
        let names = ATTEMPTS.iter().map(|(name, ..)| *name).filter(|name| *name != "large").take(number);
        names.map(|name| format!(", {name}()")).collect::<String>()
    };
    let refused = world.pipe(format!("use p; select large(){};", calls(32)));
    let error = refused.assert_refused("33 functions");
    assert!(error.contains("a statement calls more than 32 user functions"), "{error}");
    // The others are not reached: the memory is the same whether or not they are called.
    let call = |others: usize| {
        format!(
            "use p; select case when x = '' then concat(''{}) else x end from (select large() as x) q limit 1;",
            calls(others)
        )
    };
    assert!(world.succeed(&call(1)).contains("209715200"));
    let failed = world.pipe(call(20));
    assert!(failed.code == Some(1) && failed.error().contains("MemoryError"), "{}{}", failed.output(), failed.error());
}

#[test]
fn a_resource_of_several_functions_is_held_once() {
    let Some(world) = prepared() else { return };
    const SIZE: u64 = 24 << 20;
    const FUNCTIONS: u64 = 14;
    world.file("large.txt", vec![b'x'; SIZE as usize]);
    let mut script = "use p;\nadd file large.txt;\n".to_owned();
    for number in 0..FUNCTIONS {
        script.push_str(&format!("create function h{number} as 'attempts.host' using 'attempts.py,large.txt';\n"));
    }
    world.succeed(&script);
    // What the shell holds at most while the last function runs.
    let peak = |number: u64| {
        let calls: String = (0..number).map(|number| format!("h{number}() as c{number}, ")).collect();
        let mut command = world.command();
        let mut shell = start_child(command.args(["-e", &format!("use p; select {calls}hang() as x;")]));
        until("every function runs", || below(shell.id()).len() as u64 > 2 * number + 1);
        let status = fs::read_to_string(format!("/proc/{}/status", shell.id())).unwrap();
        shell.kill().unwrap();
        shell.wait().unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak.unwrap().parse::<u64>().unwrap() << 10
    };
    let (one, all) = (peak(1), peak(FUNCTIONS));
    assert!(all < one + FUNCTIONS * SIZE / 2, "{one} bytes with one function, {all} with {FUNCTIONS}");
}

#[test]
fn a_shell_that_is_killed_at_any_time_leaves_no_process_and_no_half_file() {
    let Some(world) = prepared() else { return };
    let outside = world.folder().join("outside");
    fs::create_dir(&outside).unwrap();
    world.file("work.py", "from odps.udf import annotate\n\n@annotate('bigint->string')\nclass Work:\n    def evaluate(self, n):\n        return 'x' * 500\n");
    world.succeed(&format!(
        "use p; add py work.py; create function work as 'work.Work' using 'work.py';
         create table t (n bigint); insert into t values (1), (2), (3), (4); create table u (n bigint, s string);
         {}
         create external table e (n bigint, s string) stored by 'com.aliyun.odps.CsvStorageHandler' location 'file://{}';",
        "insert into t select n from t;".repeat(11),
        outside.display()
    ));
    let mut random = fastrand::Rng::with_seed(7);
    for turn in 0..12 {
        let target = if turn % 2 == 0 { "e" } else { "u" };
        let before = [world.data_files().len(), fs::read_dir(&outside).unwrap().count()];
        let begun = Instant::now();
        let mut command = world.command();
        let mut shell =
            start_child(command.args(["-e", &format!("use p; insert into {target} select n, work(n) from t;")]));
        let moment = Duration::from_millis(random.u64(50..2500));
        let mut processes = Vec::new();
        while begun.elapsed() < moment {
            processes.extend(below(shell.id()));
            sleep(Duration::from_millis(5));
        }
        shell.kill().unwrap();
        let whole = shell.wait().unwrap().success();
        until("every process has ended", || !processes.iter().any(|process| is_alive(*process)));
        let count = world.succeed(&format!("use p; select count(*) as n, sum(length(s)) as m from {target};"));
        let count: Vec<&str> = count.lines().filter(|line| line.starts_with("| ")).nth(1).unwrap().split('|').collect();
        let rows: u64 = count[1].trim().parse().unwrap();
        let letters = count[2].trim().parse().unwrap_or(0);
        // Each write is there as a whole, or not at all.
        assert!(rows.is_multiple_of(4 << 11) && letters == rows * 500, "turn {turn} ({whole}): {count:?}");
        world.check();
        println!("{target} after {moment:?}: {rows} rows, {before:?} files before");
    }
    // What was begun is gone with the next write.
    world.succeed("use p; insert into e values (1, 'x');");
    let names = fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| name.to_string_lossy().starts_with("part-")));
}
