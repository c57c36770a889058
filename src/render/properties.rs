//! How a person sees names and values: the client's labels and columns.
//!
//! Source: odpscmd, unless another one is given.

use std::borrow::Cow;

use super::form::content;
use crate::command::PropertiesOf;
use crate::model::{Cell, Record};
use crate::text::one_line;

/// What the client calls the one task of an SQL job.
const TASK: &str = "AnonymousSQLTask";

/// Whether the lines are status lines, beside the data.
pub fn is_beside(of: PropertiesOf) -> bool {
    matches!(of, PropertiesOf::Flags | PropertiesOf::Aliases | PropertiesOf::ProjectProperties)
}

/// The lines that a person sees.
pub fn lines(of: PropertiesOf, values: &Record) -> Vec<String> {
    match of {
        PropertiesOf::Session => session(values),
        PropertiesOf::Flags => flags(values),
        PropertiesOf::Aliases => settings(values),
        PropertiesOf::Project => project(values),
        PropertiesOf::ProjectProperties => settings(values),
        PropertiesOf::SecurityConfiguration => security_configuration(values),
        PropertiesOf::TenantResource => tenant_resource(values),
        PropertiesOf::ResourceControl => {
            let labels =
                [("TenantResourceAccessControl", "tenant_resource_access_control"), ("DefaultQuota", "default_quota")];
            let mut lines = labelled(values, &labels, |label, value| format!("{label}={value}"));
            if let Cell::Record(rules) = values.get("quota_rules") {
                lines.extend(rules.iter().map(|(job, quota)| format!("QuotaRule.{job}={}", shown(quota))));
            }
            lines
        }
        PropertiesOf::Function => function(values),
        PropertiesOf::Schema => schema(values),
        PropertiesOf::Resource => resource(values),
        PropertiesOf::Instance => instance(values),
        PropertiesOf::InstanceStatus => status(values),
        PropertiesOf::InstanceDetails => details(values),
        PropertiesOf::AccessKey => access_key(values),
        PropertiesOf::Definition => text(values, "statement").lines().map(str::to_owned).collect(),
        PropertiesOf::Level => vec![format!("User Label: {}", text(values, "level")), String::new()],
        PropertiesOf::LabelRange => {
            let (lowest, highest) = (text(values, "lowest"), text(values, "highest"));
            vec![format!("Sensitive Label Range: [{lowest}, {highest}]"), String::new()]
        }
        PropertiesOf::Plan => texts(values, "plan"),
        PropertiesOf::Cost => cost(values),
    }
}

fn cost(values: &Record) -> Vec<String> {
    let mut lines = labelled(values, &[("Input", "input_bytes")], |label, value| format!("{label}:{value} Bytes"));
    lines.extend(labelled(values, &[("UDF", "functions"), ("Complexity", "complexity")], |label, value| {
        format!("{label}:{value}")
    }));
    lines
}

/// The text of a value; nothing for no value.
fn text<'v>(values: &'v Record, name: &str) -> Cow<'v, str> {
    shown(values.get(name))
}

fn shown(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Time(time) => time.plain().into(),
        cell => content(cell).unwrap_or_default(),
    }
}

/// The texts of a list.
fn texts(values: &Record, name: &str) -> Vec<String> {
    match values.get(name) {
        Cell::List(cells) => cells.iter().map(|cell| shown(cell).into_owned()).collect(),
        _ => Vec::new(),
    }
}

/// `<label><value>` for those of these values that are there.
fn labelled(values: &Record, labels: &[(&str, &str)], line: impl Fn(&str, &str) -> String) -> Vec<String> {
    let there = labels.iter().filter(|(_, name)| *values.get(name) != Cell::Null);
    there.map(|(label, name)| line(label, &text(values, name))).collect()
}

/// Source: `%-60s%-40s`.
fn wide(label: &str, value: &str) -> String {
    format!("{label:<60}{:<40}", one_line(value)).trim_end().to_owned()
}

/// Source: `%-40s%-40s`.
fn narrow(label: &str, value: &str) -> String {
    format!("{label:<40}{:<40}", one_line(value)).trim_end().to_owned()
}

/// The same, with the blanks after the value.
fn padded(label: &str, value: &str) -> String {
    format!("{label:<40}{value:<40}")
}

/// Chosen, after `desc function`.
fn tenant_resource(values: &Record) -> Vec<String> {
    let labels = [
        ("Name", "name"),
        ("Type", "type"),
        ("Creator", "creator"),
        ("Created Time", "created"),
        ("Network Connection", "networklink"),
    ];
    let mut lines = labelled(values, &labels, narrow);
    lines.push(narrow("Projects", &texts(values, "projects").join(",")));
    lines
}

fn session(values: &Record) -> Vec<String> {
    let labels = [
        ("Name", "name"),
        ("Source IP", "source_ip"),
        ("VPC ID", "vpc_id"),
        ("End_Point", "end_point"),
        ("Project", "project"),
        ("Schema", "schema"),
    ];
    labelled(values, &labels, |label, value| format!("{label}: {value}"))
}

/// `key=value` for each value.
fn settings(values: &Record) -> Vec<String> {
    values.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect()
}

fn flags(values: &Record) -> Vec<String> {
    let mut lines = vec!["Set config:".to_owned()];
    lines.extend(settings(values));
    // Aliases follow, if there are any.
    lines.push("Alias config:".to_owned());
    lines
}

fn project(values: &Record) -> Vec<String> {
    let labels = [
        ("Name", "name"),
        ("Description", "comment"),
        ("Type", "type"),
        ("Owner", "owner"),
        ("CreatedTime", "created"),
    ];
    let mut lines: Vec<String> = labels.iter().map(|(label, name)| wide(label, &text(values, name))).collect();
    if let Cell::Record(encryption) = values.get("encryption") {
        let labels = [("Encryption", "algorithm"), ("EncryptionKey", "key"), ("EncryptionKeyStatus", "key_status")];
        lines.extend(labelled(encryption, &labels, wide));
    }
    if let Cell::Record(properties) = values.get("properties") {
        lines.extend([String::new(), "Properties:".to_owned()]);
        lines.extend(properties.iter().map(|(key, value)| wide(key, &shown(value))));
    }
    let extended = labelled(values, &[("rowCount", "rows"), ("usedSize", "bytes")], wide);
    if !extended.is_empty() {
        lines.extend([String::new(), "Extended Properties:".to_owned()]);
        lines.extend(extended);
    }
    lines
}

/// The exact layout of the client.
fn security_configuration(values: &Record) -> Vec<String> {
    let equals = |labels: &[(&str, &str)]| labelled(values, labels, |label, value| format!("{label}={value}"));
    let mut lines = equals(&[
        ("CheckPermissionUsingAcl", "check_permission_using_acl"),
        ("CheckPermissionUsingPolicy", "check_permission_using_policy"),
        ("ObjectCreatorHasAccessPermission", "object_creator_has_access_permission"),
        ("ObjectCreatorHasGrantPermission", "object_creator_has_grant_permission"),
        ("LabelSecurity", "label_security"),
        ("ProjectProtection", "project_protection"),
    ]);
    if let Cell::Text(exception) = values.get("exception") {
        lines.extend(format!("ProjectProtection with Exception:{exception}").lines().map(str::to_owned));
    }
    lines.extend(equals(&[("ExternalResourceAccessControl", "external_resource_access_control")]));
    if let Cell::List(_) = values.get("external_resource_locations") {
        lines.push(format!("ExternalResourceLocations: {}", texts(values, "external_resource_locations").join(", ")));
    }
    lines.extend(equals(&[("EnableDownloadPrivilege", "enable_download_privilege")]));
    lines
}

/// Chosen, like that of a function.
fn schema(values: &Record) -> Vec<String> {
    let mut lines = vec![
        narrow("Name", &text(values, "name")),
        narrow("Project", &text(values, "project")),
        narrow("Owner", &text(values, "owner")),
        narrow("Created Time", &text(values, "created")),
        narrow("Last Modified Time", &text(values, "modified")),
        narrow("Comment", &text(values, "comment")),
    ];
    // Of an external one. Chosen: the documents show no example.
    lines.extend(labelled(values, &[("Foreign Server", "foreignserver"), ("Location", "location")], narrow));
    lines
}

fn function(values: &Record) -> Vec<String> {
    let mut lines = vec![
        narrow("Name", &text(values, "name")),
        narrow("Owner", &text(values, "owner")),
        narrow("Created Time", &text(values, "created")),
    ];
    match values.get("sql_definition_text") {
        Cell::Null => {
            lines.push(narrow("Class", &text(values, "class")));
            lines.push(narrow("Resources", &texts(values, "resources").join(",")));
        }
        _ => lines.push(narrow("SQL Definition Text", &text(values, "sql_definition_text"))),
    }
    lines
}

fn resource(values: &Record) -> Vec<String> {
    let mut lines = vec![
        narrow("Name", &text(values, "name")),
        narrow("Owner", &text(values, "owner")),
        narrow("Type", &text(values, "type").to_uppercase()),
    ];
    if let Cell::Text(source) = values.get("source") {
        let partition = match values.get("partition") {
            Cell::Text(partition) => format!(" partition({partition})"),
            _ => String::new(),
        };
        lines.push(narrow("SourceTableName", &format!("{source}{partition}")));
    }
    lines.extend([narrow("Comment", &text(values, "comment")), narrow("CreatedTime", &text(values, "created"))]);
    if *values.get("modified") != Cell::Null {
        lines.extend([
            narrow("LastModifiedTime", &text(values, "modified")),
            narrow("LastUpdator", &text(values, "updated_by")),
        ]);
    }
    lines.extend(labelled(values, &[("Size", "size"), ("Md5sum", "md5")], narrow));
    lines
}

fn instance(values: &Record) -> Vec<String> {
    let labels = [
        ("ID", "id"),
        ("Owner", "owner"),
        ("StartTime", "started"),
        ("EndTime", "ended"),
        ("Status", "status"),
        (TASK, "task_status"),
        ("Query", "query"),
    ];
    labelled(values, &labels, padded)
}

fn status(values: &Record) -> Vec<String> {
    let mut lines = labelled(values, &[("Instance status", "status")], |label, value| format!("{label} = {value}"));
    lines.extend(labelled(values, &[(TASK, "task_status")], |task, value| format!("Task = {task}, status = {value}")));
    lines
}

/// Chosen.
fn details(values: &Record) -> Vec<String> {
    let mut lines = status(values);
    lines.push(padded("Job", &text(values, "job")));
    if let Cell::List(sources) = values.get("sources") {
        for source in sources {
            let Cell::Record(source) = source else { continue };
            let gone = if *source.get("dropped") == Cell::Boolean(true) { " (dropped)" } else { "" };
            let source = format!("{} {}{gone}", text(source, "type"), text(source, "object"));
            lines.push(padded("Source", &source));
        }
    }
    if let Cell::Record(error) = values.get("error") {
        lines.push(padded("Error", &format!("{}: {}", text(error, "code"), text(error, "message"))));
    }
    if let Cell::Record(result) = values.get("result") {
        let result = match result.get("not_kept") {
            Cell::Null => {
                let rows = text(result, "rows");
                let unit = if rows == "1" { "row" } else { "rows" };
                format!("{rows} {unit}, kept until {}", text(result, "kept_until"))
            }
            reason => format!("not kept: {}", shown(reason)),
        };
        lines.push(padded("Result", &result));
    }
    lines
}

/// Chosen.
fn access_key(values: &Record) -> Vec<String> {
    let secret = text(values, "access_key_secret");
    vec![
        format!("AccessKey ID: {}", text(values, "access_key_id")),
        format!("AccessKey Secret: {secret} (shown only once)"),
    ]
}
