//! `describe package`. Source: S4, the sample outputs; odpscmd.

use std::borrow::Cow;

use super::lines::write_line;
use super::ruled::Frame;
use super::style::Target;
use crate::command::PackageDescription;
use crate::model::Action;

/// Heads of columns, each at least so many characters wide.
const OBJECTS: [(&str, usize); 3] = [("ObjectType", 12), ("ObjectName", 40), ("ObjectPrivileges", 16)];
const ALLOWED: [(&str, usize); 2] = [("ProjectName", 15), ("UserLabel", 9)];

/// Writes a package as a person sees it.
pub fn write(package: &PackageDescription, target: Target, text: &mut String) {
    let head = [
        format!("CreateTime:         {}", package.created.iso()),
        format!("PackageName:        {}", package.name),
        format!("SourceProject:      {}", package.source_project),
        String::new(),
        "Object List".to_owned(),
    ];
    head.iter().for_each(|line| write_line(line, target, text));
    let objects = package.objects.iter().map(|item| {
        let actions: Vec<&str> = item.actions.iter().copied().map(Action::name).collect();
        [item.kind.name().to_uppercase().into(), item.name.as_str().into(), actions.join(",").into()]
    });
    frame(OBJECTS, &objects.collect::<Vec<_>>(), target, text);
    if let Some(allowed) = &package.allowed {
        ["", "Allowed Project List"].iter().for_each(|line| write_line(line, target, text));
        let rows = allowed.iter().map(|(project, label)| [project.as_str().into(), label.to_string().into()]);
        frame(ALLOWED, &rows.collect::<Vec<_>>(), target, text);
    }
}

fn frame<const N: usize>(heads: [(&str, usize); N], rows: &[[Cow<'_, str>; N]], target: Target, text: &mut String) {
    let frame = Frame::measured(&heads.map(|(_, least)| least), rows.iter().map(|row| row.to_vec()), target);
    text.push_str(frame.rule());
    frame.row(heads.into_iter().map(|(head, _)| head.into()), text);
    rows.iter().for_each(|row| frame.row(row.iter().cloned(), text));
}
