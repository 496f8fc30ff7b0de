use experiment::{Forgetting, Kept, Reference, RemedyEffect};
use leptos::prelude::*;

use super::Compare;
use crate::parts::Shape;
use crate::words;

/// What bases still find of what they knew.
#[component]
pub(super) fn ForgettingCard() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let all = Memo::new(move |_| {
        compare.compared.read().as_ref().map(|it| it.forgetting.clone()).unwrap_or_default()
    });
    view! {
        <section class="card forgetting" aria-labelledby="compare-forgetting">
            <header>
                <h2 id="compare-forgetting">"What they forgot"</h2>
                <span class="meta end">"F1 on the labels that a pipeline brought, before and after training"</span>
            </header>
            <div class="forgetting-all">
                {move || all.get().into_iter().map(|(base, forgetting)| {
                    let look = compare.look(&base);
                    view! {
                        <article>
                            <h3 class="row"><Shape of=look.slot/><bdi class="long-name">{look.name.clone()}</bdi></h3>
                            <p class="soft">{forgetting.sentence(&look.name)}</p>
                            <Labels forgetting/>
                        </article>
                    }
                }).collect_view()}
            </div>
            <Remedies/>
        </section>
    }
}

/// What was done against it, and what that costs.
#[component]
fn Remedies() -> impl IntoView {
    let compare = expect_context::<Compare>();
    let all = Memo::new(move |_| {
        compare.compared.read().as_ref().map(|it| it.remedies.clone()).unwrap_or_default()
    });
    let of_base = |(name, effects): (String, Vec<RemedyEffect>)| {
        let sentences = effects.iter().map(RemedyEffect::sentence);
        view! {
            <article>
                <h3><bdi class="long-name">{name}</bdi>": what helps"</h3>
                <ul class="remedies">{sentences.map(|it| view! { <li>{it}</li> }).collect_view()}</ul>
            </article>
        }
    };
    move || {
        match all.get() {
        none if none.is_empty() => view! {
            <p class="card-foot meta">"Against forgetting, add the same pipeline with its tok2vec frozen, with replay of what it finds itself, with rehearsal of its scores, or with a second ner beside its own: then this says what each keeps and costs."</p>
        }
        .into_any(),
        all => view! { <div class="forgetting-all">{all.into_iter().map(of_base).collect_view()}</div> }
            .into_any(),
    }
    }
}

#[component]
fn Labels(forgetting: Forgetting) -> impl IntoView {
    let before = match forgetting.reference {
        Reference::Gold => "Before",
        Reference::Silver => "Own findings",
    };
    let row = |name: String, it: &Kept| {
        let (from, to) = (it.before.f1(), it.after.f1());
        view! {
            <tr>
                <th scope="row" class="base-cell"><bdi class="long-name">{name}</bdi></th>
                <td class="n">{words::count(it.before.gold)}</td>
                <td class="n">{words::score(from)}</td>
                <td class="n">{words::score(to)}</td>
                <td class="n"><b>{words::signed(to - from)}</b></td>
            </tr>
        }
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="What was forgotten, as a table">
            <table>
                <thead><tr>
                    <th scope="col">"Label"</th><th scope="col" class="n">"Spans"</th><th scope="col" class="n">{before}</th>
                    <th scope="col" class="n">"After"</th><th scope="col" class="n">"Change"</th>
                </tr></thead>
                <tbody>
                    {forgetting.labels.iter().map(|(label, it)| row(label.to_string(), it)).collect_view()}
                    {row("All".to_owned(), &forgetting.micro)}
                </tbody>
            </table>
        </div>
    }
}
