mod behaviour;
mod golden;
mod sample;

/// The same behaviour in memory.
#[cfg(not(target_arch = "wasm32"))]
mod in_memory {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::behaviour::check_store;
    use crate::Memory;

    #[test]
    fn memory_keeps_projects() {
        let store = Memory::new();
        let check = pin!(check_store(async || store.clone()));
        match check.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => {}
            Poll::Pending => panic!("memory never waits"),
        }
    }
}

/// The same behaviour in the browser's database.
#[cfg(target_arch = "wasm32")]
mod in_browser {
    use indexed_db_futures::database::Database;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::behaviour::check_store;
    use super::sample;
    use crate::{IndexedDb, Store, StoreError};

    wasm_bindgen_test_configure!(run_in_dedicated_worker);

    #[wasm_bindgen_test]
    async fn the_database_keeps_projects() {
        check_store(async || IndexedDb::open("check").await.expect("the browser keeps data")).await;
    }

    #[wasm_bindgen_test]
    async fn an_older_page_gives_way_to_a_newer_one() {
        let old = IndexedDb::open("versions").await.expect("the browser keeps data");
        old.create_project(&sample::project("a", 0)).await.expect("there is room");
        let newer = Database::open("versions").with_version(99_u32);
        let newer = newer.await.expect("the older page closes its connection");
        assert_eq!(old.projects().await, Err(StoreError::Outdated));
        let reopened = IndexedDb::open("versions").await.err();
        assert_eq!(reopened, Some(StoreError::Outdated));
        newer.close();
    }
}
