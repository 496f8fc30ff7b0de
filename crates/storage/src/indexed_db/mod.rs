//! Projects in the browser's database.

mod schema;
mod transaction;

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc;
use indexed_db_futures::database::Database;
use indexed_db_futures::error::{Error, OpenDbError};
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{TransactionDurability, TransactionMode, TransactionOptions};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DomException, IdbDatabase};

use crate::StoreError;
use crate::table::{Mode, Table, Tables};
use transaction::BrowserTransaction;

/// Projects in the browser's database. Clones share a connection.
#[derive(Clone)]
pub struct IndexedDb {
    inner: Rc<Inner>,
}

struct Inner {
    db: Database,
    /// Whether the connection was closed to let a newer page change the database.
    is_outdated: Rc<Cell<bool>>,
    _on_version_change: Closure<dyn FnMut()>,
}

impl IndexedDb {
    /// What the database of the page is called.
    pub const NAME: &'static str = "nerine";

    /// Opens the database of this name, which is made or brought up to date first.
    pub async fn open(name: &str) -> Result<Self, StoreError> {
        let (sender, mut outcomes) = mpsc::unbounded();
        let blocked = sender.clone();
        let request = Database::open(name.to_owned())
            .with_version(schema::VERSION)
            .with_on_blocked(move |_| {
                // Whoever opened it may have gone.
                let _gone = blocked.unbounded_send(Err(StoreError::Blocked));
                Ok(())
            })
            .with_on_upgrade_needed(|event, db| schema::upgrade(event.old_version(), &db))
            .build()
            .map_err(open_failure)?;
        // Also when nobody waits any more, the request is seen through: else the database would
        // be made without its tables.
        spawn_local(async move {
            let opened = request.await.map_err(open_failure);
            if let Err(unheard) = sender.unbounded_send(opened)
                && let Ok(db) = unheard.into_inner()
            {
                db.close();
            }
        });
        let gone = || StoreError::Failed { reason: "no answer".to_owned() };
        let db = outcomes.next().await.ok_or_else(gone)??;
        Ok(Self { inner: Rc::new(Inner::new(db)) })
    }
}

impl Inner {
    fn new(db: Database) -> Self {
        let is_outdated = Rc::new(Cell::new(false));
        let (flag, open) = (is_outdated.clone(), db.clone());
        let on_version_change = Closure::new(move || {
            flag.set(true);
            open.clone().close();
        });
        let listener = on_version_change.as_ref().unchecked_ref();
        connection(&db).set_onversionchange(Some(listener));
        Self { db, is_outdated, _on_version_change: on_version_change }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        connection(&self.db).set_onversionchange(None);
        self.db.clone().close();
    }
}

fn connection(db: &Database) -> &IdbDatabase {
    db.as_sys()
}

impl Tables for IndexedDb {
    type Transaction<'a> = BrowserTransaction<'a>;

    fn begin(&self, tables: &[Table], mode: Mode) -> Result<BrowserTransaction<'_>, StoreError> {
        if self.inner.is_outdated.get() {
            return Err(StoreError::Outdated);
        }
        let names: Vec<&str> = tables.iter().map(|it| it.name()).collect();
        let (access, durability) = match mode {
            Mode::Read => (TransactionMode::Readonly, TransactionDurability::Default),
            Mode::Relaxed => (TransactionMode::Readwrite, TransactionDurability::Relaxed),
            Mode::Strict => (TransactionMode::Readwrite, TransactionDurability::Strict),
        };
        let mut options = TransactionOptions::new();
        options.set_durability(durability);
        let built =
            self.inner.db.transaction(names).with_mode(access).with_options(options).build();
        built.map(BrowserTransaction::new).map_err(failure)
    }
}

/// What a failed request means.
fn failure(error: Error) -> StoreError {
    match error {
        Error::DomException(it) => exception(&it.into()),
        other => StoreError::Failed { reason: other.to_string() },
    }
}

fn exception(it: &DomException) -> StoreError {
    StoreError::of_exception(&it.name(), &it.message())
}

/// What it means that the database cannot be opened.
fn open_failure(error: OpenDbError) -> StoreError {
    match error {
        OpenDbError::Base(Error::DomException(it)) => {
            let it: DomException = it.into();
            match it.name().as_str() {
                // Private windows of some browsers say so.
                "InvalidStateError" => StoreError::Unavailable { reason: it.message() },
                _ => exception(&it),
            }
        }
        OpenDbError::Base(it) => failure(it),
        other => StoreError::Unavailable { reason: other.to_string() },
    }
}
