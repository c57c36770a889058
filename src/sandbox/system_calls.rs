//! Which system calls the confined process may make; any other one ends it.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare, SeccompCondition as Condition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use super::spec::{Failure, Step as _};

const WHAT: &str = "seccomp";

/// What an interpreter needs to compute, to read its own modules, and to speak over the descriptors that it has.
const ALLOWED: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_pselect6,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_times,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
];

/// The same, under names that this machine has besides.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[i64] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_lstat,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[i64] = &[];

/// Asked for by libraries that do without them: they fail, and end nothing.
const FAILING: &[(i64, i32)] = &[
    (libc::SYS_ioctl, libc::ENOTTY),
    // Its flags are behind a pointer, which no filter can follow; libraries use `clone` then.
    (libc::SYS_clone3, libc::ENOSYS),
    (libc::SYS_sched_setaffinity, libc::EPERM),
    (libc::SYS_sched_getparam, libc::EPERM),
    (libc::SYS_sched_getscheduler, libc::EPERM),
    (libc::SYS_membarrier, libc::ENOSYS),
    (libc::SYS_epoll_create1, libc::ENOSYS),
    (libc::SYS_eventfd2, libc::ENOSYS),
    // It would tell of the whole machine, other processes included.
    (libc::SYS_sysinfo, libc::ENOSYS),
];

/// What `fcntl` may do to descriptors. Locks, leases and owners belong to the file, which is the same for every process of the machine: one
/// could tell another something by them.
const FCNTL: &[i32] =
    &[libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL];

/// Set where a `futex` is for threads of one process; in a file that is mapped it would reach other processes.
const FUTEX_PRIVATE_FLAG: u64 = 128;

/// Restricts this process. The only program that it may still become is the one whose name is at this address: another process image
/// has no name there.
pub(super) fn restrict(program: u64) -> Result<(), Failure> {
    let equal = |argument, value| Condition::new(argument, Length::Qword, Compare::Eq, value);
    let masked = |argument, mask, value| Condition::new(argument, Length::Dword, Compare::MaskedEq(mask), value);
    let only = |condition: Result<Condition, _>| -> Result<Vec<SeccompRule>, Failure> {
        Ok(vec![SeccompRule::new(vec![condition.step(WHAT)?]).step(WHAT)?])
    };
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().chain(ALLOWED_HERE).map(|call| (*call, Vec::new())).collect();
    allowed.extend(FAILING.iter().map(|(call, _)| (*call, Vec::new())));
    // Files are opened for reading alone.
    let writes = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_PATH) as u64;
    allowed.insert(libc::SYS_openat, only(masked(2, writes, libc::O_RDONLY as u64))?);
    #[cfg(target_arch = "x86_64")]
    allowed.insert(libc::SYS_open, only(masked(1, writes, libc::O_RDONLY as u64))?);
    allowed.insert(libc::SYS_execve, only(equal(0, program))?);
    // Limits are read, not set.
    allowed.insert(libc::SYS_prlimit64, only(equal(2, 0))?);
    // A thread cannot be made either (below), but asking for one is no way out.
    let thread = libc::CLONE_THREAD as u64;
    allowed.insert(libc::SYS_clone, only(masked(0, thread, thread))?);
    // It ends itself, as `abort` does. It is process 1 of its namespace.
    allowed.insert(libc::SYS_tgkill, only(equal(0, 1))?);

    let mut failing: BTreeMap<i32, BTreeMap<i64, Vec<SeccompRule>>> = BTreeMap::new();
    for (call, error) in FAILING {
        failing.entry(*error).or_default().insert(*call, Vec::new());
    }
    failing.entry(libc::EAGAIN).or_default().insert(libc::SYS_clone, Vec::new());
    let others =
        |command: &i32| Condition::new(1, Length::Dword, Compare::Ne, u64::from(command.unsigned_abs())).step(WHAT);
    let others = FCNTL.iter().map(others).collect::<Result<Vec<_>, _>>()?;
    failing.entry(libc::EPERM).or_default().insert(libc::SYS_fcntl, vec![SeccompRule::new(others).step(WHAT)?]);
    let shared = only(masked(1, FUTEX_PRIVATE_FLAG, 0))?;
    failing.entry(libc::ENOSYS).or_default().insert(libc::SYS_futex, shared);
    let kill = SeccompAction::KillProcess;
    let mut programs = failing.into_iter().map(|(error, calls)| {
        let error = SeccompAction::Errno(error.unsigned_abs());
        program_of(SeccompFilter::new(calls, SeccompAction::Allow, error, architecture()?))
    });
    let programs = programs.by_ref().collect::<Result<Vec<_>, _>>()?;
    let first = program_of(SeccompFilter::new(allowed, kill, SeccompAction::Allow, architecture()?))?;
    // The strictest answer of all counts. The one that ends the process comes last: it does not allow to add others.
    for program in programs.iter().chain([&first]) {
        apply_filter(program).step(WHAT)?;
    }
    Ok(())
}

fn architecture() -> Result<TargetArch, Failure> {
    TargetArch::try_from(std::env::consts::ARCH).step(WHAT)
}

fn program_of(filter: Result<SeccompFilter, seccompiler::BackendError>) -> Result<BpfProgram, Failure> {
    BpfProgram::try_from(filter.step(WHAT)?).step(WHAT)
}
