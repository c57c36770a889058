use super::{Object, ObjectId, ObjectKind, Principal, ProjectRef, Time};

/// A function of a user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Number; never used again.
    pub id: ObjectId,
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// Name, folded.
    pub name: String,
    /// Current owner.
    pub owner: Principal,
    /// Who said what it is made of now, and answers for the resources that it uses; nobody if that account is gone.
    pub maker: Option<Principal>,
    /// The class that runs.
    pub class: String,
    /// The resources that it is made of, by project and name: one that is made anew is used from then on, if it may be read.
    pub resources: Vec<(String, String)>,
    /// When it was made.
    pub created: Time,
    /// When it was last replaced.
    pub modified: Time,
}

impl Function {
    /// This function as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: ObjectKind::Function,
            id: self.id.into(),
            project: self.project.clone(),
            name: self.name.clone(),
            owner: Some(self.owner.clone()),
        }
    }
}
