//! What no transcript can show.

#[cfg(test)]
mod it {
    #[cfg(feature = "sql")]
    mod commit;
    mod differential;
    mod grammar;
    #[cfg(feature = "sql")]
    mod memory;
    mod naive;
    #[cfg(unix)]
    mod prompt;
    mod readme;
    mod tidy;
    mod worlds;
}
