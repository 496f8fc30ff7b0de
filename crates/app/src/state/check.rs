//! Reading back what is stored, when somebody asks for it.

use leptos::prelude::*;
use project::{from_bytes, to_bytes};
use protocol::{IoReply, IoRequest, StorageCheck};
use storage::Store;

use super::{App, sentence};
use crate::browser;

/// The setting that holds what the last check found.
const LAST_CHECK: &str = "last-check";

/// Whether what is stored is whole.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    /// What the last check found; none while there was none.
    pub(crate) last: RwSignal<Option<StorageCheck>>,
    /// How many texts of how many are read back; none while nothing is checked.
    pub(crate) running: RwSignal<Option<(u64, u64)>>,
}

impl Check {
    pub(super) fn new() -> Self {
        Self { last: RwSignal::new(None), running: RwSignal::new(None) }
    }
}

impl App {
    /// Finds out what the last check found.
    pub(super) async fn read_last_check(self) {
        let Some(store) = self.store() else { return };
        if let Ok(Some(bytes)) = store.setting(LAST_CHECK).await {
            // What an older page wrote and this one cannot read is as good as no check.
            self.check.last.set(from_bytes(&bytes).ok());
        }
    }

    /// Has everything read back that is stored.
    pub(crate) fn check_storage(self) {
        let check = self.check;
        if check.running.read_untracked().is_some() {
            return;
        }
        check.running.set(Some((0, 0)));
        browser::spawn(async move {
            let found = self.read_everything_back().await;
            check.running.set(None);
            match found {
                Ok(found) => {
                    self.say(match found.damage.is_empty() {
                        true => "Everything stored can be read.",
                        false => "Something stored is damaged. The storage card says what.",
                    });
                    if let Some(store) = self.store()
                        && let Err(error) = store.put_setting(LAST_CHECK, &to_bytes(&found)).await
                    {
                        self.say(sentence(&error));
                    }
                    check.last.set(Some(found));
                }
                Err(why) => self.say(why),
            }
        });
    }

    async fn read_everything_back(self) -> Result<StorageCheck, String> {
        let request = IoRequest::Check { now_ms: browser::now_ms() };
        let mut replies = self.workers().io.call(request, Vec::new());
        while let Some(answer) = replies.next().await {
            match answer {
                Ok((IoReply::Progress { done, total, .. }, _)) => {
                    self.check.running.set(Some((done, total)));
                }
                Ok((IoReply::Checked(found), _)) => return Ok(found),
                Ok((IoReply::Failed { why }, _)) => return Err(why),
                Ok(_) => break,
                Err(fault) => return Err(sentence(&fault)),
            }
        }
        Err("The check came to no end. Try again.".to_owned())
    }
}
