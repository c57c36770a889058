use super::{AddressList, ExceptionPolicy};
use crate::error::Result;
use crate::model::{Project, Property};

/// The policies of a project, compiled: once per change of the project, not once per decision.
///
/// A text that cannot be read, as another version may have written it, is an error that the explanation of a decision shows; it never
/// allows anything.
#[derive(Debug)]
pub struct ProjectPolicies {
    /// The addresses that may use the project.
    pub addresses: Result<AddressList>,
    /// What may leave the project although it is protected; `None` without an exception policy.
    pub exception: Option<Result<ExceptionPolicy>>,
}

impl ProjectPolicies {
    /// Compiles the policies of a project.
    pub fn of(project: &Project) -> Self {
        let exception = project.security.exception.as_deref();
        Self {
            addresses: AddressList::parse(
                project.property(Property::IpWhitelist),
                project.property(Property::VpcWhitelist),
            ),
            exception: exception.map(|text| ExceptionPolicy::parse(text, &project.name)),
        }
    }
}
