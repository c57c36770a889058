//! Who asks, from where, in which project: what binding and deciding need of a session.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::files::SessionFiles;
use crate::command::Context;
use crate::model::{Principal, ProjectRef, Source, Time};
use crate::security::{Claim, Request};

/// Who asks. What outlives a statement keeps one of its own, as it was when the statement began.
#[derive(Clone)]
pub(super) struct Caller {
    pub principal: Principal,
    /// Id of the account that signed in: a new account of the same name is a different one (ACC-11a).
    pub account: i64,
    pub source: Source,
    pub current: Option<ProjectRef>,
    pub flags: BTreeMap<String, String>,
    pub files: SessionFiles,
    /// Set to stop what runs.
    pub cancel: Arc<AtomicBool>,
}

impl Caller {
    /// What a statement is bound in.
    pub fn context(&self, now: Time, seed: u64) -> Context<'_> {
        Context {
            principal: &self.principal,
            account: Some(self.account),
            source: &self.source,
            current: self.current.as_ref(),
            now,
            flags: &self.flags,
            as_job: None,
            explains: false,
            supposed: &[],
            seed,
            files: &self.files,
            cancel: &self.cancel,
            endpoint: self.files.store.path(),
        }
    }

    /// A request for these claims alone.
    pub fn request(&self, claims: Vec<Claim>) -> Request {
        Request {
            principal: self.principal.clone(),
            account: Some(self.account),
            source: self.source.clone(),
            current: self.current.clone(),
            job: None,
            claims,
            flows: Vec::new(),
            shows_rows: false,
            downloads: false,
            definitions: BTreeMap::new(),
            parts: Vec::new(),
        }
    }
}
