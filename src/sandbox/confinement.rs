//! The inner process: builds its own small world, gives up every right, and becomes the interpreter.
//!
//! It is the first process of its namespaces, so the kernel ends everything in them with it. Each step is needed: where one
//! fails, nothing runs.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::spec::{Failure, Limits, Place, Spec, Step as _};
use super::{descriptors, system_calls};
use caps::CapSet;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::prctl::{set_no_new_privs, set_pdeathsig};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{chdir, dup2_stderr, execve, pivot_root, sethostname, setsid};

/// Where the new root is put together: a folder that every system has.
const STAGE: &str = "/proc";

/// Confines this process as `spec` says, and runs the interpreter in its place.
pub(super) fn enter(spec: &Spec) -> Result<Infallible, Failure> {
    set_pdeathsig(Signal::SIGKILL).step("the signal that follows the parent's death")?;
    descriptors::close_above(2).step("closing descriptors")?;
    setsid().step("a session of its own")?;
    sethostname("sandbox").step("the uts namespace")?;
    build_root(&spec.places)?;
    limit(&spec.limits)?;
    drop_rights()?;
    restrict_files(spec)?;
    let program = c_string(&spec.program)?;
    let arguments = spec.arguments.iter().map(|argument| c_string(Path::new(argument)));
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    // What the program writes by itself goes where its output goes, and the supervisor learns that nothing is missing.
    std::io::stderr().write_all(b"ready\n").step("the report")?;
    dup2_stderr(std::io::stdout()).step("the output")?;
    system_calls::restrict(program.as_ptr().addr() as u64)?;
    execve(&program, &arguments, &[] as &[CString]).step("the interpreter")
}

fn c_string(path: &Path) -> Result<CString, Failure> {
    CString::new(path.as_os_str().as_encoded_bytes()).step("the interpreter's name")
}

/// A root with nothing in it but the places of the interpreter, none of which can be written.
fn build_root(places: &[Place]) -> Result<(), Failure> {
    const WHAT: &str = "the mount namespace";
    const BOUND: MsFlags = MsFlags::MS_BIND.union(MsFlags::MS_REC);
    let closed = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).step(WHAT)?;
    let empty = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("sandbox"), STAGE, Some("tmpfs"), empty, Some("size=1m,mode=0755")).step(WHAT)?;
    for Place { from, to } in places {
        let to = Path::new(STAGE).join(to.strip_prefix("/").unwrap_or(to));
        let target = if from.is_dir() { Some(to.as_path()) } else { to.parent() };
        target.map_or(Ok(()), fs::create_dir_all).step(WHAT)?;
        if !from.is_dir() {
            fs::File::create(&to).step(WHAT)?;
        }
        mount(Some(from.as_path()), &to, none, BOUND, none).step(WHAT)?;
        mount(none, &to, none, closed, none).step(WHAT)?;
        for hidden in ["site-packages", "dist-packages"].map(|name| to.join(name)) {
            if hidden.is_dir() {
                mount(Some("hidden"), &hidden, Some("tmpfs"), empty | MsFlags::MS_RDONLY, Some("size=4k"))
                    .step(WHAT)?;
            }
        }
    }
    chdir(STAGE).step(WHAT)?;
    pivot_root(".", ".").step(WHAT)?;
    umount2(".", MntFlags::MNT_DETACH).step(WHAT)?;
    chdir("/").step(WHAT)?;
    mount(none, "/", none, closed, none).step(WHAT)
}

fn limit(limits: &Limits) -> Result<(), Failure> {
    for (resource, most) in [
        (Resource::RLIMIT_AS, limits.memory),
        (Resource::RLIMIT_CPU, limits.seconds),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NOFILE, 64),
        (Resource::RLIMIT_NPROC, 1),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_MSGQUEUE, 0),
        (Resource::RLIMIT_SIGPENDING, 16),
        (Resource::RLIMIT_STACK, 8 << 20),
    ] {
        setrlimit(resource, most, most).step("a limit")?;
    }
    Ok(())
}

/// No capability is left, and none comes back.
fn drop_rights() -> Result<(), Failure> {
    const WHAT: &str = "dropping capabilities";
    set_no_new_privs().step("no_new_privs")?;
    caps::clear(None, CapSet::Ambient).step(WHAT)?;
    for capability in caps::runtime::thread_all_supported() {
        caps::drop(None, CapSet::Bounding, capability).step(WHAT)?;
    }
    for set in [CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).step(WHAT)?;
    }
    Ok(())
}

/// Landlock: files are read below the places of the interpreter, and its program alone is executed.
fn restrict_files(spec: &Spec) -> Result<(), Failure> {
    const WHAT: &str = "landlock";
    const NEEDED: ABI = ABI::V4;
    let programs: Vec<PathBuf> = std::iter::once(spec.program.clone()).chain(spec.loader.clone()).collect();
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = AccessFs::ReadFile | AccessFs::Execute;
    let beneath = |path: &Path, access: BitFlags<AccessFs>| -> Result<_, Failure> {
        Ok(PathBeneath::new(PathFd::new(path).step(WHAT)?, access))
    };
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))
        .step(WHAT)?
        .handle_access(AccessNet::from_all(NEEDED))
        .step(WHAT)?
        // Newer kernels restrict these as well; namespaces and system calls do so everywhere.
        .set_compatibility(CompatLevel::BestEffort)
        .scope(Scope::from_all(ABI::V6))
        .step(WHAT)?
        .create()
        .step(WHAT)?;
    for Place { to, .. } in &spec.places {
        let access = if to.is_dir() { read } else { AccessFs::ReadFile.into() };
        rules = rules.add_rule(beneath(to, access)?).step(WHAT)?;
    }
    for program in &programs {
        rules = rules.add_rule(beneath(program, run)?).step(WHAT)?;
    }
    let status = rules.restrict_self().step(WHAT)?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(Failure::new(WHAT, "the kernel does not enforce it")),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}
