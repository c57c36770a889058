//! Text ↔ statements. Pure: knows no state and decides nothing.
//!
//! [`parse`] reads a whole script; [`Statement`] is what was typed, and prints itself so that it parses back to the same.
//! One file per family, named like its file in `grammar/`.

mod block;
pub mod elsewhere;
pub mod function;
pub mod grammar;
pub mod grant;
mod hint;
pub mod instance;
pub mod label;
mod lexer;
pub mod local;
pub mod object;
pub mod package;
mod parser;
mod phrase;
pub mod policy;
pub mod project;
pub mod protection;
mod qualifier;
pub mod query;
pub mod resource;
pub mod role;
pub mod schema;
mod script;
pub mod session;
mod sql_function;
mod statement;
pub mod table;
pub mod tenant;
pub mod tenant_resource;
mod token;
pub mod tunnel;
mod types;
pub mod user;
mod variables;

pub use block::{branches, end_of_statement};
pub use hint::hints;
pub use lexer::{DEPTH, Lexed, lex};
pub use parser::Name;
pub use phrase::is_like;
pub use qualifier::Qualifier;
pub use script::{Completeness, Piece, Script, is_complete, parse, parse_part, parse_statement};
pub use sql_function::{BODY, PARAMETER, body_query, parameters};
pub use statement::{FileName, QueryText, Statement, TableName};
pub use token::{Token, TokenKind, bad_escape, text_literal, text_value};
pub use types::parse_type;
pub use variables::Variables;
