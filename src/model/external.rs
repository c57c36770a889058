//! How the rows of a table lie in files outside of the state (EXT-1).

use std::collections::BTreeMap;

use super::Location;
use crate::error::{Code, Error, Result};

/// The definition of an external table, besides its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// How its files look.
    pub format: ExternalFormat,
    /// The folder that holds them.
    pub location: Location,
    /// `with serdeproperties (…)`, as typed.
    pub serde: BTreeMap<String, String>,
    /// `tblproperties (…)`, as typed.
    pub properties: BTreeMap<String, String>,
}

/// How files outside look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternalFormat {
    /// Fields between commas.
    Csv,
    /// Fields between tabs.
    Tsv,
    /// Hive's text: fields between `\u0001`.
    Text,
    /// An object on each line.
    Json,
    /// Parquet.
    Parquet,
}

/// How the records of a text file look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLayout {
    /// What is between fields.
    pub delimiter: String,
    /// What stands for NULL.
    pub null: String,
    /// Whether fields may stand in quotes.
    pub quoted: bool,
    /// Whether the first record of a file names the columns.
    pub header: bool,
    /// Whether empty lines are passed over.
    pub skips_empty: bool,
}

/// The property that names a network connection. Source: document 003.
pub const NETWORKLINK: &str = "networklink";
/// The property that names an external data source. Chosen: the documents do not say how a table names one.
pub const FOREIGN_SERVER: &str = "foreignserver";

/// Hive's reader of JSON.
const JSON_SERDE: &str = "org.apache.hive.hcatalog.data.JsonSerDe";
/// Hive's reader of text.
const TEXT_SERDE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
/// Hive's reader of Parquet.
const PARQUET_SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

impl ExternalFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Tsv, Self::Text, Self::Json, Self::Parquet];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Text => "text",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format behind `stored by`.
    ///
    /// # Errors
    /// A handler that is not built.
    pub fn stored_by(handler: &str) -> Result<Self> {
        match handler {
            "com.aliyun.odps.CsvStorageHandler" => Ok(Self::Csv),
            "com.aliyun.odps.TsvStorageHandler" => Ok(Self::Tsv),
            _ => Err(Error::new(Code::Unsupported, format!("not supported: the storage handler `{}`", short(handler)))
                .help("the handlers are com.aliyun.odps.CsvStorageHandler and com.aliyun.odps.TsvStorageHandler; `stored as parquet` needs none")),
        }
    }

    /// The format of `[row format serde '<serde>'] stored as <format>`, the latter folded.
    ///
    /// # Errors
    /// A reader or a format that is not built.
    pub fn stored_as(format: &str, serde: Option<&str>) -> Result<Self> {
        match (format, serde) {
            ("parquet", None | Some(PARQUET_SERDE)) => Ok(Self::Parquet),
            ("textfile", None | Some(TEXT_SERDE)) => Ok(Self::Text),
            ("textfile", Some(JSON_SERDE)) => Ok(Self::Json),
            ("parquet" | "textfile", Some(serde)) => {
                Err(Error::new(Code::Unsupported, format!("not supported: the SerDe `{}`", short(serde)))
                    .help(format!("the SerDes are {JSON_SERDE}, {TEXT_SERDE} and {PARQUET_SERDE}")))
            }
            _ => Err(Error::new(
                Code::Unsupported,
                format!("not supported: `stored as {}` of files outside", short(format)),
            )
            .help("write `stored as parquet` or `stored as textfile`, or `stored by '<handler>'` for CSV and TSV")),
        }
    }

    /// The clause that names it.
    pub fn clause(self) -> (Option<&'static str>, Stored) {
        match self {
            Self::Csv => (None, Stored::By("com.aliyun.odps.CsvStorageHandler")),
            Self::Tsv => (None, Stored::By("com.aliyun.odps.TsvStorageHandler")),
            Self::Text => (None, Stored::As("textfile")),
            Self::Json => (Some(JSON_SERDE), Stored::As("textfile")),
            Self::Parquet => (None, Stored::As("parquet")),
        }
    }

    /// What the names of its files end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Text => "txt",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// The clause that says how rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// `stored by '<handler>'`
    By(&'static str),
    /// `stored as <format>`
    As(&'static str),
}

impl External {
    /// The name of the network connection that its endpoint is reached through, folded.
    pub fn networklink(&self) -> Option<String> {
        self.property(NETWORKLINK).map(str::to_ascii_lowercase)
    }

    /// The name of the external data source that has its credentials, folded.
    pub fn foreign_server(&self) -> Option<String> {
        self.property(FOREIGN_SERVER).map(str::to_ascii_lowercase)
    }

    fn property(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }

    /// Checks that every option has the effect that it is documented with.
    ///
    /// # Errors
    /// One of them is not known, or has a value without effect here.
    pub fn check(&self) -> Result<()> {
        self.text_layout()?;
        for (key, value) in &self.properties {
            match key.as_str() {
                NETWORKLINK | FOREIGN_SERVER if self.location.is_on_machine() => {
                    return Err(Error::new(Code::Semantic, format!("a file location has no `{key}`"))
                        .help("remove the property: the files of this machine are reached without a network"));
                }
                NETWORKLINK | FOREIGN_SERVER if super::TenantResource::is_name(&value.to_ascii_lowercase()) => {}
                NETWORKLINK | FOREIGN_SERVER => {
                    return Err(Error::new(Code::Semantic, format!("the value of `{key}` is not a name")));
                }
                "odps.sql.text.schema.mismatch.mode" if value.eq_ignore_ascii_case("error") => {}
                _ => return Err(without_effect("property", key, "networklink, foreignserver")),
            }
        }
        Ok(())
    }

    /// How the records of its text files look; nothing of other files.
    ///
    /// # Errors
    /// An option that is not known, or has a value without effect here.
    pub fn text_layout(&self) -> Result<Option<TextLayout>> {
        let plain = |delimiter: &str, null: &str, skips_empty| TextLayout {
            delimiter: delimiter.to_owned(),
            null: null.to_owned(),
            quoted: false,
            header: false,
            skips_empty,
        };
        let mut layout = match self.format {
            ExternalFormat::Csv => plain(",", "", true),
            ExternalFormat::Tsv => plain("\t", "", true),
            ExternalFormat::Text => plain("\u{1}", "\\N", false),
            ExternalFormat::Json | ExternalFormat::Parquet => {
                return match self.serde.keys().next() {
                    None => Ok(None),
                    Some(key) => Err(without_effect("SerDe property", key, "none for this format")),
                };
            }
        };
        let is_handler = self.format != ExternalFormat::Text;
        for (key, value) in &self.serde {
            match key.as_str() {
                "odps.text.option.delimiter" if is_handler => layout.delimiter.clone_from(value),
                "odps.text.option.null.indicator" if is_handler => layout.null.clone_from(value),
                "odps.text.option.use.quote" if is_handler => layout.quoted = truth(key, value)?,
                "odps.text.option.ignore.empty.lines" if is_handler => layout.skips_empty = truth(key, value)?,
                "odps.text.option.header.lines.count" if is_handler => {
                    layout.header = match value.as_str() {
                        "0" => false,
                        "1" => true,
                        _ => return Err(no_value(key, "0 or 1")),
                    }
                }
                "odps.text.option.encoding" if is_handler && !value.eq_ignore_ascii_case("utf-8") => {
                    return Err(no_value(key, "UTF-8"));
                }
                "odps.text.option.encoding" if is_handler => {}
                "field.delim" | "serialization.format" if !is_handler => layout.delimiter.clone_from(value),
                "serialization.null.format" if !is_handler => layout.null.clone_from(value),
                "line.delim" if !is_handler && value == "\n" => {}
                "line.delim" if !is_handler => return Err(no_value(key, "'\\n'")),
                _ if is_handler => {
                    let known = "odps.text.option.delimiter, .null.indicator, .use.quote, .header.lines.count, .ignore.empty.lines and .encoding";
                    return Err(without_effect("SerDe property", key, known));
                }
                _ => {
                    let known = "field.delim, serialization.format, serialization.null.format and line.delim";
                    return Err(without_effect("SerDe property", key, known));
                }
            }
        }
        if layout.delimiter.is_empty() || layout.delimiter.contains(['\n', '\r', '"']) {
            return Err(Error::new(Code::Semantic, "fields cannot be told apart by this delimiter")
                .help("give a delimiter without quotes and line ends"));
        }
        Ok(Some(layout))
    }
}

fn truth(key: &str, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(no_value(key, "true or false")),
    }
}

fn no_value(key: &str, values: &str) -> Box<Error> {
    Error::new(Code::Unsupported, format!("not supported: this value of `{}`", short(key)))
        .help(format!("the value can be {values}"))
}

fn without_effect(what: &str, key: &str, known: &str) -> Box<Error> {
    Error::new(Code::Unsupported, format!("not supported: the {what} `{}`", short(key)))
        .help(format!("those with an effect are: {known}"))
}

fn short(text: &str) -> String {
    crate::error::shortened(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn external(
        format: ExternalFormat,
        location: &str,
        serde: &[(&str, &str)],
        properties: &[(&str, &str)],
    ) -> External {
        let map = |list: &[(&str, &str)]| list.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        External {
            format,
            location: Location::parse(location).unwrap(),
            serde: map(serde),
            properties: map(properties),
        }
    }

    #[test]
    fn options_have_an_effect_or_are_refused() {
        let csv = |serde: &[(&str, &str)]| external(ExternalFormat::Csv, "file:///d", serde, &[]).check().is_ok();
        assert!(csv(&[("odps.text.option.delimiter", "|"), ("odps.text.option.use.quote", "TRUE")]));
        assert!(!csv(&[("odps.text.option.delimiter", "\"")]));
        assert!(!csv(&[("odps.text.option.gzip.input.enabled", "true")]));
        assert!(!csv(&[("odps.text.option.encoding", "GBK")]));
        assert!(!csv(&[("field.delim", "|")]));
        let parquet = |properties: &[(&str, &str)]| {
            external(ExternalFormat::Parquet, "oss://h/bkt/", &[], properties).check().is_ok()
        };
        assert!(parquet(&[(NETWORKLINK, "vpc-1"), (FOREIGN_SERVER, "lake")]));
        assert!(!parquet(&[(NETWORKLINK, "a b")]));
        assert!(!parquet(&[("mcfed.parquet.compression", "zstd")]));
        assert!(external(ExternalFormat::Csv, "file:///d", &[], &[(NETWORKLINK, "n")]).check().is_err());
        assert!(external(ExternalFormat::Json, "file:///d", &[("a", "b")], &[]).check().is_err());
    }
}
