//! What no transcript can show.

#[cfg(test)]
mod it {
    mod advice;
    mod audit;
    #[cfg(feature = "sql")]
    mod barriers;
    mod builtin_functions;
    mod command_line;
    #[cfg(feature = "sql")]
    mod commit;
    #[cfg(feature = "sql")]
    mod conditions;
    mod content;
    mod crash;
    #[cfg(feature = "sql")]
    mod decimals;
    mod differential;
    #[cfg(feature = "sql")]
    mod encryption;
    #[cfg(feature = "sql")]
    mod ends;
    #[cfg(all(unix, feature = "sql"))]
    mod export;
    #[cfg(all(unix, feature = "sql"))]
    mod external;
    #[cfg(feature = "sql")]
    mod flags;
    mod grammar;
    #[cfg(feature = "sql")]
    mod hidden_order;
    #[cfg(feature = "sql")]
    mod hidden_pages;
    mod hostile;
    #[cfg(feature = "sql")]
    mod instances;
    mod interactions;
    #[cfg(feature = "sql")]
    mod interference;
    mod keys;
    #[cfg(feature = "sql")]
    mod leases;
    #[cfg(unix)]
    mod leftovers;
    mod locks;
    mod matrix;
    #[cfg(feature = "sql")]
    mod memory;
    mod migrate;
    #[cfg(feature = "sql")]
    mod mistakes;
    mod naive;
    mod packages;
    mod process;
    #[cfg(unix)]
    mod prompt;
    mod reach;
    mod readme;
    #[cfg(unix)]
    mod resource;
    #[cfg(feature = "sql")]
    mod row_order;
    mod rules_page;
    #[cfg(all(feature = "sql", target_os = "linux"))]
    mod sandbox;
    mod service;
    #[cfg(unix)]
    mod state_names;
    mod tenants;
    #[cfg(feature = "sql")]
    mod there_or_not;
    mod tidy;
    #[cfg(all(feature = "sql", unix))]
    mod tunnel;
    #[cfg(not(feature = "sql"))]
    mod without_sql;
    mod worlds;
}
