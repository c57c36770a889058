//! Statements for services that this program does not have: PAI, Spark, MapReduce, volumes and others.
//!
//! They are read as strictly as the client reads them, so that a script with a mistake in one is refused before it runs; one without is
//! refused by name when its turn comes.

mod options;
mod read;

use std::fmt;

use crate::model::JobType;

pub use read::{productions, statement};

/// What a statement needs that is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Requests to the service's own address.
    Http,
    /// Materialized views that the service makes by itself.
    AutoMv,
    /// Sessions of query acceleration.
    Acceleration,
    /// Comparison of plans.
    Tune,
    /// Projects that stand for Hive or a data lake.
    ExternalProject,
    /// Volumes.
    Volumes,
    /// Workflows of the machine learning platform, and their models.
    Xflow,
    /// Jobs of the machine learning platform.
    Pai,
    /// MapReduce jobs.
    MapReduce,
    /// Spark jobs.
    Spark,
    /// The platform that runs Spark.
    Cupid,
    /// Security policies, which no document describes.
    SecurityPolicy,
}

impl Service {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::AutoMv => "AUTOMV",
            Self::Acceleration => "MCQA",
            Self::Tune => "TUNE",
            Self::ExternalProject => "EXTERNALPROJECT",
            Self::Volumes => "VOLUMES",
            Self::Xflow => "XFLOW",
            Self::Pai => "PAI",
            Self::MapReduce => "MAPREDUCE",
            Self::Spark => "SPARK",
            Self::Cupid => "CUPID",
            Self::SecurityPolicy => "SECURITYPOLICY",
        }
    }

    /// Whether its statements run as jobs (STG-5).
    pub fn runs_jobs(self) -> bool {
        matches!(self, Self::Pai | Self::MapReduce | Self::Spark | Self::Tune)
    }

    /// The type of its jobs, as which `.why` decides a statement.
    pub fn job(self) -> Option<JobType> {
        match self {
            Self::Pai => Some(JobType::Pai),
            Self::MapReduce => Some(JobType::MapReduce),
            Self::Spark | Self::Cupid => Some(JobType::Spark),
            Self::Http
            | Self::AutoMv
            | Self::Acceleration
            | Self::Tune
            | Self::ExternalProject
            | Self::Volumes
            | Self::Xflow
            | Self::SecurityPolicy => None,
        }
    }
}

/// A statement for another service.
#[derive(Debug, Clone)]
pub struct Statement {
    production: &'static str,
    /// What it needs.
    pub service: Service,
    /// The statement, as typed.
    text: String,
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        (self.production, &self.text) == (other.production, &other.text)
    }
}

impl Eq for Statement {}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
