//! There or not there (STG-4, STG-4a): every statement of the grammar, with a name that stands for something and with one that
//! stands for nothing, says the same to who may not list the project: words, code, trail and advice.
//!
//! Templates come from the accepted examples of the grammar files (`templates.rs`), the world from a script (`world.rs`). Each
//! comparison is made for a viewer, under a switch, as `.why` and, where that is a denial, as the statement itself. Of millions of
//! comparisons a part is made, evenly spread over templates, viewers and switches; with `ODPSH_LONG` over a hundred times as many.

#[path = "there_or_not/templates.rs"]
mod templates;
#[path = "there_or_not/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use odpsh::syntax::grammar::productions;

use templates::{Template, templates};
use world::{SWITCHES, VIEWERS, Viewer, World};

/// One of so many comparisons is made.
fn stride() -> usize {
    if std::env::var_os("ODPSH_LONG").is_some() { 29 } else { 3607 }
}

/// Productions without a name in any example.
const NAMELESS: [(&str, &str); 47] = [
    ("show-grants", "about members and roles of the current project, after a right in it"),
    ("clear-expired-grants", "no name"),
    ("list-projects", "no name"),
    ("setproject", "no name"),
    ("show-history-tables", "no name"),
    ("purge-all", "no name"),
    ("set-switch", "no name"),
    ("set-external-locations", "places outside, after a right in the project"),
    ("show-securityconfiguration", "no name"),
    ("set-projectprotection", "no name but that of a file"),
    ("list-trustedprojects", "no name"),
    ("list-roles", "no name"),
    ("list-users", "no name"),
    ("list-accountproviders", "no name"),
    ("add-accountprovider", "no name"),
    ("remove-accountprovider", "no name"),
    ("whoami", "no name"),
    ("set", "flags of the session"),
    ("unset", "flags of the session"),
    ("show-builtin-functions", "no name of the state"),
    ("show-flags", "no name"),
    ("help", "words of the grammar"),
    ("show-version", "no name"),
    ("quit", "no name"),
    ("tunnel-resume", "one's own sessions"),
    ("tunnel-show", "one's own sessions"),
    ("tunnel-purge", "one's own sessions"),
    ("tunnel-help", "words of the grammar"),
    ("show-instances", "days and numbers; its projects are those of `show tables`"),
    ("why", "every comparison is made with it"),
    ("add-user", "about accounts, after a right in the project"),
    ("remove-user", "about accounts, after a right in the project"),
    ("add-tenant-user", "about accounts, after a right in the tenant"),
    ("remove-tenant-user", "about accounts, after a right in the tenant"),
    ("list-tenant-users", "no name"),
    ("list-tenant-roles", "no name"),
    ("list-tenant-resources", "no name"),
    ("list-keys", "no name"),
    ("list-resources", "a pattern of names, after a right in the project"),
    ("show-schemas", "no name"),
    ("trigger-automvcreation", "refused by name"),
    ("show-automvmeta", "refused by name"),
    ("detach-session", "refused by name"),
    ("list-onlinemodels", "refused by name"),
    ("list-xflows", "refused by name"),
    ("list-cupidinstances", "refused by name"),
    ("get-security-policy", "refused by name"),
];

/// Who makes something of a name is told whether it is taken.
const MAKERS: [&str; 13] = [
    "create-table",
    "create-external-table",
    "create-table-like",
    "create-table-as",
    "create-view",
    "clone-table",
    "alter-table-rename",
    "create-function",
    "create-sql-function",
    "create-resource",
    "add-resource",
    "explain",
    "cost",
];

/// Who may use something of a name is told that it is there: whoever may run tasks, what the tenant has (TRS-2).
const USERS: [&str; 1] = ["use-quota"];

/// The owner of a project chooses whom it trusts and who installs from it: only projects that exist can be named (FLW-6, PKG-3).
const NAMES_PROJECTS: [&str; 4] = ["add-trustedproject", "remove-trustedproject", "allow-project", "disallow-project"];

#[test]
fn every_production_with_a_name_has_a_template() {
    let all = templates();
    let covered: BTreeSet<&str> = all.iter().map(|template| template.production).collect();
    let mut missing = Vec::new();
    for production in productions().iter().filter(|production| production.built) {
        let name = production.name.as_str();
        let is_local = production.family == "local" && !["who", "what"].contains(&name);
        let is_listed = NAMELESS.iter().any(|(nameless, _)| *nameless == name);
        if !is_local && !is_listed && !covered.contains(name) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "no template for {missing:?}");
    assert!(all.len() >= 500, "only {} templates", all.len());
}

#[test]
fn what_is_not_there_is_refused_like_what_is() {
    let all = templates();
    let world = World::new();
    let (next, compared) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let faults = Mutex::new(Vec::new());
    let runs: Vec<(usize, usize)> =
        (0..SWITCHES.len()).flat_map(|switch| (0..VIEWERS.len()).map(move |viewer| (switch, viewer))).collect();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let work = || {
                while let Some((switch, viewer)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (count, mut found) = try_viewer(&world, &all, *switch, *viewer);
                    compared.fetch_add(count, Ordering::Relaxed);
                    faults.lock().expect("no thread broke").append(&mut found);
                }
            };
            std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work).expect("a thread");
        }
    });
    let (faults, compared) = (faults.into_inner().expect("no thread broke"), compared.into_inner());
    println!("{compared} comparisons");
    let shown: Vec<&str> = faults.iter().take(25).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} of {compared}:\n{}", faults.len(), shown.join("\n"));
    assert!(compared >= 10_000, "only {compared} comparisons");
}

/// Compares the templates that fall to this viewer under this switch; how many there were, and what differed.
fn try_viewer(world: &World, all: &[Template], switch: usize, number: usize) -> (usize, Vec<String>) {
    let viewer = &VIEWERS[number];
    // Names are read in both ways (SCH-1); what names a schema, in the one that has them.
    let mut sessions = [false, true].map(|has_schemas| world.session(switch, viewer, has_schemas));
    let (mut compared, mut faults) = (0, Vec::new());
    let (pairs, stride) = (world.pairs(), stride());
    let mut place = switch * 7 + number * 5;
    for template in all {
        for (here, gone) in &pairs {
            place += 1;
            if !place.is_multiple_of(stride) {
                continue;
            }
            let has_schemas = template.is_in_schema || (place / stride).is_multiple_of(3);
            let session = &mut sessions[usize::from(has_schemas)];
            let (Some(there), Some(absent)) = (template.with(here), template.with(gone)) else { continue };
            if template.is_of_project(here) && (!viewer.is_outside || NAMES_PROJECTS.contains(&template.production)) {
                continue;
            }
            // The project of two objects, against two projects: these texts differ whether or not the other one is there.
            if template.is_of_project(here) && there.matches(here.as_str()).count() > 1 {
                continue;
            }
            // The owner of a project adds members to it, and so learns which accounts there are.
            if template.is_of_account() && viewer.is_outside {
                continue;
            }
            for mode in [".why ", ".why --as-job DT "] {
                let seen = session.says(&format!("{mode}{there}"));
                let unseen = session.says(&format!("{mode}{absent}")).replace(gone.as_str(), here);
                compared += 1;
                if MAKERS.contains(&template.production) && is_verdict("allowed", &unseen) {
                    continue;
                }
                if USERS.contains(&template.production) && is_verdict("allowed", &seen) {
                    continue;
                }
                if seen != unseen {
                    faults.push(fault(SWITCHES[switch].0, viewer, &format!("{mode}{there}"), &seen, &unseen));
                    break;
                }
            }
            let is_used =
                USERS.contains(&template.production) && is_verdict("allowed", &session.says(&format!(".why {there}")));
            if !is_used && is_verdict("denied", &session.says(&format!(".why {absent}"))) {
                let seen = session.says(&there);
                let unseen = session.says(&absent).replace(gone.as_str(), here);
                compared += 1;
                if seen != unseen {
                    faults.push(fault(SWITCHES[switch].0, viewer, &there, &seen, &unseen));
                }
            }
        }
    }
    (compared, faults)
}

/// Whether what `.why` says is this verdict.
fn is_verdict(verdict: &str, said: &str) -> bool {
    said.contains(&format!("(\"verdict\", Text(\"{verdict}\"))"))
}

fn fault(switch: &str, viewer: &Viewer, text: &str, seen: &str, unseen: &str) -> String {
    let (mut differs, mut lines) = (false, Vec::new());
    for (one, other) in seen.lines().zip(unseen.lines()) {
        if one != other {
            differs = true;
            lines.push(format!("    there: {one}\n    not:   {other}"));
        }
    }
    if !differs {
        lines.push(format!("    there: {seen}\n    not:   {unseen}"));
    }
    format!("{} under `{switch}`: {text}\n{}", viewer.name, lines.join("\n"))
}
