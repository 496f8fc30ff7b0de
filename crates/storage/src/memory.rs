use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::StoreError;
use crate::table::{Key, Keys, Mode, Part, Table, Tables, Transaction};

/// Projects in memory, for tests and for programs without a browser. Clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    rows: Rc<RefCell<Rows>>,
}

type Rows = BTreeMap<(Table, Key), Vec<u8>>;

impl Memory {
    /// A place with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tables for Memory {
    type Transaction<'a> = MemoryTransaction<'a>;

    fn begin(&self, tables: &[Table], mode: Mode) -> Result<MemoryTransaction<'_>, StoreError> {
        let (tables, undo) = (tables.to_vec(), RefCell::default());
        Ok(MemoryTransaction { rows: &self.rows, tables, mode, undo })
    }
}

/// A transaction that takes back what it did unless it is committed.
pub(crate) struct MemoryTransaction<'a> {
    rows: &'a RefCell<Rows>,
    tables: Vec<Table>,
    mode: Mode,
    undo: RefCell<Vec<Before>>,
}

/// What was at a key before it was written.
type Before = ((Table, Key), Option<Vec<u8>>);

impl MemoryTransaction<'_> {
    /// The browser refuses what a transaction was not begun for, and so does this.
    fn check(&self, table: Table, writes: bool) {
        assert!(self.tables.contains(&table), "{table:?} is not part of the transaction");
        assert!(!writes || self.mode != Mode::Read, "the transaction was begun to read");
    }

    fn at(&self, table: Table, key: &Key) -> Option<Vec<u8>> {
        self.check(table, false);
        self.rows.borrow().get(&(table, key.clone())).cloned()
    }

    fn write(&self, table: Table, key: &Key, bytes: Option<Vec<u8>>) {
        self.check(table, true);
        let at = (table, key.clone());
        let mut rows = self.rows.borrow_mut();
        let before = match bytes {
            Some(bytes) => rows.insert(at.clone(), bytes),
            None => rows.remove(&at),
        };
        self.undo.borrow_mut().push((at, before));
    }

    fn matching(&self, table: Table, keys: &Keys) -> Vec<(Key, Vec<u8>)> {
        self.check(table, false);
        let (from, prefix) = match keys {
            Keys::Under(prefix) => (prefix.clone(), prefix),
            Keys::Numbers(prefix, range) => {
                let mut from = prefix.clone();
                from.push(Part::Number(range.start));
                (from, prefix)
            }
        };
        let is_under = |key: &Key| key.starts_with(prefix);
        let is_wanted = |key: &Key| match keys {
            Keys::Under(_) => is_under(key),
            Keys::Numbers(_, range) => match &key[prefix.len()..] {
                [Part::Number(number)] => range.contains(number),
                _ => false,
            },
        };
        let rows = self.rows.borrow();
        rows.range((table, from)..)
            .take_while(|((its, key), _)| *its == table && is_under(key))
            .filter(|((_, key), _)| is_wanted(key))
            .map(|((_, key), bytes)| (key.clone(), bytes.clone()))
            .collect()
    }
}

impl Transaction for MemoryTransaction<'_> {
    async fn get(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(keys.iter().map(|key| self.at(table, key)).collect())
    }

    async fn has(&self, table: Table, key: &Key) -> Result<bool, StoreError> {
        Ok(self.at(table, key).is_some())
    }

    async fn scan(&self, table: Table, keys: &Keys) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(self.matching(table, keys).into_iter().map(|(_, bytes)| bytes).collect())
    }

    async fn keys(&self, table: Table, keys: &Keys) -> Result<Vec<Key>, StoreError> {
        Ok(self.matching(table, keys).into_iter().map(|(key, _)| key).collect())
    }

    fn put(&self, table: Table, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(table, key, Some(bytes.to_vec()));
        Ok(())
    }

    fn delete(&self, table: Table, keys: &Keys) -> Result<(), StoreError> {
        for (key, _) in self.matching(table, keys) {
            self.write(table, &key, None);
        }
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.undo.take();
        Ok(())
    }
}

impl Drop for MemoryTransaction<'_> {
    fn drop(&mut self) {
        let mut rows = self.rows.borrow_mut();
        for (at, before) in self.undo.take().into_iter().rev() {
            match before {
                Some(bytes) => rows.insert(at, bytes),
                None => rows.remove(&at),
            };
        }
    }
}
