use indexed_db_futures::KeyRange;
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{exception, failure};
use crate::StoreError;
use crate::table::{Key, Keys, Part, Table, Transaction};

/// A transaction of the browser. Dropped, it is taken back.
pub(crate) struct BrowserTransaction<'a> {
    tx: indexed_db_futures::transaction::Transaction<'a>,
}

impl<'a> BrowserTransaction<'a> {
    pub(super) fn new(tx: indexed_db_futures::transaction::Transaction<'a>) -> Self {
        Self { tx }
    }

    fn store(&self, table: Table) -> Result<ObjectStore<'_>, StoreError> {
        self.tx.object_store(table.name()).map_err(failure)
    }
}

impl Transaction for BrowserTransaction<'_> {
    async fn get(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let store = self.store(table)?;
        let mut requests = Vec::with_capacity(keys.len());
        for key in keys {
            let request = store.get::<JsValue, JsValue, _>(KeyRange::Only(js_key(key))).primitive();
            requests.push(request.map_err(failure)?);
        }
        let mut found = Vec::with_capacity(keys.len());
        for request in requests {
            let value = request.await.map_err(failure)?;
            found.push(value.map(bytes).transpose()?);
        }
        Ok(found)
    }

    async fn has(&self, table: Table, key: &Key) -> Result<bool, StoreError> {
        let store = self.store(table)?;
        let request =
            store.count().with_query::<JsValue, _>(KeyRange::Only(js_key(key))).primitive();
        Ok(0 < request.map_err(failure)?.await.map_err(failure)?)
    }

    async fn scan(&self, table: Table, keys: &Keys) -> Result<Vec<Vec<u8>>, StoreError> {
        let store = self.store(table)?;
        let request = store.get_all::<JsValue>().with_query::<JsValue, _>(range(keys));
        let values = request.primitive().map_err(failure)?.await.map_err(failure)?;
        values.map(|value| bytes(value.map_err(failure)?)).collect()
    }

    async fn keys(&self, table: Table, keys: &Keys) -> Result<Vec<Key>, StoreError> {
        let store = self.store(table)?;
        let request = store.get_all_keys::<JsValue>().with_query::<JsValue, _>(range(keys));
        let found = request.primitive().map_err(failure)?.await.map_err(failure)?;
        found.map(|it| our_key(it.map_err(failure)?)).collect()
    }

    fn put(&self, table: Table, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        let value: JsValue = Uint8Array::from(bytes).into();
        let put =
            self.store(table)?.put(value).with_key(js_key(key)).without_key_type().primitive();
        // Should the request fail, the transaction does, which is heard in `commit`.
        put.map(drop).map_err(failure)
    }

    fn delete(&self, table: Table, keys: &Keys) -> Result<(), StoreError> {
        let delete = self.store(table)?.delete::<JsValue, _>(range(keys)).primitive();
        delete.map(drop).map_err(failure)
    }

    async fn commit(self) -> Result<(), StoreError> {
        let transaction = self.tx.as_sys().clone();
        self.tx.commit().await.map_err(|error| match transaction.error() {
            // A full disk is noticed at the end, and then only the transaction knows of it.
            Some(why) => exception(&why),
            None => failure(error),
        })
    }
}

fn js_key(key: &Key) -> JsValue {
    let part = |part: &Part| match part {
        Part::Number(number) => JsValue::from(*number as f64),
        Part::Word(word) => JsValue::from(word),
    };
    key.iter().map(part).collect::<Array>().into()
}

fn our_key(key: JsValue) -> Result<Key, StoreError> {
    let strange = || StoreError::Failed { reason: "a key of another kind".to_owned() };
    let parts = key.dyn_into::<Array>().map_err(|_other| strange())?;
    let part = |part: JsValue| match (part.as_f64(), part.as_string()) {
        #[expect(clippy::cast_sign_loss, reason = "we made it of an unsigned number")]
        (Some(number), _) => Ok(Part::Number(number as u64)),
        (None, Some(word)) => Ok(Part::Word(word)),
        (None, None) => Err(strange()),
    };
    parts.iter().map(part).collect()
}

fn range(keys: &Keys) -> KeyRange<JsValue> {
    match keys {
        Keys::Under(prefix) => {
            // An array comes after all numbers and words.
            let end = Array::from(&js_key(prefix));
            end.push(&Array::new());
            KeyRange::Bound(js_key(prefix), false, end.into(), true)
        }
        Keys::Numbers(prefix, range) => {
            let at = |number| [prefix.as_slice(), &[Part::Number(number)]].concat();
            KeyRange::Bound(js_key(&at(range.start)), false, js_key(&at(range.end)), true)
        }
    }
}

fn bytes(value: JsValue) -> Result<Vec<u8>, StoreError> {
    match value.dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(_other) => Err(StoreError::Failed { reason: "a record of another kind".to_owned() }),
    }
}
