//! Answers of stores: whoever runs one may send anything, of any length.

use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Limited};
use object_store::client::{HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService};

/// Bytes of an answer that is no part of a file: a list of a thousand names, the text of an error.
const PLAIN: usize = 16 << 20;

/// A client whose answers have a longest length: that of the part of the file that was asked for, or [`PLAIN`].
#[derive(Debug)]
pub(super) struct Bounded(pub reqwest::Client);

impl HttpService for Bounded {
    fn call<'s, 'f>(&'s self, request: HttpRequest) -> BoxFuture<'f, Result<HttpResponse, HttpError>>
    where
        's: 'f,
        Self: 'f,
    {
        let range = request.headers().get("range").and_then(|range| range.to_str().ok()).and_then(length_of);
        let most = range.unwrap_or_default().max(PLAIN);
        let answer = async move {
            let (parts, body) = HttpService::call(&self.0, request).await?.into_parts();
            let body = Limited::new(body, most).map_err(|error| match error.downcast::<HttpError>() {
                Ok(error) => *error,
                Err(_) => HttpError::new(HttpErrorKind::Decode, TooLong),
            });
            Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
        };
        answer.boxed()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer is too long")]
struct TooLong;

/// The length of `bytes=<first>-<last>`.
fn length_of(range: &str) -> Option<usize> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let length = last.parse::<u64>().ok()?.checked_sub(first.parse().ok()?)?.checked_add(1)?;
    usize::try_from(length).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_long_as_what_was_asked_for() {
        assert_eq!(length_of("bytes=0-0"), Some(1));
        assert_eq!(length_of("bytes=10-20971529"), Some(20 << 20));
        for range in ["", "bytes=", "bytes=5-", "bytes=-5", "bytes=7-3", "bytes=0-18446744073709551615", "items=0-1"] {
            assert_eq!(length_of(range), None, "{range}");
        }
    }
}
