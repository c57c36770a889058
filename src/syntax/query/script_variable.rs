//! `@a := select …`, `@n bigint := 5`, `@t table(c bigint)`, `if (…) begin … end else …`. Source: "Script mode", "IF".
//!
//! The text is read by `data`, in front of the queries that use the variables; here only its shape is checked.

use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{Input, Parser};

use super::Statement;
use crate::error::{Code, Error};
use crate::syntax::block::{Branch, LEVELS, branches, is_word};
use crate::syntax::parser::{
    Name, Parsed, Tokens, end, keyword, keywords, list, name, parenthesised, rest, symbol, wrong,
};
use crate::syntax::phrase::{new_name, query};
use crate::syntax::statement::QueryText;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::types::data_type;
use crate::text::Span;

/// How a variable is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defined {
    /// By a query.
    Rows,
    /// By an expression.
    Value,
    /// With its type, or its columns.
    Declared,
}

/// The words that rows begin with.
const ROWS: [&str; 4] = ["select", "with", "from", "values"];
/// The words that may follow rows in parentheses.
const BEHIND_ROWS: [&str; 6] = ["union", "intersect", "except", "minus", "order", "limit"];

/// Whether the value of a variable is a query; else it is an expression.
pub fn is_query(value: &[Token], source: &str) -> bool {
    let is_sign = |token: &Token, sign: &str| token.kind == TokenKind::Symbol && token.span.of(source) == sign;
    let is_any = |token: &Token, words: &[&str]| words.iter().any(|word| is_word(token, word, source));
    let opened = value.iter().take_while(|token| is_sign(token, "(")).count();
    if !value.get(opened).is_some_and(|token| is_any(token, &ROWS)) {
        return false;
    }
    let mut depth = 0_usize;
    for (at, token) in value.iter().enumerate().filter(|_| opened > 0) {
        if is_sign(token, "(") {
            depth += 1;
        } else if is_sign(token, ")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return value.get(at + 1).is_none_or(|next| is_any(next, &BEHIND_ROWS));
            }
        }
    }
    true
}

/// `@<name> [<type> | table(<columns>)] [:= <value>]`, with a type or a value. `cache on` says how the service stores the rows.
pub(super) fn variable(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let start = tokens;
    let (tokens, name) = preceded(symbol("@"), variable_name).parse(tokens)?;
    let given = || (symbol(":"), symbol("="));
    if let Ok((tokens, _)) = given().parse(tokens) {
        let (tokens, cached) = opt(keywords("cache on")).parse(tokens)?;
        let is_cached = cached.is_some();
        return match is_query(tokens.list(), tokens.source()) {
            true => {
                check_closed(tokens)?;
                query
                    .map(|query| Statement::Variable { name: name.clone(), defined: Defined::Rows, is_cached, query })
                    .parse(tokens)
            }
            false => {
                let (tokens, mut value) = defined(start, tokens, name, Defined::Value)?;
                if let Statement::Variable { is_cached: cached, .. } = &mut value {
                    *cached = is_cached;
                }
                Ok((tokens, value))
            }
        };
    }
    let columns = preceded(keyword("table"), parenthesised(list((new_name, data_type))));
    let (tokens, ()) = nom::branch::alt((columns.map(|_| ()), data_type.map(|_| ()))).parse(tokens)?;
    match given().parse(tokens) {
        Ok((tokens, _)) => defined(start, tokens, name, Defined::Declared),
        Err(_) => {
            end(tokens).or_else(|_| tokens.miss("`:=`"))?;
            Ok((tokens, definition(start, name, Defined::Declared)))
        }
    }
}

/// The name behind the sign: a word.
fn variable_name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    match tokens.list().first() {
        Some(first) if first.kind == TokenKind::Quoted => {
            let error = Error::new(Code::Parse, "the name of a variable is not quoted").at(first.span);
            wrong(error.help("write `@<name>`, with letters, digits and `_`"))
        }
        _ => name(tokens),
    }
}

fn defined<'a>(start: Tokens<'a>, value: Tokens<'a>, name: Name, defined: Defined) -> Parsed<'a, Statement> {
    check_value(value)?;
    let (after, _) = rest("a query or an expression").parse(value)?;
    Ok((after, definition(start, name, defined)))
}

/// The definition alone, in front of a query that reads it: `data` reads it so, too.
fn definition(start: Tokens<'_>, name: Name, defined: Defined) -> Statement {
    let span = start.rest_span();
    let text = with_reading(span.of(start.source()), &name);
    Statement::Variable { name, defined, is_cached: false, query: QueryText::new(text, span) }
}

/// A definition, and a query that reads it.
pub fn with_reading(definition: &str, name: &Name) -> String {
    format!("{definition}{}", reading(name))
}

/// The query that reads a variable, behind its definition.
pub fn reading(name: &Name) -> String {
    format!(";select * from @{}", name.text)
}

/// A value is one expression or query: no parenthesis in it closes one around it.
fn check_value(value: Tokens<'_>) -> Parsed<'_, ()> {
    let starts = ["insert", "create", "drop", "alter", "update", "delete", "merge", "set", "if", "begin", "function"];
    let is_other = value.list().first().is_some_and(|first| {
        first.kind == TokenKind::Word && starts.iter().any(|word| is_word(first, word, value.source()))
    });
    let is_call = value.list().get(1).is_some_and(|next| next.span.of(value.source()) == "(");
    if value.is_empty() || is_other && !is_call {
        return value.miss("a query or an expression");
    }
    check_closed(value)
}

fn check_closed(value: Tokens<'_>) -> Parsed<'_, ()> {
    let mut depth = 0_usize;
    for (at, token) in value.list().iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Symbol) {
        match token.span.of(value.source()) {
            "(" | "[" => depth += 1,
            ")" | "]" if depth == 0 => return value.take_from(at).miss("the end of the value"),
            ")" | "]" => depth -= 1,
            _ => {}
        }
    }
    match depth {
        0 => Ok((value, ())),
        _ => value.take_from(value.list().len()).miss("`)`"),
    }
}

/// A statement in a branch of `if` that writes rows or shows them.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The statement.
    pub statement: Statement,
    /// The branches that it is in, from the outermost one: which `if`, and which branch of that.
    pub path: Vec<(usize, usize)>,
    /// The assignments and the `if`s in front of it in these branches.
    pub before: Vec<Span>,
    /// Its place.
    pub span: Span,
    /// Whether an assignment or another `if` follows it in these branches.
    pub is_followed: bool,
}

impl Effect {
    /// Whether no run of the script executes both it and what is in these branches.
    pub fn excludes(&self, path: &[(usize, usize)]) -> bool {
        let differ = self.path.iter().zip(path).find(|(own, theirs)| own != theirs);
        differ.is_some_and(|((own, _), (theirs, _))| own == theirs)
    }
}

impl PartialEq for Effect {
    fn eq(&self, other: &Self) -> bool {
        (&self.statement, &self.path) == (&other.statement, &other.path)
    }
}

impl Eq for Effect {}

/// How many statements in the branches of one `if` may write or show rows. Chosen: each is planned, whichever run.
const EFFECTS: usize = 100;

/// `if (<condition>) begin <statements> end [else if …] [else …]`
pub(super) fn script_if(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    keyword("if").parse(tokens)?;
    let mut found = Found::default();
    found.conditional(tokens, &Surroundings::default())?;
    let span = tokens.rest_span();
    // The branches, in front of a query that says which of them count.
    let text = format!("{}{WHICH_RUN}", span.of(tokens.source()));
    let Found { assigned, effects, .. } = found;
    Ok((tokens.take_from(tokens.list().len()), Statement::If { assigned, effects, query: QueryText::new(text, span) }))
}

/// The query behind an `if`: no name follows the sign. `data` reads it as one value for each effect: whether it runs.
pub const WHICH_RUN: &str = ";select @";

/// What the branches of an `if` do.
#[derive(Default)]
struct Found {
    assigned: Vec<Name>,
    effects: Vec<Effect>,
    ifs: usize,
}

/// What is around a statement in a branch.
#[derive(Default, Clone)]
struct Surroundings {
    path: Vec<(usize, usize)>,
    before: Vec<Span>,
}

impl Found {
    fn conditional<'a>(&mut self, tokens: Tokens<'a>, around: &Surroundings) -> Parsed<'a, ()> {
        if around.path.len() >= LEVELS {
            let place = tokens.list().first().map_or(Span::default(), |first| first.span);
            let error = Error::new(Code::Parse, format!("`if` is nested deeper than {LEVELS} levels")).at(place);
            return wrong(error.help("assign a condition to a variable, or join conditions with `and`"));
        }
        let found = match branches(tokens.list(), tokens.source()) {
            Ok(found) => found,
            Err((at, expected)) => return tokens.take_from(at.min(tokens.list().len())).miss(expected),
        };
        let number = self.ifs;
        self.ifs += 1;
        for (branch, Branch { condition, statements }) in found.into_iter().enumerate() {
            if let Some((start, behind)) = condition {
                let inside = tokens.take_from(start + 1).take(behind.saturating_sub(start + 2));
                check_value(inside)?;
            }
            let mut around = around.clone();
            around.path.push((number, branch));
            for (start, behind) in statements {
                self.statement(tokens.take_from(start).take(behind - start), &mut around)?;
            }
        }
        Ok((tokens, ()))
    }

    fn statement<'a>(&mut self, tokens: Tokens<'a>, around: &mut Surroundings) -> Parsed<'a, ()> {
        let first = tokens.list().first().map(|first| first.span.of(tokens.source())).unwrap_or_default();
        let span = tokens.rest_span();
        let is_effect = first != "@" && !first.eq_ignore_ascii_case("if");
        for effect in self.effects.iter_mut().filter(|effect| !is_effect && !effect.excludes(&around.path)) {
            effect.is_followed = true;
        }
        match first {
            "@" => {
                let (after, assignment) = variable(tokens)?;
                end(after)?;
                match assignment {
                    Statement::Variable { defined: Defined::Declared, name, .. } => {
                        let message = format!("`@{}` is declared in a branch of `if`", name.text);
                        let error = Error::new(Code::Semantic, message).at(name.span);
                        return wrong(error.help("declare it before the `if`, and assign it in the branches"));
                    }
                    Statement::Variable { name, .. } => self.assigned.push(name),
                    _ => return tokens.miss("an assignment"),
                }
            }
            word if word.eq_ignore_ascii_case("if") => {
                self.conditional(tokens, around)?;
            }
            _ => {
                // A sign without a name is what stands behind the whole `if`.
                if tokens.list().last().is_some_and(|last| last.span.of(tokens.source()) == "@") {
                    return tokens.take_from(tokens.list().len()).miss("the name of a variable");
                }
                let statement = effect(tokens)?;
                if self.effects.len() >= EFFECTS {
                    let message =
                        format!("the branches of an `if` have more than {EFFECTS} statements besides assignments");
                    return wrong(Error::new(Code::Parse, message).at(span).help("write several `if`"));
                }
                let Surroundings { path, before } = around.clone();
                self.effects.push(Effect { statement: statement.1, path, before, span, is_followed: false });
                return Ok((tokens, ()));
            }
        }
        around.before.push(span);
        Ok((tokens, ()))
    }
}

/// A statement that writes or shows rows.
fn effect(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let first = tokens.list().first();
    let starts =
        |words: &[&str]| first.is_some_and(|first| words.iter().any(|word| is_word(first, word, tokens.source())));
    let is_bracket = first.is_some_and(|first| first.span.of(tokens.source()) == "(");
    let read = super::in_branch::effect(tokens);
    let may_be_one = match read {
        Ok(_) | Err(nom::Err::Failure(_)) => true,
        Err(_) => is_bracket || starts(&["select", "with", "from", "values", "insert", "update", "delete", "merge"]),
    };
    if !may_be_one {
        let error =
            Error::new(Code::Unsupported, "not supported: this statement in a branch of `if`").at(tokens.rest_span());
        return wrong(error.help(
            "a branch has assignments, `select`, `insert`, `update`, `delete`, `merge`, `create table`, `drop table`, `truncate table`, and `alter table` that adds or drops partitions; put other statements before the `if`",
        ));
    }
    let (after, statement) = read?;
    end(after)?;
    Ok((after, statement))
}
