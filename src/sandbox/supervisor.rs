//! The outer process: makes the namespaces, starts the inner one in them, and ends it when the shell is gone.

use std::fs;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::descriptors;
use super::roles::INNER;
use super::spec::{Failure, Step as _};
use caps::CapSet;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sched::{CloneFlags, unshare};

/// How often it looks whether the process has ended, in milliseconds.
const LOOK: u16 = 20;
/// Whom the confined process is to itself: nobody that has rights anywhere.
const NOBODY: u32 = 65534;

/// Runs the confined process that `spec` describes to its end.
pub(super) fn run(spec: &str) -> Result<(), Failure> {
    descriptors::close_above(2).step("closing descriptors")?;
    make_namespaces()?;
    let mut inner = Command::new("/proc/self/exe");
    // What it is given: the line to the shell, its output, and the report until it is ready.
    let inner = inner.arg0(INNER).arg(spec).env_clear().stdin(Stdio::inherit()).stdout(Stdio::inherit());
    let mut inner = inner.stderr(Stdio::inherit()).spawn().step("the pid namespace")?;
    // Its end of the line shows the shell that the process is gone.
    let ended = watch(&mut inner);
    let status = match ended {
        Ok(status) => status,
        Err(failure) => {
            let _ = inner.kill();
            let _ = inner.wait();
            return Err(failure);
        }
    };
    let how = match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}\n"),
        (None, code) => format!("exit {}\n", code.unwrap_or(-1)),
    };
    std::io::stderr().write_all(how.as_bytes()).step("the report")
}

fn make_namespaces() -> Result<(), Failure> {
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(CloneFlags::CLONE_NEWUSER).step("the user namespace")?;
    fs::write("/proc/self/setgroups", "deny").step("the user namespace")?;
    fs::write("/proc/self/uid_map", format!("{NOBODY} {user} 1")).step("the user namespace")?;
    fs::write("/proc/self/gid_map", format!("{NOBODY} {group} 1")).step("the user namespace")?;
    for (flag, what) in [
        (CloneFlags::CLONE_NEWNS, "the mount namespace"),
        (CloneFlags::CLONE_NEWNET, "the network namespace"),
        (CloneFlags::CLONE_NEWIPC, "the ipc namespace"),
        (CloneFlags::CLONE_NEWUTS, "the uts namespace"),
        (CloneFlags::CLONE_NEWCGROUP, "the cgroup namespace"),
        (CloneFlags::CLONE_NEWPID, "the pid namespace"),
    ] {
        unshare(flag).step(what)?;
    }
    // Only in the namespaces: the inner process needs them to build its root, and gives them up.
    const WHAT: &str = "the user namespace";
    let held = caps::read(None, CapSet::Permitted).step(WHAT)?;
    caps::set(None, CapSet::Inheritable, &held).step(WHAT)?;
    caps::set(None, CapSet::Ambient, &held).step(WHAT)
}

/// Waits for the end of the inner process, or ends it once nobody reads the report, or nobody the line, any more.
fn watch(inner: &mut Child) -> Result<ExitStatus, Failure> {
    const WHAT: &str = "watching the process";
    let (line, report) = (std::io::stdin(), std::io::stderr());
    loop {
        if let Some(status) = inner.try_wait().step(WHAT)? {
            return Ok(status);
        }
        // Wakes at once where the shell is gone or wants the end, and soon where the process has ended.
        let mut watched = [&report.as_fd(), &line.as_fd()].map(|end| PollFd::new(*end, PollFlags::empty()));
        match poll(&mut watched, LOOK) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(Failure::new(WHAT, error.to_string())),
        }
        let is_gone = |end: &PollFd<'_>| {
            end.revents().is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
        };
        if watched.iter().any(is_gone) {
            inner.kill().step(WHAT)?;
            return inner.wait().step(WHAT);
        }
    }
}
