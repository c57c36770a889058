//! An item of a `select` list such as `` `abc.*` ``: the columns whose names match a pattern.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, IlikeSelectItem, ObjectName, SelectItem, SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::Rewriter;
use crate::data::tokens::PATTERN;
use crate::error::Result;

impl Rewriter<'_> {
    /// Makes each pattern a `*` that keeps it; which columns these are is known once the tables are.
    pub(super) fn column_patterns(&mut self, projection: &mut [SelectItem]) -> Result<()> {
        for item in projection {
            let replaced = match item {
                SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                    self.only_if(options.opt_ilike.is_none(), "`* ilike`", options)?;
                    continue;
                }
                SelectItem::UnnamedExpr(Expr::Identifier(name)) if is_pattern(name) => {
                    SelectItem::Wildcard(all_like(name))
                }
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => match names.as_slice() {
                    [table, name] if is_pattern(name) => SelectItem::QualifiedWildcard(
                        SelectItemQualifiedWildcardKind::ObjectName(ObjectName::from(vec![table.clone()])),
                        all_like(name),
                    ),
                    _ => continue,
                },
                _ => continue,
            };
            *item = replaced;
            self.has_column_patterns = true;
        }
        Ok(())
    }
}

fn is_pattern(name: &Ident) -> bool {
    name.value.starts_with(PATTERN)
}

fn all_like(name: &Ident) -> WildcardAdditionalOptions {
    let pattern = name.value.trim_start_matches(PATTERN).to_owned();
    let token = AttachedToken(TokenWithSpan { token: Token::Mul, span: name.span });
    WildcardAdditionalOptions {
        wildcard_token: token,
        opt_ilike: Some(IlikeSelectItem { pattern }),
        ..WildcardAdditionalOptions::default()
    }
}
