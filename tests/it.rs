//! What no transcript can show.

#[cfg(test)]
mod it {
    mod differential;
    mod grammar;
    mod naive;
    mod readme;
    mod tidy;
    mod worlds;
}
