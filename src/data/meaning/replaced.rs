//! `* replace (…)`: columns of `*` that are calculated.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::WildcardAdditionalOptions;

use super::scope::Shown;
use super::{Clause, Reader};
use crate::error::{Code, Error};

impl Reader<'_> {
    /// Reads what takes the place of columns of `*`, which are no columns of a relation any more.
    pub(super) fn replaced(&mut self, options: &WildcardAdditionalOptions, shown: &mut [Shown]) {
        let replaced = options.opt_replace.iter().flat_map(|replace| &replace.items);
        for item in replaced.clone() {
            self.walk(&item.expr, Clause::Plain);
        }
        for item in replaced.clone() {
            let name = &item.column_name;
            if !shown.iter().any(|column| column.name == name.value) {
                let message = format!("`* replace` names `{}`, which `*` does not give here", name.value);
                let error = Error::new(Code::Semantic, message)
                    .help("give a new column a place of its own: `*, <value> as <name>`");
                self.no_pattern.get_or_insert((name.span, error));
            }
        }
        let replaced: BTreeSet<&str> = replaced.map(|item| item.column_name.value.as_str()).collect();
        for column in shown.iter_mut().filter(|column| replaced.contains(column.name.as_str())) {
            column.base = None;
        }
    }
}
