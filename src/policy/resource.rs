use super::pattern;
use crate::model::TenantResourceKind;

/// The resource of a statement: a pattern of URIs (POL-6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourcePattern {
    /// What follows `acs:odps:*:`, folded.
    rest: String,
}

impl ResourcePattern {
    /// Reads `acs:odps:<not looked at>:<rest>`, or a pattern that leaves the beginning open.
    pub fn parse(text: &str) -> Option<Self> {
        // Names are ASCII: no other character is one of them in another case.
        let folded = one_star(&text.to_ascii_lowercase());
        if ["*", "acs:*", "acs:odps:*"].contains(&folded.as_str()) {
            return Some(Self { rest: "*".to_owned() });
        }
        let (_, rest) = folded.strip_prefix("acs:odps:")?.split_once(':')?;
        (!rest.is_empty()).then(|| Self { rest: in_any_region(rest) })
    }

    /// The pattern of a URI that may have wildcards, without `acs:odps:*:`.
    pub fn of_uri(uri: &str) -> Option<Self> {
        Self::parse(&format!("acs:odps:*:{uri}"))
    }

    /// The pattern without `acs:odps:*:`.
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// What every URI that matches begins with; the whole pattern if it has no wildcard.
    pub fn literal(&self) -> &str {
        self.rest.split(['*', '?']).next().unwrap_or_default()
    }

    /// Whether it has no wildcard: it matches the URI that it is.
    pub fn is_literal(&self) -> bool {
        self.literal().len() == self.rest.len()
    }

    /// Whether a URI, without `acs:odps:*:` and folded, matches.
    pub fn matches(&self, uri: &str) -> bool {
        match self.is_literal() {
            true => self.rest == uri,
            false => pattern::matches(&self.rest, uri),
        }
    }

    /// The form by which two ways of writing the same resource are the same: objects have all forms of their URI, so what matches one
    /// form of a literal part matches the other.
    pub fn canonical(&self) -> String {
        let own = self.of_tenant_resource();
        let parts: Vec<&str> = own.as_deref().unwrap_or(&self.rest).split('/').collect();
        let mut kept: Vec<&str> = Vec::new();
        let mut left = parts.as_slice();
        while let [first, following @ ..] = left {
            left = match (*first, following) {
                ("schemas", ["default", kind, ..]) if !kind.is_empty() => following.get(1..).unwrap_or_default(),
                ("registration", ["functions", ..]) => following,
                ("authorization", ["acl", rest @ ..]) if !rest.is_empty() => {
                    kept.push(first);
                    rest
                }
                _ => {
                    kept.push(first);
                    following
                }
            };
        }
        kept.join("/")
    }

    /// The path of a tenant resource, without its region and in the folder that messages write; nothing of a pattern that is about something else.
    fn of_tenant_resource(&self) -> Option<String> {
        let path = self.rest.strip_prefix(ANY_REGION).unwrap_or(&self.rest);
        let (folder, name) = path.split_once('/')?;
        let kind = TenantResourceKind::ALL.into_iter().find(|kind| kind.folders().contains(&folder))?;
        let first = kind.folders().first()?;
        Some(format!("{first}/{name}"))
    }

    /// Whether it matches whatever the other one matches.
    pub fn covers(&self, other: &Self) -> bool {
        other.forms().iter().any(|form| pattern::covers(&self.rest, form))
    }

    /// The forms that the objects of a pattern have.
    fn forms(&self) -> Vec<String> {
        let canonical = self.canonical();
        let mut forms = vec![self.rest.clone()];
        let mut parts = canonical.splitn(3, '/');
        if let (Some(projects), Some(project), Some(path)) = (parts.next(), parts.next(), parts.next()) {
            let base = format!("{projects}/{project}");
            let function = path.starts_with("functions/").then(|| format!("registration/{path}"));
            for path in [path.to_owned()].into_iter().chain(function) {
                forms.push(format!("{base}/schemas/default/{path}"));
                forms.extend(path.strip_prefix("authorization/").map(|id| format!("{base}/authorization/acl/{id}")));
                forms.push(format!("{base}/{path}"));
            }
        }
        forms.push(canonical);
        forms
    }
}

/// What tenant resources of any region begin with.
const ANY_REGION: &str = "regions/*/";

/// The same pattern, of tenant resources in any region: a state is one region, so the region is not looked at, like the account before it. A
/// region that is no more than a name, or the beginning of one, stands for nothing else.
fn in_any_region(rest: &str) -> String {
    let named = rest.strip_prefix("regions/").and_then(|rest| rest.split_once('/'));
    match named {
        Some((region, path)) if !region.trim_end_matches('*').contains(['*', '?']) && !region.is_empty() => {
            format!("{ANY_REGION}{path}")
        }
        _ => rest.to_owned(),
    }
}

/// The same pattern with one `*` for several in a row.
fn one_star(pattern: &str) -> String {
    let mut last = ' ';
    let repeats = |c: char| {
        let again = c == '*' && last == '*';
        last = c;
        again
    };
    let mut repeats = repeats;
    pattern.chars().filter(|c| !repeats(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(text: &str) -> Option<String> {
        ResourcePattern::parse(text).map(|pattern| pattern.rest)
    }

    #[test]
    fn the_third_field_is_not_looked_at() {
        for text in
            ["acs:odps:*:projects/P/tables/T", "ACS:odps::projects/p/tables/t", "acs:odps:cn:projects/p/tables/t"]
        {
            assert_eq!(rest(text).as_deref(), Some("projects/p/tables/t"), "{text}");
        }
        for text in ["*", "acs:*", "acs:odps:*", "acs:odps:*:*", "acs:odps::***"] {
            assert_eq!(rest(text).as_deref(), Some("*"), "{text}");
        }
        for text in
            ["", "projects/p", "acs:odps:*", "acs:oss:*:projects/p", "acs:odps:*:", "acs:odps::", "*:projects/p"]
        {
            assert_eq!(rest(text).is_some(), text == "acs:odps:*", "{text}");
        }
    }

    #[test]
    fn other_characters_are_not_folded_into_names() {
        assert_eq!(rest("acs:odps:*:projects/p/tables/\u{212a}").as_deref(), Some("projects/p/tables/\u{212a}"));
    }

    #[test]
    fn patterns_match_whole_uris() {
        let matches = |text: &str, uri| ResourcePattern::parse(text).unwrap().matches(uri);
        assert!(matches("acs:odps::projects/p/*", "projects/p/tables/t"));
        assert!(!matches("acs:odps::projects/p/*", "projects/p"));
        assert!(matches("acs:odps::projects/p/tables/t?", "projects/p/tables/t1"));
        assert!(!matches("acs:odps::projects/p/tables/t", "projects/p/tables/t1"));
    }

    #[test]
    fn two_ways_of_writing_are_the_same_resource() {
        let same = |a: &str, b: &str| {
            let canonical = |text: &str| ResourcePattern::parse(&format!("acs:odps:*:{text}")).unwrap().canonical();
            assert_eq!(canonical(a), canonical(b));
        };
        same("projects/p/schemas/default/tables/t*", "projects/p/tables/t*");
        same("projects/p/registration/functions/f", "projects/p/schemas/default/functions/F");
        same("projects/p/authorization/acl/schemas/default/tables/*", "projects/p/authorization/tables/**");
        let canonical = |text: &str| ResourcePattern::parse(&format!("acs:odps:*:{text}")).unwrap().canonical();
        assert_eq!(canonical("projects/p/schemas/default"), "projects/p/schemas/default");
        assert_ne!(canonical("projects/p/tables/*"), canonical("projects/p/*/*"));
    }

    #[test]
    fn wider_patterns_cover_narrower_ones() {
        let covers = |wide: &str, narrow: &str| {
            let parse = |text: &str| ResourcePattern::parse(&format!("acs:odps:*:{text}")).unwrap();
            parse(wide).covers(&parse(narrow))
        };
        assert!(covers("*", "projects/p") && covers("projects/p/*", "projects/p/tables/t*"));
        assert!(covers("projects/p/tables/t*", "projects/p/tables/t?x*"));
        assert!(
            covers("projects/p/schemas/*", "projects/p/tables/t")
                && covers("projects/p/*/registration/*", "projects/p/functions/f")
        );
        assert!(!covers("projects/p/tables/t?", "projects/p/tables/t*"));
        assert!(!covers("projects/p/tables/t", "projects/p/tables/*") && !covers("projects/p/*", "projects/p"));
        assert!(!covers("projects/p/tables/a*b", "projects/p/tables/*"));
    }

    #[test]
    fn the_region_of_a_tenant_resource_is_not_looked_at_and_nothing_else_is_left_out() {
        let rest = |text: &str| ResourcePattern::of_uri(text).unwrap().rest().to_owned();
        for region in ["*", "cn-hangzhou", "cn-*", "-"] {
            assert_eq!(rest(&format!("regions/{region}/quotas/q")), "regions/*/quotas/q");
        }
        // What a wildcard in the middle stands for can go beyond the region.
        for kept in
            ["regions/c*n/quotas/q", "regions/*quotas/q", "regions/c?/quotas/q", "regions/cn*", "regions//quotas/q"]
        {
            assert_eq!(rest(kept), kept);
        }
        let canonical = |text: &str| ResourcePattern::of_uri(text).unwrap().canonical();
        assert_eq!(canonical("regions/cn/networklink/n"), canonical("networklinks/n"));
        assert_eq!(canonical("servers/s"), canonical("regions/*/foreignservers/s"));
        assert_ne!(canonical("quotas/q"), canonical("images/q"));
        assert!(ResourcePattern::of_uri("regions/cn/quotas/*").unwrap().matches("regions/-/quotas/q"));
        assert!(!ResourcePattern::of_uri("regions/c*n/quotas/*").unwrap().matches("regions/-/quotas/q"));
    }
}
