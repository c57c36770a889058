use crate::model::ObjectId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::service::Service;
use crate::data::Cancel;
use crate::error::{Code, Error};

/// How often it is looked whether a job was killed. A job that is over before costs no look.
const LOOK: Duration = Duration::from_millis(200);

/// Stops the job of this shell when another one kills it.
pub(super) struct Watch {
    cancel: Cancel,
    killed: Arc<AtomicBool>,
    /// Dropped, it ends the thread.
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts watching: sets `cancel` when the instance is killed. If no thread can be started, only the commit
    /// checks for `kill`.
    pub fn start(service: &Arc<Service>, instance: ObjectId, cancel: &Cancel) -> Self {
        let killed = Arc::new(AtomicBool::new(false));
        let mut watch = Self { cancel: Arc::clone(cancel), killed: Arc::clone(&killed), over: None, thread: None };
        let (service, cancel) = (Arc::clone(service), Arc::clone(cancel));
        let (over, wait) = channel::<()>();
        let look = move || {
            while wait.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                // A state that is busy now is not at the next look.
                let is_killed = service.store.read().and_then(|snapshot| snapshot.is_killed(instance));
                if is_killed.unwrap_or_default() {
                    killed.store(true, Ordering::SeqCst);
                    cancel.store(true, Ordering::SeqCst);
                    return;
                }
            }
        };
        watch.thread = std::thread::Builder::new().name("odpsh-watch".to_owned()).spawn(look).ok();
        watch.over = Some(over);
        watch
    }

    /// Stops watching; for a killed job, the error says so, and the session continues.
    pub fn end(&mut self, error: Box<Error>) -> Box<Error> {
        self.stop();
        if error.code == Code::Cancelled && self.killed.load(Ordering::SeqCst) { killed() } else { error }
    }

    fn stop(&mut self) {
        self.over = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
            if self.killed.load(Ordering::SeqCst) {
                // It was this job that was to stop, and not what comes behind it.
                self.cancel.store(false, Ordering::SeqCst);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The error of a job that another shell stopped. Source: odpscmd.
pub(super) fn killed() -> Box<Error> {
    Error::new(Code::Cancelled, "Task got cancelled")
}
