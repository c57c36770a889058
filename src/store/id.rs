//! Numbers of the model as values of SQL.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::model::{AccountId, ColumnId, Identity, Level, Object, ObjectId, PackageId, ProjectId};

macro_rules! numbers {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    )*};
}

numbers! { AccountId ColumnId ObjectId PackageId ProjectId }

impl ToSql for Level {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::from(self.number()).into())
    }
}

impl FromSql for Level {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = i64::column_result(value)?;
        u8::try_from(number).ok().and_then(Self::new).ok_or(FromSqlError::OutOfRange(number))
    }
}

/// What is not there has a number that nothing ever has.
const UNKNOWN: i64 = -1;
/// Likewise, what is gone.
const GONE: i64 = -2;

impl ToSql for Identity {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Gone => Ok(GONE.into()),
            Self::Unknown => Ok(UNKNOWN.into()),
            Self::Project(id) => id.to_sql(),
            Self::Known(id) => id.to_sql(),
        }
    }
}

impl FromSql for Identity {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match i64::column_result(value)? {
            GONE => Self::Gone,
            UNKNOWN => Self::Unknown,
            number => Self::Known(ObjectId(number)),
        })
    }
}

/// The installed package that an entry is inside of, as the column `inside` has it: 0 outside of any.
pub(super) struct Inside<'o>(pub Option<&'o Object>);

impl ToSql for Inside<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.map_or(Ok(0.into()), |package| package.id.to_sql())
    }
}
