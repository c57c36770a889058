//! What a decision does not depend on: how principals are called, and in which order independent statements were run.

use fastrand::Rng;
use odpsh::model::Principal;
use odpsh::security::{Decision, Request, Verdict};

use super::decided;
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

/// Other names for the same people; in the same order, so that the same things are drawn. RAM users and RAM roles stay with their account.
fn renamed(text: &str) -> String {
    const NAMES: [(&str, &str); 8] = [
        ("Amy", "Axe"),
        ("Bob", "Box"),
        ("carol", "cyril"),
        ("nobody", "nomad"),
        ("Ann", "Arn"),
        ("Abe", "Ace"),
        ("Ben", "Bix"),
        ("ghost", "gnome"),
    ];
    NAMES.iter().fold(text.to_owned(), |text, (old, new)| {
        let text = text.replace(old, new).replace(&old.to_uppercase(), &new.to_uppercase());
        text.replace(&old.to_lowercase(), &new.to_lowercase())
    })
}

#[test]
fn renaming_everyone_changes_no_answer() {
    let mut allowed = 0;
    for seed in 0..WORLDS {
        let world = World::random(7_000 + seed);
        let other = World::random_named(7_000 + seed, renamed);
        assert!(world.people.iter().zip(&other.people).all(|(one, other)| one != other), "everyone is renamed");
        let (memory, other_memory) = (world.memory(), other.memory());
        let (mut asker, mut other_asker) = (Asker::new(&world, seed), Asker::new(&other, seed));
        for number in 0..REQUESTS {
            let Asked { request, now } = asker.next();
            let Asked { request: same, now: then } = other_asker.next();
            let meant = renamed(&request.principal.to_string());
            assert_eq!(Some(same.principal.clone()), Principal::parse(&meant), "world {seed}, request {number}");
            let (one, two) = (decided(&request, &memory, now), decided(&same, &other_memory, then));
            assert_eq!(
                verdict(&request, &one),
                verdict(&same, &two),
                "world {seed}, request {number}: {request:#?}\n{one:#?}\n{two:#?}"
            );
            allowed += usize::from(one.is_allowed());
        }
    }
    let all = usize::try_from(WORLDS).expect("few") * REQUESTS;
    assert!(allowed > all / 20 && allowed < all * 19 / 20, "{allowed} of {all} are allowed: hardly a test");
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
