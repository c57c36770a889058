//! What a principal may not know of is refused in the same words, whether it is there or not (STG-4).

use odpsh::analysis::advise;
use odpsh::model::{
    Action, Grant, Grantee, Identity, Object, ObjectKind, Place, Principal, ProjectRef, TenantResource, Time,
};
use odpsh::security::{Access, Destination, Facts, Reason, Request, Requirement, Rights, Verdict, membership};

use super::decided;
use super::naive::{self, Ruling};
use crate::it::worlds::{Asker, Installation, Project, World};

const WORLDS: u64 = 90;
const REQUESTS: usize = 150;

/// All that the caller reads of a refusal: the error, the trail, and what would lift it.
fn words(request: &Request, facts: &dyn Facts, now: Time) -> Option<Vec<String>> {
    let decision = decided(request, facts, now);
    let Verdict::Denied(denial) = decision.verdict() else { return None };
    let error = denial.error(&request.principal, request.current.as_ref());
    let mut words = vec![error.headline("")];
    words.extend(error.help);
    let explained = decision.explanation(request, facts, &request.principal).expect("the facts can be read");
    words.extend(explained.iter().map(ToString::to_string));
    let advice =
        advise(&mut |_| Ok(request.clone()), facts, now, Some(&request.principal)).expect("the facts can be read");
    let advice = advice.visible_to(&request.principal, facts).expect("the facts can be read");
    // Who manages the project that it is about may know what is in it.
    let about = match &denial.reason {
        Reason::NoPrivilege(access, _) | Reason::ExplicitlyDenied(access, _) => Some(access.object.project.id),
        _ => None,
    };
    let about = about.and_then(|id| facts.project(id).expect("the facts can be read"));
    let manages = |project: &odpsh::model::Project| {
        membership(facts, project, &request.principal).expect("the facts can be read").manages()
    };
    if !about.as_deref().is_some_and(manages) {
        words.extend(advice.numbered());
        words.extend(advice.may_be_more.then(|| "more may be missing".to_owned()));
    }
    Some(words)
}

/// The request as it is bound if these objects are not there.
fn without(
    request: &Request,
    missing: impl Fn(&Object) -> Option<Object>,
    gone: impl Fn(&ProjectRef) -> bool,
) -> Request {
    let absent = |object: &Object| missing(object).unwrap_or_else(|| object.clone());
    let project = |project: &ProjectRef| match gone(project) {
        true => ProjectRef::unknown(&project.name),
        false => project.clone(),
    };
    let mut request = request.clone();
    for requirement in &mut request.requirements {
        match requirement {
            Requirement::Access(access) => access.object = absent(&access.object),
            Requirement::GrantTo { project: at, .. }
            | Requirement::AllowTo { project: at, .. }
            | Requirement::Unbound { project: at, .. }
            | Requirement::TenantProject(at)
            | Requirement::Join { project: at, .. } => *at = project(at),
            // One that is not there, in a project that is.
            Requirement::Usage(usage) => {
                usage.resource =
                    TenantResource::unknown(usage.resource.kind, &usage.resource.tenant, &usage.resource.name);
            }
            Requirement::Act(access) => {
                let TenantResource { kind, tenant, name, .. } = &access.resource;
                access.resource = TenantResource::unknown(*kind, tenant, name);
            }
            Requirement::Location(_) | Requirement::None(_) | Requirement::Member(_) | Requirement::Tenant(_) => {}
        }
    }
    for flow in &mut request.flows {
        flow.source = absent(&flow.source);
        if let Destination::Project(to) = &mut flow.destination {
            *to = project(to);
        }
    }
    request
}

/// Whether every access is the caller's: a view's body is only read of a view that is there.
fn is_direct(request: &Request) -> bool {
    !request.requirements.is_empty()
        && request.flows.iter().all(|flow| flow.through.is_empty())
        && request.requirements.iter().all(|requirement| match requirement {
            Requirement::Access(access) => access.rights == Rights::Invoker,
            Requirement::GrantTo { .. } => true,
            Requirement::None(_)
            | Requirement::Member(_)
            | Requirement::AllowTo { .. }
            | Requirement::Unbound { .. }
            | Requirement::Tenant(_)
            | Requirement::TenantProject(_)
            | Requirement::Act(_)
            | Requirement::Usage(_)
            | Requirement::Location(_)
            | Requirement::Join { .. } => false,
        })
}

/// Where packages list an object for those who may read them in the current project.
fn listing<'w>(world: &'w World, request: &Request, object: &Object) -> Vec<&'w Installation> {
    let Some(spot) = world.spot(object) else { return Vec::new() };
    let here = request.current.as_ref().map(|current| current.id);
    let lists = |one: &&Installation| {
        let items = &world.packages[one.package].items;
        Some(one.project) == here && items.iter().any(|item| item.object == spot && !item.removed)
    };
    world.installations.iter().filter(lists).collect()
}

/// Whether the caller may read any of these packages, or something inside of them: then it may know what they list.
fn opens(world: &World, request: &Request, installations: &[&Installation], now: Time) -> bool {
    installations.iter().any(|one| {
        let project = world.project(one.project).expect("where packages are installed");
        let manages = ["admin", "super_administrator"]
            .iter()
            .any(|role| naive::holds_built_in(project, role, &request.principal));
        let mut grants = one.grants.iter().chain(one.inside.iter().map(|inside| &inside.grant));
        project.owner == request.principal
            || manages
            || grants.any(|grant| receives(project, grant, &request.principal))
            || reads_by_policy(world, request, one, now)
    })
}

/// Whether a policy lets the caller read a package (PTH-3).
fn reads_by_policy(world: &World, request: &Request, one: &Installation, now: Time) -> bool {
    let read = Access::of(Action::Read, world.installed(one));
    let alone = request.alone(vec![read.into()], Vec::new());
    matches!(naive::judge(world, &alone, now).ruling, Ruling::Allow { .. })
}

/// The same world without labels, address lists and projects that are frozen: the accesses alone decide.
fn without_barriers(world: &World) -> World {
    let mut open = world.clone();
    for project in &mut open.projects {
        (project.checks_labels, project.frozen) = (false, false);
        project.addresses.clear();
        project.vpcs.clear();
    }
    open
}

fn holds(project: &Project, role: &str, who: &Principal) -> bool {
    project.holders(role).any(|user| user == who)
}

/// Whether an entry is for this user or one of its roles.
fn receives(project: &Project, grant: &Grant, who: &Principal) -> bool {
    match &grant.grantee {
        Grantee::User(user) => user == who,
        Grantee::Role(role) => holds(project, role.as_str(), who),
    }
}

#[test]
fn a_project_of_others_is_refused_like_one_that_is_not_there() {
    let (mut compared, mut closed) = (0, 0);
    for seed in 0..WORLDS {
        let world = World::random(2_000 + seed);
        let memory = world.memory();
        let open = without_barriers(&world);
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let asked = asker.next();
            let request = &asked.request;
            let of_others = |project: &ProjectRef| {
                world.project(project.id).is_none_or(|project| !naive::is_member(project, &request.principal))
            };
            // What a package lists is known to those who may read the package, and to nobody else.
            let unknown = |object: &Object| {
                of_others(&object.project) && !opens(&open, request, &listing(&world, request, object), asked.now)
            };
            let touches = |requirement: &Requirement| matches!(requirement, Requirement::Access(access) if unknown(&access.object));
            // A project of which something is known all the same cannot be as if it were not there.
            let knows = |requirement: &Requirement| matches!(requirement, Requirement::Access(Access { object, .. }) if of_others(&object.project) && !unknown(object));
            let was_there = |requirement: &Requirement| matches!(requirement, Requirement::Access(access) if access.object.id == Identity::Gone);
            if request.requirements.iter().any(was_there) {
                continue;
            }
            if !is_direct(request)
                || !request.requirements.iter().any(touches)
                || request.requirements.iter().any(knows)
            {
                continue;
            }
            let missing = |object: &Object| {
                let stand_in = ProjectRef::unknown(&object.project.name);
                let place = Place { project: stand_in, ..object.place() };
                unknown(object).then(|| Object::unknown_in(object.kind, place, &object.name))
            };
            let hidden = without(request, missing, of_others);
            let seen = words(request, &memory, asked.now);
            let unseen = words(&hidden, &memory, asked.now);
            assert_eq!(seen, unseen, "world {seed}, request {number}: {request:#?}");
            compared += 1;
            closed += usize::from(request.requirements.iter().any(|requirement| match requirement {
                Requirement::Access(access) => {
                    unknown(&access.object) && !listing(&world, request, &access.object).is_empty()
                }
                _ => false,
            }));
        }
    }
    assert!(compared >= 300, "only {compared} requests were compared");
    assert!(closed >= 50, "only {closed} of them were for what a package lists that the caller may not read");
}

#[test]
fn an_object_on_which_one_holds_nothing_is_refused_like_one_that_is_not_there() {
    let (mut compared, mut closed) = (0, 0);
    for seed in 0..WORLDS {
        let world = World::random(3_000 + seed);
        let memory = world.memory();
        let open = without_barriers(&world);
        let memory_open = open.memory();
        let store = world.store();
        let snapshot = store.read().expect("a snapshot");
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let asked = asker.next();
            let request = &asked.request;
            let [Requirement::Access(access @ Access { object, .. })] = request.requirements.as_slice() else {
                continue;
            };
            // Who manages a project may know what is there.
            let manages = |role| {
                let project = world.project(object.project.id);
                project.is_some_and(|project| naive::holds_built_in(project, role, &request.principal))
            };
            if manages("admin") {
                continue;
            }
            let received = |object: &Object, grant: &Grant| {
                let project = world.project(object.project.id);
                project.is_some_and(|project| receives(project, grant, &request.principal))
            };
            let nothing = |object: &Object| match object.kind {
                ObjectKind::Project | ObjectKind::Schema => false,
                ObjectKind::Package => {
                    let of = |installation: &&Installation| object.id.known() == Some(installation.id);
                    let grants = world.installations.iter().filter(of).flat_map(|installation| &installation.grants);
                    grants.into_iter().all(|grant| !received(object, grant))
                }
                _ => {
                    object.owner.as_ref() != Some(&request.principal)
                        && world
                            .spot(object)
                            .is_none_or(|spot| world.entries(spot).iter().all(|grant| !received(object, grant)))
                        && !opens(&open, request, &listing(&world, request, object), asked.now)
                }
            };
            // What is gone was there: its rows are kept.
            let was_there = object.id == Identity::Gone;
            if access.rights != Rights::Invoker || was_there || !nothing(object) || !is_direct(request) {
                continue;
            }
            // Who passes the accesses is told of labels (STG-1, LAB-7), and may know what is there.
            let alone = request.alone(request.requirements.clone(), Vec::new());
            let checks_labels = world.project(object.project.id).is_some_and(|project| project.checks_labels);
            if checks_labels && decided(&alone, &memory_open, asked.now).is_allowed() {
                continue;
            }
            let missing = |other: &Object| {
                (other == object).then(|| Object::unknown_in(object.kind, object.place(), &object.name))
            };
            let hidden = without(request, missing, |_| false);
            let seen = words(request, &memory, asked.now);
            for facts in [&memory as &dyn Facts, &snapshot] {
                let unseen = words(&hidden, facts, asked.now);
                assert_eq!(seen, unseen, "world {seed}, request {number}: {request:#?}");
            }
            compared += usize::from(seen.is_some());
            closed += usize::from(seen.is_some() && !listing(&world, request, object).is_empty());
        }
    }
    assert!(compared >= 300, "only {compared} requests were compared");
    assert!(closed >= 30, "only {closed} of them were for what a package lists that the caller may not read");
}
