//! Hints: comments that begin with `/*+`.

use super::lexer::lex;
use crate::text::fold;

/// The names of the hints of a statement, each once, in order: `mapjoin`, `skewjoin`.
pub fn hints(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    if !text.contains("/*+") {
        return names;
    }
    let Ok(lexed) = lex(text) else { return names };
    let comments = lexed.comments.iter().map(|comment| comment.of(text));
    for hint in comments.filter_map(|comment| comment.strip_prefix("/*+")?.strip_suffix("*/")) {
        let (mut depth, mut name) = (0_u32, String::new());
        for c in hint.chars().chain([' ']) {
            // What is in parentheses are arguments.
            if depth == 0 && (c.is_ascii_alphanumeric() || c == '_') {
                name.push(c);
                continue;
            }
            let ended = fold(&std::mem::take(&mut name));
            if !ended.is_empty() && !names.contains(&ended) {
                names.push(ended);
            }
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_a_comment_and_has_arguments() {
        let found = |text| hints(text).join(" ");
        assert_eq!(found("select /*+ mapjoin(a, b), SkewJoin(c(d)) */ a /*+mapjoin(b)*/ from t"), "mapjoin skewjoin");
        for none in
            ["select 1", "select /* mapjoin(a) */ 1", "select '/*+ x */'", "select 1 -- /*+ x */", "select /*+ x"]
        {
            assert_eq!(found(none), "", "{none}");
        }
    }
}
