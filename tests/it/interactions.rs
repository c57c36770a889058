//! For each pair of mechanisms that can meet, a transcript in `tests/golden/interactions` says which prevails and cites the rule, in a comment such as
//! `-- Deny × Admin: the Deny (POL-4).`

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use odpsh::security::{OTHER_RULES, Rule};

/// Those that meet. Keys are not among them: a disabled key keeps its holder from signing in, before anything else is asked (`keys.rs`).
const PAIRS: [&str; 73] = [
    "Deny × project owner",
    "Deny × Super_Administrator",
    "Deny × Admin",
    "Deny × object owner",
    "Deny × All",
    "Deny × Allow of a policy",
    "Deny × package path",
    "Deny × owner of the installing project",
    "Deny × exception",
    "Deny × trusted project",
    "Deny × project protection",
    "Deny × label",
    "Deny × Execute of a function",
    "Deny × tenant resource",
    "Deny for the caller × view definer",
    "Deny for the view definer × the caller's grant",
    "Deny of Select × Download",
    "Deny of Download × Download",
    "Deny of Download × project owner",
    "Deny of Read on a package × Admin of the installing project",
    "Deny of Read on a package × entry inside it",
    "Deny of Read on a package × owner of the installing project",
    "Deny of a resource for the caller × the function's maker",
    "Deny of a resource for the maker × the caller's Execute",
    "Deny of Usage × Super_Administrator",
    "Deny of a tenant role × object owner",
    "Deny of a tenant role × package path",
    "Deny of a tenant role × project Super_Administrator",
    "Deny of a tenant role × exception",
    "Label × project owner",
    "Label × Super_Administrator",
    "Label × Admin",
    "Label × object owner",
    "Label × All",
    "Label × Allow of a policy",
    "Label × package path",
    "Label × exception",
    "Label × trusted project",
    "Label × view definer",
    "Label × administrator role",
    "Label × tenant role",
    "Label × Execute of a function",
    "Label × Download",
    "Label grant inside a package × label of the package",
    "Network × project owner",
    "Network × Super_Administrator",
    "Network × Deny",
    "Network × package path",
    "Network × view definer",
    "Network × exception",
    "Network × All",
    "Package path × project protection",
    "Package path × download control",
    "Package path × All",
    "Exception × project protection",
    "Exception × missing ACL",
    "Exception × download control",
    "Trusted project × project protection",
    "Trusted project × download",
    "Trusted project × missing ACL",
    "Project protection × project owner",
    "Download × project owner",
    "Download × Super_Administrator",
    "Download × Admin",
    "Download × object owner",
    "Download × All",
    "Download × Allow of a wildcard",
    "Tenant resource × project owner",
    "Tenant resource × Super_Administrator",
    "Tenant resource × Admin",
    "Tenant resource × All",
    "CheckPermissionUsingPolicy=false × Deny",
    "CheckPermissionUsingPolicy=false × administrator role",
];

#[test]
fn for_each_pair_a_transcript_says_which_prevails_and_cites_the_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/interactions");
    let ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).chain(OTHER_RULES.iter().map(|rule| rule.id)).collect();
    let mut said = BTreeSet::new();
    for file in fs::read_dir(folder).expect("transcripts").flatten() {
        let path = file.path();
        if path.extension().is_none_or(|ending| ending != "odps") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a transcript");
        // Every sentence about a pair names what prevails, and rules that there are.
        let sentences = text.lines().filter_map(|line| line.strip_prefix("-- ")).filter(|line| line.contains(" × "));
        for sentence in sentences {
            let Some((pair, prevails)) = sentence.split_once(": ") else {
                panic!("{}: `{sentence}` does not say which prevails", path.display())
            };
            let cited = |id: &str| ids.contains(&id);
            let cites = text_in_parentheses(prevails).is_some_and(|rules| rules.split(", ").all(cited));
            assert!(cites, "{}: `{sentence}` cites no rule", path.display());
            said.insert(pair.to_owned());
        }
    }
    let missing: Vec<&&str> = PAIRS.iter().filter(|pair| !said.contains(**pair)).collect();
    assert!(missing.is_empty(), "no transcript in tests/golden/interactions says which prevails: {missing:#?}");
}

fn text_in_parentheses(text: &str) -> Option<&str> {
    Some(text.rsplit_once('(')?.1.split_once(')')?.0)
}
