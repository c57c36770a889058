//! What would lift a denial, as far as its reader may know it: values, and their text.

use std::fmt;

/// A statement that would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisedStatement {
    /// The project in which it is issued; none for a command of the local world.
    pub project: Option<String>,
    /// Who may issue it, in words.
    pub may: String,
    /// The statement.
    pub statement: String,
    /// The text of the policy file that it names, or a description.
    pub file: Option<String>,
    /// What else it opens, in words.
    pub opens: String,
}

/// One way to lift a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// A principal who may run the refused statement runs it: no access is granted.
    Delegate {
        /// The project in which it is run.
        project: String,
        /// A description of who may run it.
        may: &'static str,
    },
    /// These statements, in this order; at least one.
    Statements(Vec<AdvisedStatement>),
    /// A package, in words that are the same whether there is one or not.
    Package {
        /// What it would list.
        lists: String,
        /// The project that would make it.
        maker: String,
        /// The project that would install it.
        installer: String,
    },
    /// A role of administrator type with this policy, in words that do not say which roles there are.
    Role {
        /// The project in which it is given.
        project: String,
        /// A description of who may make and give it.
        may: &'static str,
        /// Who gets it.
        who: String,
        /// The policy.
        policy: String,
        /// What it opens, in words.
        opens: String,
    },
}

/// What a viewer may read of an advice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisibleAdvice {
    /// Ways to lift the denial, the one that opens least first; any one of them suffices.
    pub alternatives: Vec<Alternative>,
    /// Whether other permissions may also be missing, which only administrators of the projects may see.
    pub may_be_more: bool,
}

impl AdvisedStatement {
    /// Where, who, what: ``in project p, its owner or a Super_Administrator: `add trustedproject d;` ``.
    fn issued(&self) -> String {
        let Self { project, statement, may, .. } = self;
        match project {
            Some(project) => format!("in project {project}, {may}: `{statement};`"),
            None => format!("{may}: `{statement}`"),
        }
    }
}

impl fmt::Display for AdvisedStatement {
    /// With the text of the policy file that it names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.issued())?;
        self.file.as_ref().map_or(Ok(()), |text| write!(f, ", where the file contains {text}"))
    }
}

impl VisibleAdvice {
    /// The help of an error, on one line for a single statement; `None` if nothing helps.
    pub fn help(&self) -> Option<String> {
        let mut help = match self.alternatives.as_slice() {
            [] => return None,
            [Alternative::Statements(statements)] => {
                let words = |one: &AdvisedStatement| format!("{one} (opens {})", one.opens);
                statements.iter().map(words).collect::<Vec<_>>().join("\nthen ")
            }
            _ => {
                let first = "one of these is needed, the narrowest first:".to_owned();
                std::iter::once(first).chain(self.numbered()).collect::<Vec<_>>().join("\n")
            }
        };
        if self.may_be_more {
            help.push_str("\nother permissions may also be missing");
        }
        Some(help)
    }

    /// The alternatives with their numbers, on several lines each.
    pub fn numbered(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, alternative) in self.alternatives.iter().enumerate() {
            let number = place + 1;
            match alternative {
                Alternative::Statements(statements) => {
                    for (turn, one) in statements.iter().enumerate() {
                        let before = if turn == 0 { format!("{number}.") } else { "   then".to_owned() };
                        lines.push(format!("{before} {}", one.issued()));
                        lines.extend(one.file.iter().map(|file| format!("   where the file contains {file}")));
                        lines.push(format!("   opens {}", one.opens));
                    }
                }
                Alternative::Delegate { project, may } => {
                    lines.push(format!("{number}. in project {project}, {may} can run the statement instead"));
                    lines.push("   opens nothing".to_owned());
                }
                Alternative::Package { lists, maker, installer } => {
                    lines.push(format!(
                        "{number}. a package of project {maker} that lists {lists}, installed in project {installer}, with Read on the package there"
                    ));
                    lines.push(format!("   opens what the package lists to its readers in project {installer}"));
                }
                Alternative::Role { project, may, who, policy, opens } => {
                    lines.push(format!(
                        "{number}. in project {project}, {may} can give {who} a role of type admin with the policy {policy}"
                    ));
                    lines.push(format!("   opens {opens}"));
                }
            }
        }
        lines
    }
}
