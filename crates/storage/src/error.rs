/// Why storage could not do it. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such record.
    #[error("{what} is not there any more: it was deleted, perhaps in another tab")]
    Missing {
        /// What was asked for.
        what: String,
    },
    /// The key is taken.
    #[error("{what} is there already")]
    Exists {
        /// What was to be made.
        what: String,
    },
    /// Another tab wrote first.
    #[error("this was changed in another tab: open it again")]
    Conflict,
    /// The disk, or the browser's share of it, is full.
    #[error("the disk is full: delete projects or models, or save a copy and free space")]
    Full,
    /// Another tab holds an older version of the page.
    #[error("another tab runs an older Nerine: close or reload it")]
    Blocked,
    /// Another tab runs a newer version of the page, which has changed the storage.
    #[error("Nerine was updated in another tab: reload this page")]
    Outdated,
    /// The browser keeps nothing here, as in some private windows.
    #[error("this browser window keeps no data ({reason}): use an ordinary window")]
    Unavailable {
        /// What the browser said.
        reason: String,
    },
    /// A record cannot be read.
    #[error(transparent)]
    Bytes(#[from] project::BytesError),
    /// Something else went wrong in the browser.
    #[error("the browser's storage failed ({reason}): reload the page and try again")]
    Failed {
        /// What the browser said.
        reason: String,
    },
}

impl StoreError {
    /// What an exception of the browser means, by its name and message.
    #[cfg_attr(not(any(target_arch = "wasm32", test)), expect(dead_code, reason = "no browser"))]
    pub(crate) fn of_exception(name: &str, message: &str) -> Self {
        let reason = match message.is_empty() {
            true => name.to_owned(),
            false => format!("{name}: {message}"),
        };
        match name {
            "QuotaExceededError" => StoreError::Full,
            "VersionError" => StoreError::Outdated,
            "SecurityError" | "NotSupportedError" => StoreError::Unavailable { reason },
            _ => StoreError::Failed { reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart() {
        let of = |name| StoreError::of_exception(name, "words");
        assert_eq!(of("QuotaExceededError"), StoreError::Full);
        assert_eq!(of("VersionError"), StoreError::Outdated);
        assert!(matches!(of("SecurityError"), StoreError::Unavailable { .. }));
        let reason = "UnknownError: words".to_owned();
        assert_eq!(of("UnknownError"), StoreError::Failed { reason });
        let reason = "AbortError".to_owned();
        assert_eq!(StoreError::of_exception("AbortError", ""), StoreError::Failed { reason });
    }
}
