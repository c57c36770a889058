use std::fmt;

/// The kind of job that moves data; exceptions of a protected project may name one (EXC-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobType {
    /// Statements of this shell.
    Sql,
    /// Tunnel, in both directions.
    Dt,
    /// MapReduce.
    MapReduce,
    /// Spark.
    Spark,
    /// Graph.
    Graph,
    /// Machine Learning Platform for AI.
    Pai,
    /// Proxima CE.
    ProximaCe,
    /// A user-defined function that reads or writes tables.
    Udf,
}

impl JobType {
    /// Every job type.
    pub const ALL: [JobType; 8] =
        [Self::Sql, Self::Dt, Self::MapReduce, Self::Spark, Self::Graph, Self::Pai, Self::ProximaCe, Self::Udf];

    /// The name in `.why --as-job` and, for the first three, in `odps:TaskType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "SQL",
            Self::Dt => "DT",
            Self::MapReduce => "MapReduce",
            Self::Spark => "Spark",
            Self::Graph => "Graph",
            Self::Pai => "PAI",
            Self::ProximaCe => "ProximaCE",
            Self::Udf => "UDF",
        }
    }

    /// The job type of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for JobType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
