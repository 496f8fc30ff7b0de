//! Views whose code is a part of the program of its own, fetched when it is first needed.
//!
//! Only `cargo xtask dist` cuts the program into parts (feature `split`). Else they are functions
//! like others, which are there at once.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

/// Makes a view of what it is given.
pub(crate) type Build<P> = fn(P) -> AnyView;

/// A part of the program could not be fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotFetched;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for NotFetched {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// Makes functions whose views are one part of the program, together with those of other places
/// that name the same part. Each is called without arguments, asynchronously, and gives a
/// [`Build`] for its argument.
///
/// What several parts share is a file for each set of parts, so they are few.
macro_rules! part {
    ($part:ident: $(fn $name:ident($argument:tt: $type:ty) { $view:expr })+) => {$(
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($part, wasm_split_path = leptos::wasm_split, fallible)]
        fn $name() -> Result<$crate::parts::Build<$type>, $crate::parts::NotFetched> {
            let build: $crate::parts::Build<$type> = |$argument| $view.into_any();
            Ok(build)
        }

        #[cfg(not(feature = "split"))]
        async fn $name() -> Result<$crate::parts::Build<$type>, $crate::parts::NotFetched> {
            let build: $crate::parts::Build<$type> = |$argument| $view.into_any();
            Ok(build)
        }
    )+};
}
pub(crate) use part;

/// A view whose code is fetched first.
#[component]
pub(crate) fn Later<P, F>(
    /// The part of the program, as [`part`] makes it.
    code: fn() -> F,
    /// What the view is made of.
    with: P,
    /// What stands in its place until then.
    #[prop(default = || ().into_any())]
    meanwhile: fn() -> AnyView,
) -> impl IntoView
where
    P: Clone + Send + Sync + 'static,
    F: Future<Output = Result<Build<P>, NotFetched>> + 'static,
{
    let fetched: RwSignal<Option<Result<Build<P>, NotFetched>>> = RwSignal::new(None);
    let fetch = move || {
        fetched.set(None);
        spawn_local(async move {
            let code = code().await;
            // The view may be gone by now.
            fetched.try_set(Some(code));
        });
    };
    fetch();
    move || match fetched.get() {
        None => meanwhile(),
        Some(Ok(build)) => build(with.clone()),
        Some(Err(NotFetched)) => view! { <CouldNotFetch again=fetch/> }.into_any(),
    }
}

#[component]
fn CouldNotFetch(again: impl Fn() + Send + Sync + 'static) -> impl IntoView {
    view! {
        <div class="banner bad" role="alert">
            <span class="grow">"This part of Nerine could not be fetched. Go online, then try again."</span>
            <button class="link" on:click=move |_| again()>"Try again"</button>
        </div>
    }
}
