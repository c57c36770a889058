use super::policies::PolicyStatement;
use super::request::{Access, Flow, Request, Requirement};
use super::rule::Rule;
use super::tenant::Manager;
use crate::model::{Action, Grant, JobType, Location, Object, PolicyHolder, ProjectRef, TenantRank, Time};

/// One rule that was applied, and what it found. It refers to the request that was decided by places in it; `explain` puts it into
/// words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The rule.
    pub rule: Rule,
    /// What it found.
    pub finding: Finding,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The caller is signed in.
    SignedIn,
    /// The caller is a member of the current project.
    Member,
    /// The requirement at this place needs nothing that the caller lacks: anyone may, every member may, or the grantee may receive it.
    Requirement(usize),
    /// The caller holds the right in its tenant that the requirement at this place asks for.
    TenantManager(usize, Manager),
    /// The caller may do to a tenant resource what the requirement at this place asks for.
    Act(usize, ManagingGround),
    /// The tenant resource at this place may be used.
    Usage(usize, UsageGround),
    /// The location at this place may be used.
    Location(usize, LocationGround),
    /// A statement of a policy denies what the requirement at this place asks of a tenant resource. Of a use, and of what is managed.
    ResourceDenied(usize, PolicyStatement),
    /// The tenant resource at this place is not mounted to the project that would use it; or, if this says so, the network connection that it
    /// goes through is not.
    NotMounted(usize, bool),
    /// A tunnel download requires Describe and Download instead of the Select of this requirement.
    DownloadRequired(usize),
    /// The rights of the definer count, not the caller's.
    Definer(AccessPlace),
    /// The access, or part of it, is allowed.
    Allowed(AccessPlace, Ground),
    /// A statement of a policy denies the access.
    Denied(AccessPlace, PolicyStatement),
    /// Every column that the access reads is within what its reader may read.
    WithinLabels(AccessPlace),
    /// A statement of a policy denies what reads the source of a flow, and with it what is derived from its data.
    DerivedDenied(FlowPlace, PolicyStatement),
    /// The project ignores ACL entries.
    AclIgnored(AccessPlace),
    /// An entry would allow the access, but its conditions do not hold.
    Withheld(AccessPlace, Grant),
    /// A package lists the object, but the caller lacks Read on the package.
    PackageClosed(AccessPlace, Object),
    /// The address lists of a project cannot be read, so they admit nobody.
    AddressesUnreadable(ProjectRef),
    /// Where the data of a flow may go.
    Flow(FlowPlace, Passage),
    /// At most so many rows are shown because of the flow at this place.
    RowLimit(usize, u64),
    /// Derived data of objects that the caller may not describe is left out, if there are any.
    DerivedData,
    /// The part at this place is left out.
    LeftOut(usize),
}

/// An access of a request: the requirement, and the action that is judged for it, which a tunnel download replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessPlace {
    /// The requirement.
    pub requirement: usize,
    /// The action.
    pub action: Action,
}

/// A flow of a request, or of one of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowPlace {
    /// The part; `None` for the flows of the request itself.
    pub part: Option<usize>,
    /// The flow.
    pub flow: usize,
}

/// Why an access is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// The subject owns the project.
    ProjectOwner,
    /// The subject holds Super_Administrator.
    SuperAdministrator,
    /// The subject holds Admin.
    Admin,
    /// The subject has this rank in the tenant that owns the project (TNT-2).
    TenantRank(TenantRank),
    /// The subject owns the object.
    ObjectOwner,
    /// The owner of the object's schema, for granting on what is in it.
    SchemaOwner,
    /// An ACL entry.
    Entry(Grant),
    /// A statement of a policy of the object's project.
    Policy(PolicyStatement),
    /// A package that is installed in the current project lists the object, and is open to the subject.
    Package(Object, Opened),
}

/// Why a tenant resource may be managed (TRS-1, TRS-5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagingGround {
    /// The caller is the account of the tenant, or has a rank in it.
    Manager(Manager),
    /// The caller made it.
    Creator,
    /// A statement of the policy of a tenant role.
    Policy(PolicyStatement),
}

/// Why a tenant resource may be used (TRS-2, TRS-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageGround {
    /// The project uses whatever its tenant has, and the subject may run tasks in it.
    Unchecked,
    /// It is mounted, or the project does not ask for that; managers of the project chose it.
    Managers,
    /// It is mounted, and the subject is owner or Super_Administrator of the project.
    Mounted,
    /// It is mounted, and a statement of a policy allows its use.
    Policy(PolicyStatement),
}

/// Why a location may be used (EXT-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationGround {
    /// The project does not control external locations.
    Unchecked,
    /// It is in this one of the project's list.
    Listed(Location),
}

/// What opens an installed package to a subject (PTH-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The subject administers the installing project.
    Administrator,
    /// An entry on the package as a whole.
    Read(Grant),
    /// A statement of a policy of the installing project that allows Read on the package.
    ReadPolicy(PolicyStatement),
    /// An entry inside the package, on the object.
    Inside(Grant),
}

/// Why data may flow, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It stays in its project.
    Stays,
    /// Download was required for it, which replaces protection.
    ByDownload,
    /// Its project is not protected.
    Unprotected,
    /// It was read through packages.
    ThroughPackage,
    /// The destination is trusted since then.
    Trusted(Time),
    /// The statement of this number in the exception policy lets it out.
    Excepted(usize),
    /// The statement of this number would, but for a condition.
    NearlyExcepted(usize),
    /// The exception policy cannot be read, so it lets nothing out.
    PolicyUnreadable,
    /// Its project is protected.
    Protected,
}

/// Who may read a piece of evidence (BND-2, STG-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility<'r> {
    /// Everyone reads all of it.
    Everyone,
    /// Everyone reads that it was applied; only administrators of this project read the fact.
    FactFor(&'r ProjectRef),
    /// Only administrators of this project may know of it.
    OnlyFor(&'r ProjectRef),
    /// Everyone reads that it was applied; only who heads the tenant of this project reads the fact.
    FactForTenant(&'r ProjectRef),
    /// Only who heads the tenant of this project may know of it.
    OnlyForTenant(&'r ProjectRef),
}

impl Evidence {
    /// Who may read it, of a decision about `request`.
    pub fn visibility<'r>(&'r self, request: &'r Request) -> Visibility<'r> {
        let current = |to: fn(&'r ProjectRef) -> Visibility<'r>| request.current.as_ref().map(to);
        let found = match &self.finding {
            Finding::Definer(place) => place.access(request).and_then(Access::behind).and_then(|view| {
                // That there is another view inside, and whose it is, is for who manages its project.
                (request.entrance(view) != view).then_some(Visibility::FactFor(&view.project))
            }),
            Finding::Allowed(place, ground) => match ground {
                Ground::Package(..) => current(Visibility::FactFor),
                Ground::Entry(_) | Ground::Policy(_) => {
                    place.access(request).map(|access| Visibility::FactFor(&access.object.project))
                }
                Ground::ProjectOwner
                | Ground::SuperAdministrator
                | Ground::Admin
                | Ground::TenantRank(_)
                | Ground::ObjectOwner
                | Ground::SchemaOwner => {
                    // What a view reads, and what its owner is there, is for who manages that project.
                    let hidden = place.access(request).filter(|access| access.behind().is_some());
                    hidden.map(|access| Visibility::FactFor(&access.object.project))
                }
            },
            Finding::AclIgnored(place) | Finding::Denied(place, _) => {
                place.access(request).map(|access| Visibility::FactFor(&access.object.project))
            }
            // What conditions there are is for those who manage the project.
            Finding::Withheld(place, _) => {
                place.access(request).map(|access| Visibility::OnlyFor(&access.object.project))
            }
            // That a package lists it tells that it is there.
            Finding::PackageClosed(..) => current(Visibility::OnlyFor),
            // What the definition of a table or function names is for who may read the definition, and who manages the project.
            Finding::Usage(place, _) if request.usage(*place).is_some_and(|usage| usage.behind().is_some()) => {
                request.usage(*place).map(|usage| Visibility::OnlyFor(&usage.project))
            }
            Finding::Usage(place, UsageGround::Policy(statement)) | Finding::ResourceDenied(place, statement) => {
                let of_tenant = matches!(statement.holder, PolicyHolder::TenantRole(_));
                let to = if of_tenant { Visibility::FactForTenant } else { Visibility::FactFor };
                request.usage(*place).map(|usage| to(&usage.project))
            }
            // That it is there, and not mounted, is not for those who manage the project (TRS-5).
            Finding::NotMounted(place, _) => {
                request.usage(*place).map(|usage| Visibility::OnlyForTenant(&usage.project))
            }
            // Which locations are allowed is for those who manage the project; so is that something lies outside.
            Finding::Location(place, ground) => match (request.requirements.get(*place), ground) {
                (Some(Requirement::Location(used)), _) if used.behind().is_some() => {
                    Some(Visibility::OnlyFor(&used.project))
                }
                (Some(Requirement::Location(used)), LocationGround::Listed(_)) => {
                    Some(Visibility::FactFor(&used.project))
                }
                _ => None,
            },
            Finding::AddressesUnreadable(project) => Some(Visibility::OnlyFor(project)),
            // That what a view reads has labels is for who manages its project.
            Finding::WithinLabels(place) => {
                let hidden = place.access(request).filter(|access| access.behind().is_some());
                hidden.map(|access| Visibility::OnlyFor(&access.object.project))
            }
            Finding::DerivedDenied(place, _) | Finding::Flow(place, Passage::Trusted(_) | Passage::Excepted(_)) => {
                place.flow(request).map(|flow| Visibility::FactFor(&flow.source.project))
            }
            // That the policy names the caller is for those who manage the project.
            Finding::Flow(place, Passage::NearlyExcepted(_) | Passage::PolicyUnreadable) => {
                place.flow(request).map(|flow| Visibility::OnlyFor(&flow.source.project))
            }
            Finding::Flow(
                _,
                Passage::Stays
                | Passage::ByDownload
                | Passage::Unprotected
                | Passage::ThroughPackage
                | Passage::Protected,
            )
            | Finding::SignedIn
            | Finding::Member
            | Finding::Requirement(_)
            | Finding::TenantManager(..)
            | Finding::Act(..)
            | Finding::Usage(_, UsageGround::Unchecked | UsageGround::Managers | UsageGround::Mounted)
            | Finding::DownloadRequired(_)
            | Finding::RowLimit(..)
            | Finding::DerivedData
            | Finding::LeftOut(_) => None,
        };
        found.unwrap_or(Visibility::Everyone)
    }
}

impl AccessPlace {
    /// The access of the requirement, whose action may be another one.
    pub(super) fn access(self, request: &Request) -> Option<&Access> {
        match request.requirements.get(self.requirement)? {
            Requirement::Access(access) => Some(access),
            Requirement::None(_)
            | Requirement::Member(_)
            | Requirement::GrantTo { .. }
            | Requirement::AllowTo { .. }
            | Requirement::Unbound { .. }
            | Requirement::Tenant(_)
            | Requirement::TenantProject(_)
            | Requirement::Join { .. }
            | Requirement::Act(_)
            | Requirement::Usage(_)
            | Requirement::Location(_) => None,
        }
    }
}

impl FlowPlace {
    /// The flow.
    pub(super) fn flow(self, request: &Request) -> Option<&Flow> {
        let flows = match self.part {
            None => &request.flows,
            Some(part) => &request.parts.get(part)?.flows,
        };
        flows.get(self.flow)
    }

    /// The job type that its data is read by.
    pub(super) fn job(self, request: &Request) -> Option<JobType> {
        self.part.and_then(|part| request.parts.get(part)?.job).or(request.job)
    }
}
