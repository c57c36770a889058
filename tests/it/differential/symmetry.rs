//! What a decision does not depend on: how principals are called, and in which order independent statements were run.

use std::collections::BTreeSet;

use fastrand::Rng;
use odpsh::analysis::Reach;
use odpsh::model::{Action, Principal};
use odpsh::security::{Columns, Decision, Request, Reverse, Verdict};

use super::{decided, ruling};
use crate::it::naive::Ruling;
use crate::it::worlds::{Asked, Asker, World};

const WORLDS: u64 = 40;
const REQUESTS: usize = 150;

/// Whether it is allowed, with how many rows and parts, or the rule that denies it.
fn verdict(request: &Request, decision: &Decision) -> String {
    match decision.verdict() {
        Verdict::Allowed { row_limit, shown } => {
            let parts = request.parts.iter().filter(|part| shown.includes(&part.of)).count();
            format!("allowed with {row_limit:?} rows and {parts} parts")
        }
        Verdict::Denied(denial) => format!("denied by {}", denial.rule.id()),
    }
}

/// A permutation of everyone: accounts among accounts, RAM users among RAM users, each with its account.
struct Renaming {
    accounts: Vec<(&'static str, &'static str)>,
    users: Vec<(&'static str, &'static str)>,
}

impl Renaming {
    const ACCOUNTS: [&str; 4] = ["Amy@aliyun.com", "Bob@aliyun.com", "carol", "nobody"];
    const USERS: [&str; 4] = ["Ann", "Abe", "Ben", "ghost"];

    fn random(rng: &mut Rng) -> Self {
        let mut permuted = |names: [&'static str; 4]| {
            let mut others = names;
            rng.shuffle(&mut others);
            names.into_iter().zip(others).collect()
        };
        Self { accounts: permuted(Self::ACCOUNTS), users: permuted(Self::USERS) }
    }

    /// Who somebody is called as; there is one RAM role, which goes with its account only.
    fn apply(&self, text: &str) -> String {
        let of = |names: &[(&str, &str)], name: &str| {
            let known = names.iter().find(|(old, _)| old.eq_ignore_ascii_case(name));
            known.map_or_else(|| name.to_owned(), |(_, new)| (*new).to_owned())
        };
        let (provider, name) = text.split_once('$').expect("a principal");
        match name.split_once(':') {
            None => format!("{provider}${}", of(&self.accounts, name)),
            Some((account, user)) => format!("{provider}${}:{}", of(&self.accounts, account), of(&self.users, user)),
        }
    }
}

/// An answer in which everyone stands by its place in the world.
fn by_places(answer: &str, world: &World) -> String {
    let everyone = world.people.iter().chain(&world.strangers).enumerate();
    everyone.fold(answer.to_lowercase(), |text, (place, person)| {
        text.replace(&person.to_string().to_lowercase(), &format!("person {place}"))
    })
}

/// The ruling, with the names that it gives, and the rules that made it.
fn answer(request: &Request, decision: &Decision, world: &World) -> String {
    let rules: BTreeSet<&str> = decision.rules().into_iter().map(|rule| rule.id()).collect();
    let ruling = match ruling(request, decision) {
        Ruling::Allow { row_limit, shown } => format!("{row_limit:?} {shown:?}"),
        Ruling::Deny { rule, why } => format!("{rule} {why:?}"),
    };
    by_places(&format!("{ruling} by {rules:?}"), world)
}

#[test]
fn renaming_everyone_permutes_the_answers() {
    let (mut allowed, mut moved, rng) = (0, 0, &mut Rng::with_seed(7));
    for seed in 0..WORLDS {
        let renaming = Renaming::random(rng);
        let named = |text: &str| renaming.apply(text);
        let world = World::random(7_000 + seed);
        let other = World::random_named(7_000 + seed, named);
        let everyone: BTreeSet<String> = world.people.iter().chain(&world.strangers).map(Principal::key).collect();
        assert_eq!(everyone.len(), world.people.len() + world.strangers.len());
        moved += world.people.iter().zip(&other.people).filter(|(one, other)| one != other).count();
        let (memory, other_memory) = (world.memory(), other.memory());
        let (mut asker, mut other_asker) = (Asker::new(&world, seed), Asker::new(&other, seed));
        for number in 0..REQUESTS {
            let Asked { request, now } = asker.next();
            let Asked { request: same, now: then } = other_asker.next();
            let meant = Principal::parse(&renaming.apply(&request.principal.to_string()));
            assert_eq!(Some(same.principal.clone()), meant, "world {seed}, request {number}");
            let (one, two) = (decided(&request, &memory, now), decided(&same, &other_memory, then));
            assert_eq!(
                answer(&request, &one, &world),
                answer(&same, &two, &other),
                "world {seed}, request {number}: {request:#?}\n{one:#?}\n{two:#?}"
            );
            allowed += usize::from(one.is_allowed());
        }
    }
    let all = usize::try_from(WORLDS).expect("few") * REQUESTS;
    assert!(allowed > all / 20 && allowed < all * 19 / 20, "{allowed} of {all} are allowed: hardly a test");
    assert!(moved > 100, "only {moved} have another name");
}

#[test]
fn renaming_everyone_permutes_who_can() {
    let (mut found, rng) = (0, &mut Rng::with_seed(17));
    for seed in 0..2 {
        let renaming = Renaming::random(rng);
        let world = World::random(7_500 + seed);
        let other = World::random_named(7_500 + seed, |text| renaming.apply(text));
        let (one, two) = (who_can(&world), who_can(&other));
        assert_eq!(one, two, "world {seed}");
        found += one.len();
    }
    assert!(found > 100, "{found}");
}

/// Some actions of each kind of holders: the others are decided likewise, and take long.
const ASKED: [Action; 5] = [Action::Select, Action::Read, Action::CreateTable, Action::ShowAclGrants, Action::AddUser];

/// Everyone who can do these with an object or project, by place.
fn who_can(world: &World) -> BTreeSet<String> {
    let store = world.store();
    let snapshot = store.read().expect("a snapshot");
    let reach = Reach { facts: &snapshot, now: world.now, roles: true };
    let mut all = BTreeSet::new();
    for project in world.projects.iter().filter(|project| project.alive) {
        let reference = world.reference(project.id);
        let objects = snapshot.objects_in(&reference).expect("objects");
        let objects = objects.into_iter().chain([world.project_object(project.id)]);
        for object in objects {
            for action in ASKED.into_iter().filter(|action| Action::asked_of(object.kind).contains(action)) {
                let reached = reach.who_can(action, &object, &Columns::Whole).expect("facts");
                all.extend(reached.into_iter().map(|one| {
                    let (who, at) = (by_places(&one.principal.to_string(), world), &one.current.name);
                    format!("{who} {action} {object} in {at}: {:?} {:?}", one.columns, one.when)
                }));
            }
        }
    }
    all
}

#[test]
fn the_order_of_independent_statements_changes_no_answer() {
    let mut allowed = 0;
    for seed in 0..WORLDS {
        let world = World::random(8_000 + seed);
        let mut rng = Rng::with_seed(seed);
        let shuffled = world.in_another_order(&mut rng);
        let (memory, other_memory) = (world.memory(), shuffled.memory());
        // Now and then as a state is written, in that order.
        let stored = seed.is_multiple_of(8).then(|| shuffled.store());
        let snapshot = stored.as_ref().map(|store| store.read().expect("a snapshot"));
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let Asked { request, now } = asker.next();
            let one = decided(&request, &memory, now);
            let two = decided(&request, &other_memory, now);
            assert_eq!(
                verdict(&request, &one),
                verdict(&request, &two),
                "world {seed}, request {number}: {request:#?}\n{one:#?}\n{two:#?}"
            );
            if let Some(snapshot) = &snapshot {
                let three = decided(&request, snapshot, now);
                assert_eq!(
                    verdict(&request, &one),
                    verdict(&request, &three),
                    "world {seed}, request {number}, in a state: {request:#?}"
                );
            }
            allowed += usize::from(one.is_allowed());
        }
    }
    let all = usize::try_from(WORLDS).expect("few") * REQUESTS;
    assert!(allowed > all / 20 && allowed < all * 19 / 20, "{allowed} of {all} are allowed: hardly a test");
}
