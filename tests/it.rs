//! What no transcript can show.

#[cfg(test)]
mod it {
    mod differential;
    mod grammar;
    mod naive;
    #[cfg(unix)]
    mod prompt;
    mod readme;
    mod tidy;
    mod worlds;
}
