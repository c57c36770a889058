//! The ways by which data of an object can leave its project, listed by `.who can` after the readers.

use super::reach::Reach;
use crate::error::Result;
use crate::model::Object;
use crate::policy::Exempted;

/// One way out of the project of an object, for principals who may read the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayOut {
    /// The project is not protected: to every destination.
    Open,
    /// To a project that its own one trusts.
    Trusted {
        /// The name of the trusted project.
        project: String,
    },
    /// By a statement of the exception policy, to every destination that those whom it names can write to.
    Excepted(Exempted),
    /// By a package that lists it, to wherever the readers of the package can write.
    Package {
        /// The package, as it is installed.
        package: Object,
    },
}

impl Reach<'_> {
    /// Every way by which data of an object may leave its project.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn ways_out(&self, object: &Object) -> Result<Vec<WayOut>> {
        let Some(project) = self.facts.project(object.project.id)? else { return Ok(Vec::new()) };
        let mut ways = Vec::new();
        if project.security.project_protection {
            let trusted = self.facts.trusted_by(project.id)?;
            ways.extend(trusted.into_iter().map(|project| WayOut::Trusted { project }));
            if let Some(Ok(policy)) = &self.facts.policies(&project)?.exception {
                ways.extend(policy.on(object).into_iter().map(WayOut::Excepted));
            }
        } else {
            ways.push(WayOut::Open);
        }
        let packages = self.facts.installations_listing(object)?;
        ways.extend(packages.into_iter().map(|package| WayOut::Package { package }));
        Ok(ways)
    }
}
