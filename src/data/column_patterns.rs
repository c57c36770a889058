//! Patterns of column names in `select` lists: which columns they mean. Source: "SELECT syntax", `` `abc.*` ``.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::functions::regex::compile_regex;
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Ident, Query as Tree, SelectItem, SetExpr, VisitMut, VisitorMut, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::tokenizer::Span as TokenSpan;

use crate::error::{Code, Error, Result};

/// The columns that patterns leave out, by the places of the patterns.
#[derive(Debug, Default)]
pub struct LeftOut {
    names: BTreeMap<u64, BTreeSet<String>>,
}

impl LeftOut {
    /// Notes what the pattern at `span` leaves out.
    pub fn add(&mut self, span: TokenSpan, names: BTreeSet<String>) {
        self.names.insert(span.start.line, names);
    }

    /// The query with `* except (…)` in place of each pattern.
    pub fn written_out(&self, tree: &Tree) -> Tree {
        let mut written = tree.clone();
        let _ = VisitMut::visit(&mut written, &mut WriteOut { left_out: self });
        written
    }
}

/// The columns that do not match, of those that are in sight.
///
/// # Errors
/// A pattern that cannot be read, that matches nothing, or that stands where not every column has a name yet.
pub fn left_out<'a>(pattern: &str, names: impl Iterator<Item = &'a str>, is_open: bool) -> Result<BTreeSet<String>> {
    if is_open {
        return Err(Error::new(Code::Unsupported, "not supported: a pattern of column names beside `lateral view`")
            .help("name the columns of the `lateral view`: `as a, b`"));
    }
    let matches = matcher(pattern)?;
    let (matched, left_out): (Vec<&str>, Vec<&str>) = names.partition(|name| matches(name));
    if matched.is_empty() {
        return Err(Error::new(Code::Semantic, "no column matches this pattern")
            .help("a pattern matches whole names: `abc.*` are the columns that begin with `abc`"));
    }
    Ok(left_out.into_iter().map(str::to_owned).collect())
}

/// Whether a name matches. The documented `(a|b)?+.+`, all columns but these, takes nothing back, which the engine has no sign for.
fn matcher(pattern: &str) -> Result<impl Fn(&str) -> bool> {
    let (first, rest) = match pattern.strip_prefix('(').and_then(|inner| inner.split_once(")?+")) {
        Some((first, rest)) => (Some(first), rest),
        None => (None, pattern),
    };
    let takes_nothing_back = |part: &str| ["?+", "*+", "++", "}+"].iter().any(|sign| part.contains(sign));
    if takes_nothing_back(rest) || first.is_some_and(takes_nothing_back) {
        return Err(Error::new(Code::Unsupported, "not supported: this repetition in a pattern of column names")
            .help("`(a|b)?+.+` means all columns except `a` and `b`"));
    }
    let compiled = |text: String| {
        compile_regex(&text, Some("i")).map_err(|_| {
            Error::new(Code::Semantic, "this pattern of column names is not a regular expression")
                .help("check its brackets; look-around and back-references are not built")
        })
    };
    let first = first.map(|first| compiled(format!("^(?:{first})"))).transpose()?;
    let rest = compiled(format!("^(?:{rest})$"))?;
    Ok(move |name: &str| {
        let taken = first.as_ref().and_then(|first| first.find(name)).map_or(0, |found| found.end());
        rest.is_match(name.get(taken..).unwrap_or_default())
    })
}

struct WriteOut<'l> {
    left_out: &'l LeftOut,
}

impl WriteOut<'_> {
    fn body(&self, body: &mut SetExpr) {
        match body {
            SetExpr::Select(select) => {
                for item in &mut select.projection {
                    if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
                        self.wildcard(options);
                    }
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            _ => {}
        }
    }

    fn wildcard(&self, options: &mut WildcardAdditionalOptions) {
        if options.opt_ilike.take().is_none() {
            return;
        }
        let names = self.left_out.names.get(&options.wildcard_token.0.span.start.line).into_iter().flatten();
        let mut names = names.map(|name| Ident::with_quote('`', name));
        options.opt_except =
            names.next().map(|first_element| ExceptSelectItem { first_element, additional_elements: names.collect() });
    }
}

impl VisitorMut for WriteOut<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Tree) -> ControlFlow<()> {
        self.body(&mut query.body);
        ControlFlow::Continue(())
    }
}
