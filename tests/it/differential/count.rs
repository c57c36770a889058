//! How often each sentence spoke, each reason refused and each rule stood in a trail.

use std::collections::BTreeMap;
use std::fmt::Write;

use odpsh::security::{Decision, Rule};

use super::{Opinion, Ruling, Why};

/// What counts as often.
const OFTEN: u32 = 50;

/// In which way a sentence can speak of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    For,
    Against,
    Both,
}

use Way::{Against, Both, For};

/// Every sentence that the naive evaluator knows. One-way ones only take away, or only give.
const SENTENCES: &[(&str, Way)] = &[
    ("STG-1 sign-in", Both),
    ("STG-5 CreateInstance", Both),
    ("PRJ-1 no project", Against),
    ("PRJ-1 anyone may", For),
    ("PRJ-1 member", Both),
    ("PRJ-2 member", Both),
    ("PRJ-3 address", Both),
    ("PRJ-3 owner included", Against),
    ("PRJ-3 status", Both),
    ("ACC-1 default deny", Against),
    ("ACC-2 project owner", For),
    ("ACC-2 Super_Administrator", For),
    ("ACC-2 Admin", For),
    ("ACC-2 owner of the object", Both),
    ("ACC-2 ACL of the user", For),
    ("ACC-2 ACL of a role", For),
    ("ACC-2 unexpired", Against),
    ("ACC-2 conditions true", Both),
    ("ACC-5 every column", Both),
    ("ACC-5 count(*) by one column", For),
    ("ACC-6 All", For),
    ("ACC-6 except Download", Against),
    ("ACC-7 change owner", Both),
    ("ACC-7 by its owner, not a view's", Both),
    ("ACC-7 not by Admin", Against),
    ("ACC-7 owners are fixed", Against),
    ("DEL-1 owned it, or owner or Super_Administrator", Both),
    ("ACC-8 may grant", Both),
    ("ACC-8 object's owner grants", Both),
    ("ACC-8 the owner of its schema grants", Both),
    ("SCH-1 the URI of what is in a schema", Both),
    ("SCH-2 the schema's owner holds nothing of what is in it", Both),
    ("SCH-2 on the project counts in every schema", For),
    ("SCH-2 on a schema counts there", For),
    ("ACC-8 grantee is member", Both),
    ("ACC-8 RAM user within its account", Both),
    ("ACC-9 a removed user's grants are suspended", Against),
    ("ACC-11 a new project inherits no trust", Against),
    ("PRJ-2 the package path does not", For),
    ("PTH-1 one path for each column", Both),
    ("PTH-2 the actions listed in the package", Both),
    ("PTH-1 each path is judged whole", Against),
    ("PTH-2 no flow check", For),
    ("PTH-2 no flow check of a result", For),
    ("PTH-2 only what came by the package", Against),
    ("PTH-3 while the installing project is current", Against),
    ("PTH-3 who manages needs no Read", For),
    ("PTH-3 Read on the package", Both),
    ("PTH-3 a fine-grained grant inside it", Both),
    ("PTH-3 a grant inside it on columns", For),
    ("PKG-1 owner or Super_Administrator", Both),
    ("PKG-1 not by Admin", Against),
    ("PKG-1 Admin too", Both),
    ("PKG-2 Read on a function lets it be called", For),
    ("PKG-2 Download only if listed", Both),
    ("PKG-3 disallowed", Against),
    ("PKG-3 dropped", Against),
    ("PKG-3 a re-created package is installed anew", Against),
    ("PKG-3 uninstalled", Against),
    ("PKG-3 removed", Against),
    ("ACC-2 ACL of schema default", For),
    ("ACC-2 CreateInstance is not in a schema", Against),
    ("ACC-9 a new object inherits no package entry", Against),
    ("SWI-1 Read on packages included", Against),
    ("VIW-1 owner is no member where it is installed", Against),
    ("VIW-3 base tables of the creator project", For),
    ("VIW-3 of the creator project only", Against),
    ("VIW-3 of a packaged instance, tables of its project", For),
    ("VIW-3 of a packaged instance, no others", Against),
    ("FLW-3 resources read", Both),
    ("FLW-3 functions called", Both),
    ("FLW-3 a table used as a resource, or by a function", Both),
    ("FLW-9 results, when they are fetched", Both),
    ("FLW-9 whoever holds Read on it", Both),
    ("FLW-9 may name the instance", For),
    ("FLW-9a what is gone since", Both),
    ("EXC-2 Select for tables and views", Both),
    ("EXC-2 Read for resources and instances", Both),
    ("EXC-2 Read or Execute for functions", Both),
    ("DLC-1 by the package path as well", For),
    ("VIW-1 owner is member", Both),
    ("VIW-1 the owner's rights", Both),
    ("VIW-2 on a view of that project", For),
    ("VIW-2 not in another project's policy", Against),
    ("FLW-1 the owner is not exempt", Against),
    ("FLW-2 a target with a primary key is a source", Both),
    ("FLW-2a left out where it is not free", Both),
    ("FLW-2a a package that lists what reads it", Both),
    ("FLW-4 stays in P", For),
    ("FLW-4 not protected", For),
    ("FLW-4 protected", Against),
    ("FLW-5 inflow", For),
    ("FLW-6 trusted", For),
    ("FLW-6 one-way", Against),
    ("FLW-6 never transitive", Against),
    ("FLW-6 never local or external", Against),
    ("FLW-8 cap", Both),
    ("EXC-1 principal", Both),
    ("EXC-1 an account does not stand for its RAM users", Against),
    ("EXC-2 action", Both),
    ("EXC-3 resource", Both),
    ("EXC-4 task type", Both),
    ("EXC-4 every job type", Both),
    ("EXC-5 or-ed statements", For),
    ("EXC-5 and-ed conditions", Both),
    ("EXC-7 excepted, whatever the destination", For),
    ("DLC-1 Describe and Download", Both),
    ("DLC-1 no flow stage", For),
    ("DLC-2 hold Download", For),
    ("DLC-2 Admin and object owners do not", Against),
    ("DLC-2 only they grant it", Both),
    ("SWI-1 ACL", Both),
    ("SWI-2 owner or Super_Administrator", Both),
    ("SWI-2 read and listed by Admin too", Both),
    ("SWI-2 not by Admin", Against),
    ("ACC-3 a Deny that matches", Both),
    ("ACC-3 what cannot be read denies everything", Against),
    ("ACC-4 a project policy need not allow what an ACL allows", For),
    ("DLC-2 Download by policy", For),
    ("PTH-3 Read by a policy", For),
    ("PTH-3 a Deny of Read on it", Against),
    ("PTH-3 a Deny of Read on it × Admin", Against),
    ("PTH-3 a Deny of Read on it × a fine-grained grant", Against),
    ("PTH-3 to all but owner and Super_Administrator", For),
    ("POL-1 the principals of a project policy", Both),
    ("POL-2 the project policy", For),
    ("POL-2 the policy of a role", For),
    ("POL-2 an Allow of Select covers every column", For),
    ("POL-3 of the object's project, whichever is current", Against),
    ("POL-3 package paths included", Against),
    ("POL-3 a Deny of Select also closes Download", Against),
    ("POL-3 a Deny of what reads it closes derived data", Both),
    ("POL-3 derived data is left out", Against),
    ("POL-3 one of GrantPrivs binds object owners and Admin", Against),
    ("POL-3 membership comes first", Against),
    ("POL-4 owner is exempt", For),
    ("POL-4 Super_Administrator is exempt", For),
    ("POL-4 Admin is not exempt", Against),
    ("POL-4 owners of objects are not exempt", Against),
    ("POL-4 owners of installing projects are not exempt", Against),
    ("POL-5 an action by its name", Both),
    ("POL-5 `*` inside a name", Both),
    ("POL-5 odps:*", Both),
    ("POL-5 odps:All", Both),
    ("POL-5 in an Allow a wildcard never stands for Download", Against),
    ("POL-5 in a Deny a wildcard stands for Download", Against),
    ("POL-5 management in the Denies of a project policy", Against),
    ("POL-5 management in roles of administrator type", Both),
    ("ADM-1 by the policy of a role of administrator type", Both),
    ("ADM-2 on a URI that spells the role", Both),
    ("ADM-2 not to oneself", Against),
    ("POL-6 the whole URI", Both),
    ("POL-6 wildcards", Both),
    ("POL-6 the form without schemas/default", Both),
    ("POL-6 the form with schemas/default", Both),
    ("POL-6 functions/ and registration/functions/", Both),
    ("POL-6 projects/p/* does not match projects/p", Against),
    ("POL-7 and-ed conditions", Both),
    ("POL-7 a missing key opens no Allow", Against),
    ("POL-7 a missing key in a Deny: the negative ones hold", Against),
    ("POL-10 who puts and reads policies", Both),
    ("POL-9 inside a view the owner's Allows", For),
    ("POL-9 inside a view the owner's Denies", Against),
    ("POL-9 the caller's Denies on a base table", For),
    ("STG-4b what stands for nothing", Both),
    ("SWI-1 policies stay", For),
    ("SWI-7 Allows", Both),
    ("SWI-7 Denies off", For),
    ("SWI-7 administrator roles", Both),
    ("SWI-6 another spelling", For),
    ("LAB-1 when on", For),
    ("LAB-1 the level of who reads", Both),
    ("LAB-1 its own level", For),
    ("LAB-1 the level of a role", For),
    ("LAB-1 a label grant of a role", For),
    ("LAB-1 a label grant on the column", For),
    ("LAB-1 a label grant on the table", For),
    ("LAB-1 a valid label grant", Against),
    ("LAB-1 a column's own label before the table's", Both),
    ("LAB-2 nobody is exempt", Against),
    ("LAB-3 what is made anew has no label of the old", For),
    ("LAB-3 a clone keeps the labels of its source", Both),
    ("LAB-3 whatever its source got since", Both),
    ("LAB-4 the `using label` of the allow statement", Both),
    ("LAB-4 who comes by a fine-grained grant has 0", Against),
    ("LAB-4 raised by label grants inside the package", Both),
    ("LAB-4 at most to the `using label`", Against),
    ("LAB-5 who sets labels", Both),
    ("LAB-5 a grant on a column goes before one on the table", Both),
    ("LAB-6 the owner's inside a view", Both),
    ("LAB-6 the caller's for the view's own columns", Both),
    ("LAB-6 the maker's behind functions and table resources", Both),
    ("LAB-6 the caller's behind functions and table resources", Both),
    ("LAB-6 the maker's of a function that uses a table resource", Both),
    ("LAB-6 labels × Download", Both),
    ("LAB-6 count(*) reads none", For),
    ("FLW-9a labels of a result", Both),
    ("ACC-9 a new table inherits no label grants", Against),
    ("ACC-9 label grants of who is no member sleep", Against),
    ("PTH-1 the own path where a label closes the package's", For),
    ("PTH-1 the package's path where a label closes the own", For),
    ("PTH-1 a column needs the own path: all flows are judged", Against),
    ("TNT-2 who manages a tenant", Both),
    ("TNT-2 Admin manages custom roles only", Against),
    ("TNT-2 counts in each project of the tenant", Both),
    ("TNT-3 the policy of a tenant role", Both),
    ("TNT-3 only where it was added", Against),
    ("TNT-4 a member while its account is one", Both),
    ("TNT-4 who adds a RAM user", Both),
    ("TNT-5 in a project of the tenant", Both),
    ("UDF-2 the body of a SQL function is its maker's", Both),
    ("UDF-2 what it calls is its maker's as well", Both),
    ("EXT-2 not controlled", Both),
    ("EXT-2 inside of the list", Both),
    ("TRS-1 who mounts", Both),
    ("TRS-1 the creator mounts", Both),
    ("TRS-2 a Deny of a tenant role refuses", Against),
    ("TRS-2 whoever may run tasks", Both),
    ("TRS-2 what the project's tenant has", Both),
    ("TRS-2 mounts have no effect", For),
    ("TRS-3 a Deny in the project", Both),
    ("TRS-3 mounted", Both),
    ("TRS-3 owner and Super_Administrator need the mount only", For),
    ("TRS-3 Usage by the policy of a role", Both),
    ("TRS-3 Usage by a tenant role", For),
    ("TRS-3 what managers chose takes the mount", Both),
    ("TRS-4 its connection as well", Against),
    ("TRS-4 the owner of a definition", Both),
    ("TRS-5 who manages", Both),
    ("TRS-5 Admin: network connections", Both),
    ("TRS-5 a tenant role allows", Both),
    ("TRS-5 a tenant role denies", Against),
    ("SWI-7 what tenant roles say of tenant resources stays", Against),
    ("POL-4 a project's Super_Administrator is not exempt from a tenant role", Against),
];

/// The rules that `decide` itself names: in the trail of what is allowed, as what denies, or both. What only opens, or only closes, has one way:
/// where nothing opens, the default denies (ACC-1).
const DECIDING: &[(Rule, Way)] = &[
    (Rule::Stages, Both),
    (Rule::CreateInstance, Against),
    (Rule::Member, Both),
    (Rule::ObjectMember, Against),
    (Rule::AddressAndStatus, Against),
    (Rule::DefaultDeny, Against),
    (Rule::OwnPath, For),
    (Rule::PolicyAllow, For),
    (Rule::PolicyDeny, Both),
    (Rule::PolicyMakers, Both),
    (Rule::Columns, Both),
    (Rule::All, For),
    (Rule::ObjectOwner, Both),
    (Rule::Undrop, Both),
    (Rule::Granting, Both),
    (Rule::ViewOwner, Both),
    (Rule::FlowNotAccess, For),
    (Rule::DerivedData, For),
    (Rule::JobOutcome, For),
    (Rule::Outflow, Both),
    (Rule::Inflow, For),
    (Rule::Trust, For),
    (Rule::RowLimit, For),
    (Rule::ExceptionAnywhere, For),
    (Rule::ExceptionOr, For),
    (Rule::Download, For),
    (Rule::DownloadHolders, Both),
    (Rule::Management, Both),
    (Rule::Delegated, For),
    (Rule::PolicyMakers, Both),
    (Rule::PackageMakers, Both),
    (Rule::PackagePath, For),
    (Rule::PackageRead, For),
    (Rule::ViewFlow, For),
    (Rule::PackagedView, For),
    (Rule::InstanceResult, For),
    (Rule::ExceptionTask, For),
    (Rule::Label, Both),
    (Rule::PackageLabel, Against),
    (Rule::LabelMakers, Both),
    (Rule::LabelReader, Against),
    (Rule::TenantManagers, Both),
    (Rule::JoiningUsers, Both),
    (Rule::TenantProject, Both),
    (Rule::Mounting, Both),
    (Rule::UncheckedUsage, Both),
    (Rule::Usage, Both),
    (Rule::ExternalLocation, Both),
    (Rule::ResourceManagers, Both),
];

/// The rules that no random decision names, and why.
const ELSEWHERE: &[(Rule, &str)] = &[
    (
        Rule::Identity,
        "random requests come from accounts and keys that are there; acc_11a_sessions and keys.rs have the others",
    ),
    (Rule::OwnDeny, "random requests put no policies; pol_11_own_deny"),
    (
        Rule::ExceptionForm,
        "it denies where a stored exception cannot be read, and no statement stores one; protection's unit tests",
    ),
    (Rule::AclSwitch, "it is a note beside the rule that denies; the sentence SWI-1 is counted both ways"),
];

#[test]
fn every_rule_is_counted_or_has_a_reason_not_to_be() {
    for rule in Rule::ALL {
        let counted = DECIDING.iter().any(|(known, _)| known == rule);
        let elsewhere = ELSEWHERE.iter().any(|(known, why)| known == rule && !why.is_empty());
        assert!(counted != elsewhere, "{rule} is counted, or listed with the reason why not");
    }
}

const REASONS: [&str; 23] = [
    "UnknownPrincipal",
    "NoProject",
    "NotMember",
    "NotObjectMember",
    "NotObjectMember, of a view's owner",
    "Address",
    "Frozen",
    "NoPrivilege",
    "ExplicitlyDenied",
    "ExplicitlyDenied, of a view's owner",
    "Label",
    "Protected",
    "GranteeNotMember",
    "GranteeOfOtherAccount",
    "OwnerIsFixed",
    "NotTenantManager",
    "NotOfTenant",
    "UserOfOtherAccount",
    "MayNotManage",
    "ManagingDenied",
    "MayNotUse",
    "UsageDenied",
    "LocationNotAllowed",
];

/// How often, by name and way.
#[derive(Default)]
pub struct Count {
    sentences: BTreeMap<(&'static str, bool), u32>,
    rules: BTreeMap<(Rule, bool), u32>,
    reasons: BTreeMap<&'static str, u32>,
}

impl Count {
    /// Counts each sentence, rule and reason once a request.
    pub fn add(&mut self, opinion: &Opinion, decision: &Decision) {
        let mut heard = opinion.heard.clone();
        heard.sort_unstable();
        heard.dedup();
        for spoken in heard {
            *self.sentences.entry(spoken).or_default() += 1;
        }
        match &opinion.ruling {
            Ruling::Allow { .. } => {
                for rule in decision.rules() {
                    *self.rules.entry((rule, true)).or_default() += 1;
                }
            }
            Ruling::Deny { rule, why } => {
                *self.reasons.entry(reason(why)).or_default() += 1;
                let rule = Rule::ALL.iter().find(|known| known.id() == *rule).expect("a rule of the table");
                *self.rules.entry((*rule, false)).or_default() += 1;
            }
        }
    }

    /// Counts what another has counted as well.
    pub fn join(&mut self, other: Self) {
        other.sentences.into_iter().for_each(|(key, times)| *self.sentences.entry(key).or_default() += times);
        other.rules.into_iter().for_each(|(key, times)| *self.rules.entry(key).or_default() += times);
        other.reasons.into_iter().for_each(|(key, times)| *self.reasons.entry(key).or_default() += times);
    }

    /// Every one often, in each way that it has.
    pub fn check(&self) {
        let mut table = String::new();
        let mut rare = 0;
        for (sentence, way) in SENTENCES {
            rare += line(&mut table, sentence, *way, |way| self.sentences.get(&(*sentence, way)).copied());
        }
        for (rule, way) in DECIDING {
            rare += line(&mut table, &format!("rule {rule}"), *way, |way| self.rules.get(&(*rule, way)).copied());
        }
        for reason in REASONS {
            rare += line(&mut table, &format!("reason {reason}"), Against, |_| self.reasons.get(reason).copied());
        }
        for (sentence, _) in self.sentences.keys() {
            let known = SENTENCES.iter().any(|(known, _)| known == sentence);
            assert!(known, "`{sentence}` is spoken and not in the table of sentences");
        }
        for (rule, way) in self.rules.keys() {
            let known = DECIDING.iter().any(|(known, ways)| known == rule && (*ways == Both || (*ways == For) == *way));
            assert!(
                known,
                "{rule} {} and is not in the table of rules that do",
                if *way { "allows" } else { "denies" }
            );
        }
        assert_eq!(rare, 0, "some speak fewer than {OFTEN} times; change the weights in worlds/requests.rs:\n{table}");
    }
}

/// One line of the table; how many of its ways are rare.
fn line(table: &mut String, name: &str, way: Way, times: impl Fn(bool) -> Option<u32>) -> u32 {
    let (speaks_for, against) = (times(true).unwrap_or_default(), times(false).unwrap_or_default());
    let rare = u32::from(way != Against && speaks_for < OFTEN) + u32::from(way != For && against < OFTEN);
    let mark = if rare > 0 { "<-- rare" } else { "" };
    let cell = |wanted: bool, times: u32| if wanted { times.to_string() } else { "-".to_owned() };
    let (speaks_for, against) = (cell(way != Against, speaks_for), cell(way != For, against));
    writeln!(table, "{name:<52} for {speaks_for:>6}  against {against:>6} {mark}").expect("memory");
    rare
}

fn reason(why: &Why) -> &'static str {
    match why {
        Why::UnknownPrincipal => "UnknownPrincipal",
        Why::NoProject => "NoProject",
        Why::NotMember(_) => "NotMember",
        Why::NotObjectMember { of_view_owner: false, .. } => "NotObjectMember",
        Why::NotObjectMember { of_view_owner: true, .. } => "NotObjectMember, of a view's owner",
        Why::Address(_) => "Address",
        Why::Frozen(_) => "Frozen",
        Why::NoPrivilege { .. } => "NoPrivilege",
        Why::ExplicitlyDenied { of_view_owner: false, .. } => "ExplicitlyDenied",
        Why::ExplicitlyDenied { of_view_owner: true, .. } => "ExplicitlyDenied, of a view's owner",
        Why::Label { .. } => "Label",
        Why::Protected { .. } => "Protected",
        Why::GranteeNotMember(_) => "GranteeNotMember",
        Why::GranteeOfOtherAccount => "GranteeOfOtherAccount",
        Why::OwnerIsFixed(_) => "OwnerIsFixed",
        Why::NotTenantManager => "NotTenantManager",
        Why::NotOfTenant(_) => "NotOfTenant",
        Why::UserOfOtherAccount(_) => "UserOfOtherAccount",
        Why::MayNotManage(_) => "MayNotManage",
        Why::ManagingDenied(_) => "ManagingDenied",
        Why::MayNotUse(_) => "MayNotUse",
        Why::UsageDenied(_) => "UsageDenied",
        Why::LocationNotAllowed(_) => "LocationNotAllowed",
    }
}
