use crate::model::{JobType, Principal, Source, Time};

/// What the conditions of a policy are held against: who moves data, how, and when.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// By which kind of job.
    pub job: Option<JobType>,
    /// From which address.
    pub source: &'a Source,
    /// When.
    pub now: Time,
}
