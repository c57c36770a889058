use super::{DataFile, JobType, Object, ObjectId, ObjectKind, Principal, ProjectRef, SchemaName, Time};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceStatus {
    /// It runs.
    Running,
    /// It came to its end.
    Success,
    /// It ended with an error, or with the shell that ran it.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl InstanceStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Running, Self::Success, Self::Failed, Self::Cancelled];

    /// The word for the job itself. Source: odpscmd, `status`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The status of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// The word for the instance: only whether it ended, not how its job ended.
    ///
    /// Source: the client's own statuses of instances and of their tasks.
    pub fn of_instance(self) -> &'static str {
        if self == Self::Running { "Running" } else { "Terminated" }
    }
}

/// Why a result is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It was larger than a result may be.
    Size,
    /// Nobody read it to its end.
    Reader,
    /// Its time is over.
    Time,
    /// It could not be written.
    Disk,
}

impl Lost {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Size, Self::Reader, Self::Time, Self::Disk];

    /// The word that the state keeps.
    pub fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Reader => "reader",
            Self::Time => "time",
            Self::Disk => "disk",
        }
    }

    /// The reason of this word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lost| lost.name() == name)
    }

    /// The reason in words, behind `the result is not kept: `.
    pub fn words(self) -> &'static str {
        match self {
            Self::Size => "it is larger than 1 GiB",
            Self::Reader => "it was not read to the end",
            Self::Time => "results are kept for 24 hours",
            Self::Disk => "it could not be written",
        }
    }
}

/// A job that ran or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Number; never used again.
    pub id: ObjectId,
    /// The project that it ran in.
    pub project: ProjectRef,
    /// The id that people see: time, `g`, letters.
    pub name: String,
    /// Who ran it.
    pub owner: Principal,
    /// The kind of job.
    pub job: JobType,
    /// What was run, secrets removed.
    pub statement: String,
    /// How far it is.
    pub status: InstanceStatus,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
    /// Number and text of the error that ended it; never a value (FLW-10).
    pub error: Option<(String, String)>,
    /// Why its result is not kept.
    pub lost: Option<Lost>,
}

impl Instance {
    /// This instance as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: ObjectKind::Instance,
            id: self.id.into(),
            project: self.project.clone(),
            schema: SchemaName::default(),
            name: self.name.as_str().into(),
            owner: Some(self.owner.clone()),
        }
    }

    /// What its data files are called; while it runs, whatever begins so is its own.
    pub fn file_prefix(id: ObjectId) -> String {
        format!("result{}", id.0)
    }
}

/// Rows that are kept, in the engine's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptRows {
    /// Few, as they are held in the state.
    Small(Vec<u8>),
    /// Many, in a file of their own.
    File(DataFile),
}
