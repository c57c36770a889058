//! What a principal may not know of is refused in the same words, whether it is there or not (STG-4).

use odpsh::model::{Object, ObjectKind, ProjectRef};
use odpsh::security::{Access, Claim, Destination, Request, Subject, Verdict};

use super::decided;
use crate::it::worlds::{Asker, World};

const WORLDS: u64 = 60;
const REQUESTS: usize = 150;

/// The words of a refusal.
fn words(world: &World, request: &Request, verdict: &Verdict) -> Option<(String, Option<String>)> {
    match verdict {
        Verdict::Allowed { .. } => None,
        Verdict::Denied(denial) => {
            assert!(!world.people.is_empty());
            let error = denial.error(&request.principal, request.current.as_ref());
            Some((error.headline(""), error.help))
        }
    }
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
    for claim in &mut request.claims {
        match claim {
            Claim::Access(access) => access.object = absent(&access.object),
            Claim::GrantTo { project: at, .. } => *at = project(at),
            Claim::Anyone(_) | Claim::Member(_) => {}
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
    !request.claims.is_empty()
        && request.flows.iter().all(|flow| flow.through.is_empty())
        && request.claims.iter().all(|claim| match claim {
            Claim::Access(access) => access.subject == Subject::Caller,
            Claim::GrantTo { .. } => true,
            Claim::Anyone(_) | Claim::Member(_) => false,
        })
}

#[test]
fn a_project_of_others_is_refused_like_one_that_is_not_there() {
    let mut compared = 0;
    for seed in 0..WORLDS {
        let world = World::random(2_000 + seed);
        let memory = world.memory();
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let asked = asker.next();
            let request = &asked.request;
            let of_others = |project: &ProjectRef| {
                world.project(project.id).is_none_or(|project| {
                    project.owner != request.principal && !project.members.contains(&request.principal)
                })
            };
            let touches = |claim: &Claim| matches!(claim, Claim::Access(access) if of_others(&access.object.project));
            if !is_direct(request) || !request.claims.iter().any(touches) {
                continue;
            }
            let missing = |object: &Object| {
                let stand_in = ProjectRef::unknown(&object.project.name);
                of_others(&object.project).then(|| Object::unknown(object.kind, stand_in, &object.name))
            };
            let hidden = without(request, missing, of_others);
            let seen = words(&world, request, decided(request, &memory, asked.now).verdict());
            let unseen = words(&world, &hidden, decided(&hidden, &memory, asked.now).verdict());
            assert_eq!(seen, unseen, "world {seed}, request {number}: {request:#?}");
            compared += 1;
        }
    }
    assert!(compared >= 300, "only {compared} requests were compared");
}

#[test]
fn a_table_on_which_one_holds_nothing_is_refused_like_one_that_is_not_there() {
    let mut compared = 0;
    for seed in 0..WORLDS {
        let world = World::random(3_000 + seed);
        let memory = world.memory();
        let store = world.store();
        let snapshot = store.read().expect("a snapshot");
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let asked = asker.next();
            let request = &asked.request;
            let [Claim::Access(access @ Access { object, .. })] = request.claims.as_slice() else { continue };
            let nothing = |object: &Object| {
                let table = world.table(object.id);
                object.kind != ObjectKind::Project
                    && object.owner != request.principal
                    && table.is_none_or(|table| table.grants.is_empty())
            };
            if access.subject != Subject::Caller || !nothing(object) || !is_direct(request) {
                continue;
            }
            let missing = |other: &Object| {
                (other == object).then(|| Object::unknown(object.kind, object.project.clone(), &object.name))
            };
            let hidden = without(request, missing, |_| false);
            let seen = words(&world, request, decided(request, &memory, asked.now).verdict());
            for facts in [&memory as &dyn odpsh::security::Facts, &snapshot] {
                let unseen = words(&world, &hidden, decided(&hidden, facts, asked.now).verdict());
                assert_eq!(seen, unseen, "world {seed}, request {number}: {request:#?}");
            }
            compared += usize::from(seen.is_some());
        }
    }
    assert!(compared >= 50, "only {compared} requests were compared");
}
