//! Which request a thread works for, so that each line of the log can say it.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

tokio::task_local! {
    /// The request that the task at hand, or the work on this thread, is for.
    static CURRENT: RequestId;
}

/// The longest name that is taken from a client, bytes.
const MAX_BYTES: usize = 128;

/// What tells a request from all others, in answers and in logs; also in those of proxies before us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// All of them, as a regular expression.
    pub const PATTERN: &str = "^[A-Za-z0-9._-]{1,128}$";

    /// The one that a client gives, if it has 1 to 128 letters, digits, dots, lines and dashes: nothing
    /// that could be more than a word in a header or a log.
    #[must_use]
    pub fn given(text: &str) -> Option<Self> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let is_taken = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(is_plain);
        is_taken.then(|| Self(text.into()))
    }

    /// A new one: 128 random bits, as hex. They are no secret, so the standard library's keys for hash
    /// maps, which no two maps share, are random enough.
    #[must_use]
    pub fn made() -> Self {
        let [high, low] = [0, 1].map(|half: u8| RandomState::new().hash_one(half));
        Self(format!("{high:016x}{low:016x}").into())
    }

    /// The one that is worked for here.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// A future that works for this request.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// Works on this thread for a request, if for any.
    pub fn within<T>(request: Option<Self>, work: impl FnOnce() -> T) -> T {
        match request {
            Some(request) => CURRENT.sync_scope(request, work),
            None => work(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn names_of_clients_are_plain_words() {
        for good in ["a", "5f-2_x.Y", &"x".repeat(128)] {
            assert_eq!(RequestId::given(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "a\"", "é", "a/b", &"x".repeat(129)] {
            assert_eq!(RequestId::given(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn those_made_here_differ() {
        let made: std::collections::HashSet<String> = (0..1000)
            .map(|_| RequestId::made().as_str().to_owned())
            .collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|id| id.len() == 32));
        assert!(made.iter().all(|id| RequestId::given(id).is_some()));
    }

    #[actix_web::test]
    async fn two_tasks_on_one_thread_have_their_own() {
        let task = async |name: &str| {
            for _ in 0..3 {
                assert_eq!(RequestId::current().unwrap().as_str(), name);
                tokio::task::yield_now().await;
            }
        };
        let of = |name| RequestId::given(name).unwrap().scope(task(name));
        futures_util::future::join(of("one"), of("two")).await;
        assert_eq!(RequestId::current(), None);
    }

    #[test]
    fn work_on_a_thread_has_one_while_it_lasts() {
        let id = RequestId::given("a");
        RequestId::within(id.clone(), || assert_eq!(RequestId::current(), id));
        RequestId::within(None, || assert_eq!(RequestId::current(), None));
        assert_eq!(RequestId::current(), None);
    }
}
